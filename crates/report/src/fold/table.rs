//! Entries by key: an index of open addressing over entries in the order they came.
//!
//! Entries lie in one `Vec`; a slot is eight bytes, 32 of hash and 32 of number. A caller with many keys asks for
//! the slots of a whole block before it touches the first entry, so that the cache misses overlap.

use super::address::{Address, mix};
use super::conversation::{Entry, Key};
use std::hint::black_box;

/// Keys that are looked up together.
pub(crate) const BLOCK: usize = 64;
/// Slots of an empty table.
const SLOTS_MIN: usize = 1 << 10;
/// At most so many entries ...
const ENTRIES_PER: usize = 11;
/// ... for so many slots: the limit of conversations and a part beyond it have room in 2^19.
const SLOTS_PER: usize = 16;

/// Entries of one address family.
#[derive(Clone, Debug)]
pub(crate) struct Table<A> {
    /// 0 is empty; otherwise hash in the high half, number of the entry + 1 in the low half.
    slots: Vec<u64>,
    pub(crate) entries: Vec<Entry<A>>,
}

impl<A: Address> Table<A> {
    /// An empty table.
    pub(crate) fn new() -> Self {
        Table { slots: vec![0; SLOTS_MIN], entries: Vec::new() }
    }

    /// How many entries there are.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Forgets all entries and keeps the memory.
    pub(crate) fn clear(&mut self) {
        if !self.entries.is_empty() {
            self.slots.fill(0);
            self.entries.clear();
        }
    }

    /// The hash of a key.
    #[inline]
    pub(crate) fn hash(key: &Key<A>) -> u32 {
        let addresses = mix(key.client.bits().rotate_left(32) ^ u64::from(key.proto), key.server.bits());
        (mix(addresses, u64::from(key.port)) >> 32) as u32
    }

    /// The hashes of at most [`BLOCK`] keys. Reads what a look at them will need, all of it at once.
    #[inline]
    pub(crate) fn hashes(&self, keys: impl Iterator<Item = Key<A>>) -> [u32; BLOCK] {
        let (mut hashes, mut numbers) = ([0; BLOCK], [0; BLOCK]);
        let mut count = 0;
        for (hash, key) in hashes.iter_mut().zip(keys) {
            *hash = Self::hash(&key);
            count += 1;
        }
        for (number, &hash) in numbers.iter_mut().zip(&hashes[..count]) {
            *number = self.slots[self.place(hash)] as u32 as usize;
        }
        let entries = numbers[..count].iter().filter_map(|number| self.entries.get(number.wrapping_sub(1)));
        black_box(entries.fold(0, |sum, entry| sum ^ u32::from(entry.port)));
        hashes
    }

    #[inline]
    fn place(&self, hash: u32) -> usize {
        hash as usize & (self.slots.len() - 1)
    }

    /// The number of the entry of a key, or the place in the index where it belongs.
    #[inline]
    pub(crate) fn find(&self, key: &Key<A>, hash: u32) -> Result<usize, usize> {
        let mut place = self.place(hash);
        loop {
            let slot = self.slots[place];
            if slot == 0 {
                return Err(place);
            }
            let number = (slot as u32 - 1) as usize;
            if (slot >> 32) as u32 == hash && self.entries[number].key() == *key {
                return Ok(number);
            }
            place = (place + 1) & (self.slots.len() - 1);
        }
    }

    /// Adds an entry at the place that [`Table::find`] gave; its number.
    #[inline]
    pub(crate) fn insert(&mut self, entry: Entry<A>, hash: u32, place: usize) -> usize {
        self.entries.push(entry);
        // INVARIANT: entries are bounded by the limits, far below 2^32.
        self.slots[place] = u64::from(hash) << 32 | self.entries.len() as u64;
        if self.entries.len() * SLOTS_PER > self.slots.len() * ENTRIES_PER {
            self.grow();
        }
        self.entries.len() - 1
    }

    /// Doubles the index. Slots are taken in the order of their places, so that they are written in order too.
    /// Doubles the index. Slots are taken in the order of their places, so that they are written in order too.
    #[cold]
    fn grow(&mut self) {
        let slots = vec![0; self.slots.len() * 2];
        let old = std::mem::replace(&mut self.slots, slots);
        let (tail, head) = old.split_at(first_of_a_run(&old));
        head.iter().chain(tail).filter(|&&slot| slot != 0).for_each(|&slot| self.settle(slot));
    }

    /// Takes out the entries that go, calls `gone` with each of them, and closes the ranks.
    pub(crate) fn take_out(&mut self, goes: &[bool], mut gone: impl FnMut(&Entry<A>)) {
        // What each entry's number plus one becomes; 0 if it goes.
        let mut numbers = Vec::with_capacity(goes.len());
        let mut place = 0;
        for (number, &goes) in goes.iter().enumerate() {
            if goes {
                gone(&self.entries[number]);
                numbers.push(0);
            } else {
                self.entries[place] = self.entries[number];
                place += 1;
                numbers.push(place as u32);
            }
        }
        self.entries.truncate(place);
        self.renumber_slots(&numbers);
    }

    /// Gives the slots their entries' new numbers, in place: a slot moves only towards where its hash would have it.
    fn renumber_slots(&mut self, numbers: &[u32]) {
        let (first, places) = (first_of_a_run(&self.slots), self.slots.len());
        for place in (first..places).chain(0..first) {
            let slot = std::mem::take(&mut self.slots[place]);
            if slot != 0 && numbers[slot as u32 as usize - 1] != 0 {
                self.settle(slot >> 32 << 32 | u64::from(numbers[slot as u32 as usize - 1]));
            }
        }
    }

    /// Puts a slot whose key is not there yet.
    #[inline]
    fn settle(&mut self, slot: u64) {
        let mut place = self.place((slot >> 32) as u32);
        while self.slots[place] != 0 {
            place = (place + 1) & (self.slots.len() - 1);
        }
        self.slots[place] = slot;
    }
}

/// The place behind the first empty slot: no run of slots crosses it.
fn first_of_a_run(slots: &[u64]) -> usize {
    slots.iter().position(|&slot| slot == 0).map_or(0, |empty| empty + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_table_that_was_shrunk_finds_what_is_left(
            keys in prop::collection::btree_set((1_u32..40, 1_u32..60, 1_u16..4), 1..900),
            keep in 1..700_usize,
        ) {
            let mut table = Table::<u32>::new();
            for &(client, server, port) in &keys {
                let key = Key { client: client << 8, server: server << 8, port, proto: 6 };
                let hash = Table::hash(&key);
                let place = table.find(&key, hash).unwrap_err();
                table.insert(Entry::new(key), hash, place);
            }
            let mut goes = vec![false; table.len()];
            goes.iter_mut().skip(keep).step_by(2).for_each(|goes| *goes = true);
            let mut gone = Vec::new();
            table.take_out(&goes, |entry| gone.push(entry.key()));
            prop_assert_eq!(gone.len() + table.len(), keys.len());
            for (number, entry) in table.entries.iter().enumerate() {
                prop_assert_eq!(table.find(&entry.key(), Table::hash(&entry.key())), Ok(number));
            }
            for key in &gone {
                prop_assert!(table.find(key, Table::hash(key)).is_err());
            }
        }
    }
}
