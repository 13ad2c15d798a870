//! The output window: the last 32 KiB, room for new bytes, and slack for copies that write too much.

/// How far back a match can reach.
const HISTORY: usize = 32 * 1024;
/// Positions are below this power of two, so that a mask proves every access.
const SPAN: usize = 256 * 1024;
/// No symbol is decoded at or after this position.
const FULL: usize = SPAN - 1024;
/// Bytes beyond `SPAN`, for chunks that begin at its very end.
const SLACK: usize = 512;

/// Decoded bytes: those before `start` are history, those from `start` to `end` are new.
pub(super) struct Window {
    bytes: Box<[u8; SPAN + SLACK]>,
    start: usize,
    end: usize,
    /// Where the history of this member begins; matches may not reach before it.
    floor: usize,
}

impl Window {
    pub(super) fn new() -> Window {
        let bytes = vec![0; SPAN + SLACK].into_boxed_slice();
        // INVARIANT: the vector was made with this very length.
        let bytes = bytes.try_into().expect("the window has its own length");
        Window { bytes, start: 0, end: 0, floor: 0 }
    }

    /// The bytes that are not handed out yet.
    pub(super) fn new_bytes(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    /// Marks the first `count` new bytes as handed out.
    pub(super) fn hand_out(&mut self, count: usize) {
        self.start = self.end.min(self.start + count);
    }

    /// Makes room: moves the history to the front. Only when every byte is handed out.
    pub(super) fn slide(&mut self) {
        if self.end > HISTORY && self.start == self.end {
            let shift = self.end - HISTORY;
            self.bytes.copy_within(shift..self.end, 0);
            self.floor = self.floor.saturating_sub(shift);
            self.start = HISTORY;
            self.end = HISTORY;
        }
    }

    /// Forgets the history: what follows is another member.
    pub(super) fn forget(&mut self) {
        self.floor = self.end;
    }

    pub(super) fn is_full(&self) -> bool {
        self.end >= FULL
    }

    /// Appends stored bytes: as many of `input` as fit, at most `wanted`. Says how many.
    pub(super) fn append(&mut self, input: &[u8], wanted: usize) -> usize {
        let count = wanted.min(input.len()).min(FULL.saturating_sub(self.end));
        self.bytes[self.end..self.end + count].copy_from_slice(&input[..count]);
        self.end += count;
        count
    }

    /// Lets `write` append at the end.
    #[inline(always)]
    pub(super) fn write<T>(&mut self, write: impl FnOnce(&mut Cursor<'_>) -> T) -> T {
        let mut cursor = Cursor { bytes: &mut self.bytes, end: self.end, floor: self.floor };
        let result = write(&mut cursor);
        self.end = cursor.end;
        result
    }
}

/// The writing end of a window, apart from the rest so that the fast loop can keep it in registers.
pub(super) struct Cursor<'a> {
    bytes: &'a mut [u8; SPAN + SLACK],
    end: usize,
    floor: usize,
}

impl Cursor<'_> {
    #[inline(always)]
    pub(super) fn is_full(&self) -> bool {
        self.end >= FULL
    }

    /// How far back a match may reach from `end`.
    #[inline(always)]
    pub(super) fn reach(&self) -> usize {
        self.end - self.floor
    }

    /// Writes two bytes and keeps `count` of them.
    #[inline(always)]
    pub(super) fn push(&mut self, bytes: [u8; 2], count: usize) {
        let at = self.end & (SPAN - 1);
        self.bytes[at..at + 2].copy_from_slice(&bytes);
        self.end += count;
    }

    /// Repeats `length` bytes from `offset` back. The caller has checked `offset` against `reach`.
    #[inline(always)]
    pub(super) fn repeat(&mut self, offset: usize, length: usize) {
        let (from, to) = (self.end.wrapping_sub(offset), self.end);
        self.end += length;
        if offset >= 16 {
            self.copy::<16>(from, to);
            self.copy::<16>(from.wrapping_add(16), to + 16);
            self.copy::<16>(from.wrapping_add(32), to + 32);
            self.copy::<16>(from.wrapping_add(48), to + 48);
            let mut done = 64;
            while done < length {
                self.copy::<16>(from.wrapping_add(done), to + done);
                done += 16;
            }
        } else if offset >= 8 {
            let mut done = 0;
            while done < length {
                self.copy::<8>(from.wrapping_add(done), to + done);
                done += 8;
            }
        } else {
            self.repeat_pattern(offset, length, from, to);
        }
    }

    /// `repeat` for offsets below 8: as many whole patterns as 8 bytes hold, again and again.
    fn repeat_pattern(&mut self, offset: usize, length: usize, from: usize, to: usize) {
        let from = from & (SPAN - 1);
        let mut chunk = [0; 8];
        chunk.copy_from_slice(&self.bytes[from..from + 8]);
        let mut width = offset as u32 * 8;
        let mut pattern = u64::from_le_bytes(chunk) & ((1 << width) - 1);
        while width < 64 {
            pattern |= pattern << width;
            width *= 2;
        }
        let stride = usize::from([8, 8, 8, 6, 8, 5, 6, 7u8][offset & 7]);
        let mut done = 0;
        while done < length {
            let at = (to + done) & (SPAN - 1);
            self.bytes[at..at + 8].copy_from_slice(&pattern.to_le_bytes());
            done += stride;
        }
    }

    /// Copies `N` bytes. They may overlap: all are read before any is written.
    #[inline(always)]
    fn copy<const N: usize>(&mut self, from: usize, to: usize) {
        let (from, to) = (from & (SPAN - 1), to & (SPAN - 1));
        let mut chunk = [0; N];
        chunk.copy_from_slice(&self.bytes[from..from + N]);
        self.bytes[to..to + N].copy_from_slice(&chunk);
    }
}
