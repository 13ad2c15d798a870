//! Mining: a pool's client keeps one connection for hours, over which jobs come down and shares go up.
//!
//! The features are NEMEA's (CESNET, Nemea-Detectors), as far as cloud logs have them: they show no flags of single
//! packets, so that the share of bare acknowledgements is seen as the mean size instead. NEMEA asks the server at last;
//! here something else parts a miner from a program that only keeps its connection: whether what comes is left to chance.
//! A share is found by luck (a Poisson process), a keepalive is sent by a clock.

use super::long::{CLIENTS_MAX, WAITING};
use super::{draft, service};
use crate::finding::{Finding, Severity, bytes, duration, row};
use crate::ground::{Conversation, Estate, Record, Session, Sign};

/// Ports that pools offer.
const POOL_PORTS: &[u16] = &[3333, 3334, 3335, 4444, 5555, 6666, 7777, 8332, 9999, 10128, 14433, 14444, 45560, 45700];
/// Where something else works all day: databases, directories, monitoring, collectors of logs, screens.
const WORKING: &[u16] = &[
    389, 514, 636, 1433, 1521, 3306, 4222, 5432, 5900, 5938, 6379, 6514, 8125, 9042, 9200, 9418, 9997, 10_050, 10_051,
    10_516, 11_211, 27_017, 50_000,
];
/// NEMEA asks for 300 s; without asking the server, more.
const SECONDS_MIN: u32 = 1_800;
/// Elsewhere than at a pool's port.
const SECONDS_ELSEWHERE_MIN: u32 = 3_600;
/// Packets a minute, both ways.
const PACKETS_PER_MINUTE: std::ops::RangeInclusive<f64> = 4.0..=60.0;
/// Data in a packet, on average, beside the headers: each side says something. Jobs are up to a kilobyte and more.
const UP_DATA: std::ops::RangeInclusive<f64> = 12.0..=300.0;
const DOWN_DATA: std::ops::RangeInclusive<f64> = 12.0..=900.0;
/// Bytes of the headers of a TCP packet with a time stamp.
const HEADERS_V4: f64 = 52.0;
const HEADERS_V6: f64 = 72.0;
/// So many capture windows are needed for their spread: it is known within a quarter then.
const WINDOWS_MIN: usize = 30;
/// Variance over mean of the client's packets in a window. An event of chance has one or two of them (the share, and an
/// acknowledgement of what comes), jobs come by a clock as well: one to two. What a clock sends varies by a quarter of
/// an event at most: a half for one event a window, a third for one and a half. People give far more than five.
const CHANCE: std::ops::RangeInclusive<f64> = 0.8..=5.0;
/// Of a hundred windows so many may be empty: with five events a window, one is.
const QUIET_PER_CENT_MAX: u32 = 5;

/// Hosts of ours with a connection like a pool's client.
pub(super) fn pools(estate: &Estate) -> Vec<Finding> {
    let crosses = |talk: &&Conversation| {
        talk.proto == 6 && estate.host(talk.client).is_inside && !estate.host(talk.server).is_inside
    };
    estate.conversations.iter().filter(crosses).filter_map(|talk| pool(estate, talk)).collect()
}

fn pool(estate: &Estate, talk: &Conversation) -> Option<Finding> {
    let is_pool_port = POOL_PORTS.contains(&talk.port);
    let is_elsewhere = !WAITING.contains(&talk.port)
        && !WORKING.contains(&talk.port)
        && talk.span_s() >= SECONDS_ELSEWHERE_MIN
        && estate.host(talk.server).clients <= CLIENTS_MAX;
    if !is_pool_port && !is_elsewhere {
        return None;
    }
    let succeeded = talk.sessions().iter().filter(|session| session.outcome.is_success());
    let longest = succeeded.max_by_key(|session| session.duration_s())?;
    let rhythm = Rhythm::of(estate, talk, longest).filter(Rhythm::is_a_miners)?;
    let chance = chance(talk, longest);
    let is_chance = chance.is_some_and(|chance| CHANCE.contains(&chance));
    let weight = match (is_pool_port, chance) {
        (true, None) => (Severity::High, 0.65),
        (true, Some(_)) if is_chance => (Severity::High, 0.8),
        // The port alone speaks for it, the clock against it.
        (true, Some(chance)) if chance.is_finite() => (Severity::Medium, 0.5),
        // A little surer than what only sees a connection that is kept.
        (false, Some(_)) if is_chance && longest.duration_s() >= SECONDS_ELSEWHERE_MIN => (Severity::Medium, 0.55),
        _ => return None,
    };
    let mut finding = told(estate, talk, longest, &rhythm, weight);
    if let Some(chance) = chance {
        let says = if is_chance { "left to chance, as shares are" } else { "as a clock sends them, or people" };
        finding
            .evidence
            .push(row("the client's packets in a window", format!("variance over mean {chance:.1}: {says}")));
        finding.explain.push(("variance over mean".to_owned(), chance));
    }
    Some(finding)
}

fn told(
    estate: &Estate,
    talk: &Conversation,
    longest: &Session,
    rhythm: &Rhythm,
    (severity, confidence): (Severity, f64),
) -> Finding {
    let (client, server, name) = (estate.text(talk.client), estate.text(talk.server), service(talk.proto, talk.port));
    let mut finding = draft(client.clone(), format!("{server} {name}"), severity, confidence);
    finding.title = format!("{client} talks to {server} {name} as a miner does to its pool");
    finding.first_seen = talk.first;
    finding.last_seen = talk.last;
    finding.peers = vec![server.clone()];
    finding.evidence = vec![
        row("connected for", duration(longest.duration_s().into())),
        row("packets a minute", format!("{:.1}", rhythm.packets_per_minute)),
        row("bytes a packet", format!("{:.0} to the server, {:.0} back", rhythm.up_bytes, rhythm.down_bytes)),
        row("moved", bytes(longest.totals.bytes())),
    ];
    finding.explain = vec![
        ("packets a minute".to_owned(), rhythm.packets_per_minute),
        ("bytes a packet to the server".to_owned(), rhythm.up_bytes),
        ("bytes a packet back".to_owned(), rhythm.down_bytes),
    ];
    finding.next_step = format!("Look at what uses the processor of {client}; look {server} up in lists of pools.");
    finding.weight = longest.duration_s().into();
    finding
}

/// What the totals of a connection show.
pub(super) struct Rhythm {
    packets_per_minute: f64,
    /// Mean size of a packet to the server.
    up_bytes: f64,
    down_bytes: f64,
    headers: f64,
}

impl Rhythm {
    /// Of a connection long enough that had packets both ways.
    pub(super) fn of(estate: &Estate, talk: &Conversation, session: &Session) -> Option<Rhythm> {
        let totals = &session.totals;
        if session.duration_s() < SECONDS_MIN || totals.up_packets == 0 || totals.down_packets == 0 {
            return None;
        }
        let minutes = f64::from(session.duration_s()) / 60.0;
        Some(Rhythm {
            packets_per_minute: (totals.up_packets as f64 + totals.down_packets as f64) / minutes,
            up_bytes: totals.up_bytes as f64 / totals.up_packets as f64,
            down_bytes: totals.down_bytes as f64 / totals.down_packets as f64,
            headers: if estate.host(talk.server).address.is_ipv4() { HEADERS_V4 } else { HEADERS_V6 },
        })
    }

    /// Is it that of jobs and shares?
    pub(super) fn is_a_miners(&self) -> bool {
        PACKETS_PER_MINUTE.contains(&self.packets_per_minute)
            && UP_DATA.contains(&(self.up_bytes - self.headers))
            && DOWN_DATA.contains(&(self.down_bytes - self.headers))
    }

    /// The rhythm in words, as evidence of other findings.
    pub(super) fn text(&self) -> String {
        format!("{:.0} packets a minute, each side says something: so does a miner", self.packets_per_minute)
    }
}

/// Variance over mean of the client's packets in a capture window; `None` if there are no windows, or too few. What
/// has windows without packets does not work all the time: infinite.
fn chance(talk: &Conversation, session: &Session) -> Option<f64> {
    let is_its = |record: &&Record| {
        let is_then = (session.start..=session.end).contains(&record.start);
        record.client_port == session.client_port && is_then && record.up_packets > 0
    };
    let records: Vec<&Record> = talk.records.iter().filter(is_its).collect();
    // Two vantages see the same packets.
    let is_at_client = records.iter().any(|record| record.signs.has(Sign::AT_CLIENT));
    let of_one = records.iter().filter(|record| record.signs.has(Sign::AT_CLIENT) == is_at_client);
    let windows: Vec<(u32, f64)> = of_one.map(|record| (record.start, f64::from(record.up_packets))).collect();
    if windows.len() < WINDOWS_MIN + 2 || talk.signs.has(Sign::SAMPLED) {
        return None;
    }
    let quiet = quiet_per_cent(&windows)?;
    if quiet > QUIET_PER_CENT_MAX {
        return Some(f64::INFINITY);
    }
    // The first and the last one are cut.
    Some(dispersion(&windows[1..windows.len() - 1]))
}

/// How many of a hundred windows have no record; `None` if these are no capture windows, which are whole minutes. A
/// record begins with the first packet of its window, so only the middle of all gaps tells how long windows are.
fn quiet_per_cent(windows: &[(u32, f64)]) -> Option<u32> {
    let mut gaps: Vec<u32> = windows.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
    let middle = gaps.len() / 2;
    let minutes = (*gaps.select_nth_unstable(middle).1 + 30) / 60;
    let span_s = windows.last()?.0 - windows.first()?.0;
    let in_all = span_s.checked_div(60 * minutes)? + 1;
    Some(in_all.saturating_sub(windows.len() as u32) * 100 / in_all)
}

fn dispersion(windows: &[(u32, f64)]) -> f64 {
    let mean = windows.iter().map(|window| window.1).sum::<f64>() / windows.len() as f64;
    let variance = windows.iter().map(|window| (window.1 - mean).powi(2)).sum::<f64>() / (windows.len() - 1) as f64;
    variance / mean
}
