//! How many alerts are too many: `threshold`, `detection_filter` and the global file of both.

use model::packet::Timestamp;
use std::collections::HashMap;
use std::net::IpAddr;

/// Counts that are kept at one time; beyond it those of the oldest windows go.
const COUNTS_MAX: usize = 1 << 20;

/// Which alerts pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The first ones of each window.
    Limit,
    /// Every so many-th.
    Threshold,
    /// One of each window, once so many were counted.
    Both,
    /// The one at the count, then each at so many times as many; without a window.
    Backoff {
        /// How many times; at least 2.
        multiplier: u32,
    },
    /// All once so many were counted in the window.
    DetectionFilter,
}

/// What is counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Track {
    /// By source address.
    Source,
    /// By destination address.
    Destination,
    /// By both.
    Both,
    /// By flow.
    Flow,
    /// Everything.
    Rule,
}

/// Bounds the alerts of one rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Threshold {
    /// Which alerts pass.
    pub kind: Kind,
    /// What is counted together.
    pub track: Track,
    /// How many.
    pub count: u32,
    /// In so many seconds.
    pub seconds: u32,
}

/// Of whom something is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Counted {
    /// The rule.
    pub rule: u32,
    /// Addresses, where they count.
    pub ends: [Option<IpAddr>; 2],
    /// The flow, where it counts.
    pub flow: u64,
}

#[derive(Clone, Copy, Debug)]
struct Count {
    since: Timestamp,
    count: u32,
    /// `Both`: one alert of this window has passed.
    has_passed: bool,
    /// `Backoff`: the count that is told next.
    next: u32,
}

/// The counts of all rules with a threshold.
#[derive(Debug, Default)]
pub struct Counts {
    counts: HashMap<Counted, Count>,
    /// Counts that found no room.
    pub turned_away: u64,
}

impl Threshold {
    /// Of whom an alert is counted.
    pub fn counted(&self, rule: u32, source: IpAddr, destination: IpAddr, flow: u64) -> Counted {
        let (ends, flow) = match self.track {
            Track::Source => ([Some(source), None], 0),
            Track::Destination => ([None, Some(destination)], 0),
            Track::Both => ([Some(source), Some(destination)], 0),
            Track::Flow => ([None; 2], flow),
            Track::Rule => ([None; 2], 0),
        };
        Counted { rule, ends, flow }
    }
}

impl Count {
    fn new(now: Timestamp, threshold: &Threshold) -> Count {
        Count { since: now, count: 0, has_passed: false, next: threshold.count }
    }
}

impl Counts {
    /// Counts one match, and says whether it becomes an alert.
    pub fn passes(&mut self, threshold: &Threshold, counted: Counted, now: Timestamp) -> bool {
        self.make_room(now);
        if self.counts.len() >= COUNTS_MAX && !self.counts.contains_key(&counted) {
            self.turned_away += 1;
            return true;
        }
        let window_ns = i64::from(threshold.seconds) * 1_000_000_000;
        let count = self.counts.entry(counted).or_insert(Count::new(now, threshold));
        let has_window = !matches!(threshold.kind, Kind::Backoff { .. });
        if has_window && now.since_ns(count.since) > window_ns {
            *count = Count::new(now, threshold);
        }
        count.count = count.count.saturating_add(1);
        match threshold.kind {
            Kind::Limit => count.count <= threshold.count,
            Kind::DetectionFilter => count.count > threshold.count,
            Kind::Backoff { multiplier } => {
                let is_due = count.count == count.next;
                if is_due {
                    count.next = count.next.saturating_mul(multiplier);
                }
                is_due
            }
            Kind::Threshold => {
                let is_due = count.count >= threshold.count;
                if is_due {
                    count.count = 0;
                }
                is_due
            }
            Kind::Both => {
                let is_due = count.count >= threshold.count && !count.has_passed;
                count.has_passed |= is_due;
                is_due
            }
        }
    }

    /// Forgets half of what is there, the oldest, when it is full.
    fn make_room(&mut self, now: Timestamp) {
        if self.counts.len() < COUNTS_MAX {
            return;
        }
        let mut ages: Vec<i64> = self.counts.values().map(|count| now.since_ns(count.since)).collect();
        let middle = ages.len() / 2;
        let (_, median, _) = ages.select_nth_unstable(middle);
        let median = *median;
        let before = self.counts.len();
        self.counts.retain(|_, count| now.since_ns(count.since) < median);
        self.turned_away += (before - self.counts.len()) as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(kind: Kind, count: u32, seconds: u32, times_s: &[i64], expected: &[bool]) {
        let threshold = Threshold { kind, track: Track::Rule, count, seconds };
        let host = IpAddr::from([192, 0, 2, 1]);
        let mut counts = Counts::default();
        let passed: Vec<bool> = times_s
            .iter()
            .map(|second| {
                counts.passes(&threshold, threshold.counted(1, host, host, 0), Timestamp(second * 1_000_000_000))
            })
            .collect();
        assert_eq!(passed, expected, "{kind:?}");
    }

    #[test]
    fn kinds() {
        check(Kind::Limit, 1, 60, &[0, 1, 2, 61, 62], &[true, false, false, true, false]);
        check(Kind::Threshold, 2, 60, &[0, 1, 2, 3], &[false, true, false, true]);
        check(Kind::Both, 2, 60, &[0, 1, 2, 3, 70, 71], &[false, true, false, false, false, true]);
        check(Kind::Backoff { multiplier: 2 }, 2, 0, &[0, 1, 90, 91, 92], &[false, true, false, true, false]);
        check(Kind::DetectionFilter, 2, 60, &[0, 1, 2, 3], &[false, false, true, true]);
    }
}
