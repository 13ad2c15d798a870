//! Which way a flow went, for records that do not say (before version 5).
//!
//! Every record of an interface has the interface's own address as sender or receiver, so the
//! address that all its records share is its own; egress is from it, ingress is to it. Until that is
//! known, a private address against a public one decides: the private one is ours.

use hashbrown::HashMap;
use model::vocabulary::Direction;

/// Interfaces remembered per object; later ones get by with the private address rule.
const INTERFACES_MAX: usize = 65_536;

/// What an interface's records say about its own address. Addresses are IPv6 values, IPv4 mapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Own {
    /// One of these two.
    OneOf(u128, u128),
    /// This one.
    Is(u128),
    /// The records share no address: a transit interface, or one with several addresses.
    None,
}

/// A name of 16 to 24 bytes, as those of interfaces are, in words: its length, its first 16 and its last 8 bytes.
type ShortName = (u64, u64, u64, u64);

fn short_name(name: &[u8]) -> Option<ShortName> {
    let word = |at: usize| name.get(at..)?.first_chunk().map(|bytes| u64::from_le_bytes(*bytes));
    let is_short = (16..=24).contains(&name.len());
    if is_short { Some((name.len() as u64, word(0)?, word(8)?, word(name.len() - 8)?)) } else { None }
}

/// The own addresses of the interfaces of one object.
#[derive(Debug, Default)]
pub(crate) struct OwnAddresses {
    /// Interfaces whose names compare as words.
    short: HashMap<ShortName, Own>,
    others: HashMap<Box<[u8]>, Own>,
}

impl OwnAddresses {
    /// Learns from a record of an interface, and says which way it went as far as that is known.
    #[inline]
    pub(crate) fn direction(&mut self, interface: &[u8], source: u128, destination: u128) -> Direction {
        let short = short_name(interface);
        let known = match &short {
            Some(name) => self.short.get_mut(name),
            None => self.others.get_mut(interface),
        };
        let own = match known {
            Some(own) => {
                *own = own.narrowed(source, destination);
                *own
            }
            None => self.insert(short, interface, Own::OneOf(source, destination)),
        };
        match own {
            Own::Is(address) if address == source && address != destination => Direction::Egress,
            Own::Is(address) if address == destination => Direction::Ingress,
            _ => by_privacy(source, destination),
        }
    }

    #[cold]
    fn insert(&mut self, short: Option<ShortName>, interface: &[u8], own: Own) -> Own {
        if self.short.len() + self.others.len() < INTERFACES_MAX {
            match short {
                Some(name) => self.short.insert(name, own),
                None => self.others.insert(interface.into(), own),
            };
        }
        own
    }
}

impl Own {
    fn narrowed(self, source: u128, destination: u128) -> Own {
        let is_here = |address: u128| address == source || address == destination;
        match self {
            Own::OneOf(a, b) => match (is_here(a), is_here(b)) {
                (true, true) => self,
                (true, false) => Own::Is(a),
                (false, true) => Own::Is(b),
                (false, false) => Own::None,
            },
            Own::Is(address) if is_here(address) => self,
            Own::Is(_) | Own::None => Own::None,
        }
    }
}

fn by_privacy(source: u128, destination: u128) -> Direction {
    let is_internal = |address: u128| enrich::is_internal(&address.to_be_bytes());
    match (is_internal(source), is_internal(destination)) {
        (true, false) => Direction::Egress,
        (false, true) => Direction::Ingress,
        _ => Direction::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    fn mapped(text: &str) -> u128 {
        u128::from(text.parse::<Ipv4Addr>().expect("an address").to_ipv6_mapped())
    }

    #[test]
    fn directions() {
        let records = [
            ("10.0.0.1", "10.0.0.2", Direction::Unknown),
            ("10.0.0.2", "10.0.0.1", Direction::Unknown),
            ("10.0.0.3", "10.0.0.2", Direction::Ingress),
            ("10.0.0.2", "10.0.0.1", Direction::Egress),
            ("203.0.113.9", "10.0.0.2", Direction::Ingress),
            ("10.0.0.2", "203.0.113.9", Direction::Egress),
            // Not this interface's address at all: it forwards.
            ("10.0.0.8", "10.0.0.9", Direction::Unknown),
            ("10.0.0.8", "203.0.113.9", Direction::Egress),
        ];
        let mut own = OwnAddresses::default();
        for (source, destination, expected) in records {
            let actual = own.direction(b"eni-1", mapped(source), mapped(destination));
            assert_eq!(actual, expected, "{source} -> {destination}");
        }
    }
}
