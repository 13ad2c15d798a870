//! Scans: one source, many targets or many ports, nearly all in vain.
//!
//! The internet knocks on every open address all day. A source is told only where it stands out from the others: its
//! number of tries is a multiple of what nearly all sources do.

use super::{Draft, Severity, quantile, query, row, some};
use crate::analysis::{Analysis, Talk};
use std::collections::{BTreeMap, BTreeSet};

/// Targets tried in vain, at least.
const TARGETS_MIN: usize = 10;
/// Ports of one target tried in vain, at least.
const PORTS_MIN: usize = 20;
/// Pairs of target and port tried in vain, at least.
const TRIES_MIN: usize = 30;
/// ... and this many times what 95 of 100 sources try.
const STANDS_OUT: usize = 4;
/// The share of tries that is in vain.
const VAIN_SHARE_MIN: f64 = 0.5;

/// What one source tried.
struct Source<'a> {
    vain: Vec<&'a Talk<'a>>,
    tries: usize,
}

impl Source<'_> {
    fn is_mostly_vain(&self) -> bool {
        self.vain.len() as f64 >= self.tries as f64 * VAIN_SHARE_MIN
    }
    fn span(&self) -> (u32, u32) {
        self.vain.iter().fold((u32::MAX, 0), |span, talk| (span.0.min(talk.span().0), span.1.max(talk.span().1)))
    }
    fn denied(&self) -> u64 {
        self.vain.iter().map(|talk| u64::from(talk.denied)).sum()
    }
}

/// Sources by host number, apart by side: the noise outside says nothing of machines inside.
fn sources<'a>(analysis: &'a Analysis<'a>, inside: bool) -> Vec<(u32, Source<'a>)> {
    // What we did not see the client ask may be the answer to something else.
    let is_try = |talk: &&Talk<'_>| talk.port().is_some() && (talk.marks.is_asked() || talk.denied > 0);
    let mut sources = Vec::new();
    for (number, talks) in analysis.by_client() {
        let host = analysis.host(number);
        if host.is_inside == inside && !host.is_translator {
            let vain: Vec<&Talk<'_>> = talks.iter().filter(is_try).filter(|talk| talk.has_failed()).collect();
            if !vain.is_empty() {
                sources.push((number, Source { vain, tries: talks.iter().filter(is_try).count() }));
            }
        }
    }
    sources
}

/// Tries in vain beyond which a source stands out. The busiest is not the measure of itself.
fn threshold(sources: &[(u32, Source<'_>)]) -> usize {
    let mut vain: Vec<u64> = sources.iter().map(|(_, source)| source.vain.len() as u64).collect();
    vain.sort_unstable();
    vain.pop();
    TRIES_MIN.max(quantile(vain, 0.95) as usize * STANDS_OUT)
}

/// One source, many targets.
pub(super) fn horizontal(analysis: &Analysis<'_>) -> Vec<Draft> {
    let mut drafts = Vec::new();
    for inside in [false, true] {
        let sources = sources(analysis, inside);
        let least = threshold(&sources);
        for (number, source) in &sources {
            let number = *number;
            let targets: BTreeSet<u32> = source.vain.iter().map(|talk| talk.server).collect();
            let is_one_port = source.vain.iter().all(|talk| talk.port == source.vain[0].port);
            let enough = source.vain.len() >= least || (is_one_port && targets.len() >= least);
            if enough && targets.len() >= TARGETS_MIN && source.is_mostly_vain() {
                drafts.push(sweep(analysis, number, source, targets.len(), inside));
            }
        }
    }
    drafts
}

fn sweep(analysis: &Analysis<'_>, number: u32, source: &Source<'_>, targets: usize, inside: bool) -> Draft {
    let entity = analysis.text(number);
    let mut per_port: BTreeMap<(u16, u8), BTreeSet<u32>> = BTreeMap::new();
    for talk in &source.vain {
        per_port.entry((talk.port, talk.proto)).or_default().insert(talk.server);
    }
    let wide = per_port.iter().filter(|(_, targets)| targets.len() >= TARGETS_MIN.min(5));
    let ports: Vec<String> = wide.map(|((port, _), _)| port.to_string()).collect();
    let answered = source.tries - source.vain.len();
    Draft {
        detector: "scan.horizontal".to_owned(),
        title: format!("{entity} tried {targets} addresses on ports {}, {answered} answered", some(ports.clone())),
        severity: match (inside, answered) {
            (true, _) => Severity::High,
            (false, 0) => Severity::Low,
            (false, _) => Severity::Medium,
        },
        confidence: 0.9,
        peers: Vec::new(),
        span: source.span(),
        evidence: vec![
            row("targets", targets),
            row("pairs of target and port in vain", source.vain.len()),
            row("denied records", source.denied()),
            row("answered", answered),
            row("ports", some(ports)),
        ],
        attack: if inside { "T1046" } else { "T1595.001" },
        next_step: format!(
            "See what answered it: {}",
            query(&format!(
                "SELECT dst_ip, dst_port, verdict, count(*) AS records FROM flows WHERE src_ip = '{entity}' GROUP BY 1, 2, 3 ORDER BY verdict, records DESC"
            ))
        ),
        weight: source.vain.len() as u64,
        entity,
    }
}

/// One source, many ports of one target.
pub(super) fn vertical(analysis: &Analysis<'_>) -> Vec<Draft> {
    let mut drafts = Vec::new();
    for inside in [false, true] {
        let sources = sources(analysis, inside);
        for (number, source) in &sources {
            let number = *number;
            if source.vain.len() < PORTS_MIN || !source.is_mostly_vain() {
                continue;
            }
            let mut ports: BTreeMap<u32, BTreeSet<u16>> = BTreeMap::new();
            for talk in &source.vain {
                ports.entry(talk.server).or_default().insert(talk.port);
            }
            let worst = ports.iter().filter(|(_, ports)| ports.len() >= PORTS_MIN);
            if let Some((&target, ports)) = worst.max_by_key(|(target, ports)| (ports.len(), u32::MAX - **target)) {
                drafts.push(ladder(analysis, number, source, (target, ports), inside));
            }
        }
    }
    drafts
}

fn ladder(
    analysis: &Analysis<'_>,
    number: u32,
    source: &Source<'_>,
    (target, ports): (u32, &BTreeSet<u16>),
    inside: bool,
) -> Draft {
    let (entity, target) = (analysis.text(number), analysis.text(target));
    let (low, high) = (ports.first().copied().unwrap_or(0), ports.last().copied().unwrap_or(0));
    let answered = source.tries - source.vain.len();
    Draft {
        detector: "scan.vertical".to_owned(),
        title: format!("{entity} tried {} ports of {target}, from {low} to {high}", ports.len()),
        severity: if inside { Severity::High } else { Severity::Low },
        confidence: 0.9,
        peers: vec![target.clone()],
        span: source.span(),
        evidence: vec![
            row("ports in vain", ports.len()),
            row("lowest and highest port", format!("{low} {high}")),
            row("denied records", source.denied()),
            row("answered anywhere", answered),
        ],
        attack: if inside { "T1046" } else { "T1595.001" },
        next_step: format!(
            "See which ports answered: {}",
            query(&format!(
                "SELECT dst_port, verdict, count(*) AS records FROM flows WHERE src_ip = '{entity}' AND dst_ip = '{target}' GROUP BY 1, 2 ORDER BY verdict, dst_port"
            ))
        ),
        weight: ports.len() as u64,
        entity,
    }
}
