//! Every address of the conversations once, in order, and where it is there.
//!
//! By sorting: in a table of millions of addresses every look-up waits for memory, twice for each conversation.

use super::estate::Host;
use super::held::Entry;
use super::observation::is_here;
use super::record::Sign;
use std::net::{IpAddr, Ipv4Addr};

/// Client and server of an entry: their places among the hosts.
pub(super) type Ranks = [u32; 2];

/// One end of an entry.
#[derive(Clone, Copy)]
struct End<A> {
    address: A,
    entry: u32,
    is_server: bool,
}

/// Every address, in order, and the ranks of each entry. Inside is what is private, or was observed at its own interface.
pub(super) fn hosts(entries: &[Entry]) -> (Vec<Host>, Vec<Ranks>) {
    let (mut v4, mut v6) = (Vec::new(), Vec::new());
    for (entry, number) in entries.iter().zip(0..) {
        for (address, is_server) in [(entry.key.client, false), (entry.key.server, true)] {
            match address {
                IpAddr::V4(address) => v4.push(End { address: address.to_bits(), entry: number, is_server }),
                IpAddr::V6(address) => v6.push(End { address: address.to_bits(), entry: number, is_server }),
            }
        }
    }
    let (mut hosts, mut ranks) = (Vec::new(), vec![[0; 2]; entries.len()]);
    // As the addresses are ordered: those of IPv4 first.
    settle(v4, |bits| Ipv4Addr::from_bits(bits).into(), &mut hosts, &mut ranks);
    settle(v6, |bits| IpAddr::V6(bits.into()), &mut hosts, &mut ranks);
    for (entry, [client, server]) in entries.iter().zip(&ranks) {
        let signs = entry.kept.signs;
        hosts[*client as usize].is_inside |= signs.has(Sign::AT_CLIENT);
        hosts[*server as usize].is_inside |= signs.has(Sign::AT_SERVER);
    }
    (hosts, ranks)
}

/// Adds the hosts of a family, and tells its ends their ranks.
fn settle<A: Copy + Ord>(mut ends: Vec<End<A>>, ip: impl Fn(A) -> IpAddr, hosts: &mut Vec<Host>, ranks: &mut [Ranks]) {
    ends.sort_unstable_by_key(|end| end.address);
    let runs = || ends.chunk_by(|a, b| a.address == b.address);
    hosts.reserve_exact(runs().count());
    for run in runs() {
        let (rank, address) = (hosts.len() as u32, ip(run[0].address));
        hosts.push(Host::new(address, is_here(address)));
        run.iter().for_each(|end| ranks[end.entry as usize][usize::from(end.is_server)] = rank);
    }
}
