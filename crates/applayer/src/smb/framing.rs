//! Records (RFC 1002, section 4.3; over port 445 their length has 24 bits), and the messages in them.

use super::header::{HEADER2_BYTES, Header, Magic};
use super::smb2;

pub(super) const RECORD_HEADER_BYTES: usize = 4;

/// A message that is no content is held until it is whole, if it is not longer than this.
const HELD_BYTES_MAX: u64 = 192 << 10;

/// Bytes of a message before its content: as far as a READ's answer, or a WRITE, is fixed.
const READ_BYTES: usize = HEADER2_BYTES + 16;
const WRITE_BYTES: usize = HEADER2_BYTES + 48;

/// Content begins at most so many bytes behind the message's first.
const CONTENT_PLACE_MAX: usize = 4 << 10;

/// So many bytes of content say what it is.
const CONTENT_HEAD_BYTES: usize = 16;

/// A record's header.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Record {
    /// Messages, of so many bytes.
    Messages(u64),
    /// Something of NetBIOS.
    Other(u64),
    /// None that is known.
    Invalid,
}

pub(super) fn record([kind, a, b, c]: [u8; RECORD_HEADER_BYTES]) -> Record {
    const KEEP_ALIVE: u8 = 0x85;
    let length = u32::from_be_bytes([0, a, b, c]).into();
    match kind {
        0 => Record::Messages(length),
        0x81..=KEEP_ALIVE => Record::Other(length),
        _ => Record::Invalid,
    }
}

/// Where the next record may begin whose message is SMB; where there is none, what may be the begin of one.
pub(super) fn next_record(bytes: &[u8]) -> (usize, bool) {
    let is_record = |place: usize| bytes[place] == 0 && Magic::of(&bytes[place + RECORD_HEADER_BYTES..]).is_some();
    let last = (bytes.len() + 1).saturating_sub(RECORD_HEADER_BYTES + 4);
    match (0..last).find(|place| is_record(*place)) {
        Some(place) => (place, true),
        None => (last, false),
    }
}

/// What to do with the message at the begin of these bytes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// So many bytes are needed.
    Needs(usize),
    /// It is here: so many bytes.
    Whole(usize),
    /// All before its content is here: the content begins at this place, of a message of so many bytes.
    Content { place: usize, message_bytes: u64 },
    /// It cannot be read, or is not to be.
    Skip { bytes: u64, why: Skip },
}

/// Why a message is skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Skip {
    /// It is encrypted or compressed.
    Opaque,
    /// It is too long to be held.
    TooLong,
    /// It is no message.
    Malformed,
}

/// `left` bytes of the record are to come, these with them. Before a gap no more than these will come.
pub(super) fn next(bytes: &[u8], left: u64, is_before_gap: bool) -> Next {
    if left < 4 {
        return Next::Skip { bytes: left, why: Skip::Malformed };
    }
    if bytes.len() < 4 {
        return Next::Needs(4);
    }
    match Magic::of(bytes) {
        Some(Magic::Smb1) => whole(bytes, left),
        Some(Magic::Smb2) if left < HEADER2_BYTES as u64 => Next::Skip { bytes: left, why: Skip::Malformed },
        Some(Magic::Smb2) => next2(bytes, left, is_before_gap),
        Some(Magic::Encrypted | Magic::Compressed) if (bytes.len() as u64) < left.min(HEADER2_BYTES as u64) => {
            Next::Needs(left.min(HEADER2_BYTES as u64) as usize)
        }
        Some(Magic::Encrypted | Magic::Compressed) => Next::Skip { bytes: left, why: Skip::Opaque },
        None => Next::Skip { bytes: left, why: Skip::Malformed },
    }
}

fn whole(bytes: &[u8], length: u64) -> Next {
    match usize::try_from(length) {
        Ok(needed) if length <= HELD_BYTES_MAX => {
            if bytes.len() >= needed {
                Next::Whole(needed)
            } else {
                Next::Needs(needed)
            }
        }
        // Its header is a frame of its own.
        _ if bytes.len() < HEADER2_BYTES => Next::Needs(HEADER2_BYTES),
        _ => Next::Skip { bytes: length, why: Skip::TooLong },
    }
}

fn next2(bytes: &[u8], left: u64, is_before_gap: bool) -> Next {
    let Some(header) = Header::parse2(bytes) else { return Next::Needs(HEADER2_BYTES) };
    let length = match u64::from(header.next) {
        0 => left,
        next if next < HEADER2_BYTES as u64 || next > left => return Next::Skip { bytes: left, why: Skip::Malformed },
        next => next,
    };
    let fixed = match (header.command, header.is_response) {
        (smb2::READ, true) if header.has_content() => READ_BYTES,
        (smb2::WRITE, false) => WRITE_BYTES,
        _ => return whole(bytes, length),
    };
    if length < fixed as u64 {
        return whole(bytes, length);
    }
    match bytes.get(..fixed) {
        Some(message) => content(message, bytes.len(), length, is_before_gap),
        None => Next::Needs(fixed),
    }
}

fn content(message: &[u8], here: usize, message_bytes: u64, is_before_gap: bool) -> Next {
    let [low, high] = [message[HEADER2_BYTES + 2], message[HEADER2_BYTES + 3]];
    let is_read = message.len() == READ_BYTES;
    let place = usize::from(if is_read { low.into() } else { u16::from_le_bytes([low, high]) });
    if place < message.len() || place > CONTENT_PLACE_MAX || place as u64 > message_bytes {
        return Next::Skip { bytes: message_bytes, why: Skip::Malformed };
    }
    let head = (message_bytes - place as u64).min(CONTENT_HEAD_BYTES as u64) as usize;
    let head = if is_before_gap { 0 } else { head };
    match here >= place + head {
        true => Next::Content { place, message_bytes },
        false => Next::Needs(place + head),
    }
}
