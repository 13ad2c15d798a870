//! Columns of text and bytes: every distinct value once, and a code per row.

use crate::chunk::{Chunk, Encoded, PageLevels, Scratch, finish_chunk};
use crate::codes::Codes;
use crate::intern::{CodeTable, hash_bytes, hash_four, hash_word};
use arrow_array::Array;
use arrow_array::array::GenericByteViewArray;
use arrow_array::types::ByteViewType;
use arrow_buffer::{Buffer, ScalarBuffer};
use parquet::basic::Encoding;
use parquet::data_type::ByteArray;
use parquet::errors::Result;
use parquet::file::statistics::Statistics;
use parquet::schema::types::ColumnDescPtr;

/// A value up to this length lies in the view itself (Arrow columnar format).
const INLINE_BYTES_MAX: u32 = 12;
/// Places of the memo of views.
const MEMO_PLACES: usize = 256;
/// The longest value that statistics repeat.
const STATISTICS_BYTES_MAX: usize = 256;

/// The values of a column and their codes, without the nulls.
#[derive(Default)]
pub(crate) struct Texts {
    /// Views of the distinct values; those of long ones point into `long`.
    distinct: Vec<u128>,
    long: Vec<u8>,
    table: CodeTable,
    /// Codes of values of four bytes, which are IPv4 addresses: here the hash is the value.
    fours: CodeTable,
    codes: Codes,
    memo: Memo,
    /// The views of the last array that had one value only.
    constant: Option<ScalarBuffer<u128>>,
}

/// Views met lately and their codes. A view of a long value means something only in its own batch.
struct Memo {
    places: Vec<(u128, u32)>,
    has_long: bool,
}

impl Default for Memo {
    fn default() -> Self {
        Memo { places: vec![(0, u32::MAX); MEMO_PLACES], has_long: false }
    }
}

impl Memo {
    fn clear(&mut self) {
        self.places.fill((0, u32::MAX));
        self.has_long = false;
    }
}

/// What sorting a dictionary needs and the next column can use again.
#[derive(Default)]
pub(crate) struct TextScratch {
    counts: Vec<u32>,
    order: Vec<u64>,
    places: Vec<u32>,
}

impl Texts {
    pub(crate) fn held_bytes(&self) -> usize {
        self.long.len() + self.distinct.len() * 16 + self.codes.len() * 4
    }

    pub(crate) fn clear(&mut self) {
        self.distinct.clear();
        self.long.clear();
        self.table.clear();
        self.fours.clear();
        self.codes.clear();
        self.memo.clear();
        self.constant = None;
    }

    pub(crate) fn push<T: ByteViewType + ?Sized>(&mut self, array: &GenericByteViewArray<T>) {
        let (views, buffers) = (array.views(), array.data_buffers());
        if self.memo.has_long {
            self.memo.clear();
        }
        match array.nulls() {
            Some(nulls) if nulls.null_count() > 0 => {
                nulls.valid_slices().for_each(|(from, to)| self.push_views(&views[from..to], buffers));
            }
            _ => self.push_all(views, buffers),
        }
    }

    fn push_all(&mut self, views: &ScalarBuffer<u128>, buffers: &[Buffer]) {
        let Some(first) = views.first() else { return };
        if self.is_constant(views) {
            let code = self.code_of(*first, buffers);
            return self.codes.push_run(code, views.len());
        }
        self.push_views(views, buffers);
    }

    fn is_constant(&mut self, views: &ScalarBuffer<u128>) -> bool {
        // A column that no row sets is cut from one array, batch for batch: it need not be looked at again.
        if self.constant.as_ref().is_some_and(|known| known.as_ptr() == views.as_ptr() && views.len() <= known.len()) {
            return true;
        }
        let is_constant = views.iter().all(|view| *view == views[0]);
        if is_constant {
            self.constant = Some(views.clone());
        }
        is_constant
    }

    fn push_views(&mut self, views: &[u128], buffers: &[Buffer]) {
        let mut codes = std::mem::take(self.codes.list_all());
        codes.reserve(views.len());
        for view in views {
            codes.push(self.memorised_code(*view, buffers));
        }
        *self.codes.list_all() = codes;
    }

    #[inline]
    fn memorised_code(&mut self, view: u128, buffers: &[Buffer]) -> u32 {
        if view as u32 == 4 {
            return self.code_of_four(view);
        }
        let place = memo_place(view);
        let (known, code) = self.memo.places[place];
        if known == view && code != u32::MAX {
            return code;
        }
        let code = self.code_of(view, buffers);
        self.memo.has_long |= view as u32 > INLINE_BYTES_MAX;
        self.memo.places[place] = (view, code);
        code
    }

    #[inline]
    fn code_of_four(&mut self, view: u128) -> u32 {
        let next = self.distinct.len() as u32;
        let code = self.fours.code_of(hash_four((view >> 32) as u32), next, |_| true);
        if code == next {
            self.distinct.push(view);
        }
        code
    }

    fn code_of(&mut self, view: u128, buffers: &[Buffer]) -> u32 {
        let next = self.distinct.len() as u32;
        if view as u32 == 4 {
            return self.code_of_four(view);
        }
        if view as u32 <= INLINE_BYTES_MAX {
            let hash = hash_word(view as u64 ^ ((view >> 64) as u64).rotate_left(29));
            let code = self.table.code_of(hash, next, |code| self.distinct[code as usize] == view);
            if code == next {
                self.distinct.push(view);
            }
            return code;
        }
        let value = long_value(view, buffers);
        let (distinct, long) = (&self.distinct, &self.long);
        let code =
            self.table.code_of(hash_bytes(value), next, |code| held_long(distinct[code as usize], long) == value);
        if code == next {
            // A view as in Arrow, but that the upper eight bytes are the place in `long`.
            self.distinct.push(u128::from(view as u64) | (self.long.len() as u128) << 64);
            self.long.extend_from_slice(value);
        }
        code
    }

    pub(crate) fn chunk(
        &mut self,
        column: &ColumnDescPtr,
        levels: &PageLevels,
        texts: &mut TextScratch,
        scratch: &mut Scratch,
    ) -> Result<Chunk> {
        let statistics = self.statistics(levels.nulls);
        let Scratch { codec, dictionary, values } = scratch;
        values.clear();
        if self.is_worth_a_dictionary() {
            self.sort_by_count(texts);
            dictionary.clear();
            self.distinct.iter().for_each(|view| self.push_plain(*view, dictionary));
            self.codes.push_encoded(self.distinct.len(), codec, values)?;
            let dictionary = Some((dictionary.as_slice(), self.distinct.len()));
            let encoded = Encoded { dictionary, encoding: Encoding::RLE_DICTIONARY, values };
            return finish_chunk(column, levels, &encoded, statistics, codec);
        }
        let codes = std::mem::take(self.codes.list_all());
        codes.iter().for_each(|code| self.push_plain(self.distinct[*code as usize], values));
        let encoded = Encoded { dictionary: None, encoding: Encoding::PLAIN, values };
        finish_chunk(column, levels, &encoded, statistics, codec)
    }

    /// Values that hardly repeat are better written where they stand.
    fn is_worth_a_dictionary(&self) -> bool {
        !self.distinct.is_empty() && (self.distinct.len() == 1 || self.distinct.len() * 4 <= self.codes.len() * 3)
    }

    /// Gives small codes to frequent values, and neighbouring codes to similar ones: both compress better.
    fn sort_by_count(&mut self, scratch: &mut TextScratch) {
        if self.distinct.len() < 3 {
            return;
        }
        let codes = self.codes.list_all();
        scratch.counts.clear();
        scratch.counts.resize(self.distinct.len(), 0);
        codes.iter().for_each(|code| scratch.counts[*code as usize] += 1);
        scratch.order.clear();
        let key = |(code, count): (usize, &u32)| u64::from(u32::MAX - count) << 32 | code as u64;
        scratch.order.extend(scratch.counts.iter().enumerate().map(key));
        scratch.order.sort_unstable();
        scratch.places.resize(self.distinct.len(), 0);
        let mut sorted = Vec::with_capacity(self.distinct.len());
        for (place, entry) in scratch.order.iter().enumerate() {
            let code = *entry as u32 as usize;
            scratch.places[code] = place as u32;
            sorted.push(self.distinct[code]);
        }
        self.distinct = sorted;
        codes.iter_mut().for_each(|code| *code = scratch.places[*code as usize]);
    }

    /// Length and bytes.
    fn push_plain(&self, view: u128, out: &mut Vec<u8>) {
        let view = view.to_le_bytes();
        out.extend_from_slice(&view[..4]);
        out.extend_from_slice(self.value(&view));
    }

    /// The bytes of a distinct value, from its view in little-endian bytes.
    #[inline]
    fn value<'a>(&'a self, view: &'a [u8; 16]) -> &'a [u8] {
        let length = u128::from_le_bytes(*view) as u32;
        if length <= INLINE_BYTES_MAX {
            &view[4..4 + length as usize]
        } else {
            held_long(u128::from_le_bytes(*view), &self.long)
        }
    }

    fn statistics(&self, nulls: usize) -> Statistics {
        let mut range: Option<(u128, u128)> = None;
        for view in &self.distinct {
            let (min, max) = range.unwrap_or((*view, *view));
            if self.is_less(*view, min) {
                range = Some((*view, max));
            } else if self.is_less(max, *view) {
                range = Some((min, *view));
            } else {
                range = Some((min, max));
            }
        }
        let value = |view: u128| {
            let view = view.to_le_bytes();
            Some(ByteArray::from(self.value(&view))).filter(|value| value.len() <= STATISTICS_BYTES_MAX)
        };
        let (min, max) = range.map_or((None, None), |(min, max)| (value(min), value(max)));
        Statistics::byte_array(min, max, None, Some(nulls as u64), false)
    }

    /// In the order of unsigned bytes.
    #[inline]
    fn is_less(&self, left: u128, right: u128) -> bool {
        let prefix = |view: u128| ((view >> 32) as u32).swap_bytes();
        if prefix(left) != prefix(right) {
            // Missing bytes are zeros in a view, and less than any other.
            return prefix(left) < prefix(right);
        }
        self.value(&left.to_le_bytes()) < self.value(&right.to_le_bytes())
    }
}

#[inline]
fn memo_place(view: u128) -> usize {
    // Short values differ in their bytes, long ones in their offset, the uppermost four bytes.
    let mixed = (view as u64 ^ (view >> 64) as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 56) as usize % MEMO_PLACES
}

/// A long value in the buffers of its array.
#[inline]
fn long_value(view: u128, buffers: &[Buffer]) -> &[u8] {
    let (length, buffer, offset) = (view as u32 as usize, (view >> 64) as u32 as usize, (view >> 96) as usize);
    // INVARIANT: Arrow checks views when an array is made.
    &buffers[buffer][offset..offset + length]
}

/// A long value that is held in a dictionary.
#[inline]
fn held_long(view: u128, long: &[u8]) -> &[u8] {
    let (length, offset) = (view as u32 as usize, (view >> 64) as u64 as usize);
    if length <= INLINE_BYTES_MAX as usize {
        return &[];
    }
    &long[offset..offset + length]
}
