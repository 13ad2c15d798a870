//! The fold: batches in, two folds merged, an estate out.

use super::conversation::{Conversation, Kept};
use super::estate::{Estate, Host};
use super::observation::{Observation, Rows, WANTED, is_here};
use super::record::Sign;
use crate::limits::{Limits, TurnedAway};
use arrow_array::RecordBatch;
use hashbrown::HashMap;
use hashbrown::hash_map::Entry;
use model::{FlowField, Projection};
use std::net::IpAddr;

/// Client, server, protocol, port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    client: u32,
    server: u32,
    port: u16,
    proto: u8,
}

/// Conversations are kept whose hash is below a share of all; the share halves when they become too many.
const HALVINGS_MAX: u32 = 40;
/// The least that is kept of one conversation, however many there are.
const RECORDS_PER_CONVERSATION_MIN: usize = 16;

/// What is known of the flows so far. Two folds of parts of the input merge into the fold of the whole.
#[derive(Clone, Debug)]
pub struct Fold {
    limits: Limits,
    places: HashMap<IpAddr, u32>,
    hosts: Vec<Host>,
    conversations: HashMap<Key, Kept>,
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
            places: HashMap::new(),
            hosts: Vec::new(),
            conversations: HashMap::new(),
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
            match rows.at(row) {
                Some(observation) => self.observe(&observation),
                None => self.turned_away.rows_unusable += 1,
            }
        }
    }

    fn observe(&mut self, seen: &Observation) {
        if self.halvings > 0 && !self.is_kept(share_hash(seen.client, seen.server, seen.port, seen.proto)) {
            self.turned_away.rows_of_other_conversations += 1;
            return;
        }
        let (client, server) = (self.place(seen.client), self.place(seen.server));
        let signs = seen.record.signs;
        self.hosts[client as usize].is_inside |= signs.has(Sign::AT_CLIENT);
        self.hosts[server as usize].is_inside |= signs.has(Sign::AT_SERVER);
        if signs.has(Sign::WINDOWED) {
            self.window_s = self.window_s.max(seen.record.duration_s.min(900));
        }
        let key = Key { client, server, port: seen.port, proto: seen.proto };
        self.records_kept = match self.conversations.entry(key) {
            Entry::Occupied(mut kept) => {
                self.records_kept.saturating_add_signed(kept.get_mut().add(seen.record, self.records_max))
            }
            Entry::Vacant(place) => {
                place.insert(Kept::new(seen.record));
                self.records_kept + 1
            }
        };
        self.hold_limits();
    }

    fn place(&mut self, address: IpAddr) -> u32 {
        let hosts = &mut self.hosts;
        *self.places.entry(address).or_insert_with(|| {
            hosts.push(Host::new(address, is_here(address)));
            (hosts.len() - 1) as u32
        })
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
        let (hosts, conversations) = (std::mem::take(&mut self.hosts), std::mem::take(&mut self.conversations));
        self.places.clear();
        self.records_kept = 0;
        for (key, kept) in conversations {
            let [client, server] = [key.client, key.server].map(|place| hosts[place as usize].clone());
            if self.is_kept(share_hash(client.address, server.address, key.port, key.proto)) {
                self.take_in(&client, &server, key, kept);
            } else {
                self.turned_away.rows_of_other_conversations += kept.raw_records;
            }
        }
    }

    fn take_in(&mut self, client: &Host, server: &Host, key: Key, kept: Kept) {
        let places = [client, server].map(|host| {
            let place = self.place(host.address);
            self.hosts[place as usize].is_inside |= host.is_inside;
            place
        });
        let key = Key { client: places[0], server: places[1], ..key };
        let more = match self.conversations.entry(key) {
            Entry::Occupied(mut own) => own.get_mut().merge(kept, self.records_max),
            Entry::Vacant(place) => place.insert(kept).len() as isize,
        };
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
        self.conversations.values_mut().for_each(|kept| kept.compact(records_max));
        self.records_kept = self.conversations.values().map(Kept::len).sum();
    }

    /// How many records are kept: what the memory depends on.
    pub fn records_kept(&self) -> usize {
        self.records_kept
    }

    /// How many conversations are kept.
    pub fn conversations_kept(&self) -> usize {
        self.conversations.len()
    }

    /// Adds what another fold knows, and leaves that empty.
    pub fn merge(&mut self, other: &mut Fold) {
        let empty = Fold::new(other.limits);
        let other = std::mem::replace(other, empty);
        self.rows += other.rows;
        self.window_s = self.window_s.max(other.window_s);
        self.turned_away.rows_unusable += other.turned_away.rows_unusable;
        self.turned_away.rows_of_other_conversations += other.turned_away.rows_of_other_conversations;
        self.records_max = self.records_max.min(other.records_max);
        if other.halvings > self.halvings {
            self.halvings = other.halvings;
            self.drop_others();
        }
        for (key, kept) in other.conversations {
            let [client, server] = [key.client, key.server].map(|place| &other.hosts[place as usize]);
            if self.is_kept(share_hash(client.address, server.address, key.port, key.proto)) {
                self.take_in(client, server, key, kept);
            } else {
                self.turned_away.rows_of_other_conversations += kept.raw_records;
            }
        }
        self.hold_limits();
    }

    /// What is known at the end.
    pub fn finish(mut self) -> Estate {
        let mut order: Vec<u32> = (0..self.hosts.len() as u32).collect();
        order.sort_unstable_by_key(|place| self.hosts[*place as usize].address);
        let mut rank = vec![0; order.len()];
        for (new, old) in order.iter().enumerate() {
            rank[*old as usize] = new as u32;
        }
        let hosts = order.iter().map(|place| self.hosts[*place as usize].clone()).collect();
        let records_max = self.records_max;
        let conversations = self.conversations.into_iter().map(|(key, kept)| {
            let key = (rank[key.client as usize], rank[key.server as usize], key.proto, key.port);
            Conversation::new(key, kept, records_max)
        });
        self.turned_away.conversation_halvings = self.halvings;
        self.turned_away.records_per_conversation = records_max;
        Estate::new(hosts, conversations.collect(), self.window_s, self.turned_away, self.limits)
    }
}

/// Which share a conversation belongs to: the same whatever else there is.
fn share_hash(client: IpAddr, server: IpAddr, port: u16, proto: u8) -> u64 {
    let words = |address: IpAddr| match address {
        IpAddr::V4(address) => (0, u64::from(address.to_bits())),
        IpAddr::V6(address) => ((address.to_bits() >> 64) as u64, address.to_bits() as u64),
    };
    let ((a, b), (c, d)) = (words(client), words(server));
    [a, b, c, d, u64::from(port) << 8 | u64::from(proto)].iter().fold(0, |hash, word| mix(hash, *word))
}

/// Folds the 128-bit product of two numbers: the step of wyhash.
fn mix(a: u64, b: u64) -> u64 {
    let product = u128::from(a ^ 0x9e37_79b9_7f4a_7c15) * u128::from(b ^ 0xd6e8_feb8_6659_fd93);
    product as u64 ^ (product >> 64) as u64
}
