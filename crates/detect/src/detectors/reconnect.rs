//! A client that tries one server again and again and is never let in: malware whose server is gone.

use super::{draft, service};
use crate::finding::{Finding, Severity, duration, row};
use crate::ground::{Conversation, Estate};

/// Tries, at least; people and programs give up earlier, or wait longer and longer.
const TRIES_MIN: u64 = 20;
/// The share of tries that fail.
const FAILED_MIN: f64 = 0.95;
/// It goes on for a while: a burst of retries is a lost minute.
const SPAN_MIN_S: u32 = 180;

/// Loops to servers outside.
pub(super) fn loops(estate: &Estate) -> Vec<Finding> {
    estate.conversations.iter().filter(|talk| is_loop(estate, talk)).map(|talk| told(estate, talk)).collect()
}

fn is_loop(estate: &Estate, talk: &Conversation) -> bool {
    let is_inside_out = !estate.host(talk.server).is_inside;
    talk.proto == 6
        && talk.sessions_total >= TRIES_MIN
        && talk.failures as f64 >= talk.sessions_total as f64 * FAILED_MIN
        && talk.span_s() >= SPAN_MIN_S
        && talk.is_attempt()
        && (is_inside_out && estate.host(talk.client).is_inside)
        && !is_mail_queue(estate, talk)
}

/// A mail server tries for days to deliver (RFC 5321, section 4.5.4.1).
fn is_mail_queue(estate: &Estate, talk: &Conversation) -> bool {
    talk.port == 25 && estate.host(talk.client).mail_clients > 0
}

fn told(estate: &Estate, talk: &Conversation) -> Finding {
    let (client, server, name) = (estate.text(talk.client), estate.text(talk.server), service(talk.proto, talk.port));
    let mut finding = draft(client.clone(), format!("{server} {name}"), Severity::Medium, 0.7);
    let every = u64::from(talk.span_s()) / talk.sessions_total.max(1);
    finding.title = format!("{client} tried {server} {name} {} times in vain", talk.sessions_total);
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
    finding.campaign = String::new();
    finding
}
