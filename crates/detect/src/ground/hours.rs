//! What each host of ours sends, is refused and whom it serves, hour by hour: counted while records stream by.
//!
//! A conversation keeps its earliest records only. What a host does in an hour must be right on the fortieth day too, so
//! that it is counted here, record by record. A record longer than an hour is spread evenly over its hours. What a host
//! sends is counted where its own interface saw it, or a sensor that is nobody's interface; what interfaces of others saw
//! of it counts in hours in which nothing else was seen (machines behind a tunnel, gateways).
//!
//! The same whatever the order and the cut of the input. An hour of a host whose records all came twice (a day read twice)
//! counts once; if only some of them did, these count twice. Clients are counted once however often they came.

use super::direction::TCP;
use super::observation::{Observation, mix};
use super::record::{Record, Sign};
use super::session::{BARE_PACKET_BYTES_MAX, RESET_PACKETS_MAX};
use crate::limits::TurnedAway;
use hashbrown::HashMap;
use std::net::IpAddr;

/// Seconds of an hour.
const HOUR_S: u32 = 3_600;
/// Hours of hosts that were counted last: most records are of few. A power of two.
const RECENT: usize = 4_096;
/// A place without an hour; no second of 32 bits is in it.
const EMPTY: u32 = u32::MAX;
/// Hours of one host: a year. More come from clocks that lie; the earliest are held.
const HOURS_PER_HOST_MAX: usize = 366 * 24;
/// A record is spread over so many hours at most: a month.
const HOURS_PER_RECORD_MAX: u32 = 31 * 24;

/// One hour of one host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hour {
    /// Hours since 1970.
    pub hour: u32,
    /// Tries that were denied, reset, or (where records have both directions) left without an answer, of it and at it.
    pub refused: u32,
    /// Bytes sent, at least 20 of a packet; counters that lie stay at the largest number.
    pub sent: u64,
    /// Clients that it sent data to: a tenth off (one standard deviation) up to 130, a fifth up to 4,200, never more.
    pub clients: u32,
}

/// The same while it is counted: sums, and marks of which it does not matter how often they are set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counted {
    /// Sent, as its own interface saw it, or a sensor.
    own_bytes: u64,
    /// Sent, as interfaces of others saw it.
    other_bytes: u64,
    refused: u32,
    clients: Clients,
    /// Exclusive or of what tells records apart: zero if each came twice.
    parity: u64,
}

impl Counted {
    #[inline]
    fn add(&mut self, other: &Counted) {
        self.own_bytes = self.own_bytes.saturating_add(other.own_bytes);
        self.other_bytes = self.other_bytes.saturating_add(other.other_bytes);
        self.refused = self.refused.saturating_add(other.refused);
        self.clients.0 |= other.clients.0;
        self.clients.1 |= other.clients.1;
        self.parity ^= other.parity;
    }

    fn told(&self, hour: u32) -> Hour {
        let times = if self.parity == 0 { 2 } else { 1 };
        let sent = if self.own_bytes > 0 { self.own_bytes } else { self.other_bytes };
        Hour { hour, refused: self.refused / times, sent: sent / u64::from(times), clients: self.clients.count() }
    }
}

/// Distinct clients, by linear counting (Whang 1990): a bit for each of 64 parts of all, and one for each of 64 parts of a
/// sixteenth of all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Clients(u64, u64);

impl Clients {
    const PARTS: f64 = 64.0;
    const SHARE: u64 = 16;
    /// With more of the parts taken the finer count is a guess.
    const TAKEN_MAX: u32 = 56;

    #[inline]
    fn of(hash: u64) -> Clients {
        let is_shared = hash >> 32 & (Self::SHARE - 1) == 0;
        Clients(1 << (hash & 63), u64::from(is_shared) << (hash >> 8 & 63))
    }

    fn count(self) -> u32 {
        let linear = |taken: u32| -Self::PARTS * (1.0 - f64::from(taken.min(63)) / Self::PARTS).ln();
        let (all, share) = (self.0.count_ones(), self.1.count_ones());
        let count = if all <= Self::TAKEN_MAX { linear(all) } else { linear(share) * Self::SHARE as f64 };
        count.round().max(if all > Self::TAKEN_MAX { linear(Self::TAKEN_MAX) } else { 0.0 }) as u32
    }
}

/// An hour that was counted a moment ago.
#[derive(Clone, Copy, Debug)]
struct Recent {
    address: IpAddr,
    hour: u32,
    counted: Counted,
}

/// The hours of all hosts that may be ours.
#[derive(Clone, Debug)]
pub(super) struct Hours {
    hours_max: usize,
    /// By host, in the order of time.
    hosts: HashMap<IpAddr, Vec<(u32, Counted)>>,
    /// Hours of all hosts.
    held: usize,
    /// Hosts are held whose hash begins with so many zeros.
    halvings: u32,
    recent: Vec<Recent>,
}

impl Hours {
    /// Nothing yet; of all hosts together so many hours are held.
    pub(super) fn new(hours_max: usize) -> Hours {
        Hours { hours_max, hosts: HashMap::new(), held: 0, halvings: 0, recent: Vec::new() }
    }

    /// Counts a record.
    #[inline]
    pub(super) fn count(&mut self, seen: &Observation) {
        let (record, is_here) = (&seen.record, seen.is_here);
        let at = (record.signs.has(Sign::AT_CLIENT), record.signs.has(Sign::AT_SERVER));
        // A sensor between two addresses of the internet: which of them is ours is known at the end.
        let is_nowhere = !(at.0 | at.1 | is_here.0 | is_here.1) && record.up_packets > 0 && record.down_packets > 0;
        // Clouds write down what interfaces see, one packet at two and more of them; a sensor sees it once.
        let is_sensor = !(at.0 | at.1 | record.signs.has(Sign::WINDOWED));
        let is_refused = is_refused(record, seen.proto);
        let hashes = (spread(seen.client), spread(seen.server));
        let parity = told_apart(seen, hashes);
        let client = Counted { refused: u32::from(is_refused), parity, ..Counted::default() };
        if (at.0 | is_here.0 | is_nowhere) & (is_refused | (record.up_bytes > 0)) {
            self.spread(record, (seen.client, hashes.0), client.sent(at.0 | is_sensor, record.up_bytes));
        }
        let has_data = record.down_bytes > BARE_PACKET_BYTES_MAX * u64::from(record.down_packets);
        // Where a host does not tell it itself, it is there if it says something: ten million targets of a scan are none.
        let is_server = at.1 & (is_refused | (record.down_bytes > 0)) | (is_here.1 | is_nowhere) & has_data;
        if is_server & (seen.client != seen.server) {
            let clients = if has_data || seen.proto != TCP { Clients::of(hashes.0) } else { Clients::default() };
            self.spread(
                record,
                (seen.server, hashes.1),
                Counted { clients, ..client }.sent(at.1 | is_sensor, record.down_bytes),
            );
        }
    }

    /// Counts it in the hours that it lasted.
    #[inline]
    fn spread(&mut self, record: &Record, host: (IpAddr, u64), counted: Counted) {
        let (first, last) = (record.start / HOUR_S, record.end() / HOUR_S);
        if first == last {
            return self.touch(host, first, counted);
        }
        self.spread_over(record, host, counted, (first, last.min(first + HOURS_PER_RECORD_MAX)));
    }

    #[cold]
    fn spread_over(&mut self, record: &Record, host: (IpAddr, u64), counted: Counted, (first, last): (u32, u32)) {
        let (start, end) = (u64::from(record.start), u64::from(record.end()).min(u64::from(last + 1) * 3_600));
        let until = |bytes: u64, hour: u32| {
            let passed = (u64::from(hour) * u64::from(HOUR_S)).clamp(start, end) - start;
            (u128::from(bytes) * u128::from(passed) / u128::from((end - start).max(1))) as u64
        };
        for hour in first..=last {
            let part = |bytes: u64| until(bytes, hour + 1) - until(bytes, hour);
            let refused = if hour == first { counted.refused } else { 0 };
            let (own_bytes, other_bytes) = (part(counted.own_bytes), part(counted.other_bytes));
            self.touch(host, hour, Counted { own_bytes, other_bytes, refused, ..counted });
        }
    }

    #[inline]
    fn touch(&mut self, (address, hash): (IpAddr, u64), hour: u32, counted: Counted) {
        if self.recent.is_empty() {
            let nothing = Recent { address, hour: EMPTY, counted: Counted::default() };
            self.recent.resize(RECENT, nothing);
        }
        let place = (hash >> 20 ^ u64::from(hour)) as usize % RECENT;
        let recent = &mut self.recent[place];
        if recent.hour == hour && recent.address == address {
            return recent.counted.add(&counted);
        }
        let before = std::mem::replace(recent, Recent { address, hour, counted });
        if before.hour != EMPTY {
            self.hold(before.address, before.hour, &before.counted);
        }
    }

    /// Adds to what is held.
    fn hold(&mut self, address: IpAddr, hour: u32, counted: &Counted) {
        if spread(address).leading_zeros() < self.halvings {
            return;
        }
        let hours = self.hosts.entry(address).or_default();
        let place = match hours.last() {
            Some((last, _)) if *last >= hour => hours.partition_point(|(held, _)| *held < hour),
            _ => hours.len(),
        };
        match hours.get_mut(place) {
            Some((held, sums)) if *held == hour => return sums.add(counted),
            _ if place >= HOURS_PER_HOST_MAX => return,
            _ => {
                // Most addresses are there for an hour only.
                hours.reserve_exact(usize::from(hours.is_empty()));
                hours.insert(place, (hour, *counted));
            }
        }
        self.held += 1;
        if hours.len() > HOURS_PER_HOST_MAX {
            hours.pop();
            self.held -= 1;
        }
        if self.held > self.hours_max {
            self.halve();
        }
    }

    /// Gives up half of the hosts: the same ones in whatever order they came.
    #[cold]
    fn halve(&mut self) {
        while self.held > self.hours_max && self.halvings < u64::BITS {
            self.give_up(self.halvings + 1);
        }
    }

    /// Gives up the hosts that are not of the share after so many halvings.
    fn give_up(&mut self, halvings: u32) {
        if halvings > self.halvings {
            self.halvings = halvings;
            self.hosts.retain(|address, _| spread(*address).leading_zeros() >= halvings);
            self.held = self.hosts.values().map(Vec::len).sum();
        }
    }

    fn settle(&mut self) {
        for recent in std::mem::take(&mut self.recent) {
            if recent.hour != EMPTY {
                self.hold(recent.address, recent.hour, &recent.counted);
            }
        }
    }

    /// Adds what another counted, and leaves that empty.
    pub(super) fn merge(&mut self, other: &mut Hours) {
        other.settle();
        self.give_up(std::mem::take(&mut other.halvings));
        for (address, hours) in other.hosts.drain() {
            hours.iter().for_each(|(hour, counted)| self.hold(address, *hour, counted));
        }
        other.held = 0;
    }

    /// Hours by host, and what was turned away.
    pub(super) fn finish(mut self, turned_away: &mut TurnedAway) -> HashMap<IpAddr, Vec<Hour>> {
        self.settle();
        turned_away.hours_halvings = self.halvings;
        turned_away.hosts_with_hours_cut =
            self.hosts.values().filter(|hours| hours.len() >= HOURS_PER_HOST_MAX).count() as u64;
        let told = |hours: Vec<(u32, Counted)>| hours.iter().map(|(hour, counted)| counted.told(*hour)).collect();
        self.hosts.into_iter().map(|(address, hours)| (address, told(hours))).collect()
    }
}

impl Counted {
    #[inline]
    fn sent(mut self, is_own: bool, bytes: u64) -> Counted {
        *(if is_own { &mut self.own_bytes } else { &mut self.other_bytes }) = bytes;
        self
    }
}

/// The same for a record that came twice, and hardly for another.
#[inline]
fn told_apart(seen: &Observation, hashes: (u64, u64)) -> u64 {
    let record = &seen.record;
    let ports = u64::from(record.client_port) << 16 | u64::from(seen.port);
    let counters = record.up_bytes.rotate_left(32) ^ record.down_bytes ^ u64::from(record.duration_s) << 12;
    let signs = u64::from(seen.proto) << 48 ^ u64::from(record.signs.0) << 32;
    mix(hashes.0.rotate_left(8) ^ hashes.1 ^ ports << 32 ^ u64::from(record.start), counters ^ signs)
}

/// Denied, reset before anything was said, or called without an answer in a record that would show it.
#[inline]
fn is_refused(record: &Record, proto: u8) -> bool {
    let signs = record.signs;
    let is_bare = |bytes: u64, packets: u32| bytes <= BARE_PACKET_BYTES_MAX * u64::from(packets);
    let is_reset = signs.has(Sign::SERVER_RESET)
        && !signs.has(Sign::SYN_ACK)
        && u64::from(record.down_packets) <= RESET_PACKETS_MAX
        && is_bare(record.down_bytes, record.down_packets);
    let is_unanswered =
        signs.has(Sign::BOTH) && record.down_packets == 0 && is_bare(record.up_bytes, record.up_packets);
    signs.has(Sign::DENIED) || proto == TCP && (is_reset || is_unanswered)
}

#[inline]
fn spread(address: IpAddr) -> u64 {
    match address {
        IpAddr::V4(address) => mix(u64::from(address.to_bits()), 0),
        IpAddr::V6(address) => mix(address.to_bits() as u64, (address.to_bits() >> 64) as u64),
    }
}
