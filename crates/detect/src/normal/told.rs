//! What is found in a normal time as well: backups, administration, checks. It is told again, and is no alarm.

use super::baseline::Baseline;
use crate::detectors::findings;
use crate::finding::{Finding, Severity, row};
use crate::ground::Estate;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Findings that a baseline remembers.
const TOLD_MAX: usize = 10_000;
/// So many of a finding's peers are those of the normal time.
const KNOWN_PART: f64 = 0.9;
/// ... and it weighs so many times as much at most.
const HEAVIER_MAX: u64 = 3;

/// What a finding of the normal time was about.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Told {
    /// In one line.
    pub title: String,
    /// Its peers.
    pub peers: BTreeSet<String>,
    /// How much it weighed: bytes, tries, targets, as its detector counts.
    pub weight: u64,
}

/// What is found in a normal time, by id.
pub(super) fn told(estate: &Estate) -> BTreeMap<String, Told> {
    let told = |finding: Finding| {
        let peers = finding.peers.into_iter().collect();
        (finding.id, Told { title: finding.title, peers, weight: finding.weight })
    };
    findings(estate).into_iter().take(TOLD_MAX).map(told).collect()
}

impl Baseline {
    /// Lowers what was found in the normal time as well, about the same peers and no heavier.
    pub fn recognize(&self, findings: &mut [Finding]) {
        for finding in findings {
            let Some(before) = self.told.get(&finding.id).filter(|before| before.covers(finding)) else { continue };
            finding.severity = finding.severity.max(Severity::Low);
            finding.evidence.push(row("in the normal time", &before.title));
        }
    }
}

impl Told {
    fn covers(&self, finding: &Finding) -> bool {
        let known = finding.peers.iter().filter(|peer| self.peers.contains(*peer)).count();
        let is_known = known as f64 >= finding.peers.len() as f64 * KNOWN_PART;
        is_known && finding.weight <= self.weight.saturating_mul(HEAVIER_MAX)
    }
}
