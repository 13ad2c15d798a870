//! GRE: RFC 2784, RFC 2890 (key and sequence), RFC 1701 (source routes), RFC 2637 (version 1, of PPTP), RFC 7637 (NVGRE), RFC 8086 (in
//! UDP).
//!
//! ```text
//! | checksum 1 bit, route 1, key 1, sequence 1, strict 1, recursion 3, acknowledgement 1, reserved 4, version 3 | protocol 2 bytes |
//! | checksum 2, offset 2 | key 4 | sequence 4 | acknowledgement 4 | routes |     each where its bit is set
//! ```

use crate::anomaly::{self, Malformed};
use crate::bytes::{be16, be24, be32};
use crate::decoder::{Decoder, Next};
use crate::link::{self, ethernet};
use crate::network::{ipv4, ipv6};
use crate::packet::{Transport, TunnelKind};
use crate::tunnel::{erspan, policy};

const HEADER: usize = 4;
const CHECKSUM: u16 = 0x8000;
const ROUTE: u16 = 0x4000;
const KEY: u16 = 0x2000;
const SEQUENCE: u16 = 0x1000;
const STRICT: u16 = 0x0800;
const RECURSION: u16 = 0x0700;
/// Version 1 only.
const ACKNOWLEDGEMENT: u16 = 0x0080;
/// Version 0; in version 1 without the first.
const RESERVED: u16 = 0x00f8;
const VERSION: u16 = 0x0007;

const ERSPAN: u16 = 0x88be;
const ERSPAN_III: u16 = 0x22eb;
/// Cisco's cache redirection: IPv4, behind four bytes of its own in version 2.
const WCCP: u16 = 0x883e;
/// Aruba's access points: an 802.11 frame, with the port's number in the lower bits.
const ARUBA: std::ops::RangeInclusive<u16> = 0x8200..=0x82ff;
const KEEP_ALIVE: u16 = 0x0000;

/// A GRE header with what its bits say.
#[derive(Clone, Copy, Debug)]
struct Gre {
    flags: u16,
    protocol: u16,
    key: Option<u32>,
    /// Bytes of the header.
    length: usize,
}

impl Gre {
    fn parse(bytes: &[u8]) -> Result<Gre, Malformed> {
        if bytes.len() < HEADER {
            return Err(anomaly::GRE_PKT_TOO_SMALL);
        }
        let (flags, protocol) = (be16(bytes, 0), be16(bytes, 2));
        let is_version_1 = flags & VERSION == 1;
        let has = |flag: u16| if flags & flag != 0 { 4 } else { 0 };
        let key_at = HEADER + has(CHECKSUM | ROUTE);
        let sequence_at = key_at + has(KEY);
        let acknowledgement = if is_version_1 { has(ACKNOWLEDGEMENT) } else { 0 };
        let mut length = sequence_at + has(SEQUENCE) + acknowledgement;
        if flags & ROUTE != 0 && !is_version_1 {
            length += routes_length(bytes.get(length..).unwrap_or_default())?;
        }
        if length > bytes.len() {
            return Err(match is_version_1 {
                true => anomaly::GRE_VERSION1_HDR_TOO_BIG,
                false => anomaly::GRE_VERSION0_HDR_TOO_BIG,
            });
        }
        let key = (flags & KEY != 0).then(|| be32(bytes, key_at));
        Ok(Gre { flags, protocol, key, length })
    }

    fn has(&self, flag: u16) -> bool {
        self.flags & flag != 0
    }

    /// What is wrong with the flags; the first such thing.
    fn problem(&self) -> Option<Malformed> {
        match self.flags & VERSION {
            0 if self.has(RECURSION) => Some(anomaly::GRE_VERSION0_RECUR),
            0 if self.has(RESERVED) => Some(anomaly::GRE_VERSION0_FLAGS),
            0 => None,
            1 if self.has(CHECKSUM) => Some(anomaly::GRE_VERSION1_CHKSUM),
            1 if self.has(ROUTE) => Some(anomaly::GRE_VERSION1_ROUTE),
            1 if self.has(STRICT) => Some(anomaly::GRE_VERSION1_SSR),
            1 if self.has(RECURSION) => Some(anomaly::GRE_VERSION1_RECUR),
            1 if self.has(RESERVED & !ACKNOWLEDGEMENT) => Some(anomaly::GRE_VERSION1_FLAGS),
            1 if self.protocol != link::PPP => Some(anomaly::GRE_VERSION1_WRONG_PROTOCOL),
            1 if !self.has(KEY) => Some(anomaly::GRE_VERSION1_NO_KEY),
            1 => None,
            _ => Some(anomaly::GRE_WRONG_VERSION),
        }
    }
}

/// Bytes of the source routes, which end with an empty one: `| family 2 | offset 1 | length 1 | route |`.
fn routes_length(bytes: &[u8]) -> Result<usize, Malformed> {
    let mut length = 0;
    loop {
        let route = bytes.get(length..length + 4).ok_or(anomaly::GRE_VERSION0_MALFORMED_SRE_HDR)?;
        length += 4 + usize::from(route[3]);
        if route == [0; 4] {
            return Ok(length);
        }
    }
}

pub(crate) fn decode(decoder: &mut Decoder) -> Next {
    decoder.packet.transport = Transport::Other;
    let gre = match Gre::parse(decoder.rest) {
        Ok(gre) => gre,
        Err(malformed) => return decoder.cut(malformed),
    };
    if let Some(malformed) = gre.problem() {
        return decoder.fail(malformed);
    }
    if gre.flags & VERSION == 1 {
        // The low half of the key is the call; its high half is the payload's length.
        return decoder.enter(TunnelKind::Gre, gre.key.map(|key| key & 0xffff), gre.length, Next::Ppp);
    }
    inside(decoder, &gre)
}

fn inside(decoder: &mut Decoder, gre: &Gre) -> Next {
    match gre.protocol {
        link::ETHERNET_BRIDGING => ethernet(decoder, gre),
        ERSPAN if policy::allows(decoder) => erspan::decode(decoder, gre.length, gre.has(SEQUENCE)),
        ERSPAN_III if policy::allows(decoder) => erspan::decode_third(decoder, gre.length),
        ERSPAN | ERSPAN_III | KEEP_ALIVE => Next::Done,
        WCCP => {
            let inside = decoder.rest.get(gre.length..).unwrap_or_default();
            let own_header = if ipv4::is_plausible(inside) { 0 } else { 4 };
            decoder.enter(TunnelKind::Gre, gre.key, gre.length + own_header, Next::EtherType(link::IPV4))
        }
        protocol if ARUBA.contains(&protocol) => decoder.enter(TunnelKind::Gre, gre.key, gre.length, Next::WiFi),
        protocol => decoder.enter(TunnelKind::Gre, gre.key, gre.length, Next::EtherType(protocol)),
    }
}

/// With a key and nothing else it may be NVGRE: `| subnet 3 | flow 1 |`.
fn ethernet(decoder: &mut Decoder, gre: &Gre) -> Next {
    if !policy::allows(decoder) {
        return Next::Done;
    }
    let is_nvgre = decoder.config.gre_key_is_nvgre_subnet && gre.flags == KEY;
    match gre.key {
        Some(key) if is_nvgre => {
            decoder.enter(TunnelKind::Nvgre, Some(be24(&key.to_be_bytes(), 0)), gre.length, Next::Ethernet)
        }
        key => decoder.enter(TunnelKind::EthernetInGre, key, gre.length, Next::Ethernet),
    }
}

/// GRE in UDP. Ports prove nothing, so that all has to be right.
pub(crate) fn decode_in_udp(decoder: &mut Decoder) -> Next {
    let Ok(gre) = Gre::parse(decoder.rest) else { return Next::Done };
    let behind = decoder.rest.get(gre.length..).unwrap_or_default();
    let next = match gre.protocol {
        link::IPV4 if ipv4::is_plausible(behind) => Next::EtherType(link::IPV4),
        link::IPV6 if ipv6::is_plausible(behind) => Next::EtherType(link::IPV6),
        link::ETHERNET_BRIDGING if ethernet::is_plausible(behind) => Next::Ethernet,
        _ => return Next::Done,
    };
    if gre.flags & VERSION != 0 || gre.problem().is_some() || !policy::allows(decoder) {
        return Next::Done;
    }
    decoder.enter(TunnelKind::GreInUdp, gre.key, gre.length, next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], expected: Result<(u16, Option<u32>, usize), Malformed>) {
        let padded = [bytes, &[0; 8]].concat();
        assert_eq!(Gre::parse(&padded).map(|gre| (gre.protocol, gre.key, gre.length)), expected);
    }

    #[test]
    fn lengths_by_flags() {
        check(&[0, 0, 8, 0], Ok((0x800, None, 4)));
        check(&[0x20, 0, 8, 0, 0, 0, 0, 7], Ok((0x800, Some(7), 8)));
        check(&[0xb0, 0, 0x65, 0x58, 1, 1, 0, 0, 0, 0, 0, 7], Ok((0x6558, Some(7), 16)));
        check(&[0x30, 0x81, 0x88, 0x0b, 0, 9, 0, 7], Ok((0x880b, Some(0x90007), 16)));
        check(&[0x40, 0, 8, 0, 0, 0, 0, 0, 8, 0, 0, 4, 10, 0, 0, 1], Ok((0x800, None, 20)));
    }

    #[track_caller]
    fn check_problem(flags: [u8; 2], protocol: u16, expected: Option<Malformed>) {
        let [high, low] = protocol.to_be_bytes();
        let bytes = [&[flags[0], flags[1], high, low][..], &[0; 16]].concat();
        assert_eq!(Gre::parse(&bytes).unwrap().problem(), expected);
    }

    #[test]
    fn problems() {
        check_problem([0, 0], 0x800, None);
        check_problem([0x01, 0], 0x800, Some(anomaly::GRE_VERSION0_RECUR));
        check_problem([0, 0x08], 0x800, Some(anomaly::GRE_VERSION0_FLAGS));
        check_problem([0, 0x02], 0x800, Some(anomaly::GRE_WRONG_VERSION));
        check_problem([0x20, 0x01], 0x880b, None);
        check_problem([0x20, 0x01], 0x800, Some(anomaly::GRE_VERSION1_WRONG_PROTOCOL));
        check_problem([0x00, 0x01], 0x880b, Some(anomaly::GRE_VERSION1_NO_KEY));
        check_problem([0xa0, 0x01], 0x880b, Some(anomaly::GRE_VERSION1_CHKSUM));
    }
}
