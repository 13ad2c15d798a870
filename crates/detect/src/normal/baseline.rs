//! What every host of ours usually does, and what it does otherwise.

use super::activity::{Calendar, activities};
use super::bands::Bands;
use super::told::Told;
use super::{first, unusual, ways};
use crate::finding::{Finding, Severity, id};
use crate::ground::Estate;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What one host usually does.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct EntityBaseline {
    /// Bytes sent by hour of the week.
    pub sent: Bands,
    /// Denied, reset and unanswered tries, of it and at it, by hour of the week.
    pub refused: Bands,
    /// Clients that it sent data to, by hour of the week.
    pub clients: Bands,
    /// Servers outside that it talked to.
    pub peers: BTreeSet<String>,
    /// Services that it offered and that were used: `tcp/443`.
    pub offered: BTreeSet<String>,
    /// Services that it used: `tcp/443`.
    pub used: BTreeSet<String>,
    /// Clients of ours of each service that it offered; of one that is everybody's none.
    pub served: BTreeMap<String, BTreeSet<String>>,
    /// How many of them were new in the second half of the history.
    pub late: Late,
}

/// What came up in the second half of a history only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Late {
    /// Servers outside.
    pub peers: u32,
    /// Services used.
    pub used: u32,
}

/// What every host of ours usually does. Stored as JSON or any other form of serde's.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Baseline {
    /// By address.
    pub entities: BTreeMap<String, EntityBaseline>,
    /// Are the clients of services in it? Files of older versions have none.
    #[serde(default)]
    pub has_clients: bool,
    /// Ways between accounts, regions and networks that were used: `client's -> server's`.
    #[serde(default)]
    pub paths: BTreeSet<String>,
    /// Accounts, regions and networks whose interfaces were recorded.
    #[serde(default)]
    pub networks: BTreeSet<String>,
    /// What was found in the history, by the finding's id.
    #[serde(default)]
    pub told: BTreeMap<String, Told>,
    /// First and last second of the history.
    pub span: (u32, u32),
}

impl Baseline {
    /// What a later period does differently. What `told` tells already is left out: one story is one finding.
    pub fn departures(&self, estate: &Estate, told: &[Finding]) -> Vec<Finding> {
        let activities = activities(estate);
        let stories = Stories::of(told);
        let mut found = first::times(self, estate, &activities, &stories);
        let calendar = Calendar::of(estate);
        for (name, activity) in &activities {
            if let Some(usual) = self.entities.get(name) {
                found.extend(unusual::hours(name, usual, activity, &calendar, &stories));
            }
        }
        found.extend(ways::new(self, estate));
        found.sort_by_cached_key(|finding| (finding.severity, finding.detector.clone(), finding.entity.clone()));
        found
    }
}

/// What is told already, by whom it is about.
pub(super) struct Stories<'a>(BTreeMap<&'a str, Vec<&'a Finding>>);

impl<'a> Stories<'a> {
    fn of(told: &'a [Finding]) -> Stories<'a> {
        let mut all: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
        for finding in told.iter().filter(|finding| finding.severity != Severity::Info) {
            all.entry(&finding.entity).or_default().push(finding);
        }
        Stories(all)
    }

    fn about(&self, entity: &str) -> impl Iterator<Item = &'a Finding> {
        self.0.get(entity).into_iter().flatten().copied()
    }

    /// Does a finding about the client tell that it talks to the server?
    pub(super) fn tell(&self, client: &str, server: &str) -> bool {
        self.about(client).any(|finding| {
            let is_wide = ["scan.", "lateral."].iter().any(|kind| finding.detector.starts_with(kind));
            let has_more = finding.peers_total > finding.peers.len() as u64;
            is_wide && has_more || finding.peers.iter().any(|peer| peer == server)
        })
    }

    /// Does a finding of one of these kinds tell what the host did at that time?
    pub(super) fn tell_of(&self, entity: &str, kinds: &[&str], (first, last): (u32, u32)) -> bool {
        let is_then = |finding: &Finding| finding.first_seen <= last && finding.last_seen >= first;
        let is_kind = |finding: &Finding| kinds.iter().any(|kind| finding.detector.starts_with(kind));
        self.about(entity).any(|finding| is_kind(finding) && is_then(finding))
    }
}

/// A finding to be filled in.
pub(super) fn blank(name: &str, detector: &str, severity: Severity, attack: &str, span: (u32, u32)) -> Finding {
    Finding {
        id: id(detector, name, ""),
        severity,
        attack: attack.to_owned(),
        first_seen: span.0,
        last_seen: span.1,
        ..Finding::about(detector, name.to_owned(), "")
    }
}
