//! The part of a pattern that is looked for.

use super::rarity;

/// Bytes of a pattern that are looked for; longer ones are verified.
pub(super) const NEEDLE_BYTES_MAX: usize = 16;

/// At most 16 bytes of a pattern, those that are met least, in lower case, and which of them it is found by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Needle {
    /// The bytes, the first one lowest; zeros behind them.
    text: u128,
    length: u8,
    /// Bytes before those that it is found by.
    before: u8,
}

impl Needle {
    /// Of a pattern, which must not be empty.
    pub fn of(pattern: &[u8]) -> Needle {
        let part = rarest(pattern, NEEDLE_BYTES_MAX).1.to_ascii_lowercase();
        let before = rarest(&part, gram_bytes(part.len())).0;
        Needle { text: number(&part), length: part.len() as u8, before: before as u8 }
    }

    /// How many bytes it has.
    pub fn len(&self) -> usize {
        usize::from(self.length)
    }

    /// Is it nothing?
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// By how many of its bytes it is found.
    pub(super) fn gram_bytes(&self) -> usize {
        gram_bytes(self.len())
    }

    /// The bytes it is found by, the first one lowest.
    pub(super) fn gram(&self) -> u32 {
        let word = (self.text >> (8 * u32::from(self.before))) as u32;
        word & super::grams::mask(self.gram_bytes())
    }

    /// Where it begins if the bytes that it is found by are at this place.
    pub(super) fn begin(&self, place: usize) -> Option<usize> {
        place.checked_sub(usize::from(self.before))
    }

    /// Do these bytes in lower case, of which only those before `end` count, begin with it?
    pub(super) fn is_at(&self, folded: &[u8], begin: usize, end: usize) -> bool {
        let Some(bytes) = folded.get(begin..).and_then(|rest| rest.first_chunk()) else { return false };
        let unused = 8 * (NEEDLE_BYTES_MAX - self.len()) as u32;
        begin + self.len() <= end && (u128::from_le_bytes(*bytes) ^ self.text) << unused == 0
    }
}

/// Patterns of three bytes are too few for a pass of their own.
const fn gram_bytes(length: usize) -> usize {
    match length {
        0 | 1 => 1,
        2 | 3 => 2,
        _ => 4,
    }
}

/// The first bytes as a number, the first one lowest.
fn number(bytes: &[u8]) -> u128 {
    bytes.iter().take(NEEDLE_BYTES_MAX).rev().fold(0, |number, byte| number << 8 | u128::from(*byte))
}

/// So many bytes of it at most, those that are met least, and where they begin.
fn rarest(bytes: &[u8], length: usize) -> (usize, &[u8]) {
    if bytes.len() <= length {
        return (0, bytes);
    }
    let parts = bytes.windows(length).enumerate();
    parts.max_by_key(|(_, part)| rarity(part)).unwrap_or((0, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_long_pattern_a_part_is_looked_for() {
        let long = [b"eeeeeeeeeeeeeeeeeeeeeeeeeeee".as_slice(), b"q#zx~_7|k@w!", &[b' '; 30]].concat();
        let part = rarest(&long, NEEDLE_BYTES_MAX).1;
        assert!(part.windows(4).any(|part| part == b"q#zx"));
    }

    #[test]
    fn only_bytes_before_the_end_count() {
        let needle = Needle::of(b"A\0");
        let padded = [&b"xa"[..], &[0; NEEDLE_BYTES_MAX]].concat();
        assert_eq!([2, 3].map(|end| needle.is_at(&padded, 1, end)), [false, true]);
        assert!(!needle.is_at(&padded, 0, 3) && !needle.is_at(&padded, 9, 30));
    }
}
