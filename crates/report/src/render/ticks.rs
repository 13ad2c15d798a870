//! Round times for the axis of a chart.

use super::units::Moment;

/// Steps between labels, in seconds.
const STEPS_S: [u64; 18] = [
    1, 10, 60, 300, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800, 1_209_600, 2_592_000,
    7_776_000, 31_536_000,
];

/// A labelled time.
pub(super) struct Tick {
    /// Where on the axis, from 0 to 1.
    pub(super) position: f64,
    /// `06:00`, or the day where a day begins.
    pub(super) label: String,
}

/// At most `most` round times from `start` on, over `seconds`.
pub(super) fn ticks(start: Moment, seconds: u64, most: usize) -> Vec<Tick> {
    let (seconds, most) = (seconds.clamp(1, 1_000_000_000_000), most.max(1) as u64);
    let step =
        STEPS_S.into_iter().find(|step| seconds.div_ceil(*step) <= most).unwrap_or_else(|| seconds.div_ceil(most));
    let Ok(step) = i64::try_from(step) else { return Vec::new() };
    let first = start.unix_s.div_euclid(step) * step;
    let label = |at: Moment| {
        let is_midnight = at.unix_s.rem_euclid(86_400) == 0;
        if step >= 86_400 || is_midnight {
            at.day()
        } else if step < 60 {
            at.clock_s()
        } else {
            at.clock()
        }
    };
    (0..=most as i64 + 1)
        .map(|index| Moment { unix_s: first + index * step })
        .filter(|at| at.unix_s >= start.unix_s && at.unix_s - start.unix_s < seconds as i64)
        .map(|at| Tick { position: (at.unix_s - start.unix_s) as f64 / seconds as f64, label: label(at) })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_round() {
        let start = Moment::parse("2026-03-03T00:10:00Z").expect("RFC 3339");
        let shown: Vec<String> = ticks(start, 86_400, 8).into_iter().map(|tick| tick.label).collect();
        assert_eq!(shown.join(" "), "03:00 06:00 09:00 12:00 15:00 18:00 21:00 4 Mar");
        assert_eq!(ticks(start, 1, 8).len(), 1);
        assert!(ticks(start, u64::MAX / 2, 8).len() <= 9, "no overflow, no flood");
    }
}
