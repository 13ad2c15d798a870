//! Everything between one client and one server on one port: a bounded, mergeable state.

use super::record::{Record, Sign, Totals};
use super::session::{Outcome, Session, for_each_session, stitch};
use std::sync::OnceLock;

/// The records of one conversation: the first lies in place, since most conversations have one only.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    first: Record,
    more: Vec<Record>,
    /// All records that came, twice-read ones included.
    pub(super) raw: Totals,
    pub(super) raw_records: u64,
    pub(super) last: u32,
    /// What all of them showed.
    pub(super) signs: Sign,
    /// Not every record is kept.
    pub(super) is_cut: bool,
    /// `more` is looked through when it is this long.
    compact_at: u32,
}

impl Kept {
    pub(super) fn new(record: Record) -> Kept {
        let (raw, last, signs) = (record.totals(), record.end(), record.signs);
        Kept { first: record, more: Vec::new(), raw, raw_records: 1, last, signs, is_cut: false, compact_at: 32 }
    }

    /// Adds a record; how many more are kept than before.
    pub(super) fn add(&mut self, record: Record, records_max: usize) -> isize {
        self.raw.add(&record.totals());
        self.raw_records += 1;
        self.last = self.last.max(record.end());
        self.signs = self.signs | record.signs;
        self.push(record, records_max)
    }

    fn push(&mut self, record: Record, records_max: usize) -> isize {
        let before = self.len();
        if record != self.first {
            // Most conversations have two records, one each way.
            if self.more.is_empty() {
                self.more.reserve_exact(1);
            }
            self.more.push(record);
        }
        if self.more.len() >= self.compact_at as usize {
            self.compact(records_max);
        }
        self.len() as isize - before as isize
    }

    /// Adds another's; how many more are kept than before.
    pub(super) fn merge(&mut self, other: Kept, records_max: usize) -> isize {
        let before = self.len() as isize;
        self.raw.add(&other.raw);
        self.raw_records += other.raw_records;
        self.last = self.last.max(other.last);
        self.signs = self.signs | other.signs;
        self.is_cut |= other.is_cut;
        let mut theirs = other.more;
        if self.more.is_empty() {
            std::mem::swap(&mut self.more, &mut theirs);
        }
        if other.first != self.first {
            self.more.push(other.first);
        }
        self.more.append(&mut theirs);
        if self.more.len() >= self.compact_at as usize {
            self.compact(records_max);
        }
        self.len() as isize - before
    }

    /// Records kept.
    pub(super) fn len(&self) -> usize {
        self.more.len() + 1
    }

    /// Orders the records, leaves out those that came twice, and keeps the earliest.
    pub(super) fn compact(&mut self, records_max: usize) {
        if self.more.is_empty() {
            return;
        }
        self.more.push(self.first);
        self.more.sort_unstable();
        self.more.dedup();
        self.is_cut |= self.more.len() > records_max;
        self.more.truncate(records_max.max(1));
        self.first = self.more.remove(0);
        self.compact_at = (2 * self.more.len()).clamp(32, 2 * records_max.max(32)) as u32;
    }

    /// All records, in order.
    pub(super) fn into_records(mut self, records_max: usize) -> Vec<Record> {
        self.compact(records_max);
        let mut records = Vec::with_capacity(self.len());
        records.push(self.first);
        records.append(&mut self.more);
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
    /// Records that came again, of a conversation that is wholly kept and whose records say where they were made: two
    /// interfaces may tell the same of it.
    pub repeated: u64,
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
    /// How many conversations it stands for where only a share of them is held, itself included: none if it is held because
    /// it is interesting. For sums over many; 1 if all are held.
    pub stands_for: u64,
    pub(super) sessions: OnceLock<Vec<Session>>,
}

impl Conversation {
    pub(super) fn new(key: (u32, u32, u8, u16), kept: Kept, records_max: usize, stands_for: u64) -> Conversation {
        let (raw, raw_records, last, mut is_cut) = (kept.raw, kept.raw_records, kept.last, kept.is_cut);
        let records = kept.into_records(records_max);
        is_cut |= records.len() >= records_max && raw_records > records.len() as u64;
        let places = Sign::AT_CLIENT | Sign::AT_SERVER | Sign::BOTH;
        let is_anywhere = records.iter().any(|record| !record.signs.has_any(places));
        let mut talk = Conversation {
            client: key.0,
            server: key.1,
            proto: key.2,
            port: key.3,
            is_cut,
            repeated: if is_cut || is_anywhere { 0 } else { raw_records.saturating_sub(records.len() as u64) },
            totals: raw,
            last,
            best: Outcome::OneWay,
            first: last,
            sessions_total: 0,
            failures: 0,
            signs: Sign::default(),
            stands_for,
            records,
            sessions: OnceLock::new(),
        };
        let stitched = talk.look_again();
        // Of a conversation that is not wholly kept, all records count as those that are kept do: a packet seen at two
        // vantages once.
        let mut kept = Totals::default();
        talk.records.iter().filter(|_| is_cut).for_each(|record| kept.add(&record.totals()));
        talk.totals = if is_cut { raw.in_proportion(&stitched, &kept) } else { stitched };
        talk
    }

    /// Its records were turned or given away: sums them up anew. What was not kept stays counted.
    pub(super) fn change(&mut self) {
        self.records.sort_unstable();
        let (last, stitched) = (self.last, self.look_again());
        if self.is_cut {
            self.last = last.max(self.last);
        } else {
            self.totals = stitched;
        }
    }

    /// Looks its records (in order) through: what they moved, each packet counted at one vantage.
    fn look_again(&mut self) -> Totals {
        let (mut totals, mut best, mut failures, mut sessions_total) = (Totals::default(), None, 0, 0);
        for_each_session(&self.records, self.proto, |session| {
            totals.add(&session.totals);
            best = best.max(Some(session.outcome));
            failures += u64::from(session.outcome.is_failure());
            sessions_total += 1;
        });
        (self.best, self.failures) = (best.unwrap_or(Outcome::OneWay), failures);
        self.sessions_total = sessions_total;
        self.signs = self.records.iter().fold(Sign::default(), |signs, record| signs | record.signs);
        self.first = self.records.first().map_or(self.last, |record| record.start);
        if !self.is_cut {
            self.last = self.records.iter().map(Record::end).max().unwrap_or(self.last);
        }
        self.sessions = OnceLock::new();
        totals
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
