//! The header (RFC 5905 section 7.3).
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! |LI | VN  |Mode |    stratum    |     poll      |   precision   |
//! |                          root delay                           |
//! |                        root dispersion                        |
//! |                         reference id                          |
//! |   reference, origin, receive, transmit time: 8 bytes each     |
//! ```

/// Bytes of the header.
const HEADER_BYTES: usize = 48;
/// Bytes of a control message's header (RFC 9327 section 2).
const CONTROL_BYTES: usize = 12;
/// Bytes of a private message's header, as ntpd has it.
const PRIVATE_BYTES: usize = 8;
/// Strata above this one are reserved.
const STRATUM_MAX: u8 = 16;

/// Modes.
pub(super) mod mode {
    pub(in crate::ntp) const CLIENT: u8 = 3;
    pub(in crate::ntp) const SERVER: u8 = 4;
    pub(in crate::ntp) const CONTROL: u8 = 6;
    pub(in crate::ntp) const PRIVATE: u8 = 7;
}

/// A packet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Packet {
    pub(super) leap: u8,
    pub(super) version: u8,
    pub(super) mode: u8,
    pub(super) stratum: u8,
    pub(super) poll: i8,
    pub(super) precision: i8,
    /// 16 bits of seconds, 16 of their fraction.
    pub(super) root_delay: u32,
    pub(super) root_dispersion: u32,
    pub(super) reference_id: [u8; 4],
    /// 32 bits of seconds since 1900, 32 of their fraction; as are the others.
    pub(super) reference: u64,
    pub(super) origin: u64,
    pub(super) receive: u64,
    pub(super) transmit: u64,
    /// Of a control or a private message.
    pub(super) operation: Option<u8>,
}

impl Packet {
    /// `None` where it is too short.
    pub(super) fn parse(bytes: &[u8]) -> Option<Packet> {
        let [first, second, ..] = *bytes else { return None };
        let packet = Packet { leap: first >> 6, version: first >> 3 & 7, mode: first & 7, ..Packet::default() };
        match packet.mode {
            mode::CONTROL if bytes.len() >= CONTROL_BYTES => Some(Packet { operation: Some(second & 0x1f), ..packet }),
            mode::PRIVATE if bytes.len() >= PRIVATE_BYTES => Some(Packet { operation: Some(bytes[3]), ..packet }),
            mode::CONTROL | mode::PRIVATE => None,
            _ => packet.with_header(bytes.first_chunk()?),
        }
    }

    fn with_header(self, header: &[u8; HEADER_BYTES]) -> Option<Packet> {
        let word = |at: usize| Some(u32::from_be_bytes(header[at..at + 4].try_into().ok()?));
        let long = |at: usize| Some(u64::from_be_bytes(header[at..at + 8].try_into().ok()?));
        Some(Packet {
            stratum: header[1],
            poll: header[2] as i8,
            precision: header[3] as i8,
            root_delay: word(4)?,
            root_dispersion: word(8)?,
            reference_id: word(12)?.to_be_bytes(),
            reference: long(16)?,
            origin: long(24)?,
            receive: long(32)?,
            transmit: long(40)?,
            ..self
        })
    }

    /// Can it be what it seems to be?
    pub(super) fn is_plausible(&self) -> bool {
        matches!(self.version, 1..=4) && self.mode > 0 && self.stratum <= STRATUM_MAX
    }
}

/// Nanoseconds since 1970 of a timestamp; `None` where it is not set. Timestamps below the middle of an era belong to the
/// next one, which begins in 2036 (RFC 5905 section 6).
pub(super) fn unix_ns(timestamp: u64) -> Option<i64> {
    const SECONDS_FROM_1900_TO_1970: i64 = 2_208_988_800;
    if timestamp == 0 {
        return None;
    }
    let era_s = if timestamp >> 63 == 1 { 0 } else { 1 << 32 };
    let seconds = (timestamp >> 32) as i64 + era_s - SECONDS_FROM_1900_TO_1970;
    let ns = (((timestamp & 0xffff_ffff) * 1_000_000_000) >> 32) as i64;
    Some(seconds * 1_000_000_000 + ns)
}

/// Nanoseconds of a short time.
pub(super) fn short_ns(time: u32) -> u64 {
    (u64::from(time) * 1_000_000_000) >> 16
}
