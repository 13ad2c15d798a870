//! Columns of a batch as slices, and a row of them as plain numbers: for whoever folds rows. A missing column is null in every row.
//!
//! Text is compared by its view: up to 12 bytes lie in the view itself (Arrow columnar format), so a verdict is a
//! 128-bit integer. Nothing is copied where a column has no nulls.

use arrow_array::cast::AsArray;
use arrow_array::types::{ArrowPrimitiveType, TimestampNanosecondType};
use arrow_array::{Array, ArrayRef, BinaryViewArray, RecordBatch, StringViewArray};
use arrow_buffer::{ArrowNativeType, NullBuffer, ScalarBuffer};
use arrow_schema::DataType;
use model::FieldIndex;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Text of up to so many bytes lies in its view.
const INLINE_BYTES_MAX: usize = 12;

/// The view of text of up to 12 bytes.
pub const fn inline_view(text: &str) -> u128 {
    let text = text.as_bytes();
    assert!(text.len() <= INLINE_BYTES_MAX, "longer text does not lie in its view");
    let mut bytes = [0; 16];
    bytes[0] = text.len() as u8;
    let mut n = 0;
    while n < text.len() {
        bytes[4 + n] = text[n];
        n += 1;
    }
    u128::from_le_bytes(bytes)
}

/// The column of a field, unless it is missing or wholly null.
fn column<I: FieldIndex>(batch: &RecordBatch, field: I) -> Option<&ArrayRef> {
    batch.column_by_name(field.field().name).filter(|column| column.null_count() < column.len())
}

/// The values of a column without its nulls: a null has the value `absent`, and a missing column has none at all.
fn without_nulls<N: ArrowNativeType>(
    values: &ScalarBuffer<N>,
    nulls: Option<&NullBuffer>,
    absent: N,
) -> ScalarBuffer<N> {
    let Some(nulls) = nulls.filter(|nulls| nulls.null_count() > 0) else { return values.clone() };
    // Most words of the bitmap are all ones or all zeros, so whole runs are copied or left alone.
    let mut filled = vec![absent; values.len()];
    for (start, end) in nulls.valid_slices() {
        filled[start..end].copy_from_slice(&values[start..end]);
    }
    filled.into()
}

/// A column of numbers; a missing one is null in every row.
pub struct Numbers<N: ArrowNativeType> {
    values: ScalarBuffer<N>,
    absent: N,
}

impl<N: ArrowNativeType + PartialEq> Numbers<N> {
    /// The column of a field; `absent` stands for null, so no row may have that value.
    pub fn of<T: ArrowPrimitiveType<Native = N>>(batch: &RecordBatch, field: impl FieldIndex, absent: N) -> Self {
        let array = column(batch, field).and_then(|column| column.as_primitive_opt::<T>());
        let values = array.map(|array| without_nulls(array.values(), array.nulls(), absent));
        Numbers { values: values.unwrap_or_else(|| Vec::new().into()), absent }
    }

    /// The value of a row, unless it is null.
    #[inline]
    pub fn get(&self, row: usize) -> Option<N> {
        self.values.get(row).copied().filter(|value| *value != self.absent)
    }

    /// The value of a row, or what stands for null.
    #[inline]
    pub fn at(&self, row: usize) -> N {
        self.values.get(row).copied().unwrap_or(self.absent)
    }
}

impl Numbers<i64> {
    /// A time column, whatever its time zone is called; null is 0.
    pub fn times(batch: &RecordBatch, field: impl FieldIndex) -> Self {
        Numbers::of::<TimestampNanosecondType>(batch, field, 0)
    }
}

/// A column of text; a missing one is null in every row.
pub struct Texts<'a> {
    views: ScalarBuffer<u128>,
    array: Option<&'a StringViewArray>,
}

impl<'a> Texts<'a> {
    /// The column of a field.
    pub fn of(batch: &'a RecordBatch, field: impl FieldIndex) -> Texts<'a> {
        let array = column(batch, field).filter(|column| *column.data_type() == DataType::Utf8View);
        let array = array.map(|array| array.as_string_view());
        let views = array.map(|array| without_nulls(array.views(), array.nulls(), 0));
        Texts { views: views.unwrap_or_else(|| Vec::new().into()), array }
    }

    /// Is every row null?
    pub fn is_absent(&self) -> bool {
        self.array.is_none()
    }

    /// Has every row the same view (or none a value)?
    pub fn is_constant(&self) -> bool {
        self.views.iter().all(|view| *view == self.views[0])
    }

    /// The view of a row; 0, the view of empty text, if it is null.
    #[inline]
    pub fn view(&self, row: usize) -> u128 {
        self.views.get(row).copied().unwrap_or(0)
    }

    /// The whole text of a row as numbers, if it has at most 24 bytes: no other text gives the same.
    #[inline]
    pub fn words(&self, row: usize) -> Option<[u64; 4]> {
        let view = self.view(row);
        let Some(bytes) = self.buffered(view) else { return Some([view as u64, (view >> 64) as u64, 0, 0]) };
        let (head, tail) = (bytes.first_chunk::<8>()?, bytes.last_chunk::<8>()?);
        // What is between them, where there is something.
        let middle = bytes.last_chunk::<16>().and_then(|tail| tail.first_chunk::<8>());
        let words = [Some(head), middle, Some(tail)].map(|word| word.map_or(0, |word| u64::from_le_bytes(*word)));
        (bytes.len() <= 24).then_some([bytes.len() as u64, words[0], words[1], words[2]])
    }

    /// The bytes of a view whose text does not lie in the view itself.
    #[inline]
    fn buffered(&self, view: u128) -> Option<&'a [u8]> {
        let (length, buffer, offset) = (view as u32 as usize, (view >> 64) as u32 as usize, (view >> 96) as usize);
        if length <= INLINE_BYTES_MAX {
            return None;
        }
        self.array?.data_buffers().get(buffer)?.get(offset..offset + length)
    }

    /// The text of a row; empty if it is null.
    pub fn text(&self, row: usize) -> &'a str {
        match self.array {
            Some(array) if row < array.len() && array.is_valid(row) => array.value(row),
            _ => "",
        }
    }
}

/// An address of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ip {
    /// IPv4 as a number: 10.0.0.1 is 0x0a000001.
    V4(u32),
    /// IPv6 as a number.
    V6(u128),
    /// None.
    Absent,
}

impl Ip {
    /// The standard library's address; IPv4 mapped into IPv6 is IPv4.
    #[inline]
    pub fn address(self) -> Option<IpAddr> {
        match self {
            Ip::V4(bits) => Some(IpAddr::V4(Ipv4Addr::from_bits(bits))),
            Ip::V6(bits) => Some(IpAddr::V6(Ipv6Addr::from_bits(bits)).to_canonical()),
            Ip::Absent => None,
        }
    }

    /// One of two, without a branch where both are IPv4.
    #[inline]
    pub fn one_of(is_first: bool, first: Ip, second: Ip) -> Ip {
        match (first, second) {
            (Ip::V4(first), Ip::V4(second)) => Ip::V4(if is_first { first } else { second }),
            _ if is_first => first,
            _ => second,
        }
    }
}

/// A column of addresses.
pub struct Addresses<'a> {
    views: ScalarBuffer<u128>,
    array: Option<&'a BinaryViewArray>,
}

impl<'a> Addresses<'a> {
    /// The column of a field.
    pub fn of(batch: &'a RecordBatch, field: impl FieldIndex) -> Addresses<'a> {
        let array = column(batch, field).filter(|column| *column.data_type() == DataType::BinaryView);
        let array = array.map(|array| array.as_binary_view());
        let views = array.map(|array| without_nulls(array.views(), array.nulls(), 0));
        Addresses { views: views.unwrap_or_else(|| Vec::new().into()), array }
    }

    /// Is every row without an address?
    pub fn is_absent(&self) -> bool {
        self.array.is_none()
    }

    /// The address of a row.
    #[inline]
    pub fn at(&self, row: usize) -> Ip {
        let view = self.views.get(row).copied().unwrap_or(0);
        match view as u32 {
            4 => Ip::V4(((view >> 32) as u32).swap_bytes()),
            16 => self.v6(row),
            _ => Ip::Absent,
        }
    }

    #[cold]
    fn v6(&self, row: usize) -> Ip {
        let bytes = self.array.and_then(|array| array.value(row).try_into().ok());
        bytes.map_or(Ip::Absent, |bytes: [u8; 16]| Ip::V6(u128::from_be_bytes(bytes)))
    }
}
