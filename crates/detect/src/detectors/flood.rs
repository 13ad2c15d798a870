//! Floods, out of a host of ours, into one, and by way of reflectors.

use super::{draft, service};
use crate::finding::{Finding, Severity, bytes, row, some};
use crate::ground::{Conversation, Estate, Outcome};

/// Packets in one minute that no client needs to be heard: 1,000 a second.
const PACKETS_PER_SECOND_MIN: u64 = 1_000;
const PACKETS_MIN: u64 = 20_000;
/// Sources in one minute, and so many times as many as in the usual minute.
const SOURCES_MIN: u64 = 500;
const SURGE: u64 = 10;
/// Of so many that are held, the number of all is known to a third.
const SOURCES_HELD_MIN: usize = 8;
/// UDP services that answer with more than they are asked: chargen, QOTD, DNS, NTP, NetBIOS, SNMP, CLDAP, RIP, SSDP,
/// ARMS, WS-Discovery, CoAP, mDNS, memcached (US-CERT TA14-017A and later).
const REFLECTORS: &[u16] = &[17, 19, 53, 111, 123, 137, 161, 389, 520, 1900, 3283, 3702, 5353, 5683, 11211];
/// An answer is so many times the question.
const AMPLIFIED_MIN: u64 = 10;
const AMPLIFIED_BYTES_MIN: u64 = 1_000_000;

/// A host of ours sends far more packets to a target than come back.
pub(super) fn outbound(estate: &Estate) -> Vec<Finding> {
    estate
        .conversations
        .chunk_by(|a, b| (a.client, a.server) == (b.client, b.server))
        .filter_map(|talks| out_of(estate, talks))
        .collect()
}

fn out_of(estate: &Estate, talks: &[Conversation]) -> Option<Finding> {
    if !estate.host(talks[0].client).is_inside {
        return None;
    }
    let (sent, back) = talks.iter().fold((0_u64, 0_u64), |(sent, back), talk| {
        (sent.saturating_add(talk.totals.up_packets), back.saturating_add(talk.totals.down_packets))
    });
    // Every ping is answered as long as the target can.
    let is_ping = talks.iter().all(|talk| matches!(talk.proto, 1 | 58));
    if sent < PACKETS_MIN || back > sent / 10 && !is_ping {
        return None;
    }
    let fastest = fastest(talks);
    if fastest < PACKETS_PER_SECOND_MIN && (fastest < PACKETS_PER_SECOND_MIN / 10 || back > 0) {
        return None;
    }
    let (client, server) = (estate.text(talks[0].client), estate.text(talks[0].server));
    let mut finding = draft(client.clone(), &server, Severity::High, 0.8);
    finding.title = format!("{client} flooded {server} with {sent} packets");
    finding.first_seen = talks.iter().map(|talk| talk.first).min().unwrap_or(0);
    finding.last_seen = talks.iter().map(|talk| talk.last).max().unwrap_or(0);
    let ports: Vec<String> = talks.iter().map(|talk| service(talk.proto, talk.port)).collect();
    finding.evidence = vec![
        row("packets sent", sent),
        row("packets back", back),
        row("fastest, packets per second", fastest),
        row("services", some(&ports)),
    ];
    finding.explain = vec![("packets sent for each that came back".to_owned(), sent as f64 / back.max(1) as f64)];
    finding.next_step = format!("Take {client} off the network: it attacks others.");
    finding.peers = vec![server];
    finding.weight = sent;
    Some(finding)
}

/// A flood of small records is told by the sum of so many seconds.
const DENSE_S: u32 = 10;

/// Packets to the server in a second, at most: of one record, of all in the densest ten seconds, or, where not all
/// records are kept, of the whole conversation.
fn fastest(talks: &[Conversation]) -> u64 {
    let records = || talks.iter().flat_map(|talk| talk.records.iter());
    let of_record = records().map(|record| u64::from(record.up_packets) / u64::from(record.duration_s.max(1)));
    let mut starts: Vec<(u32, u64)> = records()
        .map(|record| (record.start, u64::from(record.up_packets) / u64::from(record.duration_s / DENSE_S + 1)))
        .collect();
    starts.sort_unstable();
    let (mut from, mut sum, mut most) = (0, 0, 0);
    for to in 0..starts.len() {
        sum += starts[to].1;
        while starts[to].0 - starts[from].0 >= DENSE_S {
            sum -= starts[from].1;
            from += 1;
        }
        most = most.max(sum / u64::from(DENSE_S));
    }
    let cut = talks.iter().filter(|talk| talk.is_cut);
    let of_cut = cut.map(|talk| talk.totals.up_packets / u64::from(talk.span_s().max(1)));
    of_record.chain(of_cut).max().unwrap_or(0).max(most)
}

/// A service of ours is called by far more sources in a minute than in others. Where only a share of conversations is
/// held, each stands for as many as it was chosen from.
pub(super) fn inbound(estate: &Estate) -> Vec<Finding> {
    let sources = |talks: &[&Conversation]| talks.iter().map(|talk| talk.stands_for).sum::<u64>();
    let services = estate.by_service().filter(|talks| estate.host(talks[0].server).is_inside);
    services.filter(|talks| sources(talks) >= SOURCES_MIN).filter_map(|talks| into(estate, &talks)).collect()
}

/// Sources by minute of their first call: how many are held and for how many they stand, by number; and the minutes from
/// the first to the last.
fn minutes(talks: &[&Conversation]) -> (Vec<(u64, usize, u32)>, usize) {
    let calls = talks.iter().filter(|talk| talk.is_attempt() && talk.stands_for > 0);
    let mut calls: Vec<(u32, u64)> = calls.map(|talk| (talk.first / 60, talk.stands_for)).collect();
    calls.sort_unstable();
    let runs = calls.chunk_by(|a, b| a.0 == b.0);
    let mut counts: Vec<(u64, usize, u32)> =
        runs.map(|run| (run.iter().map(|call| call.1).sum(), run.len(), run[0].0)).collect();
    counts.sort_unstable();
    let span = calls.last().map_or(0, |last| (last.0 - calls[0].0 + 1) as usize);
    (counts, span)
}

fn into(estate: &Estate, talks: &[&Conversation]) -> Option<Finding> {
    let (counts, span) = minutes(talks);
    let (most, held, minute) = counts.last().copied()?;
    // Minutes without a new source count as well.
    let usual = if counts.len() * 2 < span { 0 } else { counts[counts.len() / 2].0 };
    if most < SOURCES_MIN || held < SOURCES_HELD_MIN || most < usual * SURGE && span > 2 {
        return None;
    }
    let (server, name) = (estate.text(talks[0].server), service(talks[0].proto, talks[0].port));
    let mut finding = draft(server.clone(), &name, Severity::High, 0.6);
    finding.title = format!("{server} {name} was called by {most} new sources within a minute");
    finding.first_seen = minute * 60;
    finding.last_seen = talks.iter().map(|talk| talk.last).max().unwrap_or(0);
    finding.peers_total = talks.iter().map(|talk| talk.stands_for).sum();
    finding.peers = talks.iter().take(estate.limits.peers_max).map(|talk| estate.text(talk.client)).collect();
    let failed = talks.iter().filter(|talk| talk.best.is_failure()).count();
    finding.evidence = vec![
        row("new sources in the densest minute", most),
        row("in the usual minute", usual),
        row("sources that got no answer", failed),
    ];
    if most > held as u64 {
        finding.evidence.push(row("counted from a share of the sources, one of", most / held as u64));
    }
    finding.explain = vec![("surge".to_owned(), most as f64 / usual.max(1) as f64)];
    finding.next_step = format!("See whether {server} {name} still answers, and whether these sources are customers.");
    finding.weight = most;
    Some(finding)
}

/// Reflectors: ours that answer others with much, or others that send ours answers nobody asked for.
pub(super) fn amplification(estate: &Estate) -> Vec<Finding> {
    let is_amplified = |talk: &&Conversation| {
        talk.proto == 17
            && REFLECTORS.contains(&talk.port)
            && talk.totals.down_bytes >= AMPLIFIED_BYTES_MIN
            && talk.totals.down_bytes / AMPLIFIED_MIN >= talk.totals.up_bytes
            && estate.host(talk.client).is_inside != estate.host(talk.server).is_inside
    };
    estate.conversations.iter().filter(is_amplified).map(|talk| told_amplification(estate, talk)).collect()
}

fn told_amplification(estate: &Estate, talk: &Conversation) -> Finding {
    let is_used = estate.host(talk.server).is_inside;
    let (client, server, name) = (estate.text(talk.client), estate.text(talk.server), service(talk.proto, talk.port));
    let unasked = talk.best == Outcome::ReplyOnly;
    let entity = if is_used { server.clone() } else { client.clone() };
    let mut finding =
        draft(entity, format!("{client} {server} {name}"), Severity::High, if unasked { 0.8 } else { 0.6 });
    finding.title = match is_used {
        true => format!(
            "{server} {name} answered {client} with {}, many times what it was asked",
            bytes(talk.totals.down_bytes)
        ),
        false => format!("{client} was sent {} by the reflector {server} {name}", bytes(talk.totals.down_bytes)),
    };
    finding.first_seen = talk.first;
    finding.last_seen = talk.last;
    finding.peers = vec![if is_used { client } else { server }];
    finding.evidence = vec![row("asked", bytes(talk.totals.up_bytes)), row("answered", bytes(talk.totals.down_bytes))];
    finding.explain = vec![(
        "bytes answered for each asked".to_owned(),
        talk.totals.down_bytes as f64 / talk.totals.up_bytes.max(1) as f64,
    )];
    finding.next_step = "Close the service to the internet, or ask the provider to filter it.".to_owned();
    finding.weight = talk.totals.down_bytes;
    finding.campaign = format!("amplification over {name}");
    finding
}
