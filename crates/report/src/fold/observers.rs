//! Who made the records: interfaces with their account and network, and what each of them saw.

use super::address::mix;
use super::bitmap::Bitmap;
use super::rows::{Ip, Place, Row, Texts, Verdict};
use crate::knowledge;
use arrow_array::RecordBatch;
use hashbrown::{Equivalent, HashMap};
use model::FlowField;
use std::hash::{Hash, Hasher};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Own addresses kept of an interface.
const OWN_ADDRESSES_MAX: usize = 4;
/// The columns that name an observer.
const NAMES: usize = 8;
/// Slots of the cache of names at first; a batch rarely has more interfaces than half of it.
const CACHE_SLOTS_MIN: usize = 1024;

/// What an observer is called, in the order of the columns read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Names {
    pub(crate) provider: Box<str>,
    pub(crate) source_kind: Box<str>,
    pub(crate) account_id: Box<str>,
    pub(crate) vpc_id: Box<str>,
    pub(crate) if_id: Box<str>,
    pub(crate) instance_id: Box<str>,
    pub(crate) if_type: Box<str>,
    pub(crate) bytes_semantics: Box<str>,
}

/// The names of an observer, borrowed: looked up without a copy.
struct Borrowed<'a>([&'a str; NAMES]);

impl<'a> Borrowed<'a> {
    fn of(names: &'a Names) -> Borrowed<'a> {
        let Names { provider, source_kind, account_id, vpc_id, if_id, instance_id, if_type, bytes_semantics } = names;
        Borrowed([provider, source_kind, account_id, vpc_id, if_id, instance_id, if_type, bytes_semantics])
    }

    fn to_names(&self) -> Names {
        let [provider, source_kind, account_id, vpc_id, if_id, instance_id, if_type, bytes_semantics] =
            self.0.map(Box::from);
        Names { provider, source_kind, account_id, vpc_id, if_id, instance_id, if_type, bytes_semantics }
    }
}

impl Hash for Borrowed<'_> {
    /// As the derived hash of [`Names`]: field after field.
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.iter().for_each(|text| text.hash(state));
    }
}

impl Equivalent<Names> for Borrowed<'_> {
    fn equivalent(&self, names: &Names) -> bool {
        self.0 == Borrowed::of(names).0
    }
}

/// An address that could be the observer's own, with what went to and from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Candidate {
    address: Ip,
    bytes_in: u64,
    bytes_out: u64,
}

/// What one observer saw.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Observer {
    pub(crate) names: Names,
    pub(crate) records: u64,
    pub(crate) denied: u64,
    pub(crate) bytes_in: u64,
    pub(crate) bytes_out: u64,
    /// Buckets of the timeline in which it recorded something.
    pub(crate) activity: Bitmap,
    /// The buckets set last; a shortcut that says nothing of its own.
    active_last: (u32, u32),
    /// Its own addresses, from records that say their direction, in the order they came.
    own: Vec<IpAddr>,
    /// Without directions: the addresses that stand in every record so far, per family (IPv4, IPv6).
    candidates: [Option<Vec<Candidate>>; 2],
}

/// An address of a row.
#[inline]
pub(crate) fn ip_addr(ip: Ip) -> Option<IpAddr> {
    match ip {
        Ip::V4(bits) => Some(IpAddr::V4(Ipv4Addr::from_bits(bits))),
        Ip::V6(bits) => Some(IpAddr::V6(Ipv6Addr::from_bits(bits))),
        Ip::Absent => None,
    }
}

impl Observer {
    /// Adds a record; `own` is the observer's address if the record tells.
    #[inline]
    pub(crate) fn observe(&mut self, row: &Row, own: Ip, src: Ip, dst: Ip) {
        self.records += 1;
        self.denied += u64::from(matches!(row.verdict, Verdict::Denied | Verdict::Dropped));
        match row.place {
            Place::Source | Place::MiddleOut => {
                self.bytes_out += row.bytes;
                self.bytes_in += row.rev_bytes;
            }
            Place::Target | Place::MiddleIn => {
                self.bytes_in += row.bytes;
                self.bytes_out += row.rev_bytes;
            }
            Place::Unknown => self.narrow(row, src, dst),
        }
        self.learn(own);
    }

    /// An own address.
    #[inline]
    fn learn(&mut self, ip: Ip) {
        if self.own.len() < OWN_ADDRESSES_MAX
            && let Some(address) = ip_addr(ip)
            && !self.own.contains(&address)
        {
            self.own.push(address);
        }
    }

    /// Keeps the candidates that stand in this record too.
    fn narrow(&mut self, row: &Row, src: Ip, dst: Ip) {
        let family = match (src, dst) {
            (Ip::V4(_), Ip::V4(_)) => 0,
            (Ip::V6(_), Ip::V6(_)) => 1,
            _ => return,
        };
        let fresh = [
            Candidate { address: src, bytes_out: row.bytes, bytes_in: row.rev_bytes },
            Candidate { address: dst, bytes_out: row.rev_bytes, bytes_in: row.bytes },
        ];
        intersect(&mut self.candidates[family], &fresh);
    }

    /// It recorded something in these buckets.
    #[inline]
    pub(crate) fn was_active(&mut self, first: u32, last: u32) {
        if (first, last) != self.active_last {
            self.active_last = (first, last);
            (first..=last.min(first + 64)).for_each(|bucket| self.activity.set(bucket));
        }
    }

    /// Joins what the same observer saw later.
    fn merge(&mut self, later: &Observer) {
        self.records += later.records;
        self.denied += later.denied;
        self.bytes_in += later.bytes_in;
        self.bytes_out += later.bytes_out;
        self.activity.merge(&later.activity);
        for address in &later.own {
            if self.own.len() < OWN_ADDRESSES_MAX && !self.own.contains(address) {
                self.own.push(*address);
            }
        }
        for (mine, theirs) in self.candidates.iter_mut().zip(&later.candidates) {
            if let Some(theirs) = theirs {
                intersect(mine, theirs);
            }
        }
    }

    /// The candidates that are its own: one that is alone, or the internal one of two.
    fn settled(&self) -> impl Iterator<Item = &Candidate> {
        self.candidates.iter().flatten().filter_map(|left| match left.as_slice() {
            [only] => Some(only),
            [a, b] => match (is_internal(a.address), is_internal(b.address)) {
                (true, false) => Some(a),
                (false, true) => Some(b),
                _ => None,
            },
            _ => None,
        })
    }

    /// Its own addresses, as far as the records tell.
    pub(crate) fn addresses(&self) -> Vec<IpAddr> {
        let mut addresses = self.own.clone();
        let settled = self.settled().filter_map(|candidate| ip_addr(candidate.address));
        addresses.extend(settled.filter(|address| !self.own.contains(address)));
        addresses
    }

    /// Bytes into and out of it.
    pub(crate) fn bytes_in_out(&self) -> (u64, u64) {
        let add = |sum: (u64, u64), candidate: &Candidate| (sum.0 + candidate.bytes_in, sum.1 + candidate.bytes_out);
        self.settled().fold((self.bytes_in, self.bytes_out), add)
    }

    /// Does it translate or pass on what others send, so that it is no end of a conversation?
    pub(crate) fn is_middle(&self) -> bool {
        is_middle(&self.names.if_type)
    }
}

fn is_internal(ip: Ip) -> bool {
    ip_addr(ip).is_some_and(knowledge::is_internal)
}

fn is_middle(if_type: &str) -> bool {
    matches!(if_type, "nat_gateway" | "regional_nat_gateway" | "transit_gateway" | "gateway_load_balancer_endpoint")
}

/// Keeps what is in both, with the sums of both.
fn intersect(mine: &mut Option<Vec<Candidate>>, theirs: &[Candidate]) {
    let Some(mine) = mine else {
        *mine = Some(theirs.to_vec());
        return;
    };
    mine.retain_mut(|candidate| {
        let other = theirs.iter().find(|other| other.address == candidate.address);
        if let Some(other) = other {
            candidate.bytes_in += other.bytes_in;
            candidate.bytes_out += other.bytes_out;
        }
        other.is_some()
    });
}

/// All observers, by number.
#[derive(Clone, Debug)]
pub(crate) struct Observers {
    by_names: HashMap<Names, u32>,
    pub(crate) all: Vec<Observer>,
    max: usize,
    /// Observers that the limit turned away (each time one of them began a batch).
    pub(crate) turned_away: u64,
}

impl Observers {
    /// None yet.
    pub(crate) fn new(max: usize) -> Observers {
        Observers { by_names: HashMap::new(), all: Vec::new(), max: max.max(1), turned_away: 0 }
    }

    /// The number of an observer; beyond the limit all share one that has no interface.
    fn number(&mut self, names: Borrowed<'_>) -> u32 {
        if let Some(&number) = self.by_names.get(&names) {
            return number;
        }
        let names = names.to_names();
        let names = if self.all.len() < self.max {
            names
        } else {
            self.turned_away += 1;
            let Names { provider, source_kind, bytes_semantics, .. } = names;
            Names { provider, source_kind, bytes_semantics, ..Names::default() }
        };
        *self.by_names.entry(names).or_insert_with_key(|names| {
            self.all.push(Observer { names: names.clone(), ..Observer::default() });
            self.all.len() as u32 - 1
        })
    }

    /// Joins those of a later part; their numbers here, in their order.
    pub(crate) fn merge(&mut self, later: &Observers) -> Vec<u32> {
        self.turned_away += later.turned_away;
        let mut numbers = Vec::with_capacity(later.all.len());
        for observer in &later.all {
            let number = self.number(Borrowed::of(&observer.names));
            self.all[number as usize].merge(observer);
            numbers.push(number);
        }
        numbers
    }

    /// The timeline's buckets became longer.
    pub(crate) fn coarsen(&mut self, halvings: u32) {
        for observer in &mut self.all {
            observer.activity.coarsen(halvings);
            observer.active_last = (u32::MAX, u32::MAX);
        }
    }
}

/// One observer of a batch: the views of its names in the columns that vary, its number, and whether it is in the middle.
type Cached = ([u128; NAMES], u32, bool);

/// The columns of a batch that name the observers, with a cache from their views to numbers.
pub(crate) struct ObserverColumns<'a> {
    columns: [Texts<'a>; NAMES],
    /// The columns that are not the same in every row.
    varying: Vec<usize>,
    /// Open addressing into `cached`: number + 1, 0 is empty.
    slots: Vec<u32>,
    cached: Vec<Cached>,
}

impl<'a> ObserverColumns<'a> {
    /// The columns of a batch.
    pub(crate) fn of(batch: &'a RecordBatch) -> ObserverColumns<'a> {
        use FlowField as F;
        let fields =
            [F::Provider, F::SourceKind, F::AccountId, F::VpcId, F::IfId, F::InstanceId, F::IfType, F::BytesSemantics];
        let columns = fields.map(|field| Texts::of(batch, field));
        let varying = (0..NAMES).filter(|&column| !columns[column].is_constant()).collect();
        ObserverColumns { columns, varying, slots: vec![0; CACHE_SLOTS_MIN], cached: Vec::new() }
    }

    /// The number of a row's observer, and whether it is in the middle.
    #[inline]
    pub(crate) fn at(&mut self, row: usize, observers: &mut Observers) -> (u32, bool) {
        let mut views = [0; NAMES];
        let mut hash = 0;
        for (place, &column) in self.varying.iter().enumerate() {
            let view = self.columns[column].view(row);
            views[place] = view;
            hash = mix(hash, self.columns[column].gist(view));
        }
        let mut place = hash as usize & (self.slots.len() - 1);
        loop {
            match self.cached.get((self.slots[place] as usize).wrapping_sub(1)) {
                None => return self.look_up(row, views, hash, observers),
                Some((known, number, is_middle)) if self.is_same(known, &views) => return (*number, *is_middle),
                Some(_) => place = (place + 1) & (self.slots.len() - 1),
            }
        }
    }

    #[inline]
    fn is_same(&self, known: &[u128; NAMES], views: &[u128; NAMES]) -> bool {
        let mut pairs = self.varying.iter().zip(known.iter().zip(views));
        pairs.all(|(&column, (&known, &view))| self.columns[column].is_same(known, view))
    }

    #[cold]
    fn look_up(&mut self, row: usize, views: [u128; NAMES], hash: u64, observers: &mut Observers) -> (u32, bool) {
        let number = observers.number(Borrowed(std::array::from_fn(|column| self.columns[column].text(row))));
        let is_middle = is_middle(&observers.all[number as usize].names.if_type);
        self.cached.push((views, number, is_middle));
        if self.cached.len() * 2 > self.slots.len() {
            // Rebuilt from nothing: the next rows fill it again.
            self.slots = vec![0; self.slots.len() * 4];
            self.cached.clear();
            self.cached.push((views, number, is_middle));
        }
        let mut place = hash as usize & (self.slots.len() - 1);
        while self.slots[place] != 0 {
            place = (place + 1) & (self.slots.len() - 1);
        }
        self.slots[place] = self.cached.len() as u32;
        (number, is_middle)
    }
}
