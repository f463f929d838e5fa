//! The integration tests: one binary, one file per story.

mod api;
mod cards;
mod care;
mod config;
mod county;
mod faults;
mod hostile;
mod house;
mod intake;
mod kill;
mod order;
mod permits;
mod sources;
mod store;
mod year;
