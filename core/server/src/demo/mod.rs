//! A whole county in one process: made-up cases, four department systems of different kinds on loopback, and the real
//! appliance pulling them. Nothing in here is used outside the demonstration and the tests.

pub mod county;
pub mod place;
pub mod sources;
