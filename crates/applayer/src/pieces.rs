//! A file that is read or written piece by piece: put in order, and passed on.

use crate::sink::{FileEvent, Sink};
use model::packet::Timestamp;

/// Bytes of one flow's files that wait for what comes before them.
pub(crate) const HELD_BYTES_MAX: usize = 4 << 20;

/// One direction of an open file.
#[derive(Debug)]
pub(crate) struct Pieces {
    file_id: u64,
    /// Bytes that were passed on.
    pub(crate) bytes: u64,
    /// What is passed on so far: the place in the file that comes next.
    next: u64,
    /// The place of the next bytes of the piece that comes in.
    at: u64,
    /// Pieces that came before their turn, by their places.
    held: Vec<(u64, Vec<u8>)>,
    has_gaps: bool,
}

impl Pieces {
    /// A file that begins, under this number.
    pub(crate) fn new(file_id: u64) -> Pieces {
        Pieces { file_id, bytes: 0, next: 0, at: 0, held: Vec::new(), has_gaps: false }
    }

    /// A piece begins. Does it overlap what came before? `held_bytes` is what all transfers of the flow hold.
    pub(crate) fn begin(
        &mut self,
        now: Timestamp,
        offset: u64,
        length: u32,
        held_bytes: &mut usize,
        sink: &mut dyn Sink,
    ) -> bool {
        self.at = offset;
        if offset > self.next && *held_bytes + length as usize > HELD_BYTES_MAX {
            self.flush(now, held_bytes, sink);
            self.leave_out(now, offset, sink);
        }
        offset < self.next
    }

    /// The next bytes of the piece.
    pub(crate) fn push(&mut self, now: Timestamp, mut bytes: &[u8], held_bytes: &mut usize, sink: &mut dyn Sink) {
        let known = self.next.saturating_sub(self.at).min(bytes.len() as u64);
        self.at += known;
        bytes = &bytes[known as usize..];
        let at = self.at;
        // A file that claims to end beyond what a number holds ends there.
        self.at = self.at.saturating_add(bytes.len() as u64);
        if bytes.is_empty() {
        } else if at == self.next {
            self.pass_on(now, bytes, sink);
            self.take_in_turn(now, held_bytes, sink);
        } else {
            *held_bytes += bytes.len();
            self.hold(at, bytes);
        }
    }

    /// Bytes of the piece are missing.
    pub(crate) fn gap(&mut self, now: Timestamp, bytes: u64, held_bytes: &mut usize, sink: &mut dyn Sink) {
        self.at = self.at.saturating_add(bytes);
        let is_its_turn = self.at.saturating_sub(bytes) <= self.next;
        if is_its_turn {
            self.leave_out(now, self.at, sink);
            self.take_in_turn(now, held_bytes, sink);
        }
    }

    /// The file is over: what waits is passed on behind gaps.
    pub(crate) fn close(&mut self, now: Timestamp, is_closed: bool, held_bytes: &mut usize, sink: &mut dyn Sink) {
        self.flush(now, held_bytes, sink);
        sink.file(now, FileEvent::Close { id: self.file_id, is_complete: is_closed && !self.has_gaps });
    }

    fn pass_on(&mut self, now: Timestamp, bytes: &[u8], sink: &mut dyn Sink) {
        self.next = self.next.saturating_add(bytes.len() as u64);
        self.bytes += bytes.len() as u64;
        sink.file(now, FileEvent::Data { id: self.file_id, bytes });
    }

    /// Whatever is between what was passed on and this place does not come.
    fn leave_out(&mut self, now: Timestamp, place: u64, sink: &mut dyn Sink) {
        if place > self.next {
            sink.file(now, FileEvent::Gap { id: self.file_id, bytes: place - self.next });
            self.has_gaps = true;
            self.next = place;
        }
    }

    fn hold(&mut self, at: u64, bytes: &[u8]) {
        let behind = self.held.iter_mut().find(|(place, piece)| place.checked_add(piece.len() as u64) == Some(at));
        match behind {
            Some((_, piece)) => piece.extend_from_slice(bytes),
            None => self.held.push((at, bytes.to_vec())),
        }
    }

    fn take_in_turn(&mut self, now: Timestamp, held_bytes: &mut usize, sink: &mut dyn Sink) {
        while let Some(place) = self.held.iter().position(|(at, _)| *at <= self.next) {
            let (at, piece) = self.held.swap_remove(place);
            *held_bytes = held_bytes.saturating_sub(piece.len());
            let known = usize::try_from(self.next - at).unwrap_or(usize::MAX);
            if let Some(rest) = piece.get(known..).filter(|rest| !rest.is_empty()) {
                self.pass_on(now, rest, sink);
            }
        }
    }

    fn flush(&mut self, now: Timestamp, held_bytes: &mut usize, sink: &mut dyn Sink) {
        while let Some(first) = self.held.iter().map(|(at, _)| *at).min() {
            self.leave_out(now, first, sink);
            self.take_in_turn(now, held_bytes, sink);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sink::Handover;
    use crate::tree::Transaction;

    struct Bytes(u64);

    impl Sink for Bytes {
        fn transaction(&mut self, _now: Timestamp, _transaction: &dyn Transaction) {}

        fn anomaly(&mut self, _now: Timestamp, _name: &'static str, _transaction: Option<u64>) {}

        fn hand_over(&mut self, _now: Timestamp, _handover: Handover<'_>) {}

        fn file(&mut self, _now: Timestamp, event: FileEvent<'_>) {
            if let FileEvent::Data { bytes, .. } = event {
                self.0 += bytes.len() as u64;
            }
        }
    }

    #[test]
    fn a_piece_at_the_last_place_of_all_does_not_overflow() {
        let (mut pieces, mut held_bytes, mut sink) = (Pieces::new(1), 0, Bytes(0));
        for offset in [u64::MAX, u64::MAX - 1, 0] {
            pieces.begin(Timestamp::default(), offset, 2, &mut held_bytes, &mut sink);
            pieces.push(Timestamp::default(), b"ab", &mut held_bytes, &mut sink);
        }
        pieces.close(Timestamp::default(), true, &mut held_bytes, &mut sink);
        assert!(sink.0 >= 4 && held_bytes == 0);
    }
}
