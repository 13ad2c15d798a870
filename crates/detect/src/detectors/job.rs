//! Jobs: what a program of ours does on time, each time alike. A guesser does not wait, and a thief comes once.

use super::statistics::{median, median_and_spread};

/// Runs, at least.
const RUNS_MIN: usize = 6;
/// Who comes more often than this does not wait.
const PAUSE_MIN_S: f64 = 30.0;
/// So many of the gaps are within this part of the usual one.
const EVEN_PART: f64 = 0.8;
const EVEN: f64 = 0.25;
/// A timetable: minutes, nearly always, within so little.
const EXACT_PAUSE_MIN_S: f64 = 240.0;
const EXACT: f64 = 0.03;
const EXACT_PART: f64 = 0.9;
/// Sizes are alike if half of them are within this part of the usual one.
const ALIKE: f64 = 0.3;

/// Do these moments (in order, in seconds) keep time?
pub(super) fn keeps_time(starts: &[u32]) -> bool {
    is_even(starts, PAUSE_MIN_S, EVEN, EVEN_PART)
}

/// Do they keep time as a timetable does: nearly all within a few seconds of minutes?
pub(super) fn is_exact(starts: &[u32]) -> bool {
    is_even(starts, EXACT_PAUSE_MIN_S, EXACT, EXACT_PART)
}

/// Is the usual pause so long at least, and so many pauses within this part of it?
fn is_even(starts: &[u32], pause_min_s: f64, within: f64, part: f64) -> bool {
    if starts.len() < RUNS_MIN {
        return false;
    }
    let gaps: Vec<f64> = starts.windows(2).map(|pair| f64::from(pair[1] - pair[0])).collect();
    let Some(usual) = median(&gaps).filter(|usual| *usual >= pause_min_s) else { return false };
    let even = gaps.iter().filter(|gap| (**gap - usual).abs() <= usual * within).count();
    even as f64 >= gaps.len() as f64 * part
}

/// Are these sizes alike?
pub(super) fn are_alike(sizes: &[f64]) -> bool {
    median_and_spread(sizes).is_some_and(|(usual, spread)| spread <= usual * ALIKE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_keeps_time() {
        let every =
            |gap: u32, jitter: u32| -> Vec<u32> { (0..40).map(|n| n * gap + n * n * 7919 % (jitter + 1)).collect() };
        assert!(keeps_time(&every(300, 20)), "a check every five minutes");
        assert!(!keeps_time(&every(4, 1)), "a guesser with a pause");
        assert!(!keeps_time(&every(300, 299)), "at any time");
        assert!(!keeps_time(&every(300, 20)[..5]), "too few");
        assert!(are_alike(&[100.0, 110.0, 90.0, 105.0]));
        assert!(!are_alike(&[10.0, 1_000.0, 90.0, 500.0]));
    }
}
