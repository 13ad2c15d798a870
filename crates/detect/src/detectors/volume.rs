//! Data that leaves: uploads that dwarf what the host sends elsewhere.

use super::statistics::median_and_spread;
use super::{draft, service};
use crate::finding::{Finding, Severity, bytes, row};
use crate::ground::{Conversation, Estate};

/// Less is no theft worth a night (GuardDuty and Slips start at 500 MB; the ratio makes up for the lower line).
const BYTES_MIN: u64 = 50_000_000;
/// What goes out is so many times what comes in.
const OUT_IN_MIN: f64 = 4.0;
/// So many times the host's usual upload.
const DWARFS: f64 = 10.0;
/// A server that more of ours talk to is a service.
const CLIENTS_MAX: u32 = 2;
/// Robust distance from the usual upload, in the logarithm, that counts as far.
const FAR: f64 = 3.5;

/// Uploads from inside to rare servers outside.
pub(super) fn exfiltration(estate: &Estate) -> Vec<Finding> {
    estate
        .by_client()
        .filter(|talks| estate.host(talks[0].client).is_inside)
        .flat_map(|talks| of_host(estate, talks))
        .collect()
}

fn of_host(estate: &Estate, talks: &[Conversation]) -> Vec<Finding> {
    let outside: Vec<&Conversation> =
        talks.iter().filter(|talk| !estate.host(talk.server).is_inside && talk.totals.up_bytes > 0).collect();
    let suspicious = |talk: &&&Conversation| {
        talk.totals.up_bytes >= BYTES_MIN
            && talk.totals.up_bytes as f64 >= talk.totals.down_bytes as f64 * OUT_IN_MIN
            && estate.host(talk.server).clients <= CLIENTS_MAX
            && talk.best.is_success()
    };
    let found = outside.iter().filter(suspicious);
    found.filter_map(|talk| told(estate, talk, &outside)).collect()
}

fn told(estate: &Estate, talk: &Conversation, outside: &[&Conversation]) -> Option<Finding> {
    let others: Vec<f64> = outside
        .iter()
        .filter(|other| (other.server, other.port) != (talk.server, talk.port))
        .map(|other| (other.totals.up_bytes as f64).ln())
        .collect();
    let (usual, spread) = median_and_spread(&others).unwrap_or((0.0, 0.0));
    let up = talk.totals.up_bytes;
    let distance = ((up as f64).ln() - usual) / (1.4826 * spread).max(0.5);
    if !others.is_empty() && ((up as f64) < usual.exp() * DWARFS || distance < FAR) {
        return None;
    }
    let (client, server, name) = (estate.text(talk.client), estate.text(talk.server), service(talk.proto, talk.port));
    let mut finding = draft(
        client.clone(),
        format!("{server} {name}"),
        Severity::High,
        if up >= 10 * BYTES_MIN { 0.8 } else { 0.65 },
    );
    finding.title = format!("{client} sent {} to {server} {name}", bytes(up));
    finding.first_seen = talk.first;
    finding.last_seen = talk.last;
    finding.peers = vec![server.clone()];
    finding.evidence = vec![
        row("sent", bytes(up)),
        row("received", bytes(talk.totals.down_bytes)),
        row("its usual upload to others outside", bytes(usual.exp() as u64)),
        row("of ours that talk to it", estate.host(talk.server).clients),
    ];
    finding.explain = vec![
        ("robust distance from its other uploads".to_owned(), distance),
        ("sent for each byte received".to_owned(), up as f64 / talk.totals.down_bytes.max(1) as f64),
    ];
    finding.next_step = format!("Ask who owns {server}, and what {client} holds that weighs {}.", bytes(up));
    finding.weight = up;
    Some(finding)
}
