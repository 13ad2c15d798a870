//! Ethernet II and IEEE 802.3.
//!
//! ```text
//! | destination 6 | source 6 | EtherType 2, or length of 802.2 below 0x0600 |
//! ```

use crate::anomaly::ETHERNET_PKT_TOO_SMALL;
use crate::decoder::{Decoder, Next};
use crate::link;

/// Bytes of the header.
pub(crate) const HEADER: usize = 14;
/// The smallest EtherType; numbers below are lengths (IEEE 802.3 section 3.2.6).
const ETHER_TYPE_MIN: u16 = 0x0600;

/// An Ethernet header.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ethernet<'a> {
    header: &'a [u8; HEADER],
}

impl<'a> Ethernet<'a> {
    /// `None` if there are fewer bytes than a header has.
    pub(crate) fn parse(bytes: &'a [u8]) -> Option<Ethernet<'a>> {
        Some(Ethernet { header: bytes.first_chunk()? })
    }

    /// Source and destination.
    pub(crate) fn macs(&self) -> [[u8; 6]; 2] {
        let [d0, d1, d2, d3, d4, d5, s0, s1, s2, s3, s4, s5, ..] = *self.header;
        [[s0, s1, s2, s3, s4, s5], [d0, d1, d2, d3, d4, d5]]
    }

    /// EtherType or length.
    pub(crate) fn ether_type(&self) -> u16 {
        u16::from_be_bytes([self.header[12], self.header[13]])
    }

    /// What comes behind the header.
    pub(crate) fn next(&self) -> Next {
        behind(self.ether_type())
    }
}

/// What comes behind an EtherType or length.
pub(crate) const fn behind(ether_type: u16) -> Next {
    if ether_type >= ETHER_TYPE_MIN { Next::EtherType(ether_type) } else { Next::Llc }
}

/// Reads the header; VLANs of a frame around this one are forgotten.
#[inline]
pub(crate) fn decode(decoder: &mut Decoder) -> Next {
    let Some(ethernet) = Ethernet::parse(decoder.rest) else { return decoder.cut(ETHERNET_PKT_TOO_SMALL) };
    decoder.packet.macs = Some(ethernet.macs());
    decoder.packet.frame_type = ethernet.ether_type();
    decoder.packet.vlans.clear();
    decoder.skip(HEADER);
    decoder.packet.payload = decoder.rest;
    match ethernet.next() {
        Next::EtherType(ether_type) => link::ether_type(decoder, ether_type),
        length => length,
    }
}

/// Could these bytes be an Ethernet frame? For encapsulations that are known by a port or a guess only.
pub(crate) fn is_plausible(bytes: &[u8]) -> bool {
    let Some(ethernet) = Ethernet::parse(bytes) else { return false };
    let inside = bytes.get(HEADER..).unwrap_or_default();
    match ethernet.next() {
        Next::EtherType(link::IPV4) => crate::network::ipv4::is_plausible(inside),
        Next::EtherType(link::IPV6) => crate::network::ipv6::is_plausible(inside),
        Next::EtherType(ether_type) => link::is_known(ether_type),
        _ => usize::from(ethernet.ether_type()) <= inside.len() && link::llc::is_plausible(inside),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(tail: &[u8], next: Next) {
        let bytes = [&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], tail].concat();
        let ethernet = Ethernet::parse(&bytes).unwrap();
        assert_eq!(ethernet.macs(), [[7, 8, 9, 10, 11, 12], [1, 2, 3, 4, 5, 6]]);
        assert_eq!(ethernet.next(), next);
    }

    #[test]
    fn types_and_lengths() {
        check(&[0x08, 0x00], Next::EtherType(0x0800));
        check(&[0x06, 0x00], Next::EtherType(0x0600));
        check(&[0x05, 0xdc], Next::Llc);
        assert!(Ethernet::parse(&[0; 13]).is_none());
    }
}
