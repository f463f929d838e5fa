//! The county's clock at a desk: it is set while the days are lived through, and runs afterwards.

use daylight_domain::Timestamp;
use daylight_domain::clock::Clock;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// A clock that is set by hand and may then run as the machine's does.
#[derive(Debug)]
pub struct DevClock(Mutex<(Timestamp, Option<Instant>)>);

impl DevClock {
    /// Stands still.
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        Self(Mutex::new((now, None)))
    }

    /// Moves the hands; it stands still.
    pub fn set(&self, now: Timestamp) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = (now, None);
    }

    /// Runs from where it stands.
    pub fn run(&self) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.1.get_or_insert_with(Instant::now);
    }
}

impl Clock for DevClock {
    fn now(&self) -> Timestamp {
        let (now, running) = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = running.map_or(0, |since| i64::try_from(since.elapsed().as_millis()).unwrap_or(0));
        now.plus_ms(passed)
    }
}
