//! Who made the records: interfaces with their account and network, and what each of them saw.

use super::address::mix;
use super::bitmap::Bitmap;
use super::location::Location;
use super::rows::{Place, Row};
use super::ways::Ways;
use crate::knowledge;
use arrow_array::RecordBatch;
use hashbrown::HashTable;
use model::FlowField;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use table::read::{Ip, Texts};

/// Own addresses kept of an interface.
const OWN_ADDRESSES_MAX: usize = 4;
/// The columns that name an observer.
const NAMES: usize = 8;
/// The place of the interface among them.
const IF_ID: usize = 4;
/// Observers found without a look at all of their names: more than a batch usually has.
const RECENT_SLOTS: usize = 1024;
/// Slots in which one of them may stand.
const RECENT_PROBES: usize = 4;

/// What an observer is called, in the order of the columns read.
#[derive(Clone, Debug, Default)]
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

impl Names {
    fn of(
        [provider, source_kind, account_id, vpc_id, if_id, instance_id, if_type, bytes_semantics]: [&str; NAMES],
    ) -> Names {
        let [provider, source_kind, account_id, vpc_id] = [provider, source_kind, account_id, vpc_id].map(Box::from);
        let [if_id, instance_id, if_type, bytes_semantics] =
            [if_id, instance_id, if_type, bytes_semantics].map(Box::from);
        Names { provider, source_kind, account_id, vpc_id, if_id, instance_id, if_type, bytes_semantics }
    }

    fn texts(&self) -> [&str; NAMES] {
        let Names { provider, source_kind, account_id, vpc_id, if_id, instance_id, if_type, bytes_semantics } = self;
        [provider, source_kind, account_id, vpc_id, if_id, instance_id, if_type, bytes_semantics]
    }
}

/// A hash of names. Ids of one kind begin alike; they differ at their ends.
fn hash_of(texts: [&str; NAMES]) -> u64 {
    texts.iter().fold(0, |hash, text| {
        let end = &text.as_bytes()[text.len().saturating_sub(16)..];
        let (low, high) = end.split_at(end.len().min(8));
        let word = |bytes: &[u8]| bytes.iter().fold(0, |word, &byte| word << 8 | u64::from(byte));
        mix(hash ^ word(low), word(high) ^ text.len() as u64)
    })
}

/// An address that could be the observer's own, with what went to and from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Candidate {
    address: Ip,
    bytes_in: u64,
    bytes_out: u64,
}

/// What one observer saw.
#[derive(Clone, Debug, Default)]
pub(crate) struct Observer {
    pub(crate) names: Names,
    /// Of the names.
    hash: u64,
    /// It translates or passes on what others send, so that it is no end of a conversation.
    pub(crate) is_middle: bool,
    /// What it is says of the way of all that it sees.
    pub(crate) ways: Ways,
    /// Where it is.
    pub(crate) location: Location,
    /// The buckets set last; a shortcut that says nothing of its own.
    active_last: (u32, u32),
    /// The address learned last; a shortcut too.
    own_last: Option<u32>,
    pub(crate) records: u64,
    pub(crate) denied: u64,
    /// Bytes into it and out of it.
    moved: [u64; 2],
    /// Buckets of the timeline in which it recorded something.
    pub(crate) activity: Bitmap,
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
        self.denied += u64::from(row.verdict.is_denied());
        if row.place == Place::Unknown {
            self.narrow(row, src, dst);
        } else {
            let way = usize::from(row.place.is_outward());
            self.moved[way] += row.bytes;
            self.moved[1 - way] += row.rev_bytes;
        }
        self.learn(own);
    }

    /// An own address.
    #[inline]
    fn learn(&mut self, ip: Ip) {
        match ip {
            Ip::Absent => {}
            Ip::V4(bits) if self.own_last == Some(bits) => {}
            Ip::V4(bits) => {
                self.own_last = Some(bits);
                self.learn_new(ip);
            }
            Ip::V6(_) => self.learn_new(ip),
        }
    }

    fn learn_new(&mut self, ip: Ip) {
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
        self.moved.iter_mut().zip(later.moved).for_each(|(mine, theirs)| *mine += theirs);
        self.activity.merge(&later.activity);
        self.location.merge(&later.location);
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
        self.settled().fold(self.moved.into(), add)
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
    /// Numbers by the hash of the names.
    numbers: HashTable<u32>,
    pub(crate) all: Vec<Observer>,
    max: usize,
    recent: Recent,
}

/// The observers met last, by a name of theirs that is short and not the same in every row.
#[derive(Clone, Debug, Default)]
struct Recent {
    /// The names that every observer here has, and those that vary.
    constants: [Option<Box<str>>; NAMES],
    /// The name as words, and the observer's number plus one.
    slots: Vec<([u64; 4], u32)>,
}

impl Recent {
    /// Forgets those that have other names in the columns that are the same in every row of a batch.
    fn keep_only(&mut self, constants: [Option<&str>; NAMES]) {
        let is_same = self.constants.iter().zip(constants).all(|(mine, theirs)| mine.as_deref() == theirs);
        if !is_same || self.slots.is_empty() {
            self.constants = constants.map(|text| text.map(Box::from));
            self.slots.clear();
            self.slots.resize(RECENT_SLOTS, ([0; 4], 0));
        }
    }

    /// The places in which a name may stand.
    #[inline]
    fn places(words: &[u64; 4]) -> impl Iterator<Item = usize> + use<> {
        let hash = mix(words[0] ^ words[1], words[2] ^ words[3]) as usize;
        (0..RECENT_PROBES).map(move |step| (hash + step) % RECENT_SLOTS)
    }

    #[inline]
    fn find(&self, words: &[u64; 4]) -> Option<u32> {
        let mut slots = Self::places(words).map(|place| &self.slots[place]);
        slots.find(|slot| slot.0 == *words && slot.1 > 0).map(|slot| slot.1 - 1)
    }

    /// Remembers an observer, if need be instead of another.
    fn note(&mut self, words: &[u64; 4], number: u32) {
        let mut places = Self::places(words);
        let first = places.next().unwrap_or(0);
        let is_its = |place: &usize| self.slots[*place].1 == 0 || self.slots[*place].0 == *words;
        let place = if is_its(&first) { first } else { places.find(is_its).unwrap_or(first) };
        self.slots[place] = (*words, number + 1);
    }
}

impl Observers {
    /// None yet.
    pub(crate) fn new(max: usize) -> Observers {
        Observers { numbers: HashTable::new(), all: Vec::new(), max: max.max(1), recent: Recent::default() }
    }

    /// The number of an observer; beyond the limit all share one that has no interface.
    fn number(&mut self, texts: [&str; NAMES]) -> u32 {
        if let Some(number) = self.known(texts) {
            return number;
        }
        if self.all.len() < self.max {
            return self.insert(texts);
        }
        let [provider, source_kind, .., bytes_semantics] = texts;
        let nameless = [provider, source_kind, "", "", "", "", "", bytes_semantics];
        self.known(nameless).unwrap_or_else(|| self.insert(nameless))
    }

    fn known(&self, texts: [&str; NAMES]) -> Option<u32> {
        self.numbers.find(hash_of(texts), |&number| self.all[number as usize].names.texts() == texts).copied()
    }

    fn insert(&mut self, texts: [&str; NAMES]) -> u32 {
        let (names, hash, number) = (Names::of(texts), hash_of(texts), self.all.len() as u32);
        let (is_middle, ways) = (is_middle(&names.if_type), Ways::of_observer(&names.if_type, &names.source_kind));
        self.all.push(Observer { names, hash, is_middle, ways, ..Observer::default() });
        self.numbers.insert_unique(hash, number, |&number| self.all[number as usize].hash);
        number
    }

    /// Takes those of a later part; their numbers here, in their order.
    pub(crate) fn merge(&mut self, later: &mut Observers) -> Vec<u32> {
        let mut numbers = Vec::with_capacity(later.all.len());
        later.numbers.clear();
        later.recent.slots.clear();
        for observer in later.all.drain(..) {
            let number = self.number(observer.names.texts());
            self.all[number as usize].merge(&observer);
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

/// The columns of a batch that name the observers.
pub(crate) struct ObserverColumns<'a> {
    columns: [Texts<'a>; NAMES],
    /// The column by which recent observers are found, and the others that are not the same in every row.
    finder: usize,
    varying: Vec<usize>,
}

impl<'a> ObserverColumns<'a> {
    /// The columns of a batch whose observers are to be numbered in `observers`.
    pub(crate) fn of(batch: &'a RecordBatch, observers: &mut Observers) -> ObserverColumns<'a> {
        use FlowField as F;
        let fields =
            [F::Provider, F::SourceKind, F::AccountId, F::VpcId, F::IfId, F::InstanceId, F::IfType, F::BytesSemantics];
        let columns = fields.map(|field| Texts::of(batch, field));
        let is_constant = columns.each_ref().map(Texts::is_constant);
        let finder = if is_constant[IF_ID] { is_constant.iter().position(|is| !is).unwrap_or(IF_ID) } else { IF_ID };
        let varying = (0..NAMES).filter(|&column| !is_constant[column] && column != finder).collect();
        if batch.num_rows() > 0 {
            let text = |column: usize| is_constant[column].then(|| columns[column].text(0));
            observers.recent.keep_only(std::array::from_fn(text));
        }
        ObserverColumns { columns, finder, varying }
    }

    /// The number of a row's observer.
    #[inline]
    pub(crate) fn at(&self, row: usize, observers: &mut Observers) -> u32 {
        let Some(words) = self.columns[self.finder].words(row) else { return self.number(row, observers) };
        if let Some(number) = observers.recent.find(&words)
            && self.is_of(row, &observers.all[number as usize])
        {
            return number;
        }
        let number = self.number(row, observers);
        observers.recent.note(&words, number);
        number
    }

    /// Is a row an observer's, as far as the names vary of which the finder says nothing?
    #[inline]
    fn is_of(&self, row: usize, observer: &Observer) -> bool {
        self.varying.is_empty() || {
            let texts = observer.names.texts();
            self.varying.iter().all(|&column| self.columns[column].text(row) == texts[column])
        }
    }

    fn number(&self, row: usize, observers: &mut Observers) -> u32 {
        observers.number(std::array::from_fn(|column| self.columns[column].text(row)))
    }
}
