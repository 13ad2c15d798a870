//! Sources whose denied conversations were folded: what a scan is made of must not vanish with its conversations.

use super::address::{Address, V6};
use super::conversation::{DENIED, Entry};
use hashbrown::HashMap;
use std::cmp::Reverse;
use std::net::IpAddr;

/// What was folded of one source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    /// Denied records.
    pub(crate) denied: u64,
    /// Conversations: pairs of target and port.
    pub(crate) tries: u64,
    /// Seconds since 1970 of the first and the last.
    pub(crate) first: u32,
    pub(crate) last: u32,
}

/// Sources by address; the most refused are kept.
#[derive(Clone, Debug, Default)]
pub(crate) struct TurnedAway {
    pub(super) v4: HashMap<u32, Refused>,
    pub(super) v6: HashMap<V6, Refused>,
    max: usize,
}

impl TurnedAway {
    /// None yet.
    pub(crate) fn new(max: usize) -> TurnedAway {
        TurnedAway { max, ..TurnedAway::default() }
    }

    /// A single conversation was folded.
    pub(crate) fn note<A: Address>(&mut self, entry: &Entry<A>) {
        let counters = &entry.counters;
        let (denied, first, last) = (counters.records[DENIED], counters.first[DENIED], counters.last[DENIED]);
        if denied > 0 {
            self.add(entry.client, Refused { denied: u64::from(denied), tries: 1, first, last });
        }
    }

    fn add<A: Address>(&mut self, source: A, refused: Refused) {
        let known = A::sources(self).entry(source).or_insert(Refused { denied: 0, tries: 0, ..refused });
        known.denied += refused.denied;
        known.tries += refused.tries;
        known.first = known.first.min(refused.first);
        known.last = known.last.max(refused.last);
        if self.v4.len() + self.v6.len() > self.max.saturating_mul(2) {
            self.trim();
        }
    }

    /// Keeps the most refused, ties by address.
    fn trim(&mut self) {
        let mut order: Vec<(Reverse<u64>, IpAddr)> =
            self.iter().map(|(address, refused)| (Reverse(refused.denied), address)).collect();
        if order.len() > self.max {
            let (_, &mut first_out, _) = order.select_nth_unstable(self.max);
            self.v4.retain(|address, refused| (Reverse(refused.denied), address.ip()) < first_out);
            self.v6.retain(|address, refused| (Reverse(refused.denied), address.ip()) < first_out);
        }
    }

    /// Takes what came later, in the order of addresses.
    pub(crate) fn merge(&mut self, later: &mut TurnedAway) {
        let mut v4: Vec<(u32, Refused)> = later.v4.drain().collect();
        v4.sort_unstable_by_key(|source| source.0);
        v4.into_iter().for_each(|(address, refused)| self.add(address, refused));
        let mut v6: Vec<(V6, Refused)> = later.v6.drain().collect();
        v6.sort_unstable_by_key(|source| source.0);
        v6.into_iter().for_each(|(address, refused)| self.add(address, refused));
    }

    /// Every source, in no order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (IpAddr, Refused)> + '_ {
        let v4 = self.v4.iter().map(|(address, &refused)| (address.ip(), refused));
        v4.chain(self.v6.iter().map(|(address, &refused)| (address.ip(), refused)))
    }
}
