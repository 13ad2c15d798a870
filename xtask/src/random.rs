//! A small deterministic random source: xoshiro256++ seeded by SplitMix64.
//!
//! Only additions, multiplications and square roots are used, never `libm`: the same seed gives
//! the same bytes on every platform.

/// One step of SplitMix64, which is also a good hash of a number.
pub(crate) fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A stable 64-bit hash of a name, for identifiers that must not change between runs.
pub(crate) fn hash(name: &str) -> u64 {
    name.bytes().fold(0x5eed, |state, byte| mix(state ^ u64::from(byte)))
}

/// The random source.
pub(crate) struct Random([u64; 4]);

impl Random {
    /// The source of a seed and a stream: equal streams of equal seeds give equal numbers.
    pub(crate) fn new(seed: u64, stream: u64) -> Random {
        let start = mix(seed) ^ mix(stream.wrapping_mul(0xd6e8_feb8_6659_fd93));
        Random([mix(start), mix(start ^ 1), mix(start ^ 2), mix(start ^ 3)])
    }

    /// The next 64 random bits.
    pub(crate) fn bits(&mut self) -> u64 {
        let [a, b, c, d] = &mut self.0;
        let result = a.wrapping_add(*d).rotate_left(23).wrapping_add(*a);
        let shifted = *b << 17;
        *c ^= *a;
        *d ^= *b;
        *b ^= *c;
        *a ^= *d;
        *c ^= shifted;
        *d = d.rotate_left(45);
        result
    }

    /// A number below `end` (which is not zero).
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        ((u128::from(self.bits()) * u128::from(end)) >> 64) as u64
    }

    /// A number from `from` up to, not including, `to`.
    pub(crate) fn between(&mut self, from: u64, to: u64) -> u64 {
        from + self.below(to - from)
    }

    /// A fraction in `0.0..1.0`.
    pub(crate) fn fraction(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// True `percent` times of a hundred.
    pub(crate) fn percent(&mut self, percent: f64) -> bool {
        self.fraction() * 100.0 < percent
    }

    /// One of the values (there is at least one).
    pub(crate) fn pick<T: Copy>(&mut self, values: &[T]) -> T {
        values[self.below(values.len() as u64) as usize]
    }

    /// An ephemeral port of Linux.
    pub(crate) fn port(&mut self) -> u16 {
        self.between(32768, 61000) as u16
    }

    /// A normal number with mean 0 and deviation 1: the sum of twelve fractions, less six.
    pub(crate) fn normal(&mut self) -> f64 {
        (0..6).map(|_| self.bits()).map(|bits| (bits >> 32) as f64 + (bits & 0xffff_ffff) as f64).sum::<f64>()
            / (1_u64 << 32) as f64
            - 6.0
    }

    /// A log-normal number: half are below `median`, two thirds within a factor of e^`sigma`.
    pub(crate) fn log_normal(&mut self, median: f64, sigma: f64) -> f64 {
        median * exp(self.normal() * sigma)
    }
}

/// The exponential function, by its series on a quarter of a power of two.
fn exp(x: f64) -> f64 {
    const HALVINGS: u32 = 6;
    let small = x / f64::from(1_u32 << HALVINGS);
    let mut sum = 1.0;
    let mut term = 1.0;
    for n in 1..10 {
        term *= small / f64::from(n);
        sum += term;
    }
    (0..HALVINGS).fold(sum, |power, _| power * power)
}

/// Chooses ranks with Zipf's law (exponent 1) in constant time, by Walker's alias table.
pub(crate) struct Zipf {
    /// For each rank: how often to keep it (of 2^32), and what to take instead.
    slots: Vec<(u32, u32)>,
}

impl Zipf {
    /// Ranks `0..count`; `shift` flattens the head (0 is plain Zipf).
    pub(crate) fn new(count: usize, shift: f64) -> Zipf {
        let weights: Vec<f64> = (0..count).map(|rank| 1.0 / (rank as f64 + 1.0 + shift)).collect();
        let scale = count as f64 / weights.iter().sum::<f64>();
        let mut share: Vec<f64> = weights.iter().map(|weight| weight * scale).collect();
        let mut slots: Vec<(u32, u32)> = (0..count as u32).map(|rank| (u32::MAX, rank)).collect();
        let (mut light, mut heavy): (Vec<usize>, Vec<usize>) = (0..count).partition(|&rank| share[rank] < 1.0);
        while let (Some(small), Some(&large)) = (light.pop(), heavy.last()) {
            slots[small] = ((share[small] * f64::from(u32::MAX)) as u32, large as u32);
            share[large] -= 1.0 - share[small];
            if share[large] < 1.0 {
                heavy.pop();
                light.push(large);
            }
        }
        Zipf { slots }
    }

    /// A rank; 0 is the most frequent.
    pub(crate) fn rank(&self, random: &mut Random) -> usize {
        let bits = random.bits();
        let slot = (((bits >> 32) * self.slots.len() as u64) >> 32) as usize;
        let (keep, other) = self.slots[slot];
        if bits as u32 <= keep { slot } else { other as usize }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_is_exp() {
        for x in [-6.0, -1.0, 0.0, 0.5, 3.0, 6.0_f64] {
            assert!((exp(x) / x.exp() - 1.0).abs() < 1e-9, "{x}");
        }
    }

    #[test]
    fn zipf_head() {
        let (zipf, mut random) = (Zipf::new(1000, 0.0), Random::new(1, 1));
        let hits = (0..100_000).filter(|_| zipf.rank(&mut random) == 0).count();
        assert!((12_000..15_000).contains(&hits), "1/H(1000) is 13.4 %, got {hits}");
        let tail = (0..100_000).filter(|_| zipf.rank(&mut random) >= 500).count();
        assert!((8_000..11_000).contains(&tail), "H(1000)-H(500) is 9.3 %, got {tail}");
    }
}
