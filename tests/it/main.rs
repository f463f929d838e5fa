//! The integration tests: one binary, one file per story.

mod house;
