//! `asn1`: objects in BER that overflow what reads them.
//!
//! Source: X.690 (encodings), Suricata's manual (what counts).

use super::Buffer;

/// Objects that are looked at in one buffer: Suricata's `asn1-max-frames`.
const OBJECTS_MAX: usize = 256;
/// Objects in each other.
const DEPTH_MAX: usize = 32;
/// Bytes of a number with decimals that are no overflow.
const REAL_BYTES_MAX: usize = 256;

const BIT_STRING: u32 = 3;
const REAL: u32 = 9;

/// What an object must be like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asn1 {
    /// A bit string with more unused bits than it has.
    pub bit_string_overflow: bool,
    /// A number with decimals as text that is too long.
    pub double_overflow: bool,
    /// An object of more bytes than this.
    pub oversize_length: Option<u32>,
    /// Where the objects begin.
    pub offset: i64,
    /// Does that count from the last find?
    pub is_relative: bool,
}

/// An object's header.
struct Object<'a> {
    is_universal: bool,
    is_constructed: bool,
    tag: u32,
    /// Bytes that it says it has.
    length: usize,
    /// Those that are there.
    content: &'a [u8],
}

impl Asn1 {
    pub(super) fn holds(&self, buffer: Buffer<'_>, at: usize) -> bool {
        let base = if self.is_relative { at as i64 } else { 0 };
        let start = usize::try_from(base.saturating_add(self.offset)).ok();
        let Some(bytes) = start.and_then(|start| buffer.bytes.get(start..)) else { return false };
        let mut left = OBJECTS_MAX;
        self.any_of(bytes, &mut left, 0)
    }

    fn any_of(&self, mut bytes: &[u8], left: &mut usize, depth: usize) -> bool {
        while let Some((object, rest)) = object(bytes) {
            if *left == 0 {
                return false;
            }
            *left -= 1;
            let is_within = object.is_constructed && depth < DEPTH_MAX;
            if self.is_hit(&object) || is_within && self.any_of(object.content, left, depth + 1) {
                return true;
            }
            bytes = rest;
        }
        false
    }

    fn is_hit(&self, object: &Object<'_>) -> bool {
        let is_plain = object.is_universal && !object.is_constructed;
        let is_oversize = self.oversize_length.is_some_and(|most| object.length > most as usize);
        let has_too_few_bits = || match object.content.split_first() {
            Some((unused, bits)) => usize::from(*unused) > bits.len().saturating_mul(8),
            None => false,
        };
        // Text, as the first byte's upper bits say.
        let is_text = object.content.first().is_some_and(|first| first & 0xc0 == 0);
        let is_long = object.length > REAL_BYTES_MAX;
        is_oversize
            || self.bit_string_overflow && is_plain && object.tag == BIT_STRING && has_too_few_bits()
            || self.double_overflow && is_plain && object.tag == REAL && is_text && is_long
    }
}

/// The object at the begin, and what is behind it.
fn object(bytes: &[u8]) -> Option<(Object<'_>, &[u8])> {
    let (first, mut rest) = bytes.split_first()?;
    let mut tag = u32::from(first & 0x1f);
    if tag == 0x1f {
        (tag, rest) = long_tag(rest)?;
    }
    let (length, rest) = length(rest)?;
    let content = &rest[..length.min(rest.len())];
    let object = Object { is_universal: first & 0xc0 == 0, is_constructed: first & 0x20 != 0, tag, length, content };
    Some((object, &rest[content.len()..]))
}

/// Seven bits in each byte, the last without its upper bit.
fn long_tag(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let end = bytes.iter().take(5).position(|byte| byte & 0x80 == 0)?;
    let tag = bytes[..=end].iter().fold(0_u32, |tag, byte| tag << 7 | u32::from(byte & 0x7f));
    Some((tag, &bytes[end + 1..]))
}

fn length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (first, rest) = bytes.split_first()?;
    let count = usize::from(first & 0x7f);
    match first & 0x80 {
        0 => Some((count, rest)),
        // Until an end that stands in the content: all that is there.
        _ if count == 0 => Some((rest.len(), rest)),
        _ => {
            let (number, rest) = rest.split_at_checked(count).filter(|_| count <= 8)?;
            let length = number.iter().fold(0_u64, |length, byte| length << 8 | u64::from(*byte));
            Some((usize::try_from(length).unwrap_or(usize::MAX), rest))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(asn1: Asn1, bytes: &[u8], expected: bool) {
        assert_eq!(asn1.holds(Buffer::from(bytes), 2), expected, "{asn1:?} {bytes:02x?}");
    }

    #[test]
    fn overflows() {
        let bits = Asn1 { bit_string_overflow: true, ..Asn1::default() };
        check(bits, b"\x03\x02\x09\xff", true);
        check(bits, b"\x03\x02\x07\xff", false);
        check(bits, b"\x30\x06\x02\x00\x03\x02\x09\xff", true);
        check(bits, b"\x83\x02\x09\xff", false);
        let length = Asn1 { oversize_length: Some(5), ..Asn1::default() };
        check(length, b"\x04\x06abcdef", true);
        check(length, b"\x04\x82\x01\x00a", true);
        check(length, b"\x04\x05abcde", false);
        let real = Asn1 { double_overflow: true, ..Asn1::default() };
        check(real, &[&b"\x09\x82\x01\x01\x03"[..], &[b'1'; 256]].concat(), true);
        check(real, b"\x09\x02\x031", false);
    }

    #[test]
    fn offsets() {
        let bits = Asn1 { bit_string_overflow: true, offset: 2, ..Asn1::default() };
        check(bits, b"xx\x03\x02\x09\xff", true);
        check(Asn1 { is_relative: true, ..bits }, b"xxxx\x03\x02\x09\xff", true);
        check(Asn1 { offset: -3, is_relative: true, ..bits }, b"\x03\x02\x09\xff", false);
    }

    proptest! {
        #[test]
        fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let all = Asn1 { bit_string_overflow: true, double_overflow: true, oversize_length: Some(9), ..Asn1::default() };
            all.holds(Buffer::from(&bytes[..]), 0);
        }
    }
}
