//! pcap, the format of tcpdump (draft-ietf-opsawg-pcap).
//!
//! ```text
//! file:   | magic 4 | major 2 | minor 2 | zone 4 | accuracy 4 | snap length 4 | link type 4 |
//! record: | seconds 4 | fraction 4 | captured length 4 | length 4 | by variant | frame |
//! ```

use crate::limits::Limits;
use crate::note::{Damage, FrameDetails, FrameSink, Interface, Note, Section};
use crate::order::Order;
use crate::reader::{Place, Step};
use model::packet::{Frame, LinkType, Timestamp};

const FILE_HEADER: usize = 24;
const RECORD_HEADER: usize = 16;
/// What tcpdump captures at most, whatever the header says.
const SNAP_LENGTH_MIN: u32 = 262_144;
/// How far from the last frame one may be that is found behind damage.
const RESUME_SECONDS_MAX: u64 = 24 * 3600;
/// IPv6 jumbograms aside, no frame is longer on the wire; segmentation offload makes the longest.
const WIRE_LENGTH_MAX: u32 = 1 << 20;

/// A format by its magic number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Variant {
    order: Order,
    has_nanoseconds: bool,
    /// Bytes of a record's header behind the usual ones.
    extra_record_bytes: usize,
    /// Bytes of the file's header behind the usual ones.
    extra_file_bytes: usize,
}

impl Variant {
    /// By the first four bytes.
    pub(crate) fn of(head: &[u8]) -> Option<Variant> {
        let magic = u32::from_be_bytes(*head.first_chunk()?);
        Variant::with(magic, Order::Big).or_else(|| Variant::with(magic.swap_bytes(), Order::Little))
    }

    fn with(magic: u32, order: Order) -> Option<Variant> {
        let usual = Variant { order, has_nanoseconds: false, extra_record_bytes: 0, extra_file_bytes: 0 };
        Some(match magic {
            // tcpdump's own, Navtel's and FMESQUID's.
            0xa1b2_c3d4 | 0xa12b_3c4d | 0xa1b2_34cd => usual,
            0xa1b2_3c4d => Variant { has_nanoseconds: true, ..usual },
            // Kuznetzov's: interface 4, protocol 2, packet type 1, padding 1.
            0xa1b2_cd34 => Variant { extra_record_bytes: 8, ..usual },
            // IXIA's, of hardware and of software: the length of the file is in its header.
            0x1c00_01ac | 0x1c00_01ab => Variant { has_nanoseconds: true, extra_file_bytes: 4, ..usual },
            _ => return None,
        })
    }

    /// Bytes before the first record.
    pub(crate) const fn file_header_bytes(self) -> usize {
        FILE_HEADER + self.extra_file_bytes
    }

    const fn record_header_bytes(self) -> usize {
        RECORD_HEADER + self.extra_record_bytes
    }

    const fn fractions_per_second(self) -> u32 {
        if self.has_nanoseconds { 1_000_000_000 } else { 1_000_000 }
    }

    const fn fraction_ns(self) -> i64 {
        if self.has_nanoseconds { 1 } else { 1000 }
    }
}

/// A pcap file behind its header.
#[derive(Debug)]
pub(crate) struct Pcap {
    variant: Variant,
    limits: Limits,
    link_type: LinkType,
    minor: u16,
    /// A captured length above this cannot be.
    captured_max: u32,
    /// Frames so far.
    number: u64,
    /// Of the last good record.
    seconds: Option<u32>,
    /// Behind damage: no record can be trusted until one is followed by another.
    is_lost: bool,
}

/// A record's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Record {
    seconds: u32,
    fraction: u32,
    captured: u32,
    length: u32,
}

impl Pcap {
    /// Reads the file's header, all of which is there.
    pub(crate) fn open(
        variant: Variant,
        head: &[u8],
        limits: Limits,
        sink: &mut impl FrameSink,
    ) -> Result<Pcap, Damage> {
        let order = variant.order;
        let version = (order.u16(head, 4), order.u16(head, 6));
        if version.0 != 2 {
            return Err(Damage::UnknownVersion);
        }
        let snap_length = order.u32(head, 16);
        // The upper bits say whether frames end with a check sequence, and how long it is.
        let link_field = order.u32(head, 20);
        let link_type = LinkType((link_field & 0xffff) as u16);
        let check_sequence_bytes = (link_field & 0x0400_0000 != 0).then_some((link_field >> 28) as u8 * 2);
        let is_big_endian = order == Order::Big;
        sink.note(Note::Section(Section { version, is_big_endian, ..Section::default() }));
        sink.note(Note::Interface(Interface {
            number: 0,
            link_type,
            snap_length,
            name: &[],
            description: &[],
            hardware: &[],
            system: &[],
            filter: &[],
            ticks_per_second: u64::from(variant.fractions_per_second()),
            speed_bps: None,
            check_sequence_bytes,
        }));
        let captured_max = snap_length.max(SNAP_LENGTH_MIN);
        Ok(Pcap {
            variant,
            limits,
            link_type,
            minor: version.1,
            captured_max,
            number: 0,
            seconds: None,
            is_lost: false,
        })
    }

    /// Looks at the next record.
    pub(crate) fn look(&mut self, bytes: &[u8], place: Place, sink: &mut impl FrameSink) -> Step {
        if self.is_lost {
            return self.find(bytes, place, sink);
        }
        let header = self.variant.record_header_bytes();
        if bytes.len() < header {
            return Step::need(header);
        }
        let record = self.record(bytes);
        if record.captured > self.captured_max {
            sink.note(Note::Damaged { offset: place.offset, damage: Damage::ImpossibleRecord });
            self.is_lost = true;
            return Step::consumed(1);
        }
        let end = header + record.captured as usize;
        if record.captured > self.limits.frame_bytes_max {
            self.number += 1;
            sink.note(Note::OverLimit { offset: place.offset, length: record.captured });
            return Step::consumed(end as u64);
        }
        let Some(frame) = bytes.get(header..end) else { return Step::need(end) };
        self.hand_out(&record, frame, place.offset, sink);
        Step::consumed(end as u64)
    }

    fn hand_out(&mut self, record: &Record, bytes: &[u8], offset: u64, sink: &mut impl FrameSink) {
        self.number += 1;
        self.seconds = Some(record.seconds);
        let fraction_ns = i64::from(record.fraction) * self.variant.fraction_ns();
        let frame = Frame {
            timestamp: Timestamp(i64::from(record.seconds) * 1_000_000_000 + fraction_ns),
            link_type: self.link_type,
            interface: 0,
            number: self.number,
            bytes,
            wire_length: record.length.max(record.captured),
        };
        sink.frame(frame, FrameDetails { offset, ..FrameDetails::default() });
    }

    fn record(&self, bytes: &[u8]) -> Record {
        let order = self.variant.order;
        let (captured, length) = (order.u32(bytes, 8), order.u32(bytes, 12));
        // Before version 2.3 the two lengths stood the other way round, and some wrote 2.3 and did not know.
        let is_swapped = self.minor < 3 || self.minor == 3 && captured > length;
        let (captured, length) = if is_swapped { (length, captured) } else { (captured, length) };
        Record { seconds: order.u32(bytes, 0), fraction: order.u32(bytes, 4), captured, length }
    }

    /// Looks for a record that makes sense and is followed by another, or by the end.
    fn find(&mut self, bytes: &[u8], place: Place, sink: &mut impl FrameSink) -> Step {
        for (at, _) in bytes.iter().enumerate() {
            let rest = bytes.get(at..).unwrap_or_default();
            match self.is_record(rest, place.is_end) {
                Ok(true) => {
                    self.is_lost = false;
                    sink.note(Note::Resumed { offset: place.offset + at as u64 });
                    let step = self.look(rest, Place { offset: place.offset + at as u64, ..place }, sink);
                    return Step { consumed: step.consumed + at as u64, need: step.need };
                }
                Ok(false) => {}
                Err(need) => return Step { consumed: at as u64, need },
            }
        }
        Step::consumed(bytes.len() as u64)
    }

    /// Do two records follow each other here? `Err` says how many bytes it takes to know.
    fn is_record(&self, bytes: &[u8], is_end: bool) -> Result<bool, usize> {
        let header = self.variant.record_header_bytes();
        let mut at = 0;
        for _ in 0..2 {
            let rest = bytes.get(at..).unwrap_or_default();
            if rest.is_empty() && is_end && at > 0 {
                return Ok(true);
            }
            if rest.len() < header {
                return if is_end { Ok(false) } else { Err(at + header) };
            }
            let record = self.record(rest);
            if !self.is_plausible(&record) {
                return Ok(false);
            }
            at += header + record.captured as usize;
        }
        Ok(true)
    }

    /// Stricter than what is asked of a record where one is expected.
    fn is_plausible(&self, record: &Record) -> bool {
        let near = self.seconds.is_none_or(|last| u64::from(record.seconds.abs_diff(last)) <= RESUME_SECONDS_MAX);
        near && (1..=self.captured_max).contains(&record.captured)
            && (record.captured..=WIRE_LENGTH_MAX).contains(&record.length)
            && record.fraction < self.variant.fractions_per_second()
    }
}
