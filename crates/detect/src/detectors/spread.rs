//! What spreads: worms, spam; and who asks the metadata service for more than it should.

use super::scan::failed_targets;
use super::{draft, service};
use crate::finding::{Finding, Severity, bytes, moment, row};
use crate::ground::{Conversation, Estate};
use std::collections::BTreeSet;

/// A victim scans within an hour.
const INCUBATION_S: u32 = 3_600;
/// Targets that the victim tries in vain.
const VICTIM_TARGETS_MIN: usize = 5;
/// Mail servers of others that a host delivers to.
const MAIL_SERVERS_MIN: u64 = 20;
/// ... of which so many are held.
const MAIL_SERVERS_HELD_MIN: usize = 5;
const MAIL_PORTS: &[u16] = &[25, 465, 587];
/// Answers of the metadata service: credentials and identity are some kB, polled every few minutes.
const METADATA_BYTES_MIN: u64 = 5_000_000;

/// A host of ours was reached on a port by a host of ours, and tries that port at many soon after.
pub(super) fn worm(estate: &Estate) -> Vec<Finding> {
    estate
        .by_client()
        .filter(|talks| estate.host(talks[0].client).is_inside)
        .filter_map(|talks| victim(estate, talks))
        .collect()
}

fn victim(estate: &Estate, talks: &[Conversation]) -> Option<Finding> {
    let spreading = failed_targets(talks)
        .into_iter()
        .filter(|((proto, _), targets)| *proto == 6 && targets.len() >= VICTIM_TARGETS_MIN);
    spreading.into_iter().find_map(|((proto, port), targets)| {
        let begun = targets.iter().map(|talk| talk.first).min()?;
        let source = infector(estate, talks[0].client, proto, port, begun)?;
        Some(told_worm(estate, source, &targets, begun))
    })
}

/// Who reached it on the port in the hour before.
fn infector(estate: &Estate, victim: u32, proto: u8, port: u16, begun: u32) -> Option<&Conversation> {
    let reached = estate
        .of_service(victim, proto, port)
        .filter(|talk| talk.best.is_success() && talk.first <= begun && begun - talk.first <= INCUBATION_S);
    let scanned_others = |talk: &&Conversation| {
        estate.of_client(talk.client).iter().filter(|other| (other.proto, other.port) == (proto, port)).count()
            >= VICTIM_TARGETS_MIN
    };
    reached.filter(scanned_others).max_by_key(|talk| talk.first)
}

fn told_worm(estate: &Estate, source: &Conversation, targets: &[&Conversation], begun: u32) -> Finding {
    let (victim, from, name) =
        (estate.text(source.server), estate.text(source.client), service(source.proto, source.port));
    let mut finding = draft(victim.clone(), &name, Severity::Critical, 0.8);
    finding.title = format!("{victim} was reached by {from} on {name} and then tried {} others on it", targets.len());
    finding.first_seen = source.first;
    finding.last_seen = targets.iter().map(|talk| talk.last).max().unwrap_or(begun);
    finding.peers = std::iter::once(from.clone()).chain(targets.iter().map(|talk| estate.text(talk.server))).collect();
    finding.evidence = vec![
        row("reached at", moment(source.first)),
        row("began to scan at", moment(begun)),
        row("targets", targets.len()),
    ];
    finding.explain = vec![("seconds between".to_owned(), f64::from(begun - source.first))];
    finding.next_step = format!("Take {victim} off the network, then {from}.");
    finding.weight = targets.len() as u64;
    finding
}

/// A host of ours that delivers mail to many servers outside, and that nobody delivers mail to.
pub(super) fn spam(estate: &Estate) -> Vec<Finding> {
    estate
        .by_client()
        .filter(|talks| estate.host(talks[0].client).is_inside)
        .filter_map(|talks| sender(estate, talks))
        .collect()
}

fn sender(estate: &Estate, talks: &[Conversation]) -> Option<Finding> {
    let host = estate.host(talks[0].client);
    let is_delivery = |talk: &&Conversation| {
        talk.proto == 6 && MAIL_PORTS.contains(&talk.port) && !estate.host(talk.server).is_inside && talk.is_attempt()
    };
    let deliveries: Vec<&Conversation> = talks.iter().filter(is_delivery).collect();
    let servers: BTreeSet<u32> = deliveries.iter().map(|talk| talk.server).collect();
    // Where a share of all is held, each stands for as many as it was chosen from.
    let count = deliveries.iter().map(|talk| talk.stands_for).sum::<u64>().max(servers.len() as u64);
    if count < MAIL_SERVERS_MIN || servers.len() < MAIL_SERVERS_HELD_MIN || host.mail_clients > 0 {
        return None;
    }
    let client = estate.text(talks[0].client);
    let mut finding = draft(client.clone(), "", Severity::High, 0.75);
    finding.title = format!("{client} delivers mail to {count} servers and is no mail server");
    finding.first_seen = deliveries.iter().map(|talk| talk.first).min().unwrap_or(0);
    finding.last_seen = deliveries.iter().map(|talk| talk.last).max().unwrap_or(0);
    finding.peers = servers.iter().map(|place| estate.text(*place)).collect();
    finding.evidence = vec![
        row("mail servers", count),
        row("answered", deliveries.iter().filter(|talk| talk.best.is_success()).count()),
    ];
    finding.explain = vec![("mail servers".to_owned(), count as f64)];
    finding.next_step = format!("Find the program on {client} that sends mail.");
    finding.weight = count;
    Some(finding)
}

/// Unusually much from the metadata service.
pub(super) fn metadata(estate: &Estate) -> Vec<Finding> {
    let is_metadata = |talk: &&Conversation| match estate.host(talk.server).address {
        std::net::IpAddr::V4(address) => enrich::is_cloud_metadata(&address.octets()),
        std::net::IpAddr::V6(address) => enrich::is_cloud_metadata(&address.octets()),
    };
    let web = estate.conversations.iter().filter(|talk| talk.proto == 6 && talk.port == 80).filter(is_metadata);
    web.filter(|talk| talk.totals.down_bytes >= METADATA_BYTES_MIN).map(|talk| told_metadata(estate, talk)).collect()
}

fn told_metadata(estate: &Estate, talk: &Conversation) -> Finding {
    let client = estate.text(talk.client);
    let mut finding = draft(client.clone(), "", Severity::Medium, 0.5);
    finding.title = format!("{client} read {} from the metadata service", bytes(talk.totals.down_bytes));
    finding.first_seen = talk.first;
    finding.last_seen = talk.last;
    finding.peers = vec![estate.text(talk.server)];
    finding.evidence = vec![row("read", bytes(talk.totals.down_bytes)), row("sessions", talk.sessions_total)];
    finding.explain = vec![("bytes read".to_owned(), talk.totals.down_bytes as f64)];
    finding.next_step = format!(
        "Look at which program on {client} asks 169.254.169.254, and whether its role's keys were used elsewhere."
    );
    finding.weight = talk.totals.down_bytes;
    finding
}
