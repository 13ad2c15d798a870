//! One direction's bytes in order.
//!
//! Bytes that come in order are handed on where they lie, without a copy. Only what comes early is held, as long as the limits
//! allow. With [`Delivery::Acknowledged`] everything is held until the receiver has acknowledged it, so that the overlap policy
//! also decides over bytes that came in order first; this is what Suricata inspects, and it costs a copy of every byte.
//!
//! Places are counted in 64 bits from the first byte behind SYN (or the first byte seen), so streams beyond 4 GiB are no case of their own.

use super::overlap::OverlapPolicy;
use super::sequence::SeqNumber;
use std::ops::Range;

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

/// Bytes that came early.
#[derive(Debug)]
struct Held {
    start: u64,
    bytes: Vec<u8>,
}

impl Held {
    fn range(&self) -> Range<u64> {
        self.start..self.start + self.bytes.len() as u64
    }
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
    held: Vec<Held>,
    held_bytes: usize,
    /// Places of urgent bytes that are to be left out, lowest first.
    urgent: Vec<u64>,
    urgent_removed: u64,
    gaps: u32,
}

/// Bytes that a held segment costs besides its own: its place in the list, and what an allocator keeps.
const HELD_OVERHEAD: usize = std::mem::size_of::<Held>() + 16;

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
            held: Vec::new(),
            held_bytes: 0,
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
        self.held_bytes + self.held.len() * HELD_OVERHEAD
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
        self.gaps.saturating_add(u32::from(self.next > 0 || !self.held.is_empty()))
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
            None => (0, bytes.get(self.next_sequence.minus(self.next as u32).since(sequence) as usize..).unwrap_or(&[])),
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
        let overlap_differs = self.hold(start, bytes, rules.overlap);
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

    /// Hands on all there is, holes as gaps: nothing more will come.
    pub fn flush(&mut self, mut out: impl FnMut(Piece<'_>)) {
        while let Some(held) = self.held.first() {
            if held.start > self.next {
                self.skip_to(held.start, &mut out);
            }
            self.drain(Delivery::Arrival, &mut out);
        }
        let known_end = self.end.unwrap_or(0);
        if known_end > self.next && self.acknowledged >= known_end {
            self.skip_to(known_end, &mut out);
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
        self.held = Vec::new();
        self.held_bytes = 0;
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
        while let Some(held) = self.held.get_mut(done) {
            if held.start != self.next || held.start >= until {
                break;
            }
            let mut bytes = std::mem::take(&mut held.bytes);
            let ready = (until - held.start).min(bytes.len() as u64) as usize;
            self.held_bytes -= ready;
            self.hand_on(&bytes[..ready], out);
            if ready < bytes.len() {
                bytes.drain(..ready);
                self.held[done] = Held { start: self.next, bytes };
                break;
            }
            done += 1;
        }
        self.held.drain(..done);
    }

    /// Gives up holes until the limits are kept.
    fn enforce(&mut self, rules: &Rules, out: &mut impl FnMut(Piece<'_>)) -> bool {
        let mut reached = false;
        while self.held_bytes > rules.held_bytes_max || self.held.len() > rules.segments_max {
            let Some(held) = self.held.first() else { break };
            reached = true;
            if held.start > self.next {
                self.skip_to(held.start, out);
            }
            self.drain(Delivery::Arrival, out);
        }
        reached
    }

    /// Keeps bytes that came early; says whether an overlap had other bytes.
    fn hold(&mut self, start: u64, bytes: &[u8], policy: OverlapPolicy) -> bool {
        let new = start..start + bytes.len() as u64;
        let first = self.held.partition_point(|held| held.range().end <= new.start);
        let last = first + self.held[first..].partition_point(|held| held.start < new.end);
        if first == last {
            self.held_bytes += bytes.len();
            self.held.insert(first, Held { start, bytes: bytes.to_vec() });
            return false;
        }
        let before: usize = self.held[first..last].iter().map(|held| held.bytes.len()).sum();
        let (merged, differs) = merge(self.held.drain(first..last), &new, bytes, policy);
        self.held_bytes += merged.iter().map(|held| held.bytes.len()).sum::<usize>() - before;
        self.held.splice(first..first, merged);
        differs
    }
}

/// Lays a new segment over the old ones that it touches.
fn merge(
    old: impl Iterator<Item = Held>,
    new: &Range<u64>,
    bytes: &[u8],
    policy: OverlapPolicy,
) -> (Vec<Held>, bool) {
    let new_part = |range: Range<u64>| {
        let bytes = &bytes[(range.start - new.start) as usize..(range.end - new.start) as usize];
        Held { start: range.start, bytes: bytes.to_vec() }
    };
    let (mut merged, mut differs, mut reached) = (Vec::new(), false, new.start);
    for held in old {
        let range = held.range();
        let shared = range.start.max(new.start)..range.end.min(new.end);
        if reached < shared.start {
            merged.push(new_part(reached..shared.start));
        }
        let part = new_part(shared.clone());
        let (left, right) = ((shared.start - range.start) as usize, (shared.end - range.start) as usize);
        differs |= held.bytes[left..right] != part.bytes[..];
        if policy.prefers_new(&range, new) {
            let mut parts = [held.bytes[..left].to_vec(), part.bytes, held.bytes[right..].to_vec()];
            let mut start = range.start;
            for bytes in parts.iter_mut().map(std::mem::take).filter(|bytes| !bytes.is_empty()) {
                let length = bytes.len() as u64;
                merged.push(Held { start, bytes });
                start += length;
            }
        } else {
            merged.push(held);
        }
        reached = shared.end;
    }
    if reached < new.end {
        merged.push(new_part(reached..new.end));
    }
    (merged, differs)
}
