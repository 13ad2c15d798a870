//! Regular calls to a server outside that hardly anybody here uses.
//!
//! A calm clock is not enough: NTP, updates and cloud services are calm too. They are used by many hosts, or stand on
//! ports of their own, and stay silent.

use super::{Draft, Severity, bytes, query, row};
use crate::analysis::{Analysis, Talk, moment};
use crate::time;

/// Calls, at least.
const CALLS_MIN: u32 = 20;
/// Seconds between two calls, at least: below, it is one busy session.
const PERIOD_SECONDS_MIN: f64 = 10.0;
/// Standard deviation of the gaps, as a part of their mean, at most.
const SPREAD_MAX: f64 = 0.12;
/// Clients of ours that use the server, at most.
const CLIENTS_MAX: u64 = 2;
/// Ports on which programs look for news, how often at most, and how many times that is nothing to speak of.
const WEB_PORTS: &[u16] = &[80, 443, 8080];
const POLL_SECONDS_MIN: f64 = 1_800.0;
const POLLS_MAX: u32 = 100;
/// Ports on which clocks and names are asked for regularly.
const CALM_PORTS: &[u16] = &[53, 123, 853];

/// Finds them.
pub(super) fn regular(analysis: &Analysis<'_>) -> Vec<Draft> {
    let calls = |talk: &&Talk<'_>| {
        analysis.is_outbound(talk) && talk.contacts.is_some_and(|contacts| contacts.gaps + 1 >= CALLS_MIN)
    };
    let is_rare = |talk: &&Talk<'_>| analysis.users[talk.server as usize] <= CLIENTS_MAX;
    analysis.singles().filter(calls).filter(is_rare).filter_map(|talk| beacon(analysis, talk)).collect()
}

/// Is it more than what updaters and devices of every house do: a web server asked once in a while?
fn is_insistent(talk: &Talk<'_>, gaps: u32, period: f64) -> bool {
    let is_web = talk.proto == 6 && WEB_PORTS.contains(&talk.port);
    !is_web || period <= POLL_SECONDS_MIN || gaps >= POLLS_MAX
}

fn beacon(analysis: &Analysis<'_>, talk: &Talk<'_>) -> Option<Draft> {
    let contacts = talk.contacts?;
    let (period, spread) = contacts.gap_mean_and_spread();
    let is_calm = period >= PERIOD_SECONDS_MIN && spread <= SPREAD_MAX;
    let (first, last) = contacts.span()?;
    // The gaps must fill the time from first to last; otherwise many were not counted.
    let fills = contacts.gap_sum as f64 >= f64::from(last.saturating_sub(first)) * 0.8;
    if !is_calm || !fills || CALM_PORTS.contains(&talk.port) || talk.port().is_none() {
        return None;
    }
    let (size, size_spread) = contacts.size_mean_and_spread();
    let listed = analysis.listed.get(&talk.server);
    let (entity, server) = (analysis.text(talk.client), analysis.text(talk.server));
    let mut evidence = vec![
        row("calls", contacts.gaps + 1),
        row("every", time::duration(period.round() as u64)),
        row("gaps stray by", format!("{:.1} %", spread * 100.0)),
        row("sent per record", format!("{}, strays by {:.1} %", bytes(size as u64), size_spread * 100.0)),
        row("from", moment(first)),
        row("until", moment(last)),
    ];
    if let Some(listed) = listed {
        evidence.push(row("on blacklists", format!("{} ({})", listed.lists.join(", "), listed.label)));
    }
    Some(Draft {
        detector: "beacon.regular".to_owned(),
        title: format!(
            "{entity} calls {server} ({}) every {}",
            talk.service_label(),
            time::duration(period.round() as u64)
        ),
        severity: match (listed, is_insistent(talk, contacts.gaps, period), size_spread < 0.3) {
            (Some(_), ..) => Severity::Critical,
            (None, true, true) => Severity::High,
            (None, true, false) => Severity::Medium,
            (None, false, _) => Severity::Low,
        },
        confidence: (0.95 - spread * 2.0 - size_spread.min(1.0) * 0.1).clamp(0.3, 0.95),
        peers: vec![server.clone()],
        span: (first, last),
        evidence,
        attack: "T1071".into(),
        next_step: format!(
            "Find the process on {entity} that does it; its calls: {}",
            query(&format!(
                "SELECT time_start, bytes, packets FROM flows WHERE src_ip = '{entity}' AND dst_ip = '{server}' ORDER BY time_start"
            ))
        ),
        weight: u64::from(contacts.gaps),
        entity,
    })
}
