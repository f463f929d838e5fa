//! The clocks of the running house: the real one, and one that runs faster for the demonstration.

use daylight_domain::Timestamp;
use daylight_domain::clock::Clock;
use std::time::{Duration, Instant};

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp(chrono::Utc::now().timestamp_millis())
    }
}

/// A clock that starts at a chosen instant and runs `factor` times as fast as the machine's monotonic clock.
#[derive(Clone, Copy, Debug)]
pub struct FastClock {
    origin: Timestamp,
    started: Instant,
    factor: u32,
}

impl FastClock {
    /// Starts at `origin`, `factor` times as fast. A factor of 0 stands still.
    #[must_use]
    pub fn new(origin: Timestamp, factor: u32) -> Self {
        Self { origin, started: Instant::now(), factor }
    }

    /// How long by the machine's clock until this clock shows `instant`; nothing when it never will.
    #[must_use]
    pub fn until(&self, instant: Timestamp) -> Option<Duration> {
        let ahead = u64::try_from(instant.0.saturating_sub(self.now().0)).unwrap_or(0);
        if ahead == 0 {
            return Some(Duration::ZERO);
        }
        Duration::from_millis(ahead).checked_div(self.factor)
    }
}

impl Clock for FastClock {
    fn now(&self) -> Timestamp {
        let passed = i64::try_from(self.started.elapsed().as_millis()).unwrap_or(i64::MAX);
        self.origin.plus_ms(passed.saturating_mul(i64::from(self.factor)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_takes_a_minute_when_the_clock_runs_1440_times_as_fast() {
        let origin = Timestamp::parse("2026-02-06T08:00:00+08:00").expect("a time");
        let clock = FastClock::new(origin, 1440);
        let wait = clock.until(origin.plus_ms(86_400_000)).expect("a wait");
        assert!(wait <= Duration::from_secs(60), "{wait:?}");
        assert!(clock.now() >= origin);
        assert_eq!(clock.until(origin), Some(Duration::ZERO));
        assert_eq!(FastClock::new(origin, 0).until(origin.plus_ms(1)), None);
    }
}
