//! Times on the command line. The only place that reads the clock.

use anyhow::{Result, bail};
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

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

/// Now, in seconds since 1970.
pub(crate) fn now_s() -> i64 {
    now().as_second()
}

#[expect(clippy::disallowed_methods, reason = "a time relative to now needs now")]
fn now() -> Timestamp {
    std::time::SystemTime::now().try_into().unwrap_or(Timestamp::UNIX_EPOCH)
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
