//! Data that leaves: uploads that dwarf what the host sends elsewhere.

use super::job::{are_alike, keeps_time};
use super::statistics::median_and_spread;
use super::{draft, service};
use crate::finding::{Finding, Severity, bytes, moment, row};
use crate::ground::{Conversation, Estate, Session};
use std::cmp::Reverse;

/// Less is no theft worth a night (GuardDuty and Slips start at 500 MB; the ratio makes up for the lower line).
const BYTES_MIN: u64 = 50_000_000;
/// ... and so much is worth it whatever else is known.
const HUGE: u64 = 20 * BYTES_MIN;
/// What goes out is so many times what comes in.
const OUT_IN_MIN: f64 = 4.0;
/// So many times the host's usual upload.
const DWARFS: f64 = 10.0;
/// A server that more of ours talk to is a service; one that more than a few do may be one.
const CLIENTS_MAX: u32 = 5;
const CLIENTS_FEW: u32 = 2;
/// ... or so many times the sum of all its other uploads, while it is far above the uploads of all hosts.
const OUTWEIGHS: u64 = 4;
/// A job uploads for so long, and for this part of the time that the records last.
const JOB_SPAN_MIN_S: f64 = 6.0 * 3_600.0;
const JOB_PART: f64 = 0.8;
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
            && (estate.host(talk.server).clients <= CLIENTS_MAX || talk.totals.up_bytes >= 10 * BYTES_MIN)
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
    let is_popular = estate.host(talk.server).clients > CLIENTS_MAX;
    if others().next().is_none() && !is_popular || up as f64 >= own.0.exp() * DWARFS && of_own >= FAR {
        return Some(Upload { talk, usual: own.0, distance: of_own });
    }
    let rest = others().fold(0, |sum: u64, other| sum.saturating_add(other.totals.up_bytes));
    let of_all = distance(up, everybody);
    (!is_popular && up / OUTWEIGHS >= rest && of_all >= FAR).then_some(Upload {
        talk,
        usual: everybody.0,
        distance: of_all,
    })
}

/// Uploads to rare addresses that dwarf all others: of each host one finding, since a service has several addresses.
pub(super) fn exfiltration(estate: &Estate) -> Vec<Finding> {
    by_client(&uploads(estate)).map(|uploads| told(estate, uploads)).collect()
}

/// Uploads in runs of the same client.
fn by_client<'a, 'b>(uploads: &'a [Upload<'b>]) -> impl Iterator<Item = &'a [Upload<'b>]> {
    uploads.chunk_by(|a, b| a.talk.client == b.talk.client)
}

fn told(estate: &Estate, uploads: &[Upload<'_>]) -> Finding {
    let mut uploads: Vec<&Upload<'_>> = uploads.iter().collect();
    uploads.sort_by_key(|upload| (Reverse(upload.talk.totals.up_bytes), upload.talk.server));
    let sum =
        |of: fn(&Conversation) -> u64| uploads.iter().fold(0, |sum: u64, upload| sum.saturating_add(of(upload.talk)));
    let (up, down) = (sum(|talk| talk.totals.up_bytes), sum(|talk| talk.totals.down_bytes));
    let talk = uploads[0].talk;
    let (client, server, name) = (estate.text(talk.client), estate.text(talk.server), service(talk.proto, talk.port));
    let is_huge = up >= HUGE;
    let severity = if is_huge { Severity::Critical } else { Severity::High };
    let mut finding = draft(client.clone(), "", severity, if is_huge { 0.8 } else { 0.65 });
    let clients = uploads.iter().map(|upload| estate.host(upload.talk.server).clients).max().unwrap_or(0);
    let others = match (uploads.len(), clients > CLIENTS_MAX) {
        (1, false) => ", an address hardly used here".to_owned(),
        (1, true) => ", far more than it ever sent".to_owned(),
        (count, false) => format!(" and {} other addresses hardly used here", count - 1),
        (count, true) => format!(" and {} other addresses, far more than it ever sent", count - 1),
    };
    finding.title = format!("{client} sent {} to {server} {name}{others}", bytes(up));
    finding.first_seen = uploads.iter().map(|upload| upload.talk.first).min().unwrap_or(0);
    finding.last_seen = uploads.iter().map(|upload| upload.talk.last).max().unwrap_or(0);
    finding.peers = uploads.iter().map(|upload| estate.text(upload.talk.server)).collect();
    finding.evidence = vec![
        row("sent", bytes(up)),
        row("received", bytes(down)),
        row("the usual upload", bytes(uploads[0].usual.exp() as u64)),
        row("hosts of ours that talk to it", clients),
    ];
    finding.explain = vec![
        ("robust distance from the usual upload".to_owned(), uploads[0].distance),
        ("sent for each byte received".to_owned(), up as f64 / down.max(1) as f64),
    ];
    finding.next_step = format!("Ask who owns {server}, and what {client} holds that weighs {}.", bytes(up));
    finding.weight = up;
    if clients > CLIENTS_FEW {
        // A backup to a service that others use as well looks the same.
        finding.severity = Severity::Low;
        finding.confidence = 0.4;
        finding.campaign = format!("uploads to {server}");
    }
    if let Some((runs, is_always)) = job(estate, &uploads) {
        finding.severity = finding.severity.max(if is_always { Severity::Low } else { Severity::Medium });
        finding.confidence = 0.4;
        let always = if is_always { ", all the time" } else { "" };
        finding.evidence.push(row("like a job", format!("{runs} uploads alike, on time{always}")));
        finding.next_step = format!("See whether {client} sends its backups or archives to {server}.");
    }
    finding
}

/// Does it upload alike and on time? How often, and for as long as the records last?
fn job(estate: &Estate, uploads: &[&Upload<'_>]) -> Option<(usize, bool)> {
    let mut sessions: Vec<&Session> = uploads.iter().flat_map(|upload| upload.talk.sessions()).collect();
    sessions.sort_by_key(|session| session.start);
    let starts: Vec<u32> = sessions.iter().map(|session| session.start).collect();
    let sizes: Vec<f64> = sessions.iter().map(|session| session.totals.up_bytes as f64).collect();
    let span = f64::from(starts.last()? - starts[0]);
    let is_always = span >= f64::from(estate.span.1 - estate.span.0) * JOB_PART;
    (span >= JOB_SPAN_MIN_S && keeps_time(&starts) && are_alike(&sizes)).then_some((sessions.len(), is_always))
}

/// Data pulled from inside by a host that uploads as much afterwards: of each host one finding.
pub(super) fn staging(estate: &Estate) -> Vec<Finding> {
    let mut rare = uploads(estate);
    rare.retain(|upload| estate.host(upload.talk.server).clients <= CLIENTS_FEW);
    by_client(&rare).filter_map(|uploads| staged(estate, uploads)).collect()
}

fn staged(estate: &Estate, uploads: &[Upload<'_>]) -> Option<Finding> {
    let from = uploads.iter().map(|upload| upload.talk.first).min()?;
    let sent = uploads.iter().fold(0, |sum: u64, upload| sum.saturating_add(upload.talk.totals.up_bytes));
    let is_pull = |pull: &&Conversation| {
        estate.host(pull.server).is_inside
            && pull.totals.down_bytes as f64 >= uploads[0].talk.totals.up_bytes as f64 * STAGED_PART
            && (from.saturating_sub(STAGED_S)..=from).contains(&pull.first)
    };
    let mut pulls: Vec<&Conversation> = estate.of_client(uploads[0].talk.client).iter().filter(is_pull).collect();
    pulls.sort_by_key(|pull| (Reverse(pull.totals.down_bytes), pull.server, pull.port));
    (!pulls.is_empty()).then(|| told_staging(estate, &pulls, sent, uploads[0].talk))
}

fn told_staging(estate: &Estate, pulls: &[&Conversation], sent: u64, upload: &Conversation) -> Finding {
    let pull = pulls[0];
    let (client, server, name) = (estate.text(pull.client), estate.text(pull.server), service(pull.proto, pull.port));
    let pulled = pulls.iter().fold(0, |sum: u64, pull| sum.saturating_add(pull.totals.down_bytes));
    let others = if pulls.len() > 1 { format!(" and {} others", pulls.len() - 1) } else { String::new() };
    let mut finding = draft(client.clone(), "", Severity::High, 0.8);
    finding.title =
        format!("{client} pulled {} from {server} {name}{others} before it uploaded {}", bytes(pulled), bytes(sent));
    finding.first_seen = pulls.iter().map(|pull| pull.first).min().unwrap_or(0);
    finding.last_seen = pulls.iter().map(|pull| pull.last).max().unwrap_or(0);
    finding.evidence = vec![
        row("pulled", bytes(pulled)),
        row("between", format!("{} and {}", moment(finding.first_seen), moment(finding.last_seen))),
        row("uploaded afterwards", format!("{} to {}", bytes(sent), estate.text(upload.server))),
    ];
    finding.explain =
        vec![("bytes pulled for each uploaded afterwards".to_owned(), pulled as f64 / sent.max(1) as f64)];
    finding.next_step = format!("See whether {client} ever used {server} before, and with which account.");
    finding.peers = pulls.iter().map(|pull| estate.text(pull.server)).collect();
    finding.peers.dedup();
    finding.weight = pulled;
    finding
}
