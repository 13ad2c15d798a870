//! Results as text for people.

use crate::audit::{Audit, Group};
use crate::exposure::Exposure;
use crate::firewall::{Review, RuleReview, Verdict};
use std::fmt::{self, Write};

/// Groups and rules shown, at most; JSON has all.
const SHOWN_MAX: usize = 40;

impl fmt::Display for Audit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} of {} pairs of client and service are let through and inside the policy",
            self.inside, self.edges
        )?;
        let others = [
            (self.outside_pairs, "were let through, though the policy does not allow them"),
            (self.refused, "were refused, and the policy allows none of them"),
            (self.blocked_pairs, "were refused, though the policy allows them"),
            (self.unanswered, "were neither refused nor answered"),
        ];
        let mut others = others.iter().filter(|(pairs, _)| *pairs > 0);
        others.try_for_each(|(pairs, what)| writeln!(f, "{pairs} {what}"))?;
        groups(f, "Let through, but outside of the policy", &self.outside)?;
        groups(f, "Refused, but inside the policy", &self.blocked)?;
        let unused: Vec<_> = self.unused().collect();
        if !unused.is_empty() {
            writeln!(f, "\nRules that nothing used")?;
            unused.iter().try_for_each(|rule| writeln!(f, "  line {:<4} {}", rule.line, clean(&rule.rule)))?;
        }
        if self.unlisted > 0 {
            writeln!(f, "\n{} further groups are not listed", self.unlisted)?;
        }
        if self.turned_away > 0 {
            writeln!(f, "\n{} records were left out: there were more pairs than are kept apart", self.turned_away)?;
        }
        Ok(())
    }
}

fn groups(f: &mut fmt::Formatter<'_>, title: &str, groups: &[Group]) -> fmt::Result {
    if groups.is_empty() {
        return Ok(());
    }
    writeln!(f, "\n{title}")?;
    for group in groups.iter().take(SHOWN_MAX) {
        let Group { from, to, service, records, pairs, because, line, .. } = group;
        let place = if *line > 0 { format!("line {line}: ") } else { String::new() };
        writeln!(
            f,
            "  {} -> {} on {service}: {records} records, {pairs} pairs ({place}{})",
            clean(from),
            clean(to),
            clean(because)
        )?;
        let example = group.examples.first().map(|edge| format!("for example {} -> {}", edge.client, edge.server));
        example.map_or(Ok(()), |example| writeln!(f, "      {example}"))?;
    }
    more(f, groups.len())
}

impl fmt::Display for Review {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let titles = [
            (Verdict::TooWide, "Rules that allow more than was used"),
            (Verdict::Unused, "Rules that nothing used"),
            (Verdict::Covered, "Rules that can never hold: an earlier one covers them"),
            (Verdict::Unattached, "Rules that guard nothing"),
            (Verdict::Unknown, "Rules whose other end is not known here"),
            (Verdict::Fits, "Rules that fit"),
            (Verdict::Default, "Rules of the cloud itself that were used: only a rule before them can narrow them"),
        ];
        for (verdict, title) in titles {
            let rules: Vec<&RuleReview> = self.rules.iter().filter(|rule| rule.verdict == verdict).collect();
            if rules.is_empty() {
                continue;
            }
            writeln!(f, "{title}")?;
            rules.iter().take(SHOWN_MAX).try_for_each(|rule| f.write_str(&rule_text(rule)))?;
            more(f, rules.len())?;
            writeln!(f)?;
        }
        self.notes.iter().try_for_each(|note| writeln!(f, "note: {}", clean(note)))
    }
}

fn rule_text(rule: &RuleReview) -> String {
    let names = [&rule.set, &rule.set_name, &rule.name];
    let names: Vec<String> = names.into_iter().filter(|name| !name.is_empty()).map(|name| clean(name)).collect();
    let priority = rule.priority.map(|priority| priority.to_string()).filter(|priority| *priority != rule.name);
    let priority = priority.map(|priority| format!(" ({priority})")).unwrap_or_default();
    let mut text = format!("  {}{priority}: {}\n", names.join(" "), clean(&rule.rule));
    // Writing to a String cannot fail.
    if rule.pairs > 0 {
        let _ = writeln!(text, "      used by {} on {}", counted(rule.peers, "peer"), rule.services.join(", "));
    }
    if !rule.covered_by.is_empty() {
        let _ = writeln!(text, "      covered by {}", clean(&rule.covered_by));
    }
    for (place, proposal) in rule.proposal.iter().enumerate() {
        let _ = writeln!(text, "      {} {}", if place == 0 { "proposed:" } else { "         " }, clean(proposal));
    }
    if let Some(denied) = &rule.denied_later {
        let _ = match denied.examples.first() {
            None => writeln!(text, "      later: nothing would have been refused"),
            Some(edge) => writeln!(
                text,
                "      later: would have refused {} records of {} pairs, for example {} -> {}",
                denied.records, denied.pairs, edge.client, edge.server
            ),
        };
    }
    text
}

impl fmt::Display for Exposure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = if self.is_sensitive { "! " } else { "  " };
        let Exposure { server, service, sources, records, bytes, sources_denied, .. } = self;
        let (sources, records) = (counted(*sources, "source"), counted(*records, "record"));
        write!(f, "{mark}{server} {service}: answered {sources} ({records}, {})", bytes_text(*bytes))?;
        if *sources_denied > 0 { write!(f, ", refused {sources_denied}") } else { Ok(()) }
    }
}

/// `1 source`, `2 sources`.
fn counted(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// Bytes as people say them, in powers of ten: `3.2 MB`.
fn bytes_text(count: u64) -> String {
    let units = [(1_000_000_000_000, "TB"), (1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
    match units.iter().find(|(unit, _)| count >= *unit) {
        Some((unit, name)) => format!("{:.1} {name}", count as f64 / *unit as f64),
        None => counted(count, "byte"),
    }
}

fn more(f: &mut fmt::Formatter<'_>, count: usize) -> fmt::Result {
    if count > SHOWN_MAX { writeln!(f, "  and {} more (--json has all)", count - SHOWN_MAX) } else { Ok(()) }
}

/// Foreign text without what a terminal would obey.
fn clean(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect()
}
