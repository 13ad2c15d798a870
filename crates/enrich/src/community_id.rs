//! Community ID version 1: one name for a conversation, whoever saw it and in whichever direction.
//!
//! After the reference specification (corelight/community-id-spec): the SHA-1 of seed, ordered endpoints, protocol and
//! ports, in base64. ICMP has no ports; its type and the type of the answer take their place, so that an echo request
//! and its reply get one name. Protocols without ports are hashed without.

use std::fmt;
use std::str;

use sha1::{Digest, Sha1};

use crate::address::Key;

/// A Community ID: 30 bytes of text such as `1:Wa+aonxAQZ59AWtNdQD0CH6FnsM=`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CommunityId([u8; 30]);

impl CommunityId {
    /// The text.
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The same as bytes.
    pub fn as_bytes(&self) -> &[u8; 30] {
        &self.0
    }
}

impl fmt::Display for CommunityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for CommunityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The Community ID of a conversation; `None` if the addresses are not two of one family.
///
/// `ports` are (source, destination); for ICMP (type, code). Give `None` where the record does not have them: then both
/// directions still get one name, but not the one that a sensor with ports gives. `seed` is 0 unless a site chose one.
///
/// ```
/// use enrich::community_id::community_id;
/// let id = community_id(0, &[10, 87, 40, 76], &[67, 43, 156, 13], 6, Some((5601, 33478)));
/// assert_eq!(id.unwrap().as_str(), "1:Wa+aonxAQZ59AWtNdQD0CH6FnsM=");
/// ```
pub fn community_id(
    seed: u16,
    source: &[u8],
    destination: &[u8],
    protocol: u8,
    ports: Option<(u16, u16)>,
) -> Option<CommunityId> {
    let (source, destination) = (Key::of(source)?, Key::of(destination)?);
    let ports = ports.filter(|_| PORTED.contains(&protocol));
    let (source_port, destination_port, one_way) = match ports {
        Some((kind, code)) if protocol == ICMP => answer(ICMP_ANSWERS, kind, code),
        Some((kind, code)) if protocol == ICMP6 => answer(ICMP6_ANSWERS, kind, code),
        Some((source, destination)) => (source, destination, false),
        None => (0, 0, false),
    };
    let mut input = Input { bytes: [0; 40], length: 0 };
    input.push(&seed.to_be_bytes());
    let swap = match (source, destination) {
        (Key::V4(a), Key::V4(b)) => !one_way && (b, destination_port) < (a, source_port),
        (Key::V6(a), Key::V6(b)) => !one_way && (b, destination_port) < (a, source_port),
        _ => return None,
    };
    let (first, second) = if swap { (destination, source) } else { (source, destination) };
    input.push_address(first);
    input.push_address(second);
    input.push(&[protocol, 0]);
    if ports.is_some() {
        let (low, high) = if swap { (destination_port, source_port) } else { (source_port, destination_port) };
        input.push(&low.to_be_bytes());
        input.push(&high.to_be_bytes());
    }
    Some(CommunityId(encode(&Sha1::digest(&input.bytes[..input.length]).into())))
}

/// What is hashed: at most 2 + 16 + 16 + 2 + 4 bytes.
struct Input {
    bytes: [u8; 40],
    length: usize,
}

impl Input {
    fn push(&mut self, bytes: &[u8]) {
        self.bytes[self.length..self.length + bytes.len()].copy_from_slice(bytes);
        self.length += bytes.len();
    }

    fn push_address(&mut self, address: Key) {
        match address {
            Key::V4(address) => self.push(&address.to_be_bytes()),
            Key::V6(address) => self.push(&address.to_be_bytes()),
        }
    }
}

/// (type, type of the answer, false), or (type, code, true) for a message that asks for no answer: such a flow has one
/// direction and its endpoints are not put in order.
fn answer(answers: &[(u16, u16)], kind: u16, code: u16) -> (u16, u16, bool) {
    match answers.iter().find(|row| row.0 == kind) {
        Some(&(_, answer)) => (kind, answer, false),
        None => (kind, code, true),
    }
}

/// `1:` and the base64 of the digest (20 bytes make 27 letters and one `=`).
fn encode(digest: &[u8; 20]) -> [u8; 30] {
    let mut text = [b'='; 30];
    text[..2].copy_from_slice(b"1:");
    for (from, to) in digest.chunks(3).zip(text[2..].chunks_mut(4)) {
        let group = from.iter().fold(0u32, |group, &byte| group << 8 | u32::from(byte)) << (8 * (3 - from.len()));
        for (n, letter) in to.iter_mut().take(from.len() + 1).enumerate() {
            *letter = ALPHABET[(group >> (18 - 6 * n) & 0x3f) as usize];
        }
    }
    text
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const ICMP: u8 = 1;
const ICMP6: u8 = 58;
/// ICMP, TCP, UDP, ICMPv6, SCTP: hashed with ports.
const PORTED: [u8; 5] = [ICMP, 6, 17, ICMP6, 132];

/// Message types and their answers: echo, router advertisement, timestamp, information, address mask.
const ICMP_ANSWERS: &[(u16, u16)] =
    &[(8, 0), (0, 8), (9, 10), (10, 9), (13, 14), (14, 13), (15, 16), (16, 15), (17, 18), (18, 17)];
/// Echo, listener query, router and neighbour discovery, who-are-you, home agent discovery.
const ICMP6_ANSWERS: &[(u16, u16)] = &[
    (128, 129),
    (129, 128),
    (130, 131),
    (131, 130),
    (133, 134),
    (134, 133),
    (135, 136),
    (136, 135),
    (139, 140),
    (140, 139),
    (144, 145),
    (145, 144),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prefix::address_bytes;
    use proptest::prelude::*;

    #[track_caller]
    fn check(seed: u16, protocol: u8, from: (&str, u16), to: (&str, u16), expected: &str) {
        let (source, destination) = (address_bytes(from.0.parse().unwrap()), address_bytes(to.0.parse().unwrap()));
        let id = community_id(seed, &source, &destination, protocol, Some((from.1, to.1))).unwrap();
        assert_eq!(id.as_str(), expected, "{seed} {protocol} {from:?} {to:?}");
    }

    /// From the examples of the cloud's own flow logs: the ID is the same from both ends.
    #[test]
    fn the_same_from_both_ends() {
        let expected = "1:Wa+aonxAQZ59AWtNdQD0CH6FnsM=";
        check(0, 6, ("10.87.40.76", 5601), ("67.43.156.13", 33478), expected);
        check(0, 6, ("67.43.156.13", 33478), ("10.87.40.76", 5601), expected);
        check(0, 6, ("::ffff:67.43.156.13", 33478), ("10.87.40.76", 5601), expected);
    }

    /// One vector of the reference specification per protocol; `tests/shared.rs` reads all of them from its files.
    #[test]
    #[rustfmt::skip]
    fn the_reference_vectors() {
        check(0, 58, ("fe80::200:86ff:fe05:80da", 135), ("fe80::260:97ff:fe07:69ea", 136), "1:dGHyGvjMfljg6Bppwm3bg0LO8TY=");
        check(1, 58, ("fe80::260:97ff:fe07:69ea", 136), ("fe80::200:86ff:fe05:80da", 135), "1:kHa1FhMYIT6Ym2Vm2AOtoOARDzY=");
        check(0, 58, ("3ffe:501:1800:2345::2", 3), ("3ffe:507:0:1:200:86ff:fe05:80da", 0), "1:2ObVBgIn28oZvibYZhZMBgh7WdQ=");
        check(0, 1, ("192.168.0.89", 8), ("192.168.0.1", 0), "1:X0snYXpgwiv9TZtqg64sgzUn6Dk=");
        check(0, 1, ("10.0.0.1", 11), ("10.0.0.2", 0), "1:YHxtAirCG//0OzkcVAukqKQN9xM=");
        check(1, 6, ("66.35.250.204", 80), ("128.232.110.120", 34855), "1:3V71V58M3Ksw/yuFALMcW0LAHvc=");
        check(0, 17, ("192.168.1.52", 54585), ("8.8.8.8", 53), "1:d/FP5EW3wiY1vCndhwleRRKHowQ=");
        check(0, 132, ("192.168.170.8", 7), ("192.168.170.56", 7), "1:MP2EtRCAUIZvTw6MxJHLV7N7JDs=");
        check(0, 46, ("10.1.12.1", 0), ("10.1.12.2", 0), "1:KHlLkgoJW7ifUTyTSgyVfkFHzKw=");
    }

    #[test]
    fn mixed_families_and_short_addresses_have_none() {
        assert_eq!(community_id(0, &[1, 2, 3, 4], &[7; 16], 6, Some((1, 2))), None);
        assert_eq!(community_id(0, &[1, 2, 3], &[1, 2, 3], 6, Some((1, 2))), None);
    }

    proptest! {
        #[test]
        fn symmetric(a: [u8; 4], b: [u8; 4], protocol: u8, pa: u16, pb: u16) {
            prop_assume!(protocol != ICMP && protocol != ICMP6);
            let (to, from) = (Some((pa, pb)), Some((pb, pa)));
            prop_assert_eq!(community_id(0, &a, &b, protocol, to), community_id(0, &b, &a, protocol, from));
            prop_assert_eq!(community_id(0, &a, &b, 1, None), community_id(0, &b, &a, 1, None));
        }

        #[test]
        fn echo_and_reply_are_one_conversation(a: [u8; 16], b: [u8; 16]) {
            prop_assert_eq!(community_id(0, &a, &b, ICMP6, Some((128, 0))), community_id(0, &b, &a, ICMP6, Some((129, 0))));
        }
    }
}
