//! Patterns by some of their bytes: two bits for each hash say where it is worth to look, and most places are not.

use super::needle::{Needle, Way};

/// Words of 64 bits that a filter may have. The largest leaves room in the first cache: 32 KiB.
const SIZES: [usize; 4] = [32, 128, 512, 4_096];
/// For so many grams there is a word: of 64 hashes one or two pass the first test by chance.
const GRAMS_PER_WORD: usize = 1;
/// Grams that are tested at once: for most of these one question is enough.
const BLOCK: usize = 8;

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
        let enough = SIZES.into_iter().find(|words| grams.len() <= words * GRAMS_PER_WORD);
        let words = enough.unwrap_or(SIZES[SIZES.len() - 1]);
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
    /// first `length` of them are searched, and behind all of them stand zeros (`MARGIN_BYTES`).
    pub(super) fn search(&self, folded: &[u8], length: usize, mut look: impl FnMut(usize, usize)) {
        match self.filter.len() {
            32 => self.search_by::<32>(folded, length, &mut look),
            128 => self.search_by::<128>(folded, length, &mut look),
            512 => self.search_by::<512>(folded, length, &mut look),
            _ => self.search_by::<4_096>(folded, length, &mut look),
        }
    }

    fn search_by<const WORDS: usize>(&self, folded: &[u8], length: usize, look: &mut impl FnMut(usize, usize)) {
        let Some(filter) = self.filter.first_chunk::<WORDS>() else { return };
        match self.way {
            Way::Long => self.search_in_way::<WORDS, 4, 32>(filter, (folded, length), u32::MAX, look),
            Way::Middle => self.search_in_way::<WORDS, 2, 18>(filter, (folded, length), Way::Middle.mask(), look),
            Way::Short => self.search_in_way::<WORDS, 1, 11>(filter, (folded, length), Way::Short.mask(), look),
        }
    }

    /// `STEP` bytes are from one gram to the next, and `BYTES` are those of all grams of a block, and what is read with them.
    #[inline(always)]
    fn search_in_way<const WORDS: usize, const STEP: usize, const BYTES: usize>(
        &self,
        filter: &[u64; WORDS],
        (folded, length): (&[u8], usize),
        mask: u32,
        look: &mut impl FnMut(usize, usize),
    ) {
        for begin in (0..length).step_by(BLOCK * STEP) {
            let Some(block) = folded.get(begin..).and_then(|rest| rest.first_chunk::<BYTES>()) else { return };
            let grams: [u32; BLOCK] = std::array::from_fn(|number| {
                let place = number * STEP;
                u32::from_le_bytes([block[place], block[place + 1], block[place + 2], block[place + 3]]) & mask
            });
            if passes_any(filter, &grams) {
                self.look_at(filter, &grams, (begin, STEP), look);
            }
        }
    }

    /// Looks at those of some grams that pass the filter.
    fn look_at<const WORDS: usize>(
        &self,
        filter: &[u64; WORDS],
        grams: &[u32; BLOCK],
        (begin, step): (usize, usize),
        look: &mut impl FnMut(usize, usize),
    ) {
        for (number, gram) in grams.iter().enumerate() {
            if passes(filter, *gram) {
                self.look(*gram, begin + number * step, look);
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

/// May one of these grams be in the filter? Only the first bit of each is looked at.
#[inline(always)]
fn passes_any<const WORDS: usize>(filter: &[u64; WORDS], grams: &[u32; BLOCK]) -> bool {
    let any = grams.iter().fold(0, |any, gram| {
        let hash = hash(*gram);
        any | filter[word_of(hash, WORDS)] >> places(hash)[0]
    });
    any & 1 != 0
}

/// Are both bits of a gram in the filter?
#[inline(always)]
fn passes<const WORDS: usize>(filter: &[u64; WORDS], gram: u32) -> bool {
    let hash = hash(gram);
    let [one, other] = places(hash);
    let word = filter[word_of(hash, WORDS)];
    word >> one & word >> other & 1 != 0
}
