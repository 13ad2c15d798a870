//! What each rule costs.

/// What one rule has cost so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RuleCounts {
    /// Times that it was looked at.
    pub checks: u64,
    /// Times that it matched, told or not.
    pub matches: u64,
    /// Attempts to find something that this took: the same in every run.
    pub steps: u64,
    /// Time that this took, in the units of the clock that was given; 0 without one.
    pub ticks: u64,
}

/// A clock. Who wants times brings one: this crate reads none.
pub type Clock = fn() -> u64;

/// Counts for each rule of a ruleset.
#[derive(Clone, Debug, Default)]
pub(super) struct Profile {
    pub(super) counts: Vec<RuleCounts>,
    clock: Option<Clock>,
}

impl Profile {
    pub(super) fn new(rules: usize, clock: Option<Clock>) -> Profile {
        Profile { counts: vec![RuleCounts::default(); rules], clock }
    }

    pub(super) fn now(&self) -> u64 {
        self.clock.map_or(0, |clock| clock())
    }

    pub(super) fn note(&mut self, rule: u32, since: u64, is_match: bool, steps: u64) {
        let ticks = self.now().saturating_sub(since);
        if let Some(counts) = self.counts.get_mut(rule as usize) {
            *counts = counts.plus(RuleCounts { checks: 1, matches: is_match.into(), steps, ticks });
        }
    }
}

impl RuleCounts {
    /// What two detectors have counted of one rule.
    #[must_use]
    pub const fn plus(self, other: RuleCounts) -> RuleCounts {
        RuleCounts {
            checks: self.checks + other.checks,
            matches: self.matches + other.matches,
            steps: self.steps + other.steps,
            ticks: self.ticks + other.ticks,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_counted() {
        let mut profile = Profile::new(2, Some(|| 7));
        profile.note(1, 4, true, 5);
        profile.note(1, 7, false, 1);
        profile.note(9, 0, true, 1);
        let expected = RuleCounts { checks: 2, matches: 1, steps: 6, ticks: 3 };
        assert_eq!(profile.counts, [RuleCounts::default(), expected]);
    }
}
