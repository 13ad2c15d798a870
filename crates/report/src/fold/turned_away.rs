//! Sources whose denied conversations were folded: what a scan is made of must not vanish with its conversations.

use super::address::Address;
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
    sources: HashMap<IpAddr, Refused>,
    max: usize,
}

impl TurnedAway {
    /// None yet.
    pub(crate) fn new(max: usize) -> TurnedAway {
        TurnedAway { sources: HashMap::new(), max }
    }

    /// A single conversation was folded.
    pub(crate) fn note<A: Address>(&mut self, entry: &Entry<A>) {
        let counters = &entry.counters;
        let (denied, first, last) = (counters.records[DENIED], counters.first[DENIED], counters.last[DENIED]);
        if denied > 0 {
            self.add(entry.client.ip(), Refused { denied: u64::from(denied), tries: 1, first, last });
        }
    }

    fn add(&mut self, source: IpAddr, refused: Refused) {
        let known = self.sources.entry(source).or_insert(Refused { denied: 0, tries: 0, ..refused });
        known.denied += refused.denied;
        known.tries += refused.tries;
        known.first = known.first.min(refused.first);
        known.last = known.last.max(refused.last);
        if self.sources.len() > self.max.saturating_mul(2) {
            self.trim();
        }
    }

    /// Keeps the most refused, ties by address.
    fn trim(&mut self) {
        let mut order: Vec<(Reverse<u64>, IpAddr)> =
            self.sources.iter().map(|(&address, refused)| (Reverse(refused.denied), address)).collect();
        order.sort_unstable();
        for (_, address) in order.iter().skip(self.max) {
            self.sources.remove(address);
        }
    }

    /// Takes what came later, in the order of addresses.
    pub(crate) fn merge(&mut self, later: &mut TurnedAway) {
        let mut sources: Vec<(IpAddr, Refused)> = later.sources.drain().collect();
        sources.sort_unstable_by_key(|source| source.0);
        sources.into_iter().for_each(|(address, refused)| self.add(address, refused));
    }

    /// Every source, in no order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (IpAddr, Refused)> + '_ {
        self.sources.iter().map(|(&address, &refused)| (address, refused))
    }
}
