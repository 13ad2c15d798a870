//! Findings: those derived from the finished tables, one small pure function and one row of [`DERIVED`] each, and those that
//! crate `detect` makes of single records.

mod alert;
mod behaviour;
mod contact;
mod exfiltration;
mod exposure;
mod lateral;
mod loghealth;

use crate::analysis::{Analysis, Context, Owners};
use crate::fold::address::mix;
use crate::summary::Finding;
use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// One detector.
pub struct Derived {
    /// `family.kind`.
    pub id: &'static str,
    /// What it finds, in one line.
    pub doc: &'static str,
    find: fn(&Analysis<'_>) -> Vec<Draft>,
}

/// What rests on more than records of flows: on the logging, on doors that change, on lists, on rules. Adding one is one
/// function and one row here; behaviour in records is [`detect::DETECTORS`].
pub const DERIVED: &[Derived] = &[
    Derived {
        id: "exposure.opened",
        doc: "a sensitive service that was closed to the internet and now answers it",
        find: exposure::opened,
    },
    Derived {
        id: "exfiltration.volume",
        doc: "an upload to a rare address that dwarfs all others",
        find: exfiltration::volume,
    },
    Derived {
        id: "exfiltration.staging",
        doc: "data pulled from inside by a host that uploads as much afterwards",
        find: exfiltration::staging,
    },
    Derived {
        id: "lateral.fanout",
        doc: "a host that tries unusually many others on ports of administration",
        find: lateral::fanout,
    },
    Derived {
        id: "intel.contact",
        doc: "contact with a listed address that weighs enough for a person",
        find: contact::listed,
    },
    Derived { id: "alert.signature", doc: "what rules found in packets", find: alert::signature },
    Derived {
        id: "loghealth.silent",
        doc: "an interface stopped logging while its peers still see it",
        find: loghealth::silent,
    },
    Derived { id: "loghealth.skipped", doc: "the provider lost records", find: loghealth::skipped },
];

/// How much a finding matters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Severity {
    Critical,
    High,
    Medium,
    #[default]
    Low,
    Info,
}

impl Severity {
    fn name(self) -> &'static str {
        match self {
            Severity::Critical => "critical",
            Severity::High => "high",
            Severity::Medium => "medium",
            Severity::Low => "low",
            Severity::Info => "info",
        }
    }

    /// One step higher.
    fn higher(self) -> Severity {
        match self {
            Severity::Critical | Severity::High => Severity::Critical,
            Severity::Medium => Severity::High,
            Severity::Low => Severity::Medium,
            Severity::Info => Severity::Low,
        }
    }
}

/// A finding before it has its id and its times as text.
#[derive(Clone, Debug, Default)]
struct Draft {
    /// Its id, where the detector gave it one.
    own_id: Option<String>,
    detector: String,
    title: String,
    severity: Severity,
    confidence: f64,
    entity: String,
    peers: Vec<String>,
    /// How many there are, named or not.
    peers_total: u64,
    /// First and last second.
    span: (u32, u32),
    evidence: Vec<(String, String)>,
    /// The parts of the score, each with its worth.
    explain: Vec<(String, f64)>,
    attack: Cow<'static, str>,
    next_step: String,
    /// Orders the findings of one detector; the heaviest are told.
    weight: u64,
}

impl Draft {
    /// A finding's id does not depend on what else was found.
    fn id(&self) -> String {
        if let Some(id) = &self.own_id {
            return id.clone();
        }
        let texts = [&self.detector, &self.entity].into_iter().chain(&self.peers);
        let words = texts.flat_map(|text| text.bytes().chain([0]));
        format!("{:016x}", words.fold(0, |hash, byte| mix(hash, u64::from(byte))))
    }

    /// What stands behind its entity and its peers.
    fn owners(&self, owners: &Owners<'_>) -> BTreeMap<String, String> {
        let texts = std::iter::once(&self.entity).chain(&self.peers);
        let known = texts.map(|text| (text.clone(), owners.of_text(text, self.span.1)));
        known.filter(|(_, owner)| !owner.is_empty()).collect()
    }

    fn into_finding(self, owners: &Owners<'_>) -> Finding {
        Finding {
            owners: self.owners(owners),
            id: self.id(),
            title: self.title,
            severity: self.severity.name(),
            confidence: self.confidence,
            entity: self.entity,
            first_seen: crate::analysis::moment(self.span.0),
            last_seen: crate::analysis::moment(self.span.1),
            evidence: self.evidence,
            explain: self.explain,
            peers_total: self.peers_total.max(self.peers.len() as u64),
            attack: self.attack.into_owned(),
            next_step: self.next_step,
            detector: self.detector,
            peers: self.peers,
        }
    }
}

/// One row of evidence.
fn row(name: &str, value: impl ToString) -> (String, String) {
    (name.to_owned(), value.to_string())
}

/// A `fathom query` over flows.
fn query(sql: &str) -> String {
    format!("fathom query \"{sql}\"")
}

/// Bytes as people say them.
fn bytes(count: u64) -> String {
    let scaled = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
    match scaled.iter().find(|(unit, _)| count >= *unit) {
        Some((unit, name)) => format!("{:.1} {name}", count as f64 / *unit as f64),
        None => format!("{count} B"),
    }
}

/// The first few of many, and how many there are more.
fn some(texts: impl IntoIterator<Item = String>) -> String {
    const SOME: usize = 8;
    let all: Vec<String> = texts.into_iter().collect();
    match all.len() {
        0..=SOME => all.join(", "),
        more => format!("{} and {} more", all[..SOME].join(", "), more - SOME),
    }
}

/// The value below which a share of the values lies; 0 of none.
fn quantile(mut values: Vec<u64>, share: f64) -> u64 {
    values.sort_unstable();
    let place = (values.len().saturating_sub(1) as f64 * share) as usize;
    values.get(place).copied().unwrap_or(0)
}

/// Every finding, most severe first.
pub(crate) fn findings(analysis: &Analysis<'_>, context: &Context<'_>) -> Vec<Finding> {
    let each_max = analysis.fold.options.limits.findings_per_detector_max;
    let mut drafts: Vec<Draft> = Vec::new();
    for derived in DERIVED {
        drafts.extend(grouped((derived.find)(analysis), each_max));
    }
    if let Some(estate) = context.behaviour {
        drafts.extend(behaviour::findings(analysis, estate));
        drafts.extend(behaviour::departures(analysis, estate, context.baseline, each_max));
    }
    leave_out_repeats(&mut drafts);
    let rank = |draft: &Draft| (draft.severity, Reverse((draft.confidence * 1e6) as u64), draft.span.0, draft.id());
    drafts.sort_by_cached_key(rank);
    drafts.into_iter().map(|draft| draft.into_finding(&analysis.owners)).collect()
}

/// The heaviest one by one, the rest as one.
fn grouped(mut drafts: Vec<Draft>, each_max: usize) -> Vec<Draft> {
    drafts.sort_by_cached_key(|draft| (draft.severity, Reverse(draft.weight), draft.id()));
    if drafts.len() <= each_max + 1 {
        return drafts;
    }
    let rest = drafts.split_off(each_max);
    let mut entities: Vec<String> = rest.iter().map(|draft| draft.entity.clone()).collect();
    entities.sort();
    entities.dedup();
    if let Some(first) = rest.first() {
        let family = first.detector.clone();
        drafts.push(Draft {
            title: format!("{} more findings of {family}, {} entities", rest.len(), entities.len()),
            entity: "several".to_owned(),
            peers: entities,
            span: rest.iter().fold((u32::MAX, 0), |span, draft| (span.0.min(draft.span.0), span.1.max(draft.span.1))),
            evidence: vec![row("findings", rest.len())],
            ..first.clone()
        });
    }
    drafts
}

/// Whose story takes another's with it, and whether their peers must be the same.
const TELLS_TOO: &[(&str, &str, bool)] = &[
    ("lateral.fanout", "scan.horizontal", false),
    ("beacon.regular", "intel.contact", true),
    ("beacon.reconnect", "beacon.regular", true),
];

/// One story is told once: what is the same host's wider story takes the narrower one with it, and is as grave as both.
fn leave_out_repeats(drafts: &mut Vec<Draft>) {
    for &(wide, narrow, same_peers) in TELLS_TOO {
        let (narrower, mut others): (Vec<Draft>, Vec<Draft>) =
            std::mem::take(drafts).into_iter().partition(|draft| draft.detector == narrow);
        for draft in narrower {
            let is_told = |other: &&mut Draft| {
                other.detector == wide && other.entity == draft.entity && (!same_peers || other.peers == draft.peers)
            };
            match others.iter_mut().find(is_told) {
                Some(teller) => teller.severity = teller.severity.min(draft.severity),
                None => others.push(draft),
            }
        }
        *drafts = others;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_people_say_them() {
        assert_eq!([bytes(999), bytes(7_400_000_000)], ["999 B", "7.4 GB"]);
        assert_eq!(some((0..10).map(|n| n.to_string())), "0, 1, 2, 3, 4, 5, 6, 7 and 2 more");
        assert_eq!((quantile(vec![], 0.5), quantile(vec![5, 1, 9], 0.5)), (0, 5));
    }
}
