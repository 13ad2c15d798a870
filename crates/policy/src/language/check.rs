//! What holds for no flow, or twice: contradictions, with both places.

use super::{Action, Diagnostic, Party, Policy, Ports, Rule, Segment, Selector, Severity};
use enrich::is_private;
use ipnet::IpNet;
use std::collections::HashMap;
use std::net::IpAddr;

/// Rules that are held against each other, at most: it takes the square of them.
const RULES_COMPARED_MAX: usize = 3_000;

/// Adds what is wrong with a policy. Of one that could not be read whole, nothing is said that depends on the rest.
pub(super) fn check(policy: &Policy, diagnostics: &mut Vec<Diagnostic>) {
    let is_whole = diagnostics.is_empty();
    double_segments(policy, diagnostics);
    if !is_whole {
        return;
    }
    unused_segments(policy, diagnostics);
    let compared = &policy.rules[..policy.rules.len().min(RULES_COMPARED_MAX)];
    for (place, rule) in compared.iter().enumerate() {
        if let Some(diagnostic) = rule_remark(policy, compared, place, rule) {
            diagnostics.push(diagnostic);
        }
    }
}

fn double_segments(policy: &Policy, diagnostics: &mut Vec<Diagnostic>) {
    let mut seen: HashMap<&str, &Segment> = HashMap::new();
    for segment in &policy.segments {
        if let Some(first) = seen.get(segment.name.as_str()) {
            let message = format!("the segment \"{}\" is defined twice", segment.name);
            diagnostics.push(Diagnostic { other: Some(first.place), ..Diagnostic::error(segment.place, message) });
        } else {
            seen.insert(&segment.name, segment);
        }
    }
}

fn unused_segments(policy: &Policy, diagnostics: &mut Vec<Diagnostic>) {
    let parties = policy.rules.iter().flat_map(|rule| rule.from.iter().chain(&rule.to));
    let used: Vec<usize> =
        parties.filter_map(|party| if let Party::Segment(number) = party { Some(*number) } else { None }).collect();
    for (number, segment) in policy.segments.iter().enumerate().filter(|(number, _)| !used.contains(number)) {
        let is_double = policy.segments[..number].iter().any(|other| other.name == segment.name);
        if !is_double {
            let message = format!("no rule names the segment \"{}\"", segment.name);
            let severity = Severity::Warning;
            diagnostics.push(Diagnostic { severity, place: segment.place, message, other: None });
        }
    }
}

/// What another rule makes of this one: nothing, a contradiction, or a repetition.
fn rule_remark(policy: &Policy, rules: &[Rule], place: usize, rule: &Rule) -> Option<Diagnostic> {
    let others = || rules.iter().enumerate().filter(|(other, _)| *other != place);
    let opposed = |other: &Rule| rule.action == Action::Allow && other.action == Action::Deny;
    if let Some((_, deny)) = others().find(|(_, other)| opposed(other) && is_within(policy, rule, other)) {
        let message = "this allow never holds: a deny covers all of it".to_owned();
        return Some(Diagnostic { other: Some(deny.place), ..Diagnostic::error(rule.place, message) });
    }
    // Of two equal rules the later one is the repetition.
    let repeats = |number: usize, other: &Rule| {
        other.action == rule.action
            && is_within(policy, rule, other)
            && (number < place || !is_within(policy, other, rule))
    };
    let (_, wider) = others().find(|(number, other)| repeats(*number, other))?;
    let message = "this rule adds nothing: another one covers all of it".to_owned();
    Some(Diagnostic { severity: Severity::Warning, place: rule.place, message, other: Some(wider.place) })
}

/// Does everything that the one rule speaks of belong to the other?
fn is_within(policy: &Policy, one: &Rule, other: &Rule) -> bool {
    let parties = |one: &[Party], other: &[Party]| {
        one.iter().all(|party| other.iter().any(|wider| party_within(policy, party, wider)))
    };
    parties(&one.from, &other.from) && parties(&one.to, &other.to) && ports_within(&one.ports, &other.ports)
}

fn ports_within(one: &[Ports], other: &[Ports]) -> bool {
    let is_covered = |ports: &Ports| other.iter().any(|wider| ports.within(wider));
    other.is_empty() || (!one.is_empty() && one.iter().all(is_covered))
}

/// Is it certain, whatever flows come, that every host of the one party is of the other?
fn party_within(policy: &Policy, one: &Party, other: &Party) -> bool {
    if one == other || *other == Party::Any {
        return true;
    }
    match (prefixes(policy, one), other) {
        (Some(prefixes), Party::Private) => prefixes.iter().all(is_private_prefix),
        (Some(prefixes), other) => {
            let Some(wider) = all_prefixes(policy, other) else { return false };
            prefixes.iter().all(|prefix| wider.iter().any(|wide| wide.contains(prefix)))
        }
        (None, _) => false,
    }
}

impl Policy {
    /// Is every host of the one segment certainly in the other, and not the other way round?
    pub(crate) fn is_part(&self, one: usize, other: usize) -> bool {
        let within = |one, other| party_within(self, &Party::Segment(one), &Party::Segment(other));
        within(one, other) && !within(other, one)
    }
}

/// The prefixes that a party is made of, if it is made of nothing else.
fn prefixes(policy: &Policy, party: &Party) -> Option<Vec<IpNet>> {
    match party {
        Party::Prefix(prefix) => Some(vec![*prefix]),
        Party::Segment(number) => {
            let prefix =
                |selector: &Selector| if let Selector::Prefix(prefix) = selector { Some(*prefix) } else { None };
            policy.segments.get(*number)?.selectors.iter().map(prefix).collect()
        }
        _ => None,
    }
}

/// The prefixes among what a party is made of.
fn all_prefixes(policy: &Policy, party: &Party) -> Option<Vec<IpNet>> {
    match party {
        Party::Prefix(prefix) => Some(vec![*prefix]),
        Party::Segment(number) => {
            let prefix =
                |selector: &Selector| if let Selector::Prefix(prefix) = selector { Some(*prefix) } else { None };
            Some(policy.segments.get(*number)?.selectors.iter().filter_map(prefix).collect())
        }
        _ => None,
    }
}

fn is_private_prefix(prefix: &IpNet) -> bool {
    let is_private = |address: IpAddr| match address {
        IpAddr::V4(v4) => is_private(&v4.octets()),
        IpAddr::V6(v6) => is_private(&v6.octets()),
    };
    // No private block touches another, so both ends in one are all in one.
    is_private(prefix.network()) && is_private(prefix.broadcast()) && prefix.prefix_len() >= 7
}
