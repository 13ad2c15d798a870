//! What a server sends.

use super::transaction::Failure;
use crate::reader::Reader;

/// First bytes of packets.
pub(super) const OK: u8 = 0x00;
pub(super) const EOF: u8 = 0xfe;
pub(super) const ERROR: u8 = 0xff;
pub(super) const LOCAL_FILE: u8 = 0xfb;

/// An EOF is shorter; what is longer and begins so is a row.
pub(super) const EOF_BYTES_MAX: usize = 8;

/// Further results follow.
const MORE_RESULTS: u16 = 0x0008;

/// A number of one to nine bytes.
pub(super) fn length_encoded(reader: &mut Reader<'_>) -> Option<u64> {
    match reader.u8()? {
        number @ 0..=0xfa => Some(number.into()),
        0xfc => reader.le16().map(u64::from),
        0xfd => Some(u64::from(reader.le16()?) | u64::from(reader.u8()?) << 16),
        0xfe => reader.le64(),
        _ => None,
    }
}

/// What an OK says: rows that were changed, and whether further results follow.
pub(super) fn ok(packet: &[u8]) -> (Option<u64>, bool) {
    let mut reader = Reader::new(packet.get(1..).unwrap_or_default());
    let affected = length_encoded(&mut reader);
    let status = length_encoded(&mut reader).and_then(|_| reader.le16());
    (affected, status.is_some_and(|status| status & MORE_RESULTS != 0))
}

/// Does an EOF say that further results follow?
pub(super) fn eof_has_more(packet: &[u8]) -> bool {
    let status = packet.get(3..5).map(|status| u16::from_le_bytes([status[0], status[1]]));
    status.is_some_and(|status| status & MORE_RESULTS != 0)
}

/// Why something failed: number, the state behind a `#`, words.
pub(super) fn failure(packet: &[u8]) -> Failure {
    let mut reader = Reader::new(packet.get(1..).unwrap_or_default());
    let code = reader.le16().unwrap_or(0);
    let (state, message) = match reader.rest() {
        [b'#', rest @ ..] if rest.len() >= 5 => rest.split_at(5),
        rest => (&b""[..], rest),
    };
    Failure { code, state: state.to_vec(), message: message.to_vec() }
}

/// The version in a greeting, and what the server can.
pub(super) fn greeting(packet: &[u8]) -> Option<(Vec<u8>, u32)> {
    let mut reader = Reader::new(packet.get(1..)?);
    let version = reader.zero_ended()?.to_vec();
    // The connection's number, the begin of a challenge, and a zero.
    reader.skip(4 + 8 + 1)?;
    let low = reader.le16()?;
    let high = reader.skip(1 + 2).and_then(|()| reader.le16()).unwrap_or(0);
    Some((version, u32::from(low) | u32::from(high) << 16))
}

/// How many parameters and columns a prepared statement has.
pub(super) fn prepared(packet: &[u8]) -> Option<(u16, u16)> {
    let mut reader = Reader::new(packet.get(5..)?);
    let columns = reader.le16()?;
    Some((reader.le16()?, columns))
}
