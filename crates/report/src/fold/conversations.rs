//! The conversations of one address family: single ones, and those that a limit folded together.

use super::address::Address;
use super::conversation::{ALLOWED, Entry, Key, Observation};
use super::table::{BLOCK, Table};

/// Conversations of one address family.
#[derive(Clone, Debug)]
pub(crate) struct Conversations<A> {
    singles: Table<A>,
    /// Rows that stand for many.
    folded: Table<A>,
}

impl<A: Address> Conversations<A> {
    /// None yet.
    pub(crate) fn new() -> Self {
        Conversations { singles: Table::new(), folded: Table::new() }
    }

    /// How many rows there are.
    pub(crate) fn len(&self) -> usize {
        self.singles.len() + self.folded.len()
    }

    /// Every row.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Entry<A>> {
        self.singles.entries.iter().chain(&self.folded.entries)
    }

    /// Adds a block of at most [`BLOCK`] records.
    pub(crate) fn observe_block(&mut self, block: &[(Key<A>, Observation)]) {
        let hashes = self.singles.hashes(block.iter().map(|(key, _)| *key));
        for ((key, observation), &hash) in block.iter().zip(&hashes) {
            self.observe(key, hash, observation);
        }
    }

    /// Adds a record.
    #[inline]
    fn observe(&mut self, key: &Key<A>, hash: u32, observation: &Observation) {
        match self.singles.find(key, hash) {
            Ok(number) => self.singles.entries[number].observe(observation),
            Err(place) => {
                let mut entry = Entry::new(*key);
                entry.observe(observation);
                self.singles.insert(entry, hash, place);
            }
        }
    }

    /// Takes the conversations of a table that came right after this one; `observers` are their numbers here.
    pub(crate) fn merge(&mut self, later: &mut Conversations<A>, observers: &[u32]) {
        for block in later.singles.entries.chunks_mut(BLOCK) {
            let hashes = self.singles.hashes(block.iter().map(Entry::key));
            for (entry, &hash) in block.iter_mut().zip(&hashes) {
                entry.renumber(observers);
                self.join(entry, hash);
            }
        }
        for entry in &later.folded.entries {
            self.entry_folded(entry.key(), Table::hash(&entry.key())).merge(entry);
        }
        later.singles.clear();
        later.folded.clear();
    }

    /// Joins a later entry.
    #[inline]
    fn join(&mut self, later: &Entry<A>, hash: u32) {
        match self.singles.find(&later.key(), hash) {
            Ok(number) => self.singles.entries[number].merge(later),
            Err(place) => {
                self.singles.insert(*later, hash, place);
            }
        }
    }

    /// The row of a key that stands for many.
    #[inline]
    fn entry_folded(&mut self, key: Key<A>, hash: u32) -> &mut Entry<A> {
        let found = self.folded.find(&key, hash);
        let number = found.unwrap_or_else(|place| self.folded.insert(Entry::new(key), hash, place));
        &mut self.folded.entries[number]
    }

    /// Folds the lightest conversations together until at most `keep` rows are left; calls `folded` with each single one
    /// that goes.
    ///
    /// What only was denied is folded by service, the rest by service and the end that is inside. Which ones go depends
    /// on what is in the table alone.
    pub(crate) fn shrink(&mut self, keep: usize, mut folded: impl FnMut(&Entry<A>)) {
        let Some(count) = self.len().checked_sub(keep).filter(|&count| count > 0) else { return };
        self.fold_singles(&self.lightest(count.min(self.singles.len())), &mut folded);
        if self.len() > keep + keep / 2 {
            // So many services that folding clients alone does not help: those folded give up their ends.
            let rows = std::mem::replace(&mut self.folded, Table::new());
            rows.entries.chunks(BLOCK).for_each(|block| self.absorb(block));
        }
    }

    fn fold_singles(&mut self, goes: &[bool], folded: &mut impl FnMut(&Entry<A>)) {
        let mut singles = std::mem::replace(&mut self.singles, Table::new());
        let mut block = Vec::with_capacity(BLOCK);
        singles.take_out(goes, |entry| {
            folded(entry);
            block.push(*entry);
            if block.len() == BLOCK {
                self.absorb(&block);
                block.clear();
            }
        });
        self.absorb(&block);
        self.singles = singles;
    }

    /// Folds a block of conversations into the rows that stand for many.
    fn absorb(&mut self, block: &[Entry<A>]) {
        let hashes = self.folded.hashes(block.iter().map(coarse_key));
        for (entry, &hash) in block.iter().zip(&hashes) {
            self.entry_folded(coarse_key(entry), hash).absorb(entry);
        }
    }

    /// Marks the lightest `count` single conversations; of two of one weight, that with the smaller key.
    fn lightest(&self, count: usize) -> Vec<bool> {
        let singles = &self.singles.entries;
        if count >= singles.len() {
            return vec![true; singles.len()];
        }
        let weights: Vec<u64> = singles.iter().map(Entry::weight).collect();
        let (limit, lighter) = nth(&weights, count);
        let mut ties: Vec<(Key<A>, usize)> = Vec::new();
        let mut goes = Vec::with_capacity(weights.len());
        for (number, &weight) in weights.iter().enumerate() {
            goes.push(weight < limit);
            if weight == limit {
                ties.push((singles[number].key(), number));
            }
        }
        let open = count - lighter;
        if (1..ties.len()).contains(&open) {
            ties.select_nth_unstable(open);
        }
        ties[..open].iter().for_each(|&(_, number)| goes[number] = true);
        goes
    }
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
    }
}
