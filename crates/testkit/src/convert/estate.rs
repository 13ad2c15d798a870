//! The cloud that the connections are put into: whose interfaces are observed, and what their security groups allow.

use super::connection::Connection;
use enrich::is_internal;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// Local hosts, each with one interface, and the services they offer.
#[derive(Clone, Debug, Default)]
pub struct Estate {
    /// Each host's number.
    hosts: BTreeMap<IpAddr, usize>,
    /// Services that were answered at least once: address, protocol, port.
    open: BTreeSet<(IpAddr, u8, u16)>,
}

impl Estate {
    /// The estate that these connections show. A host is local if a record says so or, where none does, if its address
    /// is internal; a connection with no local end has been seen at its destination.
    pub fn of(connections: &[Connection]) -> Estate {
        let mut addresses = BTreeSet::new();
        for connection in connections {
            let local = [0, 1].map(|side| is_local(connection, side));
            for side in 0..2 {
                let address = connection.addresses[side];
                // A group has no interface.
                if !address.is_multicast() && (local[side] || (side == 1 && !local[0])) {
                    addresses.insert(address);
                }
            }
        }
        let answered = connections.iter().filter(|connection| connection.is_answered());
        let service = |connection: &Connection| (connection.addresses[1], connection.protocol, connection.ports[1]);
        Estate {
            hosts: addresses.into_iter().enumerate().map(|(number, address)| (address, number)).collect(),
            open: answered.map(service).collect(),
        }
    }

    /// The number of the host whose address this is, if it is local.
    pub fn host(&self, address: IpAddr) -> Option<usize> {
        self.hosts.get(&address).copied()
    }

    /// Does the destination's security group let the connection in? It allows what was ever answered, and ICMP.
    pub fn allows(&self, connection: &Connection) -> bool {
        let [_, destination] = connection.addresses;
        let is_icmp = matches!(connection.protocol, 1 | 58);
        is_icmp || self.open.contains(&(destination, connection.protocol, connection.ports[1]))
    }
}

fn is_local(connection: &Connection, side: usize) -> bool {
    connection.is_local[side].unwrap_or_else(|| match connection.addresses[side] {
        IpAddr::V4(v4) => is_internal(&v4.octets()),
        IpAddr::V6(v6) => is_internal(&v6.octets()),
    })
}
