//! How many alerts are too many: `threshold`, `detection_filter` and the global file of both.

use super::Action;
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
    /// `rate_filter`: all, and once so many were counted in the window, what matches does something else.
    Rate {
        /// What it does then.
        action: Action,
        /// For so many seconds.
        timeout_s: u32,
    },
}

/// What becomes of a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passage {
    /// Nothing: it is as if there were none.
    Refused,
    /// It does what its rule says, and is not told.
    Silent,
    /// It is told; with another action than its rule's, where there is one.
    Told(Option<Action>),
}

impl Passage {
    fn told_if(is_told: bool, otherwise: Passage) -> Passage {
        if is_told { Passage::Told(None) } else { otherwise }
    }

    /// What comes of two bounds, one after the other.
    #[must_use]
    pub fn and(self, next: impl FnOnce() -> Passage) -> Passage {
        match self {
            Passage::Told(action) => match next() {
                Passage::Told(other) => Passage::Told(other.or(action)),
                other => other,
            },
            other => other,
        }
    }
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
    /// `Backoff`: the count that is told next.
    next: u32,
    /// `Rate`: since when what matches does something else.
    changed_at: Option<Timestamp>,
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
            // A pair is the same in both directions.
            Track::Both => ([Some(source.min(destination)), Some(source.max(destination))], 0),
            Track::Flow => ([None; 2], flow),
            Track::Rule => ([None; 2], 0),
        };
        Counted { rule, ends, flow }
    }
}

impl Count {
    fn new(now: Timestamp, threshold: &Threshold) -> Count {
        Count { since: now, count: 0, next: threshold.count, changed_at: None }
    }
}

impl Count {
    fn pass(&mut self, threshold: &Threshold, now: Timestamp) -> Passage {
        if let Kind::Rate { action, timeout_s } = threshold.kind {
            return Passage::Told(self.is_changed(threshold, timeout_s, now).then_some(action));
        }
        self.begin_window(threshold, now);
        self.count = self.count.saturating_add(1);
        match threshold.kind {
            Kind::Limit => Passage::told_if(self.count <= threshold.count, Passage::Silent),
            Kind::DetectionFilter => Passage::told_if(self.count > threshold.count, Passage::Refused),
            Kind::Backoff { multiplier } => {
                let is_due = self.count == self.next;
                if is_due {
                    self.next = self.next.saturating_mul(multiplier);
                }
                Passage::told_if(is_due, Passage::Silent)
            }
            Kind::Threshold => {
                let is_due = self.count >= threshold.count;
                if is_due {
                    self.count = 0;
                }
                Passage::told_if(is_due, Passage::Refused)
            }
            Kind::Both if self.count > threshold.count => Passage::Silent,
            Kind::Both => Passage::told_if(self.count == threshold.count, Passage::Refused),
            Kind::Rate { .. } => Passage::Told(None),
        }
    }

    /// A window that is over begins anew; a backoff has none.
    fn begin_window(&mut self, threshold: &Threshold, now: Timestamp) {
        let window_ns = i64::from(threshold.seconds) * 1_000_000_000;
        let has_window = !matches!(threshold.kind, Kind::Backoff { .. });
        if has_window && now.since_ns(self.since) > window_ns {
            *self = Count::new(now, threshold);
        }
    }

    /// `rate_filter`: are there too many? While they were, nothing is counted.
    fn is_changed(&mut self, threshold: &Threshold, timeout_s: u32, now: Timestamp) -> bool {
        if let Some(since) = self.changed_at {
            let is_over = now.since_ns(since) / 1_000_000_000 > i64::from(timeout_s);
            self.changed_at = self.changed_at.filter(|_| !is_over);
            return !is_over;
        }
        self.begin_window(threshold, now);
        self.count = self.count.saturating_add(1);
        let is_changed = self.count > threshold.count;
        self.changed_at = is_changed.then_some(now);
        is_changed
    }
}

impl Counts {
    /// Counts one match, and says what becomes of it.
    pub fn pass(&mut self, threshold: &Threshold, counted: Counted, now: Timestamp) -> Passage {
        self.make_room(now);
        if self.counts.len() >= COUNTS_MAX && !self.counts.contains_key(&counted) {
            self.turned_away += 1;
            return Passage::Told(None);
        }
        let count = self.counts.entry(counted).or_insert(Count::new(now, threshold));
        count.pass(threshold, now)
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

    fn passages(kind: Kind, count: u32, seconds: u32, times_s: &[i64]) -> Vec<Passage> {
        let threshold = Threshold { kind, track: Track::Rule, count, seconds };
        let host = IpAddr::from([192, 0, 2, 1]);
        let mut counts = Counts::default();
        let pass = |second: &i64| {
            counts.pass(&threshold, threshold.counted(1, host, host, 0), Timestamp(second * 1_000_000_000))
        };
        times_s.iter().map(pass).collect()
    }

    /// `+` is told, `-` is silent, `.` is nothing, `!` does something else.
    #[track_caller]
    fn check(kind: Kind, count: u32, seconds: u32, times_s: &[i64], expected: &str) {
        let letter = |passage: &Passage| match passage {
            Passage::Told(None) => '+',
            Passage::Told(Some(_)) => '!',
            Passage::Silent => '-',
            Passage::Refused => '.',
        };
        let letters: String = passages(kind, count, seconds, times_s).iter().map(letter).collect();
        assert_eq!(letters, expected, "{kind:?}");
    }

    #[test]
    fn kinds() {
        check(Kind::Limit, 1, 60, &[0, 1, 2, 61, 62], "+--+-");
        check(Kind::Threshold, 2, 60, &[0, 1, 2, 3], ".+.+");
        check(Kind::Both, 2, 60, &[0, 1, 2, 3, 70, 71], ".+--.+");
        check(Kind::Backoff { multiplier: 2 }, 2, 0, &[0, 1, 90, 91, 92], "-+-+-");
        check(Kind::DetectionFilter, 2, 60, &[0, 1, 2, 3], "..++");
        check(Kind::Rate { action: Action::Drop, timeout_s: 5 }, 2, 60, &[0, 1, 2, 7, 8, 9, 70], "++!!+!+");
    }

    #[test]
    fn the_first_that_stops_a_match_counts() {
        let told = Passage::Told(None);
        assert_eq!(told.and(|| Passage::Silent), Passage::Silent);
        assert_eq!(Passage::Refused.and(|| told), Passage::Refused);
        assert_eq!(Passage::Told(Some(Action::Drop)).and(|| told), Passage::Told(Some(Action::Drop)));
    }
}
