//! A table of conversations: an index of open addressing over entries in the order they came.
//!
//! Entries lie in one `Vec`; a slot is eight bytes, 32 of hash and 32 of number. A caller with many records asks for
//! the slots of a whole block before it touches the first entry, so that the cache misses overlap.

use super::address::{Address, mix};
use super::contacts::{Call, Contacts};
use super::conversation::{ALLOWED, Calling, Entry, Key, NO_CONTACTS, Observation};
use crate::knowledge;
use std::hint::black_box;

/// Records that are looked up together.
pub(crate) const BLOCK: usize = 64;
/// Slots of an empty table.
const SLOTS_MIN: usize = 1 << 10;
/// At most so many entries ...
const ENTRIES_PER: usize = 11;
/// ... for so many slots: the limit of conversations and a part beyond it have room in 2^19.
const SLOTS_PER: usize = 16;

/// Conversations of one address family.
#[derive(Clone, Debug)]
pub(crate) struct Conversations<A> {
    /// 0 is empty; otherwise hash in the high half, number of the entry + 1 in the low half.
    slots: Vec<u64>,
    entries: Vec<Entry<A>>,
    contacts: Vec<Contacts>,
}

impl<A: Address> Conversations<A> {
    /// An empty table.
    pub(crate) fn new() -> Self {
        Conversations { slots: vec![0; SLOTS_MIN], entries: Vec::new(), contacts: Vec::new() }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Every conversation with its contacts, in the order they came.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Entry<A>, Option<&Contacts>)> {
        self.entries.iter().map(|entry| (entry, self.contacts.get(entry.counters.contacts as usize)))
    }

    /// The hash of a key.
    #[inline]
    pub(crate) fn hash(key: &Key<A>) -> u32 {
        let addresses = mix(key.client.bits().rotate_left(32) ^ u64::from(key.proto), key.server.bits());
        (mix(addresses, u64::from(key.port)) >> 32) as u32
    }

    #[inline]
    fn place(&self, hash: u32) -> usize {
        hash as usize & (self.slots.len() - 1)
    }

    /// Reads what the hashes will need, all of it at once.
    #[inline]
    pub(crate) fn warm(&self, hashes: &[u32]) {
        let mut numbers = [0; BLOCK];
        for (number, &hash) in numbers.iter_mut().zip(hashes) {
            *number = self.slots[self.place(hash)] as u32 as usize;
        }
        let entries =
            numbers[..hashes.len().min(BLOCK)].iter().filter_map(|number| self.entries.get(number.wrapping_sub(1)));
        black_box(entries.fold(0, |sum, entry| sum ^ u32::from(entry.port) ^ entry.counters.observer()));
    }

    /// The number of the entry of a key, or the place in the index where it belongs.
    #[inline]
    fn find(&self, key: &Key<A>, hash: u32) -> Result<usize, usize> {
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

    /// Adds an entry at the place that [`Conversations::find`] gave; its number.
    #[inline]
    fn insert(&mut self, entry: Entry<A>, hash: u32, place: usize) -> usize {
        self.entries.push(entry);
        // INVARIANT: entries are bounded by the limits, far below 2^32.
        self.slots[place] = u64::from(hash) << 32 | self.entries.len() as u64;
        if self.entries.len() * SLOTS_PER > self.slots.len() * ENTRIES_PER {
            self.grow();
        }
        self.entries.len() - 1
    }

    /// Doubles the index. Slots are taken in the order of their places, so that they are written in order too.
    #[cold]
    fn grow(&mut self) {
        let slots = vec![0; self.slots.len() * 2];
        let old = std::mem::replace(&mut self.slots, slots);
        let (tail, head) = old.split_at(first_of_a_run(&old));
        head.iter().chain(tail).filter(|&&slot| slot != 0).for_each(|&slot| self.settle(slot));
    }

    /// Adds a block of at most [`BLOCK`] records.
    pub(crate) fn observe_block(&mut self, block: &[(Key<A>, Observation)]) {
        let mut hashes = [0; BLOCK];
        hashes.iter_mut().zip(block).for_each(|(hash, (key, _))| *hash = Self::hash(key));
        self.warm(&hashes[..block.len().min(BLOCK)]);
        for ((key, observation), &hash) in block.iter().zip(&hashes) {
            self.observe(key, hash, observation);
        }
    }

    /// Adds a record.
    #[inline]
    pub(crate) fn observe(&mut self, key: &Key<A>, hash: u32, observation: &Observation) {
        let number = match self.find(key, hash) {
            Ok(number) => {
                self.entries[number].observe(observation);
                number
            }
            Err(place) => {
                let mut entry = Entry::new(*key);
                entry.observe(observation);
                self.insert(entry, hash, place)
            }
        };
        if observation.calling != Calling::No {
            self.contact(number, observation);
        }
    }

    /// The client calls, or goes on calling.
    #[inline]
    fn contact(&mut self, number: usize, observation: &Observation) {
        let place = &mut self.entries[number].counters.contacts;
        if *place == NO_CONTACTS {
            *place = self.contacts.len() as u32;
            self.contacts.push(Contacts::default());
        }
        let contacts = &mut self.contacts[*place as usize];
        if observation.calling == Calling::Begins {
            contacts.call(Call { at: observation.start, port: observation.src_port });
        }
        if observation.bytes > 0 {
            contacts.sent(observation.bytes, observation.start);
        }
    }

    /// Takes the conversations of a table that came right after this one; `observers` are their numbers here.
    pub(crate) fn merge(&mut self, later: &mut Conversations<A>, observers: &[u32]) {
        for block in later.entries.chunks_mut(BLOCK) {
            let mut hashes = [0; BLOCK];
            for (hash, entry) in hashes.iter_mut().zip(block.iter_mut()) {
                *hash = Self::hash(&entry.key());
                entry.renumber(observers);
            }
            self.warm(&hashes[..block.len()]);
            for (entry, &hash) in block.iter().zip(&hashes) {
                self.join(entry, hash, &later.contacts);
            }
        }
        if later.len() > 0 {
            later.slots.fill(0);
            later.entries.clear();
            later.contacts.clear();
        }
    }

    /// Joins a later entry, with its contacts.
    #[inline]
    fn join(&mut self, later: &Entry<A>, hash: u32, contacts: &[Contacts]) {
        let contacts = contacts.get(later.counters.contacts as usize);
        match self.find(&later.key(), hash) {
            Ok(number) => {
                self.entries[number].merge(later);
                if let Some(contacts) = contacts {
                    self.join_contacts(number, contacts);
                }
            }
            Err(place) => {
                let mut entry = *later;
                if let Some(contacts) = contacts {
                    entry.counters.contacts = self.contacts.len() as u32;
                    self.contacts.push(contacts.clone());
                }
                self.insert(entry, hash, place);
            }
        }
    }

    fn join_contacts(&mut self, number: usize, later: &Contacts) {
        let place = &mut self.entries[number].counters.contacts;
        match self.contacts.get_mut(*place as usize) {
            Some(contacts) => contacts.merge(later),
            None => {
                *place = self.contacts.len() as u32;
                self.contacts.push(later.clone());
            }
        }
    }

    /// Folds the lightest conversations together until at most `keep` are left; calls `folded` with each single one that goes.
    ///
    /// What only was denied is folded by service, the rest by service and the end that is inside. Which ones go depends
    /// on what is in the table alone.
    pub(crate) fn shrink(&mut self, keep: usize, mut folded: impl FnMut(&Entry<A>)) {
        if self.entries.len() <= keep {
            return;
        }
        let goes = self.lightest(self.entries.len() - keep);
        self.fold_away(&goes, &mut folded);
        if self.entries.len() > keep + keep / 2 {
            // So many services that folding clients alone does not help: those folded give up their ends.
            let goes: Vec<bool> = self.entries.iter().map(|entry| entry.marks.is_folded()).collect();
            self.fold_away(&goes, &mut folded);
        }
    }

    fn fold_away(&mut self, goes: &[bool], folded: &mut impl FnMut(&Entry<A>)) {
        for block in self.take_out(goes).chunks(BLOCK) {
            let mut hashes = [0; BLOCK];
            hashes.iter_mut().zip(block).for_each(|(hash, entry)| *hash = Self::hash(&coarse_key(entry)));
            self.warm(&hashes[..block.len()]);
            for (entry, &hash) in block.iter().zip(&hashes) {
                if !entry.marks.is_folded() {
                    folded(entry);
                }
                let key = coarse_key(entry);
                let number = self.find(&key, hash).unwrap_or_else(|place| self.insert(Entry::new(key), hash, place));
                self.entries[number].absorb(entry);
            }
        }
    }

    /// Marks the lightest `count` entries; of two of one weight, that with the smaller key.
    fn lightest(&self, count: usize) -> Vec<bool> {
        if count >= self.entries.len() {
            return vec![true; self.entries.len()];
        }
        let weights: Vec<u64> = self.iter().map(|(entry, contacts)| entry.weight(contacts)).collect();
        let (limit, lighter) = nth(&weights, count);
        let mut ties: Vec<(Key<A>, usize)> = Vec::new();
        let mut goes = Vec::with_capacity(weights.len());
        for (number, &weight) in weights.iter().enumerate() {
            goes.push(weight < limit);
            if weight == limit {
                ties.push((self.entries[number].key(), number));
            }
        }
        let open = count - lighter;
        if (1..ties.len()).contains(&open) {
            ties.select_nth_unstable(open);
        }
        ties[..open].iter().for_each(|&(_, number)| goes[number] = true);
        goes
    }

    /// Takes out the entries that go, and their contacts, and closes the ranks.
    fn take_out(&mut self, goes: &[bool]) -> Vec<Entry<A>> {
        let mut light = Vec::with_capacity(goes.iter().filter(|&&goes| goes).count());
        // What each entry's number plus one becomes; 0 if it goes.
        let mut numbers = Vec::with_capacity(goes.len());
        for (number, &goes) in goes.iter().enumerate() {
            let entry = self.entries[number];
            let place = number - light.len();
            if goes {
                light.push(entry);
                numbers.push(0);
            } else {
                self.entries[place] = entry;
                numbers.push(place as u32 + 1);
            }
        }
        self.entries.truncate(goes.len() - light.len());
        self.renumber_slots(&numbers);
        self.drop_contacts_of(&light);
        light
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

    /// Closes the ranks of the contacts after these entries have gone.
    fn drop_contacts_of(&mut self, gone: &[Entry<A>]) {
        let mut places: Vec<u32> = vec![1; self.contacts.len()];
        for entry in gone {
            if let Some(place) = places.get_mut(entry.counters.contacts as usize) {
                *place = 0;
            }
        }
        let mut stays = places.iter();
        self.contacts.retain(|_| stays.next().is_some_and(|&stays| stays == 1));
        let mut left = 0;
        for place in &mut places {
            left += *place;
            *place = left.wrapping_sub(1);
        }
        for entry in &mut self.entries {
            if let Some(&place) = places.get(entry.counters.contacts as usize) {
                entry.counters.contacts = place;
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

/// The value that has `count` values before it in their order, and how many of those are smaller than it.
fn nth(values: &[u64], count: usize) -> (u64, usize) {
    /// Classes of values: the number of bits, and the six bits behind the first.
    const CLASSES: usize = 65 << 6;
    let class = |value: u64| {
        let zeros = value.leading_zeros();
        (64 - zeros as usize) << 6 | ((value << zeros.min(63) << 1) >> 58) as usize
    };
    let mut counts = vec![0_usize; CLASSES];
    values.iter().for_each(|&value| counts[class(value)] += 1);
    let (mut before, mut wanted) = (0, 0);
    while wanted + 1 < CLASSES && before + counts[wanted] <= count {
        before += counts[wanted];
        wanted += 1;
    }
    let mut candidates: Vec<u64> = values.iter().copied().filter(|&value| class(value) == wanted).collect();
    let (_, &mut value, _) = candidates.select_nth_unstable(count - before);
    (value, before + candidates.iter().filter(|&&other| other < value).count())
}

/// The key under which a conversation is folded.
fn coarse_key<A: Address>(entry: &Entry<A>) -> Key<A> {
    let any = |address: A| if address.is_internal() { A::ANY_INTERNAL } else { A::ANY_PUBLIC };
    let key = entry.key();
    if entry.marks.is_folded() || entry.counters.records[ALLOWED] == 0 {
        return Key { client: any(key.client), server: any(key.server), ..key };
    }
    match key.server.is_internal() {
        true => Key { client: any(key.client), ..key },
        false => Key { server: any(key.server), ..key },
    }
}

/// Are the calls of such a conversation worth keeping: towards the internet, or to a service with a login?
#[inline]
pub(crate) fn keeps_contacts(server_is_internal: bool, port: u16, proto: u8) -> bool {
    !server_is_internal | (proto == 6 && knowledge::is_login(port))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn nth_is_what_sorting_gives(
            values in prop::collection::vec((0..64_u32, any::<u64>()).prop_map(|(shift, value)| value >> shift), 1..200),
            place in any::<prop::sample::Index>(),
        ) {
            let mut sorted = values.clone();
            sorted.sort_unstable();
            let count = place.index(values.len());
            let smaller = sorted.partition_point(|&value| value < sorted[count]);
            prop_assert_eq!(nth(&values, count), (sorted[count], smaller));
        }

        #[test]
        fn a_table_that_was_shrunk_finds_what_is_left(
            keys in prop::collection::btree_set((1_u32..40, 1_u32..60, 1_u16..4), 1..900),
            keep in 1..700_usize,
        ) {
            let mut table = Conversations::<u32>::new();
            for &(client, server, port) in &keys {
                let key = Key { client: client << 8, server: server << 8, port, proto: 6 };
                let hash = Conversations::hash(&key);
                let place = table.find(&key, hash).unwrap_err();
                table.insert(Entry::new(key), hash, place);
            }
            let mut goes = vec![false; table.len()];
            goes.iter_mut().skip(keep).step_by(2).for_each(|goes| *goes = true);
            let gone = table.take_out(&goes);
            prop_assert_eq!(gone.len() + table.len(), keys.len());
            for (number, entry) in table.entries.iter().enumerate() {
                prop_assert_eq!(table.find(&entry.key(), Conversations::hash(&entry.key())), Ok(number));
            }
            for entry in &gone {
                prop_assert!(table.find(&entry.key(), Conversations::hash(&entry.key())).is_err());
            }
        }
    }
}
