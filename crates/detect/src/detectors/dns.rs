//! Port 53 as a way around: tunnels, and resolvers that are not ours.

use super::{draft, service};
use crate::finding::{Finding, Severity, bytes, row};
use crate::ground::{Conversation, Estate};

/// A question is some 40 to 80 bytes on the wire; a tunnel fills it.
const QUESTION_BYTES_MIN: u64 = 110;
/// A tunnel moves something.
const UP_BYTES_MIN: u64 = 500_000;
/// Questions, at least, for a bypass to matter.
const QUESTIONS_MIN: u64 = 10;
/// Hosts that ask our own resolver, at least, before asking others is odd.
const OWN_CLIENTS_MIN: u32 = 3;

fn is_names(talk: &Conversation) -> bool {
    talk.port == 53 && (talk.proto == 17 || talk.proto == 6) && talk.is_attempt()
}

/// Questions that carry data.
pub(super) fn tunnel(estate: &Estate) -> Vec<Finding> {
    let is_tunnel = |talk: &&Conversation| {
        let up = &talk.totals;
        is_names(talk)
            && estate.host(talk.client).is_inside
            && !estate.host(talk.client).is_resolver()
            && up.up_bytes >= UP_BYTES_MIN
            && up.up_bytes / up.up_packets.max(1) >= QUESTION_BYTES_MIN
    };
    estate.conversations.iter().filter(is_tunnel).map(|talk| told_tunnel(estate, talk)).collect()
}

fn told_tunnel(estate: &Estate, talk: &Conversation) -> Finding {
    let (client, server, name) = (estate.text(talk.client), estate.text(talk.server), service(talk.proto, talk.port));
    let size = talk.totals.up_bytes / talk.totals.up_packets.max(1);
    let mut finding = draft(client.clone(), format!("{server} {name}"), Severity::High, 0.7);
    finding.title = format!("{client} put {} into questions to {server} {name}", bytes(talk.totals.up_bytes));
    finding.first_seen = talk.first;
    finding.last_seen = talk.last;
    finding.peers = vec![server];
    finding.evidence = vec![
        row("bytes a question", size),
        row("asked", bytes(talk.totals.up_bytes)),
        row("answered", bytes(talk.totals.down_bytes)),
    ];
    finding.explain = vec![("bytes a question".to_owned(), size as f64)];
    finding.next_step = format!("Look at the names that {client} asks for.");
    finding.weight = talk.totals.up_bytes;
    finding
}

/// A host that asks resolvers outside, where most hosts ask ours.
pub(super) fn bypass(estate: &Estate) -> Vec<Finding> {
    let own = estate.hosts.iter().filter(|host| host.is_inside).map(|host| host.name_clients).max().unwrap_or(0);
    if own < OWN_CLIENTS_MIN {
        return Vec::new();
    }
    let around = |talk: &&Conversation| {
        (is_names(talk) || talk.port == 853 && talk.proto == 6)
            && estate.host(talk.client).is_inside
            && !estate.host(talk.client).is_resolver()
            && !estate.host(talk.server).is_inside
            && talk.best.is_success()
            && talk.totals.up_packets >= QUESTIONS_MIN
    };
    estate.conversations.iter().filter(around).map(|talk| told_bypass(estate, talk, own)).collect()
}

fn told_bypass(estate: &Estate, talk: &Conversation, own: u32) -> Finding {
    let (client, server, name) = (estate.text(talk.client), estate.text(talk.server), service(talk.proto, talk.port));
    let mut finding = draft(client.clone(), format!("{server} {name}"), Severity::Low, 0.5);
    finding.title = format!("{client} asks the resolver {server} {name} outside");
    finding.first_seen = talk.first;
    finding.last_seen = talk.last;
    finding.peers = vec![server];
    finding.evidence = vec![row("packets", talk.totals.up_packets), row("hosts that ask our own resolver", own)];
    finding.explain = vec![("hosts that ask our own resolver".to_owned(), own.into())];
    finding.next_step = format!("Set {client} to our resolver, or deny it port 53 outside.");
    finding.weight = talk.totals.up_packets;
    finding.campaign = "resolvers outside".to_owned();
    finding
}
