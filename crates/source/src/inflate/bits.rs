//! The bit buffer: DEFLATE's bits, lowest first, in one `u64`.

/// Bits read from the input and not used yet.
///
/// Outside the fast loop every bit above `count` is zero, so that a look-up at the end of the input sees zeros.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Bits {
    pub(super) buffer: u64,
    /// How many bits are held. Inside the fast loop only its low 8 bits mean anything.
    pub(super) count: u32,
}

impl Bits {
    /// Takes whole bytes from `input` until 56 bits are held or the input is empty.
    pub(super) fn fill(&mut self, input: &mut &[u8]) {
        while self.count < 56 {
            let Some((&byte, rest)) = input.split_first() else {
                return;
            };
            self.buffer |= u64::from(byte) << self.count;
            self.count += 8;
            *input = rest;
        }
    }

    /// The next `wanted` (at most 32) bits, or `None`, with nothing used, when the input has fewer.
    pub(super) fn take(&mut self, wanted: u32, input: &mut &[u8]) -> Option<u32> {
        if self.count < wanted {
            self.fill(input);
            if self.count < wanted {
                return None;
            }
        }
        let value = self.buffer & ((1 << wanted) - 1);
        self.skip(wanted);
        Some(value as u32)
    }

    /// Drops `used` bits (at most 63, all of them held).
    pub(super) fn skip(&mut self, used: u32) {
        self.buffer >>= used;
        self.count -= used;
    }

    /// Drops the bits up to the next byte of the input.
    pub(super) fn align(&mut self) {
        self.skip(self.count % 8);
    }

    /// Fast loop: tops up to at least 56 bits with one load. False, with nothing done, if fewer than 8 bytes are left.
    ///
    /// Bits above `count` may be real ones already; loading them again is harmless, because they are the same.
    #[inline(always)]
    pub(super) fn refill(&mut self, input: &mut &[u8]) -> bool {
        let Some((word, _)) = input.split_first_chunk::<8>() else {
            return false;
        };
        self.buffer |= u64::from_le_bytes(*word) << (self.count & 63);
        *input = &input[(((self.count ^ 63) >> 3) & 7) as usize..];
        self.count |= 56;
        true
    }

    /// Fast loop: drops the number of bits in the low byte of `entry`.
    #[inline(always)]
    pub(super) fn consume(&mut self, entry: u32) {
        self.buffer >>= entry & 63;
        self.count = self.count.wrapping_sub(entry);
    }

    /// Leaves the fast loop's looser form: an exact count, zeros above it.
    pub(super) fn settle(&mut self) {
        self.count &= 63;
        self.buffer &= (1 << self.count) - 1;
    }
}
