//! MPLS label stacks (RFC 3032), and the pseudowires they carry (RFC 4385, RFC 4448).
//!
//! ```text
//! label:        | label 20 bits | class 3 | bottom of stack 1 | time to live 8 |
//! control word: | 0 4 bits | flags 4 | fragment 2 | length 6 | sequence 16 |
//! ```

use crate::anomaly;
use crate::bytes::be32;
use crate::decoder::{Decoder, Next};
use crate::link::{self, ethernet};
use crate::network::{ipv4, ipv6};
use crate::packet::TunnelKind;

const LABEL: usize = 4;
const CONTROL_WORD: usize = 4;
const BOTTOM: u32 = 0x100;
/// Labels that are walked; more is a loop or a lie.
const LABELS_MAX: usize = 16;

const IPV4_EXPLICIT_NULL: u32 = 0;
const ROUTER_ALERT: u32 = 1;
const IPV6_EXPLICIT_NULL: u32 = 2;
const IMPLICIT_NULL: u32 = 3;
/// Entropy label indicator, generic associated channel, OAM alert: they may stand where they stand.
const SPECIAL: [u32; 3] = [7, 13, 14];
const RESERVED_MAX: u32 = 15;

/// Takes off the whole stack. Its id is the bottom label: it tells the service, those above it only the way.
pub(crate) fn decode(decoder: &mut Decoder) -> Next {
    let Some((bottom, length)) = bottom_label(decoder.rest) else {
        return decoder.cut(anomaly::MPLS_HEADER_TOO_SMALL);
    };
    match bottom {
        ROUTER_ALERT => return decoder.fail(anomaly::MPLS_BAD_LABEL_ROUTER_ALERT),
        IMPLICIT_NULL => return decoder.fail(anomaly::MPLS_BAD_LABEL_IMPLICIT_NULL),
        label if label > IPV6_EXPLICIT_NULL && label <= RESERVED_MAX && !SPECIAL.contains(&label) => {
            return decoder.fail(anomaly::MPLS_BAD_LABEL_RESERVED);
        }
        _ => {}
    }
    let inside = decoder.rest.get(length..).unwrap_or_default();
    if inside.is_empty() {
        return decoder.cut(anomaly::MPLS_PKT_TOO_SMALL);
    }
    let next = match bottom {
        IPV4_EXPLICIT_NULL => Next::EtherType(link::IPV4),
        IPV6_EXPLICIT_NULL => Next::EtherType(link::IPV6),
        _ => match payload(inside) {
            Some(Payload::Ip(ether_type)) => Next::EtherType(ether_type),
            Some(Payload::Wire(word)) => {
                decoder.enter(TunnelKind::Mpls, Some(bottom), length, Next::Done);
                return decoder.enter(TunnelKind::PseudoWire, Some(bottom), word, Next::Ethernet);
            }
            None => {
                decoder.enter(TunnelKind::Mpls, Some(bottom), length, Next::Done);
                return decoder.cut(anomaly::MPLS_UNKNOWN_PAYLOAD_TYPE);
            }
        },
    };
    decoder.enter(TunnelKind::Mpls, Some(bottom), length, next)
}

/// The bottom label, and the length of the stack.
fn bottom_label(bytes: &[u8]) -> Option<(u32, usize)> {
    let (labels, _) = bytes.as_chunks::<LABEL>();
    let index = labels.iter().take(LABELS_MAX).position(|label| be32(label, 0) & BOTTOM != 0)?;
    Some((be32(labels.get(index)?, 0) >> 12, (index + 1) * LABEL))
}

/// What a label stack carries. It does not say, one has to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Payload {
    /// IP, as this EtherType.
    Ip(u16),
    /// Ethernet, behind so many bytes of control word.
    Wire(usize),
}

fn payload(bytes: &[u8]) -> Option<Payload> {
    let behind_word = bytes.get(CONTROL_WORD..).unwrap_or_default();
    match bytes.first()? >> 4 {
        4 if ipv4::is_plausible(bytes) => Some(Payload::Ip(link::IPV4)),
        6 if ipv6::is_plausible(bytes) && !ethernet::is_plausible(bytes) => Some(Payload::Ip(link::IPV6)),
        0 if ethernet::is_plausible(behind_word) => Some(Payload::Wire(CONTROL_WORD)),
        _ if ethernet::is_plausible(bytes) => Some(Payload::Wire(0)),
        0 if behind_word.len() >= ethernet::HEADER => Some(Payload::Wire(CONTROL_WORD)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels() {
        assert_eq!(bottom_label(&[0, 1, 0x01, 64]), Some((0x10, 4)));
        assert_eq!(bottom_label(&[0, 1, 0, 64, 0, 2, 0x01, 64]), Some((0x20, 8)));
        assert_eq!(bottom_label(&[0, 1, 0, 64]), None);
    }
}
