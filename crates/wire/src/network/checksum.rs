//! The Internet checksum, RFC 1071, computed where someone asks.
//!
//! A wrong checksum is not a wrong packet: what a host sends is often captured before its network card fills the checksum in,
//! and mirrors copy it so.

use crate::packet::{Network, Packet, Transport};
use crate::transport;
use std::net::IpAddr;

/// The sum of the bytes as 16-bit numbers, folded.
fn sum(bytes: &[u8]) -> u32 {
    let (words, rest) = bytes.as_chunks::<4>();
    let total: u64 = words.iter().map(|word| u64::from(u32::from_be_bytes(*word))).sum();
    let (pairs, odd) = rest.as_chunks::<2>();
    let tail: u64 = pairs.iter().map(|pair| u64::from(u16::from_be_bytes(*pair))).sum();
    let last = odd.first().map_or(0, |byte| u64::from(*byte) << 8);
    fold(total + tail + last)
}

fn fold(mut total: u64) -> u32 {
    while total > 0xffff {
        total = (total & 0xffff) + (total >> 16);
    }
    total as u32
}

/// The sum of the addresses, length and protocol that TCP, UDP and ICMPv6 include (RFC 9293 section 3.1, RFC 8200 section 8.1).
fn pseudo_header(network: &Network, length: usize) -> u32 {
    let addresses = match (network.source, network.destination) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => sum(&source.octets()) + sum(&destination.octets()),
        (source, destination) => sum(&octets(source)) + sum(&octets(destination)),
    };
    addresses + fold(length as u64) + u32::from(network.protocol)
}

fn octets(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
        IpAddr::V6(address) => address.octets(),
    }
}

/// Is the checksum of an IPv4 header right? `header` is all of it, with options.
pub fn ipv4_header_is_right(header: &[u8]) -> bool {
    sum(header) == 0xffff
}

/// Is the checksum of a TCP segment, UDP datagram or ICMPv6 message right, that includes the addresses of `network`?
pub fn with_addresses_is_right(network: &Network, message: &[u8]) -> bool {
    fold(u64::from(sum(message)) + u64::from(pseudo_header(network, message.len()))) == 0xffff
}

/// Is the checksum of an ICMP message of IPv4 right?
pub fn icmp_is_right(message: &[u8]) -> bool {
    sum(message) == 0xffff
}

impl Packet<'_> {
    /// Is the checksum of the innermost IPv4 header right? `None` where there is none, or not all of it.
    pub fn ipv4_checksum_is_right(&self) -> Option<bool> {
        let network = self.network.filter(|network| network.source.is_ipv4())?;
        // An authentication header counts as header here, but not for the checksum.
        let length = usize::from(self.datagram.first()? & 0x0f) * 4;
        let header = self.datagram.get(..length.min(usize::from(network.header_length)))?;
        Some(ipv4_header_is_right(header))
    }

    /// Is the checksum of TCP, UDP, ICMP or ICMPv6 right? `None` where there is none to check: a fragment, a message that was
    /// not captured whole, a datagram whose sender left it out (UDP checksum 0), or a source route that hides the last address.
    pub fn transport_checksum_is_right(&self) -> Option<bool> {
        let network = self.network.filter(|network| network.fragment.is_none())?;
        let message = self.datagram.get(usize::from(network.header_length)..)?;
        if self.missing_bytes > 0 || crate::network::ipv6_extensions::is_source_routed(self.datagram) {
            return None;
        }
        match self.transport {
            Transport::Tcp(_) => Some(with_addresses_is_right(&network, message)),
            Transport::Udp(udp) if udp.checksum != 0 => {
                let message = message.get(..usize::from(udp.length)).filter(|_| udp.length != 0).unwrap_or(message);
                Some(with_addresses_is_right(&network, message))
            }
            Transport::Icmp(_) if network.protocol == transport::ICMPV6 => {
                Some(with_addresses_is_right(&network, message))
            }
            Transport::Icmp(_) => Some(icmp_is_right(message)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums() {
        assert_eq!(sum(&[]), 0);
        assert_eq!(sum(&[1]), 0x0100);
        assert_eq!(sum(&[0xff, 0xff, 0, 1]), 1);
        // RFC 1071 section 3.
        assert_eq!(sum(&[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]), 0xddf2);
    }

    #[test]
    fn ipv4_header() {
        let header = [0x45, 0, 0, 0x73, 0, 0, 0x40, 0, 0x40, 0x11, 0xb8, 0x61, 0xc0, 0xa8, 0, 1, 0xc0, 0xa8, 0, 0xc7];
        assert!(ipv4_header_is_right(&header));
    }
}
