//! GENEVE, RFC 8926.
//!
//! ```text
//! | version 2 bits | length of options in 4 bytes 6 | control 1, critical 1, reserved 6 | protocol 2 bytes |
//! | network id 3 | reserved 1 | options |
//! ```

use crate::anomaly;
use crate::bytes::{be16, be24};
use crate::decoder::{Decoder, Next};
use crate::link::{self, ethernet};
use crate::network::{ipv4, ipv6};
use crate::packet::TunnelKind;
use crate::tunnel::{geneve_options, policy};

const HEADER: usize = 8;
const RESERVED: u8 = 0x3f;

/// A header with all its options.
#[derive(Clone, Copy, Debug)]
struct Geneve<'a> {
    header: &'a [u8; HEADER],
    options: &'a [u8],
    inside: &'a [u8],
}

impl<'a> Geneve<'a> {
    /// `None` if it is cut, of another version, or its options do not add up.
    fn parse(bytes: &'a [u8]) -> Option<Geneve<'a>> {
        let (header, behind) = bytes.split_first_chunk::<HEADER>()?;
        let (options, inside) = behind.split_at_checked(usize::from(header[0] & 0x3f) * 4)?;
        let is_right = header[0] >> 6 == 0 && header[1] & RESERVED == 0 && geneve_options::add_up(options);
        is_right.then_some(Geneve { header, options, inside })
    }

    fn protocol(&self) -> u16 {
        be16(self.header, 2)
    }

    fn network_id(&self) -> u32 {
        be24(self.header, 4)
    }

    /// As for VXLAN: the port alone proves nothing.
    fn is_plausible(&self) -> bool {
        match self.protocol() {
            link::IPV4 => ipv4::is_plausible(self.inside),
            link::IPV6 => ipv6::is_plausible(self.inside),
            link::ETHERNET_BRIDGING => ethernet::is_plausible(self.inside) || self.header[7] == 0,
            _ => self.header[7] == 0 && self.header[1] == 0,
        }
    }
}

pub(crate) fn decode(decoder: &mut Decoder) -> Next {
    let Some(geneve) = Geneve::parse(decoder.rest).filter(Geneve::is_plausible) else { return Next::Done };
    if !policy::allows(decoder) {
        return Next::Done;
    }
    let next = match geneve.protocol() {
        link::ETHERNET_BRIDGING => Next::Ethernet,
        protocol if link::is_known(protocol) => Next::EtherType(protocol),
        _ => return decoder.fail(anomaly::GENEVE_UNKNOWN_PAYLOAD_TYPE),
    };
    if geneve_options::has_unknown_critical(geneve.options) {
        decoder.flag(anomaly::GENEVE_CRITICAL_OPTION);
    }
    if decoder.packet.geneve_options.is_empty() {
        decoder.packet.geneve_options = geneve.options;
    }
    decoder.enter(TunnelKind::Geneve, Some(geneve.network_id()), HEADER + geneve.options.len(), next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], expected: Option<(u16, u32, usize)>) {
        let geneve = Geneve::parse(bytes);
        assert_eq!(geneve.map(|geneve| (geneve.protocol(), geneve.network_id(), geneve.options.len())), expected);
    }

    #[test]
    fn parse() {
        check(&[0, 0, 0x65, 0x58, 0, 1, 2, 0], Some((0x6558, 0x102, 0)));
        check(&[1, 0, 8, 0, 0, 0, 0, 0, 1, 8, 1, 0], Some((0x0800, 0, 4)));
        check(&[0x40, 0, 8, 0, 0, 0, 0, 0], None);
        check(&[2, 0, 8, 0, 0, 0, 0, 0, 1, 8, 1, 2, 0, 0, 0, 0], None);
        check(&[9, 0, 8, 0, 0, 0, 0, 0], None);
    }
}
