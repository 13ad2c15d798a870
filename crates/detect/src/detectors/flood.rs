//! Floods, out of a host of ours, into one, and by way of reflectors.

use super::{draft, service};
use crate::finding::{Finding, Severity, bytes, row, some};
use crate::ground::{Conversation, Estate, Outcome};
use std::cmp::Reverse;
use std::collections::BTreeMap;

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
    let of_record = records().map(|record| u64::from(record.up_packets) / u64::from(record.window_s().max(1)));
    let mut starts: Vec<(u32, u64)> = records()
        .map(|record| (record.start, u64::from(record.up_packets) / u64::from(record.window_s() / DENSE_S + 1)))
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
    let is_ours = |talks: &Vec<&Conversation>| estate.host(talks[0].server).is_inside && sources(talks) >= SOURCES_MIN;
    let found = estate.by_service().filter(is_ours).filter_map(|talks| into(estate, &talks, false));
    let mut found: Vec<Finding> = found.collect();
    // Over many ports no service has enough: who sends to a host and gets no answer, at whatever port.
    for talks in estate.by_server().filter(is_ours) {
        // A source counts once, at whatever ports it calls.
        let mut unasked: Vec<&Conversation> =
            talks.into_iter().filter(|talk| talk.proto == 17 && !talk.best.is_success() && talk.is_attempt()).collect();
        unasked.sort_by_key(|talk| (talk.client, talk.first, talk.port));
        unasked.dedup_by_key(|talk| talk.client);
        let is_told = || found.iter().any(|finding| finding.entity == estate.text(unasked[0].server));
        if sources(&unasked) >= SOURCES_MIN && !is_told() {
            found.extend(into(estate, &unasked, true));
        }
    }
    found
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

fn into(estate: &Estate, talks: &[&Conversation], is_any_port: bool) -> Option<Finding> {
    let (counts, span) = minutes(talks);
    let (most, held, minute) = counts.last().copied()?;
    // Minutes without a new source count as well.
    let span = if is_any_port { ((estate.span.1 - estate.span.0) / 60) as usize } else { span };
    let usual = if counts.len() * 2 < span { 0 } else { counts[counts.len() / 2].0 };
    if most < SOURCES_MIN || held < SOURCES_HELD_MIN || most < usual * SURGE && span > 2 {
        return None;
    }
    let name = if is_any_port { "udp, many ports".to_owned() } else { service(talks[0].proto, talks[0].port) };
    let server = estate.text(talks[0].server);
    let mut finding = draft(server.clone(), &name, Severity::High, 0.6);
    finding.title = format!("{server} {name} was called by {most} new sources within a minute");
    // The minutes that are as loud as a half of the loudest.
    let loud = counts.iter().filter(|count| count.0 * 2 >= most).map(|count| count.2);
    finding.first_seen = loud.clone().min().unwrap_or(minute) * 60;
    finding.last_seen = loud.max().unwrap_or(minute) * 60 + 59;
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

/// Reflectors: ours that answer others with much, each one finding; and a host of ours that others send answers which
/// nobody asked for, with all of its reflectors one.
pub(super) fn amplification(estate: &Estate) -> Vec<Finding> {
    let is_amplified = |talk: &&Conversation| {
        talk.proto == 17
            && REFLECTORS.contains(&talk.port)
            && talk.totals.down_bytes / AMPLIFIED_MIN >= talk.totals.up_bytes
            && estate.host(talk.client).is_inside != estate.host(talk.server).is_inside
            // A server of names answers everybody a little; a reflector a victim much.
            && (estate.host(talk.client).is_inside || talk.totals.down_bytes >= AMPLIFIED_BYTES_MIN)
    };
    // (host of ours, port, is it the reflector?)
    let mut hosts: BTreeMap<(u32, u16, bool), Vec<&Conversation>> = BTreeMap::new();
    for talk in estate.conversations.iter().filter(is_amplified) {
        let is_used = estate.host(talk.server).is_inside;
        hosts.entry((if is_used { talk.server } else { talk.client }, talk.port, is_used)).or_default().push(talk);
    }
    let is_much = |talks: &Vec<&Conversation>| sum(talks, |talk| talk.totals.down_bytes) >= AMPLIFIED_BYTES_MIN;
    let found = hosts.into_iter().filter(|(_, talks)| is_much(talks));
    found.map(|((_, _, is_used), talks)| told_amplification(estate, talks, is_used)).collect()
}

fn sum(talks: &[&Conversation], of: fn(&Conversation) -> u64) -> u64 {
    talks.iter().fold(0, |sum: u64, talk| sum.saturating_add(of(talk)))
}

fn told_amplification(estate: &Estate, mut talks: Vec<&Conversation>, is_used: bool) -> Finding {
    talks.sort_by_key(|talk| (Reverse(talk.totals.down_bytes), talk.client, talk.server));
    let other = |talk: &Conversation| estate.text(if is_used { talk.client } else { talk.server });
    let (asked, answered) = (sum(&talks, |talk| talk.totals.up_bytes), sum(&talks, |talk| talk.totals.down_bytes));
    let name = service(talks[0].proto, talks[0].port);
    let entity = estate.text(if is_used { talks[0].server } else { talks[0].client });
    let is_unasked = talks.iter().all(|talk| talk.best == Outcome::ReplyOnly);
    let mut finding = draft(entity.clone(), &name, Severity::High, if is_unasked { 0.8 } else { 0.6 });
    finding.peers = talks.iter().map(|talk| other(talk)).collect();
    finding.peers.dedup();
    let others = some(&finding.peers);
    finding.title = match is_used {
        true => format!("{entity} {name} answered {others} with {}, many times what it was asked", bytes(answered)),
        false => format!("{entity} was sent {} by reflectors at {name}: {others}", bytes(answered)),
    };
    finding.first_seen = talks.iter().map(|talk| talk.first).min().unwrap_or(0);
    finding.last_seen = talks.iter().map(|talk| talk.last).max().unwrap_or(0);
    finding.evidence = vec![
        row("asked", bytes(asked)),
        row("answered", bytes(answered)),
        row(if is_used { "victims" } else { "reflectors" }, finding.peers.len()),
    ];
    finding.explain = vec![("bytes answered for each asked".to_owned(), answered as f64 / asked.max(1) as f64)];
    finding.next_step = match is_used {
        true => format!("Close {name} of {entity} to the internet."),
        false => "Ask the provider to filter these answers.".to_owned(),
    };
    finding.weight = answered;
    finding
}
