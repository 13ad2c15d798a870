//! The fold: batches in, two folds merged, an estate out.

use super::conversation::{Conversation, Kept};
use super::estate::{Estate, Host};
use super::observation::{Observation, Rows, WANTED, is_here, mix, pair_hash};
use super::record::Sign;
use crate::limits::{Limits, TurnedAway};
use arrow_array::RecordBatch;
use hashbrown::{HashMap, HashTable};
use model::{FlowField, Projection};
use std::net::IpAddr;

/// Client, server, protocol, port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Key {
    client: IpAddr,
    server: IpAddr,
    port: u16,
    proto: u8,
}

/// Kinds of conversations that are counted and given up apart: the internet knocks on every door all day, and must not
/// crowd out what machines of ours do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    /// The client is here.
    Ours,
    /// From outside, where people log in.
    Login,
    /// Others from outside.
    Inbound,
}

impl Class {
    /// Its part of a number of conversations: half for ours.
    fn share_of(self, all: usize) -> usize {
        match self {
            Class::Ours => all.div_ceil(2),
            Class::Login | Class::Inbound => all.div_ceil(4),
        }
    }
}

/// A conversation in the making.
#[derive(Clone, Debug)]
struct Entry {
    hash: u64,
    key: Key,
    kept: Kept,
}

/// Pairs of hosts are kept whose hash is below a share of all; the share halves when conversations become too many.
const HALVINGS_MAX: u32 = 40;
/// The least that is kept of one conversation, however many there are.
const RECORDS_PER_CONVERSATION_MIN: usize = 16;

/// TCP ports where people log in and are guessed at most.
const LOGIN_PORTS: [u16; 8] = [21, 22, 23, 445, 3306, 3389, 5432, 5900];

/// What is known of the flows so far. Two folds of parts of the input merge into the fold of the whole.
#[derive(Clone, Debug)]
pub struct Fold {
    limits: Limits,
    /// Places in `entries`, by hash: a look-up touches one place of each.
    places: HashTable<u32>,
    entries: Vec<Entry>,
    records_kept: usize,
    records_max: usize,
    /// Of each [`Class`]: how many conversations there are, and how often its share was halved.
    counts: [usize; 3],
    halvings: [u32; 3],
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
            places: HashTable::new(),
            entries: Vec::new(),
            records_kept: 0,
            counts: [0; 3],
            halvings: [0; 3],
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
            // Most rows of a day with too many conversations go here, before anybody asks who called whom.
            let least = self.halvings.iter().copied().min().unwrap_or(0);
            if least > 0 && rows.pair_hash(row).is_some_and(|hash| hash.leading_zeros() < least) {
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
        let key = Key { client: seen.client, server: seen.server, port: seen.port, proto: seen.proto };
        let hash = key.hash();
        if !self.is_kept(&key) {
            self.turned_away.rows_of_other_conversations += 1;
            return;
        }
        if seen.record.signs.has(Sign::WINDOWED) {
            self.window_s = self.window_s.max(seen.record.duration_s.min(900));
        }
        let more = match self.place(&key, hash) {
            Some(place) => self.entries[place].kept.add(seen.record, self.records_max),
            None => self.insert(Entry { hash, key, kept: Kept::new(seen.record) }),
        };
        self.records_kept = self.records_kept.saturating_add_signed(more);
        self.hold_limits();
    }

    /// Where a conversation is.
    #[inline]
    fn place(&self, key: &Key, hash: u64) -> Option<usize> {
        let is_it = |place: &u32| {
            let entry = &self.entries[*place as usize];
            entry.hash == hash && entry.key == *key
        };
        self.places.find(spread(hash), is_it).map(|place| *place as usize)
    }

    /// Adds a conversation that is not there; how many records it has.
    fn insert(&mut self, entry: Entry) -> isize {
        let Fold { places, entries, .. } = self;
        let (place, hash, records) = (entries.len() as u32, entry.hash, entry.kept.len());
        self.counts[entry.key.class() as usize] += 1;
        entries.push(entry);
        places.insert_unique(spread(hash), place, |place| spread(entries[*place as usize].hash));
        records as isize
    }

    /// Adds another's conversation, if it is of the share that is kept.
    fn take_in(&mut self, entry: Entry) {
        if !self.is_kept(&entry.key) {
            self.turned_away.rows_of_other_conversations += entry.kept.raw_records;
            return;
        }
        let more = match self.place(&entry.key, entry.hash) {
            Some(place) => self.entries[place].kept.merge(entry.kept, self.records_max),
            None => self.insert(entry),
        };
        self.records_kept = self.records_kept.saturating_add_signed(more);
    }

    fn hold_limits(&mut self) {
        for class in [Class::Ours, Class::Login, Class::Inbound] {
            let max = class.share_of(self.limits.conversations_max);
            while self.counts[class as usize] > max && self.halvings[class as usize] < HALVINGS_MAX {
                self.halve_conversations(class);
            }
        }
        if self.records_kept > self.limits.records_max {
            self.shorten_conversations();
        }
    }

    #[inline]
    fn is_kept(&self, key: &Key) -> bool {
        let halvings = self.halvings[key.class() as usize];
        halvings == 0 || key.share().leading_zeros() >= halvings
    }

    fn halve_conversations(&mut self, class: Class) {
        self.halvings[class as usize] += 1;
        self.drop_others();
    }

    /// Drops the conversations that are not of the share that is kept.
    fn drop_others(&mut self) {
        self.places.clear();
        self.records_kept = 0;
        self.counts = [0; 3];
        for entry in std::mem::take(&mut self.entries) {
            self.take_in(entry);
        }
    }

    /// Looks all records through; if they are still too many, fewer of one conversation are kept.
    fn shorten_conversations(&mut self) {
        self.compact();
        while self.records_kept > self.limits.records_max && self.records_max > RECORDS_PER_CONVERSATION_MIN {
            self.records_max = (self.records_max / 2).max(RECORDS_PER_CONVERSATION_MIN);
            self.compact();
        }
        // So many conversations that even few records of each are too many: the largest shares give way first.
        while self.records_kept > self.limits.records_max {
            let next = self.halvings.iter().min().map_or(HALVINGS_MAX, |least| least + 1);
            if next > HALVINGS_MAX {
                break;
            }
            self.halvings.iter_mut().for_each(|halvings| *halvings = (*halvings).max(next));
            self.drop_others();
        }
    }

    fn compact(&mut self) {
        let records_max = self.records_max;
        self.entries.iter_mut().for_each(|entry| entry.kept.compact(records_max));
        self.records_kept = self.entries.iter().map(|entry| entry.kept.len()).sum();
    }

    /// How many rows it has taken in, whatever it kept of them.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Adds what another fold knows, and leaves that empty. What this one has given up, that one will not take in again.
    pub fn merge(&mut self, other: &mut Fold) {
        let empty = Fold::new(other.limits);
        self.merge_all(std::mem::replace(other, empty));
        (other.halvings, other.records_max) = (self.halvings, self.records_max);
    }

    fn merge_all(&mut self, other: Fold) {
        self.rows += other.rows;
        self.window_s = self.window_s.max(other.window_s);
        self.turned_away.rows_unusable += other.turned_away.rows_unusable;
        self.turned_away.rows_of_other_conversations += other.turned_away.rows_of_other_conversations;
        self.records_max = self.records_max.min(other.records_max);
        let halvings: [u32; 3] = std::array::from_fn(|class| self.halvings[class].max(other.halvings[class]));
        if std::mem::replace(&mut self.halvings, halvings) != halvings {
            self.drop_others();
        }
        for entry in other.entries {
            self.take_in(entry);
        }
        self.hold_limits();
    }

    /// What is known at the end.
    pub fn finish(mut self) -> Estate {
        self.places = HashTable::new();
        let entries = std::mem::take(&mut self.entries);
        let hosts = hosts(&entries);
        let ranks: HashMap<IpAddr, u32> = hosts.iter().map(|host| host.address).zip(0..).collect();
        let records_max = self.records_max;
        let conversations = entries.into_iter().map(|Entry { key, kept, .. }| {
            let key = (ranks[&key.client], ranks[&key.server], key.proto, key.port);
            Conversation::new(key, kept, records_max)
        });
        let conversations = conversations.collect();
        self.turned_away.conversation_halvings = self.halvings;
        self.turned_away.records_per_conversation = records_max;
        Estate::new(hosts, conversations, self.window_s, self.turned_away, self.limits)
    }
}

/// Every address, in order; inside is what is private, or was observed at its own interface.
fn hosts(entries: &[Entry]) -> Vec<Host> {
    let ends = |entry: &Entry| {
        let signs = entry.kept.signs;
        [(entry.key.client, signs.has(Sign::AT_CLIENT)), (entry.key.server, signs.has(Sign::AT_SERVER))]
    };
    let mut seen: HashMap<IpAddr, bool> = HashMap::new();
    for (address, is_observed) in entries.iter().flat_map(ends) {
        *seen.entry(address).or_default() |= is_observed;
    }
    let mut hosts: Vec<Host> =
        seen.into_iter().map(|(address, is_observed)| Host::new(address, is_observed || is_here(address))).collect();
    hosts.sort_unstable_by_key(|host| host.address);
    hosts
}

impl Key {
    /// Its class, by its addresses and port alone: the same whatever else there is.
    fn class(&self) -> Class {
        if self.is_undirected() {
            return if is_here(self.client) && is_here(self.server) { Class::Ours } else { Class::Inbound };
        }
        match (is_here(self.client), self.proto == 6 && LOGIN_PORTS.contains(&self.port)) {
            (true, _) => Class::Ours,
            (false, true) => Class::Login,
            (false, false) => Class::Inbound,
        }
    }

    /// Can only both ways together tell who asked? Then both are kept, or none.
    fn is_undirected(&self) -> bool {
        self.port == 0 && self.proto != 6 && self.proto != 17
    }

    /// Which share it belongs to: the same for all between its two hosts, whatever else there is.
    fn share(&self) -> u64 {
        pair_hash(self.client, self.server)
    }

    /// The same whatever else there is.
    fn hash(&self) -> u64 {
        let is_backward = !self.is_undirected() && self.client > self.server;
        let service = u64::from(is_backward) << 24 | u64::from(self.port) << 8 | u64::from(self.proto);
        mix(self.share(), service)
    }
}

/// A hash for the table: the highest bits, alike in all of a share, lie elsewhere.
fn spread(hash: u64) -> u64 {
    hash.rotate_left(20)
}
