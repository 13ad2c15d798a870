//! Times on the command line. The only place that reads the clock.

use anyhow::{Result, bail};
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use std::time::{Duration, SystemTime};

/// `2026-03-02`, `2026-03-02T09:12`, `2026-03-02T09:12:00+01:00` or `-2h` (before now), as nanoseconds
/// since 1970. A time without a zone is UTC, like everything in the logs.
pub(crate) fn parse_ns(text: &str) -> Result<i64> {
    let nanoseconds = parse(text.trim()).map(Timestamp::as_nanosecond);
    match nanoseconds.and_then(|ns| i64::try_from(ns).ok()) {
        Some(ns) => Ok(ns),
        None => bail!(
            "'{text}' is not a time; write 2026-03-02, 2026-03-02T09:12, 2026-03-02T09:12:00+01:00, or -2h for two hours ago"
        ),
    }
}

fn parse(text: &str) -> Option<Timestamp> {
    if let Ok(timestamp) = text.parse::<Timestamp>() {
        return Some(timestamp);
    }
    let utc = |time: DateTime| time.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    if let Ok(time) = text.parse::<DateTime>() {
        return utc(time);
    }
    if let Ok(date) = text.parse::<Date>() {
        return utc(date.at(0, 0, 0, 0));
    }
    let span: Span = text.strip_prefix('-')?.parse().ok()?;
    now().checked_sub(span).ok()
}

/// Units of lengths of time, in seconds.
const UNITS: [(&str, u64); 4] = [("s", 1), ("m", 60), ("h", 3_600), ("d", 86_400)];

/// `30s`, `5m`, `24h`, `7d`.
pub(crate) fn parse_duration(text: &str) -> Result<Duration> {
    let seconds = || -> Option<u64> {
        let (count, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
        let (_, seconds) = UNITS.iter().find(|(name, _)| *name == unit)?;
        Some(u64::from(count.parse::<u32>().ok()?) * seconds)
    };
    match seconds() {
        Some(seconds @ 1..) => Ok(Duration::from_secs(seconds)),
        _ => bail!("'{text}' is no length of time; write 30s, 5m, 24h or 7d"),
    }
}

/// Now, in seconds since 1970.
pub(crate) fn now_s() -> i64 {
    now().as_second()
}

#[expect(clippy::disallowed_methods, reason = "a time relative to now needs now")]
fn now() -> Timestamp {
    std::time::SystemTime::now().try_into().unwrap_or(Timestamp::UNIX_EPOCH)
}

/// Now, for people: to the second, in UTC.
pub(crate) fn stamp() -> String {
    now().strftime("%H:%M:%SZ").to_string()
}

/// Now, as files' times are.
#[expect(clippy::disallowed_methods, reason = "how long ago a file was changed needs now")]
pub(crate) fn now_of_files() -> SystemTime {
    SystemTime::now()
}

/// Nanoseconds that have passed since some moment: only differences mean something.
#[expect(clippy::disallowed_methods, reason = "what rules cost in time needs a clock")]
pub(crate) fn ticks_ns() -> u64 {
    static BEGIN: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    u64::try_from(BEGIN.get_or_init(std::time::Instant::now).elapsed().as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time() {
        let check = |text: &str, expected: Option<u64>| {
            assert_eq!(parse_duration(text).ok().map(|length| length.as_secs()), expected, "{text}");
        };
        check("30s", Some(30));
        check("5m", Some(300));
        check("7d", Some(604_800));
        check("0s", None);
        check("60", None);
        check("-1h", None);
        check("", None);
        check("5\u{b5}", None);
    }

    #[test]
    fn times() {
        let check = |text: &str, expected: Option<i64>| assert_eq!(parse_ns(text).ok(), expected, "{text}");
        check("1970-01-02", Some(86_400_000_000_000));
        check("1970-01-01T01:00", Some(3_600_000_000_000));
        check("1970-01-01T01:00Z", Some(3_600_000_000_000));
        check("1970-01-01T01:00:00+01:00", Some(0));
        check("yesterday", None);
        assert!(parse_ns("-2h").is_ok());
    }
}
