//! The integration tests: one binary, one file per story.

mod county;
mod house;
mod kill;
mod store;
