//! Daylight (阳光监察): the appliance as a library; `main.rs` is only its door.

pub mod clock;
pub mod config;
pub mod intake;
pub mod plugins;
pub mod problem;
