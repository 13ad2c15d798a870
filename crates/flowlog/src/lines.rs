//! Where the fields and lines of a piece of text end: found 64 bytes at a time, before any field is read.
//!
//! The first pass turns bytes into positions without a branch per byte (Langdale and Lemire, "Parsing
//! Gigabytes of JSON per Second", 2019, stage 1); the second pass visits only what is wanted. The first pass is
//! compiled for several generations of processors, and the best is chosen as the program runs.

use fearless_simd::prelude::*;
use fearless_simd::{Level, Simd, dispatch, u8x64};

/// Separators that are written down for every block without asking how many there are: more than most have.
const SEPARATORS_EXPECTED: usize = 12;

/// Positions of separators (delimiters and line feeds) in one piece of text.
pub(crate) struct LineIndex {
    /// What the processor can do.
    level: Level,
    /// Byte positions of every delimiter and line feed; only the first `count` are of this text.
    ends: Vec<u32>,
    count: usize,
    /// For every complete line: how many entries of `ends` come before its line's end, itself included.
    lines: Vec<u32>,
    /// Two separators stand next to each other somewhere.
    has_gaps: bool,
    /// The last byte of the block before was a separator.
    after_separator: bool,
}

/// One complete line: its bytes' range and the ends of its fields.
pub(crate) struct Line<'a> {
    /// Where the line begins.
    pub(crate) start: usize,
    /// Where each field ends; the last one is the line feed's position.
    pub(crate) ends: &'a [u32],
    /// Some piece of the text has two delimiters in a row.
    text_has_gaps: bool,
}

impl Line<'_> {
    /// Has this line an empty field that may be no field at all: two spaces in a row?
    #[inline]
    pub(crate) fn has_gap(&self, delimiter: u8) -> bool {
        let at_start = self.ends.first().is_some_and(|end| *end as usize == self.start);
        self.text_has_gaps && delimiter != b',' && (at_start || self.ends.windows(2).any(|pair| pair[0] + 1 == pair[1]))
    }
}

impl LineIndex {
    pub(crate) fn new() -> LineIndex {
        LineIndex {
            level: Level::new(),
            ends: Vec::new(),
            count: 0,
            lines: Vec::new(),
            has_gaps: false,
            after_separator: false,
        }
    }

    /// Indexes `text`. Text behind the last line feed is not part of any line.
    pub(crate) fn build(&mut self, text: &[u8], delimiter: u8) {
        self.count = 0;
        self.lines.clear();
        (self.has_gaps, self.after_separator) = (false, true);
        // Room for a text of separators only, and for what is written down too much.
        if self.ends.len() < text.len() + 64 {
            self.ends.resize(text.len() + 64, 0);
        }
        let level = self.level;
        dispatch!(level, simd => self.push_blocks(simd, text, delimiter));
    }

    #[inline(always)]
    fn push_blocks<S: Simd>(&mut self, simd: S, text: &[u8], delimiter: u8) {
        let (blocks, tail) = text.as_chunks::<64>();
        for (number, block) in blocks.iter().enumerate() {
            self.push_block(simd, block, number * 64, delimiter);
        }
        if !tail.is_empty() {
            let mut block = [0; 64];
            block[..tail.len()].copy_from_slice(tail);
            self.push_block(simd, &block, blocks.len() * 64, delimiter);
        }
    }

    #[inline(always)]
    fn push_block<S: Simd>(&mut self, simd: S, block: &[u8; 64], base: usize, delimiter: u8) {
        let block = u8x64::from_slice(simd, block);
        let feeds = block.simd_eq(u8x64::splat(simd, b'\n')).to_bitmask();
        let separators = block.simd_eq(u8x64::splat(simd, delimiter)).to_bitmask() | feeds;
        self.has_gaps |= separators & (separators << 1 | u64::from(self.after_separator)) != 0;
        self.after_separator = separators >> 63 == 1;
        let before = self.count as u32;
        self.push_ends(separators, base as u32);
        let mut feeds_left = feeds;
        while feeds_left != 0 {
            let up_to = feeds_left ^ (feeds_left - 1);
            self.lines.push(before + (separators & up_to).count_ones());
            feeds_left &= feeds_left - 1;
        }
    }

    /// Writes down where the bits are set. What is too much is overwritten by the next block.
    #[inline(always)]
    fn push_ends(&mut self, mut separators: u64, base: u32) {
        let count = separators.count_ones() as usize;
        let ends = &mut self.ends[self.count..self.count + 64];
        let (expected, others) = ends.split_at_mut(SEPARATORS_EXPECTED);
        for end in expected {
            *end = base + separators.trailing_zeros();
            separators &= separators.wrapping_sub(1);
        }
        for end in others.iter_mut().take(count.saturating_sub(SEPARATORS_EXPECTED)) {
            *end = base + separators.trailing_zeros();
            separators &= separators.wrapping_sub(1);
        }
        self.count += count;
    }

    /// Complete lines, in order.
    pub(crate) fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        let mut first = 0;
        let mut start = 0;
        self.lines.iter().map(move |&past| {
            let ends = &self.ends[first..past as usize];
            let line = Line { start, ends, text_has_gaps: self.has_gaps };
            first = past as usize;
            start = ends.last().map_or(start, |feed| *feed as usize + 1);
            line
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fields(text: &[u8]) -> Vec<Vec<Vec<u8>>> {
        let mut index = LineIndex::new();
        index.build(text, b' ');
        let line_fields = |line: Line<'_>| {
            let mut start = line.start;
            let field = |&end: &u32| {
                let field = text[start..end as usize].to_vec();
                start = end as usize + 1;
                field
            };
            line.ends.iter().map(field).collect()
        };
        index.lines().map(line_fields).collect()
    }

    proptest! {
        #[test]
        fn agrees_with_splitting_by_hand(text in "[ab \n]{0,300}") {
            let complete = &text[..text.rfind('\n').map_or(0, |at| at + 1)];
            let expected: Vec<Vec<Vec<u8>>> = complete
                .split_terminator('\n')
                .map(|line| line.split(' ').map(|field| field.as_bytes().to_vec()).collect())
                .collect();
            prop_assert_eq!(fields(text.as_bytes()), expected);
        }
    }
}
