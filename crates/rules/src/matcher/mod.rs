//! Many patterns at once: which rules may match these bytes?
//!
//! Patterns are found by some of their rarest bytes: a filter that stays in the cache tells most places apart that have none of
//! them, and what is left is compared. Long patterns are known by several of their parts, so that not each place of the
//! traffic has to be looked at; a few patterns are looked for one by one, which is faster still. It knows patterns in lower case
//! only, and the bytes are folded before they are looked at: what depends on case is verified later, with everything else that a
//! rule says. `benches/rules` measures it on mixed traffic with ET's rules.

mod grams;
mod needle;
mod rarity;
#[cfg(test)]
mod tests;

pub use needle::Needle;
pub(crate) use rarity::byte_rarity;
pub use rarity::rarity;

use grams::Grams;
use memchr::memmem::Finder;
use needle::{NEEDLE_BYTES_MAX, Way};

/// So many long patterns join those of middle length, where these are looked for: their own pass would cost more.
const JOINING_MAX: usize = 64;

/// Zeros behind what is searched, so that it can be read in blocks.
const MARGIN_BYTES: usize = 32;

/// Finds the rules whose pattern is in some bytes.
pub struct Matcher {
    needles: Vec<Needle>,
    /// Those that are looked for one by one.
    single: Vec<(Finder<'static>, u32)>,
    /// The others, by how they are found.
    sets: Vec<Grams>,
    /// Where the rules of a pattern begin in `waiting`; one more than there are patterns.
    starts: Vec<u32>,
    waiting: Vec<u32>,
    longest: usize,
}

/// What is searched, in lower case, and memory that is used again from search to search.
#[derive(Debug, Default)]
pub struct Scratch {
    /// The bytes, and zeros behind them.
    folded: Vec<u8>,
    /// In which search a pattern was last found.
    found_in: Vec<u32>,
    search: u32,
}

/// Patterns with their numbers.
type Numbered = Vec<(u32, Needle)>;

/// Patterns by the way in which they are found together.
fn by_way(needles: &[Needle], bytes: usize) -> [(Option<Way>, Numbered); 4] {
    let of = |way: Option<Way>| -> Numbered {
        (0..).zip(needles.iter().copied()).filter(|(_, needle)| needle.way() == way).collect()
    };
    let (mut long, mut middle) = (of(Some(Way::Long)), of(Some(Way::Middle)));
    if middle.len() > Way::Middle.few(bytes) && long.len() <= JOINING_MAX {
        middle.extend(long.drain(..).map(|(number, needle)| (number, needle.in_middle())));
    }
    [(Some(Way::Long), long), (Some(Way::Middle), middle), (Some(Way::Short), of(Some(Way::Short))), (None, of(None))]
}

impl Matcher {
    /// Finds rules that can match only where a pattern is, in any case. `None` where there is no rule. `bytes`: about how many
    /// are searched at a time? What is found does not depend on it.
    pub fn new(mut rules: Vec<(Needle, u32)>, bytes: usize) -> Option<Matcher> {
        rules.sort_unstable();
        let mut needles: Vec<Needle> = Vec::new();
        let mut starts = Vec::new();
        for (place, (needle, _)) in rules.iter().enumerate() {
            if needles.last() != Some(needle) {
                needles.push(*needle);
                starts.push(place as u32);
            }
        }
        starts.push(rules.len() as u32);
        let longest = needles.iter().map(Needle::len).max()?;
        let (mut single, mut sets) = (Vec::new(), Vec::new());
        for (way, own) in by_way(&needles, bytes) {
            match way {
                Some(way) if own.len() > way.few(bytes) => sets.push(Grams::new(way, &own)),
                _ => single.extend(own.iter().map(|(number, it)| (Finder::new(&it.bytes()).into_owned(), *number))),
            }
        }
        let waiting = rules.into_iter().map(|(_, rule)| rule).collect();
        Some(Matcher { single, sets, waiting, needles, starts, longest })
    }

    /// Bytes of the longest pattern.
    pub fn longest(&self) -> usize {
        self.longest
    }

    /// Bytes that it takes.
    pub fn heap_bytes(&self) -> usize {
        let sets: usize = self.sets.iter().map(Grams::heap_bytes).sum();
        let single = self.single.len() * (size_of::<Finder<'_>>() + NEEDLE_BYTES_MAX);
        sets + single + size_of_val(&self.needles[..]) + 4 * (self.starts.len() + self.waiting.len())
    }

    /// How many patterns there are of each length.
    pub fn lengths(&self) -> [usize; NEEDLE_BYTES_MAX + 1] {
        let mut lengths = [0; NEEDLE_BYTES_MAX + 1];
        self.needles.iter().for_each(|needle| lengths[needle.len()] += 1);
        lengths
    }

    /// Every rule that waits for a pattern.
    pub fn rules(&self) -> &[u32] {
        &self.waiting
    }

    /// Adds the rules whose pattern is in the first so many bytes of the scratch, each once for each pattern, in no order.
    pub fn search(&self, length: usize, scratch: &mut Scratch, rules: &mut Vec<u32>) {
        let length = length.min(scratch.len());
        if length == 0 {
            return;
        }
        scratch.begin(self.needles.len());
        let Scratch { folded, found_in, search } = scratch;
        let waiting = |number: usize| &self.waiting[self.starts[number] as usize..self.starts[number + 1] as usize];
        for (finder, number) in &self.single {
            if finder.find(&folded[..length]).is_some() {
                rules.extend_from_slice(waiting(*number as usize));
            }
        }
        for set in &self.sets {
            set.search(folded, length, |begin, number| {
                if found_in[number] != *search && self.needles[number].is_at(folded, begin, length) {
                    found_in[number] = *search;
                    rules.extend_from_slice(waiting(number));
                }
            });
        }
    }
}

impl Scratch {
    /// Takes the bytes that are searched next.
    pub fn fold(&mut self, bytes: &[u8]) {
        self.folded.clear();
        self.folded.extend(bytes.iter().map(u8::to_ascii_lowercase));
        self.folded.extend([0; MARGIN_BYTES]);
    }

    /// How many bytes it has taken.
    pub fn len(&self) -> usize {
        self.folded.len().saturating_sub(MARGIN_BYTES)
    }

    /// Are there none?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn begin(&mut self, patterns: usize) {
        if self.found_in.len() < patterns {
            self.found_in.resize(patterns, 0);
        }
        self.search = self.search.wrapping_add(1);
        if self.search == 0 {
            self.found_in.fill(0);
            self.search = 1;
        }
    }
}
