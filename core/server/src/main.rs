//! Daylight.
fn main() {}
