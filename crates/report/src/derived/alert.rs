//! What rules found in packets, one story per host and class of rules.

use crate::analysis::Analysis;
use crate::fold::alerts::{AlertGroup, AlertKey, AlertRule, FirstAlert};
use crate::knowledge;
use detect::finding::{row, some};
use detect::{Finding, Severity};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// Rules that are named in the evidence.
const RULES_TOLD: usize = 6;

/// Alerts of one host and one class.
type Story<'a> = Vec<(&'a AlertKey, &'a AlertGroup, &'a AlertRule)>;

/// Finds them.
pub(super) fn signature(analysis: &Analysis<'_>) -> Vec<Finding> {
    let alerts = &analysis.fold.alerts;
    let mut stories: BTreeMap<(IpAddr, &str), Story<'_>> = BTreeMap::new();
    for (key, group) in &alerts.groups {
        let Some(rule) = alerts.rules.get(&key.rule) else { continue };
        stories.entry((entity(analysis, key), &rule.category)).or_default().push((key, group, rule));
    }
    stories.into_iter().filter_map(|((entity, category), story)| told(entity, category, &story)).collect()
}

/// Whom an alert is about: the end that is ours; of two of ours the one that began.
fn entity(analysis: &Analysis<'_>, key: &AlertKey) -> IpAddr {
    let is_inside = |address: IpAddr| match analysis.host_number(address) {
        Some(number) => analysis.host(number as u32).is_inside,
        None => knowledge::is_internal(address),
    };
    if !is_inside(key.client) && is_inside(key.server) { key.server } else { key.client }
}

fn told(entity: IpAddr, category: &str, story: &Story<'_>) -> Option<Finding> {
    let &(_, heaviest, urgent) = story
        .iter()
        .min_by_key(|(key, group, rule)| (rule.severity, std::cmp::Reverse(group.count), group.span.0, key.rule))?;
    let count: u64 = story.iter().map(|(_, group, _)| group.count).sum();
    let rules = by_rule(story);
    let of_others = match rules.len() {
        1 => String::new(),
        many => format!(" and {} more rule{}", many - 1, if many == 2 { "" } else { "s" }),
    };
    let times = match count {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        count => format!("{count} times"),
    };
    let attack = story.iter().map(|(.., rule)| &*rule.attack).find(|attack| !attack.is_empty());
    Some(Finding {
        title: format!("{entity}: {}{of_others} matched {times}", urgent.message),
        severity: severity(urgent.severity),
        confidence: confidence(urgent),
        peers: peers(entity, story),
        first_seen: story.iter().map(|(_, group, _)| group.span.0).min().unwrap_or(0),
        last_seen: story.iter().map(|(_, group, _)| group.span.1).max().unwrap_or(0),
        evidence: evidence(category, &rules, heaviest),
        attack: attack.unwrap_or_default().to_owned(),
        next_step: next_step(heaviest),
        weight: count,
        ..Finding::about("alert.signature", entity.to_string(), category)
    })
}

/// Each rule of a story, the most urgent first, with its alerts.
fn by_rule<'a>(story: &Story<'a>) -> Vec<((i64, i64), &'a AlertRule, u64)> {
    let mut rules: BTreeMap<(i64, i64), (&AlertRule, u64)> = BTreeMap::new();
    for (key, group, rule) in story {
        rules.entry(key.rule).or_insert((rule, 0)).1 += group.count;
    }
    let mut rules: Vec<_> = rules.into_iter().map(|(id, (rule, count))| (id, rule, count)).collect();
    rules.sort_by_key(|(id, rule, count)| (rule.severity, std::cmp::Reverse(*count), *id));
    rules
}

fn severity(priority: i32) -> Severity {
    match priority {
        ..=1 => Severity::High,
        2 => Severity::Medium,
        _ => Severity::Low,
    }
}

/// What the rule's author says; where nothing is said, what its urgency suggests.
fn confidence(rule: &AlertRule) -> f64 {
    match (&*rule.confidence, rule.severity) {
        ("High", _) => 0.9,
        ("Medium", _) => 0.7,
        ("Low", _) => 0.4,
        (_, ..=1) => 0.7,
        _ => 0.5,
    }
}

fn peers(entity: IpAddr, story: &Story<'_>) -> Vec<String> {
    let other = |key: &AlertKey| if key.client == entity { key.server } else { key.client };
    let mut peers: Vec<IpAddr> = story.iter().map(|(key, ..)| other(key)).collect();
    peers.sort_unstable();
    peers.dedup();
    peers.iter().map(IpAddr::to_string).collect()
}

fn evidence(category: &str, rules: &[((i64, i64), &AlertRule, u64)], first: &AlertGroup) -> Vec<(String, String)> {
    let told = |((gid, sid), rule, count): &((i64, i64), &AlertRule, u64)| {
        row(&format!("rule {gid}:{sid}"), format!("{} ({count} ×)", rule.message))
    };
    let mut rows: Vec<(String, String)> = rules.iter().take(RULES_TOLD).map(told).collect();
    if rules.len() > RULES_TOLD {
        let sids: Vec<String> = rules[RULES_TOLD..].iter().map(|((_, sid), ..)| sid.to_string()).collect();
        rows.push(row("more rules", some(&sids)));
    }
    let at = &first.first;
    if !category.is_empty() {
        rows.push(row("class", category));
    }
    if !at.app_protocol.is_empty() {
        rows.push(row("application", &at.app_protocol));
    }
    rows.push(row("first at", format!("frame {} of {}", at.frame_number, at.object)));
    if !at.said.is_empty() {
        rows.push(row("what was said", &at.said));
    } else if !at.excerpt.is_empty() {
        let side = if at.sender.is_empty() { "the packet" } else { &*at.sender };
        rows.push(row("what matched", format!("{side} sent: {}", one_line(&at.excerpt))));
    }
    rows
}

/// Line ends shown as such, so that a row stays one.
fn one_line(text: &str) -> String {
    text.replace("\r\n", " ⏎ ").replace(['\r', '\n'], " ⏎ ")
}

fn next_step(group: &AlertGroup) -> String {
    let FirstAlert { object, flow_id, .. } = &group.first;
    match flow_id {
        0 => format!("Look at the packets of {object} around frame {}.", group.first.frame_number),
        id => format!("Read what was said: fathom packets {} --flow {id} --follow", quoted(object)),
    }
}

/// A file's name as a shell takes it.
fn quoted(name: &str) -> String {
    let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-/+=:,".contains(&byte));
    if is_plain { name.to_owned() } else { format!("'{}'", name.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_a_file_is_one_word_of_a_shell() {
        let cases = [("a/b.pcap", "a/b.pcap"), ("it's a.pcap", r"'it'\''s a.pcap'")];
        cases.iter().for_each(|(name, wanted)| assert_eq!(quoted(name), *wanted));
    }

    #[test]
    fn lines_of_an_excerpt_become_one() {
        assert_eq!(one_line("GET / HTTP/1.1\r\nHost: a\n"), "GET / HTTP/1.1 ⏎ Host: a ⏎ ");
    }
}
