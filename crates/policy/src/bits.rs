//! Sets of small numbers: segments of a host, rules of a side.

/// A set of numbers below its size.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Bits(Box<[u64]>);

impl Bits {
    /// The empty set, with room for numbers below `size`.
    pub(crate) fn new(size: usize) -> Bits {
        Bits(vec![0; size.div_ceil(64)].into())
    }

    /// Adds a number; one beyond the size is left out.
    pub(crate) fn insert(&mut self, number: usize) {
        if let Some(word) = self.0.get_mut(number / 64) {
            *word |= 1 << (number % 64);
        }
    }

    /// Is the number in the set?
    pub(crate) fn contains(&self, number: usize) -> bool {
        self.0.get(number / 64).is_some_and(|word| word >> (number % 64) & 1 == 1)
    }

    /// Adds the numbers of a set of the same size.
    pub(crate) fn add_all(&mut self, other: &Bits) {
        self.0.iter_mut().zip(&other.0).for_each(|(word, other)| *word |= other);
    }

    /// Numbers in the set, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.0.iter().enumerate().flat_map(|(place, word)| ones(place, *word))
    }

    /// Numbers in both sets, in order.
    pub(crate) fn common<'a>(&'a self, other: &'a Bits) -> impl Iterator<Item = usize> + 'a {
        let words = self.0.iter().zip(&other.0).map(|(one, other)| one & other);
        words.enumerate().flat_map(|(place, word)| ones(place, word))
    }
}

fn ones(place: usize, mut word: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let bit = (word != 0).then(|| word.trailing_zeros() as usize)?;
        word &= word - 1;
        Some(place * 64 + bit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets() {
        let mut odd = Bits::new(130);
        let mut high = Bits::new(130);
        (0..130).filter(|number| number % 2 == 1).for_each(|number| odd.insert(number));
        (120..200).for_each(|number| high.insert(number));
        assert_eq!(odd.common(&high).collect::<Vec<_>>(), [121, 123, 125, 127, 129]);
        assert!(odd.contains(129) && !odd.contains(128) && !high.contains(1_000));
        high.add_all(&odd);
        assert_eq!(high.iter().next(), Some(1));
    }
}
