//! When a department is pulled: a cron expression in a time zone, spread by a jitter, slowed by failures.
//!
//! Everything here is arithmetic over instants; waiting is somebody else's work. So a test can ask for a whole year.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use daylight_domain::Timestamp;
use std::str::FromStr;

/// Why a schedule cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// The expression does not parse.
    #[error("schedule.invalid: “{expression}” 不是有效的 cron 表达式（{reason}）；例：“*/10 * * * *” 表示每十分钟")]
    Expression {
        /// As written.
        expression: String,
        /// What the parser says.
        reason: String,
    },
    /// The time zone is not in the database.
    #[error("schedule.time-zone: 未知时区 “{0}”；例：“Asia/Shanghai”")]
    TimeZone(String),
    /// The expression names no instant that ever comes, such as 31 February.
    #[error("schedule.never: “{0}” 永远不会到来，请检查日期与月份")]
    Never(String),
}

/// When to pull.
#[derive(Clone, Debug)]
pub struct Schedule {
    cron: cron::Schedule,
    zone: Tz,
    jitter_ms: i64,
    /// Shifts this department within the jitter, always by the same amount.
    shift_ms: i64,
}

impl Schedule {
    /// Reads a cron expression of five fields (minute hour day month weekday) or six (with seconds first).
    /// `key` is the department: it decides where within `jitter_ms` the department's runs lie, so that forty departments
    /// with the same expression do not start in the same second, and yet every run of one keeps its distance.
    ///
    /// # Errors
    /// The expression, or the time zone, or both never meeting a date.
    pub fn new(expression: &str, zone: &str, jitter_ms: i64, key: &str) -> Result<Self, ScheduleError> {
        let fields = expression.split_whitespace().count();
        let full = if fields == 5 { format!("0 {expression}") } else { expression.to_owned() };
        let bad = |reason: String| ScheduleError::Expression { expression: expression.to_owned(), reason };
        if !(5..=6).contains(&fields) {
            return Err(bad(format!("需要 5 或 6 段，实际 {fields} 段")));
        }
        let cron = cron::Schedule::from_str(&full).map_err(|e| bad(e.to_string()))?;
        let zone = Tz::from_str(zone).map_err(|_| ScheduleError::TimeZone(zone.to_owned()))?;
        let jitter_ms = jitter_ms.max(0);
        let shift_ms = if jitter_ms == 0 { 0 } else { i64::from(fingerprint(key)) % jitter_ms };
        let schedule = Self { cron, zone, jitter_ms, shift_ms };
        let epoch = Timestamp(1_767_225_600_000);
        schedule.next_after(epoch).map(|_| ()).ok_or_else(|| ScheduleError::Never(expression.to_owned()))?;
        Ok(schedule)
    }

    /// The first run strictly after an instant.
    #[must_use]
    pub fn next_after(&self, after: Timestamp) -> Option<Timestamp> {
        let base = after.plus_ms(-self.shift_ms);
        let local = DateTime::<Utc>::from_timestamp_millis(base.0)?.with_timezone(&self.zone);
        let next = self.cron.after(&local).next()?;
        Some(Timestamp(next.timestamp_millis()).plus_ms(self.shift_ms))
    }

    /// Whether a run fell due after the last one started and up to now: after a stop of the system one run catches up,
    /// however many were missed, since a pull goes on from its cursor.
    #[must_use]
    pub fn missed(&self, last_started: Option<Timestamp>, now: Timestamp) -> bool {
        last_started.is_none_or(|last| self.next_after(last).is_some_and(|due| due <= now))
    }

    /// The width within which departments are spread, milliseconds.
    #[must_use]
    pub fn jitter_ms(&self) -> i64 {
        self.jitter_ms
    }
}

/// FNV-1a: stable across versions and machines, which the standard library's hasher does not promise.
fn fingerprint(key: &str) -> u32 {
    key.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// How long to wait after failures: doubling from `first_ms`, never longer than `ceiling_ms`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// After the first failure.
    pub first_ms: i64,
    /// At most.
    pub ceiling_ms: i64,
}

impl Backoff {
    /// The wait after so many failures in a row. None failed: no wait.
    #[must_use]
    pub fn after(self, failures: u32) -> i64 {
        let Some(doublings) = failures.checked_sub(1) else { return 0 };
        let factor = 1_i64.checked_shl(doublings).filter(|f| *f > 0).unwrap_or(i64::MAX);
        self.first_ms.saturating_mul(factor).min(self.ceiling_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).expect("a time")
    }

    #[test]
    fn five_fields_mean_minutes_in_the_county_s_time_zone() {
        let s = Schedule::new("30 8 * * *", "Asia/Shanghai", 0, "x").expect("schedule");
        assert_eq!(s.next_after(at("2026-02-06T08:29:59+08:00")), Some(at("2026-02-06T08:30:00+08:00")));
        assert_eq!(s.next_after(at("2026-02-06T08:30:00+08:00")), Some(at("2026-02-07T08:30:00+08:00")));
        let utc = Schedule::new("30 8 * * *", "UTC", 0, "x").expect("schedule");
        assert_eq!(utc.next_after(at("2026-02-06T08:30:00+08:00")), Some(at("2026-02-06T16:30:00+08:00")));
    }

    #[test]
    fn the_jitter_spreads_departments_but_keeps_each_one_s_distance() {
        let of = |key: &str| Schedule::new("*/10 * * * *", "Asia/Shanghai", 60_000, key).expect("schedule");
        let start = at("2026-02-06T08:00:00+08:00");
        let mut seen = std::collections::BTreeSet::new();
        for n in 0..40 {
            let s = of(&format!("department-{n}"));
            let first = s.next_after(start).expect("a run");
            let second = s.next_after(first).expect("a run");
            assert_eq!(second.0 - first.0, 600_000);
            assert!((0..60_000).contains(&((first.0 - start.0) % 600_000)));
            seen.insert(first.0);
        }
        assert!(seen.len() > 30, "only {} different starts", seen.len());
    }

    #[test]
    fn one_run_catches_up_after_a_stop() {
        let s = Schedule::new("0 * * * *", "Asia/Shanghai", 0, "x").expect("schedule");
        assert!(s.missed(None, at("2026-02-06T08:30:00+08:00")));
        assert!(s.missed(Some(at("2026-02-06T02:00:00+08:00")), at("2026-02-06T08:30:00+08:00")));
        assert!(s.missed(Some(at("2026-02-06T08:00:00+08:00")), at("2026-02-06T09:00:00+08:00")));
        assert!(!s.missed(Some(at("2026-02-06T08:00:00+08:00")), at("2026-02-06T08:59:59+08:00")));
    }

    #[test]
    fn mistakes_are_named() {
        for (expression, zone, code) in [
            ("every day", "Asia/Shanghai", "schedule.invalid"),
            ("61 * * * *", "Asia/Shanghai", "schedule.invalid"),
            ("* * * *", "Asia/Shanghai", "schedule.invalid"),
            ("0 0 * * *", "Asia/Kaihua", "schedule.time-zone"),
            ("0 0 31 2 *", "Asia/Shanghai", "schedule.never"),
        ] {
            let error = Schedule::new(expression, zone, 0, "x").expect_err(expression).to_string();
            assert!(error.starts_with(code), "{expression}: {error}");
        }
    }

    #[test]
    fn failures_slow_down_to_a_ceiling() {
        let b = Backoff { first_ms: 1000, ceiling_ms: 600_000 };
        let waits: Vec<_> = [0, 1, 2, 3, 10, 11, 64, u32::MAX].iter().map(|n| b.after(*n)).collect();
        assert_eq!(waits, [0, 1000, 2000, 4000, 512_000, 600_000, 600_000, 600_000]);
    }
}
