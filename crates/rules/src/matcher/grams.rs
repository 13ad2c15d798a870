//! Patterns by their rarest four bytes: a bit for each hash says where it is worth to look, and most places are not.

use super::rarity;

/// Bytes that a place is judged by.
pub(super) const GRAM_BYTES: usize = 4;
/// Bits of the hashes that have a bit each: 32 KiB of them stay in the first cache.
const FILTER_BITS: u32 = 18;
/// Bits of the hashes that have a list each.
const BUCKET_BITS: u32 = 16;

/// A pattern, found by four of its bytes.
struct Entry {
    gram: u32,
    pattern: u32,
    /// Bytes of the pattern before these four.
    before: u8,
}

/// Patterns of four bytes and more.
pub(super) struct Grams {
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

fn gram_at(bytes: &[u8]) -> u32 {
    bytes.first_chunk().map_or(0, |four| u32::from_le_bytes(*four))
}

impl Grams {
    /// Patterns in lower case, each of four bytes at least, with its number.
    pub(super) fn new(patterns: &[(Vec<u8>, u32)]) -> Grams {
        let mut text = Vec::new();
        let mut ends = vec![0];
        let mut entries = Vec::with_capacity(patterns.len());
        for (place, (pattern, _)) in patterns.iter().enumerate() {
            text.extend_from_slice(pattern);
            ends.push(text.len() as u32);
            let grams = pattern.windows(GRAM_BYTES).enumerate().take(usize::from(u8::MAX));
            let (before, rarest) = grams.max_by_key(|(_, gram)| rarity(gram)).unwrap_or_default();
            entries.push(Entry { gram: gram_at(rarest), pattern: place as u32, before: before as u8 });
        }
        entries.sort_by_key(|entry| hash(entry.gram));
        let mut filter = vec![0u64; 1 << (FILTER_BITS - 6)];
        let mut starts = vec![0u32; (1 << BUCKET_BITS) + 1];
        for entry in &entries {
            let bit = hash(entry.gram) >> (32 - FILTER_BITS);
            filter[(bit >> 6) as usize] |= 1 << (bit & 63);
            starts[(hash(entry.gram) >> (32 - BUCKET_BITS)) as usize + 1] += 1;
        }
        for place in 1..starts.len() {
            starts[place] += starts[place - 1];
        }
        Grams { filter, starts, entries, text, ends }
    }

    /// Bytes of memory.
    pub(super) fn heap_bytes(&self) -> usize {
        self.filter.len() * 8 + self.starts.len() * 4 + self.entries.len() * size_of::<Entry>() + self.text.len()
    }

    /// Calls `found` with the place in the list of each pattern that is in the bytes, which are in lower case.
    pub(super) fn search(&self, folded: &[u8], mut found: impl FnMut(usize)) {
        for (place, window) in folded.windows(GRAM_BYTES).enumerate() {
            let gram = gram_at(window);
            let hash = hash(gram);
            let bit = hash >> (32 - FILTER_BITS);
            if self.filter[(bit >> 6) as usize] & 1 << (bit & 63) != 0 {
                self.look(folded, place, gram, hash, &mut found);
            }
        }
    }

    #[inline(never)]
    fn look(&self, folded: &[u8], place: usize, gram: u32, hash: u32, found: &mut impl FnMut(usize)) {
        let bucket = (hash >> (32 - BUCKET_BITS)) as usize;
        let (start, end) = (self.starts[bucket] as usize, self.starts[bucket + 1] as usize);
        for entry in &self.entries[start..end] {
            let Some(begin) = place.checked_sub(usize::from(entry.before)).filter(|_| entry.gram == gram) else { continue };
            let pattern = entry.pattern as usize;
            let text = &self.text[self.ends[pattern] as usize..self.ends[pattern + 1] as usize];
            if folded[begin..].starts_with(text) {
                found(pattern);
            }
        }
    }
}
