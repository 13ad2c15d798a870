//! Mining: a pool's client keeps one connection for hours and says little, often.

use super::{draft, service};
use crate::finding::{Finding, Severity, bytes, duration, row};
use crate::ground::{Conversation, Estate, Session};

/// Ports that pools offer.
const POOL_PORTS: &[u16] =
    &[3333, 3334, 3335, 4444, 5555, 6666, 7777, 8332, 8333, 9999, 10128, 14433, 14444, 45560, 45700];
/// NEMEA's features: packets a minute, bytes a packet, and how long.
const PACKETS_PER_MINUTE: std::ops::RangeInclusive<f64> = 4.0..=60.0;
const BYTES_PER_PACKET: std::ops::RangeInclusive<f64> = 50.0..=300.0;
const SECONDS_MIN: u32 = 1_800;

/// Hosts of ours with a connection like a pool's client.
pub(super) fn pools(estate: &Estate) -> Vec<Finding> {
    let crosses = |talk: &&Conversation| {
        talk.proto == 6
            && POOL_PORTS.contains(&talk.port)
            && estate.host(talk.client).is_inside
            && !estate.host(talk.server).is_inside
    };
    estate.conversations.iter().filter(crosses).filter_map(|talk| pool(estate, talk)).collect()
}

fn pool(estate: &Estate, talk: &Conversation) -> Option<Finding> {
    let longest = talk
        .sessions()
        .iter()
        .filter(|session| session.outcome.is_success())
        .max_by_key(|session| session.duration_s())?;
    let (pace, size) = rhythm(longest);
    if longest.duration_s() < SECONDS_MIN || !PACKETS_PER_MINUTE.contains(&pace) || !BYTES_PER_PACKET.contains(&size) {
        return None;
    }
    let (client, server, name) = (estate.text(talk.client), estate.text(talk.server), service(talk.proto, talk.port));
    let mut finding = draft(client.clone(), format!("{server} {name}"), Severity::High, 0.65);
    finding.title = format!("{client} talks to {server} {name} as a miner does to its pool");
    finding.first_seen = talk.first;
    finding.last_seen = talk.last;
    finding.peers = vec![server.clone()];
    finding.evidence = vec![
        row("connected for", duration(longest.duration_s().into())),
        row("packets a minute", format!("{pace:.1}")),
        row("bytes a packet", format!("{size:.0}")),
        row("moved", bytes(longest.totals.bytes())),
    ];
    finding.explain = vec![("packets a minute".to_owned(), pace), ("bytes a packet".to_owned(), size)];
    finding.next_step = format!("Look at what uses the processor of {client}; look {server} up in lists of pools.");
    finding.weight = longest.duration_s().into();
    Some(finding)
}

/// Packets a minute and bytes a packet.
fn rhythm(session: &Session) -> (f64, f64) {
    let packets = (session.totals.up_packets + session.totals.down_packets) as f64;
    let minutes = f64::from(session.duration_s().max(1)) / 60.0;
    (packets / minutes, session.totals.bytes() as f64 / packets.max(1.0))
}
