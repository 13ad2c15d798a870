//! What several detectors tell of the same doing is one finding.

use crate::finding::{Finding, Severity, id, row};
use std::cmp::Reverse;

/// Detectors of calls to one server: each sees another side of them.
const CALLS: &[&str] =
    &["beacon.regular", "beacon.reconnect", "beacon.strobe", "mining.pool", "connection.idle", "connection.long"];

/// Joins what belongs together.
pub(super) fn one_each(all: &mut Vec<Finding>) {
    sideways(all);
    guesses(all);
    calls(all);
    uploads(all);
    resolvers(all);
    symptoms(all);
}

/// What shows in an hour's numbers, and the families of findings that are its cause.
const SYMPTOMS: &[&str] = &["rejects.spike", "spread.shift"];
const CAUSES: &[&str] = &["scan.", "bruteforce.", "ddos.", "lateral.", "spam."];
/// A cause of an hour's numbers is no longer than this.
const CAUSE_S: u32 = 6 * 3_600;

/// Findings that a wider one names as evidence.
const ALSO_MAX: usize = 5;

/// Leaves out what another finding of the same hour explains.
fn symptoms(all: &mut Vec<Finding>) {
    let is_symptom = |finding: &Finding| SYMPTOMS.contains(&finding.detector.as_str());
    let (symptoms, mut rest): (Vec<_>, Vec<_>) = std::mem::take(all).into_iter().partition(is_symptom);
    let is_explained = |symptom: &Finding| {
        rest.iter().any(|cause| {
            let is_cause = CAUSES.iter().any(|family| cause.detector.starts_with(family));
            let is_then = cause.first_seen <= symptom.last_seen && cause.last_seen >= symptom.first_seen;
            let is_its = cause.entity == symptom.entity || cause.peers.contains(&symptom.entity);
            let is_short = cause.last_seen - cause.first_seen <= CAUSE_S;
            is_cause && is_then && (is_its || is_short && symptom.detector == "spread.shift")
        })
    };
    let unexplained: Vec<Finding> = symptoms.into_iter().filter(|symptom| !is_explained(symptom)).collect();
    rest.extend(spikes(unexplained));
    *all = rest;
}

/// Refusals of one hour at several hosts of ours: those who were refused, and who refused them. The one that saw most tells it.
fn spikes(symptoms: Vec<Finding>) -> Vec<Finding> {
    let is_spike = |finding: &Finding| finding.detector == "rejects.spike";
    let (mut spikes, mut rest): (Vec<_>, Vec<_>) = symptoms.into_iter().partition(is_spike);
    spikes.sort_by_key(|spike| (spike.first_seen, Reverse(spike.weight), spike.id.clone()));
    for hour in spikes.chunk_by(|a, b| a.first_seen == b.first_seen) {
        let mut story = hour[0].clone();
        story.peers.extend(hour[1..].iter().map(|spike| spike.entity.clone()));
        story.peers_total = story.peers.len() as u64;
        story.evidence.extend(hour[1..].iter().take(ALSO_MAX).map(|spike| row("also", &spike.title)));
        rest.push(story);
    }
    rest
}

/// Calls of one host to one server: one finding takes the others in as evidence. That nobody answers says the most;
/// otherwise the gravest.
fn calls(all: &mut Vec<Finding>) {
    let is_call = |finding: &Finding| CALLS.contains(&finding.detector.as_str()) && finding.peers.len() == 1;
    let (mut told, mut rest): (Vec<_>, Vec<_>) = std::mem::take(all).into_iter().partition(is_call);
    told.sort_by_cached_key(|finding| {
        let is_answered = finding.detector != "beacon.reconnect";
        let rank = (is_answered, finding.severity, Reverse((finding.confidence * 1e6) as u64), finding.id.clone());
        (finding.entity.clone(), finding.peers[0].clone(), rank)
    });
    for same in told.chunk_by(|a, b| (&a.entity, &a.peers) == (&b.entity, &b.peers)) {
        let mut story = same[0].clone();
        same[1..].iter().for_each(|other| take_in(&mut story, "also", other));
        rest.push(story);
    }
    *all = rest;
}

/// Calls to the servers that a host uploads to are those uploads.
fn uploads(all: &mut Vec<Finding>) {
    let (mut uploads, mut rest): (Vec<_>, Vec<_>) =
        std::mem::take(all).into_iter().partition(|finding| finding.detector == "exfiltration.volume");
    rest.retain(|call| {
        let is_call = CALLS.contains(&call.detector.as_str()) && call.peers.len() == 1;
        let is_part = |upload: &&mut Finding| upload.entity == call.entity && upload.peers.contains(&call.peers[0]);
        let upload = uploads.iter_mut().find(|upload| is_call && is_part(upload));
        let is_told = upload.is_some();
        upload.into_iter().for_each(|upload| take_in(upload, "also", call));
        !is_told
    });
    rest.extend(uploads);
    *all = rest;
}

/// Guesses of one client at several servers are one finding, unless one seems to have worked.
fn guesses(all: &mut Vec<Finding>) {
    let is_plain = |finding: &Finding| {
        finding.detector.starts_with("bruteforce.")
            && finding.peers.len() == 1
            && finding.severity != Severity::Critical
    };
    let (mut told, mut rest): (Vec<_>, Vec<_>) = std::mem::take(all).into_iter().partition(is_plain);
    told.sort_by_cached_key(|finding| {
        (finding.entity.clone(), finding.detector.clone(), Reverse(finding.weight), finding.id.clone())
    });
    for same in told.chunk_by(|a, b| (&a.entity, &a.detector) == (&b.entity, &b.detector)) {
        let mut story = same[0].clone();
        if same.len() > 1 {
            story.peers = same.iter().flat_map(|finding| finding.peers.clone()).collect();
            story.peers_total = story.peers.len() as u64;
            story.weight = same.iter().map(|finding| finding.weight).sum();
            let kind = story.detector.trim_start_matches("bruteforce.").to_owned();
            story.title =
                format!("{} guessed {kind} logins of {} servers, {} times", story.entity, same.len(), story.weight);
            story.id = id(&story.detector, &story.entity, "servers");
            same[1..].iter().take(ALSO_MAX).for_each(|other| take_in(&mut story, "also", other));
            story.first_seen = same.iter().map(|finding| finding.first_seen).min().unwrap_or(story.first_seen);
            story.last_seen = same.iter().map(|finding| finding.last_seen).max().unwrap_or(story.last_seen);
        }
        rest.push(story);
    }
    *all = rest;
}

/// Calls to a resolver that is told are what is told of it.
fn resolvers(all: &mut Vec<Finding>) {
    let (mut told, mut rest): (Vec<_>, Vec<_>) =
        std::mem::take(all).into_iter().partition(|finding| finding.detector.starts_with("dns."));
    rest.retain(|call| {
        let is_call = CALLS.contains(&call.detector.as_str()) && call.peers.len() == 1;
        let is_part = |dns: &&mut Finding| dns.entity == call.entity && dns.peers.contains(&call.peers[0]);
        let story = told.iter_mut().find(|dns| is_call && is_part(dns));
        let is_told = story.is_some();
        story.into_iter().for_each(|story| story.evidence.push(row("also", &call.title)));
        !is_told
    });
    rest.extend(told);
    *all = rest;
}

/// A host that moves sideways by trying every machine is one story: the wider one takes the scan in.
fn sideways(all: &mut Vec<Finding>) {
    let wide: Vec<String> = all
        .iter()
        .filter(|finding| finding.detector == "lateral.fanout")
        .map(|finding| finding.entity.clone())
        .collect();
    let is_part = |finding: &Finding| finding.detector == "scan.horizontal" && wide.contains(&finding.entity);
    let (scans, mut rest): (Vec<_>, Vec<_>) = std::mem::take(all).into_iter().partition(is_part);
    for scan in scans {
        let stories = rest.iter_mut().filter(|finding| finding.detector == "lateral.fanout");
        stories
            .filter(|story| story.entity == scan.entity)
            .for_each(|story| take_in(story, "it scanned as well", &scan));
    }
    *all = rest;
}

/// The other finding becomes evidence of the story, which is as grave, as sure and as long as both.
fn take_in(story: &mut Finding, name: &str, other: &Finding) {
    story.severity = story.severity.min(other.severity);
    story.confidence = story.confidence.max(other.confidence);
    story.first_seen = story.first_seen.min(other.first_seen);
    story.last_seen = story.last_seen.max(other.last_seen);
    story.evidence.push(row(name, &other.title));
    story.explain.extend(other.explain.iter().cloned());
}
