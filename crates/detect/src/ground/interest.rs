//! How interesting a pair of hosts is of which nothing is kept.
//!
//! Every record has points: one for being there (who comes back is interesting), more for what it carries, for how long
//! it lasts, and for a try of ours that fails. The points of what is turned away are summed up by pair of hosts in a
//! count-min sketch with conservative update (Cormode and Muthukrishnan 2005; Estan and Varghese 2002): a sum is never
//! too low. As the three counters of a pair lie in one line of 32, a look-up waits for memory once. It is too high by
//! what else fell on all three.

use super::record::{Record, Sign};

/// A bare try of one of ours that nothing answered.
pub(super) const FAILED_POINTS: u32 = 6;
/// One point more for each of these.
const PACKETS_A_POINT: u64 = 1_000;
const BYTES_A_POINT: u64 = 1_000_000;
const SECONDS_A_POINT: u64 = 600;
/// A try that nothing answered has so many packets at most.
const TRY_PACKETS_MAX: u32 = 3;

/// Is it a try that nothing answered, as far as one record shows it?
pub(super) fn is_vain(record: &Record) -> bool {
    record.down_packets == 0
        && record.up_packets <= TRY_PACKETS_MAX
        && record.signs.has_any(Sign(Sign::SYN.0 | Sign::DENIED.0))
}

/// The points of a record. `is_vain`: it is a try of one of ours that nothing answered.
pub(super) fn points(record: &Record, is_vain: bool) -> u32 {
    let failed = if is_vain { FAILED_POINTS } else { 0 };
    let packets = u64::from(record.up_packets.max(record.down_packets)) / PACKETS_A_POINT;
    let lasts = u64::from(record.duration_s) / SECONDS_A_POINT;
    let sum = (1 + u64::from(failed) + packets + lasts).saturating_add(record.up_bytes / BYTES_A_POINT);
    u32::try_from(sum).unwrap_or(u32::MAX)
}

/// Counters of one line: 64 bytes.
const LINE: usize = 32;
/// Counters at least and at most: 16 KiB to 128 MiB.
const COUNTERS_MIN: usize = 1 << 13;
const COUNTERS_MAX: usize = 1 << 26;
/// Counters for each conversation that is kept.
const COUNTERS_PER_CONVERSATION: usize = 64;

/// Sums of points by pair of hosts. Takes no memory before the first is added.
#[derive(Clone, Debug, Default)]
pub(super) struct Interest {
    counters: Vec<u16>,
}

impl Interest {
    /// Adds points of a pair; its sum now, never too low up to 65,535.
    pub(super) fn add(&mut self, pair: u64, points: u32, conversations_max: usize) -> u32 {
        if self.counters.is_empty() {
            let counters =
                conversations_max.saturating_mul(COUNTERS_PER_CONVERSATION).clamp(COUNTERS_MIN, COUNTERS_MAX);
            self.counters = vec![0; counters.next_power_of_two()];
        }
        let places = self.places(pair);
        let least = places.iter().map(|place| self.counters[*place]).min().unwrap_or(0);
        let sum = u16::try_from(u32::from(least).saturating_add(points)).unwrap_or(u16::MAX);
        for place in places {
            self.counters[place] = self.counters[place].max(sum);
        }
        u32::from(sum)
    }

    /// Asks for the memory of pairs that are to be looked at next, all at once: it is far away.
    #[inline]
    pub(super) fn ask_for(&self, pairs: impl Iterator<Item = u64>) {
        if !self.counters.is_empty() {
            let first_of_line = |pair: u64| self.counters[self.line(hash_of(pair)) * LINE];
            std::hint::black_box(pairs.fold(0, |sum, pair| sum ^ first_of_line(pair)));
        }
    }

    /// Adds another's sums: again none is too low.
    pub(super) fn merge(&mut self, other: Interest) {
        if self.counters.len() != other.counters.len() {
            // One of them is empty: both are of the same limits.
            if self.counters.is_empty() {
                *self = other;
            }
            return;
        }
        for (mine, theirs) in self.counters.iter_mut().zip(other.counters) {
            *mine = mine.saturating_add(theirs);
        }
    }

    /// Three counters in one line.
    #[inline]
    fn places(&self, pair: u64) -> [usize; 3] {
        let hash = hash_of(pair);
        let line = self.line(hash);
        [0, 5, 10].map(|shift| line * LINE + (hash >> shift) as usize % LINE)
    }

    #[inline]
    fn line(&self, hash: u64) -> usize {
        (hash >> 24) as usize & (self.counters.len() / LINE).wrapping_sub(1)
    }
}

#[inline]
fn hash_of(pair: u64) -> u64 {
    pair.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ground::observation::mix;

    /// The sum of a pair.
    fn of(interest: &Interest, pair: u64) -> u32 {
        u32::from(interest.places(pair).iter().map(|place| interest.counters[*place]).min().unwrap_or(0))
    }

    /// Sums are never too low, and of most pairs not much too high: by 4 at most for 99 of 100, with as many pairs as
    /// counters.
    #[test]
    fn sums_are_never_too_low() {
        let mut interest = Interest::default();
        let pairs = COUNTERS_MIN as u64;
        let (hash, truth) = (|pair: u64| mix(pair, 7), |pair: u64| 1 + u32::from(pair.is_multiple_of(5)));
        for pair in 0..pairs {
            interest.add(hash(pair), truth(pair), 1);
        }
        let mut excess: Vec<u32> = (0..pairs)
            .map(|pair| of(&interest, hash(pair)).checked_sub(truth(pair)).expect("no sum is too low"))
            .collect();
        excess.sort_unstable();
        assert!(excess[excess.len() * 99 / 100] <= 4, "{}", excess[excess.len() * 99 / 100]);
    }
}
