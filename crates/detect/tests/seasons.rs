//! Eight weeks of an hourly series with one injected departure in a hundred hours of the second half (spikes, drops,
//! level shifts): the bands against a plain z-score and a plain Holt-Winters.

use detect::normal::{Bands, HOURS_OF_WEEK, departures};

const WEEKS: usize = 8;
const LEARNED: usize = 4 * HOURS_OF_WEEK;
const SERIES: usize = 40;

struct Random(u64);

impl Random {
    fn unit(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11) as f64 / (1_u64 << 53) as f64
    }
    fn normal(&mut self) -> f64 {
        (-2.0 * (1.0 - self.unit()).ln()).sqrt() * (std::f64::consts::TAU * self.unit()).cos()
    }
}

/// A series and the onsets of what was injected.
fn series(random: &mut Random, first_onset: usize) -> (Vec<f64>, Vec<usize>) {
    let mut values: Vec<f64> =
        (0..WEEKS * HOURS_OF_WEEK).map(|hour| usual(hour) * (0.1 * random.normal()).exp()).collect();
    let mut onsets = Vec::new();
    let mut hour = first_onset;
    while hour + 60 < values.len() {
        match (random.unit() * 3.0) as usize {
            0 => values[hour] *= 3.0 + 3.0 * random.unit(),
            1 => values[hour] *= 0.05 + 0.2 * random.unit(),
            _ => {
                let factor = if random.unit() < 0.5 { 2.5 } else { 0.3 };
                values[hour..hour + 24].iter_mut().for_each(|value| *value *= factor);
                // It ends as abruptly: that is a departure from the new level too.
                onsets.push(hour + 24);
            }
        }
        onsets.push(hour);
        hour += 40 + (random.unit() * 120.0) as usize;
    }
    onsets.sort_unstable();
    (values, onsets)
}

/// Days and nights, and quiet weekends.
fn usual(hour: usize) -> f64 {
    let of_day = (hour % 24) as f64 / 24.0 * std::f64::consts::TAU;
    let weekend = if (hour / 24) % 7 >= 5 { 0.4 } else { 1.0 };
    1e8 * weekend * (1.2 - of_day.cos())
}

/// Alarms that begin, by each method: hours of the series.
fn bands(values: &[f64]) -> Vec<usize> {
    bands_of(values, LEARNED)
}

/// The same, learned from the hours just before.
fn bands_of(values: &[f64], learned: usize) -> Vec<usize> {
    let values: Vec<(u32, f64)> = (0..).zip(values.iter().copied()).collect();
    let learned = Bands::learn(&values[LEARNED - learned..LEARNED]);
    let found = departures(&learned, &values[LEARNED..]);
    found.iter().filter(|departure| departure.is_onset).map(|departure| departure.hour as usize).collect()
}

fn onsets(alarms: impl Iterator<Item = (usize, bool)>) -> Vec<usize> {
    let mut was = false;
    alarms
        .filter_map(|(hour, is)| {
            (is && !std::mem::replace(&mut was, is) || {
                was = is;
                false
            })
            .then_some(hour)
        })
        .collect()
}

fn z_score(values: &[f64]) -> Vec<usize> {
    let learned = &values[..LEARNED];
    let mean = learned.iter().sum::<f64>() / learned.len() as f64;
    let deviation = (learned.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / learned.len() as f64).sqrt();
    onsets((LEARNED..values.len()).map(|hour| (hour, (values[hour] - mean).abs() > 3.0 * deviation)))
}

/// Additive, weekly season, deviation band of three (Brutlag).
fn holt_winters(values: &[f64]) -> Vec<usize> {
    let (alpha, beta, gamma) = (0.2, 0.005, 0.3);
    let mut level = values[..HOURS_OF_WEEK].iter().sum::<f64>() / HOURS_OF_WEEK as f64;
    let mut trend = 0.0;
    let mut season: Vec<f64> = values[..HOURS_OF_WEEK].iter().map(|value| value - level).collect();
    let mut deviation = vec![level * 0.2; HOURS_OF_WEEK];
    let mut alarms = Vec::new();
    for (hour, value) in values.iter().enumerate().skip(HOURS_OF_WEEK) {
        let of_week = hour % HOURS_OF_WEEK;
        let expected = level + trend + season[of_week];
        alarms.push((hour, hour >= LEARNED && (value - expected).abs() > 3.0 * deviation[of_week]));
        deviation[of_week] = gamma * (value - expected).abs() + (1.0 - gamma) * deviation[of_week];
        let before = level;
        level = alpha * (value - season[of_week]) + (1.0 - alpha) * (level + trend);
        trend = beta * (level - before) + (1.0 - beta) * trend;
        season[of_week] = gamma * (value - level) + (1.0 - gamma) * season[of_week];
    }
    onsets(alarms.into_iter())
}

/// Precision, recall and F1 of alarms that begin at an onset or an hour later.
fn f1(method: fn(&[f64]) -> Vec<usize>, first_onset: usize) -> f64 {
    let mut random = Random(99);
    let (mut hits, mut told, mut truth) = (0, 0, 0);
    for _ in 0..SERIES {
        let (values, mut onsets) = series(&mut random, first_onset);
        onsets.retain(|onset| *onset >= LEARNED);
        let alarms = method(&values);
        hits +=
            onsets.iter().filter(|onset| alarms.iter().any(|alarm| (**onset..=**onset + 1).contains(alarm))).count();
        told += alarms.len();
        truth += onsets.len();
    }
    let (precision, recall) = (hits as f64 / told.max(1) as f64, hits as f64 / truth as f64);
    eprintln!("precision {precision:.3} recall {recall:.3}");
    2.0 * precision * recall / (precision + recall).max(1e-9)
}

#[test]
fn bands_find_what_a_z_score_does_not() {
    let f1 = |method| f1(method, LEARNED + 20);
    let (ours, plain, smoothed) = (f1(bands), f1(z_score), f1(holt_winters));
    eprintln!("F1: bands {ours:.3}, z-score {plain:.3}, Holt-Winters {smoothed:.3}");
    assert!(ours >= 0.90 && ours > plain && ours > smoothed);
}

#[test]
fn two_weeks_are_a_history() {
    let two_weeks = f1(|values| bands_of(values, 2 * HOURS_OF_WEEK), LEARNED + 20);
    eprintln!("F1: bands of two weeks {two_weeks:.3}");
    assert!(two_weeks >= 0.85);
}

#[test]
fn a_history_with_departures_of_its_own_is_a_history() {
    let troubled = f1(bands, 20);
    eprintln!("F1: bands of a troubled history {troubled:.3}");
    assert!(troubled >= 0.80);
}
