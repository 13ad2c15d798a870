//! Teredo: IPv6 in UDP over IPv4, RFC 4380 section 5.1.1.
//!
//! ```text
//! authentication, may be left out: | 0x0001 | client length 1 | value length 1 | client | value | nonce 8 | confirmation 1 |
//! origin, may be left out:         | 0x0000 | port 2 | address 4 |
//! ```

use crate::bytes::be16;
use crate::decoder::{Decoder, Next};
use crate::link;
use crate::network::ipv6::{HEADER, Ipv6};
use crate::packet::TunnelKind;

const AUTHENTICATION: u16 = 0x0001;
const ORIGIN: u16 = 0x0000;
/// Teredo's prefix, RFC 4380 section 2.6, and link-local addresses, which its routers solicit from.
const PREFIXES: [[u8; 2]; 2] = [[0x20, 0x01], [0xfe, 0x80]];

/// Bytes before the IPv6 header.
fn header_length(bytes: &[u8]) -> Option<usize> {
    let mut length = 0;
    if be16(bytes, 0) == AUTHENTICATION {
        length = 13 + usize::from(*bytes.get(2)?) + usize::from(*bytes.get(3)?);
    }
    if bytes.get(length..length + 2)? == ORIGIN.to_be_bytes() {
        length += 8;
    }
    Some(length)
}

/// The port is one that a host may pick: the length has to be exact, and an address Teredo's.
fn is_plausible(bytes: &[u8]) -> bool {
    let Ok(ipv6) = Ipv6::parse(bytes) else { return false };
    let is_exact = HEADER + usize::from(ipv6.payload_length()) == bytes.len();
    is_exact && [8, 24].iter().any(|at| PREFIXES.iter().any(|prefix| ipv6.address(*at).octets().starts_with(prefix)))
}

pub(crate) fn decode(decoder: &mut Decoder) -> Next {
    if decoder.packet.network.is_some_and(|network| network.source.is_ipv6()) {
        return Next::Done;
    }
    match header_length(decoder.rest) {
        Some(length) if is_plausible(decoder.rest.get(length..).unwrap_or_default()) => {
            decoder.enter(TunnelKind::Teredo, None, length, Next::EtherType(link::IPV6))
        }
        _ => Next::Done,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers() {
        assert_eq!(header_length(&[0x60, 0, 0, 0]), Some(0));
        assert_eq!(header_length(&[0, 0, 1, 2, 3, 4, 5, 6, 0x60]), Some(8));
        assert_eq!(header_length(&[&[0, 1, 0, 0][..], &[9; 9], &[0x60, 0]].concat()), Some(13));
        assert_eq!(header_length(&[0, 1, 255, 255]), None);
    }
}
