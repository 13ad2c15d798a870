//! The way packets came: VLANs and tunnels. Flows that came different ways are different observations.
//!
//! What of a tunnel belongs to the way, so that both directions of a conversation come the same way:
//! - The outer addresses without their order. A mirror session (AWS, vTAP, ERSPAN) has the mirrored interface as outer source
//!   and the listener as outer destination in both directions; a tunnel between two gateways exchanges them.
//! - The id (VNI, key, session), but for kinds where each direction has its own: GTP's TEIDs, MPLS labels.
//!
//! Two mirrors that carry one direction each (two switches of an asymmetric route) are two ways: no header says that they belong
//! together. Where a site is built like that, `VantagePolicy::Depth` joins them.

use crate::config::{Config, VantagePolicy};
use hashbrown::HashMap;
use hashbrown::hash_map::Entry;
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::net::IpAddr;
use wire::{Packet, Stack, Tunnel, TunnelKind};

/// VLANs and tunnels of a flow, as its first packet had them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Path {
    /// VLAN ids, the outermost first.
    pub vlans: Stack<u16, 3>,
    /// Tunnels, the outermost first.
    pub tunnels: Stack<Tunnel, 6>,
}

/// What of a path is compared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct PathKey {
    vlans: [Option<u16>; 3],
    tunnels: [Option<Hop>; 6],
    depth: u8,
}

/// What of a tunnel is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Hop {
    kind: TunnelKind,
    /// The outer addresses, the lower one first.
    outer: Option<[IpAddr; 2]>,
    id: Option<u32>,
}

struct Known {
    path: Path,
    key: PathKey,
    flows: u32,
}

/// The paths of the flows there are. Path 0 is that of packets without VLAN and tunnel.
pub(crate) struct Paths {
    known: Vec<Known>,
    free: Vec<u32>,
    numbers: HashMap<PathKey, u32, BuildHasherDefault<DefaultHasher>>,
    paths_max: usize,
    vantage: VantagePolicy,
    separates_vlans: bool,
}

impl Paths {
    pub(crate) fn new(config: &Config, paths_max: usize) -> Paths {
        let plain = Known { path: Path::default(), key: PathKey::default(), flows: 1 };
        Paths {
            known: vec![plain],
            free: Vec::new(),
            numbers: HashMap::default(),
            paths_max: paths_max.max(1),
            vantage: config.vantage,
            separates_vlans: config.separates_vlans,
        }
    }

    pub(crate) fn get(&self, number: u32) -> &Path {
        &self.known[(number as usize).min(self.known.len() - 1)].path
    }

    /// The number of a packet's path; `None` where there is no room for another.
    pub(crate) fn number(&mut self, packet: &Packet<'_>) -> Option<u32> {
        if packet.vlans.is_empty() && packet.tunnels.is_empty() {
            return Some(0);
        }
        let key = PathKey::of(packet, self.vantage, self.separates_vlans);
        if key == PathKey::default() {
            return Some(0);
        }
        let is_full = self.known.len() - self.free.len() > self.paths_max;
        match self.numbers.entry(key) {
            Entry::Occupied(entry) => Some(*entry.get()),
            Entry::Vacant(_) if is_full => None,
            Entry::Vacant(entry) => {
                let path = Path { vlans: packet.vlans, tunnels: packet.tunnels };
                let known = Known { path, key: entry.key().clone(), flows: 0 };
                let number = match self.free.pop() {
                    Some(number) => {
                        self.known[number as usize] = known;
                        number
                    }
                    None => {
                        self.known.push(known);
                        self.known.len() as u32 - 1
                    }
                };
                entry.insert(number);
                Some(number)
            }
        }
    }

    pub(crate) fn retain(&mut self, number: u32) {
        if let Some(known) = self.known.get_mut(number as usize) {
            known.flows += 1;
        }
    }

    /// One flow less; a path without flows is forgotten.
    pub(crate) fn release(&mut self, number: u32) {
        let Some(known) = self.known.get_mut(number as usize) else { return };
        known.flows = known.flows.saturating_sub(1);
        if known.flows == 0 && number != 0 {
            self.numbers.remove(&known.key);
            self.free.push(number);
        }
    }
}

impl PathKey {
    /// What of a packet's path is compared.
    pub(crate) fn of(packet: &Packet<'_>, vantage: VantagePolicy, separates_vlans: bool) -> PathKey {
        let mut key = PathKey::default();
        if separates_vlans {
            for (place, vlan) in key.vlans.iter_mut().zip(packet.vlans.iter()) {
                *place = Some(vlan);
            }
        }
        match vantage {
            VantagePolicy::Ignored => {}
            VantagePolicy::Depth => key.depth = packet.tunnels.len() as u8,
            VantagePolicy::Path => {
                for (place, tunnel) in key.tunnels.iter_mut().zip(packet.tunnels.iter()) {
                    *place = Some(Hop::of(&tunnel));
                }
            }
        }
        key
    }
}

impl Hop {
    fn of(tunnel: &Tunnel) -> Hop {
        let has_id_per_direction = matches!(tunnel.kind, TunnelKind::Gtp | TunnelKind::Mpls | TunnelKind::PseudoWire);
        let outer = tunnel.outer.map(|(a, b)| if a <= b { [a, b] } else { [b, a] });
        Hop { kind: tunnel.kind, outer, id: tunnel.id.filter(|_| !has_id_per_direction) }
    }
}
