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
mod mail;
mod notify;
mod order;
mod people;
mod permits;
mod procedure;
mod sources;
mod store;
