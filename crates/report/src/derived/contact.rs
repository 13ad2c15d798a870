//! Contact with a listed address that weighs enough for a person.

use crate::analysis::Analysis;
use crate::summary::IntelHit;
use detect::finding::{bytes, query, row, some};
use detect::{Finding, Severity};
use enrich::intel::Topic;
use std::collections::BTreeMap;

/// The lightest hit that is told.
const SCORE_MIN: u32 = 50;

/// Finds them: one per listed address.
pub(super) fn listed(analysis: &Analysis<'_>) -> Vec<Finding> {
    let mut addresses: BTreeMap<&str, Vec<&IntelHit>> = BTreeMap::new();
    for hit in analysis.hits.iter().filter(|hit| hit.score >= SCORE_MIN) {
        addresses.entry(&hit.address).or_default().push(hit);
    }
    addresses.into_values().map(|hits| told(analysis, &hits)).collect()
}

fn told(analysis: &Analysis<'_>, hits: &[&IntelHit]) -> Finding {
    let heaviest = hits[0];
    let address = &heaviest.address;
    let mut internal: Vec<String> = hits.iter().flat_map(|hit| hit.internal.iter().cloned()).collect();
    internal.sort();
    internal.dedup();
    let entity = internal.first().cloned().unwrap_or_default();
    let service = match (heaviest.service.as_str(), heaviest.port) {
        ("", Some(port)) => format!("port {port}"),
        (name, _) => name.to_owned(),
    };
    let (sent, received) = hits.iter().fold((0, 0), |sum, hit| (sum.0 + hit.bytes_sent, sum.1 + hit.bytes_received));
    let number = address.parse().ok().and_then(|ip| analysis.host_number(ip)).map(|number| number as u32);
    let listed = number.and_then(|number| analysis.listed.get(&number));
    let topic = listed.map_or(Topic::Unknown, |listed| listed.topic);
    let beside = listed.map(|listed| listed.beside.join(", "));
    let beside = beside.filter(|beside| !beside.is_empty()).map(|beside| row("it also belongs to", beside));
    Finding {
        title: format!(
            "{} opened connections to {address} ({service}), which is listed as {}",
            some(&internal),
            heaviest.label
        ),
        severity: if heaviest.score >= 80 { Severity::High } else { Severity::Medium },
        confidence: f64::from(heaviest.score) / 100.0,
        peers: vec![address.clone()],
        first_seen: hits.iter().map(|hit| crate::time::seconds(&hit.first)).min().unwrap_or(0),
        last_seen: hits.iter().map(|hit| crate::time::seconds(&hit.last)).max().unwrap_or(0),
        evidence: vec![
            row("lists", heaviest.lists.join(", ")),
            row("direction and outcome", format!("{}, {}", heaviest.direction, heaviest.outcome)),
            row("sent", bytes(sent)),
            row("received", bytes(received)),
            row("score", heaviest.score),
        ]
        .into_iter()
        .chain(beside)
        .collect(),
        explain: vec![(
            "score of the heaviest hit: list, direction, outcome, bytes".to_owned(),
            f64::from(heaviest.score),
        )],
        attack: technique(topic).to_owned(),
        next_step: format!(
            "See who else talked to it: {}",
            query(&format!(
                "SELECT src_ip, dst_ip, dst_port, verdict, min(time_start) AS first, sum(bytes) AS bytes FROM flows WHERE src_ip = '{address}' OR dst_ip = '{address}' GROUP BY 1, 2, 3, 4 ORDER BY first"
            ))
        ),
        weight: u64::from(heaviest.score),
        ..Finding::about("intel.contact", entity, address)
    }
}

/// What a host does that calls an address of such a list.
fn technique(topic: Topic) -> &'static str {
    match topic {
        Topic::Mining => "T1496",
        Topic::DnsTunnel => "T1071.004",
        Topic::Spam => "T1071.003",
        _ => "T1071",
    }
}
