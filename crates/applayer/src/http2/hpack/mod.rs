//! HPACK: header compression of HTTP/2 (RFC 7541).

mod huffman;
mod static_table;
#[cfg(test)]
mod tests;

use static_table::STATIC_TABLE;
use std::collections::VecDeque;

/// What an entry of the dynamic table costs besides its texts (RFC 7541, section 4.1).
const ENTRY_OVERHEAD: usize = 32;

/// The dynamic table is never larger, whatever the sides agree on.
const TABLE_BYTES_MAX: usize = 64 << 10;

/// The table's size before the sides agree on another (RFC 9113, section 6.5.2).
const TABLE_BYTES_DEFAULT: usize = 4_096;

/// What a header block says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Instruction<'a> {
    /// A field.
    Field { name: &'a [u8], value: &'a [u8] },
    /// The dynamic table gets another size.
    TableSize(u64),
}

/// What is wrong with a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Error {
    /// No such entry.
    Index,
    /// A number that does not fit.
    Integer,
    /// A string in damaged Huffman code.
    Huffman,
    /// It ends in the middle.
    Truncated,
}

/// A name and a value of the dynamic table.
type Entry = (Box<[u8]>, Box<[u8]>);

/// One direction's decoder.
pub(super) struct Decoder {
    /// The newest entry first.
    table: VecDeque<Entry>,
    table_bytes: usize,
    table_bytes_max: usize,
    name: Vec<u8>,
    value: Vec<u8>,
}

impl Default for Decoder {
    fn default() -> Decoder {
        Decoder {
            table: VecDeque::new(),
            table_bytes: 0,
            table_bytes_max: TABLE_BYTES_DEFAULT,
            name: Vec::new(),
            value: Vec::new(),
        }
    }
}

impl Decoder {
    /// Decodes a whole block. What comes before an error is told.
    pub(super) fn decode(&mut self, block: &[u8], tell: &mut dyn FnMut(Instruction<'_>)) -> Result<(), Error> {
        let mut reader = Reader { bytes: block };
        while let Some(first) = reader.bytes.first() {
            match first {
                0x80.. => self.indexed(&mut reader, tell)?,
                0x40..=0x7f => {
                    self.literal(&mut reader, 6, tell)?;
                    self.insert();
                }
                0x20..=0x3f => {
                    let size = reader.integer(5)?;
                    self.resize(size);
                    tell(Instruction::TableSize(size));
                }
                _ => self.literal(&mut reader, 4, tell)?,
            }
        }
        Ok(())
    }

    fn indexed(&self, reader: &mut Reader<'_>, tell: &mut dyn FnMut(Instruction<'_>)) -> Result<(), Error> {
        let (name, value) = self.entry(reader.integer(7)?)?;
        tell(Instruction::Field { name, value });
        Ok(())
    }

    fn literal(
        &mut self,
        reader: &mut Reader<'_>,
        prefix_bits: u8,
        tell: &mut dyn FnMut(Instruction<'_>),
    ) -> Result<(), Error> {
        let index = reader.integer(prefix_bits)?;
        let mut name = std::mem::take(&mut self.name);
        name.clear();
        let result = match index {
            0 => reader.string(&mut name),
            index => self.entry(index).map(|(known, _)| name.extend_from_slice(known)),
        };
        self.name = name;
        result?;
        self.value.clear();
        reader.string(&mut self.value)?;
        tell(Instruction::Field { name: &self.name, value: &self.value });
        Ok(())
    }

    fn entry(&self, index: u64) -> Result<(&[u8], &[u8]), Error> {
        let index = usize::try_from(index).ok().and_then(|index| index.checked_sub(1)).ok_or(Error::Index)?;
        if let Some(entry) = STATIC_TABLE.get(index) {
            return Ok(*entry);
        }
        let entry = self.table.get(index - STATIC_TABLE.len()).ok_or(Error::Index)?;
        Ok((&entry.0, &entry.1))
    }

    /// Makes the field that was just read the newest entry.
    fn insert(&mut self) {
        let bytes = self.name.len() + self.value.len() + ENTRY_OVERHEAD;
        self.evict(self.table_bytes_max.saturating_sub(bytes));
        if bytes <= self.table_bytes_max {
            self.table_bytes += bytes;
            self.table.push_front((self.name.as_slice().into(), self.value.as_slice().into()));
        }
    }

    fn resize(&mut self, bytes: u64) {
        self.table_bytes_max = usize::try_from(bytes).unwrap_or(TABLE_BYTES_MAX).min(TABLE_BYTES_MAX);
        self.evict(self.table_bytes_max);
    }

    fn evict(&mut self, bytes_max: usize) {
        while self.table_bytes > bytes_max {
            let Some((name, value)) = self.table.pop_back() else { return };
            self.table_bytes -= name.len() + value.len() + ENTRY_OVERHEAD;
        }
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Result<u8, Error> {
        let (first, rest) = self.bytes.split_first().ok_or(Error::Truncated)?;
        self.bytes = rest;
        Ok(*first)
    }

    /// A number that begins in the lowest bits of a byte (section 5.1).
    fn integer(&mut self, prefix_bits: u8) -> Result<u64, Error> {
        let prefix_max = (1u64 << prefix_bits) - 1;
        let mut number = u64::from(self.byte()?) & prefix_max;
        if number < prefix_max {
            return Ok(number);
        }
        for shift in (0..28).step_by(7) {
            let byte = self.byte()?;
            number += u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(Error::Integer)
    }

    /// A string, put behind what `output` has (section 5.2).
    fn string(&mut self, output: &mut Vec<u8>) -> Result<(), Error> {
        let is_huffman = self.bytes.first().is_some_and(|first| first & 0x80 != 0);
        let length = self.integer(7)? as usize;
        let (text, rest) = self.bytes.split_at_checked(length).ok_or(Error::Truncated)?;
        self.bytes = rest;
        if is_huffman {
            return huffman::decode(text, output).ok_or(Error::Huffman);
        }
        output.extend_from_slice(text);
        Ok(())
    }
}
