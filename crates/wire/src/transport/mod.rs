//! What IP carries.

pub(crate) mod icmp;
pub(crate) mod ipsec;
pub(crate) mod sctp;
pub(crate) mod tcp;
pub(crate) mod tcp_options;
pub(crate) mod udp;

use crate::anomaly::Malformed;
use crate::bytes::be16;
use crate::decoder::{Decoder, Next};
use crate::packet::Transport;

pub(crate) const ICMP: u8 = 1;
pub(crate) const TCP: u8 = 6;
pub(crate) const UDP: u8 = 17;
pub(crate) const ESP: u8 = 50;
pub(crate) const AH: u8 = 51;
pub(crate) const ICMPV6: u8 = 58;
pub(crate) const SCTP: u8 = 132;

/// Ends at a header that is cut. If that is the capture's doing, the ports may still be there.
#[cold]
pub(crate) fn cut(decoder: &mut Decoder, too_small: Malformed) -> Next {
    if decoder.absent > 0 && decoder.rest.len() >= 4 {
        let (source_port, destination_port) = (be16(decoder.rest, 0), be16(decoder.rest, 2));
        decoder.packet.transport = Transport::Cut { source_port, destination_port };
    }
    decoder.cut(too_small)
}
