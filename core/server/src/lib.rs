//! Daylight (阳光监察): the appliance as a library; `main.rs` is only its door.

pub mod api;
pub mod app;
pub mod around;
pub mod backup;
pub mod cli;
pub mod clock;
pub mod complaint;
pub mod config;
pub mod demo;
pub mod diff;
pub mod doctor;
pub mod evaluate;
pub mod gate;
pub mod intake;
pub mod jobs;
pub mod known;
pub mod lock;
pub mod notify;
pub mod oversight;
pub mod paths;
pub mod people;
pub mod plugins;
pub mod problem;
pub mod remake;
pub mod stats;
pub mod watch;
