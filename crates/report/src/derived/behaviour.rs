//! What crate `detect` found in single records, with what a report knows beside: blacklists, and a command for the next step.

use super::{Draft, Severity, grouped, query, row};
use crate::analysis::{Analysis, Listed};
use detect::normal::Baseline;
use detect::{Estate, Finding};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// Every finding of its detectors.
pub(super) fn findings(analysis: &Analysis<'_>, estate: &Estate) -> Vec<Draft> {
    detect::findings(estate).into_iter().map(|finding| draft(analysis, finding)).collect()
}

/// What departs from a normal time, kind by kind: the heaviest one by one, the others of a kind together.
pub(super) fn departures(
    analysis: &Analysis<'_>,
    estate: &Estate,
    baseline: Option<&Baseline>,
    each_max: usize,
) -> Vec<Draft> {
    let found = baseline.map(|baseline| baseline.departures(estate)).unwrap_or_default();
    let mut kinds: BTreeMap<String, Vec<Draft>> = BTreeMap::new();
    for finding in found {
        kinds.entry(finding.detector.clone()).or_default().push(draft(analysis, finding));
    }
    kinds.into_values().flat_map(|drafts| grouped(drafts, each_max)).collect()
}

fn draft(analysis: &Analysis<'_>, finding: Finding) -> Draft {
    let mut severity = severity(finding.severity);
    let mut evidence = finding.evidence;
    let listed = finding.peers.iter().chain([&finding.entity]).find_map(|text| Some((text, listed(analysis, text)?)));
    if let Some((address, listed)) = listed {
        evidence.push(row("on blacklists", format!("{address}: {} ({})", listed.lists.join(", "), listed.label)));
        severity = (0..steps_raised(&finding.detector)).fold(severity, |severity, _| severity.higher());
    }
    Draft {
        own_id: Some(finding.id),
        next_step: format!("{} {}", finding.next_step, command(&finding.entity, &finding.peers)).trim_end().to_owned(),
        detector: finding.detector,
        title: finding.title,
        severity,
        confidence: (finding.confidence * 100.0).round() / 100.0,
        entity: finding.entity,
        peers_total: finding.peers_total,
        peers: finding.peers,
        span: (finding.first_seen, finding.last_seen),
        evidence,
        explain: finding.explain,
        attack: finding.attack.into(),
        weight: finding.weight,
    }
}

/// How much graver a finding is because a peer is on a blacklist. Scanners are listed because they scan; who is called
/// regularly and is listed is in control.
fn steps_raised(detector: &str) -> u32 {
    match detector.split('.').next() {
        Some("scan") => 0,
        Some("beacon") => 2,
        _ => 1,
    }
}

fn listed<'a>(analysis: &'a Analysis<'_>, text: &str) -> Option<&'a Listed> {
    let host = analysis.host_number(text.parse().ok()?)?;
    analysis.listed.get(&(host as u32))
}

fn severity(severity: detect::Severity) -> Severity {
    match severity {
        detect::Severity::Critical => Severity::Critical,
        detect::Severity::High => Severity::High,
        detect::Severity::Medium => Severity::Medium,
        detect::Severity::Low => Severity::Low,
        detect::Severity::Info => Severity::Info,
    }
}

/// The records it is about: between two, or of the one.
fn command(entity: &str, peers: &[String]) -> String {
    if entity.parse::<IpAddr>().is_err() {
        return String::new();
    }
    let both = |a: &str, b: &str| format!("src_ip = '{a}' AND dst_ip = '{b}'");
    let text = match peers {
        [peer] if peer.parse::<IpAddr>().is_ok() => format!(
            "SELECT time_start, src_ip, src_port, dst_ip, dst_port, verdict, packets, bytes FROM flows WHERE ({}) OR ({}) ORDER BY time_start",
            both(entity, peer),
            both(peer, entity)
        ),
        _ => format!(
            "SELECT src_ip, dst_ip, dst_port, verdict, min(time_start) AS first, count(*) AS records, sum(bytes) AS bytes FROM flows WHERE src_ip = '{entity}' OR dst_ip = '{entity}' GROUP BY 1, 2, 3, 4 ORDER BY records DESC"
        ),
    };
    format!("Its records: {}", query(&text))
}
