//! IPv4, RFC 791.
//!
//! ```text
//! | version 4 bits | header length 4 | service 1 byte | total length 2 |
//! | identification 2 | reserved, do not, more 3 bits | fragment offset 13 |
//! | time to live 1 | protocol 1 | checksum 2 | source 4 | destination 4 | options |
//! ```

use crate::anomaly::{self, Malformed};
use crate::decoder::{Decoder, Next};
use crate::network::ipv4_options;
use crate::packet::{Fragment, Network};
use std::net::{IpAddr, Ipv4Addr};

/// Bytes of a header without options.
pub(crate) const HEADER: usize = 20;
const DO_NOT_FRAGMENT: u16 = 0x4000;
const MORE_FRAGMENTS: u16 = 0x2000;
const OFFSET: u16 = 0x1fff;

/// An IPv4 header whose fixed part is there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ipv4<'a> {
    header: &'a [u8; HEADER],
}

impl<'a> Ipv4<'a> {
    /// Reads the fixed part.
    #[inline]
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Ipv4<'a>, Malformed> {
        let header: &[u8; HEADER] = bytes.first_chunk().ok_or(anomaly::IPV4_PKT_TOO_SMALL)?;
        if header[0] >> 4 != 4 {
            return Err(anomaly::IPV4_WRONG_IP_VERSION);
        }
        if header[0] & 0x0f < 5 {
            return Err(anomaly::IPV4_HLEN_TOO_SMALL);
        }
        Ok(Ipv4 { header })
    }

    /// Bytes of the header with options.
    pub(crate) fn header_length(&self) -> u16 {
        u16::from(self.header[0] & 0x0f) * 4
    }

    /// As the header says; 0 where the network card was to cut the datagram into segments.
    pub(crate) fn total_length(&self) -> u16 {
        u16::from_be_bytes([self.header[2], self.header[3]])
    }

    fn flags_and_offset(&self) -> u16 {
        u16::from_be_bytes([self.header[6], self.header[7]])
    }

    fn fragment(&self) -> Option<Fragment> {
        let field = self.flags_and_offset();
        if field & (MORE_FRAGMENTS | OFFSET) == 0 {
            return None;
        }
        Some(Fragment { offset: u32::from(field & OFFSET) * 8, more: field & MORE_FRAGMENTS != 0 })
    }

    fn address(&self, at: usize) -> IpAddr {
        let [a, b, c, d] = self.header[at..].first_chunk().copied().unwrap_or_default();
        IpAddr::V4(Ipv4Addr::new(a, b, c, d))
    }

    /// All fields; `total_length` is given, since it may not be the header's.
    #[inline]
    fn network(&self, total_length: u32) -> Network {
        Network {
            source: self.address(12),
            destination: self.address(16),
            protocol: self.header[9],
            ttl: self.header[8],
            traffic_class: self.header[1],
            total_length,
            header_length: self.header_length(),
            identification: u32::from(u16::from_be_bytes([self.header[4], self.header[5]])),
            flow_label: 0,
            fragment: self.fragment(),
            is_unfragmentable: self.flags_and_offset() & DO_NOT_FRAGMENT != 0,
        }
    }
}

/// Reads the header and trims the rest to the length it says.
#[inline]
pub(crate) fn decode(decoder: &mut Decoder) -> Next {
    let ipv4 = match Ipv4::parse(decoder.rest) {
        Ok(ipv4) => ipv4,
        Err(malformed) if malformed == anomaly::IPV4_PKT_TOO_SMALL => return decoder.cut(malformed),
        Err(malformed) => return decoder.fail(malformed),
    };
    let header_length = usize::from(ipv4.header_length());
    match usize::from(ipv4.total_length()) {
        // TCP segmentation offload: the card would have filled it in.
        0 => {}
        total if total < header_length => {
            decoder.packet.network = Some(ipv4.network(total as u32));
            decoder.packet.payload = &[];
            return decoder.fail(anomaly::IPV4_IPLEN_SMALLER_THAN_HLEN);
        }
        total => {
            if !decoder.limit(total) {
                decoder.flag(anomaly::IPV4_TRUNC_PKT);
            }
        }
    }
    let total_length = u32::try_from(decoder.rest.len()).unwrap_or(u32::MAX).saturating_add(decoder.absent);
    let network = ipv4.network(total_length);
    decoder.packet.network = Some(network);
    decoder.packet.datagram = decoder.rest;
    if header_length > HEADER {
        ipv4_options::check(decoder, header_length);
    }
    decoder.begin_payload(header_length);
    if network.fragment.is_some() {
        return Next::Done;
    }
    Next::Protocol(network.protocol)
}

/// Could these bytes be an IPv4 datagram, as far as they were captured?
pub(crate) fn is_plausible(bytes: &[u8]) -> bool {
    Ipv4::parse(bytes).is_ok_and(|ipv4| ipv4.total_length() == 0 || ipv4.total_length() >= ipv4.header_length())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER_BYTES: [u8; 20] = [0x45, 0x10, 0, 40, 0x12, 0x34, 0x20, 0x03, 63, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];

    #[test]
    fn fields() {
        let network = Ipv4::parse(&HEADER_BYTES).unwrap().network(40);
        assert_eq!((network.identification, network.ttl, network.protocol), (0x1234, 63, 6));
        assert_eq!(network.fragment, Some(Fragment { offset: 24, more: true }));
        assert_eq!(network.destination, IpAddr::from([10, 0, 0, 2]));
    }

    #[track_caller]
    fn check(first: u8, expected: Malformed) {
        let mut bytes = HEADER_BYTES;
        bytes[0] = first;
        assert_eq!(Ipv4::parse(&bytes).map(|_| ()), Err(expected));
    }

    #[test]
    fn refuse() {
        check(0x65, anomaly::IPV4_WRONG_IP_VERSION);
        check(0x44, anomaly::IPV4_HLEN_TOO_SMALL);
    }
}
