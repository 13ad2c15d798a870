//! Text as view columns, with repeated values kept once per batch.
//!
//! Flow logs repeat: the same account, interface and verdict stand in thousands of rows. A small
//! direct-mapped cache finds the earlier copy, so a batch's text buffer holds each value about once.

use crate::column::Nulls;
use arrow_array::{ArrayRef, StringViewArray};
use arrow_buffer::{Buffer, ScalarBuffer};
use arrow_schema::ArrowError;
use std::sync::Arc;

/// Slots of the cache of earlier values.
const CACHE_SLOTS: usize = 256;
/// Text up to this length lies in the view itself (Arrow columnar format).
const INLINE_BYTES_MAX: usize = 12;

/// A column of text being built.
pub(crate) struct TextColumn {
    views: Vec<u128>,
    buffer: Vec<u8>,
    /// Views of values in `buffer`; 0 is an empty slot.
    cache: Box<[u128; CACHE_SLOTS]>,
    nulls: Nulls,
    /// What rows have that are not set, instead of null.
    default: Option<Box<str>>,
}

impl Default for TextColumn {
    fn default() -> Self {
        TextColumn {
            views: Vec::new(),
            buffer: Vec::new(),
            cache: Box::new([0; CACHE_SLOTS]),
            nulls: Nulls::default(),
            default: None,
        }
    }
}

impl TextColumn {
    pub(crate) fn len(&self) -> usize {
        self.views.len()
    }

    /// Text that may not be UTF-8; what is not is replaced by U+FFFD.
    #[inline]
    pub(crate) fn set_bytes(&mut self, row: usize, text: &[u8]) {
        if text.is_ascii() {
            self.set_view(row, text);
        } else {
            self.set(row, &String::from_utf8_lossy(text));
        }
    }

    #[inline]
    pub(crate) fn set(&mut self, row: usize, text: &str) {
        self.set_view(row, text.as_bytes());
    }

    #[inline]
    fn set_view(&mut self, row: usize, text: &[u8]) {
        let view = self.view_of(text);
        if self.views.len() != row {
            self.pad(row);
            self.views.truncate(row);
        }
        self.views.push(view);
        self.nulls.set_valid(row);
    }

    #[inline]
    fn view_of(&mut self, text: &[u8]) -> u128 {
        if text.len() <= INLINE_BYTES_MAX { inline_view(text) } else { self.interned_view(text) }
    }

    fn interned_view(&mut self, text: &[u8]) -> u128 {
        let slot = hash(text) as usize % CACHE_SLOTS;
        let cached = self.cache[slot];
        let offset = (cached >> 96) as usize;
        if cached as u32 as usize == text.len() && self.buffer.get(offset..offset + text.len()) == Some(text) {
            return cached;
        }
        let prefix = u32::from_le_bytes([text[0], text[1], text[2], text[3]]);
        // INVARIANT: a batch is bounded by its rows and a record by its limit, far below 4 GiB.
        let offset = self.buffer.len() as u32;
        self.buffer.extend_from_slice(text);
        let view = text.len() as u128 | u128::from(prefix) << 32 | u128::from(offset) << 96;
        self.cache[slot] = view;
        view
    }

    #[cold]
    pub(crate) fn pad(&mut self, rows: usize) {
        if self.views.len() < rows {
            let view = match self.default.take() {
                Some(text) => {
                    self.nulls.pad_valid(self.views.len(), rows);
                    let view = self.view_of(text.as_bytes());
                    self.default = Some(text);
                    view
                }
                None => {
                    self.nulls.pad(self.views.len(), rows);
                    0
                }
            };
            self.views.resize(rows, view);
        }
    }

    pub(crate) fn set_default(&mut self, rows: usize, default: Option<&str>) {
        self.pad(rows);
        self.default = default.map(Into::into);
    }

    pub(crate) fn truncate(&mut self, rows: usize) {
        self.views.truncate(rows);
        self.nulls.truncate(rows);
    }

    pub(crate) fn finish(&mut self, rows: usize) -> Result<ArrayRef, ArrowError> {
        self.pad(rows);
        let views = std::mem::replace(&mut self.views, Vec::with_capacity(rows));
        let buffers = match self.buffer.is_empty() {
            true => Vec::new(),
            false => {
                self.cache.fill(0);
                vec![Buffer::from(std::mem::take(&mut self.buffer))]
            }
        };
        let array = StringViewArray::try_new(ScalarBuffer::from(views), buffers, self.nulls.finish(rows))?;
        Ok(Arc::new(array))
    }
}

/// A view that holds its text: length, then up to 12 bytes.
#[inline]
fn inline_view(text: &[u8]) -> u128 {
    let mut bytes = [0; 16];
    bytes[0] = text.len() as u8;
    bytes[4..4 + text.len()].copy_from_slice(text);
    u128::from_le_bytes(bytes)
}

/// A hash of length, head and tail: ids differ in their last bytes, names in their first.
#[inline]
fn hash(text: &[u8]) -> u64 {
    let word = |bytes: &[u8]| bytes.first_chunk::<8>().map_or(0, |chunk| u64::from_le_bytes(*chunk));
    let tail = word(&text[text.len().saturating_sub(8)..]);
    let mixed = (word(text) ^ tail.rotate_left(23) ^ text.len() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed >> 40
}
