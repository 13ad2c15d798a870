//! pcapng, the format of Wireshark (draft-ietf-opsawg-pcapng): the frame of blocks.
//!
//! ```text
//! | kind 4 | length 4, of all | content, padded to four bytes | length 4 |
//! ```

mod blocks;
mod interface;
mod options;

use crate::limits::Limits;
use crate::note::{Damage, FrameSink, Note, Section};
use crate::order::Order;
use crate::reader::{Place, Step};
use crate::sniff::byte_order;
use interface::InterfaceClock;
use options::Options;

/// The kind of a section's header is the same in both byte orders.
pub(crate) const SECTION_HEADER: [u8; 4] = [0x0a, 0x0d, 0x0d, 0x0a];

const SECTION: u32 = 0x0a0d_0d0a;
const INTERFACE: u32 = 1;
const OBSOLETE_PACKET: u32 = 2;
const SIMPLE_PACKET: u32 = 3;
const NAMES: u32 = 4;
const STATISTICS: u32 = 5;
const ENHANCED_PACKET: u32 = 6;
const JOURNAL: u32 = 9;
const SECRETS: u32 = 10;
const CUSTOM: u32 = 0x0000_0bad;
/// Custom, and not to be copied to a file that was changed.
const CUSTOM_NOT_COPIED: u32 = 0x4000_0bad;

/// Kind, length, length.
const BLOCK_MIN: usize = 12;
/// Behind damage, a length is not believed that would keep one waiting for longer.
const RESUME_LENGTH_MAX: u32 = 1 << 20;
/// What a packet block has beside its frame: headers, and options.
const PACKET_OVERHEAD_MAX: u32 = 1 << 16;

/// Does a block of this kind hold a frame?
const fn is_packet(kind: u32) -> bool {
    matches!(kind, ENHANCED_PACKET | OBSOLETE_PACKET | SIMPLE_PACKET)
}

/// A pcapng file, anywhere.
#[derive(Debug)]
pub(crate) struct Pcapng {
    limits: Limits,
    order: Order,
    /// Of this section.
    interfaces: Vec<InterfaceClock>,
    /// Interfaces of the sections before.
    interfaces_before: u32,
    /// Frames so far.
    number: u64,
    /// Behind damage: no block can be trusted until a whole one is there.
    is_lost: bool,
    /// A section of a version that nobody knows is passed over.
    is_foreign: bool,
}

/// The only major version there is.
const MAJOR: u16 = 1;

/// A block without its frame.
struct Block<'a> {
    kind: u32,
    content: &'a [u8],
    offset: u64,
}

/// Kind and length of a block, and the byte order it is in.
#[derive(Clone, Copy)]
struct Head {
    kind: u32,
    length: u32,
    order: Order,
}

impl Pcapng {
    pub(crate) fn new(limits: Limits) -> Pcapng {
        let order = Order::Little;
        Pcapng {
            limits,
            order,
            interfaces: Vec::new(),
            interfaces_before: 0,
            number: 0,
            is_lost: false,
            is_foreign: false,
        }
    }

    /// Looks at the next block.
    pub(crate) fn look(&mut self, bytes: &[u8], place: Place, sink: &mut impl FrameSink) -> Step {
        if self.is_lost {
            return self.find(bytes, place, sink);
        }
        if bytes.len() < BLOCK_MIN {
            return Step::need(BLOCK_MIN);
        }
        let head = match self.head(bytes) {
            Ok(head) => head,
            Err(damage) => return self.lose(damage, place, sink),
        };
        if head.length > self.length_max(head.kind) {
            self.number += u64::from(is_packet(head.kind));
            sink.note(Note::OverLimit { offset: place.offset, length: head.length });
            return Step::consumed(u64::from(head.length));
        }
        let length = head.length as usize;
        let Some(block) = bytes.get(..length) else { return Step::need(length) };
        if head.order.u32(block, length - 4) != head.length {
            return self.lose(Damage::WrongBlockLength, place, sink);
        }
        self.order = head.order;
        let content = block.get(8..length - 4).unwrap_or_default();
        self.block(&Block { kind: head.kind, content, offset: place.offset }, sink);
        Step::consumed(u64::from(head.length))
    }

    /// The beginning of a block. A section's header has an order of its own.
    fn head(&self, bytes: &[u8]) -> Result<Head, Damage> {
        let order = match bytes.starts_with(&SECTION_HEADER) {
            true => byte_order(bytes.get(8..).unwrap_or_default()).ok_or(Damage::WrongByteOrderMark)?,
            false => self.order,
        };
        let head = Head { kind: order.u32(bytes, 0), length: order.u32(bytes, 4), order };
        if !head.length.is_multiple_of(4) || (head.length as usize) < BLOCK_MIN {
            return Err(Damage::WrongBlockLength);
        }
        Ok(head)
    }

    fn length_max(&self, kind: u32) -> u32 {
        match is_packet(kind) {
            true => self.limits.frame_bytes_max.saturating_add(PACKET_OVERHEAD_MAX),
            false => self.limits.block_bytes_max,
        }
    }

    fn lose(&mut self, damage: Damage, place: Place, sink: &mut impl FrameSink) -> Step {
        sink.note(Note::Damaged { offset: place.offset, damage });
        self.is_lost = true;
        Step::consumed(4)
    }

    /// Looks for a whole block of a known kind. Blocks begin at multiples of four.
    fn find(&mut self, bytes: &[u8], place: Place, sink: &mut impl FrameSink) -> Step {
        let mut at = 0;
        while let Some(rest) = bytes.get(at..).filter(|rest| rest.len() >= BLOCK_MIN) {
            match self.is_block(rest) {
                Some(length) if length <= rest.len() => {
                    self.is_lost = false;
                    let offset = place.offset + at as u64;
                    sink.note(Note::Resumed { offset });
                    let step = self.look(rest, Place { offset, ..place }, sink);
                    return Step { consumed: step.consumed + at as u64, need: step.need };
                }
                Some(length) if !place.is_end => return Step { consumed: at as u64, need: length },
                _ => at += 4,
            }
        }
        if place.is_end {
            return Step::consumed(bytes.len() as u64);
        }
        Step { consumed: at as u64, need: BLOCK_MIN }
    }

    /// The length of the block that seems to begin here. As far as it is there, its end has to repeat the length.
    fn is_block(&self, bytes: &[u8]) -> Option<usize> {
        let head = self.head(bytes).ok()?;
        let is_known =
            matches!(head.kind, SECTION | INTERFACE..=ENHANCED_PACKET | JOURNAL | SECRETS | CUSTOM | CUSTOM_NOT_COPIED);
        let length = head.length as usize;
        if !is_known || head.length > self.length_max(head.kind).min(RESUME_LENGTH_MAX) {
            return None;
        }
        match bytes.get(length - 4..length) {
            Some(end) => (head.order.u32(end, 0) == head.length).then_some(length),
            None => Some(length),
        }
    }

    fn block(&mut self, block: &Block, sink: &mut impl FrameSink) {
        let read = match block.kind {
            kind if self.is_foreign && kind != SECTION => Ok(()),
            ENHANCED_PACKET => self.enhanced_packet(block, sink),
            SECTION => self.section(block, sink),
            INTERFACE => self.interface(block, sink),
            OBSOLETE_PACKET => self.obsolete_packet(block, sink),
            SIMPLE_PACKET => self.simple_packet(block, sink),
            NAMES => self.names(block, sink),
            STATISTICS => self.statistics(block, sink),
            JOURNAL => {
                sink.note(Note::Journal { bytes: block.content });
                Ok(())
            }
            SECRETS => self.secrets(block, sink),
            CUSTOM | CUSTOM_NOT_COPIED => self.custom(block, sink),
            kind => {
                let length = (block.content.len() + BLOCK_MIN) as u32;
                sink.note(Note::UnknownBlock { offset: block.offset, kind, length });
                Ok(())
            }
        };
        if let Err(damage) = read {
            sink.note(Note::Damaged { offset: block.offset, damage });
        }
    }

    /// `| byte order mark 4 | major 2 | minor 2 | section length 8 | options |`
    fn section(&mut self, block: &Block, sink: &mut impl FrameSink) -> Result<(), Damage> {
        let content = block.content;
        if content.len() < 16 {
            return Err(Damage::ShortBlock);
        }
        self.interfaces_before = self.interfaces_before.saturating_add(self.interfaces.len() as u32);
        self.interfaces.clear();
        self.is_foreign = self.order.u16(content, 4) != MAJOR;
        if self.is_foreign {
            return Err(Damage::UnknownVersion);
        }
        let options = Options::new(self.order, content.get(16..).unwrap_or_default());
        sink.note(Note::Section(Section {
            offset: block.offset,
            version: (self.order.u16(content, 4), self.order.u16(content, 6)),
            is_big_endian: self.order == Order::Big,
            hardware: options.value(2).unwrap_or_default(),
            system: options.value(3).unwrap_or_default(),
            application: options.value(4).unwrap_or_default(),
        }));
        options.tell(crate::About::Section, block.offset, sink);
        Ok(())
    }
}
