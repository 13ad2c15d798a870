//! Dictionary codes: one per value, or one for all of them.

use crate::chunk::Codec;
use crate::hybrid::{bits_of, push_codes, push_run};
use parquet::errors::Result;

/// Codes that decide about their width.
const SAMPLE_CODES: usize = 4096;

/// The codes of a column. While all are the same, only their number is kept.
#[derive(Default)]
pub(crate) struct Codes {
    same: u32,
    same_count: usize,
    list: Vec<u32>,
}

impl Codes {
    pub(crate) fn len(&self) -> usize {
        self.same_count + self.list.len()
    }

    /// `count` times the same code.
    pub(crate) fn push_run(&mut self, code: u32, count: usize) {
        if self.list.is_empty() && (self.same_count == 0 || self.same == code) {
            self.same = code;
            self.same_count += count;
        } else {
            self.list_all().extend(std::iter::repeat_n(code, count));
        }
    }

    /// The list, for codes that differ.
    pub(crate) fn list_all(&mut self) -> &mut Vec<u32> {
        let same = std::mem::take(&mut self.same_count);
        if same > 0 {
            self.list.resize(same, self.same);
        }
        &mut self.list
    }

    pub(crate) fn clear(&mut self) {
        self.same_count = 0;
        self.list.clear();
    }

    /// Appends the codes as a data page has them: width in bits, then runs. `count` is the size of the dictionary.
    pub(crate) fn push_encoded(&mut self, count: usize, codec: &mut Codec, out: &mut Vec<u8>) -> Result<()> {
        let least = bits_of(count.saturating_sub(1) as u32);
        if self.list.is_empty() {
            out.push(least as u8);
            push_run(self.same, self.same_count, least, out);
            return Ok(());
        }
        let width = width(&self.list, least, codec, out)?;
        out.push(width as u8);
        push_codes(&self.list, width, out);
        Ok(())
    }
}

/// The least bits, or as many as fill whole bytes: zstd finds what repeats only in whole bytes.
fn width(codes: &[u32], least: u32, codec: &mut Codec, scratch: &mut Vec<u8>) -> Result<u32> {
    let whole = least.next_multiple_of(8);
    if least < 4 || whole == least || whole > 16 {
        return Ok(least);
    }
    let middle = codes.len().saturating_sub(SAMPLE_CODES) / 2;
    let sample = &codes[middle..(middle + SAMPLE_CODES).min(codes.len())];
    let mut size = |width| -> Result<usize> {
        let start = scratch.len();
        push_codes(sample, width, scratch);
        let packed = scratch.len() - start;
        let size = codec.compress(&scratch[start..])?.len().min(packed);
        scratch.truncate(start);
        Ok(size)
    };
    // Wider codes cost the time to compress them: they must be smaller by a sixteenth.
    let (narrow, wide) = (size(least)?, size(whole)?);
    Ok(if wide + wide / 16 < narrow { whole } else { least })
}
