//! Text as view columns, with repeated values kept once per batch.
//!
//! Flow logs repeat: the same account, interface and verdict stand in thousands of rows. While a batch is built, a row
//! is the number of its value among the batch's values; a small direct-mapped cache finds the number again. Arrow then
//! checks each value once, not each row, and its buffer holds each value about once.

use crate::column::Nulls;
use arrow_array::{ArrayRef, StringViewArray, UInt32Array};
use arrow_buffer::{Buffer, ScalarBuffer};
use arrow_schema::ArrowError;

/// Slots of the cache of earlier values.
const CACHE_SLOTS: usize = 256;
/// Text up to this length lies in the view itself (Arrow columnar format).
const INLINE_BYTES_MAX: usize = 12;

/// A value seen earlier in this batch.
#[derive(Clone, Copy, Default)]
struct Seen {
    view: u128,
    /// Its place among the values plus one; 0 is an empty slot.
    number: u32,
}

/// A column of text being built.
pub(crate) struct TextColumn {
    /// Per row: which of the values it has. Of a null row it means nothing.
    rows: Vec<u32>,
    /// Views of the values, in the order in which they came.
    values: Vec<u128>,
    buffer: Vec<u8>,
    cache: Box<[Seen; CACHE_SLOTS]>,
    nulls: Nulls,
    /// What rows have that are not set, instead of null.
    default: Option<Box<str>>,
}

impl Default for TextColumn {
    fn default() -> Self {
        TextColumn {
            rows: Vec::new(),
            values: Vec::new(),
            buffer: Vec::new(),
            cache: Box::new([Seen::default(); CACHE_SLOTS]),
            nulls: Nulls::default(),
            default: None,
        }
    }
}

impl TextColumn {
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Text that may not be UTF-8; what is not is replaced by U+FFFD.
    #[inline]
    pub(crate) fn set_bytes(&mut self, row: usize, text: &[u8]) {
        // Every value in the cache is UTF-8, so only a new one needs a look.
        match self.seen(text) {
            Some(value) => self.set_value(row, value),
            None => self.set_new(row, &String::from_utf8_lossy(text)),
        }
    }

    #[inline]
    pub(crate) fn set(&mut self, row: usize, text: &str) {
        match self.seen(text.as_bytes()) {
            Some(value) => self.set_value(row, value),
            None => self.set_new(row, text),
        }
    }

    fn set_new(&mut self, row: usize, text: &str) {
        let value = self.seen(text.as_bytes()).unwrap_or_else(|| self.push_value(text.as_bytes()));
        self.set_value(row, value);
    }

    #[inline]
    fn set_value(&mut self, row: usize, value: u32) {
        if self.rows.len() != row {
            self.pad(row);
            self.rows.truncate(row);
        }
        self.rows.push(value);
    }

    /// The number of a value that the cache remembers.
    #[inline]
    fn seen(&self, text: &[u8]) -> Option<u32> {
        let (is_same, number) = if text.len() <= INLINE_BYTES_MAX {
            let view = inline_view(text);
            let seen = &self.cache[slot_of_short(view)];
            (seen.view == view, seen.number)
        } else {
            let seen = &self.cache[slot_of_long(text)];
            let offset = (seen.view >> 96) as usize;
            let is_same_length = seen.view as u32 as usize == text.len();
            (is_same_length && self.buffer.get(offset..offset + text.len()) == Some(text), seen.number)
        };
        if is_same { number.checked_sub(1) } else { None }
    }

    #[cold]
    fn push_value(&mut self, text: &[u8]) -> u32 {
        let (view, slot) = if text.len() <= INLINE_BYTES_MAX {
            let view = inline_view(text);
            (view, slot_of_short(view))
        } else {
            let prefix = u32::from_le_bytes([text[0], text[1], text[2], text[3]]);
            // INVARIANT: a batch is bounded by its rows and a record by its limit, far below 4 GiB.
            let offset = self.buffer.len() as u32;
            self.buffer.extend_from_slice(text);
            let view = text.len() as u128 | u128::from(prefix) << 32 | u128::from(offset) << 96;
            (view, slot_of_long(text))
        };
        self.values.push(view);
        let number = self.values.len() as u32;
        self.cache[slot] = Seen { view, number };
        number - 1
    }

    #[cold]
    pub(crate) fn pad(&mut self, rows: usize) {
        if self.rows.len() < rows {
            let value = match self.default.take() {
                Some(text) => {
                    let value = self.seen(text.as_bytes()).unwrap_or_else(|| self.push_value(text.as_bytes()));
                    self.default = Some(text);
                    value
                }
                None => {
                    self.nulls.pad(self.rows.len(), rows);
                    0
                }
            };
            self.rows.resize(rows, value);
        }
    }

    pub(crate) fn set_default(&mut self, rows: usize, default: Option<&str>) {
        self.pad(rows);
        self.default = default.map(Into::into);
    }

    pub(crate) fn truncate(&mut self, rows: usize) {
        self.rows.truncate(rows);
        self.nulls.truncate(rows);
    }

    pub(crate) fn finish(&mut self, rows: usize) -> Result<ArrayRef, ArrowError> {
        self.pad(rows);
        if self.values.is_empty() {
            // Every row is null.
            self.values.push(0);
        }
        self.cache.fill(Seen::default());
        let buffers = match self.buffer.is_empty() {
            true => Vec::new(),
            false => vec![Buffer::from(std::mem::take(&mut self.buffer))],
        };
        let values = StringViewArray::try_new(ScalarBuffer::from(std::mem::take(&mut self.values)), buffers, None)?;
        let rows_of_values = std::mem::replace(&mut self.rows, Vec::with_capacity(rows));
        let numbers = UInt32Array::try_new(ScalarBuffer::from(rows_of_values), self.nulls.finish(rows))?;
        arrow_select::take::take(&values, &numbers, None)
    }
}

/// A view that holds its text: length, then up to 12 bytes.
#[inline]
fn inline_view(text: &[u8]) -> u128 {
    let word = |at: usize| text[at..].first_chunk::<4>().map_or(0, |chunk| u128::from(u32::from_le_bytes(*chunk)));
    let length = text.len();
    // Loads that overlap, so that a text of any length takes two or three.
    let bytes = match length {
        0 => 0,
        1..=3 => {
            let [first, middle, last] = [0, length / 2, length - 1].map(|at| u128::from(text[at]) << (at * 8));
            first | middle | last
        }
        4..=8 => word(0) | word(length - 4) << ((length - 4) * 8),
        _ => word(0) | word(4) << 32 | word(length - 4) << ((length - 4) * 8),
    };
    length as u128 | bytes << 32
}

#[inline]
fn slot_of_short(view: u128) -> usize {
    slot_of((view >> 64) as u64 ^ (view as u64).rotate_left(23))
}

/// From length, head and tail: ids differ in their last bytes, names in their first.
#[inline]
fn slot_of_long(text: &[u8]) -> usize {
    let word = |bytes: &[u8]| bytes.first_chunk::<8>().map_or(0, |chunk| u64::from_le_bytes(*chunk));
    let tail = word(&text[text.len().saturating_sub(8)..]);
    slot_of(word(text) ^ tail.rotate_left(23) ^ text.len() as u64)
}

#[inline]
fn slot_of(word: u64) -> usize {
    (word.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as usize % CACHE_SLOTS
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_array::cast::AsArray;

    #[test]
    fn texts_of_every_length_come_back() {
        let texts: Vec<String> =
            (0..40).map(|length| "äbcdefghijklmnopqrst".repeat(2).chars().take(length).collect()).collect();
        let mut column = TextColumn::default();
        let rows: Vec<&str> = texts.iter().chain(&texts).map(String::as_str).collect();
        rows.iter().enumerate().for_each(|(row, text)| column.set(row, text));
        let array = column.finish(rows.len()).expect("an array");
        let array = array.as_string_view();
        assert_eq!(array.iter().collect::<Vec<_>>(), rows.iter().map(|text| Some(*text)).collect::<Vec<_>>());
    }

    #[test]
    fn what_is_not_utf8_is_replaced_every_time() {
        let mut column = TextColumn::default();
        (0..3).for_each(|row| column.set_bytes(row, b"a\xffb"));
        let array = column.finish(3).expect("an array");
        assert_eq!(array.as_string_view().iter().collect::<Vec<_>>(), [Some("a\u{fffd}b"); 3]);
    }
}
