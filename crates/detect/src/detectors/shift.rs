//! What is unlike the other hours of the same input, where no history is at hand: refusals that pile up, and contacts that
//! spread out or gather.

use super::draft;
use super::statistics::median_and_spread;
use crate::finding::{Finding, Severity, moment, row};
use crate::ground::{Conversation, Estate, Outcome};
use std::collections::BTreeMap;

const HOUR_S: u32 = 3_600;
/// Hours that are needed to say what is usual, and the most that are looked at.
const HOURS_MIN: usize = 8;
const HOURS_MAX: u32 = 24 * 400;
/// Refusals in an hour, so many times the usual number, and so many spreads above it.
const REFUSED_MIN: f64 = 200.0;
const TIMES_MIN: f64 = 5.0;
const FAR: f64 = 6.0;
/// Records in an hour for its entropy to mean something.
const CONTACTS_MIN: f64 = 200.0;
/// An entropy that differs by so many bits: three times or a third as many peers of equal weight.
const BITS_MIN: f64 = 1.6;
/// Entropies of usual hours differ by so much at least.
const BITS_SPREAD_MIN: f64 = 0.2;

fn hours(estate: &Estate) -> Option<(u32, usize)> {
    let (first, last) = (estate.span.0 / HOUR_S, estate.span.1 / HOUR_S);
    let count = (last - first + 1) as usize;
    (count >= HOURS_MIN && last - first <= HOURS_MAX).then_some((first, count))
}

/// Hosts of ours that are refused, or refuse, far more in an hour than in others.
pub(super) fn refusals(estate: &Estate) -> Vec<Finding> {
    let Some((first, count)) = hours(estate) else { return Vec::new() };
    let mut refused: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
    for talk in estate.conversations.iter().filter(|talk| talk.is_attempt() && talk.failures > 0) {
        for at in refused_at(talk) {
            for place in [talk.client, talk.server].into_iter().filter(|place| estate.host(*place).is_inside) {
                let hours = refused.entry(place).or_insert_with(|| vec![0.0; count]);
                if let Some(hour) = hours.get_mut((at / HOUR_S).saturating_sub(first) as usize) {
                    *hour += 1.0;
                }
            }
        }
    }
    refused.into_iter().filter_map(|(host, hours)| spike(estate, host, first, &hours)).collect()
}

/// The seconds in which it was refused.
fn refused_at(talk: &Conversation) -> Vec<u32> {
    let is_refused = |outcome: Outcome| matches!(outcome, Outcome::Denied | Outcome::Rejected);
    match talk.sessions_total {
        // Most have one session: it need not be put together again.
        1 => {
            if is_refused(talk.best) {
                vec![talk.first]
            } else {
                Vec::new()
            }
        }
        _ => {
            talk.sessions().iter().filter(|session| is_refused(session.outcome)).map(|session| session.start).collect()
        }
    }
}

fn spike(estate: &Estate, host: u32, first: u32, hours: &[f64]) -> Option<Finding> {
    let (usual, distance) = median_and_spread(hours)?;
    let spread = (1.4826 * distance).max((usual + 1.0).sqrt());
    let (place, most) = hours.iter().copied().enumerate().max_by(|a, b| a.1.total_cmp(&b.1))?;
    let far = (most - usual) / spread;
    if most < REFUSED_MIN || most < usual * TIMES_MIN || far < FAR {
        return None;
    }
    let name = estate.text(host);
    let mut finding = draft(name.clone(), "", Severity::Low, 0.5);
    finding.title = format!("{name} saw {most:.0} connections refused in an hour, usually {usual:.0}");
    finding.first_seen = (first + place as u32).saturating_mul(HOUR_S);
    finding.last_seen = finding.first_seen.saturating_add(HOUR_S - 1);
    finding.evidence =
        vec![row("hour", moment(finding.first_seen)), row("refused", most), row("in the usual hour", usual)];
    finding.explain = vec![("spreads from the usual hour".to_owned(), far)];
    finding.next_step = format!("See who was refused by or at {name} in that hour, and what changed before it.");
    finding.weight = most as u64;
    Some(finding)
}

/// What is counted, what a shift of it is called, and the key of a contact.
type Feature = (&'static str, Key);
type Key = fn(&Estate, &Conversation) -> Option<u32>;

const FEATURES: [Feature; 3] = [
    ("servers that ours call", |estate, talk| estate.host(talk.client).is_inside.then_some(talk.server)),
    ("ports that ours call", |estate, talk| {
        estate.host(talk.client).is_inside.then_some(u32::from(talk.proto) << 16 | u32::from(talk.port))
    }),
    ("clients that call ours", |estate, talk| {
        (!estate.host(talk.client).is_inside && estate.host(talk.server).is_inside).then_some(talk.client)
    }),
];

/// Hours in which contacts spread over far more, or gather at far fewer, than in the usual hour (Lakhina, Crovella and Diot
/// 2005: sample entropy).
pub(super) fn spread(estate: &Estate) -> Vec<Finding> {
    let Some((first, count)) = hours(estate) else { return Vec::new() };
    FEATURES.iter().filter_map(|feature| shifted(estate, feature, first, count)).collect()
}

fn shifted(estate: &Estate, (name, key): &Feature, first: u32, count: usize) -> Option<Finding> {
    let hours = spreads(estate, *key, first, count);
    let distances = |of: fn(&Spread) -> f64| -> Option<(f64, Vec<f64>)> {
        let bits: Vec<f64> = hours.iter().map(of).collect();
        let (usual, distance) = median_and_spread(&bits).filter(|_| bits.len() >= HOURS_MIN)?;
        let spread = (1.4826 * distance).max(BITS_SPREAD_MIN);
        let is_far = |bits: f64| (bits - usual).abs() >= BITS_MIN;
        Some((usual, bits.iter().map(|bits| if is_far(*bits) { (bits - usual) / spread } else { 0.0 }).collect()))
    };
    let (usual, entropies) = distances(|hour| hour.bits)?;
    let (_, evenness) = distances(|hour| hour.bits - hour.bits_max)?;
    // More contacts alone raise the entropy or lower the evenness: what changes both the same way is something else.
    let both =
        entropies.iter().zip(evenness).map(|(a, b)| if a.signum() == b.signum() { a.abs().min(b.abs()) } else { 0.0 });
    let (place, far) = both.enumerate().max_by(|a, b| a.1.total_cmp(&b.1))?;
    if far < FAR {
        return None;
    }
    let (place, bits) = (hours[place].hour, hours[place].bits);
    let mut finding = draft("our network".to_owned(), name, Severity::Low, 0.4);
    let does = if bits > usual { "spread out" } else { "gathered" };
    finding.title = format!("the {name} {does} in an hour: {bits:.1} bits of entropy, usually {usual:.1}");
    finding.first_seen = (first + place).saturating_mul(HOUR_S);
    finding.last_seen = finding.first_seen.saturating_add(HOUR_S - 1);
    finding.evidence = vec![
        row("hour", moment(finding.first_seen)),
        row("entropy, bits", format!("{bits:.2}")),
        row("in the usual hour", format!("{usual:.2}")),
    ];
    finding.explain = vec![("spreads from the usual hour".to_owned(), far)];
    finding.next_step = "Compare the contacts of that hour with those of the hour before.".to_owned();
    finding.weight = far as u64;
    Some(finding)
}

/// How the records of an hour are spread over peers.
struct Spread {
    /// Hours since the first.
    hour: u32,
    /// Shannon's entropy.
    bits: f64,
    /// ... if each record had a peer of its own.
    bits_max: f64,
}

/// The hours that have enough records.
fn spreads(estate: &Estate, key: Key, first: u32, count: usize) -> Vec<Spread> {
    let hour_of = |second: u32| (second / HOUR_S).saturating_sub(first);
    let mut contacts: Vec<(u32, u32, u32)> = Vec::new();
    for talk in estate.conversations.iter().filter(|talk| talk.is_attempt() && talk.stands_for > 0) {
        let Some(key) = key(estate, talk) else { continue };
        let hours = talk.records.chunk_by(|a, b| hour_of(a.start) == hour_of(b.start));
        contacts.extend(hours.map(|hour| (hour_of(hour[0].start), key, hour.len() as u32)));
    }
    contacts.retain(|contact| (contact.0 as usize) < count);
    contacts.sort_unstable();
    let sum = |contacts: &[(u32, u32, u32)]| contacts.iter().map(|contact| f64::from(contact.2)).sum::<f64>();
    let hours = contacts.chunk_by(|a, b| a.0 == b.0).map(|hour| (hour, sum(hour)));
    let spread = |(hour, all): (&[(u32, u32, u32)], f64)| {
        let parts = hour.chunk_by(|a, b| a.1 == b.1).map(|same| sum(same) / all);
        Spread { hour: hour[0].0, bits: parts.map(|part| -part * part.log2()).sum(), bits_max: all.log2() }
    };
    hours.filter(|(_, all)| *all >= CONTACTS_MIN).map(spread).collect()
}
