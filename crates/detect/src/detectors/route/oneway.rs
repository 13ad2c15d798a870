//! Requests that leave and never get an answer, again and again, from a network that is answered by all others.
//!
//! One server that is dead is no path: told is what nobody of a subnet reaches, where the services answer others, or are
//! seen to answer, or are several.

use super::asymmetric::Coverage;
use super::{Path, Side, Ways, broken, hosts, is_routed, is_within, name, one_each, records_of, services, span};
use crate::detectors::draft;
use crate::finding::{Finding, Severity, row, some};
use crate::ground::{Conversation, Estate};
use std::collections::HashSet;

/// Who wants something tries again, and over some time; a scanner does not.
const TRIES_MIN: usize = 3;
const TRIES_SPAN_MIN_S: u32 = 600;
/// All of a path together so often, where few servers are silent.
const TRIES_OF_PATH_MIN: u64 = 10;
/// Of a network of which nothing is known so many servers are silent.
const SERVERS_MIN: usize = 3;
/// Conversations of a client with both ways that say: an answer would have been recorded.
const ANSWERED_MIN: u32 = 3;
/// UDP services that answer everybody they hear: DNS, Kerberos, NTP, SNMP, LDAP, QUIC, IKE, RADIUS, STUN. Others need not.
const ANSWERING: [u16; 10] = [53, 88, 123, 161, 389, 443, 500, 1_812, 1_813, 3_478];

/// TCP and UDP.
const PORTED: [u8; 2] = [6, 17];

/// Paths without answers.
pub(in crate::detectors) fn paths(estate: &Estate) -> Vec<Finding> {
    let is_candidate = |talk: &&Conversation| is_vain(estate, talk);
    let works = |talk: &Conversation| {
        let ways = Ways::of(talk);
        ways.is_answered() && ways.is_both() || !PORTED.contains(&talk.proto) && talk.best.is_success()
    };
    let paths = broken(estate, estate.conversations.iter().filter(is_candidate), works);
    if paths.is_empty() || !Coverage::beside(estate, &paths).is_whole() {
        return Vec::new();
    }
    let answering = Answering::of(estate);
    let found = paths.into_iter().filter_map(|(path, talks)| Some((path, told(estate, path, talks, &answering)?)));
    one_each(found.collect())
}

/// One of ours asks for an answer again and again, is let through, and gets none.
fn is_vain(estate: &Estate, talk: &Conversation) -> bool {
    let needs_answer = match talk.proto {
        6 => true,
        17 => ANSWERING.contains(&talk.port),
        1 => [0, 8].contains(&talk.port),
        58 => [0, 128].contains(&talk.port),
        _ => false,
    };
    needs_answer
        && estate.host(talk.client).is_inside
        && talk.is_attempt()
        && is_routed(estate, talk)
        // Where nothing tells a ping from its answer, that is a conversation of its own.
        && (PORTED.contains(&talk.proto) || !talk.best.is_success())
        && is_unanswered(&Ways::of(talk))
        && is_persistent(estate, talk)
}

fn is_unanswered(ways: &Ways) -> bool {
    let is_accepted = ways.all().into_iter().any(|way| way.is_up);
    let is_answer_denied = ways.all().into_iter().any(|way| way.down_denied > 0);
    is_accepted && !ways.is_denied() && !is_answer_denied && !ways.is_answered()
}

fn is_persistent(estate: &Estate, talk: &Conversation) -> bool {
    if talk.span_s() < TRIES_SPAN_MIN_S {
        return false;
    }
    let tries: Vec<u32> =
        talk.sessions().iter().filter(|session| is_within(estate, session)).map(|session| session.start).collect();
    let span = tries.last().zip(tries.first()).map_or(0, |(last, first)| last - first);
    // A ping that goes on is one session.
    let is_ping = [1, 58].contains(&talk.proto);
    tries.len() >= TRIES_MIN && span >= TRIES_SPAN_MIN_S || is_ping && !tries.is_empty()
}

/// A server's port.
type Service = (u32, u8, u16);

fn service(talk: &Conversation) -> Service {
    (talk.server, talk.proto, talk.port)
}

/// What is known to work: clients that were answered, each by how many, and services that answered.
struct Answering {
    clients: Vec<u32>,
    services: HashSet<Service>,
}

impl Answering {
    fn of(estate: &Estate) -> Answering {
        let (mut clients, mut services) = (vec![0_u32; estate.hosts.len()], HashSet::new());
        for talk in estate.conversations.iter().filter(|talk| talk.best.is_success()) {
            let ways = Ways::of(talk);
            if ways.is_both() && ways.is_answered() {
                clients[talk.client as usize] += 1;
                services.insert(service(talk));
            }
        }
        Answering { clients, services }
    }
}

/// What shows that the path is broken, not a server.
struct Proof {
    /// Services that answer others.
    alive: usize,
    /// Conversations whose answers were seen to leave.
    sent: usize,
}

impl Proof {
    fn of(talks: &[&Conversation], answering: &Answering) -> Proof {
        let services: HashSet<Service> = talks.iter().map(|talk| service(talk)).collect();
        let sent = talks.iter().filter(|talk| Ways::of(talk).at_server.is_down).count();
        Proof { alive: services.intersection(&answering.services).count(), sent }
    }

    fn confidence(&self) -> f64 {
        match (self.sent, self.alive) {
            (1.., _) => 0.9,
            (0, 1..) => 0.75,
            _ => 0.5,
        }
    }
}

fn told(estate: &Estate, (near, far): Path, talks: Vec<&Conversation>, answering: &Answering) -> Option<Finding> {
    // Whoever is answered by nobody says nothing about paths.
    let answers = |talk: &Conversation| answering.clients[talk.client as usize];
    let talks: Vec<&Conversation> = talks.into_iter().filter(|talk| answers(talk) > 0).collect();
    if talks.iter().map(|talk| answers(talk)).max() < Some(ANSWERED_MIN) {
        return None;
    }
    let (clients, servers) = (hosts(estate, &talks, |talk| talk.client), hosts(estate, &talks, |talk| talk.server));
    let proof = Proof::of(&talks, answering);
    let tries: u64 = talks.iter().map(|talk| talk.sessions_total).sum();
    let is_many = servers.len() >= SERVERS_MIN || proof.alive > 0 && tries >= TRIES_OF_PATH_MIN;
    if proof.sent == 0 && !is_many {
        return None;
    }
    let (client, server) = (name(&clients, near), name(&servers, far));
    let mut finding = draft(client.clone(), format!("{near} {far}"), Severity::Low, proof.confidence());
    finding.title = match proof.sent {
        0 => format!("{client} asks {server} and never gets an answer: {tries} tries"),
        _ => format!("answers of {server} to {client} leave and never arrive: {tries} tries"),
    };
    (finding.first_seen, finding.last_seen) = span(&talks);
    finding.peers = servers.clone();
    finding.evidence = vec![
        row("tries", tries),
        row("services", some(&services(&talks))),
        row("clients, all answered by others", some(&clients)),
        row("servers", some(&servers)),
        row("services that answer others", proof.alive),
        row("conversations whose answers were seen to leave", proof.sent),
    ];
    finding.explain = vec![
        ("servers without an answer".to_owned(), servers.len() as f64),
        ("services that answer others".to_owned(), proof.alive as f64),
    ];
    finding.next_step = format!("{} Its records: {}", advice(near, far, &proof), records_of(estate, &talks));
    finding.weight = tries;
    Some(finding)
}

fn advice(near: Side, far: Side, proof: &Proof) -> String {
    match (far, proof.sent) {
        (_, 1..) => {
            format!("Look for the route from {far} back to {near}, and for a firewall that never saw the request.")
        }
        (Side::Internet { .. }, _) => {
            format!("Look for a default route of {near}, and whether a NAT or gateway stands behind it.")
        }
        _ => format!(
            "Look for the route from {near} to {far}, and for the one back: peerings, tunnels and gateways need both."
        ),
    }
}
