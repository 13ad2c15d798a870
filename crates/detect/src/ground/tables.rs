//! What a fold holds: addresses and conversations, each in one growing list with an index of places beside it.
//!
//! An index of places is small enough to stay in a near cache, and a list can be shortened without a second copy.

use super::conversation::Kept;
use super::estate::Host;
use super::observation::{is_here, mix};
use hashbrown::HashTable;
use std::net::IpAddr;

/// Client, server (by their places), protocol, port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) client: u32,
    pub(super) server: u32,
    pub(super) port: u16,
    pub(super) proto: u8,
}

impl Key {
    #[inline]
    fn hash(self) -> u64 {
        let ends = u64::from(self.client) << 32 | u64::from(self.server);
        mix(ends, u64::from(self.port) << 8 | u64::from(self.proto))
    }
}

/// Every address that was seen.
#[derive(Clone, Debug, Default)]
pub(super) struct Hosts {
    index: HashTable<u32>,
    pub(super) all: Vec<Host>,
}

impl Hosts {
    /// The place of an address, which is made if there is none yet.
    #[inline]
    pub(super) fn place(&mut self, address: IpAddr) -> u32 {
        let Hosts { index, all } = self;
        let hash = address_hash(address);
        let is_it = |place: &u32| all[*place as usize].address == address;
        if let Some(place) = index.find(hash, is_it) {
            return *place;
        }
        let place = all.len() as u32;
        all.push(Host::new(address, is_here(address)));
        index.insert_unique(hash, place, |place| address_hash(all[*place as usize].address));
        place
    }

    /// Keeps the addresses of these places only; gives each its new place.
    fn keep(&mut self, is_used: &[bool]) -> Vec<u32> {
        let mut renumbered = vec![u32::MAX; self.all.len()];
        let (mut old, mut new) = (0, 0);
        self.all.retain(|_| {
            let is_kept = is_used[old];
            if is_kept {
                renumbered[old] = new;
                new += 1;
            }
            old += 1;
            is_kept
        });
        let Hosts { index, all } = self;
        index.clear();
        for (host, place) in all.iter().zip(0..) {
            index.insert_unique(address_hash(host.address), place, |place| address_hash(all[*place as usize].address));
        }
        renumbered
    }
}

#[inline]
fn address_hash(address: IpAddr) -> u64 {
    match address {
        IpAddr::V4(address) => mix(u64::from(address.to_bits()), 4),
        IpAddr::V6(address) => mix((address.to_bits() >> 64) as u64, mix(address.to_bits() as u64, 6)),
    }
}

/// Every conversation that was seen.
#[derive(Clone, Debug, Default)]
pub(super) struct Conversations {
    index: HashTable<u32>,
    pub(super) all: Vec<(Key, Kept)>,
}

impl Conversations {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// The conversation of a key: the one there is takes `add`, or `new` becomes it. How many more records are kept.
    #[inline]
    pub(super) fn update<T>(
        &mut self,
        key: Key,
        with: T,
        add: impl FnOnce(&mut Kept, T) -> isize,
        new: impl FnOnce(T) -> Kept,
    ) -> isize {
        let Conversations { index, all } = self;
        let hash = key.hash();
        if let Some(place) = index.find(hash, |place| all[*place as usize].0 == key) {
            return add(&mut all[*place as usize].1, with);
        }
        let place = all.len() as u32;
        let kept = new(with);
        let more = kept.len() as isize;
        all.push((key, kept));
        index.insert_unique(hash, place, |place| all[*place as usize].0.hash());
        more
    }

    /// Keeps those for which `is_kept` is true, and only the addresses that they need.
    pub(super) fn keep(&mut self, hosts: &mut Hosts, mut is_kept: impl FnMut(&Hosts, Key, &Kept) -> bool) {
        let mut is_used = vec![false; hosts.all.len()];
        self.all.retain(|(key, kept)| {
            let is_kept = is_kept(hosts, *key, kept);
            if is_kept {
                is_used[key.client as usize] = true;
                is_used[key.server as usize] = true;
            }
            is_kept
        });
        let renumbered = hosts.keep(&is_used);
        for (key, _) in &mut self.all {
            key.client = renumbered[key.client as usize];
            key.server = renumbered[key.server as usize];
        }
        let Conversations { index, all } = self;
        index.clear();
        for ((key, _), place) in all.iter().zip(0..) {
            index.insert_unique(key.hash(), place, |place| all[*place as usize].0.hash());
        }
    }
}
