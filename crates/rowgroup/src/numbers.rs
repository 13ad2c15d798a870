//! Columns of numbers: held as they come, encoded when the group is complete.

use crate::chunk::{Chunk, Codec, Encoded, PageLevels, Scratch, finish_chunk};
use crate::codes::Codes;
use crate::delta::push_deltas;
use crate::intern::{CodeTable, hash_word};
use parquet::basic::Encoding;
use parquet::errors::Result;
use parquet::file::statistics::Statistics;
use parquet::schema::types::ColumnDescPtr;

/// Distinct numbers that a dictionary may have. More of them would make the table outgrow the cache, and
/// the dictionary would be a large part of the chunk.
const DICTIONARY_MAX: usize = 4096;
/// Numbers that decide whether a dictionary is tried: most are met again, or it is not.
const SAMPLE_VALUES: usize = 8192;

/// How numbers lie in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NumberKind {
    Int32,
    Int64,
    /// Held as their bits.
    Float64,
}

/// The values of a column, without the nulls.
pub(crate) struct Numbers {
    kind: NumberKind,
    values: Vec<i64>,
}

/// What a dictionary of numbers needs and the next column can use again.
#[derive(Default)]
pub(crate) struct NumberScratch {
    table: CodeTable,
    distinct: Vec<i64>,
    codes: Codes,
}

impl Numbers {
    pub(crate) fn new(kind: NumberKind) -> Numbers {
        Numbers { kind, values: Vec::new() }
    }

    pub(crate) fn extend(&mut self, values: impl Iterator<Item = i64>) {
        self.values.extend(values);
    }

    pub(crate) fn held_bytes(&self) -> usize {
        self.values.len() * 8
    }

    pub(crate) fn clear(&mut self) {
        self.values.clear();
    }

    pub(crate) fn chunk(
        &self,
        column: &ColumnDescPtr,
        levels: &PageLevels,
        numbers: &mut NumberScratch,
        scratch: &mut Scratch,
    ) -> Result<Chunk> {
        let range = range(&self.values);
        let statistics = self.statistics(range, levels.nulls);
        let Scratch { codec, dictionary, values } = scratch;
        values.clear();
        if !self.values.is_empty() && self.intern(range, numbers) {
            dictionary.clear();
            self.push_plain(&numbers.distinct, dictionary);
            numbers.codes.push_encoded(numbers.distinct.len(), codec, values)?;
            let dictionary = Some((dictionary.as_slice(), numbers.distinct.len()));
            let encoded = Encoded { dictionary, encoding: Encoding::RLE_DICTIONARY, values };
            return finish_chunk(column, levels, &encoded, statistics, codec);
        }
        let encoding = self.encoding(range, codec, values)?;
        self.push(&self.values, encoding, values);
        finish_chunk(column, levels, &Encoded { dictionary: None, encoding, values }, statistics, codec)
    }

    /// Fills the dictionary and the codes of `scratch`. False when there are too many distinct values.
    fn intern(&self, (min, max): (i64, i64), scratch: &mut NumberScratch) -> bool {
        let NumberScratch { table, distinct, codes } = scratch;
        distinct.clear();
        codes.clear();
        if min == max {
            distinct.push(min);
            codes.push_run(0, self.values.len());
            return true;
        }
        table.clear();
        let list = codes.list_all();
        for (row, value) in self.values.iter().enumerate() {
            let next = distinct.len() as u32;
            let code = table.code_of(hash_word(*value as u64), next, |code| distinct[code as usize] == *value);
            if code == next {
                distinct.push(*value);
                let is_many = distinct.len() > DICTIONARY_MAX.min(row.max(SAMPLE_VALUES) / 2);
                if is_many {
                    return false;
                }
            }
            list.push(code);
        }
        distinct.len() * 2 <= self.values.len().max(2)
    }

    /// Differences or plain numbers, whichever is smaller in a sample.
    fn encoding(&self, (min, max): (i64, i64), codec: &mut Codec, scratch: &mut Vec<u8>) -> Result<Encoding> {
        if self.values.is_empty() || !self.takes_deltas(min, max) {
            return Ok(Encoding::PLAIN);
        }
        let middle = self.values.len().saturating_sub(SAMPLE_VALUES) / 2;
        let sample = &self.values[middle..(middle + SAMPLE_VALUES).min(self.values.len())];
        let mut size = |encoding| -> Result<usize> {
            scratch.clear();
            self.push(sample, encoding, scratch);
            Ok(codec.compress(scratch)?.len().min(scratch.len()))
        };
        // Plain numbers cost six times as much, to compress them: they must be smaller by a seventh.
        let (plain, deltas) = (size(Encoding::PLAIN)?, size(Encoding::DELTA_BINARY_PACKED)?);
        scratch.clear();
        Ok(if plain + plain / 6 < deltas { Encoding::PLAIN } else { Encoding::DELTA_BINARY_PACKED })
    }

    /// No difference may overflow the type of the column.
    fn takes_deltas(&self, min: i64, max: i64) -> bool {
        let range = max.abs_diff(min);
        match self.kind {
            NumberKind::Int32 => range <= i32::MAX as u64 / 2,
            NumberKind::Int64 => range <= i64::MAX as u64 / 2,
            NumberKind::Float64 => false,
        }
    }

    fn push(&self, values: &[i64], encoding: Encoding, out: &mut Vec<u8>) {
        match encoding {
            Encoding::DELTA_BINARY_PACKED => push_deltas(values, out),
            _ => self.push_plain(values, out),
        }
    }

    fn push_plain(&self, values: &[i64], out: &mut Vec<u8>) {
        match self.kind {
            NumberKind::Int32 => push_bytes(values, |value| (value as i32).to_le_bytes(), out),
            _ => push_bytes(values, i64::to_le_bytes, out),
        }
    }

    fn statistics(&self, (min, max): (i64, i64), nulls: usize) -> Statistics {
        let is_known = !self.values.is_empty();
        let (min, max, nulls) = (is_known.then_some(min), is_known.then_some(max), Some(nulls as u64));
        match self.kind {
            NumberKind::Int32 => {
                Statistics::int32(min.map(|min| min as i32), max.map(|max| max as i32), None, nulls, false)
            }
            NumberKind::Int64 => Statistics::int64(min, max, None, nulls, false),
            NumberKind::Float64 => {
                let range = float_range(&self.values);
                Statistics::double(range.map(|range| range.0), range.map(|range| range.1), None, nulls, false)
            }
        }
    }
}

fn push_bytes<const N: usize>(values: &[i64], bytes: impl Fn(i64) -> [u8; N], out: &mut Vec<u8>) {
    let start = out.len();
    out.resize(start + values.len() * N, 0);
    let (places, _) = out[start..].as_chunks_mut::<N>();
    places.iter_mut().zip(values).for_each(|(place, value)| *place = bytes(*value));
}

fn range(values: &[i64]) -> (i64, i64) {
    values.iter().fold((i64::MAX, i64::MIN), |(min, max), value| (min.min(*value), max.max(*value)))
}

/// The least and greatest float. Parquet format, `ColumnOrder`: what is not a number does not count, and zeros are
/// taken for the lower and the upper one, since readers do not tell them apart.
fn float_range(bits: &[i64]) -> Option<(f64, f64)> {
    let numbers = bits.iter().map(|bits| f64::from_bits(*bits as u64)).filter(|value| !value.is_nan());
    let range = numbers.map(|value| (value, value)).reduce(|(min, max), (value, _)| (min.min(value), max.max(value)));
    range.map(|(min, max)| (if min == 0.0 { -0.0 } else { min }, if max == 0.0 { 0.0 } else { max }))
}
