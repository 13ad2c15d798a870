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
