//! The door of the house: nothing is served yet, and the program says so instead of pretending.

use std::process::ExitCode;

fn main() -> ExitCode {
    eprintln!("daylight: no command works yet; what exists is listed in CHANGELOG.md");
    ExitCode::from(2)
}
