//! When flows are looked at: a wheel of buckets of one second.
//!
//! A flow lies in the bucket of a moment at which it may be over. A packet does not move it: when the bucket's time comes, a flow
//! that has lived on goes to the bucket of its new deadline. Only a deadline that comes closer moves it at once. So a packet touches
//! no other flow's memory, and putting in, taking out and moving cost the same whatever the number of flows.

use super::slots::{NONE, Slots};
use model::packet::Timestamp;

/// Buckets; a deadline further away is looked at once before.
const BUCKETS: usize = 4096;
/// Length of a bucket.
const BUCKET_NS: i64 = 1_000_000_000;

/// A flow's place in its bucket's list. 10 bytes: packed, for there is one with every flow.
#[derive(Clone, Copy, Debug)]
#[repr(Rust, packed(2))]
pub(crate) struct Link {
    before: u32,
    after: u32,
    bucket: u16,
}

impl Default for Link {
    fn default() -> Self {
        Link { before: NONE, after: NONE, bucket: 0 }
    }
}

/// What lies in the wheel.
pub(crate) trait Timed {
    fn link(&mut self) -> &mut Link;
}

pub(crate) struct Wheel {
    heads: Vec<u32>,
    /// Bit per bucket that is not empty.
    occupied: [u64; BUCKETS / 64],
    /// The second that is looked at next; all before are empty.
    now: i64,
    is_started: bool,
}

/// The first whole second at or behind a moment.
pub(crate) fn second_of(moment: Timestamp) -> i64 {
    moment.0.div_euclid(BUCKET_NS) + i64::from(moment.0.rem_euclid(BUCKET_NS) > 0)
}

fn bucket(second: i64) -> usize {
    second.rem_euclid(BUCKETS as i64) as usize
}

impl Wheel {
    pub(crate) fn new() -> Wheel {
        Wheel { heads: vec![NONE; BUCKETS], occupied: [0; BUCKETS / 64], now: 0, is_started: false }
    }

    /// Puts a flow where it is looked at not later than `deadline`.
    pub(crate) fn insert<E: Timed>(&mut self, slots: &mut Slots<E>, number: u32, deadline: Timestamp) {
        if !self.is_started {
            self.is_started = true;
            self.now = second_of(deadline).saturating_sub(BUCKETS as i64 / 2);
        }
        let second = second_of(deadline).clamp(self.now, self.now + BUCKETS as i64 - 1);
        let at = bucket(second);
        let head = self.heads[at];
        if let Some(entry) = slots.get_mut(number) {
            *entry.link() = Link { before: NONE, after: head, bucket: at as u16 };
        }
        if let Some(entry) = slots.get_mut(head) {
            entry.link().before = number;
        }
        self.heads[at] = number;
        self.occupied[at / 64] |= 1 << (at % 64);
    }

    pub(crate) fn remove<E: Timed>(&mut self, slots: &mut Slots<E>, number: u32) {
        let Some(link) = slots.get_mut(number).map(|entry| *entry.link()) else { return };
        if let Some(entry) = slots.get_mut(link.after) {
            entry.link().before = link.before;
        }
        if let Some(entry) = slots.get_mut(link.before) {
            entry.link().after = link.after;
            return;
        }
        let at = usize::from(link.bucket);
        self.heads[at] = link.after;
        if link.after == NONE {
            self.occupied[at / 64] &= !(1 << (at % 64));
        }
    }

    /// The moment, in seconds, at which a flow is looked at. All buckets lie within one turn of the wheel.
    pub(crate) fn second(&self, link: Link) -> i64 {
        let ahead = usize::from(link.bucket) + BUCKETS - bucket(self.now);
        self.now + (ahead % BUCKETS) as i64
    }

    /// The moment of the first bucket that is not empty.
    pub(crate) fn first(&self) -> Option<i64> {
        let start = bucket(self.now);
        let mut at = start;
        // The word of `start` is looked at twice: its upper bits first, its lower bits last.
        for _ in 0..=BUCKETS / 64 {
            let word = self.occupied[at / 64] >> (at % 64);
            if word != 0 {
                let found = at + word.trailing_zeros() as usize;
                return Some(self.now + ((found + BUCKETS - start) % BUCKETS) as i64);
            }
            at = (at / 64 + 1) * 64 % BUCKETS;
        }
        None
    }

    /// A flow of the first bucket whose time has come by `now`.
    pub(crate) fn due(&mut self, now: Timestamp) -> Option<u32> {
        let second = now.0.div_euclid(BUCKET_NS);
        match self.first() {
            Some(first) if first <= second => {
                self.now = first;
                Some(self.heads[bucket(first)])
            }
            _ => {
                self.now = self.now.max(if self.is_started { second } else { self.now });
                None
            }
        }
    }

    /// A flow of the first bucket, due or not.
    pub(crate) fn nearest(&self) -> Option<u32> {
        self.first().map(|second| self.heads[bucket(second)])
    }
}
