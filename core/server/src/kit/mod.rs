//! The vendor kit: what somebody who writes a plugin needs at his own desk, and a county before it takes one.

pub mod compare;
pub mod dev;
pub mod grade;
pub mod inspect;
pub mod mock;
pub mod project;
pub mod trial;
