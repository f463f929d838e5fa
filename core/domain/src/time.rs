//! Points in time. Stored as UTC integers, spoken in Asia/Shanghai, which has had no daylight saving since 1991.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat, TimeZone, Timelike, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Milliseconds since 1970-01-01T00:00:00Z. Written as RFC 3339 with `+08:00`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

/// A day of 24 hours, in milliseconds.
pub const DAY_MS: i64 = 86_400_000;
const SHANGHAI_SECONDS: i32 = 8 * 3600;

/// Asia/Shanghai.
#[must_use]
pub fn shanghai() -> FixedOffset {
    FixedOffset::east_opt(SHANGHAI_SECONDS).unwrap_or_else(|| chrono::Offset::fix(&Utc))
}

impl Timestamp {
    /// The last millisecond of the year 9999 in Asia/Shanghai: systems write its last day where something has no end (长期).
    pub const LAST: Self = Self(253_402_271_999_999);

    /// The instant at which this local time of Asia/Shanghai stands on the clock.
    #[must_use]
    pub fn from_local(local: NaiveDateTime) -> Self {
        Self(local.and_utc().timestamp_millis() - i64::from(SHANGHAI_SECONDS) * 1000)
    }

    /// Midnight at the start of this date.
    #[must_use]
    pub fn start_of(date: NaiveDate) -> Self {
        Self::from_local(date.and_time(NaiveTime::MIN))
    }

    /// The first millisecond after this date; of the last date there is its last millisecond ([`Timestamp::LAST`]).
    #[must_use]
    pub fn end_of(date: NaiveDate) -> Self {
        Self(Self::start_of(date).0 + DAY_MS).min(Self::LAST)
    }

    /// The date in Asia/Shanghai.
    #[must_use]
    pub fn date(self) -> NaiveDate {
        self.local().date()
    }

    /// The local time in Asia/Shanghai.
    #[must_use]
    pub fn local(self) -> NaiveDateTime {
        Utc.timestamp_millis_opt(self.0.saturating_add(i64::from(SHANGHAI_SECONDS) * 1000))
            .single()
            .map_or(NaiveDateTime::MIN, |t| t.naive_utc())
    }

    /// RFC 3339 with `+08:00`; milliseconds only where there are any. What is after [`Timestamp::LAST`] is that: a year of five digits could
    /// not be read again.
    #[must_use]
    pub fn rfc3339(self) -> String {
        let local = self.min(Self::LAST).local();
        let form = if local.nanosecond() == 0 { SecondsFormat::Secs } else { SecondsFormat::Millis };
        shanghai().from_local_datetime(&local).single().map_or_else(String::new, |t| t.to_rfc3339_opts(form, false))
    }

    /// Later by so many milliseconds.
    #[must_use]
    pub fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Reads every form handbook §5.9 lists: RFC 3339 with offset, the same without (Asia/Shanghai), `YYYY-MM-DD HH:MM[:SS]`,
    /// `YYYY/MM/DD HH:MM:SS`, `YYYYMMDDhhmmss`, `YYYYMMDDThhmmss`, or a date alone (its midnight).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Some(fast) = parse_iso(text) {
            return Some(fast);
        }
        if let Ok(t) = DateTime::parse_from_rfc3339(text) {
            return Some(Self(t.timestamp_millis()));
        }
        const FORMS: [&str; 8] = [
            "%Y-%m-%dT%H:%M:%S%.f",
            "%Y-%m-%d %H:%M:%S%.f",
            "%Y-%m-%d %H:%M",
            "%Y/%m/%d %H:%M:%S%.f",
            "%Y/%m/%d %H:%M",
            "%Y%m%dT%H%M%S",
            "%Y%m%d%H%M%S",
            "%Y-%m-%dT%H:%M",
        ];
        for form in FORMS {
            if let Ok(t) = NaiveDateTime::parse_from_str(text, form) {
                return Some(Self::from_local(t));
            }
        }
        parse_date(text).map(Self::start_of)
    }
}

/// `YYYY-MM-DD`, `YYYY/MM/DD` or `YYYYMMDD`.
#[must_use]
pub fn parse_date(text: &str) -> Option<NaiveDate> {
    ["%Y-%m-%d", "%Y/%m/%d", "%Y%m%d"].iter().find_map(|form| NaiveDate::parse_from_str(text.trim(), form).ok())
}

/// `2026-02-06T09:30:00+08:00`, the form of the exchange standard, without the general parser.
fn parse_iso(text: &str) -> Option<Timestamp> {
    let b = text.as_bytes();
    if b.len() != 25 && b.len() != 19 {
        return None;
    }
    let num = |from: usize, to: usize| -> Option<u32> {
        let mut n = 0;
        for &c in b.get(from..to)? {
            n = n * 10 + u32::from(c.is_ascii_digit().then_some(c - b'0')?);
        }
        Some(n)
    };
    let is = |at: usize, c: u8| b.get(at) == Some(&c);
    let shape = is(4, b'-') && is(7, b'-') && (is(10, b'T') || is(10, b' ')) && is(13, b':') && is(16, b':');
    if !shape || (b.len() == 25 && b.get(19..) != Some(b"+08:00".as_slice())) {
        return None;
    }
    let date = NaiveDate::from_ymd_opt(i32::try_from(num(0, 4)?).ok()?, num(5, 7)?, num(8, 10)?)?;
    date.and_hms_opt(num(11, 13)?, num(14, 16)?, num(17, 19)?).map(Timestamp::from_local)
}

impl std::fmt::Display for Timestamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.rfc3339())
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.rfc3339())
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'_, str>::deserialize(d)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom(format!("not a time: {text}")))
    }
}

impl schemars::JsonSchema for Timestamp {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Timestamp".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "format": "date-time", "description": "RFC 3339, +08:00" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_the_field_means_the_same_instant() {
        let want = Timestamp::parse("2026-02-06T09:30:00+08:00");
        assert!(want.is_some());
        for text in [
            "2026-02-06T01:30:00Z",
            "2026-02-06T09:30:00",
            "2026-02-06 09:30:00",
            "2026-02-06 09:30",
            "2026/02/06 09:30:00",
            "20260206093000",
            "20260206T093000",
        ] {
            assert_eq!(Timestamp::parse(text), want, "{text}");
        }
        assert_eq!(want.map(Timestamp::rfc3339).as_deref(), Some("2026-02-06T09:30:00+08:00"));
        for bad in ["", "soon", "2026-13-01", "2026-02-30T00:00:00+08:00", "20260206 9"] {
            assert_eq!(Timestamp::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn what_is_written_is_read_again_to_the_last_day_there_is() {
        for date in ["2026-12-31", "9999-12-30", "9999-12-31"] {
            let end = parse_date(date).map(Timestamp::end_of).expect("a day");
            assert_eq!(Timestamp::parse(&end.rfc3339()), Some(end), "{date}");
        }
        let beyond = Timestamp::LAST.plus_ms(1);
        assert_eq!(Timestamp::parse(&beyond.rfc3339()), Some(Timestamp::LAST));
    }
}
