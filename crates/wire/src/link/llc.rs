//! Logical link control (IEEE 802.2) and SNAP (RFC 1042): only what leads to an EtherType is followed.
//!
//! ```text
//! | destination SAP 1 | source SAP 1 | control 1 | organisation 3 | EtherType 2 |
//! ```

use crate::decoder::{Decoder, Next};

const HEADER: usize = 8;
/// SNAP, unnumbered information, with Ethernet's organisation.
const SNAP: [u8; 6] = [0xaa, 0xaa, 0x03, 0, 0, 0];
/// The same for bridged frames (IEEE 802.1H).
const SNAP_OF_BRIDGES: [u8; 6] = [0xaa, 0xaa, 0x03, 0, 0, 0xf8];

/// The EtherType behind a SNAP header.
pub(crate) fn snap_ether_type(bytes: &[u8]) -> Option<u16> {
    let [organisation @ .., high, low] = bytes.first_chunk::<HEADER>()?;
    (*organisation == SNAP || *organisation == SNAP_OF_BRIDGES).then(|| u16::from_be_bytes([*high, *low]))
}

/// What else is spoken over LLC (spanning tree, IPX, IS-IS, NetBIOS) is left alone and no anomaly.
pub(crate) fn decode(decoder: &mut Decoder) -> Next {
    let Some(ether_type) = snap_ether_type(decoder.rest) else { return Next::Done };
    decoder.skip(HEADER);
    decoder.packet.payload = decoder.rest;
    Next::EtherType(ether_type)
}

/// Spanning tree, SNAP, IPX, NetBIOS or IS-IS?
pub(crate) fn is_plausible(bytes: &[u8]) -> bool {
    matches!(bytes, [a, b, ..] if a == b && matches!(a, 0x42 | 0xaa | 0xe0 | 0xf0 | 0xfe | 0xff))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn snap() {
        assert_eq!(snap_ether_type(&[0xaa, 0xaa, 3, 0, 0, 0, 8, 0]), Some(0x0800));
        assert_eq!(snap_ether_type(&[0xaa, 0xaa, 3, 0, 0, 0x0c, 0x20, 0]), None, "Cisco's discovery");
        assert_eq!(snap_ether_type(&[0x42, 0x42, 3, 0, 0, 0, 0, 0]), None, "spanning tree");
    }
}
