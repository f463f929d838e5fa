//! The door of the house.

use std::process::ExitCode;

/// A page is many small pieces made on one thread and freed on another, which the system's allocator takes hard.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    daylight::cli::run()
}
