//! `entropy`: how many bits a byte of the buffer says, by Shannon.

/// What the entropy of a part of the buffer must be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Entropy {
    /// `offset`: bytes that are passed over.
    pub offset: usize,
    /// `bytes`: how many count; none for all.
    pub bytes: Option<usize>,
    /// What it must be, from 0 to 8.
    pub bounds: Bounds,
}

/// Bounds of a number that is not whole.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bounds {
    /// `<`
    Less(f64),
    /// `<=`
    LessOrEqual(f64),
    /// `>`
    Greater(f64),
    /// `>=`
    GreaterOrEqual(f64),
    /// `=`
    Equal(f64),
    /// `!=`
    NotEqual(f64),
    /// `low<>high`, both excluded.
    Between(f64, f64),
}

impl Bounds {
    /// Is the number within?
    pub fn contain(self, number: f64) -> bool {
        match self {
            Bounds::Less(bound) => number < bound,
            Bounds::LessOrEqual(bound) => number <= bound,
            Bounds::Greater(bound) => number > bound,
            Bounds::GreaterOrEqual(bound) => number >= bound,
            Bounds::Equal(bound) => (number - bound).abs() < f64::EPSILON,
            Bounds::NotEqual(bound) => (number - bound).abs() >= f64::EPSILON,
            Bounds::Between(low, high) => low < number && number < high,
        }
    }
}

impl Entropy {
    pub(super) fn holds(self, bytes: &[u8]) -> bool {
        let Some(part) = bytes.get(self.offset..).filter(|part| !part.is_empty()) else { return false };
        let length = self.bytes.unwrap_or(part.len()).min(part.len());
        self.bounds.contain(entropy(&part[..length]))
    }
}

/// Bits that a byte says: 0 where all are the same, 8 where all values are as frequent.
fn entropy(bytes: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in bytes {
        counts[usize::from(*byte)] += 1;
    }
    let total = bytes.len() as f64;
    let share = |count: &u32| f64::from(*count) / total;
    counts.iter().filter(|count| **count > 0).map(share).map(|share| -share * share.log2()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entropies() {
        let all: Vec<u8> = (0..=255).collect();
        for (bytes, expected) in [(&b"aaaa"[..], 0.0), (b"abab", 1.0), (b"abcd", 2.0), (&all, 8.0)] {
            assert!((entropy(bytes) - expected).abs() < 1e-9, "{bytes:?}");
        }
    }

    #[test]
    fn parts() {
        let test = |offset, bytes, bounds| Entropy { offset, bytes, bounds }.holds(b"aaaabcd");
        assert!(test(0, Some(4), Bounds::LessOrEqual(0.0)));
        assert!(test(3, None, Bounds::Equal(2.0)));
        assert!(test(3, Some(100), Bounds::Between(1.9, 2.1)));
        assert!(!test(7, None, Bounds::GreaterOrEqual(0.0)));
    }
}
