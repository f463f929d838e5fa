//! The door of the house.

use std::process::ExitCode;

fn main() -> ExitCode {
    daylight::cli::run()
}
