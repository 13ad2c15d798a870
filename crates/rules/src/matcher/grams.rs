//! Patterns by their rarest bytes, up to four: a bit for each hash says where it is worth to look, and most places are not.

use super::rarity;

/// Of 16 hashes one at most is a pattern's, as long as that leaves room in the first cache: 8 KiB.
const FILTER_BITS_MAX: u32 = 16;
const FILTER_BITS_MIN: u32 = 9;
/// So many hashes share a list of patterns.
const BITS_PER_BUCKET: u32 = 4;

/// A pattern, found by some of its bytes.
struct Entry {
    gram: u32,
    pattern: u32,
    /// Bytes of the pattern before these.
    before: u8,
}

/// Patterns that are found by the same number of their bytes, from one to four.
pub(super) struct Grams {
    /// How many bytes they are found by, and the bits of these in the word at a place.
    bytes: usize,
    mask: u32,
    /// Bits that a hash is moved down by to have its place in the filter.
    shift: u32,
    filter: Vec<u64>,
    starts: Vec<u32>,
    entries: Vec<Entry>,
    /// The patterns in lower case, one after the other, and where each ends.
    text: Vec<u8>,
    ends: Vec<u32>,
}

const fn hash(gram: u32) -> u32 {
    gram.wrapping_mul(0x9e37_79b1)
}

/// The first four bytes as a number; zeros for those that are not there.
fn word_of(bytes: &[u8]) -> u32 {
    match bytes.first_chunk() {
        Some(four) => u32::from_le_bytes(*four),
        None => bytes.iter().rev().fold(0, |word, byte| word << 8 | u32::from(*byte)),
    }
}

impl Grams {
    /// Patterns in lower case, each of so many bytes at least, with its number.
    pub(super) fn new(bytes: usize, patterns: &[(Vec<u8>, u32)]) -> Grams {
        let mut text = Vec::new();
        let mut ends = vec![0];
        let mut entries = Vec::with_capacity(patterns.len());
        for (place, (pattern, _)) in patterns.iter().enumerate() {
            text.extend_from_slice(pattern);
            ends.push(text.len() as u32);
            let grams = pattern.windows(bytes).enumerate().take(usize::from(u8::MAX));
            let (before, rarest) = grams.max_by_key(|(_, gram)| rarity(gram)).unwrap_or_default();
            entries.push(Entry { gram: word_of(rarest), pattern: place as u32, before: before as u8 });
        }
        entries.sort_by_key(|entry| hash(entry.gram));
        let bits = (usize::BITS - patterns.len().leading_zeros() + 4).clamp(FILTER_BITS_MIN, FILTER_BITS_MAX);
        let shift = 32 - bits;
        let mut filter = vec![0u64; 1 << (bits - 6)];
        let mut starts = vec![0u32; (1 << (bits - BITS_PER_BUCKET)) + 1];
        for entry in &entries {
            let bit = hash(entry.gram) >> shift;
            filter[(bit >> 6) as usize] |= 1 << (bit & 63);
            starts[(hash(entry.gram) >> (shift + BITS_PER_BUCKET)) as usize + 1] += 1;
        }
        for place in 1..starts.len() {
            starts[place] += starts[place - 1];
        }
        Grams { bytes, mask: u32::MAX >> (32 - 8 * bytes), shift, filter, starts, entries, text, ends }
    }

    /// By how many bytes they are found.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Bytes of memory.
    pub(super) fn heap_bytes(&self) -> usize {
        self.filter.len() * 8 + self.starts.len() * 4 + self.entries.len() * size_of::<Entry>() + self.text.len()
    }

    #[inline(never)]
    fn look(&self, folded: &[u8], place: usize, word: u32, found: &mut impl FnMut(usize)) {
        let gram = word & self.mask;
        let bucket = (hash(gram) >> (self.shift + BITS_PER_BUCKET)) as usize;
        let (start, end) = (self.starts[bucket] as usize, self.starts[bucket + 1] as usize);
        for entry in &self.entries[start..end] {
            let Some(begin) = place.checked_sub(usize::from(entry.before)).filter(|_| entry.gram == gram) else {
                continue;
            };
            let pattern = entry.pattern as usize;
            let text = &self.text[self.ends[pattern] as usize..self.ends[pattern + 1] as usize];
            if folded[begin..].starts_with(text) {
                found(pattern);
            }
        }
    }
}

/// Calls `found` with the set and the place in it of each pattern that is in the bytes, which are in lower case.
pub(super) fn search(sets: &[Grams], folded: &[u8], mut found: impl FnMut(usize, usize)) {
    for (number, set) in sets.iter().enumerate() {
        let mut found = |pattern| found(number, pattern);
        let (filter, mask, shift) = (&set.filter[..], set.mask, set.shift);
        for (place, window) in folded.windows(4).enumerate() {
            let word = word_of(window);
            let bit = hash(word & mask) >> shift;
            if filter[(bit >> 6) as usize] & 1 << (bit & 63) != 0 {
                set.look(folded, place, word, &mut found);
            }
        }
        // At the end there are words of fewer bytes.
        for place in folded.len().saturating_sub(3)..folded.len() {
            let rest = &folded[place..];
            if set.bytes <= rest.len() {
                set.look(folded, place, word_of(rest), &mut found);
            }
        }
    }
}
