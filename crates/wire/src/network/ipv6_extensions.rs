//! The extension headers of IPv6: RFC 8200 section 4, RFC 4302 (authentication), RFC 5533 (shim). Mobility (RFC 6275) and host identity
//! (RFC 7401) have the shape of one, but nothing may come behind them: they count as what is carried.
//!
//! ```text
//! options, routing, ...: | next header 1 | length in 8 bytes, the first not counted 1 | content |
//! fragment:              | next header 1 | reserved 1 | offset 13 bits | reserved 2 | more 1 | identification 4 bytes |
//! authentication:        | next header 1 | length in 4 bytes, less 2 | reserved 2 | index 4 | sequence 4 | check value |
//! ```

use crate::anomaly::{self, Malformed};
use crate::bytes::{be16, be32};
use crate::decoder::{Decoder, Next};
use crate::network::ipv6;
use crate::packet::Fragment;

const HOP_BY_HOP: u8 = 0;
const ROUTING: u8 = 43;
const FRAGMENT: u8 = 44;
const AUTHENTICATION: u8 = 51;
/// Nothing comes behind.
pub(crate) const NO_NEXT_HEADER: u8 = 59;
const DESTINATION: u8 = 60;
const SHIM: u8 = 140;
/// What has to be there to know how long a header is.
const HEADER_MIN: usize = 2;
/// More headers than any honest datagram has.
const HEADERS_MAX: usize = 32;

/// How often each header was seen.
#[derive(Default)]
struct Seen {
    hop_by_hop: u8,
    routing: u8,
    fragment: u8,
    authentication: u8,
    destination: u8,
}

/// Walks the extension headers and says what comes behind them. Ends at a fragment: what is behind it belongs to the whole.
pub(crate) fn decode(decoder: &mut Decoder, first: u8) -> Next {
    if !is_extension(first) {
        return Next::Protocol(first);
    }
    walk(decoder, first)
}

fn is_extension(header: u8) -> bool {
    matches!(header, HOP_BY_HOP | ROUTING | FRAGMENT | AUTHENTICATION | NO_NEXT_HEADER | DESTINATION | SHIM)
}

fn walk(decoder: &mut Decoder, first: u8) -> Next {
    let mut header = first;
    let mut seen = Seen::default();
    for _ in 0..HEADERS_MAX {
        set_protocol(decoder, header);
        if header == NO_NEXT_HEADER {
            return no_next_header(decoder);
        }
        // No header is that short. A chain has to end with one in the first fragment (RFC 7112).
        if decoder.rest.len() < HEADER_MIN {
            return decoder.cut(anomaly::IPV6_TRUNC_EXTHDR);
        }
        if !is_extension(header) {
            return Next::Protocol(header);
        }
        let Some(length) = header_length(header, decoder.rest) else { return decoder.cut(anomaly::IPV6_TRUNC_EXTHDR) };
        let Some(bytes) = decoder.rest.get(..length) else { return decoder.cut(anomaly::IPV6_TRUNC_EXTHDR) };
        look_at(decoder, header, bytes, &mut seen);
        header = bytes.first().copied().unwrap_or(NO_NEXT_HEADER);
        pass(decoder, length);
        if decoder.packet.is_fragment() {
            set_protocol(decoder, header);
            return Next::Done;
        }
    }
    decoder.fail(anomaly::TOO_MANY_LAYERS)
}

fn set_protocol(decoder: &mut Decoder, protocol: u8) {
    if let Some(network) = &mut decoder.packet.network {
        network.protocol = protocol;
    }
}

/// Goes past a header, which belongs to the IP header.
fn pass(decoder: &mut Decoder, length: usize) {
    if let Some(network) = &mut decoder.packet.network {
        network.header_length = network.header_length.saturating_add(u16::try_from(length).unwrap_or(u16::MAX));
    }
    decoder.begin_payload(length);
}

fn no_next_header(decoder: &mut Decoder) -> Next {
    if !decoder.rest.is_empty() {
        decoder.flag(anomaly::IPV6_DATA_AFTER_NONE_HEADER);
    }
    Next::Done
}

/// Bytes of the header at the beginning of `bytes`.
fn header_length(header: u8, bytes: &[u8]) -> Option<usize> {
    let units = usize::from(*bytes.get(1)?);
    Some(match header {
        FRAGMENT => 8,
        AUTHENTICATION => (units + 2) * 4,
        _ => (units + 1) * 8,
    })
}

fn look_at(decoder: &mut Decoder, header: u8, bytes: &[u8], seen: &mut Seen) {
    match header {
        HOP_BY_HOP => {
            duplicate(decoder, &mut seen.hop_by_hop, 1, anomaly::IPV6_EXTHDR_DUPL_HH);
            options(decoder, bytes, &HOP_BY_HOP_OPTIONS);
        }
        DESTINATION => {
            // One before a routing header and one at the end (RFC 8200 section 4.1).
            duplicate(decoder, &mut seen.destination, 2, anomaly::IPV6_EXTHDR_DUPL_DH);
            options(decoder, bytes, &DESTINATION_OPTIONS);
        }
        ROUTING => {
            duplicate(decoder, &mut seen.routing, 1, anomaly::IPV6_EXTHDR_DUPL_RH);
            if bytes.get(2) == Some(&0) {
                decoder.flag(anomaly::IPV6_RH_TYPE_0);
            }
        }
        FRAGMENT => {
            duplicate(decoder, &mut seen.fragment, 1, anomaly::IPV6_EXTHDR_DUPL_FH);
            fragment(decoder, bytes);
        }
        AUTHENTICATION => {
            duplicate(decoder, &mut seen.authentication, 1, anomaly::IPV6_EXTHDR_DUPL_AH);
            if be16(bytes, 2) != 0 {
                decoder.flag(anomaly::IPV6_EXTHDR_AH_RES_NOT_NULL);
            }
        }
        _ => {}
    }
}

fn duplicate(decoder: &mut Decoder, count: &mut u8, allowed: u8, malformed: Malformed) {
    *count = count.saturating_add(1);
    if *count == allowed + 1 {
        decoder.flag(malformed);
    }
}

fn fragment(decoder: &mut Decoder, bytes: &[u8]) {
    let field = be16(bytes, 2);
    let fragment = Fragment { offset: u32::from(field & 0xfff8), more: field & 1 != 0 };
    if bytes.get(1).is_some_and(|reserved| *reserved != 0) || field & 0x0006 != 0 {
        decoder.flag(anomaly::IPV6_FH_NON_ZERO_RESERVED_FIELD);
    }
    let is_whole = fragment == Fragment { offset: 0, more: false };
    if is_whole {
        decoder.flag(anomaly::IPV6_EXTHDR_USELESS_FH);
    }
    let behind = (decoder.rest.len() as u64 + u64::from(decoder.absent)).saturating_sub(bytes.len() as u64);
    if fragment.more && !behind.is_multiple_of(8) {
        decoder.flag(anomaly::IPV6_FRAG_INVALID_LENGTH);
    }
    if let Some(network) = &mut decoder.packet.network {
        network.identification = be32(bytes, 4);
        network.fragment = (!is_whole).then_some(fragment);
    }
}

/// The options that a header may have, and what to say of others.
struct OptionKinds {
    known: &'static [u8],
    unknown: Malformed,
    only_padding: Malformed,
}

const PAD_1: u8 = 0;
const PAD_N: u8 = 1;
const JUMBO: u8 = 0xc2;
/// Router alert (RFC 2711), jumbo (RFC 2675), RPL (RFC 9008), quick start (RFC 4782), CALIPSO (RFC 5570), IOAM (RFC 9486),
/// minimum path MTU (RFC 9268), alternate marking (RFC 9343).
const HOP_BY_HOP_OPTIONS: OptionKinds = OptionKinds {
    known: &[0x05, JUMBO, 0x63, 0x23, 0x26, 0x07, 0x31, 0x11, 0x30, 0x12, 0x08],
    unknown: anomaly::IPV6_HOPOPTS_UNKNOWN_OPT,
    only_padding: anomaly::IPV6_HOPOPTS_ONLY_PADDING,
};
/// Home address (RFC 6275), tunnel encapsulation limit (RFC 2473), router alert as tunnels copy it, line id (RFC 6788), PDM (RFC 8250).
const DESTINATION_OPTIONS: OptionKinds = OptionKinds {
    known: &[0xc9, 0x04, 0x05, 0x8c, 0x0f, 0x12, 0x31, 0x11, 0x8b, 0x07],
    unknown: anomaly::IPV6_DSTOPTS_UNKNOWN_OPT,
    only_padding: anomaly::IPV6_DSTOPTS_ONLY_PADDING,
};

/// Notes what is wrong with the options of a header.
fn options(decoder: &mut Decoder, header: &[u8], kinds: &OptionKinds) {
    let mut rest = header.get(2..).unwrap_or_default();
    let mut is_only_padding = true;
    while let [kind, behind @ ..] = rest {
        if *kind == PAD_1 {
            rest = behind;
            continue;
        }
        let Some(after) = behind.first().and_then(|length| behind.get(1 + usize::from(*length)..)) else {
            return decoder.flag(anomaly::IPV6_EXTHDR_INVALID_OPTLEN);
        };
        if *kind == PAD_N {
            if behind.first() == Some(&0) {
                decoder.flag(anomaly::IPV6_ZERO_LEN_PADN);
            }
        } else {
            is_only_padding = false;
            if !kinds.known.contains(kind) {
                return decoder.flag(kinds.unknown);
            }
        }
        rest = after;
    }
    if is_only_padding {
        decoder.flag(kinds.only_padding);
    }
}

/// The payload length of a jumbogram (RFC 2675): in the first option of a hop-by-hop header, where its alignment puts it.
/// `datagram` begins with the fixed header.
pub(crate) fn jumbo_length(datagram: &[u8]) -> Option<usize> {
    let hop_by_hop = datagram.get(ipv6::HEADER..).filter(|_| datagram.get(6) == Some(&HOP_BY_HOP))?;
    let length = matches!(hop_by_hop, [_, _, JUMBO, 4, ..]).then(|| be32(hop_by_hop, 4))?;
    usize::try_from(length).ok().filter(|length| *length > usize::from(u16::MAX))
}

/// Does a routing header still name addresses to visit? Then the last of them, not the destination, is in the checksum.
pub(crate) fn is_source_routed(datagram: &[u8]) -> bool {
    if datagram.first().is_none_or(|first| first >> 4 != 6) {
        return false;
    }
    let mut header = datagram.get(6).copied().unwrap_or(NO_NEXT_HEADER);
    let mut rest = datagram.get(ipv6::HEADER..).unwrap_or_default();
    for _ in 0..HEADERS_MAX {
        if header == ROUTING && rest.get(3).is_some_and(|left| *left > 0) {
            return true;
        }
        if !is_extension(header) || header == NO_NEXT_HEADER {
            return false;
        }
        let Some(behind) = header_length(header, rest).and_then(|length| rest.get(length..)) else { return false };
        header = rest.first().copied().unwrap_or(NO_NEXT_HEADER);
        rest = behind;
    }
    false
}
