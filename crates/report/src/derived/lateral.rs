//! A host that tries unusually many others on ports of administration.

use super::{Draft, Severity, quantile, query, row, some};
use crate::analysis::{Analysis, Talk};
use crate::knowledge;
use std::collections::{BTreeMap, BTreeSet};

/// Machines tried, at least.
const TARGETS_MIN: usize = 8;
/// ... and this many times what 90 of 100 hosts that use such ports try.
const STANDS_OUT: usize = 3;
/// Machines reached, at least: who is turned away everywhere scans, and has not moved.
const REACHED_MIN: usize = 2;
/// The input must be this long for a quick sweep to stand out in time, in seconds.
const INPUT_SECONDS_MIN: u32 = 6 * 3600;

/// Finds them.
pub(super) fn fanout(analysis: &Analysis<'_>) -> Vec<Draft> {
    let mut hosts: BTreeMap<u32, Vec<&Talk>> = BTreeMap::new();
    for talk in analysis.singles().filter(|talk| knowledge::is_admin(talk.port, talk.proto)) {
        let (client, server) = (analysis.host(talk.client), analysis.host(talk.server));
        if client.is_inside && server.is_inside && !client.is_translator && (talk.marks.is_asked() || talk.denied > 0) {
            hosts.entry(talk.client).or_default().push(talk);
        }
    }
    let targets_of = |talks: &[&Talk]| talks.iter().map(|talk| talk.server).collect::<BTreeSet<u32>>().len();
    let usual = quantile(hosts.values().map(|talks| targets_of(talks) as u64).collect(), 0.9) as usize;
    // Of a handful of hosts the busiest is not the measure of itself.
    let usual = if hosts.len() >= 10 { usual } else { 1 };
    let least = TARGETS_MIN.max(usual * STANDS_OUT);
    let totals = &analysis.fold.totals;
    let is_long = totals.last.saturating_sub(totals.first) >= INPUT_SECONDS_MIN;
    // Who administers many machines all day long is an administrator; a sweep is blind, or it is quick.
    let is_sweep = |talks: &[&Talk]| is_blind(talks) || (is_long && is_quick(talks));
    let reached_of = |talks: &[&Talk]| talks.iter().filter(|talk| talk.is_answered()).count();
    let wide = hosts
        .iter()
        .filter(|(_, talks)| targets_of(talks) >= least && reached_of(talks) >= REACHED_MIN && is_sweep(talks));
    wide.map(|(&number, talks)| draft(analysis, number, talks, targets_of(talks), usual)).collect()
}

/// Was a quarter of the tries in vain?
fn is_blind(talks: &[&Talk]) -> bool {
    talks.iter().filter(|talk| talk.has_failed()).count() * 4 >= talks.len()
}

/// Were most targets tried for the first time within one hour?
fn is_quick(talks: &[&Talk]) -> bool {
    let mut firsts: BTreeMap<u32, u32> = BTreeMap::new();
    for talk in talks {
        let first = firsts.entry(talk.server).or_insert(u32::MAX);
        *first = talk.span().0.min(*first);
    }
    let mut moments: Vec<u32> = firsts.into_values().collect();
    moments.sort_unstable();
    let most = moments.len() * 7 / 10;
    moments.windows(most.max(2)).any(|window| window[window.len() - 1] - window[0] <= 3600)
}

fn draft(analysis: &Analysis<'_>, number: u32, talks: &[&Talk], targets: usize, usual: usize) -> Draft {
    let entity = analysis.text(number);
    let failed = talks.iter().filter(|talk| talk.has_failed()).count();
    let reached: BTreeSet<_> =
        talks.iter().filter(|talk| talk.is_answered()).map(|talk| analysis.host(talk.server).ip).collect();
    let ports: BTreeSet<u16> = talks.iter().map(|talk| talk.port).collect();
    let span = talks.iter().fold((u32::MAX, 0), |span, talk| (span.0.min(talk.span().0), span.1.max(talk.span().1)));
    let is_blind = is_blind(talks);
    Draft {
        detector: "lateral.fanout".to_owned(),
        title: format!("{entity} tried {targets} machines inside on {}", some(ports.iter().map(|port| label(*port)))),
        severity: if is_blind { Severity::High } else { Severity::Medium },
        confidence: if is_blind { 0.85 } else { 0.5 },
        peers: Vec::new(),
        span,
        evidence: vec![
            row("machines tried", targets),
            row("tries denied or unanswered", format!("{failed} of {}", talks.len())),
            row("reached", some(reached.iter().map(ToString::to_string))),
            row("usual for hosts that use such ports", usual),
        ],
        attack: "T1021".into(),
        next_step: format!(
            "Ask who works on {entity}; what it reached and how much it moved: {}",
            query(&format!(
                "SELECT dst_ip, dst_port, verdict, min(time_start) AS first, sum(bytes) AS bytes FROM flows WHERE src_ip = '{entity}' AND is_private(dst_ip) AND dst_port IN ({}) GROUP BY 1, 2, 3 ORDER BY bytes DESC",
                ports.iter().map(u16::to_string).collect::<Vec<_>>().join(", ")
            ))
        ),
        weight: targets as u64,
        entity,
        ..Draft::default()
    }
}

fn label(port: u16) -> String {
    match knowledge::service_name(port, 6) {
        "" => format!("tcp/{port}"),
        name => name.to_owned(),
    }
}
