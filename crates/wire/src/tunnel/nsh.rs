//! Network service header, RFC 8300.
//!
//! ```text
//! | version 2 bits, OAM 1, reserved 1, time to live 6, length in 4 bytes 6 | reserved 4, metadata type 4 | next protocol 1 byte |
//! | service path 3 bytes, service index 1 | metadata |
//! ```

use crate::anomaly::{self, Malformed};
use crate::bytes::{be16, be24};
use crate::decoder::{Decoder, Next};
use crate::link;
use crate::packet::TunnelKind;

const HEADER: usize = 8;
/// Four words of metadata of fixed length.
const FIXED_METADATA: u8 = 1;
const FIXED_LENGTH: usize = 24;
const VARIABLE_METADATA: u8 = 2;

/// A network service header.
#[derive(Clone, Copy, Debug)]
struct ServiceHeader<'a> {
    header: &'a [u8; HEADER],
}

impl<'a> ServiceHeader<'a> {
    fn parse(bytes: &'a [u8]) -> Result<ServiceHeader<'a>, Malformed> {
        let header: &[u8; HEADER] = bytes.first_chunk().ok_or(anomaly::NSH_HEADER_TOO_SMALL)?;
        let parsed = ServiceHeader { header };
        if header[0] >> 6 != 0 {
            return Err(anomaly::NSH_UNSUPPORTED_VERSION);
        }
        let length = parsed.length();
        let is_right = match header[2] & 0x0f {
            0 | 0x0f => return Err(anomaly::NSH_RESERVED_TYPE),
            FIXED_METADATA => length == FIXED_LENGTH,
            VARIABLE_METADATA => length >= HEADER,
            _ => return Err(anomaly::NSH_UNSUPPORTED_TYPE),
        };
        if !is_right || length > bytes.len() {
            return Err(anomaly::NSH_BAD_HEADER_LENGTH);
        }
        Ok(parsed)
    }

    fn length(&self) -> usize {
        usize::from(be16(self.header, 0) & 0x3f) * 4
    }

    fn service_path(&self) -> u32 {
        be24(self.header, 4)
    }

    fn next(&self) -> Option<Next> {
        Some(match self.header[3] {
            1 => Next::EtherType(link::IPV4),
            2 => Next::EtherType(link::IPV6),
            3 => Next::Ethernet,
            4 => Next::Nsh,
            5 => Next::Mpls,
            _ => return None,
        })
    }
}

pub(crate) fn decode(decoder: &mut Decoder) -> Next {
    let service = match ServiceHeader::parse(decoder.rest) {
        Ok(service) => service,
        Err(malformed) => return decoder.cut(malformed),
    };
    let Some(next) = service.next() else { return decoder.fail(anomaly::NSH_UNKNOWN_PAYLOAD) };
    decoder.enter(TunnelKind::Nsh, Some(service.service_path()), service.length(), next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(first: [u8; 4], expected: Result<(usize, u32), Malformed>) {
        let bytes = [&first[..], &[0, 0, 7, 255], &[0; 16]].concat();
        let parsed = ServiceHeader::parse(&bytes);
        assert_eq!(parsed.map(|service| (service.length(), service.service_path())), expected);
    }

    #[test]
    fn parse() {
        check([0x0f, 0xc6, 1, 1], Ok((24, 7)));
        check([0x0f, 0xc2, 2, 1], Ok((8, 7)));
        check([0x0f, 0xc2, 1, 1], Err(anomaly::NSH_BAD_HEADER_LENGTH));
        check([0x4f, 0xc6, 1, 1], Err(anomaly::NSH_UNSUPPORTED_VERSION));
        check([0x0f, 0xc6, 0, 1], Err(anomaly::NSH_RESERVED_TYPE));
        check([0x0f, 0xc6, 3, 1], Err(anomaly::NSH_UNSUPPORTED_TYPE));
    }
}
