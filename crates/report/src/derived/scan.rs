//! Scans: one source, many targets or many ports, mostly in vain.
//!
//! How much a first contact says is weighed as in TRW (Jung et al. 2004), with the rates of today's networks: of an honest
//! client's first contacts one in twenty fails, of a scanner's two in five or more, because it may be lucky. The
//! internet knocks on every open address all day, so of many sources outside only those are told that stand out.

use super::{Draft, Severity, quantile, query, row, some};
use crate::analysis::{Analysis, Talk};
use crate::knowledge;
use std::collections::{BTreeMap, BTreeSet};

/// The logarithm of (a scanner fails : an honest client fails), 0.4 : 0.05.
const FAILURE: f64 = 2.08;
/// The same of a success, 0.6 : 0.95.
const SUCCESS: f64 = -0.46;
/// Evidence from which a source is told, 99 : 1.
const EVIDENCE_MIN: f64 = 4.6;
/// Targets tried in vain, at least; without a handshake silence says less.
const TARGETS_MIN: usize = 5;
const TARGETS_MIN_WITHOUT_HANDSHAKE: usize = 12;
/// Ports of one target tried in vain, at least.
const PORTS_MIN: usize = 8;
const PORTS_MIN_WITHOUT_HANDSHAKE: usize = 12;
/// IP protocols of one target tried in vain, at least.
const PROTOCOLS_MIN: usize = 6;
/// Who asks the same again and again wants an answer; a scanner goes on.
const RECORDS_PER_TARGET_MAX: u64 = 3;
/// From so many sources outside on there is noise to stand out of.
const NOISE_SOURCES_MIN: usize = 50;
/// ... by trying this many times what 95 of 100 sources try, and at least so many pairs of target and port.
const STANDS_OUT: usize = 4;
const TRIES_MIN: usize = 30;
/// UDP ports that traceroute counts through.
const TRACEROUTE_PORTS: std::ops::RangeInclusive<u16> = 33_434..=33_534;

const TCP: u8 = 6;
const UDP: u8 = 17;
const ICMP: [u8; 2] = [1, 58];

/// What one source tried.
struct Source<'a> {
    tries: Vec<&'a Talk<'a>>,
}

impl<'a> Source<'a> {
    fn vain(&self) -> impl Iterator<Item = &'a Talk<'a>> + '_ {
        self.tries.iter().copied().filter(|talk| talk.has_failed())
    }
    fn span(&self) -> (u32, u32) {
        self.vain().fold((u32::MAX, 0), |span, talk| (span.0.min(talk.span().0), span.1.max(talk.span().1)))
    }
    fn denied(&self) -> u64 {
        self.vain().map(|talk| u64::from(talk.denied)).sum()
    }
    fn answered(&self) -> usize {
        self.tries.len() - self.vain().count()
    }
}

/// First contacts of one kind: how many failed, how many did not, and how often each was repeated.
#[derive(Default)]
struct Trial {
    vain: BTreeSet<(u32, u16)>,
    answered: usize,
    vain_records: u64,
}

impl Trial {
    fn add(&mut self, talk: &Talk<'_>) {
        if talk.has_failed() {
            self.vain.insert((talk.server, talk.port));
            self.vain_records += talk.records();
        } else {
            self.answered += 1;
        }
    }

    /// Is it a scanner's, not an honest client's?
    fn is_convincing(&self, proto: u8, least: usize, least_without_handshake: usize) -> bool {
        let failures = self.vain.len();
        let least = if proto == TCP { least } else { least_without_handshake };
        let evidence = failures as f64 * FAILURE + self.answered as f64 * SUCCESS;
        let goes_on = proto == TCP || self.vain_records <= failures as u64 * RECORDS_PER_TARGET_MAX;
        failures >= least && evidence >= EVIDENCE_MIN && goes_on
    }
}

/// Sources by host number, apart by side: the noise outside says nothing of machines inside.
fn sources<'a>(analysis: &'a Analysis<'a>, inside: bool) -> Vec<(u32, Source<'a>)> {
    // What we did not see the client ask may be the answer to something else.
    let is_try = |talk: &&Talk<'_>| {
        (talk.marks.is_asked() || talk.denied > 0)
            && knowledge::is_host(analysis.host(talk.server).ip)
            && !(talk.proto == UDP && TRACEROUTE_PORTS.contains(&talk.port))
    };
    let clients = analysis.by_client().filter(|(number, _)| {
        let host = analysis.host(*number);
        host.is_inside == inside && !host.is_translator
    });
    let source =
        |(number, talks): (u32, &'a [Talk<'a>])| (number, Source { tries: talks.iter().filter(is_try).collect() });
    clients.map(source).filter(|(_, source)| source.vain().next().is_some()).collect()
}

/// Tries in vain beyond which a source stands out. The busiest is not the measure of itself.
fn threshold(sources: &[(u32, Source<'_>)]) -> usize {
    if sources.len() < NOISE_SOURCES_MIN {
        return 0;
    }
    let mut vain: Vec<u64> = sources.iter().map(|(_, source)| source.vain().count() as u64).collect();
    vain.sort_unstable();
    vain.pop();
    TRIES_MIN.max(quantile(vain, 0.95) as usize * STANDS_OUT)
}

/// One source, many targets.
pub(super) fn horizontal(analysis: &Analysis<'_>) -> Vec<Draft> {
    let mut drafts = Vec::new();
    for inside in [false, true] {
        let sources = sources(analysis, inside);
        let least = if inside { 0 } else { threshold(&sources) };
        for (number, source) in sources.iter().filter(|(_, source)| source.vain().count() >= least) {
            let mut trials: BTreeMap<(u16, u8), Trial> = BTreeMap::new();
            source.tries.iter().for_each(|talk| trials.entry((talk.port, talk.proto)).or_default().add(talk));
            trials.retain(|(_, proto), trial| trial.is_convincing(*proto, TARGETS_MIN, TARGETS_MIN_WITHOUT_HANDSHAKE));
            if !trials.is_empty() {
                drafts.push(sweep(analysis, *number, source, &trials, inside));
            }
        }
    }
    drafts
}

fn sweep(
    analysis: &Analysis<'_>,
    number: u32,
    source: &Source<'_>,
    trials: &BTreeMap<(u16, u8), Trial>,
    inside: bool,
) -> Draft {
    let entity = analysis.text(number);
    let pairs: BTreeSet<(u32, u16)> = trials.values().flat_map(|trial| trial.vain.iter().copied()).collect();
    let targets: BTreeSet<u32> = pairs.iter().map(|(target, _)| *target).collect();
    let services: Vec<String> = trials.keys().map(|(port, proto)| service(*port, *proto)).collect();
    let answered: usize = trials.values().map(|trial| trial.answered).sum();
    Draft {
        detector: "scan.horizontal".to_owned(),
        title: format!("{entity} tried {} addresses on {}, {answered} answered", targets.len(), some(services.clone())),
        severity: match (inside, answered) {
            (true, _) => Severity::High,
            (false, 0) => Severity::Low,
            (false, _) => Severity::Medium,
        },
        confidence: 0.9,
        peers: targets.iter().map(|target| analysis.text(*target)).collect(),
        span: source.span(),
        evidence: vec![
            row("targets in vain", targets.len()),
            row("pairs of target and port in vain", pairs.len()),
            row("denied records", source.denied()),
            row("answered", answered),
            row("services", some(services)),
        ],
        attack: if inside { "T1046" } else { "T1595.001" }.into(),
        next_step: format!(
            "See what answered it: {}",
            query(&format!(
                "SELECT dst_ip, dst_port, verdict, count(*) AS records FROM flows WHERE src_ip = '{entity}' GROUP BY 1, 2, 3 ORDER BY verdict, records DESC"
            ))
        ),
        weight: pairs.len() as u64,
        entity,
    }
}

fn service(port: u16, proto: u8) -> String {
    if ICMP.contains(&proto) {
        return knowledge::protocol_name(proto);
    }
    match knowledge::service_name(port, proto) {
        "" => format!("{}/{port}", knowledge::protocol_name(proto)),
        name => format!("{name} {}/{port}", knowledge::protocol_name(proto)),
    }
}

/// One source, many ports of one target, or many IP protocols.
pub(super) fn vertical(analysis: &Analysis<'_>) -> Vec<Draft> {
    let mut drafts = Vec::new();
    for inside in [false, true] {
        let sources = sources(analysis, inside);
        let least = if inside { 0 } else { threshold(&sources) };
        for (number, source) in sources.iter().filter(|(_, source)| source.vain().count() >= least.min(TRIES_MIN)) {
            let mut trials: BTreeMap<(u32, u8), Trial> = BTreeMap::new();
            let with_ports = source.tries.iter().filter(|talk| talk.port().is_some());
            with_ports.for_each(|talk| trials.entry((talk.server, talk.proto)).or_default().add(talk));
            trials.retain(|(_, proto), trial| trial.is_convincing(*proto, PORTS_MIN, PORTS_MIN_WITHOUT_HANDSHAKE));
            let worst = trials.iter().max_by_key(|((target, _), trial)| (trial.vain.len(), u32::MAX - *target));
            if let Some(((target, proto), trial)) = worst {
                let targets: BTreeSet<u32> = trials.keys().map(|(target, _)| *target).collect();
                drafts.push(ladder(analysis, *number, source, (*target, *proto, trial), &targets, inside));
            }
            drafts.extend(protocols(analysis, *number, source, inside));
        }
    }
    drafts
}

fn ladder(
    analysis: &Analysis<'_>,
    number: u32,
    source: &Source<'_>,
    (target, proto, trial): (u32, u8, &Trial),
    targets: &BTreeSet<u32>,
    inside: bool,
) -> Draft {
    let entity = analysis.text(number);
    let name = analysis.text(target);
    let ports: BTreeSet<u16> = trial.vain.iter().map(|(_, port)| *port).collect();
    let (low, high) = (ports.first().copied().unwrap_or(0), ports.last().copied().unwrap_or(0));
    let proto = knowledge::protocol_name(proto);
    let mut evidence = vec![
        row("ports in vain", ports.len()),
        row("lowest and highest port", format!("{low} {high}")),
        row("denied records", source.denied()),
        row("ports that answered", trial.answered),
        row("answered anywhere", source.answered()),
    ];
    if targets.len() > 1 {
        evidence.push(row("targets tried so", targets.len()));
    }
    Draft {
        detector: "scan.vertical".to_owned(),
        title: format!("{entity} tried {} {proto} ports of {name}, from {low} to {high}", ports.len()),
        severity: if inside { Severity::High } else { Severity::Low },
        confidence: 0.9,
        peers: targets.iter().map(|target| analysis.text(*target)).collect(),
        span: source.span(),
        evidence,
        attack: if inside { "T1046" } else { "T1595.001" }.into(),
        next_step: format!(
            "See which ports answered: {}",
            query(&format!(
                "SELECT dst_port, verdict, count(*) AS records FROM flows WHERE src_ip = '{entity}' AND dst_ip = '{name}' GROUP BY 1, 2 ORDER BY verdict, dst_port"
            ))
        ),
        weight: ports.len() as u64,
        entity,
    }
}

/// One source, many IP protocols of one target.
fn protocols(analysis: &Analysis<'_>, number: u32, source: &Source<'_>, inside: bool) -> Option<Draft> {
    let mut tried: BTreeMap<u32, BTreeSet<u8>> = BTreeMap::new();
    for talk in source.vain() {
        tried.entry(talk.server).or_default().insert(talk.proto);
    }
    let (target, protocols) =
        tried.into_iter().max_by_key(|(target, protocols)| (protocols.len(), u32::MAX - target))?;
    if protocols.len() < PROTOCOLS_MIN {
        return None;
    }
    let (entity, target) = (analysis.text(number), analysis.text(target));
    Some(Draft {
        detector: "scan.protocol".to_owned(),
        title: format!("{entity} tried {} IP protocols of {target}", protocols.len()),
        severity: if inside { Severity::High } else { Severity::Low },
        confidence: 0.9,
        peers: vec![target.clone()],
        span: source.span(),
        evidence: vec![row("protocols in vain", some(protocols.iter().map(|proto| knowledge::protocol_name(*proto))))],
        attack: if inside { "T1046" } else { "T1595.001" }.into(),
        next_step: format!(
            "See what else it did: {}",
            query(&format!(
                "SELECT ip_proto, count(*) AS records FROM flows WHERE src_ip = '{entity}' AND dst_ip = '{target}' GROUP BY 1 ORDER BY 1"
            ))
        ),
        weight: protocols.len() as u64,
        entity,
    })
}
