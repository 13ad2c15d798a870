//! What rules cost: a table, the dearest first.

use rules::{RuleCounts, Ruleset};
use std::fmt;

/// Rules that a table shows.
const ROWS_MAX: usize = 100;

/// What the rules of a run have cost.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// Rules that were looked at, the dearest first.
    pub rows: Vec<ProfileRow>,
}

/// What one rule has cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileRow {
    /// Its generator, number and revision.
    pub id: [u32; 3],
    /// What it is called.
    pub message: String,
    /// What it cost.
    pub counts: RuleCounts,
}

impl Profile {
    /// Of the counts of each rule in the ruleset's order.
    pub fn of(ruleset: &Ruleset, counts: &[RuleCounts]) -> Profile {
        let rules = ruleset.rules().iter().zip(counts).filter(|(_, counts)| counts.checks > 0);
        let row = |(rule, counts): (&rules::rule::Compiled, &RuleCounts)| {
            let about = &rule.about;
            ProfileRow { id: [about.gid, about.sid, about.rev], message: about.message.to_string(), counts: *counts }
        };
        let mut rows: Vec<ProfileRow> = rules.map(row).collect();
        let cost = |row: &ProfileRow| (row.counts.ticks, row.counts.steps, row.counts.checks);
        rows.sort_by(|one, other| cost(other).cmp(&cost(one)).then(one.id.cmp(&other.id)));
        Profile { rows }
    }

    /// What all have cost, by the clock where there was one, else in steps.
    fn total(&self) -> (bool, u64) {
        let ticks: u64 = self.rows.iter().map(|row| row.counts.ticks).sum();
        let steps = self.rows.iter().map(|row| row.counts.steps).sum();
        if ticks > 0 { (true, ticks) } else { (false, steps) }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (is_timed, total) = self.total();
        let share = if is_timed { "time %" } else { "steps %" };
        writeln!(f, "{share:>7} {:>12} {:>10} {:>12}  rule", "checks", "matches", "steps")?;
        for row in self.rows.iter().take(ROWS_MAX) {
            let RuleCounts { checks, matches, steps, ticks } = row.counts;
            let own = if is_timed { ticks } else { steps };
            let percent = own as f64 * 100.0 / total.max(1) as f64;
            let [gid, sid, rev] = row.id;
            writeln!(f, "{percent:>7.2} {checks:>12} {matches:>10} {steps:>12}  {gid}:{sid}:{rev} {}", row.message)?;
        }
        match self.rows.len().checked_sub(ROWS_MAX).filter(|more| *more > 0) {
            Some(more) => writeln!(f, "and {more} more"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dearest_first() {
        let text = b"alert tcp any any -> any any (msg:\"a\"; content:\"a\"; sid:1;)\n\
            alert tcp any any -> any any (msg:\"b\"; content:\"b\"; sid:2; rev:3;)\n\
            alert tcp any any -> any any (msg:\"c\"; content:\"c\"; sid:3;)\n";
        let reading = rules::read("test.rules", text, &rules::Settings::default());
        let ruleset = Ruleset::new(reading.rules, reading.names);
        let counts = |checks, matches, steps| RuleCounts { checks, matches, steps, ticks: 0 };
        let profile = Profile::of(&ruleset, &[counts(4, 1, 25), counts(2, 2, 75), counts(0, 0, 0)]);
        let expected = "steps %       checks    matches        steps  rule\n\
            \x20 75.00            2          2           75  1:2:3 b\n\
            \x20 25.00            4          1           25  1:1:0 a\n";
        assert_eq!(profile.to_string(), expected);
    }
}
