//! Seconds since 1970 as RFC 3339 text.

/// The moment in UTC: `2026-03-02T09:12:00Z`.
pub(crate) fn rfc3339(second: u32) -> String {
    let (year, month, day) = civil_from_days(i64::from(second / 86_400));
    let of_day = second % 86_400;
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", of_day / 3600, of_day / 60 % 60, of_day % 60)
}

/// The second of a moment that [`rfc3339`] wrote; 0 of anything else.
pub(crate) fn seconds(text: &str) -> u32 {
    let number = |from: usize, to: usize| text.get(from..to).and_then(|digits| digits.parse::<i64>().ok());
    let date = (number(0, 4), number(5, 7), number(8, 10));
    let time = (number(11, 13), number(14, 16), number(17, 19));
    let ((Some(year), Some(month), Some(day)), (Some(hour), Some(minute), Some(second))) = (date, time) else {
        return 0;
    };
    let days = days_from_civil(year, month, day);
    u32::try_from(days * 86_400 + hour * 3600 + minute * 60 + second).unwrap_or(0)
}

/// Year, month and day of a day since 1970 (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// The other way (same source).
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments() {
        for (second, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_772_409_600, "2026-03-02T00:00:00Z"),
            (u32::MAX, "2106-02-07T06:28:15Z"),
        ] {
            assert_eq!((rfc3339(second).as_str(), seconds(text)), (text, second));
        }
    }
}
