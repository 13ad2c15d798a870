//! Connections that work, and of which no vantage recorded both ways: requests and answers take different paths, and one of
//! them is not logged.

use super::{Path, Ways, broken, hosts, is_routed, is_within, name, one_each, path, records_of, services, span};
use crate::detectors::draft;
use crate::finding::{Finding, Severity, row, some};
use crate::ground::{Conversation, Estate, Sign, Totals};
use std::collections::BTreeMap;

/// Who gets no answer sends no more: a SYN and six more, or data and fifteen more (`tcp_retries2` of Linux).
const DIALOGUE_PACKETS_MIN: u64 = 20;
/// By chance (records that got lost, a log that is one-sided here and there), so many connections of a path would all lack
/// the same way in one of so many paths only.
const CHANCE_MAX: f64 = 1e-5;

/// A log in which so many connections lack a way cannot tell what is missing.
const ONE_SIDED_MAX: f64 = 0.05;
/// Conversations that are looked at to know that, spread over all.
const LOOKED_AT_MAX: usize = 4_096;

/// Connections of a log in which both sides spoke: how many have both ways at one vantage, and how many one only.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Coverage {
    both: u64,
    one: u64,
}

impl Coverage {
    /// Of conversations that are on none of these paths, or other way round.
    pub(super) fn beside<'a, T>(estate: &'a Estate, paths: &BTreeMap<Path, T>) -> Coverage {
        let is_beside = |talk: &&'a Conversation| {
            let (near, far) = path(estate, talk);
            is_dialogue(talk) && !paths.contains_key(&(near, far)) && !paths.contains_key(&(far, near))
        };
        let dialogues: Vec<&Conversation> = estate.conversations.iter().filter(is_beside).collect();
        let mut coverage = Coverage::default();
        for talk in dialogues.iter().step_by(dialogues.len().div_ceil(LOOKED_AT_MAX).max(1)) {
            let is_both = Ways::of(talk).is_both();
            for session in talk.sessions().iter().filter(|session| is_dialogue_of(&session.totals)) {
                match is_both && session.totals.up_packets > 0 && session.totals.down_packets > 0 {
                    true => coverage.both += 1,
                    false => coverage.one += 1,
                }
            }
        }
        coverage
    }

    /// Does the log have both ways, as a rule?
    pub(super) fn is_whole(self) -> bool {
        self.one as f64 <= (self.one + self.both) as f64 * ONE_SIDED_MAX
    }

    /// How probable it is that a further connection lacks a way (rule of succession).
    fn one_sided(self) -> f64 {
        (self.one + 1) as f64 / (self.one + self.both + 2) as f64
    }
}

/// TCP, and more packets one way than anybody sends in vain.
fn is_dialogue(talk: &Conversation) -> bool {
    let is_told_of = !talk.signs.has_any(Sign(Sign::SAMPLED.0 | Sign::NOTICE.0));
    talk.proto == 6 && is_dialogue_of(&talk.totals) && is_told_of
}

fn is_dialogue_of(totals: &Totals) -> bool {
    totals.up_packets.max(totals.down_packets) >= DIALOGUE_PACKETS_MIN
}

/// Paths of which only one way is recorded.
pub(in crate::detectors) fn paths(estate: &Estate) -> Vec<Finding> {
    let is_one_sided = |talk: &&Conversation| {
        is_dialogue(talk) && is_routed(estate, talk) && !Ways::of(talk).is_both() && dialogues(estate, talk) > 0
    };
    let works = |talk: &Conversation| talk.proto == 6 && Ways::of(talk).is_both();
    let paths = broken(estate, estate.conversations.iter().filter(is_one_sided), works);
    if paths.is_empty() {
        return Vec::new();
    }
    let coverage = Coverage::beside(estate, &paths);
    if coverage.both == 0 || !coverage.is_whole() {
        return Vec::new();
    }
    let found = paths.into_iter().filter_map(|(path, talks)| Some((path, told(estate, path, &talks, coverage)?)));
    one_each(found.collect())
}

/// Its connections that are dialogues, and did not begin or end with the log.
fn dialogues(estate: &Estate, talk: &Conversation) -> u64 {
    let sessions = talk.sessions().iter();
    sessions.filter(|session| is_dialogue_of(&session.totals) && is_within(estate, session)).count() as u64
}

fn told(estate: &Estate, (near, far): Path, talks: &[&Conversation], coverage: Coverage) -> Option<Finding> {
    let connections: u64 = talks.iter().map(|talk| dialogues(estate, talk)).sum();
    let chance = coverage.one_sided().powf(connections as f64);
    if chance > CHANCE_MAX {
        return None;
    }
    let (clients, servers) = (hosts(estate, talks, |talk| talk.client), hosts(estate, talks, |talk| talk.server));
    let (client, server) = (name(&clients, near), name(&servers, far));
    let mut finding = draft(client.clone(), format!("{near} {far}"), Severity::Low, 0.8);
    finding.title = format!("{client} and {server} speak, and only one way is recorded: {}", which(talks));
    (finding.first_seen, finding.last_seen) = span(talks);
    finding.peers = servers.clone();
    finding.evidence = vec![
        row("connections with one way", connections),
        row("other connections with both ways", coverage.both),
        row("other connections with one way", coverage.one),
        row("services", some(&services(talks))),
        row("clients", some(&clients)),
        row("servers", some(&servers)),
    ];
    finding.explain = vec![("probability by chance, log10".to_owned(), chance.max(f64::MIN_POSITIVE).log10())];
    finding.next_step = format!(
        "The other way takes another path: a second gateway, tunnel or network card without a flow log. Compare the routes of {near} and {far}; a firewall with memory on one of the paths drops such connections. Behind balancers whose servers answer by themselves (direct server return) it is meant. Its records: {}",
        records_of(estate, talks)
    );
    finding.weight = connections;
    Some(finding)
}

/// Which way there is, and where it was seen.
fn which(talks: &[&Conversation]) -> String {
    let ways: Vec<Ways> = talks.iter().map(|talk| Ways::of(talk)).collect();
    let has_up = ways.iter().any(|ways| ways.all().iter().any(|way| way.is_up));
    let has_down = ways.iter().any(|ways| ways.all().iter().any(|way| way.is_down));
    match (has_up, has_down) {
        (true, false) => "requests, no answers".to_owned(),
        (false, true) => "answers, no requests".to_owned(),
        _ => "requests at one place, answers at another".to_owned(),
    }
}
