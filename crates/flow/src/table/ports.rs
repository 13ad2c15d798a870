//! Which ports listen: what decides about direction where no handshake was seen.

use crate::key::Endpoint;
use std::net::IpAddr;

/// Ports above 511 that servers of common applications listen on. Not all below 1024: clients of NFS and of the r-commands use those.
const WELL_KNOWN: &[u16] = &[
    514, 515, 520, 521, 524, 546, 547, 548, 554, 563, 587, 593, 623, 631, 636, 646, 749, 830, 853, 860, 873, 902, 989,
    990, 992, 993, 995, 1194, 1433, 1521, 1701, 1723, 1812, 1813, 1883, 2049, 2181, 3128, 3260, 3268, 3269, 3306, 3389,
    3478, 4500, 4789, 5060, 5061, 5222, 5353, 5355, 5432, 5601, 5672, 5900, 5985, 5986, 6081, 6379, 6443, 6667, 8000,
    8080, 8081, 8086, 8443, 8883, 8888, 9000, 9042, 9090, 9092, 9100, 9200, 9300, 10250, 11211, 15672, 27017,
];

/// Entries of the memory; a newer port overwrites an older one of its place.
const ENTRIES: usize = 8_192;

/// A small memory of ports that accepted a connection.
pub(crate) struct ListeningPorts {
    marks: Vec<u32>,
    secret: u64,
}

impl ListeningPorts {
    pub(crate) fn new(secret: u64) -> ListeningPorts {
        ListeningPorts { marks: vec![0; ENTRIES], secret }
    }

    pub(crate) fn learn(&mut self, protocol: u8, end: Endpoint) {
        let (place, mark) = self.place(protocol, end);
        self.marks[place] = mark;
    }

    pub(crate) fn knows(&self, protocol: u8, end: Endpoint) -> bool {
        let (place, mark) = self.place(protocol, end);
        self.marks[place] == mark
    }

    fn place(&self, protocol: u8, end: Endpoint) -> (usize, u32) {
        let address = match end.address {
            IpAddr::V4(address) => u64::from(address.to_bits()),
            IpAddr::V6(address) => (address.to_bits() >> 64) as u64 ^ (address.to_bits() as u64).rotate_left(7),
        };
        let what = u64::from(end.port) << 8 | u64::from(protocol);
        let mixed =
            (address ^ self.secret).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ what.wrapping_mul(0xd6e8_feb8_6659_fd93);
        let mixed = (mixed ^ (mixed >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
        ((mixed >> 40) as usize % ENTRIES, mixed as u32 | 1)
    }
}

/// Is it a port that servers are expected at?
pub(crate) fn is_well_known(port: u16) -> bool {
    (1..512).contains(&port) || WELL_KNOWN.binary_search(&port).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn well_known_ports_can_be_searched() {
        assert!(WELL_KNOWN.is_sorted());
        let cases = [(0, false), (53, true), (722, false), (993, true), (1048, false), (5432, true), (40_000, false)];
        for (port, expected) in cases {
            assert_eq!(is_well_known(port), expected, "{port}");
        }
    }
}
