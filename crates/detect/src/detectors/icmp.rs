//! Echo packets that carry data.

use super::draft;
use crate::finding::{Finding, Severity, bytes, row};
use crate::ground::{Conversation, Estate};

/// A ping is 84 bytes; of Windows 60. Programs that test the size of packets send few.
const BYTES_PER_PACKET_MIN: u64 = 130;
const BYTES_MIN: u64 = 200_000;

/// Tunnels in ICMP.
pub(super) fn tunnel(estate: &Estate) -> Vec<Finding> {
    let is_tunnel = |talk: &&Conversation| {
        let totals = &talk.totals;
        matches!(talk.proto, 1 | 58)
            && talk.is_attempt()
            && estate.host(talk.client).is_inside != estate.host(talk.server).is_inside
            && totals.bytes() >= BYTES_MIN
            && totals.bytes() / totals.up_packets.saturating_add(totals.down_packets).max(1) >= BYTES_PER_PACKET_MIN
    };
    estate.conversations.iter().filter(is_tunnel).map(|talk| told(estate, talk)).collect()
}

fn told(estate: &Estate, talk: &Conversation) -> Finding {
    let (client, server) = (estate.text(talk.client), estate.text(talk.server));
    let packets = talk.totals.up_packets.saturating_add(talk.totals.down_packets).max(1);
    let size = talk.totals.bytes() / packets;
    let mut finding = draft(client.clone(), &server, Severity::High, 0.65);
    finding.title = format!("{client} and {server} moved {} in ICMP", bytes(talk.totals.bytes()));
    finding.first_seen = talk.first;
    finding.last_seen = talk.last;
    finding.peers = vec![server];
    finding.evidence = vec![row("bytes a packet", size), row("packets", packets)];
    finding.explain = vec![("bytes a packet".to_owned(), size as f64)];
    finding.next_step = format!("Look at what {client} pings, and with what.");
    finding.weight = talk.totals.bytes();
    finding
}
