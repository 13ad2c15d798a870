//! Patterns by some of their bytes: two bits for each hash say where it is worth to look, and most places are not.

use super::needle::{Needle, Way};

/// As many bits as leave room in the first cache: 32 KiB.
const FILTER_BITS_MAX: u32 = 18;
const FILTER_BITS_MIN: u32 = 10;
/// The filter has so many bits for a gram: of 64 hashes one passes by chance.
const BITS_PER_GRAM: usize = 16;
/// A word of the filter has 64 bits, and a list of grams.
const WORD_BITS: u32 = 6;
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
    /// Bits that a hash is moved down by to have its word in the filter.
    shift: u32,
    filter: Vec<u64>,
    /// For each word of the filter where its grams begin; one more than there are words.
    starts: Vec<u32>,
    grams: Vec<Gram>,
}

const fn hash(gram: u32) -> u32 {
    gram.wrapping_mul(0x9e37_79b1)
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
        let wanted = (grams.len() * BITS_PER_GRAM).next_power_of_two().ilog2();
        let word_bits = wanted.clamp(FILTER_BITS_MIN, FILTER_BITS_MAX) - WORD_BITS;
        let shift = 32 - word_bits;
        let mut filter = vec![0u64; 1 << word_bits];
        let mut starts = vec![0u32; (1 << word_bits) + 1];
        for gram in &grams {
            let hash = hash(gram.bytes);
            places(hash).iter().for_each(|place| filter[(hash >> shift) as usize] |= 1 << place);
            starts[(hash >> shift) as usize + 1] += 1;
        }
        for place in 1..starts.len() {
            starts[place] += starts[place - 1];
        }
        Grams { way, shift, filter, starts, grams }
    }

    /// Bytes of memory.
    pub(super) fn heap_bytes(&self) -> usize {
        self.filter.len() * 8 + self.starts.len() * 4 + size_of_val(&self.grams[..])
    }

    /// Calls `look` with each place where one of the patterns may begin, and that pattern's number. The bytes are in lower case; the
    /// first `length` of them are searched, and there are some more.
    pub(super) fn search(&self, folded: &[u8], length: usize, mut look: impl FnMut(usize, usize)) {
        let step = self.way.step();
        let block_bytes = BLOCK * step;
        let mut passing = [0u8; BLOCK];
        // The last words may end in zeros.
        let end = folded.len().min(length + 4 - self.way.bytes());
        for begin in (0..end).step_by(block_bytes) {
            let block = &folded[begin..end.min(begin + block_bytes + 4 - step.min(4))];
            let count = match self.way {
                Way::Long => self.filter::<4>(block, &mut passing),
                Way::Middle => self.filter::<2>(block, &mut passing),
                Way::Short => self.filter::<1>(block, &mut passing),
            };
            for number in &passing[..count] {
                let place = usize::from(*number) * step;
                self.look(block, (begin, place), &mut look);
            }
        }
    }

    /// Writes down which of the places of a block pass the filter, and returns how many they are.
    #[inline(always)]
    fn filter<const STEP: usize>(&self, block: &[u8], passing: &mut [u8; BLOCK]) -> usize {
        let (filter, mask, shift) = (&self.filter[..], self.way.mask(), self.shift & 31);
        let mut count = 0;
        for (number, window) in block.windows(4).step_by(STEP).take(BLOCK).enumerate() {
            let Some(four) = window.first_chunk() else { break };
            let hash = hash(u32::from_le_bytes(*four) & mask);
            let [one, other] = places(hash);
            let word = filter.get((hash >> shift) as usize).copied().unwrap_or_default();
            passing[count & (BLOCK - 1)] = number as u8;
            count += (word >> one & word >> other & 1) as usize;
        }
        count.min(BLOCK)
    }

    fn look(&self, block: &[u8], (begin, place): (usize, usize), look: &mut impl FnMut(usize, usize)) {
        let Some(four) = block.get(place..).and_then(|rest| rest.first_chunk()) else { return };
        let bytes = u32::from_le_bytes(*four) & self.way.mask();
        let word = (hash(bytes) >> self.shift) as usize;
        let grams = &self.grams[self.starts[word] as usize..self.starts[word + 1] as usize];
        for gram in grams.iter().filter(|gram| gram.bytes == bytes) {
            if let Some(place) = (begin + place).checked_sub(usize::from(gram.before)) {
                look(place, gram.needle as usize);
            }
        }
    }
}
