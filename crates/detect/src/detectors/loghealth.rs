//! What records say about the log itself: a clock that jumped, windows and sampling that changed, objects that were read
//! twice.

use super::draft;
use crate::finding::{Finding, Severity, duration, moment, query, row, some};
use crate::ground::{Conversation, Estate, Record, Sign};
use std::collections::BTreeMap;

/// The entity of findings about the log.
const LOG: &str = "the logs";
const HOUR_S: u32 = 3_600;

/// Records so far from all others belong to a clock that jumped, if they are few.
const FAR_S: u32 = 24 * 3_600;
/// One of so many.
const FAR_PART: u64 = 100;

/// Records of a time far outside of the others.
pub(super) fn clocks(estate: &Estate) -> Vec<Finding> {
    let mut hours: BTreeMap<u32, u64> = BTreeMap::new();
    for record in estate.conversations.iter().flat_map(|talk| &talk.records) {
        *hours.entry(record.start / HOUR_S).or_default() += 1;
    }
    let hours: Vec<(u32, u64)> = hours.into_iter().collect();
    let spans: Vec<&[(u32, u64)]> = hours.chunk_by(|a, b| b.0 - a.0 <= FAR_S / HOUR_S).collect();
    let count = |span: &&[(u32, u64)]| span.iter().map(|hour| hour.1).sum::<u64>();
    let Some(main) = spans.iter().max_by_key(|span| count(span)) else { return Vec::new() };
    let (from, to) = (main[0].0, main[main.len() - 1].0);
    let far: u64 = spans.iter().filter(|span| span[0].0 != from).map(count).sum();
    match far {
        0 => Vec::new(),
        far if far.saturating_mul(FAR_PART) > count(main) => Vec::new(),
        far => vec![jumped(estate, (from.saturating_mul(HOUR_S), (to + 1).saturating_mul(HOUR_S)), far)],
    }
}

fn jumped(estate: &Estate, (from, to): (u32, u32), count: u64) -> Finding {
    let is_far = |record: &&Record| record.start < from || record.start >= to;
    let mut hosts: BTreeMap<u32, u64> = BTreeMap::new();
    let mut span = (u32::MAX, 0);
    for talk in &estate.conversations {
        for record in talk.records.iter().filter(is_far) {
            span = (span.0.min(record.start), span.1.max(record.start));
            [talk.client, talk.server].into_iter().for_each(|host| *hosts.entry(host).or_default() += 1);
        }
    }
    let mut most: Vec<(u64, u32)> = hosts.into_iter().map(|(host, count)| (count, host)).collect();
    most.sort_unstable_by_key(|(count, host)| (std::cmp::Reverse(*count), *host));
    let most: Vec<String> = most.iter().map(|(_, host)| estate.text(*host)).collect();
    let mut finding = draft(LOG.to_owned(), "clock", Severity::Info, 0.6);
    let away = if span.0 < from { from - span.0 } else { span.1.saturating_sub(to) };
    finding.title = format!("{count} records lie up to {} outside of all others", duration(away.into()));
    (finding.first_seen, finding.last_seen) = span;
    finding.peers = most.clone();
    finding.evidence = vec![
        row("records", count),
        row("they lie between", format!("{} and {}", moment(span.0), moment(span.1))),
        row("all others between", format!("{} and {}", moment(from), moment(to))),
        row("hosts with most of them", some(&most)),
    ];
    finding.explain = vec![("records".to_owned(), count as f64)];
    finding.next_step = format!(
        "A clock that jumped, or a file of another day: what is told of spans and gaps may be wrong until they are left out. They are: {}",
        query(&format!(
            "SELECT source_kind, if_id, count(*) AS records, min(time_start) AS first, max(time_start) AS last FROM flows WHERE time_start < '{}' OR time_start >= '{}' GROUP BY 1, 2 ORDER BY records DESC",
            moment(from),
            moment(to)
        ))
    );
    finding.weight = count;
    finding
}

/// So many conversations, and one of so many, have records that came twice: chance repeats those of a few that send the same
/// packet within one second.
const REPEATED_MIN: usize = 50;
const REPEATED_PART: usize = 20;

/// Records that came twice. They are counted once; who pays for them pays twice.
pub(super) fn repeated(estate: &Estate) -> Vec<Finding> {
    let told_twice: Vec<&Conversation> = estate.conversations.iter().filter(|talk| talk.repeated > 0).collect();
    if told_twice.len() < REPEATED_MIN || told_twice.len() * REPEATED_PART < estate.conversations.len() {
        return Vec::new();
    }
    let records: u64 = told_twice.iter().map(|talk| talk.repeated).sum();
    let all: u64 = estate.conversations.iter().map(|talk| talk.repeated + talk.records.len() as u64).sum();
    let mut finding = draft(LOG.to_owned(), "repeated", Severity::Info, 0.8);
    finding.title = format!("{records} of {all} records came twice, of {} conversations", told_twice.len());
    finding.first_seen = told_twice.iter().map(|talk| talk.first).min().unwrap_or(0);
    finding.last_seen = told_twice.iter().map(|talk| talk.last).max().unwrap_or(0);
    finding.evidence = vec![
        row("records that came again", records),
        row("records", all),
        row("conversations with such records", told_twice.len()),
    ];
    finding.explain = vec![("share of records".to_owned(), records as f64 / all.max(1) as f64)];
    finding.next_step = "Look whether the same object was read twice, or two logs are written of the same interfaces (one of the network and one of the subnet): the second costs and tells nothing. Findings count such records once; sums of `flows` do not.".to_owned();
    finding.weight = records;
    vec![finding]
}

/// A capture window of a minute writes no longer records, a few seconds of delay included.
const SHORT_WINDOW_S: u32 = 90;
/// Records on either side of a change.
const SIDE_MIN: u64 = 200;
/// By chance one side lacks what the other has in one log of so many: natural logarithm of 1e-5.
const CHANCE_LN: f64 = -11.5;
/// Hosts that show the change themselves, with so many records on either side.
const HOST_SIDE_MIN: u64 = 20;

/// A change of a log within the input: from one moment on (or up to it) records have a property that none has on the other
/// side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Change {
    at: u32,
    /// They have it afterwards.
    is_after: bool,
}

impl Change {
    /// `None` if there is none, or it may be chance, or comes with hosts that were not there before.
    fn of(estate: &Estate, is_counted: fn(&Record) -> bool, has: &dyn Fn(&Record) -> bool) -> Option<Change> {
        let records = || estate.conversations.iter().flat_map(|talk| &talk.records).filter(|record| is_counted(record));
        let (mut span, mut with) = ((u32::MAX, 0), (u32::MAX, 0));
        for record in records() {
            let join = |span: (u32, u32)| (span.0.min(record.start), span.1.max(record.start));
            span = join(span);
            with = if has(record) { join(with) } else { with };
        }
        let is_after = with.0.saturating_sub(span.0) > span.1.saturating_sub(with.1);
        let change = Change { at: if is_after { with.0 } else { with.1 }, is_after };
        (with.0 <= with.1 && change.is_told(records(), has) && change.is_of_hosts(estate, is_counted, has))
            .then_some(change)
    }

    /// Is it on the side that has it?
    fn is_beyond(self, record: &Record) -> bool {
        if self.is_after { record.start >= self.at } else { record.start <= self.at }
    }

    fn is_told<'a>(self, records: impl Iterator<Item = &'a Record>, has: &dyn Fn(&Record) -> bool) -> bool {
        let (mut within, mut with, mut lacking) = (0_u64, 0_u64, 0_u64);
        for record in records {
            match self.is_beyond(record) {
                true => (within, with) = (within + 1, with + u64::from(has(record))),
                false => lacking += 1,
            }
        }
        let share = with as f64 / within.max(1) as f64;
        within.min(lacking) >= SIDE_MIN && lacking as f64 * (1.0 - share).max(f64::MIN_POSITIVE).ln() <= CHANCE_LN
    }

    /// Do most hosts that were there all the time show it?
    fn is_of_hosts(self, estate: &Estate, is_counted: fn(&Record) -> bool, has: &dyn Fn(&Record) -> bool) -> bool {
        let mut hosts: BTreeMap<u32, (u64, u64, u64)> = BTreeMap::new();
        for talk in &estate.conversations {
            for record in talk.records.iter().filter(|record| is_counted(record)) {
                let (within, with) = (self.is_beyond(record), has(record));
                for place in [talk.client, talk.server].into_iter().filter(|place| estate.host(*place).is_inside) {
                    let counts = hosts.entry(place).or_default();
                    *counts = (counts.0 + u64::from(within), counts.1 + u64::from(with), counts.2 + u64::from(!within));
                }
            }
        }
        let lasting = hosts.values().filter(|counts| counts.0.min(counts.2) >= HOST_SIDE_MIN);
        let (all, showing) = lasting.fold((0, 0), |sum, counts| (sum.0 + 1, sum.1 + usize::from(counts.1 > 0)));
        all > 0 && showing * 2 > all
    }
}

/// Capture windows that became longer or shorter.
pub(super) fn windows(estate: &Estate) -> Vec<Finding> {
    if estate.window_s <= SHORT_WINDOW_S {
        return Vec::new();
    }
    let is_long = |record: &Record| record.duration_s > SHORT_WINDOW_S;
    let Some(change) = Change::of(estate, |record| record.signs.has(Sign::WINDOWED), &is_long) else {
        return Vec::new();
    };
    let long = duration(estate.window_s.into());
    let (does, from, to) =
        if change.is_after { ("longer", "1 min", long.as_str()) } else { ("shorter", long.as_str(), "1 min") };
    let mut finding = draft(LOG.to_owned(), format!("window {to}"), Severity::Info, 0.7);
    finding.title = format!("capture windows became {does} at {}: from {from} to {to}", moment(change.at));
    (finding.first_seen, finding.last_seen) = (change.at, change.at);
    finding.evidence = vec![row("windows before", from), row("windows after", to), row("at", moment(change.at))];
    finding.explain = vec![("longest window, seconds".to_owned(), estate.window_s.into())];
    finding.next_step = "See who changed the flow logs, and why: of longer windows regular calls show less clearly, shorter ones cost more records.".to_owned();
    vec![finding]
}

/// Sampling that became denser or sparser.
pub(super) fn sampling(estate: &Estate) -> Vec<Finding> {
    let mut rates: BTreeMap<u16, u64> = BTreeMap::new();
    for record in estate.conversations.iter().flat_map(|talk| &talk.records).filter(|record| record.one_of > 0) {
        *rates.entry(record.one_of).or_default() += 1;
    }
    let told = rates.iter().filter(|(_, count)| **count >= SIDE_MIN).filter_map(|(rate, _)| {
        let change = Change::of(estate, |record| record.one_of > 0, &|record| record.one_of == *rate)?;
        change.is_after.then(|| resampled(*rate, change, &rates))
    });
    told.collect()
}

fn resampled(rate: u16, change: Change, rates: &BTreeMap<u16, u64>) -> Finding {
    let name = |rate: u16| if rate == 1 { "every packet".to_owned() } else { format!("one packet of {rate}") };
    let others: Vec<String> = rates.keys().filter(|other| **other != rate).map(|other| name(*other)).collect();
    let mut finding = draft(LOG.to_owned(), format!("sampling {rate}"), Severity::Info, 0.7);
    finding.title = format!("from {} on {} is looked at", moment(change.at), name(rate));
    (finding.first_seen, finding.last_seen) = (change.at, change.at);
    finding.evidence =
        vec![row("from then on", name(rate)), row("otherwise", some(&others)), row("at", moment(change.at))];
    finding.explain = vec![("one packet of".to_owned(), rate.into())];
    finding.next_step = "See who changed the sampling, and why: counts before and after are estimates of different quality, and short scans and calls are lost in sparse ones.".to_owned();
    finding
}
