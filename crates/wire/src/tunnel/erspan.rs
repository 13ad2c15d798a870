//! ERSPAN, Cisco's mirror in GRE (draft-foschiano-erspan).
//!
//! ```text
//! II:  | version 4 bits = 1, VLAN 12 | class 3, encapsulation 2, truncated 1, session 10 | reserved 12, index 20 |
//! III: | version 4 bits = 2, VLAN 12 | class 3, error 2, truncated 1, session 10 | time 4 bytes | group 2 |
//!      | ethernet 1 bit, frame type 5, hardware 6, direction 1, granularity 2, subheader 1 | subheader 8 bytes |
//! ```

use crate::anomaly;
use crate::bytes::be16;
use crate::decoder::{Decoder, Next};
use crate::link;
use crate::packet::TunnelKind;

const SECOND_HEADER: usize = 8;
const THIRD_HEADER: usize = 12;
const SUBHEADER: usize = 8;
/// Frame types of version III.
const ETHERNET: u16 = 0;
const IP: u16 = 2;

/// The first four bytes, that II and III share.
#[derive(Clone, Copy, Debug)]
struct Erspan<'a> {
    header: &'a [u8],
}

impl Erspan<'_> {
    fn version(&self) -> u16 {
        be16(self.header, 0) >> 12
    }

    /// Where the mirrored frame was; 0 for none.
    fn vlan(&self) -> u16 {
        be16(self.header, 0) & 0x0fff
    }

    fn session(&self) -> u32 {
        u32::from(be16(self.header, 2) & 0x03ff)
    }

    /// Version III: what comes behind.
    fn frame_type(&self) -> u16 {
        be16(self.header, 10) >> 10 & 0x1f
    }

    /// Version III: is there a subheader of the platform?
    fn has_subheader(&self) -> bool {
        be16(self.header, 10) & 1 != 0
    }
}

/// ERSPAN I or II, told apart by GRE's sequence number. `gre` is the length of the GRE header.
pub(crate) fn decode(decoder: &mut Decoder, gre: usize, has_sequence: bool) -> Next {
    if !has_sequence {
        return decoder.enter(TunnelKind::ErspanI, None, gre, Next::Ethernet);
    }
    let Some(header) = decoder.rest.get(gre..gre + SECOND_HEADER) else {
        return decoder.cut(anomaly::ERSPAN_HEADER_TOO_SMALL);
    };
    let erspan = Erspan { header };
    if erspan.version() != 1 {
        return decoder.fail(anomaly::ERSPAN_UNSUPPORTED_VERSION);
    }
    frame(decoder, TunnelKind::ErspanII, &erspan, gre + SECOND_HEADER)
}

pub(crate) fn decode_third(decoder: &mut Decoder, gre: usize) -> Next {
    let Some(header) = decoder.rest.get(gre..gre + THIRD_HEADER) else {
        return decoder.cut(anomaly::ERSPAN_HEADER_TOO_SMALL);
    };
    let erspan = Erspan { header };
    if erspan.version() != 2 {
        return decoder.fail(anomaly::ERSPAN_UNSUPPORTED_VERSION);
    }
    let length = gre + THIRD_HEADER + if erspan.has_subheader() { SUBHEADER } else { 0 };
    match erspan.frame_type() {
        ETHERNET => frame(decoder, TunnelKind::ErspanIII, &erspan, length),
        IP => decoder.enter(TunnelKind::ErspanIII, Some(erspan.session()), length, Next::Ip),
        _ => decoder.enter(TunnelKind::ErspanIII, Some(erspan.session()), length, Next::Done),
    }
}

/// A frame whose VLAN may stand in the mirror's header, because the switch took the tag off.
fn frame(decoder: &mut Decoder, kind: TunnelKind, erspan: &Erspan, length: usize) -> Next {
    let vlan = erspan.vlan();
    decoder.enter(kind, Some(erspan.session()), length, Next::Ethernet);
    let is_tagged = matches!(be16(decoder.rest, 12), link::VLAN | link::PROVIDER_VLAN);
    if vlan == 0 || is_tagged {
        return Next::Ethernet;
    }
    let next = link::ethernet::decode(decoder);
    decoder.packet.vlans.push(vlan);
    next
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields() {
        let second = Erspan { header: &[0x10, 0x17, 0x08, 0x64, 0, 0, 0, 0] };
        assert_eq!((second.version(), second.vlan(), second.session()), (1, 23, 100));
        let third = Erspan { header: &[0x20, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0x08, 0x01] };
        assert_eq!((third.version(), third.frame_type(), third.has_subheader()), (2, 2, true));
    }
}
