//! The columns of one record of a text log: where each lies, and what it is as a number or an address.

use crate::number::{parse_digits_in, parse_ipv4, parse_ipv4_in, parse_ipv6, parse_u64};

/// The columns of one record within its text.
#[derive(Clone, Copy)]
pub(crate) struct Columns<'a> {
    text: &'a [u8],
    start: usize,
    /// Where each column ends.
    ends: &'a [u32],
}

impl<'a> Columns<'a> {
    pub(crate) fn new(text: &'a [u8], start: usize, ends: &'a [u32]) -> Columns<'a> {
        Columns { text, start, ends }
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The text of a column; empty if the record is too short.
    #[inline]
    pub(crate) fn get(&self, column: usize) -> &'a [u8] {
        let (start, end) = self.range(column);
        self.text.get(start..end).unwrap_or_default()
    }

    #[inline]
    fn range(&self, column: usize) -> (usize, usize) {
        let Some(&end) = self.ends.get(column) else { return (0, 0) };
        let start = match column {
            0 => self.start,
            _ => self.ends[column - 1] as usize + 1,
        };
        (start, end as usize)
    }

    /// The number in a column.
    #[inline]
    pub(crate) fn number(&self, column: usize) -> Option<u64> {
        let (start, end) = self.range(column);
        match self.text.get(start..).and_then(|rest| rest.first_chunk()) {
            Some(window) if end - start <= 16 => parse_digits_in(window, end - start),
            _ => parse_u64(self.get(column)),
        }
    }

    /// The address in a column as an IPv6 value, IPv4 mapped.
    #[inline]
    pub(crate) fn address(&self, column: usize) -> Option<u128> {
        match self.ipv4(column) {
            Some(v4) => Some(IPV4_MAPPED | u128::from(v4)),
            None => parse_ipv6(self.get(column)).map(u128::from),
        }
    }

    /// The IPv4 address in a column.
    #[inline]
    pub(crate) fn ipv4(&self, column: usize) -> Option<u32> {
        let (start, end) = self.range(column);
        match self.text.get(start..).and_then(|rest| rest.first_chunk()) {
            Some(window) => parse_ipv4_in(window, end - start),
            None => parse_ipv4(self.get(column)),
        }
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = &'a [u8]> {
        (0..self.len()).map(move |column| self.get(column))
    }

    /// The record's first byte, or what stands behind it if it is empty.
    #[inline]
    pub(crate) fn first_byte(&self) -> Option<u8> {
        self.text.get(self.start).copied()
    }

    /// The whole record.
    pub(crate) fn raw(&self) -> &'a [u8] {
        let end = self.ends.last().map_or(self.start, |end| *end as usize);
        self.text.get(self.start..end).unwrap_or_default()
    }
}

/// What an IPv4 address has before it as an IPv6 value (RFC 4291 section 2.5.5.2).
const IPV4_MAPPED: u128 = 0xffff_0000_0000;
