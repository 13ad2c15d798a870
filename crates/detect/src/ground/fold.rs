//! The fold: batches in, two folds merged, an estate out.

use super::conversation::{Conversation, Kept};
use super::estate::{Estate, Host};
use super::observation::{Observation, Rows, WANTED, pair_hash};
use super::record::Sign;
use super::tables::{Conversations, Hosts, Key};
use crate::limits::{Limits, TurnedAway};
use arrow_array::RecordBatch;
use model::{FlowField, Projection};

/// Pairs of hosts are kept whose hash is below a share of all; the share halves when conversations become too many.
const HALVINGS_MAX: u32 = 40;
/// The least that is kept of one conversation, however many there are.
const RECORDS_PER_CONVERSATION_MIN: usize = 16;

/// What is known of the flows so far. Two folds of parts of the input merge into the fold of the whole.
#[derive(Clone, Debug)]
pub struct Fold {
    limits: Limits,
    hosts: Hosts,
    conversations: Conversations,
    records_kept: usize,
    records_max: usize,
    halvings: u32,
    turned_away: TurnedAway,
    window_s: u32,
    rows: u64,
}

impl Fold {
    /// Nothing yet.
    pub fn new(limits: Limits) -> Fold {
        Fold {
            records_max: limits.records_per_conversation_max.max(RECORDS_PER_CONVERSATION_MIN),
            limits,
            hosts: Hosts::default(),
            conversations: Conversations::default(),
            records_kept: 0,
            halvings: 0,
            turned_away: TurnedAway::default(),
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
        let rows = Rows::of(batch);
        for row in 0..batch.num_rows() {
            self.rows += 1;
            if self.halvings > 0 && rows.pair_hash(row).is_some_and(|hash| !self.is_kept(hash)) {
                self.turned_away.rows_of_other_conversations += 1;
                continue;
            }
            match rows.at(row) {
                Some(observation) => self.observe(&observation),
                None => self.turned_away.rows_unusable += 1,
            }
        }
    }

    fn observe(&mut self, seen: &Observation) {
        let (client, server) = (self.hosts.place(seen.client), self.hosts.place(seen.server));
        let signs = seen.record.signs;
        self.hosts.all[client as usize].is_inside |= signs.has(Sign::AT_CLIENT);
        self.hosts.all[server as usize].is_inside |= signs.has(Sign::AT_SERVER);
        if signs.has(Sign::WINDOWED) {
            self.window_s = self.window_s.max(seen.record.duration_s.min(900));
        }
        let key = Key { client, server, port: seen.port, proto: seen.proto };
        let records_max = self.records_max;
        let more = self.conversations.update(key, seen.record, |kept, record| kept.add(record, records_max), Kept::new);
        self.records_kept = self.records_kept.saturating_add_signed(more);
        self.hold_limits();
    }

    fn hold_limits(&mut self) {
        while self.conversations.len() > self.limits.conversations_max && self.halvings < HALVINGS_MAX {
            self.halve_conversations();
        }
        if self.records_kept > self.limits.records_max {
            self.shorten_conversations();
        }
    }

    fn is_kept(&self, hash: u64) -> bool {
        hash.leading_zeros() >= self.halvings
    }

    fn halve_conversations(&mut self) {
        self.halvings += 1;
        self.drop_others();
    }

    /// Drops the conversations that are not of the share that is kept, and the addresses that are left without one.
    fn drop_others(&mut self) {
        let (halvings, mut dropped, mut records_kept) = (self.halvings, 0, 0);
        self.conversations.keep(&mut self.hosts, |hosts, key, kept| {
            let [client, server] = [key.client, key.server].map(|place| hosts.all[place as usize].address);
            let is_kept = pair_hash(client, server).leading_zeros() >= halvings;
            let count = if is_kept { &mut records_kept } else { &mut dropped };
            *count += if is_kept { kept.len() as u64 } else { kept.raw_records() };
            is_kept
        });
        self.records_kept = records_kept as usize;
        self.turned_away.rows_of_other_conversations += dropped;
    }

    fn take_in(&mut self, client: &Host, server: &Host, key: Key, kept: Kept) {
        let places = [client, server].map(|host| {
            let place = self.hosts.place(host.address);
            self.hosts.all[place as usize].is_inside |= host.is_inside;
            place
        });
        let key = Key { client: places[0], server: places[1], ..key };
        let records_max = self.records_max;
        let more = self.conversations.update(key, kept, |own, kept| own.merge(kept, records_max), |kept| kept);
        self.records_kept = self.records_kept.saturating_add_signed(more);
    }

    /// Looks all records through; if they are still too many, fewer of one conversation are kept.
    fn shorten_conversations(&mut self) {
        self.compact();
        while self.records_kept > self.limits.records_max && self.records_max > RECORDS_PER_CONVERSATION_MIN {
            self.records_max = (self.records_max / 2).max(RECORDS_PER_CONVERSATION_MIN);
            self.compact();
        }
    }

    fn compact(&mut self) {
        let records_max = self.records_max;
        self.conversations.all.iter_mut().for_each(|(_, kept)| kept.compact(records_max));
        self.records_kept = self.conversations.all.iter().map(|(_, kept)| kept.len()).sum();
    }

    /// Adds what another fold knows.
    pub fn merge(&mut self, other: Fold) {
        self.rows += other.rows;
        self.window_s = self.window_s.max(other.window_s);
        self.turned_away.rows_unusable += other.turned_away.rows_unusable;
        self.turned_away.rows_of_other_conversations += other.turned_away.rows_of_other_conversations;
        self.records_max = self.records_max.min(other.records_max);
        if other.halvings > self.halvings {
            self.halvings = other.halvings;
            self.drop_others();
        }
        for (key, kept) in other.conversations.all {
            let [client, server] = [key.client, key.server].map(|place| &other.hosts.all[place as usize]);
            if self.is_kept(pair_hash(client.address, server.address)) {
                self.take_in(client, server, key, kept);
            } else {
                self.turned_away.rows_of_other_conversations += kept.raw_records();
            }
        }
        self.hold_limits();
    }

    /// What is known at the end.
    pub fn finish(mut self) -> Estate {
        let hosts = &self.hosts.all;
        let mut order: Vec<u32> = (0..hosts.len() as u32).collect();
        order.sort_unstable_by_key(|place| hosts[*place as usize].address);
        let mut rank = vec![0; order.len()];
        for (new, old) in order.iter().enumerate() {
            rank[*old as usize] = new as u32;
        }
        let hosts = order.iter().map(|place| hosts[*place as usize].clone()).collect();
        let records_max = self.records_max;
        let conversations = self.conversations.all.into_iter().map(|(key, kept)| {
            let key = (rank[key.client as usize], rank[key.server as usize], key.proto, key.port);
            Conversation::new(key, kept, records_max)
        });
        self.turned_away.conversation_halvings = self.halvings;
        self.turned_away.records_per_conversation = records_max;
        Estate::new(hosts, conversations.collect(), self.window_s, self.turned_away, self.limits)
    }
}
