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

/// The own addresses of the interfaces of one object.
#[derive(Debug, Default)]
pub(crate) struct OwnAddresses {
    interfaces: HashMap<Box<[u8]>, Own>,
}

impl OwnAddresses {
    /// Learns from a record of an interface, and says which way it went as far as that is known.
    pub(crate) fn direction(&mut self, interface: &[u8], source: u128, destination: u128) -> Direction {
        let own = match self.interfaces.get_mut(interface) {
            Some(own) => {
                *own = own.narrowed(source, destination);
                *own
            }
            None => {
                let own = Own::OneOf(source, destination);
                if self.interfaces.len() < INTERFACES_MAX {
                    self.interfaces.insert(interface.into(), own);
                }
                own
            }
        };
        match own {
            Own::Is(address) if address == source && address != destination => Direction::Egress,
            Own::Is(address) if address == destination => Direction::Ingress,
            _ => by_privacy(source, destination),
        }
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
