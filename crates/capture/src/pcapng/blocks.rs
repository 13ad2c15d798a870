//! Blocks that carry frames, names, secrets and what is someone's own.

use super::interface::ticks;
use super::options::Options;
use super::{Block, Pcapng};
use crate::note::{About, Damage, FrameDetails, FrameSink, Note};
use model::packet::{Frame, Timestamp};
use std::net::IpAddr;

/// Codes of the options of packets.
const FLAGS: u16 = 2;
const DROP_COUNT: u16 = 4;

/// A frame as its block describes it.
struct Described<'a> {
    interface: u32,
    ticks: u64,
    original: u32,
    dropped: Option<u64>,
    bytes: &'a [u8],
    options: Options<'a>,
}

impl Pcapng {
    /// `| interface 4 | time 8 | captured length 4 | length 4 | frame, padded | options |`
    pub(super) fn enhanced_packet(&mut self, block: &Block, sink: &mut impl FrameSink) -> Result<(), Damage> {
        let interface = self.order.u32(block.content, 0);
        self.packet(block, interface, None, sink)
    }

    /// `| interface 2 | drops 2 | time 8 | captured length 4 | length 4 | frame, padded | options |`
    pub(super) fn obsolete_packet(&mut self, block: &Block, sink: &mut impl FrameSink) -> Result<(), Damage> {
        let (interface, drops) = (self.order.u16(block.content, 0), self.order.u16(block.content, 2));
        let dropped = (drops != u16::MAX).then_some(u64::from(drops));
        self.packet(block, u32::from(interface), dropped, sink)
    }

    fn packet(
        &mut self,
        block: &Block,
        interface: u32,
        dropped: Option<u64>,
        sink: &mut impl FrameSink,
    ) -> Result<(), Damage> {
        const HEADER: usize = 20;
        let content = block.content;
        if content.len() < HEADER {
            return Err(Damage::ShortBlock);
        }
        let captured = self.order.u32(content, 12) as usize;
        let bytes = content.get(HEADER..).and_then(|rest| rest.get(..captured)).ok_or(Damage::FrameBeyondBlock)?;
        let behind = content.get((HEADER + captured).next_multiple_of(4)..).unwrap_or_default();
        let described = Described {
            interface,
            ticks: ticks(self.order, content, 4),
            original: self.order.u32(content, 16),
            dropped,
            bytes,
            options: Options::new(self.order, behind),
        };
        self.hand_out(&described, block.offset, sink)
    }

    fn hand_out(&mut self, described: &Described, offset: u64, sink: &mut impl FrameSink) -> Result<(), Damage> {
        let (interface, clock) = self.described(described.interface)?;
        self.number += 1;
        if described.bytes.len() > self.limits.frame_bytes_max as usize {
            sink.note(Note::OverLimit { offset, length: described.bytes.len() as u32 });
            return Ok(());
        }
        let mut details = FrameDetails { offset, dropped: described.dropped, ..FrameDetails::default() };
        if !described.options.is_empty() {
            details.flags = described.options.u32(FLAGS);
            details.dropped = details.dropped.or(described.options.u64(DROP_COUNT));
            described.options.tell(About::Frame(self.number), offset, sink);
        }
        let frame = Frame {
            timestamp: clock.time(described.ticks),
            link_type: clock.link_type,
            interface,
            number: self.number,
            bytes: described.bytes,
            wire_length: described.original.max(described.bytes.len() as u32),
        };
        sink.frame(frame, details);
        Ok(())
    }

    /// `| length 4 | frame, padded |`, of the first interface. How much was captured is the least of length, snap length and block.
    pub(super) fn simple_packet(&mut self, block: &Block, sink: &mut impl FrameSink) -> Result<(), Damage> {
        let content = block.content;
        let padded = content.get(4..).ok_or(Damage::ShortBlock)?;
        let (interface, clock) = self.described(0)?;
        let original = self.order.u32(content, 0);
        let snapped = if clock.snap_length == 0 { original } else { original.min(clock.snap_length) };
        let bytes = padded.get(..snapped as usize).unwrap_or(padded);
        self.number += 1;
        if bytes.len() > self.limits.frame_bytes_max as usize {
            sink.note(Note::OverLimit { offset: block.offset, length: bytes.len() as u32 });
            return Ok(());
        }
        let frame = Frame {
            timestamp: Timestamp(0),
            link_type: clock.link_type,
            interface,
            number: self.number,
            bytes,
            wire_length: original,
        };
        sink.frame(frame, FrameDetails { offset: block.offset, has_no_time: true, ..FrameDetails::default() });
        Ok(())
    }

    /// Records of `| kind 2: 0 end, 1 IPv4, 2 IPv6 | length 2 | address, names with a zero behind each, padded |`, then options.
    pub(super) fn names(&mut self, block: &Block, sink: &mut impl FrameSink) -> Result<(), Damage> {
        let mut rest = block.content;
        loop {
            let (kind, length) = (self.order.u16(rest, 0), usize::from(self.order.u16(rest, 2)));
            if kind == 0 {
                let options = Options::new(self.order, rest.get(4..).unwrap_or_default());
                options.tell(About::Other, block.offset, sink);
                return Ok(());
            }
            let record = rest.get(4..4 + length).ok_or(Damage::ShortBlock)?;
            names_of_address(kind, record, sink);
            rest = rest.get((4 + length).next_multiple_of(4)..).unwrap_or_default();
        }
    }

    /// `| kind 4 | length 4 | secrets, padded | options |`
    pub(super) fn secrets(&mut self, block: &Block, sink: &mut impl FrameSink) -> Result<(), Damage> {
        let content = block.content;
        let length = self.order.u32(content, 4) as usize;
        let bytes = content.get(8..).and_then(|rest| rest.get(..length)).ok_or(Damage::ShortBlock)?;
        sink.note(Note::Secrets { kind: self.order.u32(content, 0), bytes });
        let behind = content.get((8 + length).next_multiple_of(4)..).unwrap_or_default();
        Options::new(self.order, behind).tell(About::Other, block.offset, sink);
        Ok(())
    }

    /// `| enterprise 4 | content |`
    pub(super) fn custom(&mut self, block: &Block, sink: &mut impl FrameSink) -> Result<(), Damage> {
        let bytes = block.content.get(4..).ok_or(Damage::ShortBlock)?;
        sink.note(Note::Custom { enterprise: self.order.u32(block.content, 0), bytes });
        Ok(())
    }
}

fn names_of_address(kind: u16, record: &[u8], sink: &mut impl FrameSink) {
    let (address, names) = match kind {
        1 => match record.split_first_chunk::<4>() {
            Some((octets, names)) => (IpAddr::from(*octets), names),
            None => return,
        },
        2 => match record.split_first_chunk::<16>() {
            Some((octets, names)) => (IpAddr::from(*octets), names),
            None => return,
        },
        _ => return,
    };
    for name in names.split(|byte| *byte == 0).filter(|name| !name.is_empty()) {
        sink.note(Note::Name { address, name });
    }
}
