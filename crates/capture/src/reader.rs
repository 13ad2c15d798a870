//! Chunks in, whole records out.

use crate::note::{Damage, FrameSink, Note};
use crate::pcap::Pcap;
use crate::pcapng::{self, Pcapng};
use crate::{Limits, pcap};

/// Reads a capture that is pushed in chunks of any size.
#[derive(Debug)]
pub struct FrameReader {
    format: Format,
    limits: Limits,
    /// The beginning of a record that a chunk's border cut.
    carry: Vec<u8>,
    /// How many bytes that record needs before a look at it makes sense.
    need: usize,
    /// Bytes still to pass over.
    skip: u64,
    /// Where in the file the next byte to look at is.
    offset: u64,
}

#[derive(Debug)]
enum Format {
    Unknown,
    Pcap(Pcap),
    Pcapng(Pcapng),
    /// Nothing more can be read.
    Ended,
}

/// What a look at the bytes at hand came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    /// Bytes that are done with; may be more than there were.
    pub(crate) consumed: u64,
    /// Bytes from there on that are needed before the next look; 0 if any will do.
    pub(crate) need: usize,
}

impl Step {
    /// These bytes are done with.
    pub(crate) const fn consumed(bytes: u64) -> Step {
        Step { consumed: bytes, need: 0 }
    }

    /// Nothing is done; so many bytes have to be there.
    pub(crate) const fn need(bytes: usize) -> Step {
        Step { consumed: 0, need: bytes }
    }
}

/// What surrounds a look.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    /// Of the first byte.
    pub(crate) offset: u64,
    /// Is there nothing behind the bytes at hand?
    pub(crate) is_end: bool,
}

impl FrameReader {
    /// A reader at the beginning of a file.
    pub fn new(limits: Limits) -> FrameReader {
        FrameReader { format: Format::Unknown, limits, carry: Vec::new(), need: 0, skip: 0, offset: 0 }
    }

    /// Reads the next bytes of the file.
    pub fn push(&mut self, bytes: &[u8], sink: &mut impl FrameSink) {
        let mut rest = self.pass_over(bytes);
        while !self.carry.is_empty() && !rest.is_empty() {
            rest = self.fill_carry(rest, sink);
        }
        let left = self.walk(rest, false, sink);
        self.carry.extend_from_slice(left);
    }

    /// Says that the file has ended.
    pub fn finish(&mut self, sink: &mut impl FrameSink) {
        let carry = std::mem::take(&mut self.carry);
        let left = self.walk(&carry, true, sink);
        let is_cut = !left.is_empty() || self.skip > 0;
        if is_cut && !matches!(self.format, Format::Ended) {
            let present = left.len() as u64;
            let needed = (self.need as u64).max(present) + self.skip;
            sink.note(Note::Truncated { offset: self.offset, present, needed });
        }
        self.format = Format::Ended;
    }

    /// How many bytes are held because a border of chunks cut them.
    pub fn held_bytes(&self) -> usize {
        self.carry.capacity()
    }

    /// Takes off what is to be passed over.
    fn pass_over<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        let passed = usize::try_from(self.skip).unwrap_or(usize::MAX).min(bytes.len());
        self.skip -= passed as u64;
        self.offset += passed as u64;
        bytes.get(passed..).unwrap_or_default()
    }

    /// Gives the cut record what it needs, and looks at it. What is behind it is looked at in place, without a copy.
    fn fill_carry<'b>(&mut self, bytes: &'b [u8], sink: &mut impl FrameSink) -> &'b [u8] {
        let missing = self.need.saturating_sub(self.carry.len()).max(1).min(bytes.len());
        let (taken, behind) = bytes.split_at(missing);
        self.carry.extend_from_slice(taken);
        if self.carry.len() < self.need {
            return behind;
        }
        let mut carry = std::mem::take(&mut self.carry);
        let left = self.walk(&carry, false, sink).len();
        carry.drain(..carry.len() - left);
        self.carry = carry;
        self.pass_over(behind)
    }

    /// Looks at record after record; gives back what is not enough for one.
    fn walk<'b>(&mut self, bytes: &'b [u8], is_end: bool, sink: &mut impl FrameSink) -> &'b [u8] {
        let mut rest = bytes;
        while !rest.is_empty() {
            let place = Place { offset: self.offset, is_end };
            let step = self.look(rest, place, sink);
            self.need = step.need;
            self.skip = step.consumed;
            rest = self.pass_over(rest);
            if step.need > rest.len() || step.consumed == 0 {
                break;
            }
        }
        rest
    }

    fn look(&mut self, bytes: &[u8], place: Place, sink: &mut impl FrameSink) -> Step {
        match &mut self.format {
            Format::Unknown => self.recognise(bytes, place, sink),
            Format::Pcap(pcap) => pcap.look(bytes, place, sink),
            Format::Pcapng(pcapng) => pcapng.look(bytes, place, sink),
            Format::Ended => Step::consumed(bytes.len() as u64),
        }
    }

    fn recognise(&mut self, bytes: &[u8], place: Place, sink: &mut impl FrameSink) -> Step {
        if bytes.len() < 4 {
            return Step::need(4);
        }
        if bytes.starts_with(&pcapng::SECTION_HEADER) {
            let mut pcapng = Pcapng::new(self.limits);
            let step = pcapng.look(bytes, place, sink);
            if step.consumed > 0 {
                self.format = Format::Pcapng(pcapng);
            }
            return step;
        }
        let Some(variant) = pcap::Variant::of(bytes) else { return self.refuse(Damage::NotACapture, bytes, sink) };
        let header = variant.file_header_bytes();
        if bytes.len() < header {
            return Step::need(header);
        }
        match Pcap::open(variant, bytes, self.limits, sink) {
            Ok(pcap) => {
                self.format = Format::Pcap(pcap);
                Step::consumed(header as u64)
            }
            Err(damage) => self.refuse(damage, bytes, sink),
        }
    }

    fn refuse(&mut self, damage: Damage, bytes: &[u8], sink: &mut impl FrameSink) -> Step {
        sink.note(Note::Damaged { offset: self.offset, damage });
        self.format = Format::Ended;
        Step::consumed(bytes.len() as u64)
    }
}
