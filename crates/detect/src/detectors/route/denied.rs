//! Answers that a list without memory turns away: the request passes, and what comes back does not.
//!
//! A network ACL of AWS, a stateless rule of Oracle or of a router looks at each packet alone: who allows port 443 in and
//! forgets the clients' ports (1024 to 65535) the other way has a service that never answers. A firewall with memory turns no
//! answer away, except late ones of connections that it has forgotten: those had answers before.

use super::{Path, Ways, hosts, is_routed, name, path, records_of, services, span};
use crate::detectors::draft;
use crate::finding::{Finding, Severity, row, some};
use crate::ground::{Conversation, Estate, Sign};
use std::collections::BTreeMap;

/// Packets of answers turned away: one or two may be a remainder.
const PACKETS_MIN: u64 = 3;
/// Without ports or types both ways of a ping are conversations of their own.
const PINGS: [u8; 2] = [1, 58];
/// A ping and its answer begin in the same capture window, or in the next.
const PING_WINDOWS: u32 = 2;

/// Where the answers were turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Client,
    Server,
    Between,
}

/// Requests that passed and whose answers were all turned away, by path and place.
#[derive(Default)]
struct Denied<'a> {
    talks: Vec<&'a Conversation>,
    packets: u64,
}

/// Paths on which answers are turned away.
pub(in crate::detectors) fn answers(estate: &Estate) -> Vec<Finding> {
    let mut paths: BTreeMap<(Path, Place), Denied<'_>> = BTreeMap::new();
    for talk in estate.conversations.iter().filter(|talk| talk.signs.has(Sign::DENIED) && is_routed(estate, talk)) {
        let Some((request, place, packets)) = denied(estate, talk) else { continue };
        let group = paths.entry((path(estate, request), place)).or_default();
        group.packets = group.packets.saturating_add(packets);
        group.talks.push(request);
    }
    let is_told = |group: &Denied<'_>| group.packets >= PACKETS_MIN;
    paths
        .into_iter()
        .filter(|(_, group)| is_told(group))
        .map(|((path, place), group)| told(estate, path, place, &group))
        .collect()
}

/// The request, where its answers were turned away, and how many packets of them.
fn denied<'a>(estate: &'a Estate, talk: &'a Conversation) -> Option<(&'a Conversation, Place, u64)> {
    let ways = Ways::of(talk);
    let is_accepted = ways.all().into_iter().any(|way| way.is_up);
    let places = [(ways.at_client, Place::Client), (ways.at_server, Place::Server), (ways.elsewhere, Place::Between)];
    let refused = places.into_iter().find(|(way, _)| way.down_denied > 0 && !way.or(ways.elsewhere).is_down);
    match refused {
        Some((way, place)) if is_accepted => Some((talk, place, way.down_denied)),
        _ => denied_ping(estate, talk, &ways),
    }
}

/// A ping that passed, of which the answer is this conversation.
fn denied_ping<'a>(estate: &'a Estate, answer: &Conversation, ways: &Ways) -> Option<(&'a Conversation, Place, u64)> {
    if !PINGS.contains(&answer.proto) || answer.port != 0 || ways.all().into_iter().any(|way| way.is_up) {
        return None;
    }
    let mut others = estate.of_client(answer.server).iter();
    let question = others.find(|talk| (talk.server, talk.proto, talk.port) == (answer.client, answer.proto, 0))?;
    let asked = Ways::of(question);
    let window_s = PING_WINDOWS * estate.window_s.max(1);
    let is_after = (question.first..=question.last.saturating_add(window_s)).contains(&answer.first);
    let is_answer = answer.totals.up_packets <= question.totals.up_packets;
    if asked.is_denied() || !is_after || !is_answer {
        return None;
    }
    // Its client is who answered.
    let place = match answer.signs {
        signs if signs.has(Sign::AT_CLIENT) => Place::Server,
        signs if signs.has(Sign::AT_SERVER) => Place::Client,
        _ => Place::Between,
    };
    Some((question, place, answer.totals.up_packets))
}

fn told(estate: &Estate, (near, far): Path, place: Place, group: &Denied<'_>) -> Finding {
    let talks = &group.talks;
    let (clients, servers) = (hosts(estate, talks, |talk| talk.client), hosts(estate, talks, |talk| talk.server));
    let (client, server) = (name(&clients, near), name(&servers, far));
    let (entity, at, direction) = match place {
        Place::Client => (client.clone(), format!(" at {client}"), "in"),
        Place::Server => (server.clone(), format!(" at {server}"), "out"),
        Place::Between => (server.clone(), String::new(), "back"),
    };
    let mut finding = draft(entity, format!("{near} {far}"), Severity::Low, 0.9);
    finding.title = format!("requests of {client} to {server} pass, and the answers are turned away{at}");
    (finding.first_seen, finding.last_seen) = span(talks);
    finding.peers = match place {
        Place::Client => servers.clone(),
        _ => clients.clone(),
    };
    finding.evidence = vec![
        row("packets of answers turned away", group.packets),
        row("conversations without an answer", talks.len()),
        row("services", some(&services(talks))),
        row("clients", some(&clients)),
        row("servers", some(&servers)),
    ];
    finding.explain = vec![("packets turned away".to_owned(), group.packets as f64)];
    finding.next_step = format!(
        "A list without memory (a network ACL, a stateless rule) lets the request pass and not its answer: let the clients' ports (1024 to 65535) pass {direction}. Its records: {}",
        records_of(estate, talks)
    );
    finding.weight = group.packets;
    finding
}
