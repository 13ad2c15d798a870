//! All lists compiled into one matcher.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use hashbrown::HashMap;
use ipnet::IpNet;

use super::{Entry, List, Role, Tier, Topic, hygiene};
use crate::address::Key;
use crate::segments::{Number, Segments, join};

/// Lists, compiled. Asked once or twice per record; a miss is one bit test.
///
/// Memory: about 42 bytes per entry and 4.5 MB, labels apart: 500,000 entries take 25 MB (measured; see [`Intel::bytes`]).
#[derive(Clone, Debug, Default)]
pub struct Intel {
    lists: Vec<List>,
    /// The tier of each list, close together.
    tiers: Vec<Tier>,
    /// In the order of the addresses, so that the records of one address are neighbours.
    records: Vec<Record>,
    notes: Vec<Note>,
    matched: Both,
    annotating: Both,
    suppressing: Both,
}

/// One kind of entries, by family.
#[derive(Clone, Debug, Default)]
struct Both {
    v4: Segments<u32>,
    v6: Segments<u128>,
}

/// What an entry says, without its prefix, of which the address asked for gives the bits.
#[derive(Clone, Copy, Debug)]
struct Record {
    list: u16,
    port: u16,
    length: u8,
    port_only: bool,
    note: u32,
    score: u32,
    line: u32,
}

/// What many entries say alike.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Note {
    label: Option<Arc<str>>,
    valid_until: Option<i64>,
}

/// "No score": lists give small numbers.
const NO_SCORE: u32 = u32::MAX;
/// More lists than this are not compiled in.
pub const LISTS_MAX: usize = u16::MAX as usize;

impl Intel {
    /// Compiles lists by their roles. Counts what warning lists suppressed in the reports, which stay readable in
    /// [`Intel::lists`]; the entries themselves move into the matcher.
    pub fn build(mut lists: Vec<List>) -> Intel {
        lists.truncate(LISTS_MAX);
        let mut builder = Builder::default();
        for (n, list) in lists.iter_mut().enumerate() {
            let entries = std::mem::take(&mut list.entries);
            builder.add(n as u16, list.role, entries);
        }
        builder.build(lists)
    }

    /// What the lists say about an address (4 or 16 network-order bytes, NAT64 addresses taken as IPv4). Entries that
    /// are for one port only are left out: see [`Intel::lookup_port`].
    #[inline]
    pub fn lookup(&self, address: &[u8]) -> Option<Hit<'_>> {
        self.find(&self.matched, address, None)
    }

    /// What the lists say about a port of an address: all entries of the address, and those for this port only.
    #[inline]
    pub fn lookup_port(&self, address: &[u8], port: u16) -> Option<Hit<'_>> {
        self.find(&self.matched, address, Some(port))
    }

    /// The same at a time, in seconds since 1970 UTC: entries that have ended by then are left out.
    pub fn lookup_at(&self, address: &[u8], port: Option<u16>, seconds: i64) -> Option<Hit<'_>> {
        let address = Key::unwrapped(address)?;
        self.hit(address, self.matched.find(address), port, Some(seconds))
    }

    /// Entries that have ended at a time, per list.
    pub fn expired_at(&self, seconds: i64) -> Vec<u64> {
        let mut expired = vec![0; self.lists.len()];
        let ended = self.records.iter().filter(|record| !self.is_valid(record, Some(seconds)));
        ended.for_each(|record| expired[usize::from(record.list)] += 1);
        expired
    }

    /// Lists that annotate (clouds, VPN providers) and hold the address.
    pub fn annotations(&self, address: &[u8]) -> impl Iterator<Item = &List> {
        let members = Key::unwrapped(address).map(|key| self.annotating.find(key)).unwrap_or_default();
        distinct_lists(self, members, Asked { port: None, at: None })
    }

    /// The warning list that keeps the address from being matched, if one does.
    pub fn suppressed_by(&self, address: &[u8]) -> Option<&List> {
        let members = self.suppressing.find(Key::unwrapped(address)?);
        members.last().map(|&n| &self.lists[usize::from(self.records[n as usize].list)])
    }

    /// The lists, with their reports; their entries are empty.
    pub fn lists(&self) -> &[List] {
        &self.lists
    }

    /// Is there nothing to match?
    pub fn is_empty(&self) -> bool {
        self.matched.v4.is_empty() && self.matched.v6.is_empty()
    }

    /// Bytes of memory held, labels apart.
    pub fn bytes(&self) -> usize {
        let segments = [&self.matched, &self.annotating, &self.suppressing];
        let segments: usize = segments.iter().map(|both| both.v4.bytes() + both.v6.bytes()).sum();
        segments + self.records.len() * size_of::<Record>() + self.notes.len() * size_of::<Note>()
    }

    #[inline]
    fn find<'a>(&'a self, both: &'a Both, address: &[u8], port: Option<u16>) -> Option<Hit<'a>> {
        let address = Key::unwrapped(address)?;
        let members = both.find(address);
        if members.is_empty() { None } else { self.hit(address, members, port, None) }
    }

    fn hit<'a>(&'a self, address: Key, members: &'a [u32], port: Option<u16>, at: Option<i64>) -> Option<Hit<'a>> {
        let worth = |record: &&Record| {
            let score = if record.score == NO_SCORE { None } else { Some(record.score) };
            (self.tiers[usize::from(record.list)], record.length, score)
        };
        let asked = Asked { port, at };
        let records = members.iter().map(|&n| &self.records[n as usize]);
        let best = records.filter(|record| asked.holds(self, record)).max_by_key(worth)?;
        Some(Hit { intel: self, address, members, best, asked })
    }

    fn is_valid(&self, record: &Record, at: Option<i64>) -> bool {
        at.is_none_or(|seconds| self.notes[record.note as usize].valid_until.is_none_or(|end| seconds < end))
    }
}

/// What a hit was asked for beside the address.
#[derive(Clone, Copy)]
struct Asked {
    port: Option<u16>,
    /// In seconds since 1970; none for any time.
    at: Option<i64>,
}

impl Asked {
    fn holds(self, intel: &Intel, record: &Record) -> bool {
        record.applies(self.port) && intel.is_valid(record, self.at)
    }
}

impl Both {
    #[inline]
    fn find(&self, address: Key) -> &[u32] {
        match address {
            Key::V4(address) => self.v4.find(address),
            Key::V6(address) => self.v6.find(address),
        }
    }
}

impl Record {
    fn applies(&self, port: Option<u16>) -> bool {
        !self.port_only || port == Some(self.port)
    }
}

/// The lists that hold an address, in the order they were given.
fn distinct_lists<'a>(intel: &'a Intel, members: &'a [u32], asked: Asked) -> impl Iterator<Item = &'a List> {
    let records = members.iter().map(|&n| &intel.records[n as usize]).filter(move |record| asked.holds(intel, record));
    let mut numbers: Vec<u16> = records.map(|record| record.list).collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers.into_iter().map(|n| &intel.lists[usize::from(n)])
}

/// What lists say about one address. The single answers ([`label`](Hit::label), [`prefix`](Hit::prefix), ...) are
/// those of the best entry: highest tier, then longest prefix, then highest score.
#[derive(Clone, Copy)]
pub struct Hit<'a> {
    intel: &'a Intel,
    address: Key,
    members: &'a [u32],
    best: &'a Record,
    asked: Asked,
}

/// One entry that holds the address of a hit: where it comes from, and what it says.
#[derive(Clone, Copy, Debug)]
pub struct HitEntry<'a> {
    /// Its list.
    pub list: &'a List,
    /// The line it stands in, from 1; 0 if unknown.
    pub line: u32,
    /// The prefix that is listed.
    pub prefix: IpNet,
    /// The port that is listed with it.
    pub port: Option<u16>,
    /// What the list calls it.
    pub label: Option<&'a str>,
    /// The number the list gives.
    pub score: Option<u32>,
    /// When it ends, in seconds since 1970 UTC.
    pub valid_until: Option<i64>,
}

impl<'a> Hit<'a> {
    /// The names of all lists that hold the address.
    pub fn lists(&self) -> impl Iterator<Item = &'a str> {
        distinct_lists(self.intel, self.members, self.asked).map(|list| list.name.as_str())
    }

    /// Every entry that holds the address, widest prefix first: the provenance of the hit.
    pub fn entries(&self) -> impl Iterator<Item = HitEntry<'a>> {
        let (intel, asked, address) = (self.intel, self.asked, self.address);
        let records = self.members.iter().map(|&n| &intel.records[n as usize]);
        records.filter(move |record| asked.holds(intel, record)).map(move |record| {
            let note = &intel.notes[record.note as usize];
            HitEntry {
                list: &intel.lists[usize::from(record.list)],
                line: record.line,
                prefix: prefix_of(address, record.length),
                port: Some(record.port).filter(|&port| port != 0),
                label: note.label.as_deref(),
                score: Some(record.score).filter(|&score| score != NO_SCORE),
                valid_until: note.valid_until,
            }
        })
    }

    /// The list of the best entry.
    pub fn list(&self) -> &'a List {
        &self.intel.lists[usize::from(self.best.list)]
    }

    /// What the list calls it.
    pub fn label(&self) -> Option<&'a str> {
        self.intel.notes[self.best.note as usize].label.as_deref()
    }

    /// The number the list gives.
    pub fn score(&self) -> Option<u32> {
        Some(self.best.score).filter(|&score| score != NO_SCORE)
    }

    /// The prefix that is listed.
    pub fn prefix(&self) -> IpNet {
        prefix_of(self.address, self.best.length)
    }

    /// The port that is listed with it, whether or not only that one matches.
    pub fn port(&self) -> Option<u16> {
        Some(self.best.port).filter(|&port| port != 0)
    }

    /// The tier of the best list.
    pub fn tier(&self) -> Tier {
        self.list().tier
    }

    /// The topic of the best list.
    pub fn topic(&self) -> Topic {
        self.list().topic
    }

    /// Do all the lists only say what it is (Tor, VPN, known scanner), and none that it is hostile?
    pub fn is_context(&self) -> bool {
        self.tier() == Tier::Context
    }

    /// When the entry ends, in seconds since 1970 UTC.
    pub fn valid_until(&self) -> Option<i64> {
        self.intel.notes[self.best.note as usize].valid_until
    }

    /// Is the entry still valid at a record's time, in seconds since 1970 UTC?
    pub fn is_valid_at(&self, seconds: i64) -> bool {
        self.valid_until().is_none_or(|end| seconds < end)
    }

    /// The line of the list; 0 if unknown.
    pub fn line(&self) -> u32 {
        self.best.line
    }
}

/// The prefix of that length around an address.
fn prefix_of(address: Key, length: u8) -> IpNet {
    let address = match address {
        Key::V4(address) => IpAddr::V4(Ipv4Addr::from_bits(address)),
        Key::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address)),
    };
    IpNet::new(address, length).map_or(IpNet::from(address), |net| net.trunc())
}

impl std::fmt::Debug for Hit<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let lists: Vec<&str> = self.lists().collect();
        f.debug_struct("Hit").field("prefix", &self.prefix()).field("lists", &lists).finish_non_exhaustive()
    }
}

/// Entries sorted by role and family: (first address, length, number of the record).
#[derive(Default)]
struct Builder {
    records: Vec<Record>,
    notes: HashMap<Note, u32>,
    matched: Sorted,
    annotating: Sorted,
    suppressing: Sorted,
}

#[derive(Default)]
struct Sorted {
    v4: Vec<(u32, u8, u32)>,
    v6: Vec<(u128, u8, u32)>,
}

impl Builder {
    fn add(&mut self, list: u16, role: Role, entries: Vec<Entry>) {
        for entry in entries {
            let next = self.notes.len() as u32;
            let note = Note { label: entry.label, valid_until: entry.valid_until };
            let note = *self.notes.entry(note).or_insert(next);
            let n = self.records.len() as u32;
            let (length, line) = (entry.prefix.prefix_len(), entry.line);
            let (port, score) = (entry.port.unwrap_or(0), entry.score.unwrap_or(NO_SCORE));
            self.records.push(Record { list, port, length, port_only: entry.port_only, note, score, line });
            let sorted = match role {
                Role::Match => &mut self.matched,
                Role::Annotate => &mut self.annotating,
                Role::Suppress => &mut self.suppressing,
            };
            match entry.prefix.trunc() {
                IpNet::V4(net) => sorted.v4.push((net.network().to_bits(), length, n)),
                IpNet::V6(net) => sorted.v6.push((net.network().to_bits(), length, n)),
            }
        }
    }

    fn build(self, mut lists: Vec<List>) -> Intel {
        let Builder { records, notes, mut matched, mut annotating, mut suppressing } = self;
        let mut ordered = Vec::with_capacity(records.len());
        for sorted in [&mut matched, &mut annotating, &mut suppressing] {
            renumber(&mut sorted.v4, &records, &mut ordered);
            renumber(&mut sorted.v6, &records, &mut ordered);
        }
        let records = ordered;
        let mut numbered: Vec<(Note, u32)> = notes.into_iter().collect();
        numbered.sort_unstable_by_key(|row| row.1);
        let (v4, v6) = (suppressing.v4.clone(), suppressing.v6.clone());
        let suppressing = Both { v4: Segments::build(suppressing.v4, &[]), v6: Segments::build(suppressing.v6, &[]) };
        let v4 = cut(matched.v4, v4, hygiene::never_v4(), &suppressing.v4, &records, &mut lists);
        let v6 = cut(matched.v6, v6, hygiene::never_v6(), &suppressing.v6, &records, &mut lists);
        Intel {
            tiers: lists.iter().map(|list| list.tier).collect(),
            lists,
            notes: numbered.into_iter().map(|(note, _)| note).collect(),
            matched: Both { v4, v6 },
            annotating: Both { v4: Segments::build(annotating.v4, &[]), v6: Segments::build(annotating.v6, &[]) },
            suppressing,
            records,
        }
    }
}

/// Sorts entries by address, and their records with them.
fn renumber<N: Number>(entries: &mut [(N, u8, u32)], records: &[Record], ordered: &mut Vec<Record>) {
    entries.sort_unstable();
    for entry in entries {
        let n = ordered.len() as u32;
        ordered.push(records[entry.2 as usize]);
        entry.2 = n;
    }
}

/// Counts what is suppressed, and flattens the rest around it.
fn cut<N: Number>(
    matched: Vec<(N, u8, u32)>,
    suppressing: Vec<(N, u8, u32)>,
    mut never: Vec<(N, N)>,
    found_in: &Segments<N>,
    records: &[Record],
    lists: &mut [List],
) -> Segments<N> {
    never.extend(suppressing.iter().map(|&(start, length, _)| (start, start.last(length))));
    let without = join(never);
    let mut by: HashMap<(u16, u16), u64> = HashMap::new();
    for &(start, length, n) in &matched {
        let list = records[n as usize].list;
        // The longest suppressing prefix that holds the whole entry.
        let holder =
            found_in.find(start).iter().rev().map(|&n| &records[n as usize]).find(|held| held.length <= length);
        let report = &mut lists[usize::from(list)].report;
        let end = start.last(length);
        let next = without.partition_point(|cut| cut.1 < start);
        match (holder, without.get(next)) {
            (Some(holder), _) => *by.entry((list, holder.list)).or_default() += 1,
            (None, Some(cut)) if cut.0 <= end => report.suppressed_in_part += 1,
            _ => {}
        }
    }
    let mut by: Vec<((u16, u16), u64)> = by.into_iter().collect();
    by.sort_unstable();
    for ((list, holder), count) in by {
        let name = lists[usize::from(holder)].name.clone();
        let report = &mut lists[usize::from(list)].report;
        report.suppressed_by_warning_list += count;
        report.suppressed_by.push((name, count));
    }
    Segments::build(matched, &without)
}
