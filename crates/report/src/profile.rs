//! One host: what it usually does, by a baseline, and what it does in the time at hand.

use crate::summary::{Habit, Profile, ProfileHour};
use crate::time;
use detect::Estate;
use detect::normal::{Activity, Bands, Baseline, EntityBaseline, departures};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// Hours of a profile: a week.
pub const PROFILE_HOURS_MAX: usize = 168;
/// Peers or services that a habit names.
pub const PROFILE_NAMED_MAX: usize = 20;

const HOUR_S: u32 = 3_600;

/// The profile of an address.
pub(crate) fn of(address: IpAddr, estate: &Estate, baseline: Option<&Baseline>) -> Profile {
    let entity = address.to_string();
    let activity = Activity::of(estate, &entity);
    let usual = baseline.and_then(|baseline| Some((baseline.entities.get(&entity)?, baseline.span)));
    let (now, known) = (activity.clone().unwrap_or_default(), usual.map(|usual| usual.0));
    Profile {
        is_seen: activity.is_some(),
        history: usual.map(|(_, (first, last))| (time::rfc3339(first), time::rfc3339(last))),
        habits: habits(&now.habits, known),
        hours: if activity.is_some() { hours(&now, known, estate.span) } else { Vec::new() },
        entity,
    }
}

fn habits(now: &EntityBaseline, usual: Option<&EntityBaseline>) -> Vec<Habit> {
    let nothing = EntityBaseline::default();
    let usual = usual.unwrap_or(&nothing);
    vec![
        habit("servers outside", &now.peers, &usual.peers),
        habit("services used", &now.used, &usual.used),
        habit("services offered", &now.offered, &usual.offered),
    ]
}

fn habit(kind: &'static str, now: &BTreeSet<String>, usual: &BTreeSet<String>) -> Habit {
    let named = |these: &BTreeSet<String>, those: &BTreeSet<String>| {
        these.difference(those).take(PROFILE_NAMED_MAX).cloned().collect()
    };
    Habit {
        kind,
        usual: usual.len() as u64,
        now: now.len() as u64,
        new_total: now.difference(usual).count() as u64,
        new: named(now, usual),
        missing_total: usual.difference(now).count() as u64,
        missing: named(usual, now),
    }
}

/// The last hours of a period, each beside what is usual.
fn hours(now: &Activity, usual: Option<&EntityBaseline>, span: (u32, u32)) -> Vec<ProfileHour> {
    let last = span.1 / HOUR_S;
    let first = (span.0 / HOUR_S).max(last.saturating_sub(PROFILE_HOURS_MAX as u32 - 1));
    let (sent, refused) = (
        Series::of(&now.sent, usual.map(|usual| &usual.sent), first, last),
        Series::of(&now.refused, usual.map(|usual| &usual.refused), first, last),
    );
    (first..=last)
        .map(|hour| ProfileHour {
            hour: time::rfc3339(hour.saturating_mul(HOUR_S)),
            sent: sent.value(hour),
            sent_usual: sent.usual(hour),
            refused: refused.value(hour),
            refused_usual: refused.usual(hour),
            is_unusual: sent.unusual.contains(&hour) || refused.unusual.contains(&hour),
        })
        .collect()
}

/// Values by hour, beside the bands that are known well enough.
struct Series<'a> {
    values: &'a BTreeMap<u32, f64>,
    bands: Option<&'a Bands>,
    unusual: BTreeSet<u32>,
}

impl<'a> Series<'a> {
    fn of(values: &'a BTreeMap<u32, f64>, bands: Option<&'a Bands>, first: u32, last: u32) -> Series<'a> {
        let bands = bands.filter(|bands| bands.is_known());
        let row: Vec<(u32, f64)> =
            (first..=last).map(|hour| (hour, values.get(&hour).copied().unwrap_or(0.0))).collect();
        let far = bands.map(|bands| departures(bands, &row)).unwrap_or_default();
        Series { values, bands, unusual: far.iter().map(|departure| departure.hour).collect() }
    }

    fn value(&self, hour: u32) -> u64 {
        self.values.get(&hour).map_or(0, |value| *value as u64)
    }

    fn usual(&self, hour: u32) -> Option<u64> {
        self.bands.map(|bands| bands.expected(hour) as u64)
    }
}
