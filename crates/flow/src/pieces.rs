//! Bytes that came early, at their places: segments of a stream, fragments of a datagram.

use std::ops::Range;

/// Bytes at a place.
#[derive(Debug)]
pub(crate) struct Piece {
    pub(crate) start: u64,
    pub(crate) bytes: Vec<u8>,
}

impl Piece {
    pub(crate) fn range(&self) -> Range<u64> {
        self.start..self.start + self.bytes.len() as u64
    }
}

/// How a new piece met the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Meeting {
    /// It covers bytes that were there.
    pub(crate) overlaps: bool,
    /// Some of them were others.
    pub(crate) differs: bool,
    /// It is one that was there, byte for byte.
    pub(crate) is_duplicate: bool,
}

/// Pieces in order, none over another.
#[derive(Debug, Default)]
pub(crate) struct Pieces {
    pub(crate) list: Vec<Piece>,
    bytes: usize,
}

impl Pieces {
    /// Bytes held, and what holding them costs: their place in the list, and what an allocator keeps.
    pub(crate) fn cost(&self) -> usize {
        self.bytes + self.list.len() * (size_of::<Piece>() + 16)
    }

    /// Bytes held.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn first(&self) -> Option<&Piece> {
        self.list.first()
    }

    /// Forgets that these bytes were held.
    pub(crate) fn release(&mut self, bytes: usize) {
        self.bytes -= bytes.min(self.bytes);
    }

    /// Lays a piece among the others. `prefers_new` decides, from the ranges of an old piece and of the new one, whose bytes count
    /// where both have some.
    pub(crate) fn insert(
        &mut self,
        start: u64,
        bytes: &[u8],
        prefers_new: impl Fn(&Range<u64>, &Range<u64>) -> bool,
    ) -> Meeting {
        let new = start..start + bytes.len() as u64;
        let first = self.list.partition_point(|piece| piece.range().end <= new.start);
        let last = first + self.list[first..].partition_point(|piece| piece.start < new.end);
        if first == last {
            self.bytes += bytes.len();
            self.list.insert(first, Piece { start, bytes: bytes.to_vec() });
            return Meeting::default();
        }
        let before: usize = self.list[first..last].iter().map(|piece| piece.bytes.len()).sum();
        let is_one = last - first == 1 && self.list[first].range() == new;
        let mut laid = Laid { new: &new, bytes, pieces: Vec::new(), reached: new.start, differs: false };
        for old in self.list.drain(first..last) {
            laid.meet(old, &prefers_new);
        }
        laid.take_new(new.end);
        self.bytes += laid.pieces.iter().map(|piece| piece.bytes.len()).sum::<usize>() - before;
        let differs = laid.differs;
        self.list.splice(first..first, laid.pieces);
        Meeting { overlaps: true, differs, is_duplicate: is_one && !differs }
    }
}

/// A new piece on its way over old ones.
struct Laid<'a> {
    new: &'a Range<u64>,
    bytes: &'a [u8],
    pieces: Vec<Piece>,
    reached: u64,
    differs: bool,
}

impl Laid<'_> {
    fn part(&self, range: Range<u64>) -> &[u8] {
        &self.bytes[(range.start - self.new.start) as usize..(range.end - self.new.start) as usize]
    }

    fn push(&mut self, start: u64, bytes: Vec<u8>) {
        if !bytes.is_empty() {
            self.pieces.push(Piece { start, bytes });
        }
    }

    /// The new piece's bytes count up to here.
    fn take_new(&mut self, end: u64) {
        if self.reached < end {
            let bytes = self.part(self.reached..end).to_vec();
            self.push(self.reached, bytes);
            self.reached = end;
        }
    }

    fn meet(&mut self, old: Piece, prefers_new: &impl Fn(&Range<u64>, &Range<u64>) -> bool) {
        let range = old.range();
        let shared = range.start.max(self.new.start)..range.end.min(self.new.end);
        self.take_new(shared.start);
        let (left, right) = ((shared.start - range.start) as usize, (shared.end - range.start) as usize);
        let part = self.part(shared.clone()).to_vec();
        self.differs |= old.bytes[left..right] != part[..];
        if prefers_new(&range, self.new) {
            self.push(range.start, old.bytes[..left].to_vec());
            self.push(shared.start, part);
            self.push(shared.end, old.bytes[right..].to_vec());
        } else {
            self.pieces.push(old);
        }
        self.reached = shared.end;
    }
}
