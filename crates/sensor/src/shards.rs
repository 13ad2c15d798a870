//! Which engine a packet belongs to.

use std::net::IpAddr;
use wire::{Packet, Transport};

/// Engines that conversations are spread over, whatever the number of workers.
pub(crate) const SHARDS: usize = 8;

/// The shard of a packet: the same for everything between two addresses, fragments and ICMP errors included.
pub(crate) fn shard_of(packet: &Packet<'_>) -> usize {
    let Some(network) = &packet.network else { return 0 };
    let (source, destination) = match &packet.transport {
        Transport::Icmp(icmp) => quoted_ends(icmp.about).unwrap_or((network.source, network.destination)),
        _ => (network.source, network.destination),
    };
    let mixed = (word(source) ^ word(destination)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    // Sums and differences of addresses are small numbers; the upper bits of the product depend on all of them.
    (mixed >> 61) as usize
}

/// The ends of the datagram that an ICMP error is about.
fn quoted_ends(about: &[u8]) -> Option<(IpAddr, IpAddr)> {
    match about.first()? >> 4 {
        4 => {
            let ends: &[u8; 8] = about.get(12..20)?.try_into().ok()?;
            let [a, b, c, d, e, f, g, h] = *ends;
            Some((IpAddr::from([a, b, c, d]), IpAddr::from([e, f, g, h])))
        }
        6 => {
            let source: [u8; 16] = about.get(8..24)?.try_into().ok()?;
            let destination: [u8; 16] = about.get(24..40)?.try_into().ok()?;
            Some((IpAddr::from(source), IpAddr::from(destination)))
        }
        _ => None,
    }
}

fn word(address: IpAddr) -> u64 {
    match address {
        IpAddr::V4(v4) => u64::from(v4.to_bits()).wrapping_mul(0xbf58_476d_1ce4_e5b9),
        IpAddr::V6(v6) => (v6.to_bits() >> 64) as u64 ^ (v6.to_bits() as u64).wrapping_mul(0x94d0_49bb_1331_11eb),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::packet::LinkType;

    fn shard(frame: &[u8]) -> usize {
        shard_of(&wire::decode(LinkType::RAW, frame, frame.len() as u32, &wire::DecodeConfig::default()))
    }

    fn ip(protocol: u8, ends: [[u8; 4]; 2], payload: &[u8]) -> Vec<u8> {
        let mut frame = vec![0x45, 0, 0, 20 + payload.len() as u8, 0, 0, 0, 0, 64, protocol, 0, 0];
        frame.extend(ends.concat());
        frame.extend(payload);
        frame
    }

    #[test]
    fn both_directions_fragments_and_errors_share_a_shard() {
        let (client, server, router) = ([10, 0, 0, 1], [192, 0, 2, 7], [10, 9, 9, 9]);
        let udp = [0x12, 0x34, 0, 53, 0, 8, 0, 0];
        let there = ip(17, [client, server], &udp);
        let back = ip(17, [server, client], &udp);
        let mut fragment = there.clone();
        fragment[7] = 9;
        let error = ip(1, [router, client], &[&[3, 1, 0, 0, 0, 0, 0, 0], there.as_slice()].concat());
        assert_eq!([&there, &back, &fragment, &error].map(|frame| shard(frame)), [shard(&there); 4]);
    }

    #[test]
    fn neighbours_spread_over_all_shards() {
        let mut counts = [0; SHARDS];
        for host in 0..=255 {
            counts[shard(&ip(17, [[10, 0, 0, host], [10, 0, 1, 5]], &[0; 8]))] += 1;
        }
        assert!(counts.iter().all(|count| *count > 8), "{counts:?}");
    }
}
