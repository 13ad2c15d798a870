//! What holds for every object, whatever is in it.

use crate::decode::{Decoded, decode_chunks};
use crate::random::Random;
use crate::record::{Row, rows};
use flowlog::{DecodeOptions, Filter, Format, Test};
use jiff::Timestamp;
use model::{FieldIndex, FieldType, FlowField, Projection};
use std::net::IpAddr;

/// An object whose format is known.
#[derive(Clone, Copy)]
pub struct Object<'a> {
    /// What failures call it.
    pub name: &'a str,
    /// Its format.
    pub format: &'static dyn Format,
    /// Its bytes, not compressed.
    pub bytes: &'a [u8],
}

/// Bytes that mean something in one of the formats.
const TELLING_BYTES: &[u8] = b"\"\\{}[],: \n\r\t-\0\xff";

impl<'a> Object<'a> {
    /// An object of the format that its bytes are told to have; `None` if they have none.
    pub fn detect(name: &'a str, bytes: &'a [u8]) -> Option<Object<'a>> {
        flowlog::detect(bytes).map(|format| Object { name, format, bytes })
    }

    fn decode(&self, chunks: &[&[u8]], columns: Projection<FlowField>) -> Decoded {
        decode_chunks(self.format, chunks, columns, &DecodeOptions::new(self.name))
    }

    fn decode_whole(&self) -> Decoded {
        self.decode(&[self.bytes], Projection::all())
    }

    /// It makes no difference where it is cut: pieces of up to `size_max` bytes give what the whole gives.
    ///
    /// # Panics
    /// If it does.
    pub fn check_pieces(&self, size_max: usize, random: &mut Random) {
        let (whole, pieces) = (self.decode_whole(), random.cut(self.bytes, size_max));
        let cut = self.decode(&pieces, Projection::all());
        if cut != whole {
            let what = format!("{} in {} pieces: {:?}", self.name, pieces.len(), String::from_utf8_lossy(self.bytes));
            assert_eq!(rows(&cut.flows), rows(&whole.flows), "{what}");
            assert_eq!(rows(&cut.health), rows(&whole.health), "{what}");
        }
    }

    /// Damage panics no decoder, also not one of another format, and reads the same in pieces.
    ///
    /// # Panics
    /// If it does not.
    pub fn check_damaged(&self, random: &mut Random) {
        let damaged = damage(self.bytes, random);
        Object { bytes: &damaged, ..*self }.check_pieces(300, random);
        for format in flowlog::FORMATS {
            Object { bytes: &damaged, format: *format, ..*self }.decode_whole();
        }
    }

    /// The wanted columns change neither how many rows there are, nor what is in a column, nor what is lost.
    ///
    /// # Panics
    /// If they do.
    pub fn check_columns(&self, random: &mut Random) {
        let all = self.decode_whole();
        let every = all.flow_rows();
        let check = |fields: &[FlowField]| {
            let names: Vec<&str> = fields.iter().map(|field| field.field().name).collect();
            let some = self.decode(&[self.bytes], Projection::of(fields.iter().copied()));
            let expected: Vec<Row> = every.iter().map(|row| row.only(&names)).collect();
            assert_eq!(some.flows.num_rows(), every.len(), "{}: rows with {names:?} wanted", self.name);
            assert_eq!(some.flows.num_columns(), fields.len(), "{}: columns with {names:?} wanted", self.name);
            assert_eq!(some.flow_rows(), expected, "{}: {names:?} alone and among all", self.name);
            assert_eq!(kinds_but_fields(&some), kinds_but_fields(&all), "{}: health with {names:?} wanted", self.name);
        };
        check(&[]);
        let fields: Vec<FlowField> = (0..FlowField::FIELDS.len()).filter_map(FlowField::from_index).collect();
        fields.iter().for_each(|field| check(&[*field]));
        for _ in 0..4 {
            let some: Vec<FlowField> = fields.iter().copied().filter(|_| random.below(3) == 0).collect();
            check(&some);
        }
    }

    /// A filter that a row fulfils keeps it, and no filter touches `health`. Tries the values of one row.
    ///
    /// # Panics
    /// If a row is lost.
    pub fn check_filters(&self, random: &mut Random) {
        let all = self.decode_whole();
        let every = all.flow_rows();
        let Some(row) = every.get(random.below(every.len())) else { return };
        for filter in filters_of(row) {
            let mut options = DecodeOptions::new(self.name);
            options.filters.push(filter.clone());
            let kept = decode_chunks(self.format, &[self.bytes], Projection::all(), &options);
            assert!(kept.flow_rows().contains(row), "{}: {filter:?} loses {row:?}", self.name);
            assert_eq!(kinds_but_fields(&kept), kinds_but_fields(&all), "{}: {filter:?} changes health", self.name);
        }
    }
}

/// Kinds of `health` and their counts, without fields that could not be read: nobody looks at one that is not wanted.
fn kinds_but_fields(decoded: &Decoded) -> Vec<(String, usize)> {
    decoded.kinds().into_iter().filter(|(kind, _)| kind != "field_error").collect()
}

/// Changes a byte, takes one out or cuts off the rest, up to eight times.
fn damage(bytes: &[u8], random: &mut Random) -> Vec<u8> {
    let mut damaged = bytes.to_vec();
    for _ in 0..=random.below(8) {
        let at = random.below(damaged.len());
        match random.below(8) {
            _ if damaged.is_empty() => {}
            0..=2 => damaged[at] ^= 1 << random.below(8),
            3..=4 => damaged[at] = TELLING_BYTES[random.below(TELLING_BYTES.len())],
            5..=6 => drop(damaged.remove(at)),
            _ => damaged.truncate(at),
        }
    }
    damaged
}

/// A filter per column of a row, which the row fulfils.
fn filters_of(row: &Row) -> Vec<Filter> {
    let fields = (0..FlowField::FIELDS.len()).filter_map(FlowField::from_index);
    let filter = |field: FlowField| {
        let text = row.get(field.field().name)?;
        let test = match field.field().field_type {
            FieldType::Text => Test::TextIn(vec![text.to_owned()]),
            FieldType::Int32 | FieldType::Int64 => {
                let number = text.parse().ok()?;
                Test::Between(number, number)
            }
            FieldType::Time => {
                let nanoseconds = i64::try_from(text.parse::<Timestamp>().ok()?.as_nanosecond()).ok()?;
                Test::Between(nanoseconds, nanoseconds)
            }
            FieldType::Address => Test::AddressIn(vec![text.parse::<IpAddr>().ok()?]),
            FieldType::Float64 | FieldType::Map | FieldType::Int64List => return None,
        };
        Some(Filter { field, test })
    };
    fields.filter_map(filter).collect()
}
