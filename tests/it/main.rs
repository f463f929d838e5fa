//! The integration tests: one binary, one file per story.

mod api;
mod around;
mod cards;
mod care;
mod config;
mod county;
mod diff;
mod faults;
mod hostile;
mod house;
mod intake;
mod kill;
mod order;
mod paths;
mod permits;
mod sources;
mod store;
