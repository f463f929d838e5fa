//! Running plugins.

pub mod connector;
pub mod grants;
mod http;
pub mod standard;
pub(crate) mod state;
