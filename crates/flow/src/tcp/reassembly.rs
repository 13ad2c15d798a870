//! One direction's bytes in order.
//!
//! Bytes that come in order are handed on where they lie, without a copy. Only what comes early is held, as long as the limits
//! allow. With [`Delivery::Acknowledged`] everything is held until the receiver has acknowledged it, so that the overlap policy
//! also decides over bytes that came in order first; this is what Suricata inspects, and it costs a copy of every byte.
//!
//! Places are counted in 64 bits from the first byte behind SYN (or the first byte seen), so streams beyond 4 GiB are no case of their own.

use super::overlap::OverlapPolicy;
use super::sequence::SeqNumber;
use crate::pieces::{self, Pieces};

/// When bytes are handed on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Delivery {
    /// As soon as everything before them is there.
    #[default]
    Arrival,
    /// Not before the receiver acknowledged them.
    Acknowledged,
}

/// What is done with the urgent byte (RFC 6093).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UrgentPolicy {
    /// It is taken out of the stream, as sockets without `SO_OOBINLINE` do.
    #[default]
    OutOfBand,
    /// It stays.
    Inline,
}

/// How segments become a stream.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rules {
    /// Who wins where segments overlap.
    pub overlap: OverlapPolicy,
    /// When bytes are handed on.
    pub delivery: Delivery,
    /// Segments of one direction that may be held.
    pub segments_max: usize,
    /// Bytes of one direction that may be held.
    pub held_bytes_max: usize,
}

/// What comes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// The next bytes.
    Data {
        /// Where they lie in the stream.
        offset: u64,
        /// They.
        bytes: &'a [u8],
    },
    /// The next bytes are not to be had.
    Gap {
        /// Where they would lie.
        offset: u64,
        /// How many.
        bytes: u64,
    },
    /// Bytes behind a hole that their receiver waited for to the end: no application got them.
    Leftover {
        /// Where they lie in the stream.
        offset: u64,
        /// They.
        bytes: &'a [u8],
    },
}

/// What happened while a segment was taken in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// An overlap had other bytes.
    pub overlap_differs: bool,
    /// All of it had been handed on before.
    pub is_old: bool,
    /// A limit turned bytes away or forced a gap.
    pub limit_reached: bool,
}

/// One direction of a connection. 104 bytes, and what is held.
#[derive(Debug)]
pub struct Stream {
    /// The next place to hand on.
    next: u64,
    /// The sequence number of `next`.
    next_sequence: SeqNumber,
    /// The place the receiver acknowledged.
    acknowledged: u64,
    /// The place behind the last byte, once FIN said so.
    end: Option<u64>,
    held: Pieces,
    /// Places of urgent bytes that are to be left out, lowest first.
    urgent: Vec<u64>,
    urgent_removed: u64,
    gaps: u32,
}

/// Urgent bytes of one direction that may be waited for; more stay in the stream.
const URGENT_MAX: usize = 16;

impl Stream {
    /// A stream whose first byte has this sequence number.
    pub fn new(first: SeqNumber) -> Stream {
        Stream {
            next: 0,
            next_sequence: first,
            acknowledged: 0,
            end: None,
            held: Pieces::default(),
            urgent: Vec::new(),
            urgent_removed: 0,
            gaps: 0,
        }
    }

    /// Where a sequence number lies; `None` for before the first byte.
    fn place(&self, sequence: SeqNumber) -> Option<u64> {
        self.next.checked_add_signed(i64::from(sequence.since(self.next_sequence)))
    }

    /// Bytes held, and what holding them costs.
    pub fn held_cost(&self) -> usize {
        self.held.cost()
    }

    /// Bytes handed on or given up.
    pub fn offset(&self) -> u64 {
        self.next
    }

    /// How often bytes were missing.
    pub fn gaps(&self) -> u32 {
        self.gaps
    }

    /// Regions of the stream that were seen: one more than the gaps.
    pub fn regions(&self) -> u32 {
        self.gaps.saturating_add(u32::from(self.next > 0 || !self.held.list.is_empty()))
    }

    /// Has everything up to FIN been handed on?
    pub fn is_complete(&self) -> bool {
        self.end.is_some_and(|end| self.next >= end)
    }

    /// FIN stands at this sequence number. The first one counts.
    pub fn end_at(&mut self, sequence: SeqNumber) {
        if let (None, Some(place)) = (self.end, self.place(sequence)) {
            self.end = Some(place);
        }
    }

    /// The byte of this sequence number is urgent: leave it out.
    pub fn leave_out(&mut self, sequence: SeqNumber) {
        let Some(place) = self.place(sequence).filter(|place| *place >= self.next) else { return };
        if let Err(at) = self.urgent.binary_search(&place)
            && self.urgent.len() < URGENT_MAX
        {
            self.urgent.insert(at, place);
        }
    }

    /// Takes a segment in, and hands on what is now in order.
    pub fn push(
        &mut self,
        sequence: SeqNumber,
        bytes: &[u8],
        rules: &Rules,
        mut out: impl FnMut(Piece<'_>),
    ) -> Outcome {
        let (start, bytes) = match self.place(sequence) {
            Some(place) => (place, bytes),
            None => {
                (0, bytes.get(self.next_sequence.minus(self.next as u32).since(sequence) as usize..).unwrap_or(&[]))
            }
        };
        let old = (self.next.saturating_sub(start)).min(bytes.len() as u64) as usize;
        let (start, bytes) = (start + old as u64, &bytes[old..]);
        if bytes.is_empty() {
            return Outcome { is_old: old > 0, ..Outcome::default() };
        }
        let end = start + bytes.len() as u64;
        let is_free = self.held.first().is_none_or(|held| end <= held.start);
        if start == self.next && is_free && rules.delivery == Delivery::Arrival {
            self.hand_on(bytes, &mut out);
            self.drain(rules.delivery, &mut out);
            return Outcome::default();
        }
        let overlap_differs = self.held.insert(start, bytes, |old, new| rules.overlap.prefers_new(old, new)).differs;
        self.drain(rules.delivery, &mut out);
        let limit_reached = self.enforce(rules, &mut out);
        Outcome { overlap_differs, is_old: false, limit_reached }
    }

    /// The receiver wants this byte next: what lies before it and was not seen will not come any more.
    ///
    /// `is_patient` leaves a hole open for the moment: where packets are captured out of order, the acknowledgement may
    /// overtake the segment.
    pub fn acknowledge(
        &mut self,
        sequence: SeqNumber,
        is_patient: bool,
        rules: &Rules,
        mut out: impl FnMut(Piece<'_>),
    ) {
        let known = self.acknowledged;
        if let Some(place) = self.place(sequence) {
            self.acknowledged = known.max(place);
        }
        self.drain(rules.delivery, &mut out);
        let lost_before = if is_patient { known } else { self.acknowledged };
        while self.skip_hole(lost_before, &mut out) {
            self.drain(rules.delivery, &mut out);
        }
    }

    /// Gives up a hole whose end was acknowledged and that has bytes behind it.
    fn skip_hole(&mut self, lost_before: u64, out: &mut impl FnMut(Piece<'_>)) -> bool {
        match self.held.first() {
            Some(held) if held.start > self.next && held.start <= lost_before => {
                self.skip_to(held.start, out);
                true
            }
            _ => false,
        }
    }

    /// Hands on all there is, holes as gaps: nothing more will come. A hole that the receiver has not acknowledged, where it is seen
    /// to acknowledge, is none: nothing of what lies behind has reached the application.
    pub fn flush(&mut self, mut out: impl FnMut(Piece<'_>)) {
        while let Some(held) = self.held.first() {
            let (start, acknowledged) = (held.start, self.acknowledged);
            let is_waited_for = start > acknowledged && acknowledged > 0;
            if start > self.next && is_waited_for {
                if acknowledged > self.next {
                    self.skip_to(acknowledged, &mut out);
                }
                return self.hand_on_leftovers(&mut out);
            }
            if start > self.next {
                self.skip_to(start, &mut out);
            }
            self.drain(Delivery::Arrival, &mut out);
        }
        let known_end = self.end.unwrap_or(0);
        if known_end > self.next && self.acknowledged >= known_end {
            self.skip_to(known_end, &mut out);
        }
    }

    fn hand_on_leftovers(&mut self, out: &mut impl FnMut(Piece<'_>)) {
        for held in std::mem::take(&mut self.held).list {
            out(Piece::Leftover { offset: held.start - self.urgent_removed, bytes: &held.bytes });
        }
    }

    /// The capture cut bytes off the end of a segment that was just pushed: they will not come.
    pub fn lose(&mut self, from: SeqNumber, bytes: u32, mut out: impl FnMut(Piece<'_>)) {
        let Some(place) = self.place(from).filter(|place| *place == self.next) else { return };
        let end = place + u64::from(bytes);
        let end = self.held.first().map_or(end, |held| end.min(held.start));
        if end > place {
            self.skip_to(end, &mut out);
            self.drain(Delivery::Arrival, &mut out);
        }
    }

    /// Forgets what is held: its sender took it back.
    pub fn forget_held(&mut self) {
        self.held = Pieces::default();
    }

    fn skip_to(&mut self, place: u64, out: &mut impl FnMut(Piece<'_>)) {
        let bytes = place - self.next;
        out(Piece::Gap { offset: self.next - self.urgent_removed, bytes });
        self.gaps = self.gaps.saturating_add(1);
        self.advance(bytes);
        self.urgent.retain(|urgent| *urgent >= place);
    }

    fn advance(&mut self, bytes: u64) {
        self.next += bytes;
        self.next_sequence = self.next_sequence.plus(bytes as u32);
    }

    /// Hands on bytes that begin at `next`, without the urgent ones among them.
    fn hand_on(&mut self, mut bytes: &[u8], out: &mut impl FnMut(Piece<'_>)) {
        while let Some(&place) = self.urgent.first() {
            let Some(at) = place.checked_sub(self.next).filter(|at| *at < bytes.len() as u64) else { break };
            let (before, behind) = bytes.split_at(at as usize);
            self.hand_on_plain(before, out);
            self.urgent.remove(0);
            self.advance(1);
            self.urgent_removed += 1;
            bytes = &behind[1..];
        }
        self.hand_on_plain(bytes, out);
    }

    fn hand_on_plain(&mut self, bytes: &[u8], out: &mut impl FnMut(Piece<'_>)) {
        if !bytes.is_empty() {
            out(Piece::Data { offset: self.next - self.urgent_removed, bytes });
            self.advance(bytes.len() as u64);
        }
    }

    /// Hands on what is held and now in order.
    fn drain(&mut self, delivery: Delivery, out: &mut impl FnMut(Piece<'_>)) {
        let until = if delivery == Delivery::Arrival { u64::MAX } else { self.acknowledged };
        let mut done = 0;
        while let Some(held) = self.held.list.get_mut(done) {
            if held.start != self.next || held.start >= until {
                break;
            }
            let mut bytes = std::mem::take(&mut held.bytes);
            let ready = (until - held.start).min(bytes.len() as u64) as usize;
            self.held.release(ready);
            self.hand_on(&bytes[..ready], out);
            if ready < bytes.len() {
                bytes.drain(..ready);
                self.held.list[done] = pieces::Piece { start: self.next, bytes };
                break;
            }
            done += 1;
        }
        self.held.list.drain(..done);
    }

    /// Gives up holes until the limits are kept.
    fn enforce(&mut self, rules: &Rules, out: &mut impl FnMut(Piece<'_>)) -> bool {
        let mut reached = false;
        while self.held.bytes() > rules.held_bytes_max || self.held.list.len() > rules.segments_max {
            let Some(held) = self.held.first() else { break };
            reached = true;
            if held.start > self.next {
                self.skip_to(held.start, out);
            }
            self.drain(Delivery::Arrival, out);
        }
        reached
    }
}
