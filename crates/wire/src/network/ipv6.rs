//! IPv6, RFC 8200.
//!
//! ```text
//! | version 4 bits | traffic class 8 | flow label 20 |
//! | payload length 2 bytes | next header 1 | hop limit 1 | source 16 | destination 16 |
//! ```

use crate::anomaly::{self, Malformed};
use crate::bytes::{be16, be32};
use crate::decoder::{Decoder, Next};
use crate::network::ipv6_extensions;
use crate::packet::Network;
use std::net::{IpAddr, Ipv6Addr};

/// Bytes of the fixed header.
pub(crate) const HEADER: usize = 40;

/// An IPv6 header.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ipv6<'a> {
    header: &'a [u8; HEADER],
}

impl<'a> Ipv6<'a> {
    /// Reads the fixed header.
    #[inline]
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Ipv6<'a>, Malformed> {
        let header: &[u8; HEADER] = bytes.first_chunk().ok_or(anomaly::IPV6_PKT_TOO_SMALL)?;
        if header[0] >> 4 != 6 {
            return Err(anomaly::IPV6_WRONG_IP_VERSION);
        }
        Ok(Ipv6 { header })
    }

    /// Bytes behind the header; 0 for a jumbogram, and where the network card was to cut the datagram into segments.
    pub(crate) fn payload_length(&self) -> u16 {
        be16(self.header, 4)
    }

    pub(crate) fn next_header(&self) -> u8 {
        self.header[6]
    }

    pub(crate) fn address(&self, at: usize) -> Ipv6Addr {
        let octets: [u8; 16] = self.header[at..].first_chunk().copied().unwrap_or_default();
        Ipv6Addr::from(octets)
    }

    fn network(&self, total_length: u32) -> Network {
        Network {
            source: IpAddr::V6(self.address(8)),
            destination: IpAddr::V6(self.address(24)),
            protocol: self.next_header(),
            ttl: self.header[7],
            traffic_class: (be16(self.header, 0) >> 4) as u8,
            total_length,
            header_length: HEADER as u16,
            identification: 0,
            flow_label: be32(self.header, 0) & 0x000f_ffff,
            fragment: None,
            is_unfragmentable: false,
        }
    }
}

/// Reads the fixed header and trims the rest to the length it says.
#[inline]
pub(crate) fn decode(decoder: &mut Decoder) -> Next {
    let ipv6 = match Ipv6::parse(decoder.rest) {
        Ok(ipv6) => ipv6,
        Err(malformed) if malformed == anomaly::IPV6_PKT_TOO_SMALL => return decoder.cut(malformed),
        Err(malformed) => return decoder.fail(malformed),
    };
    let payload_length = match usize::from(ipv6.payload_length()) {
        0 => ipv6_extensions::jumbo_length(decoder.rest).or_else(|| none_follows(&ipv6)),
        length => Some(length),
    };
    if payload_length.is_some_and(|length| !decoder.limit(HEADER.saturating_add(length))) {
        decoder.flag(anomaly::IPV6_TRUNC_PKT);
    }
    let total_length = u32::try_from(decoder.rest.len()).unwrap_or(u32::MAX).saturating_add(decoder.absent);
    decoder.packet.network = Some(ipv6.network(total_length));
    decoder.packet.datagram = decoder.rest;
    decoder.begin_payload(HEADER);
    ipv6_extensions::decode(decoder, ipv6.next_header())
}

/// A payload length of 0 means 0 where no header follows; else it is that of segmentation offload.
fn none_follows(ipv6: &Ipv6) -> Option<usize> {
    (ipv6.next_header() == ipv6_extensions::NO_NEXT_HEADER).then_some(0)
}

/// Could these bytes be an IPv6 datagram?
pub(crate) fn is_plausible(bytes: &[u8]) -> bool {
    Ipv6::parse(bytes).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields() {
        let mut bytes = [0; 40];
        bytes[..8].copy_from_slice(&[0x6a, 0xb1, 0x23, 0x45, 0, 8, 17, 64]);
        bytes[23] = 1;
        bytes[39] = 2;
        let network = Ipv6::parse(&bytes).unwrap().network(48);
        assert_eq!((network.traffic_class, network.flow_label, network.ttl), (0xab, 0x12345, 64));
        assert_eq!((network.source, network.destination), ("::1".parse().unwrap(), "::2".parse().unwrap()));
        assert_eq!(Ipv6::parse(&bytes[..39]).map(|_| ()), Err(anomaly::IPV6_PKT_TOO_SMALL));
    }
}
