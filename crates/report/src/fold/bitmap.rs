//! In which buckets of time something was seen: a bitmap that grows at both ends.

/// One bit per bucket; buckets are numbered from 1970.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bitmap {
    /// The number of the first word.
    base: u32,
    words: Vec<u64>,
}

impl Bitmap {
    /// Sets a bucket.
    #[inline]
    pub(crate) fn set(&mut self, bucket: u32) {
        let word = bucket >> 6;
        let place = word.wrapping_sub(self.base) as usize;
        match self.words.get_mut(place) {
            Some(bits) => *bits |= 1 << (bucket & 63),
            None => self.grow_and_set(word, bucket),
        }
    }

    #[cold]
    fn grow_and_set(&mut self, word: u32, bucket: u32) {
        if self.words.is_empty() {
            self.base = word;
        }
        if word < self.base {
            self.words.splice(0..0, std::iter::repeat_n(0, (self.base - word) as usize));
            self.base = word;
        }
        let place = (word - self.base) as usize;
        self.words.resize(self.words.len().max(place + 1), 0);
        self.words[place] |= 1 << (bucket & 63);
    }

    /// The buckets that are set, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        let bits = |word: u64| (0..64).filter(move |bit| word >> bit & 1 == 1);
        self.words.iter().zip(self.base..).flat_map(move |(&word, number)| bits(word).map(move |bit| number << 6 | bit))
    }

    /// Joins two buckets into one, `halvings` times.
    pub(crate) fn coarsen(&mut self, halvings: u32) {
        if halvings > 0 && !self.words.is_empty() {
            let fine = std::mem::take(self);
            fine.iter().for_each(|bucket| self.set(bucket >> halvings));
        }
    }

    /// Adds what another has set.
    pub(crate) fn merge(&mut self, other: &Bitmap) {
        other.iter().for_each(|bucket| self.set(bucket));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_at_both_ends_and_coarsens() {
        let mut bitmap = Bitmap::default();
        [1000, 3, 70, 1001, 3].into_iter().for_each(|bucket| bitmap.set(bucket));
        assert_eq!(bitmap.iter().collect::<Vec<_>>(), [3, 70, 1000, 1001]);
        bitmap.coarsen(1);
        assert_eq!(bitmap.iter().collect::<Vec<_>>(), [1, 35, 500]);
    }
}
