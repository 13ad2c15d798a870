//! Sequence arithmetic that survives the wrap at 2^32 (RFC 9293 section 3.4).

/// A TCP sequence number. Comparing two makes sense while they are less than 2^31 apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct SeqNumber(pub u32);

impl SeqNumber {
    /// The number so many bytes later.
    pub const fn plus(self, bytes: u32) -> SeqNumber {
        SeqNumber(self.0.wrapping_add(bytes))
    }

    /// The number so many bytes earlier.
    pub const fn minus(self, bytes: u32) -> SeqNumber {
        SeqNumber(self.0.wrapping_sub(bytes))
    }

    /// Bytes from `earlier` to this one; negative if this one is before it.
    pub const fn since(self, earlier: SeqNumber) -> i32 {
        self.0.wrapping_sub(earlier.0) as i32
    }

    /// Does it lie before `other`?
    pub const fn is_before(self, other: SeqNumber) -> bool {
        self.since(other) < 0
    }

    /// Does it lie behind `other`?
    pub const fn is_after(self, other: SeqNumber) -> bool {
        self.since(other) > 0
    }

    /// The later of two.
    pub const fn max(self, other: SeqNumber) -> SeqNumber {
        if self.is_before(other) { other } else { self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrap_around() {
        let cases: &[(u32, u32, i32)] = &[
            (1, 0, 1),
            (0, u32::MAX, 1),
            (u32::MAX, 0, -1),
            (5, 5, 0),
            (0x8000_0000 - 1, 0, i32::MAX),
            (0x8000_0000, 0, i32::MIN),
        ];
        for &(late, early, expected) in cases {
            assert_eq!(SeqNumber(late).since(SeqNumber(early)), expected, "{late} - {early}");
        }
        assert_eq!(SeqNumber(u32::MAX).plus(2).minus(2), SeqNumber(u32::MAX));
        assert_eq!(SeqNumber(3).max(SeqNumber(u32::MAX)), SeqNumber(3));
    }
}
