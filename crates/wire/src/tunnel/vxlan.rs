//! VXLAN (RFC 7348) and VXLAN-GPE (draft-ietf-nvo3-vxlan-gpe).
//!
//! ```text
//! VXLAN:     | flags 1, 0x08 = network id is there | reserved 3 | network id 3 | reserved 1 | Ethernet |
//! VXLAN-GPE: | flags 1, 0x04 = protocol is there | reserved 2 | protocol 1 | network id 3 | reserved 1 | by protocol |
//! ```

use crate::anomaly::VXLAN_UNKNOWN_PAYLOAD_TYPE;
use crate::bytes::be24;
use crate::decoder::{Decoder, Next};
use crate::link::{self, ethernet};
use crate::packet::TunnelKind;
use crate::tunnel::policy;

const HEADER: usize = 8;
const HAS_NETWORK_ID: u8 = 0x08;
const HAS_PROTOCOL: u8 = 0x04;
/// Version bits of VXLAN-GPE.
const VERSION: u8 = 0x30;

/// A header that has a network id.
#[derive(Clone, Copy, Debug)]
struct Vxlan<'a> {
    header: &'a [u8; HEADER],
    inside: &'a [u8],
}

impl<'a> Vxlan<'a> {
    /// `None` if it is cut or has no network id.
    fn parse(bytes: &'a [u8]) -> Option<Vxlan<'a>> {
        let (header, inside) = bytes.split_first_chunk()?;
        (header[0] & HAS_NETWORK_ID != 0).then_some(Vxlan { header, inside })
    }

    fn network_id(&self) -> u32 {
        be24(self.header, 4)
    }

    /// Exactly as RFC 7348 says; receivers must not insist on the reserved bits, and group policy uses some.
    fn is_by_the_letter(&self) -> bool {
        self.header[0] == HAS_NETWORK_ID && self.header[1..4] == [0; 3] && self.header[7] == 0
    }

    /// The port is in the range that hosts pick their own from. A datagram that came to it by chance is not taken for VXLAN:
    /// what is inside has to be a frame, or nothing may depart from the letter.
    fn is_plausible(&self) -> bool {
        ethernet::is_plausible(self.inside) || self.is_by_the_letter() && self.inside.len() >= ethernet::HEADER
    }

    /// The protocol of VXLAN-GPE.
    fn protocol(&self) -> u8 {
        self.header[3]
    }
}

pub(crate) fn decode(decoder: &mut Decoder) -> Next {
    match Vxlan::parse(decoder.rest) {
        Some(vxlan) if vxlan.is_plausible() && policy::allows(decoder) => {
            decoder.enter(TunnelKind::Vxlan, Some(vxlan.network_id()), HEADER, Next::Ethernet)
        }
        _ => Next::Done,
    }
}

/// VXLAN-GPE; without its protocol bit it is VXLAN on another port.
pub(crate) fn decode_generic(decoder: &mut Decoder) -> Next {
    let Some(vxlan) = Vxlan::parse(decoder.rest) else { return Next::Done };
    if vxlan.header[0] & HAS_PROTOCOL == 0 {
        return decode(decoder);
    }
    if vxlan.header[0] & VERSION != 0 || vxlan.header[1..3] != [0; 2] || !policy::allows(decoder) {
        return Next::Done;
    }
    let next = match vxlan.protocol() {
        1 => Next::EtherType(link::IPV4),
        2 => Next::EtherType(link::IPV6),
        3 => Next::Ethernet,
        4 => Next::Nsh,
        5 => Next::Mpls,
        _ => return decoder.fail(VXLAN_UNKNOWN_PAYLOAD_TYPE),
    };
    decoder.enter(TunnelKind::VxlanGpe, Some(vxlan.network_id()), HEADER, next)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Twelve bytes of MACs and then this.
    fn frame(tail: &[u8]) -> Vec<u8> {
        [&[2; 12], tail].concat()
    }

    #[track_caller]
    fn check(header: [u8; 8], inside: &[u8], expected: Option<u32>) {
        let bytes = [&header, inside].concat();
        let vxlan = Vxlan::parse(&bytes).filter(Vxlan::is_plausible);
        assert_eq!(vxlan.map(|vxlan| vxlan.network_id()), expected);
    }

    #[test]
    fn what_is_a_vxlan() {
        let ipv4 = frame(&[&[8, 0, 0x45, 0, 0, 20][..], &[0; 16]].concat());
        check([8, 0, 0, 0, 0, 0x12, 0x34, 0], &ipv4, Some(0x1234));
        check([0, 0, 0, 0, 0, 0x12, 0x34, 0], &ipv4, None);
        check([0x88, 0, 0, 7, 0, 0, 1, 0], &ipv4, Some(1));
        check([8, 0, 0, 0, 0, 0, 1, 0], &frame(&[0x99, 0x99]), Some(1));
        // An answer of DNS to a host that picked 4789: id 0x0881, flags 0x8180.
        check([8, 0x81, 0x81, 0x80, 0, 1, 0, 1], &frame(&[0x99, 0x99]), None);
    }
}
