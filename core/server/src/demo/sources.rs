//! The four department systems of the demonstration, which are fake departments of the vendor kit.

pub use crate::kit::mock::{System, backwards, database_script, drop_files, service};
