//! The beacon score of RITA v5, as its documentation and tests define it, for those who compare.

use super::statistics::median_of_sorted;

/// Bars of the histogram.
const BARS: usize = 24;
/// Its window: the last day of the data.
const WINDOW_S: i64 = 86_400;

/// The score and its parts, each 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RitaScore {
    /// The mean of the parts, to three decimals.
    pub score: f64,
    /// How regular the times are.
    pub timestamps: f64,
    /// How alike the sizes are.
    pub sizes: f64,
    /// How much of the window it lasts.
    pub duration: f64,
    /// How even it is over the window.
    pub histogram: f64,
}

/// The score of connections: seconds (in order) and bytes that the client sent; `span` is the first and last second of
/// the whole data. `None` below four distinct seconds or three gaps: RITA does not score those.
pub fn rita_v5(seconds: &[u32], client_bytes: &[u64], span: (u32, u32)) -> Option<RitaScore> {
    let window_start = (i64::from(span.1) - WINDOW_S).max(i64::from(span.0));
    let calls = seconds.iter().map(|second| i64::from(*second)).zip(client_bytes);
    let mut calls: Vec<(i64, u64)> =
        calls.map(|(second, bytes)| (second, *bytes)).filter(|(second, _)| *second >= window_start).collect();
    calls.sort_unstable();
    let sorted: Vec<i64> = calls.iter().map(|(second, _)| *second).collect();
    let gaps: Vec<f64> = sorted.windows(2).map(|pair| (pair[1] - pair[0]) as f64).filter(|gap| *gap > 0.0).collect();
    if gaps.len() < 3 {
        return None;
    }
    let sizes: Vec<f64> = calls.iter().map(|(_, bytes)| *bytes as f64).collect();
    let bars = histogram(&sorted, window_start, i64::from(span.1));
    let (first, last) = (sorted[0], sorted[sorted.len() - 1]);
    let mut score = RitaScore {
        timestamps: round3((skew_score(&gaps) + spread_score(&gaps, 1.0)) / 2.0),
        sizes: round3((skew_score(&sizes) + spread_score(&sizes, 0.0)) / 2.0),
        duration: duration_score(&bars, last - first, i64::from(span.1) - window_start),
        histogram: histogram_score(&bars),
        score: 0.0,
    };
    score.score = round3((score.timestamps + score.sizes + score.duration + score.histogram) / 4.0);
    Some(score)
}

fn round3(value: f64) -> f64 {
    (value * 1_000.0).round() / 1_000.0
}

fn ceil3(value: f64) -> f64 {
    (value * 1_000.0).ceil() / 1_000.0
}

/// One less Bowley's skewness, which is none where the quartiles lie close or the median on one of them.
fn skew_score(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let half = sorted.len() / 2;
    let upper = half + sorted.len() % 2;
    let quartiles = [&sorted[..half], &sorted[..], &sorted[upper..]].map(|part| median_of_sorted(part).unwrap_or(0.0));
    let [low, middle, high] = quartiles;
    let is_none = high - low < 10.0 || middle == low || middle == high;
    if is_none { 1.0 } else { 1.0 - ((high + low - 2.0 * middle) / (high - low)).abs() }
}

/// One less the median distance from the median as a share of it.
fn spread_score(values: &[f64], default: f64) -> f64 {
    match super::statistics::median_and_spread(values) {
        Some((middle, spread)) if middle >= 1.0 => ((middle - spread) / middle).max(0.0),
        _ => default,
    }
}

fn histogram(seconds: &[i64], from: i64, to: i64) -> [u64; BARS] {
    let mut bars = [0; BARS];
    let width = ((to - from).max(1) as f64) / BARS as f64;
    for second in seconds {
        let place = ((second - from) as f64 / width) as usize;
        bars[place.min(BARS - 1)] += 1;
    }
    bars
}

fn histogram_score(bars: &[u64; BARS]) -> f64 {
    let mean = bars.iter().sum::<u64>() as f64 / BARS as f64;
    let variance = bars.iter().map(|bar| (*bar as f64 - mean).powi(2)).sum::<f64>() / BARS as f64;
    let evenness = (1.0 - variance.sqrt() / mean.max(f64::MIN_POSITIVE)).max(0.0);
    round3(evenness.max(two_heights(bars)))
}

/// The share of bars that have one of the two most frequent heights; one outlier is forgiven.
fn two_heights(bars: &[u64; BARS]) -> f64 {
    let heights: Vec<u64> = bars.iter().copied().filter(|bar| *bar > 0).collect();
    if heights.len() < 11 {
        return 0.0;
    }
    let tallest = heights.iter().max().copied().unwrap_or(1);
    let width = (tallest as f64 * 0.05).ceil().max(1.0) as u64;
    let mut classes = std::collections::BTreeMap::<u64, usize>::new();
    heights.iter().for_each(|height| *classes.entry(height / width).or_default() += 1);
    let mut counts: Vec<usize> = classes.into_values().collect();
    counts.sort_unstable_by(|a, b| b.cmp(a));
    let top: usize = counts.iter().take(2).sum();
    (top as f64 / (heights.len() - 1).max(1) as f64).min(1.0)
}

fn duration_score(bars: &[u64; BARS], lasted: i64, span: i64) -> f64 {
    if bars.iter().filter(|bar| **bar > 0).count() < 6 {
        return 0.0;
    }
    let coverage = ceil3(lasted as f64 / span.max(1) as f64);
    coverage.max(ceil3(longest_run(bars) as f64 / 12.0)).min(1.0)
}

/// The longest run of bars that are not empty, around midnight.
fn longest_run(bars: &[u64; BARS]) -> usize {
    let (mut longest, mut run) = (0, 0);
    for place in 0..2 * BARS {
        run = if bars[place % BARS] > 0 { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest.min(BARS)
}
