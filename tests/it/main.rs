//! The integration tests: one binary, one file per story.

mod api;
mod around;
mod cards;
mod care;
mod complaint;
mod config;
mod county;
mod diff;
mod faults;
mod hostile;
mod house;
mod intake;
mod kill;
mod mail;
mod measures;
mod notify;
mod order;
mod paths;
mod people;
mod permits;
mod procedure;
mod score;
mod sources;
mod store;
mod tally;
mod year;
