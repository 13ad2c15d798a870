//! The options at the end of a block.
//!
//! ```text
//! | code 2 | length 2 | value, padded to four bytes | ... | 0 | 0 |
//! ```

use crate::note::{About, Damage, FrameSink, Note};
use crate::order::Order;

const END: u16 = 0;
const COMMENT: u16 = 1;

/// The options of a block. They end where one is cut.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options<'a> {
    order: Order,
    bytes: &'a [u8],
}

impl<'a> Options<'a> {
    pub(crate) fn new(order: Order, bytes: &'a [u8]) -> Options<'a> {
        Options { order, bytes }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Code and value of each.
    pub(crate) fn iter(self) -> Walk<'a> {
        Walk { order: self.order, rest: self.bytes, is_cut: false }
    }

    /// The first value of a code.
    pub(crate) fn value(self, code: u16) -> Option<&'a [u8]> {
        self.iter().find(|(found, _)| *found == code).map(|(_, value)| value)
    }

    /// The first value of a code, where that is a number of four bytes.
    pub(crate) fn u32(self, code: u16) -> Option<u32> {
        self.value(code).filter(|value| value.len() == 4).map(|value| self.order.u32(value, 0))
    }

    /// The first value of a code, where that is a number of eight bytes.
    pub(crate) fn u64(self, code: u16) -> Option<u64> {
        self.value(code).filter(|value| value.len() == 8).map(|value| self.order.u64(value, 0))
    }

    /// Hands on the comments, and says so if an option claims more than its block holds; `offset` is the block's.
    pub(crate) fn tell(self, about: About, offset: u64, sink: &mut impl FrameSink) {
        let mut options = self.iter();
        for (code, text) in options.by_ref() {
            if code == COMMENT {
                sink.note(Note::Comment { about, text });
            }
        }
        if options.is_cut {
            sink.note(Note::Damaged { offset, damage: Damage::OptionBeyondBlock });
        }
    }
}

/// Options, one after the other.
pub(crate) struct Walk<'a> {
    order: Order,
    rest: &'a [u8],
    /// The last one was longer than what there is.
    is_cut: bool,
}

impl<'a> Iterator for Walk<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (code, length) = (self.order.u16(self.rest, 0), usize::from(self.order.u16(self.rest, 2)));
        if code == END {
            return None;
        }
        let value = self.rest.get(4..4 + length);
        self.is_cut = value.is_none();
        self.rest = self.rest.get((4 + length).next_multiple_of(4)..).unwrap_or_default();
        value.map(|value| (code, value))
    }
}
