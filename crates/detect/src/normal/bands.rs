//! Robust bands of the hours of a week.
//!
//! Values are taken as logarithms, since traffic grows by factors. What is usual in an hour is the median of the hours that
//! are like it in the history: the same hour of the week, the same hour of working days or of weekends, the same hour of any
//! day, or any hour. Which of them a host keeps to is measured: the kind that tells an hour of the history best from the
//! others of it. So two weeks are enough for a host that is the same every day, and eight weeks tell a Monday's habit. The
//! spread is how far hours of the history were from what the others say, near that hour of the day; an hour that holds
//! what the same hour of the week held before (a weekly job) departs from nothing. A level that stays changed (a release, a new customer) is told once and
//! then followed.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// Hours of a week; hour 0 is Thursday 00:00 UTC, as 1970 began.
pub const HOURS_OF_WEEK: usize = 168;
const HOURS_OF_DAY: usize = 24;
/// So many spreads from the usual value depart from it. A normal hour of a year would not (6 sigma; the tails are heavy).
const FAR: f64 = 6.0;
/// What has departed goes on departing while it is so far: one story does not begin again each hour.
const STILL_FAR: f64 = 3.0;
/// A tenth more or less is nothing, however even the history.
const SPREAD_MIN: f64 = 0.04;
/// So many hours in a row on the same side are a new level.
const LEVEL_HOURS: usize = 4;
/// Median distance to standard deviation, for normal values.
const MEDIAN_TO_DEVIATION: f64 = 1.4826;
/// The distance that one of five is beyond, in standard deviations, for normal values. Hosts that are quiet in most hours are
/// seen there, and the outages of a history are not yet.
const OUTER: (f64, f64) = (0.8, 1.2816);
/// Distances beyond are no part of how well a kind of hours tells: jobs and outages of the history.
const JUDGED_PART: f64 = 0.9;
/// A finer kind of hours is taken if it tells a tenth better.
const BETTER: f64 = 0.9;
/// Logarithms are kept in hundredths.
const HUNDREDTHS: f64 = 100.0;
/// A job comes an hour early or late.
const NEAR_HOURS: RangeInclusive<i32> = -1..=1;

/// Which hours are like each other, from coarse to fine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Season {
    /// All.
    #[default]
    None,
    /// The same hours of every day.
    Day,
    /// The same hours of Monday to Friday, and of Saturday and Sunday.
    WorkingDay,
    /// The same hours of the week.
    Week,
}

impl Season {
    const ALL: [Season; 4] = [Season::None, Season::Day, Season::WorkingDay, Season::Week];

    /// Which of its kinds an hour of the week is.
    fn of(self, hour: usize) -> usize {
        // Day 0 is a Thursday: days 2 and 3 are the weekend.
        let is_weekend = matches!(hour / HOURS_OF_DAY, 2 | 3);
        match self {
            Season::None => 0,
            Season::Day => hour % HOURS_OF_DAY,
            Season::WorkingDay => hour % HOURS_OF_DAY + if is_weekend { HOURS_OF_DAY } else { 0 },
            Season::Week => hour,
        }
    }
}

/// What the hours of a week usually hold.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Bands {
    /// Which hours are like each other.
    pub season: Season,
    /// Hundredths of ln(1 + value), by hour of the week.
    middle: Vec<u16>,
    /// Hundredths of the robust standard deviation, by hour of the day.
    spreads: Vec<u16>,
    /// The lowest and the highest that the same hours of the weeks held, or the hours beside them.
    lowest: Vec<u16>,
    highest: Vec<u16>,
    /// Hours of history.
    pub hours: usize,
}

/// An hour that is not as usual.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Departure {
    /// Hours since 1970.
    pub hour: u32,
    /// The value.
    pub value: f64,
    /// What the bands say.
    pub usual: f64,
    /// What was expected, if a new level has been followed.
    pub expected: f64,
    /// Distance in spreads; negative below.
    pub distance: f64,
    /// It begins a departure; the hours after it go on.
    pub is_onset: bool,
}

fn median(sorted: &[f64]) -> Option<f64> {
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        length if length % 2 == 1 => Some(sorted[middle]),
        _ => Some((sorted[middle - 1] + sorted[middle]) / 2.0),
    }
}

/// The median of the others.
fn median_without(sorted: &[f64], value: f64) -> Option<f64> {
    let place = sorted.partition_point(|other| *other < value);
    let at = |rank: usize| sorted.get(if rank >= place { rank + 1 } else { rank }).copied();
    match sorted.len().checked_sub(1)? {
        0 => None,
        length if length % 2 == 1 => at(length / 2),
        length => Some((at(length / 2 - 1)? + at(length / 2)?) / 2.0),
    }
}

fn quantile(sorted: &[f64], part: f64) -> f64 {
    sorted.get(((sorted.len() as f64 - 1.0) * part).round().max(0.0) as usize).copied().unwrap_or(0.0)
}

fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    values
}

fn hour_of_week(hour: u32) -> usize {
    hour as usize % HOURS_OF_WEEK
}

fn hundredths(log: f64) -> u16 {
    (log * HUNDREDTHS).round() as u16
}

fn log_of(hundredths: Option<&u16>) -> f64 {
    hundredths.map_or(0.0, |hundredths| f64::from(*hundredths) / HUNDREDTHS)
}

/// (hours since 1970, ln(1 + value))
type Log = (u32, f64);

/// The history, held against itself by one kind of hours.
struct Trial {
    season: Season,
    groups: Vec<Vec<f64>>,
    /// How far each hour is from the median of the others like it; of hours without others none.
    distances: Vec<(usize, f64)>,
    /// How far they are, in the middle: the smaller the better.
    error: f64,
}

impl Trial {
    fn of(season: Season, logs: &[Log]) -> Trial {
        let mut groups = vec![Vec::new(); HOURS_OF_WEEK];
        logs.iter().for_each(|(hour, log)| groups[season.of(hour_of_week(*hour))].push(*log));
        let groups: Vec<Vec<f64>> = groups.into_iter().map(sorted).collect();
        let distance = |(hour, log): &Log| {
            let hour = hour_of_week(*hour);
            let others = median_without(&groups[season.of(hour)], *log)?;
            Some((hour, (log - others).abs()))
        };
        let distances: Vec<(usize, f64)> = logs.iter().filter_map(distance).collect();
        let judged = sorted(distances.iter().map(|(_, distance)| *distance).collect());
        let judged = &judged[..(judged.len() as f64 * JUDGED_PART) as usize];
        let error = judged.iter().sum::<f64>() / judged.len() as f64;
        // Nothing to hold it against: not a number.
        let error = if judged.is_empty() { f64::INFINITY } else { error };
        Trial { season, groups, distances, error }
    }

    /// The coarsest kind of hours that no finer one beats clearly.
    fn best(logs: &[Log]) -> Trial {
        let mut best = Trial::of(Season::None, logs);
        for season in &Season::ALL[1..] {
            let finer = Trial::of(*season, logs);
            if finer.error < best.error * BETTER {
                best = finer;
            }
        }
        best
    }

    /// The robust standard deviation near each hour of the day.
    fn spreads(&self) -> Vec<f64> {
        let mut by_hour = vec![Vec::new(); HOURS_OF_DAY];
        for (hour, distance) in &self.distances {
            for near in NEAR_HOURS {
                by_hour[(*hour as i32 + near).rem_euclid(HOURS_OF_DAY as i32) as usize].push(*distance);
            }
        }
        let correction = self.correction();
        let spread = |distances| (deviation(&sorted(distances)) * correction).max(SPREAD_MIN);
        by_hour.into_iter().map(spread).collect()
    }

    /// An hour of the history was told by one hour less than the next one will be: by means of n - 1 and of n values.
    fn correction(&self) -> f64 {
        let groups = self.groups.iter().filter(|group| !group.is_empty()).count().max(1);
        let others = (self.distances.len() as f64 / groups as f64 - 1.0).max(1.0);
        ((1.0 + 1.0 / (others + 1.0)) / (1.0 + 1.0 / others)).sqrt()
    }
}

/// The standard deviation of values with such distances (sorted) from what is usual.
fn deviation(distances: &[f64]) -> f64 {
    let inner = median(distances).unwrap_or(0.0) * MEDIAN_TO_DEVIATION;
    inner.max(quantile(distances, OUTER.0) / OUTER.1)
}

/// From so many weeks on one that was unlike the others proves nothing.
const WEEKS_OF_A_HABIT: usize = 4;

/// What the same hour of the weeks held, or the hours beside it: the farthest of few weeks, the usual one of more.
/// `farther` says which of two values is farther out; an hour that is not in the history has `none`.
fn precedents(logs: &[Log], farther: fn(f64, f64) -> f64, none: f64) -> Vec<f64> {
    let mut weekly: Vec<BTreeMap<u32, f64>> = vec![BTreeMap::new(); HOURS_OF_WEEK];
    for (hour, log) in logs {
        for near in NEAR_HOURS {
            let near = hour.saturating_add_signed(near);
            let of_week = weekly[hour_of_week(near)].entry(near / HOURS_OF_WEEK as u32).or_insert(*log);
            *of_week = farther(*of_week, *log);
        }
    }
    let precedent = |weeks: BTreeMap<u32, f64>| match weeks.len() {
        0..WEEKS_OF_A_HABIT => weeks.into_values().reduce(farther),
        _ => median(&sorted(weeks.into_values().collect())),
    };
    weekly.into_iter().map(|weeks| precedent(weeks).unwrap_or(none)).collect()
}

/// More than any value's logarithm.
const NO_LOG: f64 = 100.0;

impl Bands {
    /// Learned from values by hour since 1970, in the order of time. Hours that were not recorded are left out.
    pub fn learn(values: &[(u32, f64)]) -> Bands {
        let logs: Vec<Log> = values.iter().map(|(hour, value)| (*hour, value.max(0.0).ln_1p())).collect();
        let best = Trial::best(&logs);
        let overall = median(&sorted(logs.iter().map(|(_, log)| *log).collect())).unwrap_or(0.0);
        let middle = |hour: usize| median(&best.groups[best.season.of(hour)]).unwrap_or(overall);
        let stored = |logs: Vec<f64>| logs.into_iter().map(hundredths).collect();
        Bands {
            season: best.season,
            middle: (0..HOURS_OF_WEEK).map(middle).map(hundredths).collect(),
            spreads: stored(best.spreads()),
            lowest: stored(precedents(&logs, f64::min, NO_LOG)),
            highest: stored(precedents(&logs, f64::max, 0.0)),
            hours: values.len(),
        }
    }

    /// Is there enough of a history to say what is usual? Two weeks, but for a few hours that were not recorded.
    pub fn is_known(&self) -> bool {
        self.hours >= 2 * HOURS_OF_WEEK - HOURS_OF_DAY && !self.middle.is_empty()
    }

    fn middle(&self, hour: u32) -> f64 {
        log_of(self.middle.get(hour_of_week(hour)))
    }

    fn spread(&self, hour: u32) -> f64 {
        log_of(self.spreads.get(hour as usize % HOURS_OF_DAY)).max(SPREAD_MIN)
    }

    /// What an hour usually holds.
    pub fn expected(&self, hour: u32) -> f64 {
        self.middle(hour).exp_m1()
    }

    /// How far a value is from what is usual, in spreads; negative below.
    pub fn distance(&self, hour: u32, value: f64) -> f64 {
        (value.max(0.0).ln_1p() - self.middle(hour)) / self.spread(hour)
    }

    /// Did the same hour of the week hold as little, or as much?
    fn has_precedent(&self, hour: u32, log: f64, is_up: bool) -> bool {
        let known = if is_up { &self.highest } else { &self.lowest };
        let precedent = log_of(known.get(hour_of_week(hour)));
        let margin = self.spread(hour);
        if is_up { log <= precedent + margin } else { log >= precedent - margin }
    }
}

/// The hours that depart from the bands, of values by hour since 1970 in the order of time.
pub fn departures(bands: &Bands, values: &[(u32, f64)]) -> Vec<Departure> {
    let mut found: Vec<Departure> = Vec::new();
    let (mut level, mut run): (f64, Vec<f64>) = (0.0, Vec::new());
    for (hour, value) in values {
        let log = value.max(0.0).ln_1p();
        let usual = bands.middle(*hour);
        let residual = log - usual;
        let distance = (residual - level) / bands.spread(*hour);
        let goes_on = run.last().is_some_and(|last| (last - level).signum() == distance.signum());
        let is_far = match goes_on {
            true => distance.abs() >= STILL_FAR,
            false => distance.abs() >= FAR && !(level == 0.0 && bands.has_precedent(*hour, log, distance > 0.0)),
        };
        if !is_far || !goes_on {
            run.clear();
        }
        if !is_far {
            continue;
        }
        run.push(residual);
        let (expected, is_onset) = ((usual + level).exp_m1(), run.len() == 1);
        found.push(Departure { hour: *hour, value: *value, usual: usual.exp_m1(), expected, distance, is_onset });
        if run.len() >= LEVEL_HOURS {
            level = median(&sorted(run.clone())).unwrap_or(level);
            run.clear();
        }
    }
    found
}
