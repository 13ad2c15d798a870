//! What routers themselves say that they lost (AWS transit gateways count it).

use super::{Path, hosts, name, path, records_of, services, span};
use crate::detectors::draft;
use crate::finding::{Finding, Severity, row, some};
use crate::ground::{Conversation, Estate, Record, Sign};
use std::collections::BTreeMap;

/// A traceroute lets packets expire on purpose: UDP to these ports, or ping.
const TRACEROUTE: std::ops::RangeInclusive<u16> = 33_434..=33_534;

/// Why packets are lost, how that is told, and what to do.
const REASONS: [(Sign, &str, &str); 3] = [
    (
        Sign::NO_ROUTE,
        "have no route",
        "Look at the route table of the attachment that they come in by: the route is missing, or leads into a black hole since what it led to is gone.",
    ),
    (
        Sign::TOO_LARGE,
        "are too large for the next link",
        "Lower the MTU or the MSS of the senders (a transit gateway takes 8500 bytes, a VPN 1500 less its headers), and let ICMP \"fragmentation needed\" pass.",
    ),
    (
        Sign::TTL_EXPIRED,
        "go round in circles",
        "Two route tables send them to each other: look at the routes of both sides for the receiver's network.",
    ),
];

/// Paths on which packets are lost, by reason.
pub(in crate::detectors) fn paths(estate: &Estate) -> Vec<Finding> {
    let told = REASONS.iter().flat_map(|(sign, says, advice)| {
        let mut paths: BTreeMap<Path, Vec<&Conversation>> = BTreeMap::new();
        for talk in estate.conversations.iter().filter(|talk| talk.signs.has(*sign) && is_meant(talk, *sign)) {
            for is_up in [true, false] {
                if talk.records.iter().any(|record| record.signs.has(*sign) && is_up == is_request(record)) {
                    let (near, far) = path(estate, talk);
                    paths.entry(if is_up { (near, far) } else { (far, near) }).or_default().push(talk);
                }
            }
        }
        paths.into_iter().map(move |(path, talks)| told(estate, path, &talks, (says, advice)))
    });
    told.collect()
}

fn is_request(record: &Record) -> bool {
    record.up_packets > 0
}

/// Nobody wanted them to expire.
fn is_meant(talk: &Conversation, sign: Sign) -> bool {
    let is_traceroute = talk.proto == 17 && TRACEROUTE.contains(&talk.port) || [1, 58].contains(&talk.proto);
    sign != Sign::TTL_EXPIRED || !is_traceroute
}

fn told(estate: &Estate, (from, to): Path, talks: &[&Conversation], (says, advice): (&str, &str)) -> Finding {
    let is_from_client = super::Side::of(estate, talks[0].client) == from;
    let ends: [fn(&Conversation) -> u32; 2] = [|talk| talk.client, |talk| talk.server];
    let [senders, receivers] =
        if is_from_client { ends } else { [ends[1], ends[0]] }.map(|end| hosts(estate, talks, end));
    let (sender, receiver) = (name(&senders, from), name(&receivers, to));
    let mut finding = draft(sender.clone(), format!("{from} {to} {says}"), Severity::Low, 0.95);
    finding.title = format!("packets of {sender} to {receiver} {says}");
    (finding.first_seen, finding.last_seen) = span(talks);
    finding.peers = receivers.clone();
    finding.evidence = vec![
        row("conversations with such packets", talks.len()),
        row("services", some(&services(talks))),
        row("senders", some(&senders)),
        row("receivers", some(&receivers)),
    ];
    finding.explain = vec![("conversations with such packets".to_owned(), talks.len() as f64)];
    finding.next_step = format!("{advice} Its records: {}", records_of(estate, talks));
    finding.weight = talks.len() as u64;
    finding
}
