//! Daylight.
