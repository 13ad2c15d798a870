//! Patterns by some of their bytes: two bits for each hash say where it is worth to look, and most places are not.

use super::needle::{Needle, Way};

/// Words of 64 bits that a filter may have. The largest leaves room in the first cache: 32 KiB.
const SMALL: usize = 64;
const MEDIUM: usize = 512;
const LARGE: usize = 4_096;
/// For so many grams there is a word: of 64 hashes one passes by chance.
const GRAMS_PER_WORD: usize = 4;
/// Places that are filtered before those that pass are looked at: what comes next does not depend on what passes.
const BLOCK: usize = 64;

/// Some bytes of a pattern.
#[derive(Clone, Copy)]
struct Gram {
    bytes: u32,
    needle: u32,
    /// Bytes of the pattern before them.
    before: u8,
}

/// Patterns that are found in the same way.
pub(super) struct Grams {
    way: Way,
    filter: Box<[u64]>,
    /// For each word of the filter where its grams begin; one more than there are words.
    starts: Vec<u32>,
    grams: Vec<Gram>,
}

const fn hash(gram: u32) -> u32 {
    gram.wrapping_mul(0x9e37_79b1)
}

/// The word of a hash in a filter of so many.
const fn word_of(hash: u32, words: usize) -> usize {
    (hash >> (32 - words.ilog2())) as usize
}

/// The places of a hash's two bits in its word of the filter: from below the twelve that say which word it is.
const fn places(hash: u32) -> [u32; 2] {
    [hash >> 14 & 63, hash >> 8 & 63]
}

impl Grams {
    /// Of patterns that are all found in this way, with their numbers.
    pub(super) fn new(way: Way, needles: &[(u32, Needle)]) -> Grams {
        let of = |(number, needle): &(u32, Needle)| {
            let number = *number;
            needle.grams().map(move |(before, bytes)| Gram { bytes, needle: number, before })
        };
        let mut grams: Vec<Gram> = needles.iter().flat_map(of).collect();
        grams.sort_by_key(|gram| hash(gram.bytes));
        let words = [SMALL, MEDIUM].into_iter().find(|words| grams.len() <= words * GRAMS_PER_WORD).unwrap_or(LARGE);
        let mut filter = vec![0u64; words].into_boxed_slice();
        let mut starts = vec![0u32; words + 1];
        for gram in &grams {
            let hash = hash(gram.bytes);
            let word = word_of(hash, words);
            places(hash).iter().for_each(|place| filter[word] |= 1 << place);
            starts[word + 1] += 1;
        }
        for place in 1..starts.len() {
            starts[place] += starts[place - 1];
        }
        Grams { way, filter, starts, grams }
    }

    /// Bytes of memory.
    pub(super) fn heap_bytes(&self) -> usize {
        self.filter.len() * 8 + self.starts.len() * 4 + size_of_val(&self.grams[..])
    }

    /// Calls `look` with each place where one of the patterns may begin, and that pattern's number. The bytes are in lower case; the
    /// first `length` of them are searched.
    pub(super) fn search(&self, folded: &[u8], length: usize, mut look: impl FnMut(usize, usize)) {
        let folded = &folded[..length];
        match self.filter.len() {
            SMALL => self.search_by::<SMALL>(folded, &mut look),
            MEDIUM => self.search_by::<MEDIUM>(folded, &mut look),
            _ => self.search_by::<LARGE>(folded, &mut look),
        }
    }

    fn search_by<const WORDS: usize>(&self, folded: &[u8], look: &mut impl FnMut(usize, usize)) {
        let Some(filter) = self.filter.first_chunk::<WORDS>() else { return };
        let step = self.way.step();
        let mut passing = [(0u8, 0u32); BLOCK];
        for begin in (0..folded.len()).step_by(BLOCK * step) {
            let end = begin + BLOCK * step + self.way.bytes() - 1;
            let block = &folded[begin..end.min(folded.len())];
            let count = match self.way {
                Way::Long => {
                    pass(filter, block.as_chunks::<4>().0.iter().map(|four| u32::from_le_bytes(*four)), &mut passing)
                }
                Way::Middle => pass(filter, threes(block), &mut passing),
                Way::Short => pass(filter, twos(block), &mut passing),
            };
            for (number, gram) in &passing[..count] {
                self.look(*gram, begin + usize::from(*number) * step, look);
            }
        }
    }

    fn look(&self, bytes: u32, place: usize, look: &mut impl FnMut(usize, usize)) {
        let word = word_of(hash(bytes), self.filter.len());
        let grams = &self.grams[self.starts[word] as usize..self.starts[word + 1] as usize];
        for gram in grams.iter().filter(|gram| gram.bytes == bytes) {
            if let Some(begin) = place.checked_sub(usize::from(gram.before)) {
                look(begin, gram.needle as usize);
            }
        }
    }
}

/// Writes down which of some grams pass a filter, with their numbers, and returns how many they are. What is done does not depend on
/// which they are, so that nothing has to be guessed.
#[inline(always)]
fn pass<const WORDS: usize>(
    filter: &[u64; WORDS],
    grams: impl Iterator<Item = u32>,
    passing: &mut [(u8, u32); BLOCK],
) -> usize {
    let mut count = 0;
    for (number, gram) in grams.take(BLOCK).enumerate() {
        let hash = hash(gram);
        let [one, other] = places(hash);
        let word = filter[word_of(hash, WORDS)];
        passing[count & (BLOCK - 1)] = (number as u8, gram);
        count += (word >> one & word >> other & 1) as usize;
    }
    count.min(BLOCK)
}

/// Each three bytes that begin at an even place.
fn threes(block: &[u8]) -> impl Iterator<Item = u32> {
    let (pairs, rest) = block.as_chunks::<2>();
    let last = pairs.last().zip(rest.first()).map(|(pair, byte)| u32::from_le_bytes([pair[0], pair[1], *byte, 0]));
    pairs.windows(2).map(|pairs| u32::from_le_bytes([pairs[0][0], pairs[0][1], pairs[1][0], 0])).chain(last)
}

/// Each two bytes.
fn twos(block: &[u8]) -> impl Iterator<Item = u32> {
    block.windows(2).map(|two| u32::from(u16::from_le_bytes([two[0], two[1]])))
}
