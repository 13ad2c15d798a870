//! The one day every generated log is about: Monday 2026-03-02, UTC.

use std::fmt;

/// Unix seconds of 2026-03-02T00:00:00Z.
pub(crate) const DAY: u64 = 1_772_409_600;
/// Seconds in the day.
pub(crate) const DAY_SECONDS: u64 = 86_400;
/// Milliseconds in the day.
pub(crate) const DAY_MS: u64 = DAY_SECONDS * 1000;
/// Milliseconds in an hour.
pub(crate) const HOUR_MS: u64 = 3_600_000;
/// Milliseconds in a minute.
pub(crate) const MINUTE_MS: u64 = 60_000;

/// Milliseconds since midnight of a time of day.
pub(crate) const fn at(hour: u64, minute: u64, second: u64) -> u64 {
    (hour * 3600 + minute * 60 + second) * 1000
}

/// A moment in nanoseconds since midnight, printed as RFC 3339. Good for this month only.
#[derive(Clone, Copy)]
pub(crate) struct Rfc3339(pub(crate) u64);

impl Rfc3339 {
    /// The moment `ms` milliseconds after midnight.
    pub(crate) fn from_ms(ms: u64) -> Rfc3339 {
        Rfc3339(ms * 1_000_000)
    }
}

impl fmt::Display for Rfc3339 {
    /// Prints nine digits of the second, or as many as the precision asks for.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, nanos) = (self.0 / 1_000_000_000, self.0 % 1_000_000_000);
        let (day, second) = (2 + seconds / DAY_SECONDS, seconds % DAY_SECONDS);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        write!(f, "2026-03-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        match f.precision().unwrap_or(9) {
            0 => f.write_str("Z"),
            digits => {
                let digits = digits.min(9);
                let fraction = nanos / 10_u64.pow(9 - digits as u32);
                write!(f, ".{fraction:0digits$}Z")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn print() {
        assert_eq!("2026-03-02T09:12:00Z", format!("{:.0}", Rfc3339::from_ms(at(9, 12, 0))));
        assert_eq!("2026-03-03T00:00:01.5000000Z", format!("{:.7}", Rfc3339::from_ms(DAY_MS + 1500)));
        assert_eq!("2026-03-02T00:00:00.000000007Z", Rfc3339(7).to_string());
    }
}
