//! Times as EVE has them: `2016-07-13T22:42:07.749713+0000`.

use model::packet::Timestamp;

const TEXT_BYTES: usize = 31;
const MICROS_AT: usize = 20;

/// Makes text of times. Times of neighbours share their second, whose text is made once.
#[derive(Debug)]
pub(crate) struct TimeText {
    second: i64,
    text: [u8; TEXT_BYTES],
}

impl Default for TimeText {
    fn default() -> Self {
        TimeText { second: 0, text: *b"1970-01-01T00:00:00.000000+0000" }
    }
}

impl TimeText {
    /// The text of a moment, in UTC and microseconds.
    pub(crate) fn text(&mut self, time: Timestamp) -> &str {
        let second = time.0.div_euclid(1_000_000_000);
        if second != self.second {
            self.second = second;
            self.write_second(second);
        }
        let micros = time.0.rem_euclid(1_000_000_000) / 1_000;
        write_digits(&mut self.text[MICROS_AT..MICROS_AT + 6], micros);
        std::str::from_utf8(&self.text).unwrap_or_default()
    }

    fn write_second(&mut self, second: i64) {
        let (days, of_day) = (second.div_euclid(86_400), second.rem_euclid(86_400));
        let (year, month, day) = civil(days);
        let parts = [
            (0, 4, year),
            (5, 2, month),
            (8, 2, day),
            (11, 2, of_day / 3600),
            (14, 2, of_day / 60 % 60),
            (17, 2, of_day % 60),
        ];
        for (at, width, number) in parts {
            write_digits(&mut self.text[at..at + width], number);
        }
    }
}

fn write_digits(place: &mut [u8], mut number: i64) {
    for digit in place.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

/// Year, month, day of a day since 1970 (Howard Hinnant, "chrono-compatible low-level date algorithms").
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts() {
        let mut times = TimeText::default();
        let mut check = |ns: i64, expected: &str| assert_eq!(times.text(Timestamp(ns)), expected);
        check(0, "1970-01-01T00:00:00.000000+0000");
        check(1_468_449_727_749_713_999, "2016-07-13T22:42:07.749713+0000");
        check(1_468_449_727_000_001_000, "2016-07-13T22:42:07.000001+0000");
        check(951_782_400_000_000_000, "2000-02-29T00:00:00.000000+0000");
        check(-1_000, "1969-12-31T23:59:59.999999+0000");
    }
}
