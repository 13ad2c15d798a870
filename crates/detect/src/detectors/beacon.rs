//! Regular calls home: a likelihood ratio that knows that records are lost.
//!
//! A beacon sleeps for a period, more or less. Where a record is lost (sampling, rate limits, failed calls), the gap is a
//! multiple of it. So a gap is a mixture over k of normal(k period, sqrt(k) jitter) with geometric k, and a share of gaps
//! that are something else (the night, a restart). It is held against the best that people and programs without a
//! clock do: exponential gaps, two kinds of exponential gaps, wide log-normal gaps. The ratio is in nats: each one makes
//! a beacon e times as likely.

use super::statistics::{median_and_spread, median_of_sorted};
use super::{draft, service};
use crate::finding::{Finding, Severity, bytes, duration, row};
use crate::ground::{Conversation, Estate, Sign};
use std::f64::consts::PI;

/// Calls, at least.
const CALLS_MIN: usize = 7;
/// Gaps that are looked at.
const GAPS_MAX: usize = 512;
/// ... at first, to see whether it is worth more.
const GAPS_FIRST: usize = 96;
/// Periods that are tried lie so far apart, at first and around the best.
const COARSE_STEP: f64 = 1.08;
const FINE_STEP: f64 = 1.02;
const PERIODS_MAX: usize = 96;
/// Jitters that are tried at first, and how many periods are then looked at closely.
const COARSE_JITTERS: &[f64] = &[0.04, 0.12, 0.27];
const HOPEFUL: usize = 4;
/// What is less like a clock at first does not become one with more gaps.
const HOPELESS: f64 = -3.0;
/// Jitters that are tried, as shares of the period (standard deviation).
const JITTERS: &[f64] = &[0.01, 0.03, 0.06, 0.12, 0.2, 0.28];
/// Gaps of more than so many periods are something else,
const MULTIPLES_MAX: u32 = 16;
/// ... or of more than so many in a sampled log, where most calls are lost.
const MULTIPLES_SAMPLED_MAX: u32 = 128;
const MANY_LOST: f64 = 0.7;
/// From this spread on, in periods, the multiples run into each other.
const BLURRED: f64 = 0.6;
/// The more calls must have been lost, the more periods fit by chance: nats for each time that e times fewer are left.
/// Measured (test `beacons`): with three, the highest of the negatives are none of these.
const DOUBT: f64 = 3.0;
/// Multiples further away, in spreads, count for nothing.
const REACH: f64 = 4.0;
/// The share of gaps that are something else.
const ELSEWHERE: f64 = 0.04;
/// Gaps of people are no more alike than this (standard deviation of their logarithm): an exponential one's is 1.28.
const HUMAN_LOG_SPREAD_MIN: f64 = 0.9;
/// Of traffic without a clock one pair in a thousand is above 5 (measured, docs/detection.md); three nats more make that
/// one in twenty thousand.
const RATIO_MIN: f64 = 8.0;
/// Times are whole seconds.
const RESOLUTION_S: f64 = 0.4;

/// How regular calls are.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct BeaconScore {
    /// Log-likelihood ratio of a beacon against no clock, in nats.
    pub ratio: f64,
    /// The period, in seconds.
    pub period_s: f64,
    /// Standard deviation of a gap, as a share of the period.
    pub jitter: f64,
    /// The share of calls without a record.
    pub lost: f64,
}

/// How regular calls at these seconds (in order) are; zero where there are too few.
pub fn beacon_score(calls: &[u32]) -> BeaconScore {
    score_within(calls, MULTIPLES_MAX)
}

/// The same of calls in a sampled log, of which nine of ten may be lost.
pub fn sampled_beacon_score(calls: &[u32]) -> BeaconScore {
    score_within(calls, MULTIPLES_SAMPLED_MAX)
}

fn score_within(calls: &[u32], multiples_max: u32) -> BeaconScore {
    let gaps: Vec<f64> =
        calls.windows(2).map(|pair| f64::from(pair[1] - pair[0])).filter(|gap| *gap > 0.0).take(GAPS_MAX).collect();
    if gaps.len() + 1 < CALLS_MIN {
        return BeaconScore::default();
    }
    let head = &gaps[..gaps.len().min(GAPS_FIRST)];
    let coarse = ranked(head, &periods(head, COARSE_STEP), COARSE_JITTERS, multiples_max);
    let hopeful = coarse.iter().take(HOPEFUL).filter(|score| score.ratio > HOPELESS || gaps.len() <= GAPS_FIRST);
    let near: Vec<f64> = hopeful.flat_map(|score| around(score.period_s)).collect();
    ranked(&gaps, &near, JITTERS, multiples_max).first().or(coarse.first()).copied().unwrap_or_default()
}

/// What sizes add, in nats, at most: a program that says the same is not yet a clock.
const SIZE_EVIDENCE_MAX: f64 = 3.0;
/// What people send differs so much (standard deviation of the logarithm), at least.
const HUMAN_SIZE_SPREAD: f64 = 0.8;
const SIZE_SPREAD_MIN: f64 = 0.05;

/// What the sizes of calls (bytes to the server) say of a program that always sends the same: nats to add to
/// [`BeaconScore::ratio`], from none to three.
pub fn size_evidence(sizes: &[u64]) -> f64 {
    let logs: Vec<f64> = sizes.iter().map(|size| (*size as f64).ln_1p()).collect();
    let Some((_, distance)) = median_and_spread(&logs) else { return 0.0 };
    let spread = (1.4826 * distance).max(SIZE_SPREAD_MIN) / HUMAN_SIZE_SPREAD;
    let gain = -spread.ln() - 0.5 * (1.0 - spread * spread);
    if spread < 1.0 { (gain * sizes.len() as f64).min(SIZE_EVIDENCE_MAX) } else { 0.0 }
}

/// Periods near one that fits.
fn around(period_s: f64) -> impl Iterator<Item = f64> {
    (-3..=3).map(move |n| period_s * FINE_STEP.powi(n))
}

/// How well each period fits with its best jitter, best first.
fn ranked(gaps: &[f64], periods: &[f64], jitters: &[f64], multiples_max: u32) -> Vec<BeaconScore> {
    let humans = Humans::of(gaps);
    let nulls: Vec<f64> = gaps.iter().map(|gap| humans.log_density(*gap)).collect();
    let null: f64 = nulls.iter().sum();
    let elsewhere: Vec<f64> = nulls.iter().map(|log| log.exp() * ELSEWHERE).collect();
    let score = |period_s: &f64| {
        let lost = share_lost(gaps, *period_s, multiples_max);
        let fits = jitters.iter().map(|jitter| {
            let clock = Clock { period_s: *period_s, jitter: *jitter, lost, multiples_max };
            BeaconScore {
                ratio: clock.log_likelihood(gaps, &elsewhere) - null - doubt(lost),
                period_s: *period_s,
                jitter: *jitter,
                lost,
            }
        });
        fits.max_by(|a, b| a.ratio.total_cmp(&b.ratio)).unwrap_or_default()
    };
    let mut scores: Vec<BeaconScore> = periods.iter().map(score).collect();
    scores.sort_by(|a, b| b.ratio.total_cmp(&a.ratio));
    scores
}

/// The periods that are worth a try: from the shorter gaps up to the usual one.
fn periods(gaps: &[f64], step: f64) -> Vec<f64> {
    let mut sorted = gaps.to_vec();
    sorted.sort_by(f64::total_cmp);
    let low = sorted[sorted.len() / 20].max(1.0) * 0.8;
    let high = sorted[sorted.len() * 3 / 4] * 1.3;
    let mut periods = Vec::new();
    let mut period = median_of_sorted(&sorted).unwrap_or(high);
    // Down from the usual gap, then up: the usual one itself is tried exactly.
    while period >= low && periods.len() < PERIODS_MAX / 2 {
        periods.push(period);
        period /= step;
    }
    period = periods.first().copied().unwrap_or(high) * step;
    while period <= high && periods.len() < PERIODS_MAX {
        periods.push(period);
        period *= step;
    }
    periods
}

/// What a clock has to make up for of which most calls are lost.
fn doubt(lost: f64) -> f64 {
    DOUBT * ((1.0 - MANY_LOST) / (1.0 - lost)).ln().max(0.0)
}

/// The share of calls that must have been lost if this is the period: gaps that are something else left out.
fn share_lost(gaps: &[f64], period_s: f64, multiples_max: u32) -> f64 {
    let share = share_lost_within(gaps, period_s, MULTIPLES_MAX);
    if share < MANY_LOST { share } else { share_lost_within(gaps, period_s, multiples_max) }
}

fn share_lost_within(gaps: &[f64], period_s: f64, multiples_max: u32) -> f64 {
    let near = gaps.iter().map(|gap| (gap / period_s).round().max(1.0)).filter(|k| *k <= f64::from(multiples_max));
    let (sum, count) = near.fold((0.0, 0.0), |(sum, count), k| (sum + k, count + 1.0));
    if count == 0.0 { 0.95 } else { (1.0 - count / sum).clamp(0.005, 0.97) }
}

/// A period, its jitter, and the share of lost calls.
struct Clock {
    period_s: f64,
    jitter: f64,
    lost: f64,
    /// Gaps of more periods are something else.
    multiples_max: u32,
}

impl Clock {
    fn log_likelihood(&self, gaps: &[f64], elsewhere: &[f64]) -> f64 {
        gaps.iter().zip(elsewhere).map(|(gap, other)| self.density(*gap, *other).max(1e-300).ln()).sum()
    }

    /// The density of a gap: the multiples near it count, and what something else (of that density) adds.
    fn density(&self, gap: f64, elsewhere: f64) -> f64 {
        let middle = gap / self.period_s;
        let is_wide = self.lost >= MANY_LOST && self.multiples_max > MULTIPLES_MAX;
        let multiples_max = if is_wide { self.multiples_max } else { MULTIPLES_MAX };
        if is_wide && self.jitter * middle.sqrt() > BLURRED && middle <= f64::from(multiples_max) {
            // It says nothing: as likely as without a clock.
            return elsewhere / ELSEWHERE;
        }
        let reach = 1.0 + REACH * self.jitter * middle.sqrt();
        let from = (middle - reach).floor().max(1.0) as u32;
        let to = ((middle + reach).ceil() as u32).min(multiples_max);
        let spread = (self.jitter * self.period_s).hypot(RESOLUTION_S);
        let term = |k: u32| {
            let k = f64::from(k);
            let spread = spread * k.sqrt();
            let z = (gap - k * self.period_s) / spread;
            (1.0 - self.lost) * self.lost.powf(k - 1.0) * (-0.5 * z * z).exp() / (spread * (2.0 * PI).sqrt())
        };
        (1.0 - ELSEWHERE) * (from..=to).map(term).sum::<f64>() + elsewhere
    }
}

/// What does not keep time, as it fits the gaps best.
enum Humans {
    Exponential(f64),
    /// Mean of the short and of the long gaps, and the share of short ones: bursts, day and night.
    TwoExponentials(f64, f64, f64),
    /// Mean and spread of the logarithm.
    LogNormal(f64, f64),
}

impl Humans {
    fn of(gaps: &[f64]) -> Humans {
        let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
        let logs: Vec<f64> = gaps.iter().map(|gap| gap.ln()).collect();
        let log_mean = logs.iter().sum::<f64>() / logs.len() as f64;
        let spread = (logs.iter().map(|log| (log - log_mean).powi(2)).sum::<f64>() / logs.len() as f64).sqrt();
        let models = [
            Humans::Exponential(mean),
            two_exponentials(gaps, mean),
            Humans::LogNormal(log_mean, spread.max(HUMAN_LOG_SPREAD_MIN)),
        ];
        let fit = |model: &Humans| gaps.iter().map(|gap| model.log_density(*gap)).sum::<f64>();
        let [first, rest @ ..] = models;
        let mut best = (fit(&first), first);
        for model in rest {
            let likelihood = fit(&model);
            if likelihood > best.0 {
                best = (likelihood, model);
            }
        }
        best.1
    }

    fn log_density(&self, gap: f64) -> f64 {
        match self {
            Humans::Exponential(mean) => -mean.ln() - gap / mean,
            Humans::TwoExponentials(short, long, share) => {
                (share / short * (-gap / short).exp() + (1.0 - share) / long * (-gap / long).exp()).max(1e-300).ln()
            }
            Humans::LogNormal(mean, spread) => {
                let z = (gap.ln() - mean) / spread;
                -0.5 * z * z - gap.ln() - spread.ln() - 0.5 * (2.0 * PI).ln()
            }
        }
    }
}

/// Two kinds of gaps, found by some rounds of expectation and maximisation.
fn two_exponentials(gaps: &[f64], mean: f64) -> Humans {
    const ROUNDS: usize = 12;
    let (mut short, mut long, mut share) = (mean / 4.0, mean * 2.0, 0.5);
    for _ in 0..ROUNDS {
        let (mut weight, mut short_sum, mut long_sum) = (0.0, 0.0, 0.0);
        for gap in gaps {
            let a = share / short * (-gap / short).exp();
            let b = (1.0 - share) / long * (-gap / long).exp();
            let is_short = if a + b > 0.0 { a / (a + b) } else { 0.0 };
            weight += is_short;
            short_sum += is_short * gap;
            long_sum += (1.0 - is_short) * gap;
        }
        let count = gaps.len() as f64;
        share = (weight / count).clamp(0.01, 0.99);
        short = (short_sum / weight.max(1e-9)).max(0.5);
        long = (long_sum / (count - weight).max(1e-9)).max(0.5);
    }
    Humans::TwoExponentials(short, long, share)
}

/// A server that so many of ours call is a service.
const CLIENTS_MAX: u32 = 5;
/// ... unless they all keep time; of more it is a service of everybody's.
const FLEET_MAX: usize = 1_000;
/// Ports where programs poll by design; there regularity alone says little.
const POLLED_PORTS: &[u16] = &[80, 110, 143, 443, 993, 995, 5222, 5223, 5228, 8080, 8443, 8883];
/// A question about the time or "are you there", and its echo: bytes of the packet.
const ECHO_BYTES_MAX: u64 = 96;
/// Calls that fail: a server that is often down is none of a product.
const FAILED_MIN: f64 = 0.3;
/// A rhythm of minutes within a day is a burst; a quarter of an hour of it counts.
const PERSISTENCE_MIN: f64 = 0.01;
/// More than this part of the windows is nearly all.
const WINDOWS_PART: f64 = 0.8;
/// A period of as many seconds as the capture window is the log's.
const WINDOW_TOLERANCE: f64 = 0.1;

/// A clock that is new here has a jitter of so much at most, as a share of its period.
const CALM_MAX: f64 = 0.12;
/// ... and at a web port, where much polls, it calls so often.
const CALLS_AT_WEB_MIN: usize = 12;
/// ... and its client was seen without it for so long, at least.
const QUIET_MIN_S: u32 = 3_600;

/// Beacons from inside to the outside.
pub(super) fn regular(estate: &Estate) -> Vec<Finding> {
    let crosses = |talk: &&Conversation| {
        talk.is_attempt()
            && talk.records.len() >= CALLS_MIN
            && estate.host(talk.client).is_inside
            && !estate.host(talk.server).is_inside
    };
    estate.conversations.iter().filter(crosses).filter_map(|talk| beacon(estate, talk)).collect()
}

/// Many hosts of ours that call one server on time: an agent of ours, or what infected them all.
pub(super) fn fleets(estate: &Estate) -> Vec<Finding> {
    let ours = estate.hosts.iter().filter(|host| host.is_inside && host.servers > 0).count();
    let is_fleet = |talks: &Vec<&Conversation>| {
        let server = estate.host(talks[0].server);
        !server.is_inside && server.clients > CLIENTS_MAX && talks.len() <= FLEET_MAX.min(ours / 2)
    };
    estate.by_service().filter(is_fleet).filter_map(|talks| fleet(estate, &talks)).collect()
}

fn fleet(estate: &Estate, talks: &[&Conversation]) -> Option<Finding> {
    let is_regular = |talk: &&&Conversation| {
        let is_call = talk.is_attempt() && matches!(talk.proto, 6 | 17) && talk.records.len() >= CALLS_MIN;
        is_call && estate.host(talk.client).is_inside && !is_echo(talk) && score_of(estate, talk).is_some()
    };
    let members: Vec<&Conversation> = talks.iter().filter(is_regular).copied().collect();
    if members.len() <= CLIENTS_MAX as usize || members.len() * 2 < talks.len() {
        return None;
    }
    let (server, name) = (estate.text(talks[0].server), service(talks[0].proto, talks[0].port));
    let is_odd_port = !POLLED_PORTS.contains(&talks[0].port) && talks[0].port != 53 && talks[0].port != 123;
    let severity = if is_odd_port { Severity::Medium } else { Severity::Low };
    let mut finding = draft(server.clone(), &name, severity, 0.5);
    finding.title = format!("{} hosts of ours call {server} {name} on time, each by itself", members.len());
    finding.first_seen = members.iter().map(|talk| talk.first).min().unwrap_or(0);
    finding.last_seen = members.iter().map(|talk| talk.last).max().unwrap_or(0);
    finding.peers = members.iter().map(|talk| estate.text(talk.client)).collect();
    let calls: u64 = members.iter().map(|talk| talk.sessions_total).sum();
    finding.evidence =
        vec![row("calls in all", calls), row("of ours that call it", estate.host(talks[0].server).clients)];
    finding.explain = vec![("hosts that keep time".to_owned(), members.len() as f64)];
    finding.next_step =
        format!("Find the program that calls {server}: an agent that you installed, or one that nobody did.");
    finding.weight = members.len() as u64;
    Some(finding)
}

/// The seconds of the calls: sessions where the protocol has them, records otherwise.
fn calls(talk: &Conversation) -> Vec<u32> {
    let mut calls: Vec<u32> = match talk.proto {
        6 => talk.sessions().iter().map(|session| session.start).collect(),
        _ => talk.records.iter().filter(|record| record.up_packets > 0).map(|record| record.start).collect(),
    };
    calls.sort_unstable();
    calls.dedup();
    calls
}

/// Both sides send the same small packet, as clocks and "are you there" do; a program that is told what to do gets more.
fn is_echo(talk: &Conversation) -> bool {
    let is_small = |record: &crate::ground::Record| {
        let up = record.up_bytes / u64::from(record.up_packets.max(1));
        let down = record.down_bytes / u64::from(record.down_packets.max(1));
        up <= ECHO_BYTES_MAX && (record.down_packets == 0 || record.up_packets == 0 || down == up)
    };
    talk.proto == 17 && talk.records.iter().all(is_small)
}

/// One connection that goes on and on has a record of every window, whenever its packets went.
fn is_in_most_windows(talk: &Conversation, calls: usize, window_s: f64) -> bool {
    let windows = f64::from(talk.span_s()) / window_s.max(1.0) + 1.0;
    calls as f64 > windows * WINDOWS_PART
}

fn beacon(estate: &Estate, talk: &Conversation) -> Option<Finding> {
    // A resolver asks the servers of names that others ask it for, most of them once in a while.
    // ... and a mail server tries for days to deliver.
    let client = estate.host(talk.client);
    if talk.port == 53 && client.is_resolver() || talk.port == 25 && client.mail_clients > 0 {
        return None;
    }
    if talk.proto != 6 && talk.proto != 17 || is_echo(talk) || estate.host(talk.server).clients > CLIENTS_MAX {
        return None;
    }
    let (score, calls) = score_of(estate, talk)?;
    (persistence(estate, talk) >= PERSISTENCE_MIN).then(|| told(estate, talk, &calls, &score))
}

/// The clock of a pair's calls, if they have one that is not the capture window's, and their seconds.
fn score_of(estate: &Estate, talk: &Conversation) -> Option<(BeaconScore, Vec<u32>)> {
    let calls = calls(talk);
    let is_sampled = talk.signs.has(Sign::SAMPLED);
    let mut score = if is_sampled { sampled_beacon_score(&calls) } else { beacon_score(&calls) };
    let sizes: Vec<u64> = talk.sessions().iter().map(|session| session.totals.up_bytes).collect();
    score.ratio += size_evidence(&sizes);
    let window = f64::from(estate.window_s);
    let is_window = talk.signs.has(Sign::WINDOWED)
        && has_one_port(talk)
        && ((score.period_s - window).abs() <= window * WINDOW_TOLERANCE
            || is_in_most_windows(talk, calls.len(), window));
    (score.ratio >= RATIO_MIN && !is_window).then_some((score, calls))
}

/// How much of its time the client kept calling: of a day, or of the input if that is shorter.
fn persistence(estate: &Estate, talk: &Conversation) -> f64 {
    let whole = f64::from(estate.span.1 - estate.span.0).clamp(1.0, 86_400.0);
    (f64::from(talk.span_s()) / whole).min(1.0)
}

/// Did it begin in the middle of the input, when the client had long been seen? What a machine always did began before.
fn is_new_here(estate: &Estate, talk: &Conversation) -> bool {
    let (first, last) = estate.span;
    let quiet = ((last - first) / 10).max(QUIET_MIN_S);
    let begun = estate.of_client(talk.client).iter().map(|other| other.first).min().unwrap_or(talk.first);
    talk.first >= begun.saturating_add(quiet)
}

/// One connection seen in many windows, rather than many calls.
fn has_one_port(talk: &Conversation) -> bool {
    talk.records.iter().all(|record| record.client_port == talk.records[0].client_port)
}

fn told(estate: &Estate, talk: &Conversation, calls: &[u32], score: &BeaconScore) -> Finding {
    let (client, server, name) = (estate.text(talk.client), estate.text(talk.server), service(talk.proto, talk.port));
    let failed = talk.failures as f64 / talk.sessions_total.max(1) as f64;
    let is_odd_port = !POLLED_PORTS.contains(&talk.port) && talk.port != 53 && talk.port != 123;
    let is_new =
        is_new_here(estate, talk) && score.jitter <= CALM_MAX && (is_odd_port || calls.len() >= CALLS_AT_WEB_MIN);
    let severity = match (is_odd_port, failed >= FAILED_MIN, is_new) {
        (true, true, _) | (true, _, true) => Severity::High,
        (true, false, false) | (false, _, true) => Severity::Medium,
        _ => Severity::Low,
    };
    let regular = 1.0 - (-score.ratio / 40.0).exp();
    let parts = [
        ("regularity".to_owned(), 0.3 * regular),
        ("how long it goes on".to_owned(), 0.2 * persistence(estate, talk)),
        ("few of ours call it".to_owned(), 0.2 / f64::from(estate.host(talk.server).clients.max(1))),
        ("a port where programs do not poll by design".to_owned(), if is_odd_port { 0.15 } else { 0.0 }),
        ("calls that fail and go on".to_owned(), 0.15 * failed),
        ("it began while the client was watched".to_owned(), if is_new { 0.15 } else { 0.0 }),
    ];
    let mut finding = draft(
        client.clone(),
        format!("{server} {name}"),
        severity,
        parts.iter().map(|part| part.1).sum::<f64>().min(0.99),
    );
    let period = duration(score.period_s.round() as u64);
    finding.title = format!("{client} called {server} {name} every {period}, {} times", calls.len());
    finding.first_seen = talk.first;
    finding.last_seen = talk.last;
    finding.peers = vec![server.clone()];
    finding.evidence = vec![
        row("calls", calls.len()),
        row("period", period),
        row("jitter", format!("{:.0} %", score.jitter * 100.0)),
        row("calls missing from the log", format!("{:.0} %", score.lost * 100.0)),
        row("calls that failed", format!("{:.0} %", failed * 100.0)),
        row("to the server", bytes(talk.totals.up_bytes)),
        row("to the client", bytes(talk.totals.down_bytes)),
    ];
    finding.explain = parts.to_vec();
    finding.explain.push(("log-likelihood ratio of a clock, with sizes".to_owned(), score.ratio));
    finding.next_step = format!("Find the program on {client} that calls {server}, and ask who owns that address.");
    finding.weight = score.ratio.max(0.0) as u64;
    finding
}
