//! The fold: batches in, two folds merged, an estate out.

use super::conversation::Conversation;
use super::estate::Estate;
use super::held::{Entry, Held};
use super::hours::Hours;
use super::key::Key;
use super::network::Networks;
use super::observation::{Observation, Rows, WANTED};
use super::pending::Pending;
use super::ranks;
use super::record::Sign;
use super::translators::Translators;
use crate::limits::{Limits, TurnedAway};
use arrow_array::RecordBatch;
use model::{FlowField, Projection};

/// Records that wait to be taken in together. A part of the input that is no longer never looks a conversation up: what
/// of it is held is decided where parts are merged, in the order of the input.
const PENDING_MAX: usize = 65_536;

/// What is known of the flows so far. Two folds of parts of the input merge into the fold of the whole.
#[derive(Clone, Debug)]
pub struct Fold {
    limits: Limits,
    pending: Pending,
    held: Held,
    networks: Networks,
    translators: Translators,
    hours: Hours,
    rows_unusable: u64,
    window_s: u32,
    rows: u64,
}

impl Fold {
    /// Nothing yet.
    pub fn new(limits: Limits) -> Fold {
        Fold {
            limits,
            pending: Pending::default(),
            held: Held::new(limits),
            networks: Networks::default(),
            translators: Translators::default(),
            hours: Hours::new(limits.hours_max),
            rows_unusable: 0,
            window_s: 0,
            rows: 0,
        }
    }

    /// The columns that a batch should have. Others are not looked at, missing ones are null.
    pub fn wanted() -> Projection<FlowField> {
        Projection::of(WANTED.iter().copied())
    }

    /// Takes in the rows of a batch.
    pub fn push(&mut self, batch: &RecordBatch) {
        self.networks.push(batch);
        self.translators.push(batch);
        let rows = Rows::of(batch);
        self.rows += batch.num_rows() as u64;
        for row in 0..batch.num_rows() {
            match rows.at(row) {
                Some(observation) => self.observe(observation),
                None => self.rows_unusable += 1,
            }
            if self.pending.len() >= PENDING_MAX {
                self.absorb();
            }
        }
    }

    #[inline]
    fn observe(&mut self, seen: Observation) {
        self.hours.count(&seen);
        let Observation { client, server, proto, port, is_here, record } = seen;
        if record.signs.has(Sign::WINDOWED) {
            self.window_s = self.window_s.max(record.window_s().min(900));
        }
        let key = Key { client, server, port, proto };
        self.pending.push(&key, key.class(is_here), record);
    }

    /// Takes in what waits.
    fn absorb(&mut self) {
        let Fold { pending, held, .. } = self;
        pending.for_each_block(|block| held.add(block));
        pending.clear();
        held.hold_limits();
    }

    /// How many rows it has taken in, whatever it kept of them.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Adds what another fold knows, and leaves that empty; its memory can be used again.
    pub fn merge(&mut self, other: &mut Fold) {
        self.rows += std::mem::take(&mut other.rows);
        self.rows_unusable += std::mem::take(&mut other.rows_unusable);
        self.window_s = self.window_s.max(std::mem::take(&mut other.window_s));
        self.networks.merge(&mut other.networks);
        self.translators.merge(&mut other.translators);
        self.hours.merge(&mut other.hours);
        self.absorb();
        if !other.held.entries.is_empty() {
            self.held.merge(std::mem::replace(&mut other.held, Held::new(other.limits)));
        }
        std::mem::swap(&mut self.pending, &mut other.pending);
        self.absorb();
    }

    /// What is known at the end.
    pub fn finish(mut self) -> Estate {
        self.absorb();
        let mut turned_away = TurnedAway { rows_unusable: self.rows_unusable, ..TurnedAway::default() };
        self.held.tell(&mut turned_away);
        let hours = self.hours.finish(&mut turned_away);
        let Held { mut entries, givings, records_max, .. } = self.held.without_index();
        self.translators.leave_out_copies(&mut entries);
        let (mut hosts, ranks) = ranks::hosts(&entries);
        for host in &mut hosts {
            host.network = self.networks.of(host.address).map(str::to_owned);
        }
        let conversations = entries.into_iter().zip(ranks).map(|(entry, [client, server])| {
            let Entry { key, kept, is_shared, class, .. } = entry;
            let stands_for = if is_shared { 1_u64 << givings.halvings[class as usize] } else { 0 };
            let key = (client, server, key.proto, key.port);
            Conversation::new(key, kept, records_max[usize::from(!is_shared)], stands_for)
        });
        let conversations = conversations.collect();
        let mut estate = Estate::new(hosts, conversations, self.window_s, turned_away, self.limits);
        estate.hours = hours;
        estate
    }
}
