//! Clients of ours that hammer a server outside: at a dead control server again and again, or to drown it.

use super::{Draft, Severity, bytes, query, row};
use crate::analysis::{Analysis, Talk, moment};
use crate::time;

/// Calls in vain, at least.
const VAIN_CALLS_MIN: u32 = 50;
/// ... and this share of all calls.
const VAIN_SHARE_MIN: f64 = 0.5;
/// Seconds for which it goes on, at least, and between two calls, at most: above, it is patience.
const RECONNECT_SECONDS_MIN: u32 = 120;
const RECONNECT_PAUSE_SECONDS_MAX: u64 = 600;
/// Clients of ours that call the server, at most: where all of them fail, it is the server that is ill.
const CLIENTS_MAX: u64 = 2;
/// Bytes and bytes in a second that nobody asked for: TCP sends next to nothing without an answer, UDP may.
const TCP_FLOOD_BYTES_MIN: u64 = 500_000;
const TCP_FLOOD_RATE_MIN: u64 = 10_000;
const UDP_FLOOD_BYTES_MIN: u64 = 50_000_000;
const UDP_FLOOD_RATE_MIN: u64 = 1_000_000;

/// Calls again and again a server that does not answer, or hangs up.
pub(super) fn reconnect(analysis: &Analysis<'_>) -> Vec<Draft> {
    let is_rare = |talk: &&Talk<'_>| analysis.is_outbound(talk) && analysis.users[talk.server as usize] <= CLIENTS_MAX;
    analysis
        .singles()
        .filter(|talk| talk.proto == 6)
        .filter(is_rare)
        .filter_map(|talk| loop_of(analysis, talk))
        .collect()
}

fn loop_of(analysis: &Analysis<'_>, talk: &Talk<'_>) -> Option<Draft> {
    let contacts = talk.contacts?;
    // Sessions may be logged in the order in which they end: first and last call are not the earliest and the latest.
    let (first, last) = talk.span();
    let vain = contacts.calls - contacts.exchanges;
    let seconds = last.saturating_sub(first);
    let is_loop = vain >= VAIN_CALLS_MIN
        && f64::from(vain) >= f64::from(contacts.calls) * VAIN_SHARE_MIN
        && seconds >= RECONNECT_SECONDS_MIN;
    let pause = u64::from(seconds) / u64::from(contacts.calls.max(1));
    if !is_loop || pause > RECONNECT_PAUSE_SECONDS_MAX {
        return None;
    }
    let (entity, server) = (analysis.text(talk.client), analysis.text(talk.server));
    let listed = analysis.listed.get(&talk.server);
    let mut evidence = vec![
        row("calls", contacts.calls),
        row("refused or without an answer", vain),
        row("one about every", time::duration(pause.max(1))),
        row("from", moment(first)),
        row("until", moment(last)),
    ];
    if let Some(listed) = listed {
        evidence.push(row("on blacklists", format!("{} ({})", listed.lists.join(", "), listed.label)));
    }
    Some(Draft {
        detector: "beacon.reconnect".to_owned(),
        title: format!("{entity} called {server} ({}) {} times, {vain} in vain", talk.service_label(), contacts.calls),
        severity: if listed.is_some() { Severity::Critical } else { Severity::High },
        confidence: if contacts.exchanges > 0 { 0.85 } else { 0.75 },
        peers: vec![server.clone()],
        span: (first, last),
        evidence,
        attack: "T1571".into(),
        next_step: format!(
            "Find the process on {entity} that does not give up; its calls: {}",
            query(&format!(
                "SELECT time_start, bytes, rev_bytes FROM flows WHERE src_ip = '{entity}' AND dst_ip = '{server}' ORDER BY time_start"
            ))
        ),
        weight: u64::from(vain),
        entity,
    })
}

/// Sends much to somebody outside who does not answer.
pub(super) fn outbound(analysis: &Analysis<'_>) -> Vec<Draft> {
    let is_flood = |talk: &&Talk<'_>| {
        let (least, rate) = match talk.proto {
            6 => (TCP_FLOOD_BYTES_MIN, TCP_FLOOD_RATE_MIN),
            17 => (UDP_FLOOD_BYTES_MIN, UDP_FLOOD_RATE_MIN),
            _ => return false,
        };
        let is_silent = talk.marks.is_asked() && !talk.is_answered() && talk.to_client * 100 < talk.to_server;
        analysis.is_outbound(talk) && is_silent && talk.to_server >= least && talk.to_server / seconds(talk) >= rate
    };
    analysis.singles().filter(is_flood).map(|talk| flood(analysis, talk)).collect()
}

fn seconds(talk: &Talk<'_>) -> u64 {
    let (first, last) = talk.span();
    u64::from(last.saturating_sub(first)).max(1)
}

fn flood(analysis: &Analysis<'_>, talk: &Talk<'_>) -> Draft {
    let (entity, server) = (analysis.text(talk.client), analysis.text(talk.server));
    let (first, last) = talk.span();
    Draft {
        detector: "ddos.outbound".to_owned(),
        title: format!(
            "{entity} sent {} to {server} ({}) in {} without any answer",
            bytes(talk.to_server),
            talk.service_label(),
            time::duration(seconds(talk))
        ),
        severity: Severity::High,
        confidence: 0.8,
        peers: vec![server.clone()],
        span: (first, last),
        evidence: vec![
            row("sent", bytes(talk.to_server)),
            row("a second", bytes(talk.to_server / seconds(talk))),
            row("records", talk.records()),
            row("received", bytes(talk.to_client)),
        ],
        attack: "T1498.001".into(),
        next_step: format!(
            "Take {entity} off the network and look at what controls it: {}",
            query(&format!(
                "SELECT dst_ip, dst_port, sum(packets) AS packets, sum(bytes) AS bytes FROM flows WHERE src_ip = '{entity}' GROUP BY 1, 2 ORDER BY packets DESC LIMIT 20"
            ))
        ),
        weight: talk.to_server,
        entity,
    }
}
