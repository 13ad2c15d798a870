//! Packets with long headers (RFC 9000, section 17.2; RFC 9369, section 3.2; Google's QUIC).

use crate::protocol::Probe;
use crate::reader::Reader;

/// A version as it is on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct QuicVersion(pub u32);

impl QuicVersion {
    /// RFC 9000.
    pub const V1: QuicVersion = QuicVersion(1);
    /// RFC 9369.
    pub const V2: QuicVersion = QuicVersion(0x6b33_43cf);
    /// What RFC 9369 was while it was a draft.
    pub const V2_DRAFT: QuicVersion = QuicVersion(0x709a_50c4);
    /// The last version of Google's own handshake, in encrypted Initial packets.
    pub const Q050: QuicVersion = QuicVersion(0x5130_3530);

    /// Suricata's name: `Q046` for the versions of Google that it knows, else hex.
    pub fn name(self) -> String {
        match self.0.to_be_bytes() {
            [b'Q', b'0', tens, ones] if matches!((tens, ones), (b'3', b'9') | (b'4', b'3'..=b'6')) => {
                format!("Q0{}{}", char::from(tens), char::from(ones))
            }
            _ => format!("{:x}", self.0),
        }
    }

    /// `43` of Q043: Google's versions with its own handshake.
    pub(crate) const fn google(self) -> Option<u8> {
        match self.0.to_be_bytes() {
            [b'Q', b'0', tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => Some((tens - b'0') * 10 + ones - b'0'),
            _ => None,
        }
    }

    /// Google's versions with TLS: T050 and T051.
    const fn is_google_tls(self) -> bool {
        matches!(self.0, 0x5430_3530 | 0x5430_3531)
    }

    /// The number of an IETF draft, also of Facebook's versions, which were drafts.
    pub(crate) const fn draft(self) -> Option<u8> {
        match self.0 {
            0xff00_0000..=0xff00_00ff => Some(self.0 as u8),
            0xface_b001 => Some(22),
            0xface_b002..=0xface_b00f => Some(27),
            _ => None,
        }
    }

    /// A reserved version that asks for Version Negotiation (RFC 9000, section 15).
    pub(crate) const fn is_reserved(self) -> bool {
        self.0 & 0x0f0f_0f0f == 0x0a0a_0a0a
    }

    const fn is_known(self) -> bool {
        matches!(self, QuicVersion::V1 | QuicVersion::V2 | QuicVersion::V2_DRAFT)
            || self.draft().is_some()
            || self.google().is_some()
            || self.is_google_tls()
    }

    const fn is_v2(self) -> bool {
        matches!(self, QuicVersion::V2 | QuicVersion::V2_DRAFT)
    }

    /// Is a packet in the clear, with a hash of 12 bytes before its frames?
    pub(crate) const fn is_clear(self) -> bool {
        matches!(self.google(), Some(0..50))
    }
}

/// What a packet with a long header is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PacketKind {
    Initial,
    ZeroRtt,
    Handshake,
    Retry,
    VersionNegotiation,
}

/// A packet with a long header.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LongPacket<'a> {
    pub(crate) kind: PacketKind,
    pub(crate) version: QuicVersion,
    /// Whom it is for: the client's first one makes the keys.
    pub(crate) destination: &'a [u8],
    /// All of it.
    pub(crate) bytes: &'a [u8],
    /// Where its packet number begins; in clear packets, its frames.
    pub(crate) number_at: usize,
}

impl<'a> LongPacket<'a> {
    /// The first packet of a datagram, and the rest of it. `None` for a short header and for lengths that do not fit.
    pub(crate) fn take(datagram: &'a [u8]) -> Option<(LongPacket<'a>, &'a [u8])> {
        let mut reader = Reader::new(datagram);
        let first = reader.u8()?;
        if first & 0x80 == 0 {
            return None;
        }
        let version = QuicVersion(reader.u32()?);
        let kind = kind(first, version)?;
        let (destination, _source) = connection_ids(&mut reader, version)?;
        if kind == PacketKind::Initial && !version.is_clear() {
            let token_bytes = variable(&mut reader)?;
            reader.take(usize::try_from(token_bytes).ok()?)?;
        }
        if version.is_clear() {
            reader.take(if version.google() == Some(46) { usize::from(first & 3) + 1 } else { 4 })?;
            reader.take(HASH_BYTES)?;
        }
        let has_length = !version.is_clear() && !matches!(kind, PacketKind::Retry | PacketKind::VersionNegotiation);
        let length = if has_length { usize::try_from(variable(&mut reader)?).ok()? } else { reader.rest().len() };
        let number_at = datagram.len() - reader.rest().len();
        let (bytes, rest) = datagram.split_at_checked(number_at.checked_add(length)?)?;
        Some((LongPacket { kind, version, destination, bytes, number_at }, rest))
    }
}

fn kind(first: u8, version: QuicVersion) -> Option<PacketKind> {
    if version == QuicVersion(0) {
        return Some(PacketKind::VersionNegotiation);
    }
    if matches!(version.google(), Some(0..46)) {
        return match first & 0x7f {
            0x7f => Some(PacketKind::Initial),
            0x7e => Some(PacketKind::Retry),
            0x7d => Some(PacketKind::Handshake),
            0x7c => Some(PacketKind::ZeroRtt),
            _ => None,
        };
    }
    Some(match ((first >> 4) + u8::from(!version.is_v2())) & 3 {
        1 => PacketKind::Initial,
        2 => PacketKind::ZeroRtt,
        3 => PacketKind::Handshake,
        _ => PacketKind::Retry,
    })
}

fn connection_ids<'a>(reader: &mut Reader<'a>, version: QuicVersion) -> Option<(&'a [u8], &'a [u8])> {
    if !version.is_clear() {
        let ids = (reader.vector8()?, reader.vector8()?);
        return (ids.0.len() <= ID_BYTES_MAX && ids.1.len() <= ID_BYTES_MAX).then_some(ids);
    }
    let lengths = reader.u8()?;
    let bytes = |nibble: u8| usize::from(if nibble == 0 { 0 } else { nibble + 3 });
    Some((reader.take(bytes(lengths >> 4))?, reader.take(bytes(lengths & 15))?))
}

/// Google's packets before its Q044: public flags, connection id, version, packet number, hash, frames. The client's
/// have a version, until the server has answered.
pub(crate) fn google_public(datagram: &[u8]) -> Option<(QuicVersion, &[u8])> {
    let mut reader = Reader::new(datagram);
    let flags = reader.u8()?;
    if flags & 0xc1 != 0x01 {
        return None;
    }
    if flags & 0x08 != 0 {
        reader.take(8)?;
    }
    let version = QuicVersion(reader.u32()?);
    version.google().filter(|number| *number < 44)?;
    reader.take([1, 2, 4, 6][usize::from(flags >> 4 & 3)])?;
    reader.take(HASH_BYTES)?;
    Some((version, reader.rest()))
}

/// A number of 1, 2, 4 or 8 bytes, as its first two bits say (RFC 9000, section 16).
pub(crate) fn variable(reader: &mut Reader<'_>) -> Option<u64> {
    let first = *reader.rest().first()?;
    let bytes = reader.take(1 << (first >> 6))?;
    let number = bytes[1..].iter().fold(u64::from(first & 0x3f), |number, byte| number << 8 | u64::from(*byte));
    Some(number)
}

/// A known version in a packet whose lengths fit is proof. Other versions may be QUIC as well.
pub(crate) fn probe(head: &[u8]) -> Probe {
    if google_public(head).is_some() {
        return Probe::Yes;
    }
    match LongPacket::take(head) {
        Some((packet, _)) if packet.version.is_known() => Probe::Yes,
        Some((packet, _)) if packet.kind == PacketKind::VersionNegotiation => negotiation(&packet),
        Some((packet, _)) if packet.kind == PacketKind::Initial && packet.bytes.len() >= INITIAL_BYTES_MIN => {
            Probe::Maybe
        }
        _ => Probe::No,
    }
}

fn negotiation(packet: &LongPacket<'_>) -> Probe {
    let versions = packet.bytes[packet.number_at..].chunks(4);
    let mut versions = versions.filter_map(|version| version.first_chunk().copied().map(u32::from_be_bytes));
    if versions.any(|version| QuicVersion(version).is_known()) { Probe::Yes } else { Probe::No }
}

/// RFC 9000, section 17.2.
const ID_BYTES_MAX: usize = 20;
/// A client pads what begins a connection to 1,200 bytes of UDP (RFC 9000, section 14.1).
const INITIAL_BYTES_MIN: usize = 1_100;
/// FNV-1a of 96 bits, in place of an authentication tag.
const HASH_BYTES: usize = 12;
