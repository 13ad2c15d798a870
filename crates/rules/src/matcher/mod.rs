//! Many patterns at once: which rules may match these bytes?
//!
//! Patterns of four bytes and more are found by their rarest four: a filter that stays in the cache tells most places apart
//! that have none of them. Shorter ones, of which there are few, have a double-array Aho-Corasick automaton. Both know
//! patterns in lower case only, and the bytes are folded before they are looked at: what depends on case is verified later,
//! with everything else that a rule says. Measured on 600 MB of mixed traffic with ET's rules: see the crate's documentation.

mod grams;
mod rarity;
#[cfg(test)]
mod tests;

pub use rarity::rarity;

use grams::{GRAM_BYTES, Grams};
use daachorse::DoubleArrayAhoCorasick;
use std::collections::HashMap;

/// Bytes of a pattern that are looked for; longer ones are verified.
const PATTERN_BYTES_MAX: usize = 16;

/// Collects patterns, each with the rules that wait for it.
#[derive(Debug, Default)]
pub struct Builder {
    places: HashMap<Vec<u8>, usize>,
    waiting: Vec<Vec<u32>>,
}

/// Finds the rules whose pattern is in some bytes.
pub struct Matcher {
    /// Patterns of fewer than four bytes.
    short: Option<DoubleArrayAhoCorasick<u32>>,
    grams: Option<Grams>,
    /// For each pattern of [`Matcher::grams`] its number.
    numbers: Vec<u32>,
    /// Where the rules of a pattern begin in `waiting`; one more than there are patterns.
    starts: Vec<u32>,
    waiting: Vec<u32>,
    longest: usize,
}

/// Memory that is used again from search to search.
#[derive(Debug, Default)]
pub struct Scratch {
    folded: Vec<u8>,
    /// In which search a pattern was last found.
    found_in: Vec<u32>,
    search: u32,
}

impl Builder {
    /// Adds a rule that can match only where these bytes are, in any case. Only the rarest part of long ones is looked for.
    pub fn add(&mut self, pattern: &[u8], rule: u32) {
        let pattern = rarest_part(pattern).to_ascii_lowercase();
        let next = self.waiting.len();
        let place = *self.places.entry(pattern).or_insert(next);
        if place == next {
            self.waiting.push(Vec::new());
        }
        self.waiting[place].push(rule);
    }

    /// The finder. `None` where there is no pattern, or where there are more than an automaton can hold.
    pub fn build(self) -> Option<Matcher> {
        if self.places.is_empty() {
            return None;
        }
        let longest = self.places.keys().map(Vec::len).max().unwrap_or(0);
        let mut patterns: Vec<(Vec<u8>, u32)> =
            self.places.into_iter().map(|(pattern, place)| (pattern, place as u32)).collect();
        patterns.sort_unstable();
        let (short, long): (Vec<_>, Vec<_>) = patterns.into_iter().partition(|(pattern, _)| pattern.len() < GRAM_BYTES);
        let short = if short.is_empty() { None } else { Some(DoubleArrayAhoCorasick::with_values(short).ok()?) };
        let grams = (!long.is_empty()).then(|| Grams::new(&long));
        let numbers = long.into_iter().map(|(_, number)| number).collect();
        let mut starts = vec![0];
        let mut waiting = Vec::new();
        for rules in self.waiting {
            waiting.extend(rules);
            starts.push(waiting.len() as u32);
        }
        Some(Matcher { short, grams, numbers, starts, waiting, longest })
    }
}

/// At most [`PATTERN_BYTES_MAX`] bytes of it, those that are met least.
fn rarest_part(pattern: &[u8]) -> &[u8] {
    if pattern.len() <= PATTERN_BYTES_MAX {
        return pattern;
    }
    let parts = pattern.windows(PATTERN_BYTES_MAX);
    parts.max_by_key(|part| rarity(part)).unwrap_or(pattern)
}

impl Matcher {
    /// Bytes of the longest pattern.
    pub fn longest(&self) -> usize {
        self.longest
    }

    /// Bytes that it takes.
    pub fn heap_bytes(&self) -> usize {
        let short = self.short.as_ref().map_or(0, DoubleArrayAhoCorasick::heap_bytes);
        let grams = self.grams.as_ref().map_or(0, Grams::heap_bytes);
        short + grams + 4 * (self.numbers.len() + self.starts.len() + self.waiting.len())
    }

    /// Every rule that waits for a pattern.
    pub fn rules(&self) -> &[u32] {
        &self.waiting
    }

    /// Adds the rules whose pattern is in `bytes`, each once for each pattern, in no order.
    pub fn search(&self, bytes: &[u8], scratch: &mut Scratch, rules: &mut Vec<u32>) {
        scratch.begin(self.starts.len());
        let Scratch { folded, found_in, search } = scratch;
        folded.clear();
        folded.extend(bytes.iter().map(u8::to_ascii_lowercase));
        let mut take = |pattern: usize| {
            if found_in[pattern] != *search {
                found_in[pattern] = *search;
                let (start, end) = (self.starts[pattern] as usize, self.starts[pattern + 1] as usize);
                rules.extend_from_slice(&self.waiting[start..end]);
            }
        };
        if let Some(grams) = &self.grams {
            grams.search(folded, |place| take(self.numbers[place] as usize));
        }
        if let Some(short) = &self.short {
            short.find_overlapping_iter(&*folded).for_each(|found| take(found.value() as usize));
        }
    }
}

impl Scratch {
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
