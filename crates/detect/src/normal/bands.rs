//! Robust bands of the hours of a week.
//!
//! Values are taken as logarithms, since traffic grows by factors. The usual value of an hour of the week is the median
//! over weeks; the spread is the median distance from it, pooled over all hours, since four weeks give four values an
//! hour. A level that stays changed (a release, a new customer) is told once and then followed.

use serde::{Deserialize, Serialize};

/// Hours of a week; hour 0 is Thursday 00:00 UTC, as 1970 began.
pub const HOURS_OF_WEEK: usize = 168;
/// So many spreads from the usual value depart from it. A normal hour of a year would not (6 sigma; the tails are heavy).
const FAR: f64 = 6.0;
/// A tenth more or less is nothing, however even the history.
const SPREAD_MIN: f64 = 0.04;
/// So many hours in a row on the same side are a new level.
const LEVEL_HOURS: usize = 4;
/// Median distance to standard deviation, for normal values.
const MEDIAN_TO_DEVIATION: f64 = 1.4826;

/// What the hours of a week usually hold.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Bands {
    /// Median of ln(1 + value) by hour of the week; hours without history have the median of all.
    pub usual: Vec<f64>,
    /// Standard deviation of the distance from it, robust.
    pub spread: f64,
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
    /// What was expected.
    pub expected: f64,
    /// Distance in spreads; negative below.
    pub distance: f64,
    /// It begins a departure; the hours after it go on.
    pub is_onset: bool,
}

fn median(values: &mut [f64]) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        length if length % 2 == 1 => Some(values[middle]),
        _ => Some((values[middle - 1] + values[middle]) / 2.0),
    }
}

fn hour_of_week(hour: u32) -> usize {
    hour as usize % HOURS_OF_WEEK
}

impl Bands {
    /// Learned from values by hour, the first of them `first_hour` (hours since 1970).
    pub fn learn(first_hour: u32, values: &[f64]) -> Bands {
        let logs: Vec<f64> = values.iter().map(|value| value.max(0.0).ln_1p()).collect();
        let overall = median(&mut logs.clone()).unwrap_or(0.0);
        let mut by_hour = vec![Vec::new(); HOURS_OF_WEEK];
        for (place, log) in logs.iter().enumerate() {
            by_hour[hour_of_week(first_hour + place as u32)].push(*log);
        }
        let usual: Vec<f64> = by_hour.iter_mut().map(|logs| median(logs).unwrap_or(overall)).collect();
        let distances =
            logs.iter().enumerate().map(|(place, log)| log - usual[hour_of_week(first_hour + place as u32)]);
        let mut distances: Vec<f64> = distances.map(f64::abs).collect();
        let weeks = (values.len() as f64 / HOURS_OF_WEEK as f64).max(1.0);
        // A median of few values lies near them: their distance from it is too small by (n - 1) / n of the variance, and
        // the next value's is too large by 1 / n.
        let correction = if weeks > 1.0 { ((weeks + 1.57) / (weeks - 1.0).max(1.0)).sqrt().min(2.0) } else { 2.0 };
        let spread = median(&mut distances).unwrap_or(0.0) * MEDIAN_TO_DEVIATION * correction;
        Bands { usual, spread: spread.max(SPREAD_MIN), hours: values.len() }
    }

    /// Is there enough of a history to say what is usual? Two weeks.
    pub fn is_known(&self) -> bool {
        self.hours >= 2 * HOURS_OF_WEEK
    }

    /// What an hour usually holds.
    pub fn expected(&self, hour: u32) -> f64 {
        self.usual.get(hour_of_week(hour)).map_or(0.0, |log| log.exp_m1())
    }
}

/// The hours that depart from the bands, the first of them `first_hour`.
pub fn departures(bands: &Bands, first_hour: u32, values: &[f64]) -> Vec<Departure> {
    let mut found: Vec<Departure> = Vec::new();
    let (mut level, mut run): (f64, Vec<f64>) = (0.0, Vec::new());
    for (place, value) in values.iter().enumerate() {
        let hour = first_hour + place as u32;
        let usual = bands.usual.get(hour_of_week(hour)).copied().unwrap_or(0.0);
        let residual = value.max(0.0).ln_1p() - usual;
        let distance = (residual - level) / bands.spread.max(SPREAD_MIN);
        if distance.abs() < FAR {
            run.clear();
            continue;
        }
        let turns = run.last().is_some_and(|last| (last - level).signum() != distance.signum());
        if turns {
            run.clear();
        }
        run.push(residual);
        let expected = (usual + level).exp_m1();
        found.push(Departure { hour, value: *value, expected, distance, is_onset: run.len() == 1 });
        if run.len() >= LEVEL_HOURS {
            level = median(&mut run.clone()).unwrap_or(level);
            run.clear();
        }
    }
    found
}
