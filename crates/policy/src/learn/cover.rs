//! The fewest prefixes that hold some hosts and none of the others.

use ipnet::IpNet;
use std::collections::BTreeSet;
use std::net::IpAddr;

/// No prefix is wider: it is a network as people draw them.
const WIDEST_V4: u8 = 24;
const WIDEST_V6: u8 = 64;

/// The network that a host is taken to be in.
pub(crate) fn network_of(address: IpAddr) -> IpNet {
    let length = if address.is_ipv4() { WIDEST_V4 } else { WIDEST_V6 };
    prefix(address, length)
}

fn prefix(address: IpAddr, length: u8) -> IpNet {
    // The length is one of the address's own kind.
    IpNet::new(address, length).map_or_else(|_| IpNet::from(address), |prefix| prefix.trunc())
}

/// Prefixes that hold every one of `hosts` and no other of `addresses` (which are sorted), in order. Each is the
/// narrowest for its hosts, and none wider than a network.
pub(crate) fn cover(hosts: &BTreeSet<IpAddr>, addresses: &[IpAddr]) -> Vec<IpNet> {
    let mut prefixes = Vec::new();
    let hosts: Vec<IpAddr> = hosts.iter().copied().collect();
    // IPv4 comes before IPv6 in the order of addresses.
    let (v4, v6) = hosts.split_at(hosts.partition_point(IpAddr::is_ipv4));
    cover_sorted(v4, addresses, &mut prefixes);
    cover_sorted(v6, addresses, &mut prefixes);
    prefixes
}

fn cover_sorted(hosts: &[IpAddr], addresses: &[IpAddr], prefixes: &mut Vec<IpNet>) {
    let (Some(first), Some(last)) = (hosts.first(), hosts.last()) else { return };
    let length = common_bits(*first, *last);
    let narrowest = prefix(*first, length);
    let widest = if first.is_ipv4() { WIDEST_V4 } else { WIDEST_V6 };
    let from = addresses.partition_point(|address| *address < narrowest.network());
    let to = addresses.partition_point(|address| *address <= narrowest.broadcast());
    if length >= widest && to - from <= hosts.len() {
        return prefixes.push(narrowest);
    }
    // The hosts differ in the next bit: those that have it come last.
    let middle = hosts.partition_point(|host| !has_bit(*host, length));
    cover_sorted(&hosts[..middle], addresses, prefixes);
    cover_sorted(&hosts[middle..], addresses, prefixes);
}

fn common_bits(one: IpAddr, other: IpAddr) -> u8 {
    let bits = match (one, other) {
        (IpAddr::V4(one), IpAddr::V4(other)) => (u32::from(one) ^ u32::from(other)).leading_zeros(),
        (IpAddr::V6(one), IpAddr::V6(other)) => (u128::from(one) ^ u128::from(other)).leading_zeros(),
        _ => 0,
    };
    bits as u8
}

fn has_bit(address: IpAddr, place: u8) -> bool {
    match address {
        IpAddr::V4(v4) => u32::from(v4).checked_shl(place.into()).unwrap_or(0) >> 31 == 1,
        IpAddr::V6(v6) => u128::from(v6).checked_shl(place.into()).unwrap_or(0) >> 127 == 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(hosts: &[&str], others: &[&str], expected: &[&str]) {
        let parse =
            |texts: &[&str]| texts.iter().map(|text| text.parse().expect("an address")).collect::<BTreeSet<IpAddr>>();
        let all: Vec<IpAddr> = parse(hosts).union(&parse(others)).copied().collect();
        let prefixes: Vec<String> = cover(&parse(hosts), &all).iter().map(IpNet::to_string).collect();
        assert_eq!(prefixes, expected);
    }

    #[test]
    fn covers() {
        check(&["10.0.0.4"], &[], &["10.0.0.4/32"]);
        check(&["10.0.0.4", "10.0.0.7"], &[], &["10.0.0.4/30"]);
        check(&["10.0.0.4", "10.0.0.7"], &["10.0.0.5"], &["10.0.0.4/32", "10.0.0.7/32"]);
        check(&["10.0.0.1", "10.0.1.1"], &[], &["10.0.0.1/32", "10.0.1.1/32"]);
        check(&["2001:db8::1", "2001:db8::2", "10.0.0.1"], &["2001:db8::4"], &["10.0.0.1/32", "2001:db8::/126"]);
        check(&[], &["10.0.0.1"], &[]);
    }

    proptest! {
        #[test]
        fn every_host_and_no_other(hosts in prop::collection::btree_set(0u32..600, 0..40), others in prop::collection::btree_set(0u32..600, 0..40)) {
            let address = |number: &u32| IpAddr::from(std::net::Ipv4Addr::from(0x0a00_0000 + number));
            let members: BTreeSet<IpAddr> = hosts.iter().map(address).collect();
            let all: Vec<IpAddr> = hosts.union(&others).map(address).collect();
            let prefixes = cover(&members, &all);
            let holds = |address: &IpAddr| prefixes.iter().filter(|prefix| prefix.contains(address)).count();
            prop_assert!(members.iter().all(|host| holds(host) == 1));
            prop_assert!(all.iter().filter(|address| !members.contains(address)).all(|address| holds(address) == 0));
        }
    }
}
