//! Data that leaves: uploads that dwarf what the host sends elsewhere.

use super::statistics::median_and_spread;
use super::{draft, service};
use crate::finding::{Finding, Severity, bytes, moment, row};
use crate::ground::{Conversation, Estate};

/// Less is no theft worth a night (GuardDuty and Slips start at 500 MB; the ratio makes up for the lower line).
const BYTES_MIN: u64 = 50_000_000;
/// What goes out is so many times what comes in.
const OUT_IN_MIN: f64 = 4.0;
/// So many times the host's usual upload.
const DWARFS: f64 = 10.0;
/// A server that more of ours talk to is a service.
const CLIENTS_MAX: u32 = 2;
/// ... or so many times the sum of all its other uploads, while it is far above the uploads of all hosts.
const OUTWEIGHS: u64 = 4;
/// What was gathered for an upload is at least this part of it, and began at most so long before.
const STAGED_PART: f64 = 0.4;
const STAGED_S: u32 = 2 * 86_400;
/// Robust distance from the usual upload, in the logarithm, that counts as far.
const FAR: f64 = 3.5;

/// The median of the logarithms of many uploads, and their robust spread.
type Usual = (f64, f64);

/// One upload that stands out, how far, and from what.
struct Upload<'a> {
    talk: &'a Conversation,
    usual: f64,
    distance: f64,
}

fn is_upload(estate: &Estate, talk: &Conversation) -> bool {
    talk.totals.up_bytes > 0 && estate.host(talk.client).is_inside && !estate.host(talk.server).is_inside
}

fn usual_of<'a>(talks: impl Iterator<Item = &'a Conversation>) -> Usual {
    let logs: Vec<f64> = talks.map(|talk| (talk.totals.up_bytes as f64).ln()).collect();
    median_and_spread(&logs).unwrap_or((0.0, 0.0))
}

fn distance(bytes: u64, (usual, spread): Usual) -> f64 {
    ((bytes as f64).ln() - usual) / (1.4826 * spread).max(0.5)
}

/// Uploads from inside to rare servers outside that stand out of the host's, or of everybody's.
fn uploads(estate: &Estate) -> Vec<Upload<'_>> {
    let suspicious = |talk: &&Conversation| {
        talk.totals.up_bytes >= BYTES_MIN
            && talk.totals.up_bytes as f64 >= talk.totals.down_bytes as f64 * OUT_IN_MIN
            && estate.host(talk.server).clients <= CLIENTS_MAX
            && talk.best.is_success()
            && is_upload(estate, talk)
    };
    let candidates: Vec<&Conversation> = estate.conversations.iter().filter(suspicious).collect();
    if candidates.is_empty() {
        return Vec::new();
    }
    let everybody = usual_of(estate.conversations.iter().filter(|talk| is_upload(estate, talk)));
    candidates.into_iter().filter_map(|talk| judged(estate, talk, everybody)).collect()
}

fn judged<'a>(estate: &Estate, talk: &'a Conversation, everybody: Usual) -> Option<Upload<'a>> {
    let up = talk.totals.up_bytes;
    let others = || {
        let all = estate.of_client(talk.client).iter().filter(|other| is_upload(estate, other));
        all.filter(|other| (other.server, other.port) != (talk.server, talk.port))
    };
    let own = usual_of(others());
    let of_own = distance(up, own);
    if others().next().is_none() || up as f64 >= own.0.exp() * DWARFS && of_own >= FAR {
        return Some(Upload { talk, usual: own.0, distance: of_own });
    }
    let rest = others().fold(0, |sum: u64, other| sum.saturating_add(other.totals.up_bytes));
    let of_all = distance(up, everybody);
    (up / OUTWEIGHS >= rest && of_all >= FAR).then_some(Upload { talk, usual: everybody.0, distance: of_all })
}

/// Uploads to rare addresses that dwarf all others.
pub(super) fn exfiltration(estate: &Estate) -> Vec<Finding> {
    uploads(estate).iter().map(|upload| told(estate, upload)).collect()
}

fn told(estate: &Estate, upload: &Upload<'_>) -> Finding {
    let talk = upload.talk;
    let up = talk.totals.up_bytes;
    let (client, server, name) = (estate.text(talk.client), estate.text(talk.server), service(talk.proto, talk.port));
    let is_huge = up >= 10 * BYTES_MIN;
    let severity = if is_huge { Severity::Critical } else { Severity::High };
    let mut finding = draft(client.clone(), format!("{server} {name}"), severity, if is_huge { 0.8 } else { 0.65 });
    finding.title = format!("{client} sent {} to {server} {name}, an address hardly used here", bytes(up));
    finding.first_seen = talk.first;
    finding.last_seen = talk.last;
    finding.peers = vec![server.clone()];
    finding.evidence = vec![
        row("sent", bytes(up)),
        row("received", bytes(talk.totals.down_bytes)),
        row("the usual upload", bytes(upload.usual.exp() as u64)),
        row("of ours that talk to it", estate.host(talk.server).clients),
    ];
    finding.explain = vec![
        ("robust distance from the usual upload".to_owned(), upload.distance),
        ("sent for each byte received".to_owned(), up as f64 / talk.totals.down_bytes.max(1) as f64),
    ];
    finding.next_step = format!("Ask who owns {server}, and what {client} holds that weighs {}.", bytes(up));
    finding.weight = up;
    finding
}

/// Data pulled from inside by a host that uploads as much afterwards.
pub(super) fn staging(estate: &Estate) -> Vec<Finding> {
    let pulls = |upload: Upload<'_>| {
        let (talk, from) = (upload.talk, upload.talk.first);
        let is_pull = move |pull: &&Conversation| {
            estate.host(pull.server).is_inside
                && pull.totals.down_bytes as f64 >= talk.totals.up_bytes as f64 * STAGED_PART
                && (from.saturating_sub(STAGED_S)..=from).contains(&pull.first)
        };
        let found = estate.of_client(talk.client).iter().filter(is_pull).map(|pull| told_staging(estate, pull, talk));
        found.collect::<Vec<_>>()
    };
    uploads(estate).into_iter().flat_map(pulls).collect()
}

fn told_staging(estate: &Estate, pull: &Conversation, upload: &Conversation) -> Finding {
    let (client, server, name) = (estate.text(pull.client), estate.text(pull.server), service(pull.proto, pull.port));
    let (pulled, sent) = (pull.totals.down_bytes, upload.totals.up_bytes);
    let mut finding = draft(client.clone(), format!("{server} {name}"), Severity::High, 0.8);
    finding.title =
        format!("{client} pulled {} from {server} {name} before it uploaded {}", bytes(pulled), bytes(sent));
    finding.first_seen = pull.first;
    finding.last_seen = pull.last;
    finding.evidence = vec![
        row("pulled", bytes(pulled)),
        row("between", format!("{} and {}", moment(pull.first), moment(pull.last))),
        row("uploaded afterwards", format!("{} to {}", bytes(sent), estate.text(upload.server))),
    ];
    finding.explain =
        vec![("bytes pulled for each uploaded afterwards".to_owned(), pulled as f64 / sent.max(1) as f64)];
    finding.next_step = format!("See whether {client} ever used {server} before, and with which account.");
    finding.peers = vec![server];
    finding.weight = pulled;
    finding
}
