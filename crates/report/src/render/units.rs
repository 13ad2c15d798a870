//! Numbers, moments and foreign text as a person reads them.
//!
//! Knows nothing of: the report, the terminal, HTML. Bytes are decimal (1 kB is 1,000 bytes), moments are UTC.

use std::fmt::Write as _;

/// The rule behind [`bytes`], for the small print.
pub(super) const BYTES_RULE: &str = "Bytes are decimal: 1 kB = 1,000 B, 1 GB = 1,000,000,000 B. Times are UTC.";

/// Seconds of a day.
const DAY_S: i64 = 86_400;
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// `5912334` as `5,912,334`.
pub(super) fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `5912334` as `5.9 M`: for headlines and axes, where the exact number stands elsewhere.
pub(super) fn count_short(value: u64) -> String {
    if value < 10_000 {
        return count(value);
    }
    scaled(value, &["", " k", " M", " G", " T", " P", " E"])
}

/// `1234567890` as `1.2 GB`, by [`BYTES_RULE`].
pub(super) fn bytes(value: u64) -> String {
    scaled(value, &[" B", " kB", " MB", " GB", " TB", " PB", " EB"])
}

/// Two significant digits below ten, whole numbers above, and never `1,000` of a unit.
fn scaled(value: u64, units: &[&str]) -> String {
    let (mut unit, mut divisor) = (0, 1u64);
    while unit + 1 < units.len() && value / divisor >= 1000 {
        divisor *= 1000;
        unit += 1;
    }
    if unit == 0 {
        return format!("{value}{}", units[unit]);
    }
    let tenths = (u128::from(value) * 10 + u128::from(divisor) / 2) / u128::from(divisor);
    if tenths < 100 {
        return format!("{}.{}{}", tenths / 10, tenths % 10, units[unit]);
    }
    let whole = (u128::from(value) + u128::from(divisor) / 2) / u128::from(divisor);
    if whole >= 1000 && unit + 1 < units.len() {
        return format!("1.0{}", units[unit + 1]);
    }
    format!("{whole}{}", units[unit])
}

/// `part` of `whole` as a percentage; never `0 %` or `100 %` unless it is exactly that.
pub(super) fn percent(part: u64, whole: u64) -> String {
    if whole == 0 || part == 0 {
        return "0 %".into();
    }
    let share = part as f64 * 100.0 / whole as f64;
    match share {
        _ if part == whole => "100 %".into(),
        s if s < 0.1 => "<0.1 %".into(),
        s if s < 9.95 => format!("{s:.1} %"),
        s if s > 99.4 => ">99 %".into(),
        s => format!("{s:.0} %"),
    }
}

/// `part` of `whole`, from 0 to 1.
pub(super) fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { (part as f64 / whole as f64).clamp(0.0, 1.0) }
}

/// `1 record`, `2 records`.
pub(super) fn counted(value: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(value), if value == 1 { one } else { many })
}

/// A length of time in its two largest units: `2 d 4 h`, `15 min`, `40 s`.
pub(super) fn duration(seconds: u64) -> String {
    let units = [(86_400, "d"), (3600, "h"), (60, "min"), (1, "s")];
    let first = units.iter().position(|(size, _)| seconds >= *size).unwrap_or(3);
    let (size, name) = units[first];
    let mut out = format!("{} {name}", seconds / size);
    if let Some((next, next_name)) = units.get(first + 1)
        && seconds % size >= *next
    {
        let _ = write!(out, " {} {next_name}", seconds % size / next);
    }
    out
}

/// A moment in UTC, to the second: what the report shows of an RFC 3339 text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment {
    /// Seconds since 1970.
    pub(super) unix_s: i64,
}

impl Moment {
    /// Reads `2026-03-03T00:00:01.5Z`; anything that is not RFC 3339 is `None`.
    pub(super) fn parse(text: &str) -> Option<Moment> {
        let head = text.get(..19)?.as_bytes();
        let number = |from: usize, to: usize| -> Option<i64> {
            let digits = head.get(from..to)?;
            let all_digits = digits.iter().all(u8::is_ascii_digit);
            all_digits.then(|| digits.iter().fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0')))
        };
        let marks = [(4, b'-'), (7, b'-'), (13, b':'), (16, b':')];
        if marks.iter().any(|(at, mark)| head[*at] != *mark) || !matches!(head[10], b'T' | b't' | b' ') {
            return None;
        }
        let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
        if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
            return None;
        }
        let of_day = number(11, 13)? * 3600 + number(14, 16)? * 60 + number(17, 19)?;
        Some(Moment { unix_s: days_from_civil(year, month, day) * DAY_S + of_day - offset_s(&text[19..])? })
    }

    /// Year, month, day.
    fn date(self) -> (i64, usize, i64) {
        civil_from_days(self.unix_s.div_euclid(DAY_S))
    }

    /// `02:11`.
    pub(super) fn clock(self) -> String {
        let of_day = self.unix_s.rem_euclid(DAY_S);
        format!("{:02}:{:02}", of_day / 3600, of_day / 60 % 60)
    }

    /// `02:11:05`.
    pub(super) fn clock_s(self) -> String {
        format!("{}:{:02}", self.clock(), self.unix_s.rem_euclid(60))
    }

    /// `3 Mar`.
    pub(super) fn day(self) -> String {
        let (_, month, day) = self.date();
        format!("{day} {}", MONTHS[month - 1])
    }

    /// `3 Mar 2026`.
    pub(super) fn day_year(self) -> String {
        format!("{} {}", self.day(), self.date().0)
    }

    /// `Mon`.
    pub(super) fn weekday(self) -> &'static str {
        // The first day of 1970 was a Thursday.
        const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
        DAYS[self.day_number().rem_euclid(7) as usize]
    }

    /// Days since 1970.
    pub(super) fn day_number(self) -> i64 {
        self.unix_s.div_euclid(DAY_S)
    }

    /// 0 to 23.
    pub(super) fn hour_of_day(self) -> usize {
        (self.unix_s.rem_euclid(DAY_S) / 3_600) as usize
    }

    /// Do both fall on one day?
    pub(super) fn is_same_day(self, other: Moment) -> bool {
        self.unix_s.div_euclid(DAY_S) == other.unix_s.div_euclid(DAY_S)
    }
}

/// The seconds that `Z`, `.5Z` or `+01:00` stand east of UTC.
fn offset_s(tail: &str) -> Option<i64> {
    let zone = tail.trim_start_matches(|c: char| c == '.' || c.is_ascii_digit());
    let Some(sign) = zone.strip_prefix('+').map(|_| 1).or_else(|| zone.strip_prefix('-').map(|_| -1)) else {
        return matches!(zone, "Z" | "z" | "").then_some(0);
    };
    let (hours, minutes) = zone[1..].split_once(':')?;
    Some(sign * (hours.parse::<u8>().map(i64::from).ok()? * 3600 + minutes.parse::<u8>().map(i64::from).ok()? * 60))
}

/// Days since 1970 of a Gregorian date (Howard Hinnant's algorithm).
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The Gregorian date of a day since 1970.
fn civil_from_days(days: i64) -> (i64, usize, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let (day, month) = (of_year - (153 * shifted + 2) / 5 + 1, (shifted + 2) % 12);
    (year + era * 400 + i64::from(month < 2), month as usize + 1, day)
}

/// The moments a report is about, so that a time can be as short as it is clear.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Span {
    /// First and last moment.
    pub(super) ends: Option<(Moment, Moment)>,
}

impl Span {
    /// From the texts in the inputs.
    pub(super) fn of(first: Option<&str>, last: Option<&str>) -> Span {
        Span { ends: first.and_then(Moment::parse).zip(last.and_then(Moment::parse)) }
    }

    /// Seconds from the first to the last moment.
    pub(super) fn seconds(self) -> u64 {
        self.ends.map_or(0, |(first, last)| u64::try_from(last.unix_s - first.unix_s).unwrap_or(0))
    }

    /// `3 Mar 2026 00:00 – 23:59 UTC`.
    pub(super) fn headline(self) -> String {
        let Some((first, last)) = self.ends else { return "no time known".into() };
        let from = format!("{} {}", first.day_year(), first.clock());
        if first.is_same_day(last) {
            return format!("{from} – {} UTC", last.clock());
        }
        format!("{from} – {} {} UTC", last.day_year(), last.clock())
    }

    /// All within one day, so that the clock alone is clear?
    fn is_one_day(self) -> bool {
        self.ends.is_some_and(|(first, last)| last.unix_s - first.unix_s <= DAY_S + 3600)
    }

    /// A time as short as it is clear in this span: `02:11:05` or `3 Mar 02:11`.
    pub(super) fn short(self, text: &str) -> String {
        match Moment::parse(text) {
            None => clean(text),
            Some(moment) if self.is_one_day() => moment.clock_s(),
            Some(moment) => format!("{} {}", moment.day(), moment.clock()),
        }
    }

    /// From one time to another: `02:11:05 – 03:40:00`.
    pub(super) fn range(self, from: &str, to: &str) -> String {
        let (short_from, short_to) = (self.short(from), self.short(to));
        match (Moment::parse(from), Moment::parse(to)) {
            _ if to.is_empty() || short_from == short_to => short_from,
            (Some(a), Some(b)) if a.is_same_day(b) => format!("{short_from} – {}", self.clock_only(b)),
            _ => format!("{short_from} – {short_to}"),
        }
    }

    fn clock_only(self, moment: Moment) -> String {
        if self.is_one_day() { moment.clock_s() } else { moment.clock() }
    }

    /// Where in the span a time lies, from 0 to 1.
    pub(super) fn position(self, text: &str) -> Option<f64> {
        let ((first, last), at) = (self.ends?, Moment::parse(text)?);
        let length = (last.unix_s - first.unix_s).max(1) as f64;
        Some(((at.unix_s - first.unix_s) as f64 / length).clamp(0.0, 1.0))
    }
}

/// Foreign text made safe to show: whatever would move a cursor, ring a bell, reorder or hide text is spelled out.
///
/// Names in logs are chosen by whoever names a machine. `\x1b]0;…` must not reach a terminal, and a right-to-left
/// override must not turn `exe.gpj` around in a page.
pub(super) fn clean(foreign: &str) -> String {
    if !foreign.chars().any(is_hostile) {
        return foreign.to_owned();
    }
    let mut out = String::with_capacity(foreign.len() + 8);
    for character in foreign.chars() {
        match character {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if is_hostile(c) && u32::from(c) < 0x100 => {
                let _ = write!(out, "\\x{:02x}", u32::from(c));
            }
            c if is_hostile(c) => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

/// Controls, separators, bidirectional marks, invisible characters, tags.
fn is_hostile(character: char) -> bool {
    character.is_control()
        || matches!(u32::from(character),
            0xad | 0x34f | 0x61c | 0x115f | 0x1160 | 0x17b4 | 0x17b5 | 0x180b..=0x180f
            | 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f | 0x3164 | 0xfe00..=0xfe0f
            | 0xfeff | 0xffa0 | 0xfff0..=0xfffb | 0x1d173..=0x1d17a | 0xe0000..=0xe0fff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(
            ["0", "999", "1,000", "5,912,334"],
            [0, 999, 1000, 5_912_334].map(count).each_ref().map(String::as_str)
        );
        let shown = [0, 999, 1000, 1234, 9949, 9950, 999_499, 999_500, 1_240_000_000, u64::MAX].map(bytes);
        assert_eq!(
            shown.join(" | "),
            "0 B | 999 B | 1.0 kB | 1.2 kB | 9.9 kB | 10 kB | 999 kB | 1.0 MB | 1.2 GB | 18 EB"
        );
        assert_eq!([count_short(9999), count_short(5_912_334)].join(" "), "9,999 5.9 M");
        let shares =
            [percent(0, 0), percent(1, 1_000_000), percent(1, 3), percent(999, 1000), percent(3, 3), percent(4, 100)];
        assert_eq!(shares.join(", "), "0 %, <0.1 %, 33 %, >99 %, 100 %, 4.0 %");
        assert_eq!(
            [0, 59, 60, 3661, 86_400, 187_200].map(duration).join(", "),
            "0 s, 59 s, 1 min, 1 h 1 min, 1 d, 2 d 4 h"
        );
    }

    #[test]
    fn moments_are_read_and_shown() {
        let moment = Moment::parse("2026-03-03T02:11:05.123456789Z").expect("RFC 3339");
        assert_eq!(
            (moment.unix_s, moment.day_year(), moment.clock_s()),
            (1_772_503_865, "3 Mar 2026".into(), "02:11:05".into())
        );
        assert_eq!(Moment::parse("2026-03-03T03:11:05+01:00"), Some(moment));
        assert_eq!(Moment::parse("1970-01-01T00:00:00Z").map(|m| m.unix_s), Some(0));
        assert_eq!(Moment::parse("2024-02-29T00:00:00Z").map(Moment::day), Some("29 Feb".into()));
        for wrong in ["", "2026-03-03", "2026-13-03T02:11:05Z", "yesterday at half past nine", "2026-03-03T02:11:05é"]
        {
            assert_eq!(Moment::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn times_are_as_short_as_they_are_clear() {
        let day = Span::of(Some("2026-03-03T00:00:00Z"), Some("2026-03-03T23:59:59Z"));
        assert_eq!(day.headline(), "3 Mar 2026 00:00 – 23:59 UTC");
        assert_eq!(day.range("2026-03-03T02:11:05Z", "2026-03-03T03:40:00Z"), "02:11:05 – 03:40:00");
        let week = Span::of(Some("2026-03-03T00:00:00Z"), Some("2026-03-09T23:59:59Z"));
        assert_eq!(week.range("2026-03-03T02:11:05Z", "2026-03-03T03:40:00Z"), "3 Mar 02:11 – 03:40");
        assert_eq!(week.range("2026-03-03T02:11:05Z", "2026-03-04T03:40:00Z"), "3 Mar 02:11 – 4 Mar 03:40");
        assert_eq!(week.short("not a\x1btime"), "not a\\x1btime");
        assert_eq!(week.position("2026-03-03T00:00:00Z"), Some(0.0));
    }

    #[test]
    fn hostile_characters_are_spelled_out() {
        assert_eq!(clean("web-01"), "web-01");
        assert_eq!(clean("a\x1b[2J\x07b\r\n\u{9b}31m"), "a\\x1b[2J\\x07b\\r\\n\\x9b31m");
        assert_eq!(clean("\u{202e}gpj.exe\u{200b}\u{e0041}"), "\\u{202e}gpj.exe\\u{200b}\\u{e0041}");
        assert_eq!(clean("größe 東京"), "größe 東京");
    }
}
