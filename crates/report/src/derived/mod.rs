//! The findings: those of the detectors over single records (crate `detect`), and those that rest on what only a report
//! has, the health of the logs, blacklists and whole conversations: one small pure function and one row in [`DERIVED`] each.
//!
//! Every kind is found in one place. Here they are put into one list: what blacklists say of a peer is added, what a NAT
//! gateway repeats is left out, and one story is told once.

mod alert;
mod anonymizer;
mod cleartext;
mod contact;
mod cost;
mod exposure;
mod loghealth;
mod origin;

pub(crate) use origin::{FirstOrigin, first_origins};

use crate::analysis::Analysis;
use crate::summary;
use detect::finding::row;
use detect::suppress::{Hidden, Suppression, suppress};
use detect::{Finding, Severity};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// One detector of the report's own.
pub struct Derived {
    /// `family.kind`.
    pub id: &'static str,
    /// What it finds, in one line.
    pub doc: &'static str,
    find: fn(&Analysis<'_>) -> Vec<Finding>,
}

/// The report's own detectors; all others are rows of [`detect::DETECTORS`].
pub const DERIVED: &[Derived] = &[
    Derived {
        id: "exposure.opened",
        doc: "a sensitive service that was closed to the internet and now answers it",
        find: exposure::opened,
    },
    Derived {
        id: "exposure.reached",
        doc: "a service of administration or a database that the internet reached and used",
        find: exposure::reached,
    },
    Derived {
        id: "exposure.cleartext",
        doc: "a protocol that carries passwords in clear text, spoken with the internet",
        find: cleartext::spoken,
    },
    Derived {
        id: "intel.contact",
        doc: "contact with a listed address that weighs enough for a person",
        find: contact::listed,
    },
    Derived { id: "proxy.tor", doc: "a host of ours that calls relays of Tor", find: anonymizer::tor },
    Derived { id: "proxy.vpn", doc: "a host of ours in a tunnel of a listed VPN provider", find: anonymizer::vpn },
    Derived { id: "proxy.open", doc: "a host of ours that goes through a listed open proxy", find: anonymizer::open },
    Derived {
        id: "proxy.visitor",
        doc: "a login of ours answered visitors from Tor, a VPN provider or an open proxy",
        find: anonymizer::visitors,
    },
    Derived { id: "alert.signature", doc: "what rules found in packets", find: alert::signature },
    Derived {
        id: "normal.new_country",
        doc: "a host of ours reaches a country that it never reached in the baseline",
        find: origin::new_countries,
    },
    Derived {
        id: "normal.new_network",
        doc: "a host of ours reaches an autonomous system that it never reached in the baseline",
        find: origin::new_networks,
    },
    Derived {
        id: "loghealth.silent",
        doc: "an interface stopped logging while its peers still see it",
        find: loghealth::silent,
    },
    Derived {
        id: "loghealth.gap",
        doc: "no interface logged anything for far longer than ever, and then all did again",
        find: loghealth::gaps,
    },
    Derived {
        id: "cost.endpoint",
        doc: "much traffic with the provider's own service through a NAT gateway, where an endpoint would do",
        find: cost::endpoints,
    },
    Derived {
        id: "cost.crosszone",
        doc: "a pair of hosts that moves most of what crosses zones",
        find: cost::cross_zone,
    },
    Derived { id: "loghealth.skipped", doc: "the provider lost records", find: loghealth::skipped },
];

/// Every detector that has a name of its own, as `family.kind`.
pub fn detector_names() -> Vec<&'static str> {
    detect::DETECTORS.iter().map(|row| row.id).chain(DERIVED.iter().map(|row| row.id)).collect()
}

/// A wider story, and the narrower one that the same host's wider one tells too.
const TELLS_TOO: &[(&str, &str)] = &[
    ("beacon.regular", "intel.contact"),
    ("beacon.reconnect", "intel.contact"),
    ("mining.pool", "intel.contact"),
    ("proxy.tor", "connection.long"),
    ("proxy.tor", "connection.idle"),
    ("proxy.vpn", "connection.long"),
];

/// Every finding, most severe first: what the detectors found in single records, and the report's own; and what was
/// suppressed.
pub(crate) fn findings(
    analysis: &Analysis<'_>,
    behaviour: Vec<Finding>,
    suppressions: &[Suppression],
) -> (Vec<summary::Finding>, Vec<Hidden>) {
    let each_max = analysis.fold.options.limits.findings_per_detector_max;
    let mut all = behaviour;
    leave_out_translations(analysis, &mut all);
    for finding in &mut all {
        weigh_owners(analysis, finding);
        weigh_lists(analysis, finding);
    }
    all.extend(DERIVED.iter().flat_map(|derived| (derived.find)(analysis)));
    exposure::leave_out_guessed(&mut all);
    leave_out_repeats(&mut all);
    let hidden = suppress(&mut all, suppressions, analysis.fold.totals.last);
    let mut all = grouped(all, each_max);
    all.sort_by_cached_key(rank);
    (all.into_iter().map(|finding| told(finding, analysis)).collect(), hidden)
}

fn rank(finding: &Finding) -> (Severity, Reverse<u64>, u32, String) {
    (finding.severity, Reverse((finding.confidence * 1e6) as u64), finding.first_seen, finding.id.clone())
}

/// What a NAT gateway sends on is the traffic of a client that has been told, if another client did the same.
fn leave_out_translations(analysis: &Analysis<'_>, findings: &mut Vec<Finding>) {
    let is_translator = |finding: &Finding| {
        let number = finding.entity.parse().ok().and_then(|address| analysis.host_number(address));
        number.is_some_and(|number| analysis.hosts[number].is_translator)
    };
    let told: BTreeSet<(String, Vec<String>)> = findings
        .iter()
        .filter(|finding| !is_translator(finding))
        .map(|finding| (finding.detector.clone(), finding.peers.clone()))
        .collect();
    findings.retain(|finding| {
        !is_translator(finding) || !told.contains(&(finding.detector.clone(), finding.peers.clone()))
    });
}

/// From a list worth so much on, what calls its addresses regularly is somebody's: a medium tier.
const GRAVE_WORTH: u32 = 65;

/// A host of ours that calls a listed address regularly, or sends it much, is somebody's.
fn weigh_lists(analysis: &Analysis<'_>, finding: &mut Finding) {
    let is_outward =
        ["beacon.", "exfiltration.", "mining.", "dns."].iter().any(|kind| finding.detector.starts_with(kind));
    if !is_outward {
        return;
    }
    let numbers = finding.peers.iter().filter_map(|peer| analysis.host_number(peer.parse().ok()?));
    let listed: Vec<_> = numbers.filter_map(|number| analysis.listed.get(&(number as u32))).collect();
    if let Some(listed) = listed.iter().max_by_key(|listed| listed.worth) {
        finding.evidence.push(row("on blacklists", format!("{} ({})", listed.lists.join(", "), listed.label)));
        finding.explain.push(("lists that name the peer".to_owned(), listed.lists.len() as f64));
        // Where a list only says what the peer is (a VPN, a scanner), that is no more than evidence.
        if listed.worth >= GRAVE_WORTH {
            finding.severity = Severity::Critical;
        }
    }
}

/// An upload to a service that an inventory names is less of a secret: the owner is told, and the finding is no emergency by
/// itself.
fn weigh_owners(analysis: &Analysis<'_>, finding: &mut Finding) {
    if finding.detector != "exfiltration.volume" {
        return;
    }
    let owner = |peer: &String| analysis.owners.find(peer.parse().ok()?, finding.last_seen);
    let owners: Option<BTreeSet<&str>> = finding.peers.iter().map(|peer| Some(owner(peer)?.service.as_str())).collect();
    let Some(owners) = owners.filter(|owners| !owners.is_empty() && !owners.contains("")) else { return };
    let owners = owners.into_iter().collect::<Vec<_>>().join(", ");
    finding.evidence.push(row("whose they are", &owners));
    finding.next_step = format!("Ask whether {} may send so much to {owners}, and to whose account.", finding.entity);
    finding.severity = finding.severity.max(Severity::High);
}

/// One story is told once: what is the same host's wider story takes the narrower one with it.
fn leave_out_repeats(findings: &mut Vec<Finding>) {
    let told: BTreeSet<(String, String, String)> = findings
        .iter()
        .flat_map(|finding| {
            let peers = finding.peers.iter();
            peers.map(|peer| (finding.detector.clone(), finding.entity.clone(), peer.clone()))
        })
        .collect();
    findings.retain(|finding| {
        !TELLS_TOO.iter().any(|&(wide, narrow)| {
            let same = |peer: &String| told.contains(&(wide.to_owned(), finding.entity.clone(), peer.clone()));
            finding.detector == narrow && !finding.peers.is_empty() && finding.peers.iter().all(same)
        })
    });
}

/// Of each detector the heaviest one by one, the rest as one.
fn grouped(findings: Vec<Finding>, each_max: usize) -> Vec<Finding> {
    let mut kinds: BTreeMap<String, Vec<Finding>> = BTreeMap::new();
    for finding in findings {
        kinds.entry(finding.detector.clone()).or_default().push(finding);
    }
    kinds.into_values().flat_map(|of_kind| group(of_kind, each_max)).collect()
}

fn group(mut findings: Vec<Finding>, each_max: usize) -> Vec<Finding> {
    findings.sort_by_cached_key(|finding| (finding.severity, Reverse(finding.weight), finding.id.clone()));
    if findings.len() <= each_max + 1 {
        return findings;
    }
    let rest = findings.split_off(each_max);
    let entities: BTreeSet<String> = rest.iter().map(|finding| finding.entity.clone()).collect();
    let (first, detector) = (&rest[0], &rest[0].detector);
    findings.push(Finding {
        title: format!("{} more findings of {detector}, {} entities", rest.len(), entities.len()),
        severity: first.severity,
        confidence: first.confidence,
        peers_total: entities.len() as u64,
        first_seen: rest.iter().map(|finding| finding.first_seen).min().unwrap_or(0),
        last_seen: rest.iter().map(|finding| finding.last_seen).max().unwrap_or(0),
        evidence: vec![row("findings", rest.len()), row("the heaviest of them", &first.title)],
        attack: first.attack.clone(),
        next_step: first.next_step.clone(),
        ..Finding::about(detector, "several".to_owned(), "rest")
    });
    if let Some(last) = findings.last_mut() {
        last.peers = entities.into_iter().collect();
    }
    findings
}

/// A finding with what stands behind its entity and its peers.
fn told(finding: Finding, analysis: &Analysis<'_>) -> summary::Finding {
    let texts = std::iter::once(&finding.entity).chain(&finding.peers);
    let known = texts.map(|text| (text.clone(), analysis.owners.of_text(text, finding.last_seen)));
    summary::Finding {
        owners: known.filter(|(_, owner)| !owner.is_empty()).collect(),
        first_seen: crate::analysis::moment(finding.first_seen),
        last_seen: crate::analysis::moment(finding.last_seen),
        severity: finding.severity.name(),
        peers_total: finding.peers_total.max(finding.peers.len() as u64),
        id: finding.id,
        title: finding.title,
        confidence: finding.confidence,
        entity: finding.entity,
        evidence: finding.evidence,
        explain: finding.explain,
        attack: finding.attack,
        next_step: finding.next_step,
        detector: finding.detector,
        peers: finding.peers,
    }
}
