//! VLAN tags: IEEE 802.1Q, 802.1ad, and the older numbers for tags in tags.
//!
//! ```text
//! | priority 3 bits | drop eligible 1 | VLAN id 12 | EtherType 2 bytes |
//! ```

use crate::anomaly::{VLAN_HEADER_TOO_SMALL, VLAN_TOO_MANY_LAYERS};
use crate::decoder::{Decoder, Next};

const HEADER: usize = 4;

/// A VLAN tag.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Vlan<'a> {
    header: &'a [u8; HEADER],
}

impl<'a> Vlan<'a> {
    /// `None` if there are fewer bytes than a tag has.
    pub(crate) fn parse(bytes: &'a [u8]) -> Option<Vlan<'a>> {
        Some(Vlan { header: bytes.first_chunk()? })
    }

    /// The VLAN; 0 for a tag that has a priority only.
    pub(crate) fn id(&self) -> u16 {
        u16::from_be_bytes([self.header[0], self.header[1]]) & 0x0fff
    }

    /// What comes behind, EtherType or length as in Ethernet.
    pub(crate) fn ether_type(&self) -> u16 {
        u16::from_be_bytes([self.header[2], self.header[3]])
    }
}

/// Reads one tag. The fourth and later ones are passed over, but not kept.
pub(crate) fn decode(decoder: &mut Decoder) -> Next {
    let Some(vlan) = Vlan::parse(decoder.rest) else { return decoder.cut(VLAN_HEADER_TOO_SMALL) };
    decoder.packet.vlans.push(vlan.id());
    if decoder.packet.vlans.dropped() == 1 {
        decoder.flag(VLAN_TOO_MANY_LAYERS);
    }
    decoder.skip(HEADER);
    decoder.packet.payload = decoder.rest;
    super::ethernet::behind(vlan.ether_type())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parse() {
        let vlan = Vlan::parse(&[0xef, 0xff, 0x08, 0x00]).unwrap();
        assert_eq!((vlan.id(), vlan.ether_type()), (0xfff, 0x0800));
        assert!(Vlan::parse(&[0, 1, 8]).is_none());
    }
}
