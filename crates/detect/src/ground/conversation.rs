//! Everything between one client and one server on one port: a bounded, mergeable state.

use super::record::{Record, Sign, Totals};
use super::session::{Outcome, Session, for_each_session, stitch};
use std::sync::OnceLock;

/// The records of one conversation: the first lies in place, since most conversations have one only. 48 bytes.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    first: Record,
    more: Option<Box<More>>,
}

/// Everything of a conversation of which more than one record came.
#[derive(Clone, Debug)]
struct More {
    records: Vec<Record>,
    /// All records that came, twice-read ones included.
    raw: Totals,
    raw_records: u64,
    last: u32,
    /// Not every record is kept.
    is_cut: bool,
    /// `records` is looked through when it is this long.
    compact_at: u32,
}

impl Kept {
    pub(super) fn new(record: Record) -> Kept {
        Kept { first: record, more: None }
    }

    /// Adds a record; how many more are kept than before.
    pub(super) fn add(&mut self, record: Record, records_max: usize) -> isize {
        let before = self.len();
        let first = self.first;
        let more = self.more();
        more.raw.add(&record.totals());
        more.raw_records += 1;
        more.last = more.last.max(record.end());
        if record != first {
            more.records.push(record);
        }
        if more.records.len() >= more.compact_at as usize {
            self.compact(records_max);
        }
        self.len() as isize - before as isize
    }

    /// Adds another's; how many more are kept than before.
    pub(super) fn merge(&mut self, other: Kept, records_max: usize) -> isize {
        let before = self.len() as isize;
        let (raw, raw_records, last, is_cut) = (other.raw(), other.raw_records(), other.last(), other.is_cut());
        let more = self.more();
        more.raw.add(&raw);
        more.raw_records += raw_records;
        more.last = more.last.max(last);
        more.is_cut |= is_cut;
        more.records.push(other.first);
        more.records.extend(other.more.into_iter().flat_map(|other| other.records));
        self.compact(records_max);
        self.len() as isize - before
    }

    fn more(&mut self) -> &mut More {
        let first = &self.first;
        self.more.get_or_insert_with(|| {
            let (raw, last) = (first.totals(), first.end());
            Box::new(More { records: Vec::new(), raw, raw_records: 1, last, is_cut: false, compact_at: 32 })
        })
    }

    fn raw(&self) -> Totals {
        self.more.as_ref().map_or_else(|| self.first.totals(), |more| more.raw)
    }

    /// All records that came, twice-read ones included.
    pub(super) fn raw_records(&self) -> u64 {
        self.more.as_ref().map_or(1, |more| more.raw_records)
    }

    fn last(&self) -> u32 {
        self.more.as_ref().map_or_else(|| self.first.end(), |more| more.last)
    }

    fn is_cut(&self) -> bool {
        self.more.as_ref().is_some_and(|more| more.is_cut)
    }

    /// Records kept.
    pub(super) fn len(&self) -> usize {
        self.more.as_ref().map_or(0, |more| more.records.len()) + 1
    }

    /// Orders the records, leaves out those that came twice, and keeps the earliest.
    pub(super) fn compact(&mut self, records_max: usize) {
        let Some(more) = self.more.as_mut().filter(|more| !more.records.is_empty()) else { return };
        let records = &mut more.records;
        records.push(self.first);
        records.sort_unstable();
        records.dedup();
        more.is_cut |= records.len() > records_max;
        records.truncate(records_max.max(1));
        self.first = records.remove(0);
        more.compact_at = (2 * records.len()).clamp(32, 2 * records_max.max(32)) as u32;
    }

    /// All records, in order.
    pub(super) fn into_records(mut self, records_max: usize) -> Vec<Record> {
        self.compact(records_max);
        let mut records = Vec::with_capacity(self.len());
        records.push(self.first);
        records.extend(self.more.into_iter().flat_map(|more| more.records));
        records
    }
}

/// A conversation, finished. Client and server are places in [`super::Estate::hosts`].
#[derive(Clone, Debug)]
pub struct Conversation {
    /// Who opened it.
    pub client: u32,
    /// Who was asked.
    pub server: u32,
    /// IP protocol; 255 if the record does not say.
    pub proto: u8,
    /// The server's port; of ICMP the type of the question.
    pub port: u16,
    /// Its records, in order; the earliest, if there were too many.
    pub records: Vec<Record>,
    /// Not every record is kept.
    pub is_cut: bool,
    /// What it moved in all.
    pub totals: Totals,
    /// Last moment.
    pub last: u32,
    /// How it went at best, and how often how.
    pub best: Outcome,
    /// The first session by which the client tried anything.
    pub first: u32,
    /// Sessions.
    pub sessions_total: u64,
    /// Sessions that failed.
    pub failures: u64,
    /// What the records show, all together.
    pub signs: Sign,
    pub(super) sessions: OnceLock<Vec<Session>>,
}

impl Conversation {
    pub(super) fn new(key: (u32, u32, u8, u16), kept: Kept, records_max: usize) -> Conversation {
        let (raw, raw_records, last, mut is_cut) = (kept.raw(), kept.raw_records(), kept.last(), kept.is_cut());
        let records = kept.into_records(records_max);
        is_cut |= records.len() >= records_max && raw_records > records.len() as u64;
        let (mut totals, mut best, mut failures, mut sessions_total) = (Totals::default(), None, 0, 0);
        for_each_session(&records, key.2, |session| {
            totals.add(&session.totals);
            best = best.max(Some(session.outcome));
            failures += u64::from(session.outcome.is_failure());
            sessions_total += 1;
        });
        let signs = records.iter().fold(Sign::default(), |signs, record| signs | record.signs);
        Conversation {
            client: key.0,
            server: key.1,
            proto: key.2,
            port: key.3,
            is_cut,
            totals: if is_cut { raw } else { totals },
            last,
            best: best.unwrap_or(Outcome::OneWay),
            first: records.first().map_or(last, |record| record.start),
            sessions_total,
            failures,
            signs,
            records,
            sessions: OnceLock::new(),
        }
    }

    /// Its sessions, by time. Stitched when somebody asks: kept for all, they would double the memory.
    pub fn sessions(&self) -> &[Session] {
        self.sessions.get_or_init(|| stitch(&self.records, self.proto))
    }

    /// Did the client try anything, as far as was recorded?
    pub fn is_attempt(&self) -> bool {
        self.best != Outcome::ReplyOnly && !self.signs.has(Sign::NOTICE)
    }

    /// Did it fail whenever it was tried?
    pub fn is_failure(&self) -> bool {
        self.best.is_failure()
    }

    /// From first to last moment, in seconds.
    pub fn span_s(&self) -> u32 {
        self.last.saturating_sub(self.first)
    }
}
