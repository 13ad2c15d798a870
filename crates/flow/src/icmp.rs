//! Whom an ICMP error is about: it carries the head of the datagram that could not be delivered (RFC 792, RFC 4443).

use crate::key::{Endpoint, ICMP, ICMP_V6, Tuple};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

const TCP: u8 = 6;
const UDP: u8 = 17;
const SCTP: u8 = 132;

/// Is this type an error message?
pub(crate) fn is_error(protocol: u8, kind: u8) -> bool {
    if protocol == ICMP_V6 { (1..128).contains(&kind) } else { matches!(kind, 3 | 4 | 5 | 11 | 12) }
}

/// The tuple of the datagram that an error quotes, as its sender had sent it. `None` where too little is quoted.
pub(crate) fn quoted(about: &[u8]) -> Option<Tuple> {
    match about.first()? >> 4 {
        4 => quoted_v4(about),
        6 => quoted_v6(about),
        _ => None,
    }
}

fn quoted_v4(about: &[u8]) -> Option<Tuple> {
    let header: &[u8; 20] = about.first_chunk()?;
    let is_first = u16::from_be_bytes([header[6], header[7]]) & 0x1fff == 0;
    let payload = about.get(usize::from(header[0] & 15) * 4..)?;
    let address = |at: usize| IpAddr::V4(Ipv4Addr::new(header[at], header[at + 1], header[at + 2], header[at + 3]));
    tuple(header[9], address(12), address(16), if is_first { payload } else { &[] })
}

fn quoted_v6(about: &[u8]) -> Option<Tuple> {
    let header: &[u8; 40] = about.first_chunk()?;
    let address = |at: usize| {
        let bytes: [u8; 16] = std::array::from_fn(|place| header[at + place]);
        IpAddr::V6(Ipv6Addr::from(bytes))
    };
    tuple(header[6], address(8), address(24), &about[40..])
}

fn tuple(protocol: u8, source: IpAddr, destination: IpAddr, payload: &[u8]) -> Option<Tuple> {
    let word = |at: usize| payload.get(at..at + 2).map(|bytes| u16::from_be_bytes([bytes[0], bytes[1]]));
    let (source_port, destination_port, identifier) = match protocol {
        TCP | UDP | SCTP => (word(0)?, word(2)?, 0),
        ICMP | ICMP_V6 => {
            let (question, answer) = if protocol == ICMP { (8, 0) } else { (128, 129) };
            let is_question = u16::from(*payload.first()?) == question;
            let types = if is_question { (question, answer) } else { (answer, question) };
            (types.0, types.1, word(4)?)
        }
        _ => (0, 0, 0),
    };
    Some(Tuple {
        source: Endpoint { address: source, port: source_port },
        destination: Endpoint { address: destination, port: destination_port },
        protocol,
        identifier,
        is_one_way: false,
    })
}
