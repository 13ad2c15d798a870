//! PPP, RFC 1661, with or without HDLC-like framing (RFC 1662) and with compressed fields.
//!
//! ```text
//! | address 0xff, control 0x03, may be left out | protocol 1 or 2 |
//! ```

use crate::anomaly::{self, Malformed};
use crate::decoder::{Decoder, Next};
use crate::link;
use crate::network::{ipv4, ipv6};

const IPV4: u16 = 0x0021;
const IPV6: u16 = 0x0057;
const VAN_JACOBSON_UNCOMPRESSED: u16 = 0x002f;
const MPLS_UNICAST: u16 = 0x0281;
const MPLS_MULTICAST: u16 = 0x0283;

/// The protocol, and how many bytes it and what is before it take. The lowest bit of its last byte is set (RFC 1661 section 2).
fn protocol(bytes: &[u8]) -> Option<(u16, usize)> {
    let framing = if bytes.starts_with(&[0xff, 0x03]) { 2 } else { 0 };
    match bytes.get(framing..)? {
        [first, ..] if first & 1 == 1 => Some((u16::from(*first), framing + 1)),
        [high, low, ..] => Some((u16::from_be_bytes([*high, *low]), framing + 2)),
        _ => None,
    }
}

pub(crate) fn decode(decoder: &mut Decoder) -> Next {
    let Some((protocol, header)) = protocol(decoder.rest) else { return decoder.cut(anomaly::PPP_PKT_TOO_SMALL) };
    decoder.skip(header);
    decoder.packet.payload = decoder.rest;
    decoder.packet.ether_type = protocol;
    match protocol {
        IPV4 => ip(decoder, ipv4::HEADER, anomaly::PPP_IP4_PKT_TOO_SMALL, link::IPV4),
        IPV6 => ip(decoder, ipv6::HEADER, anomaly::PPP_IP6_PKT_TOO_SMALL, link::IPV6),
        // The header's protocol is a connection's number, which only its receiver can turn into a header again (RFC 1144).
        VAN_JACOBSON_UNCOMPRESSED if decoder.rest.len() < ipv4::HEADER => decoder.cut(anomaly::PPP_VJU_PKT_TOO_SMALL),
        MPLS_UNICAST | MPLS_MULTICAST => Next::Mpls,
        protocol if is_assigned(protocol) => decoder.fail_unless_control(protocol),
        _ => decoder.fail(anomaly::PPP_WRONG_TYPE),
    }
}

fn ip(decoder: &mut Decoder, header: usize, too_small: Malformed, ether_type: u16) -> Next {
    if decoder.rest.len() < header { decoder.cut(too_small) } else { Next::EtherType(ether_type) }
}

/// Protocols that are assigned have an odd low byte and an even high byte (RFC 1661 section 2).
const fn is_assigned(protocol: u16) -> bool {
    protocol & 0x0101 == 0x0001
}

impl Decoder<'_, '_, '_> {
    /// Control protocols (0x8000 and above: LCP, IPCP, PAP, ...) carry no traffic, so that nothing is missed in them.
    fn fail_unless_control(&mut self, protocol: u16) -> Next {
        if protocol >= 0x8000 { Next::Done } else { self.fail(anomaly::PPP_UNSUP_PROTO) }
    }
}

/// With a byte before it that says which way it went.
pub(crate) fn decode_with_direction(decoder: &mut Decoder) -> Next {
    decoder.skip(1);
    Next::Ppp
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn protocols() {
        assert_eq!(protocol(&[0xff, 3, 0, 0x21]), Some((IPV4, 4)));
        assert_eq!(protocol(&[0, 0x57]), Some((IPV6, 2)));
        assert_eq!(protocol(&[0x21]), Some((IPV4, 1)));
        assert_eq!(protocol(&[0xff, 3, 0]), None);
    }
}
