//! Numbers that rules give, or take from traffic.

use super::State;

/// A number that a rule gives, or one of its variables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    /// This number.
    Fixed(i64),
    /// The value of the variable of this place.
    Variable(usize),
}

impl Amount {
    /// What it is now.
    pub fn value(self, state: &State) -> i64 {
        match self {
            Amount::Fixed(number) => number,
            Amount::Variable(place) => {
                state.variables.get(place).map_or(0, |value| i64::try_from(*value).unwrap_or(i64::MAX))
            }
        }
    }
}

/// Numbers from one to another, both included; or all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// The first.
    pub first: u64,
    /// The last.
    pub last: u64,
    /// Is it all but these?
    pub is_negated: bool,
}

impl Range {
    /// Is the number one of them?
    pub const fn contains(self, number: u64) -> bool {
        (self.first <= number && number <= self.last) != self.is_negated
    }
}

/// Which of the numbers at a place must be so, where there are several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Which {
    /// One of them.
    #[default]
    Any,
    /// Each of them, and there is one.
    All,
    /// The one at this place, from the first, 0; negative from the last, -1.
    At(i32),
}

/// What a number of a transaction must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberTest {
    /// The bits of it that count.
    pub bits: u64,
    /// It is in one of these.
    pub any_of: Vec<Range>,
    /// It is in none of them.
    pub is_negated: bool,
    /// Which number is meant.
    pub which: Which,
}

impl From<Range> for NumberTest {
    fn from(range: Range) -> NumberTest {
        NumberTest { bits: u64::MAX, any_of: vec![range], is_negated: false, which: Which::Any }
    }
}

impl NumberTest {
    /// Bits that are set, and bits that are not.
    pub fn of_bits(set: u64, unset: u64) -> NumberTest {
        NumberTest { bits: set | unset, ..Range { first: set, last: set, is_negated: false }.into() }
    }

    /// Are the numbers at a place as they must be?
    pub fn holds(&self, mut numbers: impl Iterator<Item = u64>) -> bool {
        match self.which {
            Which::Any => numbers.any(|number| self.is_met_by(number)),
            Which::All => {
                let mut numbers = numbers.peekable();
                numbers.peek().is_some() && numbers.all(|number| self.is_met_by(number))
            }
            Which::At(place) => match usize::try_from(place) {
                Ok(place) => numbers.nth(place).is_some_and(|number| self.is_met_by(number)),
                Err(_) => self.is_met_from_the_end(&numbers.collect::<Vec<_>>(), place.unsigned_abs()),
            },
        }
    }

    fn is_met_from_the_end(&self, numbers: &[u64], place: u32) -> bool {
        let number = numbers.len().checked_sub(place as usize).and_then(|place| numbers.get(place));
        number.is_some_and(|number| self.is_met_by(*number))
    }

    fn is_met_by(&self, number: u64) -> bool {
        self.any_of.iter().any(|range| range.contains(number & self.bits)) != self.is_negated
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn which_of_several_numbers() {
        let five = NumberTest::from(Range { first: 5, last: 5, is_negated: false });
        for (which, numbers, expected) in [
            (Which::Any, &[4, 5][..], true),
            (Which::Any, &[], false),
            (Which::All, &[4, 5], false),
            (Which::All, &[5, 5], true),
            (Which::All, &[], false),
            (Which::At(1), &[4, 5], true),
            (Which::At(2), &[4, 5], false),
            (Which::At(-1), &[4, 5], true),
            (Which::At(-2), &[4, 5], false),
            (Which::At(-3), &[4, 5], false),
        ] {
            let test = NumberTest { which, ..five.clone() };
            assert_eq!(test.holds(numbers.iter().copied()), expected, "{which:?} of {numbers:?}");
        }
    }

    #[test]
    fn bits() {
        let test = NumberTest::of_bits(0b1000, 0b0001);
        for (number, expected) in [(0b1000, true), (0b1110, true), (0b1001, false), (0, false)] {
            assert_eq!(test.holds([number].into_iter()), expected, "{number:b}");
        }
    }
}
