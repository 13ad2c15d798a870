//! Connections that stay up: remote control, tunnels.

use super::mining::Rhythm;
use super::{draft, service};
use crate::finding::{Finding, Severity, bytes, duration, row};
use crate::ground::{Conversation, Estate, Outcome, Session};

/// From so many seconds on, a connection is worth a line; RITA's tiers are 1, 4, 8 and 12 h.
const LONG_S: u32 = 4 * 3_600;
/// Ports of remote control: there an hour is long.
const REMOTE_CONTROL: &[u16] = &[22, 23, 3389, 5900, 5938, 5985, 5986];
const LONG_REMOTE_CONTROL_S: u32 = 3_600;
/// A server that so many of ours talk to is a service, not a secret.
pub(super) const CLIENTS_MAX: u32 = 3;

/// Long connections between inside and outside.
pub(super) fn connections(estate: &Estate) -> Vec<Finding> {
    estate.conversations.iter().filter_map(|talk| connection(estate, talk)).collect()
}

fn connection(estate: &Estate, talk: &Conversation) -> Option<Finding> {
    let is_remote_control = talk.proto == 6 && REMOTE_CONTROL.contains(&talk.port);
    let least = if is_remote_control { LONG_REMOTE_CONTROL_S } else { LONG_S };
    let crosses = estate.host(talk.client).is_inside != estate.host(talk.server).is_inside;
    if talk.proto != 6 || talk.span_s() < least || !crosses || estate.host(talk.server).clients > CLIENTS_MAX {
        return None;
    }
    let is_up = |session: &&Session| session.outcome == Outcome::Established && session.duration_s() >= least;
    let longest = talk.sessions().iter().filter(is_up).max_by_key(|session| session.duration_s())?;
    Some(told(estate, talk, longest, is_remote_control))
}

/// A page that waits for news keeps its connection all day: many hosts of ours do so, each with another server.
fn is_web(talk: &Conversation) -> bool {
    matches!(talk.port, 80 | 443)
}

fn told(estate: &Estate, talk: &Conversation, longest: &Session, is_remote_control: bool) -> Finding {
    let (client, server, name) = (estate.text(talk.client), estate.text(talk.server), service(talk.proto, talk.port));
    let is_inbound = estate.host(talk.server).is_inside;
    let severity = if is_remote_control && is_inbound { Severity::Medium } else { Severity::Low };
    let mut finding = draft(client.clone(), format!("{server} {name}"), severity, 0.5);
    let time = duration(longest.duration_s().into());
    finding.title = format!("{client} was connected to {server} {name} for {time}");
    finding.first_seen = longest.start;
    finding.last_seen = longest.end;
    finding.peers = vec![server.clone()];
    finding.evidence = vec![
        row("longest", time),
        row("to the server", bytes(longest.totals.up_bytes)),
        row("to the client", bytes(longest.totals.down_bytes)),
    ];
    finding.explain = vec![("hours".to_owned(), f64::from(longest.duration_s()) / 3_600.0)];
    if let Some(rhythm) = Rhythm::of(estate, talk, longest).filter(|rhythm| !is_inbound && rhythm.is_a_miners()) {
        finding.evidence.push(row("rhythm", rhythm.text()));
    }
    finding.next_step = format!("Ask who uses {server} {name} from {client} for so long.");
    finding.attack = if is_remote_control { "T1021" } else { "T1572" }.to_owned();
    if is_web(talk) {
        finding.campaign = "long connections to web servers".to_owned();
    }
    finding.weight = longest.duration_s().into();
    finding
}

/// An idle connection is up for so long, and says no more than so much an hour.
const IDLE_S: u32 = 3_600;
const IDLE_BYTES_PER_HOUR_MAX: f64 = 60_000.0;
/// ... but something: a connection that was forgotten does not.
const IDLE_PACKETS_PER_HOUR_MIN: f64 = 4.0;
/// Where programs wait for news by design: web, mail, push services, message queues, remote shells, VPNs.
pub(super) const WAITING: &[u16] = &[
    22, 80, 443, 465, 587, 853, 993, 995, 1194, 1883, 3389, 3478, 4070, 4244, 5061, 5222, 5223, 5228, 5229, 5230, 5242,
    5671, 5672, 7275, 8009, 8080, 8443, 8883, 9092, 9094,
];
/// Where bots wait for orders (IRC, RFC 7194 and custom).
const CHAT: std::ops::RangeInclusive<u16> = 6_660..=6_699;

/// Connections to rare servers outside that are kept up and say little: a bot that waits for orders.
pub(super) fn idle(estate: &Estate) -> Vec<Finding> {
    estate.conversations.iter().filter_map(|talk| idler(estate, talk)).collect()
}

fn idler(estate: &Estate, talk: &Conversation) -> Option<Finding> {
    let crosses = estate.host(talk.client).is_inside && !estate.host(talk.server).is_inside;
    let is_candidate = talk.proto == 6 && crosses && talk.span_s() >= IDLE_S && !WAITING.contains(&talk.port);
    if !is_candidate || estate.host(talk.server).clients > CLIENTS_MAX {
        return None;
    }
    let is_idle = |session: &&Session| {
        let (hours, totals) = (f64::from(session.duration_s()) / 3_600.0, &session.totals);
        let packets = totals.up_packets.min(totals.down_packets) as f64;
        session.outcome == Outcome::Established
            && session.duration_s() >= IDLE_S
            && totals.bytes() as f64 <= hours * IDLE_BYTES_PER_HOUR_MAX
            && packets >= hours * IDLE_PACKETS_PER_HOUR_MIN
    };
    let longest = talk.sessions().iter().filter(is_idle).max_by_key(|session| session.duration_s())?;
    let mut finding = told(estate, talk, longest, false);
    let (client, server, name) = (estate.text(talk.client), estate.text(talk.server), service(talk.proto, talk.port));
    let is_grave = CHAT.contains(&talk.port) || longest.duration_s() >= LONG_S;
    finding.severity = if is_grave { Severity::Medium } else { Severity::Low };
    finding.title = format!(
        "{client} kept a connection to {server} {name} for {} and said little",
        duration(longest.duration_s().into())
    );
    finding.evidence.push(row("packets to the server", longest.totals.up_packets));
    finding.next_step = format!("Find the program on {client} that waits for {server} {name}.");
    finding.attack = "T1571".to_owned();
    Some(finding)
}
