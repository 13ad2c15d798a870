//! IP fragments put together (RFC 791 section 3.2, RFC 8200 section 4.5).
//!
//! Bounded in datagrams, bytes, fragments and time; the oldest datagram makes room. A datagram is known by its addresses, its
//! identification, for IPv4 its protocol, and the way it came: mirrors of one conversation do not mix.

mod policy;

pub use policy::FragmentPolicy;

use crate::config::VantagePolicy;
use crate::path::PathKey;
use crate::pieces::{Meeting, Pieces};
use hashbrown::HashMap;
use model::packet::{Anomaly, AnomalyLayer, Timestamp};
use std::collections::VecDeque;
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::net::IpAddr;
use wire::{DecodeConfig, Fragment, Network, Packet};

/// How fragments are put together.
#[derive(Clone, Copy, Debug)]
pub struct DefragmentConfig {
    /// Who wins where fragments overlap.
    pub policy: FragmentPolicy,
    /// Seconds from the first fragment after which a datagram is given up.
    pub timeout_s: u32,
}

impl Default for DefragmentConfig {
    /// As Suricata is shipped.
    fn default() -> Self {
        DefragmentConfig { policy: FragmentPolicy::Bsd, timeout_s: 60 }
    }
}

/// Bounds of a [`Defragmenter`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DefragmentLimits {
    /// Datagrams that are waited for at one time.
    pub datagrams_max: usize,
    /// Bytes of all their fragments.
    pub bytes_max: usize,
    /// Fragments of one datagram.
    pub fragments_per_datagram_max: usize,
}

impl Default for DefragmentLimits {
    fn default() -> Self {
        DefragmentLimits { datagrams_max: 65_535, bytes_max: 32 << 20, fragments_per_datagram_max: 1_024 }
    }
}

/// What was counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DefragmentCounters {
    /// Fragments seen.
    pub fragments: u64,
    /// Datagrams that became whole.
    pub reassembled: u64,
    /// Datagrams given up because of the time.
    pub timed_out: u64,
    /// Datagrams given up to make room.
    pub evicted: u64,
    /// Datagrams dropped because their fragments overlap ([`FragmentPolicy::Discard`]).
    pub discarded: u64,
    /// Fragments left out: too long, or one too many.
    pub ignored: u64,
    /// Fragments that the capture has cut: their datagram cannot become whole.
    pub cut: u64,
    /// Bytes that wait now, with what holding them costs.
    pub held_bytes: usize,
}

/// A datagram that is whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reassembled {
    /// What lies behind its IP header.
    pub payload: Vec<u8>,
    /// What that is, by the first fragment's header.
    pub protocol: u8,
    /// Of how many fragments.
    pub fragments: u32,
}

impl Reassembled {
    /// The datagram decoded again, in the surroundings of one of its fragments.
    pub fn packet<'a>(&'a self, fragment: &Packet<'_>, config: &DecodeConfig) -> Packet<'a> {
        let mut around = fragment.clone();
        if let Some(network) = &mut around.network {
            network.protocol = self.protocol;
        }
        wire::decode_reassembled(&self.payload, &around, config)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    source: IpAddr,
    destination: IpAddr,
    identification: u32,
    /// 0 for IPv6: only the first fragment's header says it for sure.
    protocol: u8,
    path: Option<Box<PathKey>>,
}

#[derive(Debug)]
struct Datagram {
    /// Counts datagrams: one of the same key that comes later is another.
    number: u64,
    pieces: Pieces,
    fragments: u32,
    /// Bytes behind the IP header, once the last fragment said so.
    length: Option<u64>,
    protocol: u8,
}

/// Fragments on their way to datagrams.
///
/// ```
/// # use flow::{DefragmentConfig, DefragmentLimits, Defragmenter};
/// # use model::packet::Timestamp;
/// let mut defragmenter = Defragmenter::new(DefragmentConfig::default(), DefragmentLimits::default());
/// let packet = wire::Packet::default();
/// assert_eq!(defragmenter.push(Timestamp(0), &packet, |_| {}), None, "no fragment");
/// ```
#[derive(Debug)]
pub struct Defragmenter {
    config: DefragmentConfig,
    limits: DefragmentLimits,
    datagrams: HashMap<Key, Datagram, BuildHasherDefault<DefaultHasher>>,
    /// By the time of their first fragment.
    order: VecDeque<(Timestamp, u64, Key)>,
    opened: u64,
    counters: DefragmentCounters,
}

impl Defragmenter {
    /// One that waits for nothing.
    pub fn new(config: DefragmentConfig, limits: DefragmentLimits) -> Defragmenter {
        Defragmenter {
            config,
            limits,
            datagrams: HashMap::default(),
            order: VecDeque::new(),
            opened: 0,
            counters: DefragmentCounters::default(),
        }
    }

    /// What was counted.
    pub fn counters(&self) -> &DefragmentCounters {
        &self.counters
    }

    /// Datagrams that are waited for.
    pub fn len(&self) -> usize {
        self.datagrams.len()
    }

    /// Is none waited for?
    pub fn is_empty(&self) -> bool {
        self.datagrams.is_empty()
    }

    /// Takes a fragment in; returns its datagram if that is whole now. A packet that is no fragment does nothing.
    pub fn push(
        &mut self,
        now: Timestamp,
        packet: &Packet<'_>,
        mut anomaly: impl FnMut(Anomaly),
    ) -> Option<Reassembled> {
        self.timeout(now);
        let network = packet.network.as_ref()?;
        let fragment = network.fragment?;
        self.counters.fragments += 1;
        let names = Names::of(network);
        let mut tell = |name| anomaly(Anomaly { layer: AnomalyLayer::Decode, name });
        if packet.missing_bytes > 0 {
            self.counters.cut += 1;
            return None;
        }
        if u64::from(fragment.offset) + packet.payload.len() as u64 + names.header_bytes > 65_535 {
            self.counters.ignored += 1;
            tell(names.too_large);
            return None;
        }
        let key = key(packet, network);
        let Some(meeting) = self.lay(now, &key, network, fragment, packet.payload) else {
            self.counters.ignored += 1;
            tell(names.ignored);
            return None;
        };
        if meeting.overlaps && !meeting.is_duplicate {
            tell(names.overlap);
            if self.config.policy == FragmentPolicy::Discard {
                self.counters.discarded += 1;
                self.forget(&key);
                return None;
            }
        }
        let whole = self.finish(&key);
        while self.counters.held_bytes > self.limits.bytes_max && !self.order.is_empty() {
            self.counters.evicted += u64::from(self.give_up_oldest());
        }
        whole
    }

    /// Lays a fragment into its datagram; `None` where it may have no more.
    fn lay(
        &mut self,
        now: Timestamp,
        key: &Key,
        network: &Network,
        fragment: Fragment,
        payload: &[u8],
    ) -> Option<Meeting> {
        let policy = self.config.policy;
        let datagram = self.datagram(now, key)?;
        let before = datagram.pieces.cost();
        let meeting = datagram.take(network, fragment, payload, policy);
        let after = datagram.pieces.cost();
        self.counters.held_bytes = self.counters.held_bytes + after - before;
        Some(meeting)
    }

    /// Gives up the datagrams whose time is over.
    pub fn timeout(&mut self, now: Timestamp) {
        let timeout_ns = i64::from(self.config.timeout_s) * 1_000_000_000;
        while let Some((first, ..)) = self.order.front()
            && now.since_ns(*first) >= timeout_ns
        {
            self.counters.timed_out += u64::from(self.give_up_oldest());
        }
    }

    /// The datagram of a key, there or new; `None` if it has all the fragments that it may have.
    fn datagram(&mut self, now: Timestamp, key: &Key) -> Option<&mut Datagram> {
        if !self.datagrams.contains_key(key) {
            let full = self.limits.datagrams_max.max(1);
            while self.datagrams.len() >= full {
                self.counters.evicted += u64::from(self.give_up_oldest());
            }
            // Places of datagrams that became whole are still in the order; they must not pile up.
            if self.order.len() >= full.saturating_mul(2) {
                let datagrams = &self.datagrams;
                self.order.retain(|(_, number, key)| datagrams.get(key).is_some_and(|known| known.number == *number));
            }
            self.opened += 1;
            self.order.push_back((now, self.opened, key.clone()));
            let datagram =
                Datagram { number: self.opened, pieces: Pieces::default(), fragments: 0, length: None, protocol: 0 };
            self.datagrams.insert(key.clone(), datagram);
        }
        let max = self.limits.fragments_per_datagram_max;
        self.datagrams.get_mut(key).filter(|datagram| (datagram.fragments as usize) < max)
    }

    /// Takes the oldest place out of the order, and its datagram if it is still waited for.
    fn give_up_oldest(&mut self) -> bool {
        let Some((_, number, key)) = self.order.pop_front() else { return false };
        let is_waiting = self.datagrams.get(&key).is_some_and(|datagram| datagram.number == number);
        if is_waiting {
            self.forget(&key);
        }
        is_waiting
    }

    fn forget(&mut self, key: &Key) -> Option<Datagram> {
        let datagram = self.datagrams.remove(key)?;
        self.counters.held_bytes -= datagram.pieces.cost();
        Some(datagram)
    }

    fn finish(&mut self, key: &Key) -> Option<Reassembled> {
        if !self.datagrams.get(key)?.is_whole() {
            return None;
        }
        let datagram = self.forget(key)?;
        self.counters.reassembled += 1;
        let mut payload: Vec<u8> = datagram.pieces.list.iter().flat_map(|piece| &piece.bytes).copied().collect();
        payload.truncate(datagram.length? as usize);
        Some(Reassembled { payload, protocol: datagram.protocol, fragments: datagram.fragments })
    }
}

impl Datagram {
    fn take(&mut self, network: &Network, fragment: Fragment, payload: &[u8], policy: FragmentPolicy) -> Meeting {
        let (start, end) = (u64::from(fragment.offset), u64::from(fragment.offset) + payload.len() as u64);
        self.fragments += 1;
        if start == 0 {
            self.protocol = network.protocol;
        }
        // The first one that says where the datagram ends is believed.
        if !fragment.more && self.length.is_none() {
            self.length = Some(end);
        }
        if payload.is_empty() {
            return Meeting::default();
        }
        self.pieces.insert(start, payload, |old, new| policy.prefers_new(old, new))
    }

    fn is_whole(&self) -> bool {
        let Some(length) = self.length else { return false };
        let mut reached = 0;
        for piece in &self.pieces.list {
            if piece.start != reached {
                break;
            }
            reached = piece.range().end;
        }
        reached >= length
    }
}

/// What a version's anomalies are called, and what its header takes of the 65,535 bytes.
struct Names {
    overlap: &'static str,
    too_large: &'static str,
    ignored: &'static str,
    header_bytes: u64,
}

impl Names {
    fn of(network: &Network) -> Names {
        if network.source.is_ipv4() {
            Names {
                overlap: "ipv4.frag_overlap",
                too_large: "ipv4.frag_pkt_too_large",
                ignored: "ipv4.frag_ignored",
                header_bytes: u64::from(network.header_length),
            }
        } else {
            Names {
                overlap: "ipv6.frag_overlap",
                too_large: "ipv6.frag_pkt_too_large",
                ignored: "ipv6.frag_ignored",
                header_bytes: 0,
            }
        }
    }
}

fn key(packet: &Packet<'_>, network: &Network) -> Key {
    let is_plain = packet.vlans.is_empty() && packet.tunnels.is_empty();
    Key {
        source: network.source,
        destination: network.destination,
        identification: network.identification,
        protocol: if network.source.is_ipv4() { network.protocol } else { 0 },
        path: (!is_plain).then(|| Box::new(PathKey::of(packet, VantagePolicy::Path, true))),
    }
}
