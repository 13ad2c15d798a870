//! Patterns by some of their bytes: two bits for each hash say where it is worth to look, and most places are not.

use super::needle::Needle;

/// As many bits as leave room in the first cache: 32 KiB.
const FILTER_BITS_MAX: u32 = 18;
const FILTER_BITS_MIN: u32 = 10;
/// The filter has so many bits for a pattern: of 256 hashes one passes by chance.
const BITS_PER_PATTERN: usize = 32;
/// So many words of the filter share a list of patterns.
const WORD_BITS: u32 = 6;

/// A pattern, found by some of its bytes.
#[derive(Clone, Copy)]
struct Entry {
    gram: u32,
    needle: u32,
}

/// Patterns that are found by the same number of their bytes.
pub(super) struct Grams {
    mask: u32,
    /// Bits that a hash is moved down by to have its word in the filter.
    shift: u32,
    filter: Vec<u64>,
    /// For each word of the filter where its entries begin; one more than there are words.
    starts: Vec<u32>,
    entries: Vec<Entry>,
}

const fn hash(gram: u32) -> u32 {
    gram.wrapping_mul(0x9e37_79b1)
}

/// The bits of a hash in its word of the filter: from below the twelve that say which word it is.
const fn bits(hash: u32) -> u64 {
    1 << (hash >> 14 & 63) | 1 << (hash >> 8 & 63)
}

/// The bits of the first so many bytes in a word of four.
pub(super) const fn mask(bytes: usize) -> u32 {
    u32::MAX >> (32 - 8 * bytes as u32)
}

impl Grams {
    /// Those of these patterns that are found by so many bytes; `None` where there are none.
    pub(super) fn new(bytes: usize, needles: &[Needle]) -> Option<Grams> {
        let own = (0..).zip(needles).filter(|(_, needle)| needle.gram_bytes() == bytes);
        let mut entries: Vec<Entry> = own.map(|(place, needle)| Entry { gram: needle.gram(), needle: place }).collect();
        if entries.is_empty() {
            return None;
        }
        entries.sort_by_key(|entry| hash(entry.gram));
        let wanted = (entries.len() * BITS_PER_PATTERN).next_power_of_two().ilog2();
        let word_bits = wanted.clamp(FILTER_BITS_MIN, FILTER_BITS_MAX) - WORD_BITS;
        let shift = 32 - word_bits;
        let mut filter = vec![0u64; 1 << word_bits];
        let mut starts = vec![0u32; (1 << word_bits) + 1];
        for entry in &entries {
            let hash = hash(entry.gram);
            filter[(hash >> shift) as usize] |= bits(hash);
            starts[(hash >> shift) as usize + 1] += 1;
        }
        for place in 1..starts.len() {
            starts[place] += starts[place - 1];
        }
        Some(Grams { mask: mask(bytes), shift, filter, starts, entries })
    }

    /// How many patterns there are.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Bytes of memory.
    pub(super) fn heap_bytes(&self) -> usize {
        self.filter.len() * 8 + self.starts.len() * 4 + self.entries.len() * size_of::<Entry>()
    }

    /// Calls `look` with each place where one of the patterns may be, and that pattern's number. The bytes are in lower case.
    pub(super) fn search(&self, folded: &[u8], mut look: impl FnMut(usize, usize)) {
        let (filter, mask, shift) = (&self.filter[..], self.mask, self.shift);
        for (place, window) in folded.windows(4).enumerate() {
            let Some(four) = window.first_chunk() else { break };
            let gram = u32::from_le_bytes(*four) & mask;
            let hash = hash(gram);
            let wanted = bits(hash);
            if filter[(hash >> shift) as usize] & wanted == wanted {
                self.entries_of(hash, gram).for_each(|needle| look(place, needle));
            }
        }
    }

    fn entries_of(&self, hash: u32, gram: u32) -> impl Iterator<Item = usize> + '_ {
        let word = (hash >> self.shift) as usize;
        let entries = &self.entries[self.starts[word] as usize..self.starts[word + 1] as usize];
        entries.iter().filter(move |entry| entry.gram == gram).map(|entry| entry.needle as usize)
    }
}
