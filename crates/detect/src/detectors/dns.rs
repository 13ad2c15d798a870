//! Port 53 as a way around: tunnels, and resolvers that are not ours.

use super::{draft, service};
use crate::finding::{Finding, Severity, bytes, row, some};
use crate::ground::{Conversation, Estate};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

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
    by_client(estate.conversations.iter().filter(around)).map(|talks| told_bypass(estate, talks, own)).collect()
}

fn by_client<'a>(talks: impl Iterator<Item = &'a Conversation>) -> impl Iterator<Item = Vec<&'a Conversation>> {
    let mut by_client: BTreeMap<_, Vec<&Conversation>> = BTreeMap::new();
    talks.for_each(|talk| by_client.entry(talk.client).or_default().push(talk));
    by_client.into_values()
}

/// All resolvers of one host are one finding.
fn told_bypass(estate: &Estate, mut talks: Vec<&Conversation>, own: u32) -> Finding {
    talks.sort_by_key(|talk| Reverse(talk.totals.up_packets));
    let client = estate.text(talks[0].client);
    let servers: Vec<String> = talks.iter().map(|talk| estate.text(talk.server)).collect();
    let services: BTreeSet<String> = talks.iter().map(|talk| service(talk.proto, talk.port)).collect();
    let services = services.into_iter().collect::<Vec<_>>().join(", ");
    let packets: u64 = talks.iter().map(|talk| talk.totals.up_packets).sum();
    let mut finding = draft(client.clone(), "resolvers outside".to_owned(), Severity::Low, 0.5);
    finding.title = format!("{client} asks resolvers outside ({services}): {}", some(&servers));
    finding.first_seen = talks.iter().map(|talk| talk.first).min().unwrap_or(0);
    finding.last_seen = talks.iter().map(|talk| talk.last).max().unwrap_or(0);
    finding.peers = servers;
    finding.evidence = vec![row("packets", packets), row("hosts that ask our own resolver", own)];
    finding.explain = vec![("hosts that ask our own resolver".to_owned(), own.into())];
    finding.next_step = format!("Set {client} to our resolver, or deny it port 53 outside.");
    finding.weight = packets;
    finding.campaign = "resolvers outside".to_owned();
    finding
}

/// Well-known resolvers that answer over HTTPS: Google, Cloudflare, Quad9, OpenDNS, AdGuard.
const PUBLIC_RESOLVERS: &[&str] = &[
    "8.8.8.8",
    "8.8.4.4",
    "1.1.1.1",
    "1.0.0.1",
    "9.9.9.9",
    "149.112.112.112",
    "208.67.222.222",
    "208.67.220.220",
    "94.140.14.14",
    "94.140.15.15",
    "2001:4860:4860::8888",
    "2001:4860:4860::8844",
    "2606:4700:4700::1111",
    "2606:4700:4700::1001",
    "2620:fe::fe",
    "2620:119:35::35",
];

/// A host that asks public resolvers over HTTPS, where most hosts ask ours.
pub(super) fn https(estate: &Estate) -> Vec<Finding> {
    let own = estate.hosts.iter().filter(|host| host.is_inside).map(|host| host.name_clients).max().unwrap_or(0);
    if own < OWN_CLIENTS_MIN {
        return Vec::new();
    }
    let public: Vec<IpAddr> = PUBLIC_RESOLVERS.iter().filter_map(|text| text.parse().ok()).collect();
    let around = |talk: &&Conversation| {
        talk.port == 443
            && estate.host(talk.client).is_inside
            && !estate.host(talk.client).is_resolver()
            && public.contains(&estate.host(talk.server).address)
            && talk.best.is_success()
            && talk.totals.up_packets >= QUESTIONS_MIN
    };
    let told = |talks: Vec<&Conversation>| {
        let mut finding = told_bypass(estate, talks, own);
        finding.title = format!("{} asks {} for names over HTTPS", finding.entity, some(&finding.peers));
        finding.next_step = format!("See whether a browser or something else on {} asks there.", finding.entity);
        finding.campaign = "resolvers over HTTPS".to_owned();
        finding
    };
    by_client(estate.conversations.iter().filter(around)).map(told).collect()
}
