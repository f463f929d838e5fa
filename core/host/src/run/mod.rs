//! Running plugins.

pub mod connector;
pub mod grants;
pub mod http;
pub mod standard;
pub(crate) mod state;
