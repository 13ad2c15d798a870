//! Hours in which a host sent more or less than usual, was refused more often, or lost its clients.
//!
//! An hour far from the bands must also matter: bands of a host that hardly does anything are narrow. Less than usual is told
//! when it lasts: whoever restarts is quiet for an hour.

use super::activity::{Activity, Calendar, HOUR_S};
use super::bands::{Bands, Departure, departures};
use super::baseline::{EntityBaseline, Stories, blank};
use crate::finding::{Finding, Severity, bytes, moment, row};
use std::collections::BTreeMap;

/// One kind of departure.
struct Kind {
    detector: &'static str,
    attack: &'static str,
    /// What the host does.
    does: &'static str,
    severity: Severity,
    is_up: bool,
    /// So much more or less than usual matters.
    difference_min: f64,
    /// ... and so many times as much, or as little.
    times_min: f64,
    /// Hours in a row.
    hours_min: usize,
    /// Findings that tell the same.
    told_by: &'static [&'static str],
    amount: fn(f64) -> String,
    /// What to compare.
    compare: &'static str,
}

fn volume(value: f64) -> String {
    bytes(value as u64)
}

fn count(value: f64) -> String {
    format!("{value:.0}")
}

const VOLUME_UP: Kind = Kind {
    detector: "normal.volume_up",
    attack: "T1048",
    does: "sent more than usual",
    severity: Severity::Low,
    is_up: true,
    difference_min: 1e6,
    times_min: 2.0,
    hours_min: 1,
    told_by: &["exfiltration.", "ddos.", "dns.tunnel", "icmp.tunnel"],
    amount: volume,
    compare: "peers",
};
const VOLUME_DOWN: Kind = Kind {
    detector: "normal.volume_down",
    attack: "T1489",
    does: "sent less than usual",
    is_up: false,
    hours_min: 2,
    told_by: &[],
    ..VOLUME_UP
};
const REFUSED_UP: Kind = Kind {
    detector: "normal.reject_spike",
    attack: "T1046",
    does: "saw more refused than usual",
    // Who tries a dead address once a minute for a while is no attack.
    difference_min: 100.0,
    times_min: 3.0,
    told_by: &["scan.", "lateral.", "bruteforce.", "rejects.", "beacon.reconnect", "ddos."],
    amount: count,
    compare: "refused tries",
    ..VOLUME_UP
};
const CLIENTS_DOWN: Kind = Kind {
    detector: "normal.clients_down",
    attack: "T1489",
    does: "served fewer clients than usual",
    severity: Severity::Medium,
    is_up: false,
    difference_min: 8.0,
    times_min: 3.0,
    hours_min: 2,
    told_by: &[],
    amount: count,
    compare: "clients",
};

/// Severity rises with ten times as much as usual, if it is as much as an upload that matters.
const GRAVE: (f64, f64) = (10.0, 5e8);

/// The hours of one host that depart from what is usual.
pub(super) fn hours(
    name: &str,
    usual: &EntityBaseline,
    activity: &Activity,
    calendar: &Calendar,
    stories: &Stories<'_>,
) -> Vec<Finding> {
    let (sent, refused, clients) = (
        Far::of(&usual.sent, &activity.sent, calendar),
        Far::of(&usual.refused, &activity.refused, calendar),
        Far::of(&usual.clients, &activity.clients, calendar),
    );
    let kinds = [(VOLUME_UP, &sent), (REFUSED_UP, &refused), (CLIENTS_DOWN, &clients), (VOLUME_DOWN, &sent)];
    let mut found: Vec<Finding> = Vec::new();
    for (kind, far) in kinds {
        let hours = kind.matter(far, calendar);
        let span = span_of(&hours);
        // A host without clients sends less.
        let is_told = found.iter().any(|other| other.detector == CLIENTS_DOWN.detector && !kind.is_up);
        if !hours.is_empty() && !is_told && !stories.tell_of(name, kind.told_by, span) {
            found.push(told(name, &kind, &hours));
        }
    }
    found
}

/// The hours of a period, and which of them depart.
struct Far<'a> {
    bands: &'a Bands,
    series: Vec<(u32, f64)>,
    hours: Vec<Departure>,
}

impl<'a> Far<'a> {
    fn of(bands: &'a Bands, values: &BTreeMap<u32, f64>, calendar: &Calendar) -> Far<'a> {
        let series = if bands.is_known() { calendar.series(values) } else { Vec::new() };
        Far { bands, hours: departures(bands, &series), series }
    }

    /// The hours that depart, and those right after them that are as far from what is usual: a new level is followed, and
    /// still is none.
    fn lasting(&self, is_far: impl Fn(&Departure) -> bool) -> Vec<Departure> {
        let mut all: Vec<Departure> = Vec::new();
        let mut departing = self.hours.iter().peekable();
        for (hour, value) in self.series.iter().copied() {
            let departs = departing.next_if(|departure| departure.hour == hour).copied().filter(&is_far);
            let goes_on = || {
                all.last().filter(|last| last.hour + 1 == hour)?;
                let (usual, distance) = (self.bands.expected(hour), self.bands.distance(hour, value));
                Some(Departure { hour, value, usual, expected: usual, distance, is_onset: false }).filter(&is_far)
            };
            let next = departs.or_else(goes_on);
            all.extend(next);
        }
        all
    }
}

fn span_of(hours: &[Departure]) -> (u32, u32) {
    let first = hours.first().map_or(0, |hour| hour.hour.saturating_mul(HOUR_S));
    let last = hours.last().map_or(0, |hour| hour.hour.saturating_add(1).saturating_mul(HOUR_S).saturating_sub(1));
    (first, last)
}

impl Kind {
    /// The hours that matter.
    fn matter(&self, far: &Far<'_>, calendar: &Calendar) -> Vec<Departure> {
        let hours = far.lasting(|far| self.is_far(far) && (self.is_up || calendar.is_whole(far.hour)));
        let runs = hours.chunk_by(|a, b| a.hour + 1 == b.hour);
        runs.filter(|run| run.len() >= self.hours_min).flatten().copied().collect()
    }

    fn is_far(&self, far: &Departure) -> bool {
        let (high, low) = if self.is_up { (far.value, far.usual) } else { (far.usual, far.value) };
        high - low >= self.difference_min && high >= low * self.times_min
    }
}

fn told(name: &str, kind: &Kind, hours: &[Departure]) -> Finding {
    let mut finding = blank(name, kind.detector, kind.severity, kind.attack, span_of(hours));
    let farthest = hours.iter().copied().max_by(|a, b| a.distance.abs().total_cmp(&b.distance.abs()));
    let when = match hours {
        [one] => format!("in the hour of {}", moment(one.hour.saturating_mul(HOUR_S))),
        _ => format!("in {} hours from {} on", hours.len(), moment(finding.first_seen)),
    };
    finding.title = format!("{name} {} {when}", kind.does);
    if let Some(far) = farthest {
        let (value, usual) = ((kind.amount)(far.value), (kind.amount)(far.usual));
        finding.title = format!("{}: {value}, usually {usual}", finding.title);
        finding.evidence = vec![
            row("farthest hour", moment(far.hour.saturating_mul(HOUR_S))),
            row("value", value),
            row("usual", usual),
        ];
        finding.explain = vec![("spreads from the usual value".to_owned(), far.distance)];
        finding.weight = far.distance.abs() as u64;
        let is_grave = far.value >= far.usual * GRAVE.0 && far.value - far.usual >= GRAVE.1;
        if kind.detector == VOLUME_UP.detector && is_grave {
            finding.severity = Severity::Medium;
        }
    }
    let (compare, until) = (kind.compare, moment(finding.last_seen));
    let from = moment(finding.first_seen);
    finding.next_step =
        format!("Compare the {compare} of {name} from {from} to {until} with those of the same hours a week before.");
    finding
}
