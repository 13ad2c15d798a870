//! The clear packets of SSH 2 (RFC 4253, section 6) and the banner before them (section 4.2).

use super::transaction::Banner;
use memchr::memchr;

/// A longer banner breaks RFC 4253, section 4.2.
pub(super) const BANNER_BYTES_MAX: usize = 255;

/// A packet that we look into is held until it is whole, if it is not longer than this.
const HELD_BYTES_MAX: usize = 64 << 10;

/// Messages that we look into.
pub(super) const KEXINIT: u8 = 20;
pub(super) const NEWKEYS: u8 = 21;
/// KEXDH_REPLY, KEX_ECDH_REPLY; with group exchange the server's group.
pub(super) const KEX_REPLY: u8 = 31;
/// KEX_DH_GEX_REPLY of group exchange (RFC 4419).
pub(super) const KEX_GROUP_REPLY: u8 = 33;

/// What stands at the begin of the bytes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Packet<'a> {
    /// A packet with its message.
    Whole { message: u8, payload: &'a [u8], length: usize },
    /// A packet of so many bytes whose content does not matter.
    Other { length: u64 },
    /// A packet that should be looked into, but is too long.
    TooLong { length: u64 },
    /// So many bytes have to be there, to know more.
    NeedMore(usize),
    /// No packet: its lengths lie.
    Invalid,
}

/// The next packet.
pub(super) fn packet(bytes: &[u8]) -> Packet<'_> {
    let Some((&[a, b, c, d, padding, message], _)) = bytes.split_first_chunk() else { return Packet::NeedMore(6) };
    let packet_length = u32::from_be_bytes([a, b, c, d]);
    if packet_length < 2 || u32::from(padding) + 2 > packet_length {
        return Packet::Invalid;
    }
    let length = u64::from(packet_length) + 4;
    if !matches!(message, KEXINIT | NEWKEYS | KEX_REPLY | KEX_GROUP_REPLY) {
        return Packet::Other { length };
    }
    match usize::try_from(length) {
        Ok(length) if length <= HELD_BYTES_MAX => match bytes.get(6..length) {
            Some(rest) => Packet::Whole { message, payload: &rest[..rest.len() - usize::from(padding)], length },
            None => Packet::NeedMore(length),
        },
        _ => Packet::TooLong { length },
    }
}

/// A string of RFC 4251, section 5, and what is behind it.
pub(super) fn string(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    rest.split_at_checked(u32::from_be_bytes(*length) as usize)
}

/// The parts of a banner; `None` where the line is none.
pub(super) fn banner(line: &[u8]) -> Option<Banner> {
    let rest = line.strip_prefix(b"SSH-")?;
    let dash = memchr(b'-', rest).filter(|place| *place > 0)?;
    let (version, behind) = (&rest[..dash], &rest[dash + 1..]);
    let end = memchr(b' ', behind).unwrap_or(behind.len());
    Some(Banner {
        version: version.to_vec(),
        software: behind[..end].to_vec(),
        comments: behind[end..].trim_ascii().to_vec(),
    })
}
