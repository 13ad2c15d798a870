//! A client that tries one server again and again and is never let in: malware whose server is gone.

use super::sampling::is_bare;
use super::sprt::THRESHOLD;
use super::{draft, service};
use crate::finding::{Finding, Severity, duration, row};
use crate::ground::{Conversation, Estate, Sign};

/// Tries, at least; people and programs give up earlier, or wait longer and longer.
const TRIES_MIN: u64 = 20;
/// The share of tries that fail.
const FAILED_MIN: f64 = 0.95;
/// It goes on for a while: a burst of retries is a lost minute.
const SPAN_MIN_S: u32 = 180;

/// Of ten packets of the shortest answered call (a handshake, a question, an answer, the end) two carry data.
const BARE_SHARE: f64 = 0.8;

/// Loops to servers outside.
pub(super) fn loops(estate: &Estate) -> Vec<Finding> {
    let crosses = |talk: &&Conversation| !estate.host(talk.server).is_inside && estate.host(talk.client).is_inside;
    let often = estate.conversations.iter().filter(|talk| is_often(talk)).filter(crosses);
    let often = often.filter(|talk| !is_mail_queue(estate, talk));
    often.filter(|talk| is_in_vain(talk) || is_silent(estate, talk)).map(|talk| told(estate, talk)).collect()
}

/// A mail server tries for days to deliver (RFC 5321, section 4.5.4.1).
fn is_mail_queue(estate: &Estate, talk: &Conversation) -> bool {
    talk.port == 25 && estate.host(talk.client).mail_clients > 0
}

fn is_often(talk: &Conversation) -> bool {
    talk.proto == 6 && talk.sessions_total >= TRIES_MIN && talk.span_s() >= SPAN_MIN_S && talk.is_attempt()
}

fn is_in_vain(talk: &Conversation) -> bool {
    talk.failures as f64 >= talk.sessions_total as f64 * FAILED_MIN
}

/// A sampled log shows a try, or its reset, as a bare packet. Where none of so many packets carries data that one call in
/// 100,000 would have none, and the server says nothing to anybody else, nobody is let in.
fn is_silent(estate: &Estate, talk: &Conversation) -> bool {
    let is_unlikely = talk.records.len() as f64 * -BARE_SHARE.ln() >= THRESHOLD;
    let mut others = estate.of_service(talk.server, talk.proto, talk.port);
    talk.signs.has(Sign::SAMPLED) && is_unlikely && is_bare(talk) && others.all(is_bare)
}

fn told(estate: &Estate, talk: &Conversation) -> Finding {
    let (client, server, name) = (estate.text(talk.client), estate.text(talk.server), service(talk.proto, talk.port));
    // A reset, or a handshake by which somebody looks whether it is there: a sampled log does not tell.
    let (severity, confidence) = if is_in_vain(talk) { (Severity::Medium, 0.7) } else { (Severity::Low, 0.5) };
    let mut finding = draft(client.clone(), format!("{server} {name}"), severity, confidence);
    let every = u64::from(talk.span_s()) / talk.sessions_total.max(1);
    finding.title = match is_in_vain(talk) {
        true => format!("{client} tried {server} {name} {} times in vain", talk.sessions_total),
        false => format!("{client} called {server} {name}, {} times seen, and nobody said a word", talk.sessions_total),
    };
    finding.first_seen = talk.first;
    finding.last_seen = talk.last;
    finding.peers = vec![server.clone()];
    finding.evidence =
        vec![row("tries", talk.sessions_total), row("failed", talk.failures), row("one about every", duration(every))];
    finding.explain =
        vec![("share of tries that failed".to_owned(), talk.failures as f64 / talk.sessions_total as f64)];
    finding.next_step =
        format!("Find the program on {client} that wants {server} {name}; look the address up in blacklists.");
    finding.weight = talk.sessions_total;
    finding
}
