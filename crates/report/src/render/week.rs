//! A profile's hours, day by day: what both the terminal and the page draw.

use super::units::{self, Moment};
use crate::summary::{Profile, ProfileHour};

/// Hours of a day.
pub(super) const HOURS: usize = 24;

/// One day of a profile.
pub(super) struct Day<'a> {
    /// `Mon 2 Mar`.
    pub(super) label: String,
    /// Its hours; none where they are outside of the profile's time.
    pub(super) hours: [Option<&'a ProfileHour>; HOURS],
}

impl Day<'_> {
    /// The sum of a value over the day.
    pub(super) fn total(&self, value: fn(&ProfileHour) -> u64) -> u64 {
        self.hours.iter().flatten().fold(0, |sum, hour| sum.saturating_add(value(hour)))
    }
}

/// The days of a profile, in order. Hours whose time cannot be read are in none.
pub(super) fn days(profile: &Profile) -> Vec<Day<'_>> {
    let mut days: Vec<(i64, Day<'_>)> = Vec::new();
    for hour in &profile.hours {
        let Some(moment) = Moment::parse(&hour.hour) else { continue };
        let (day, place) = (moment.day_number(), moment.hour_of_day());
        if days.last().is_none_or(|(last, _)| *last != day) {
            let label = format!("{} {}", moment.weekday(), moment.day());
            days.push((day, Day { label, hours: [None; HOURS] }));
        }
        if let Some((_, last)) = days.last_mut() {
            last.hours[place] = Some(hour);
        }
    }
    days.into_iter().map(|(_, day)| day).collect()
}

/// The largest of a value over all hours, at least 1.
pub(super) fn peak(profile: &Profile, value: fn(&ProfileHour) -> u64) -> u64 {
    profile.hours.iter().map(value).max().unwrap_or(0).max(1)
}

/// How much of the peak a value is, from 0 to `steps`; anything but 0 is at least 1. By its square root, so that a quiet
/// hour is not taken for an idle one.
pub(super) fn level(value: u64, peak: u64, steps: usize) -> usize {
    ((units::share(value, peak).sqrt() * steps as f64).ceil() as usize).min(steps)
}

/// An hour in words: `1.2 MB sent (usually 300 kB), 3 refused (usually 0)`.
pub(super) fn in_words(hour: &ProfileHour) -> String {
    let beside = |usual: Option<String>| usual.map_or(String::new(), |usual| format!(" (usually {usual})"));
    format!(
        "{} sent{}, {} refused{}",
        units::bytes(hour.sent),
        beside(hour.sent_usual.map(units::bytes)),
        units::count(hour.refused),
        beside(hour.refused_usual.map(units::count))
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_week_is_seven_lines() {
        let hour = |day: u32, hour: u32| ProfileHour {
            hour: format!("2026-03-{day:02}T{hour:02}:00:00Z"),
            sent: u64::from(day * 100 + hour),
            ..ProfileHour::default()
        };
        let mut hours: Vec<ProfileHour> = (2..9).flat_map(|day| (0..24).map(move |clock| hour(day, clock))).collect();
        hours.drain(..5);
        hours.push(ProfileHour { hour: "at noon".into(), ..ProfileHour::default() });
        let profile = Profile { hours, ..Profile::default() };
        let days = days(&profile);
        let labels: Vec<&str> = days.iter().map(|day| day.label.as_str()).collect();
        assert_eq!(labels, ["Mon 2 Mar", "Tue 3 Mar", "Wed 4 Mar", "Thu 5 Mar", "Fri 6 Mar", "Sat 7 Mar", "Sun 8 Mar"]);
        assert_eq!((days[0].hours[4].is_none(), days[0].hours[5].map(|hour| hour.sent)), (true, Some(205)));
        assert_eq!(days[6].total(|hour| hour.sent), 24 * 800 + 276);
        assert_eq!(peak(&profile, |hour| hour.sent), 823);
    }

    #[test]
    fn levels() {
        assert_eq!([0, 1, 25, 100, 101].map(|value| level(value, 100, 8)), [0, 1, 4, 8, 8]);
    }
}
