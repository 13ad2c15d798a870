//! ARP, RFC 826, for IPv4 over Ethernet.
//!
//! ```text
//! | hardware 2 | protocol 2 | hardware size 1 | protocol size 1 | operation 2 |
//! | sender hardware 6 | sender protocol 4 | target hardware 6 | target protocol 4 |
//! ```

use crate::anomaly::{self, Malformed};
use crate::bytes::be16;
use crate::decoder::{Decoder, Next};
use std::net::Ipv4Addr;

const MESSAGE: usize = 28;
const ETHERNET: u16 = 1;
/// Request 1, reply 2, reverse request 3, reverse reply 4, inverse request 8, inverse reply 9.
const OPERATIONS: [u16; 6] = [1, 2, 3, 4, 8, 9];

/// An ARP message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arp {
    /// Request 1, reply 2, ...
    pub operation: u16,
    /// Who speaks.
    pub sender_mac: [u8; 6],
    /// The speaker's address.
    pub sender: Ipv4Addr,
    /// Who is asked or answered; zero in a request.
    pub target_mac: [u8; 6],
    /// The address that is asked for, or of the one that is answered.
    pub target: Ipv4Addr,
}

impl Arp {
    /// Reads a message.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Arp, Malformed> {
        let message: &[u8; MESSAGE] = bytes.first_chunk().ok_or(anomaly::ARP_PKT_TOO_SMALL)?;
        if be16(message, 0) != ETHERNET {
            return Err(anomaly::ARP_UNSUPPORTED_HARDWARE);
        }
        if be16(message, 2) != super::IPV4 {
            return Err(anomaly::ARP_UNSUPPORTED_PROTOCOL);
        }
        if message[4] != 6 {
            return Err(anomaly::ARP_INVALID_HARDWARE_SIZE);
        }
        if message[5] != 4 {
            return Err(anomaly::ARP_INVALID_PROTOCOL_SIZE);
        }
        let [.., a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t] = *message;
        Ok(Arp {
            operation: be16(message, 6),
            sender_mac: [a, b, c, d, e, f],
            sender: Ipv4Addr::new(g, h, i, j),
            target_mac: [k, l, m, n, o, p],
            target: Ipv4Addr::new(q, r, s, t),
        })
    }
}

pub(crate) fn decode(decoder: &mut Decoder) -> Next {
    match Arp::parse(decoder.rest) {
        Ok(arp) => {
            if !OPERATIONS.contains(&arp.operation) {
                decoder.flag(anomaly::ARP_UNSUPPORTED_OPCODE);
            }
            decoder.packet.arp = Some(arp);
            Next::Done
        }
        Err(malformed) => decoder.cut(malformed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUEST: [u8; 28] = [0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1, 10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 10, 0, 0, 2];

    #[test]
    fn parse() {
        let arp = Arp::parse(&REQUEST).unwrap();
        assert_eq!((arp.operation, arp.sender, arp.target), (1, [10, 0, 0, 1].into(), [10, 0, 0, 2].into()));
    }

    #[track_caller]
    fn check(at: usize, value: u8, expected: Malformed) {
        let mut message = REQUEST;
        message[at] = value;
        assert_eq!(Arp::parse(&message), Err(expected));
    }

    #[test]
    fn refuse() {
        check(1, 6, anomaly::ARP_UNSUPPORTED_HARDWARE);
        check(2, 9, anomaly::ARP_UNSUPPORTED_PROTOCOL);
        check(4, 8, anomaly::ARP_INVALID_HARDWARE_SIZE);
        check(5, 6, anomaly::ARP_INVALID_PROTOCOL_SIZE);
        assert_eq!(Arp::parse(&REQUEST[..27]), Err(anomaly::ARP_PKT_TOO_SMALL));
    }
}
