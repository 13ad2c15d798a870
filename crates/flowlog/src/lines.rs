//! Where the fields and lines of a piece of text end: found 64 bytes at a time, before any field is read.
//!
//! The first pass turns bytes into positions without a branch per byte (Langdale and Lemire, "Parsing
//! Gigabytes of JSON per Second", 2019, stage 1); the second pass visits only what is wanted.

use wide::u8x16;

/// Positions of separators (delimiters and line feeds) in one piece of text.
#[derive(Default)]
pub(crate) struct LineIndex {
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
    /// Indexes `text`. Text behind the last line feed is not part of any line.
    pub(crate) fn build(&mut self, text: &[u8], delimiter: u8) {
        self.count = 0;
        self.lines.clear();
        (self.has_gaps, self.after_separator) = (false, true);
        let (blocks, tail) = text.as_chunks::<64>();
        for (number, block) in blocks.iter().enumerate() {
            self.push_block(block, number * 64, delimiter);
        }
        if !tail.is_empty() {
            let mut block = [0; 64];
            block[..tail.len()].copy_from_slice(tail);
            self.push_block(&block, blocks.len() * 64, delimiter);
        }
    }

    #[inline]
    fn push_block(&mut self, block: &[u8; 64], base: usize, delimiter: u8) {
        let (delimiters, feeds) = (mask_of(block, delimiter), mask_of(block, b'\n'));
        let mut bits = delimiters | feeds;
        self.has_gaps |= bits & (bits << 1 | u64::from(self.after_separator)) != 0;
        self.after_separator = bits >> 63 == 1;
        let before = self.count as u32;
        let base = base as u32;
        // Eight at a time without a branch each; what is too much is overwritten by the next block.
        let count = bits.count_ones() as usize;
        if self.ends.len() < self.count + 64 {
            self.ends.resize((self.count + 64) * 2, 0);
        }
        for eight in self.ends[self.count..self.count + 64].as_chunks_mut::<8>().0.iter_mut().take(count.div_ceil(8)) {
            for end in eight {
                *end = base + bits.trailing_zeros();
                bits &= bits.wrapping_sub(1);
            }
        }
        self.count += count;
        let mut feeds_left = feeds;
        while feeds_left != 0 {
            let up_to = feeds_left ^ (feeds_left - 1);
            self.lines.push(before + ((delimiters | feeds) & up_to).count_ones());
            feeds_left &= feeds_left - 1;
        }
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

/// Bit i is set where byte i of the block is `byte`.
#[inline]
fn mask_of(block: &[u8; 64], byte: u8) -> u64 {
    let wanted = u8x16::splat(byte);
    let (quarters, _) = block.as_chunks::<16>();
    let mask = |quarter: &[u8; 16]| u64::from(u8x16::new(*quarter).simd_eq(wanted).to_bitmask());
    quarters.iter().rev().fold(0, |mask_so_far, quarter| mask_so_far << 16 | mask(quarter))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fields(text: &[u8]) -> Vec<Vec<Vec<u8>>> {
        let mut index = LineIndex::default();
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
