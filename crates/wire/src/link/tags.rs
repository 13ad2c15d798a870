//! Tags of switches between an Ethernet header and what it carries.
//!
//! ```text
//! VN-Tag (802.1Qbh, 0x8926):       | 4 | EtherType 2 |
//! E-Tag (802.1BR, 0x893f):         | 6 | EtherType 2 |
//! I-Tag (802.1ah, 0x88e7):         | flags 1 | service 3 | Ethernet frame |
//! Cisco metadata (0x8909):         | version 1 | length 1 | option 2 | security group 2 | EtherType 2 |
//! FabricPath (0x8903):             | tree and time to live 2 | Ethernet frame |
//! security tag (802.1AE, 0x88e5):  | flags 1 | short length 1 | packet number 4 | channel 8, if flag 0x20 | EtherType 2 |
//! ```

use crate::anomaly::{self, Malformed};
use crate::bytes::{be16, be24};
use crate::decoder::{Decoder, Next};
use crate::link::ethernet;
use crate::packet::TunnelKind;

const VN_TAG: u16 = 0x8926;
const E_TAG: u16 = 0x893f;
const I_TAG: u16 = 0x88e7;
const FABRIC_PATH: u16 = 0x8903;
const METADATA: u16 = 0x8909;
const SECURITY_TAG: u16 = 0x88e5;
/// 802.1AE: the frame is encrypted (E), or changed (C).
const IS_ENCRYPTED_OR_CHANGED: u8 = 0x0c;
/// 802.1AE: an explicit channel identifier follows.
const HAS_CHANNEL: u8 = 0x20;

pub(crate) fn is_tag(ether_type: u16) -> bool {
    matches!(ether_type, VN_TAG | E_TAG | I_TAG | FABRIC_PATH | METADATA | SECURITY_TAG)
}

pub(crate) fn decode(decoder: &mut Decoder, ether_type: u16) -> Next {
    match ether_type {
        VN_TAG => before_ether_type(decoder, 4, anomaly::VNTAG_HEADER_TOO_SMALL),
        E_TAG => before_ether_type(decoder, 6, anomaly::ETAG_HEADER_TOO_SMALL),
        METADATA => before_ether_type(decoder, 6, anomaly::METADATA_HEADER_TOO_SMALL),
        SECURITY_TAG => security(decoder),
        I_TAG if decoder.rest.len() < 4 => decoder.cut(anomaly::IEEE8021AH_HEADER_TOO_SMALL),
        I_TAG => {
            let service = be24(decoder.rest, 1);
            decoder.enter(TunnelKind::ProviderBackbone, Some(service), 4, Next::Ethernet)
        }
        FABRIC_PATH if decoder.rest.len() < 2 => decoder.cut(anomaly::DCE_PKT_TOO_SMALL),
        FABRIC_PATH => {
            decoder.skip(2);
            Next::Ethernet
        }
        _ => unknown(decoder),
    }
}

fn before_ether_type(decoder: &mut Decoder, length: usize, too_small: Malformed) -> Next {
    if decoder.rest.len() < length + 2 {
        return decoder.cut(too_small);
    }
    let ether_type = be16(decoder.rest, length);
    decoder.skip(length + 2);
    decoder.packet.payload = decoder.rest;
    ethernet::behind(ether_type)
}

/// An encrypted frame ends here. That is no anomaly.
fn security(decoder: &mut Decoder) -> Next {
    let Some(flags) = decoder.rest.first().copied() else { return decoder.cut(anomaly::MACSEC_HEADER_TOO_SMALL) };
    if flags & IS_ENCRYPTED_OR_CHANGED != 0 {
        return Next::Done;
    }
    let length = if flags & HAS_CHANNEL != 0 { 14 } else { 6 };
    before_ether_type(decoder, length, anomaly::MACSEC_HEADER_TOO_SMALL)
}

/// An EtherType that is not decoded, said as Suricata says it: of the frame, and of the VLAN tag if there is one.
fn unknown(decoder: &mut Decoder) -> Next {
    if !decoder.packet.vlans.is_empty() {
        decoder.flag(anomaly::VLAN_UNKNOWN_TYPE);
    }
    decoder.fail(anomaly::ETHERNET_UNKNOWN_ETHERTYPE)
}
