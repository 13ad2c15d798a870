//! Is it SMB?

use super::header::Magic;
use crate::protocol::Probe;
use model::packet::Side;

/// A session message with SMB in it; before it there may be the NetBIOS session's request (RFC 1002, section 4.3.2), or its
/// answer.
pub(super) fn probe(head: &[u8], sender: Side) -> Probe {
    match head {
        [0, ..] => session_message(head),
        [0x81, ..] if sender == Side::Client => session_request(head),
        // Too little for a proof.
        [0x82, ..] if sender == Side::Server => answer(head),
        _ => Probe::No,
    }
}

fn session_message(head: &[u8]) -> Probe {
    // A message of SMB is shorter than 16 MB: its length has three bytes.
    let Some(magic) = head.get(4..) else { return Probe::NeedMore };
    let is_begin = |magics: [u8; 4]| magics.starts_with(&magic[..magic.len().min(4)]);
    let fits = [0xfc, 0xfd, 0xfe, 0xff].into_iter().any(|version| is_begin([version, b'S', b'M', b'B']));
    match fits {
        true if Magic::of(magic).is_some() => Probe::Yes,
        true => Probe::NeedMore,
        false => Probe::No,
    }
}

/// Two names, each of 32 letters from A to P.
fn session_request(head: &[u8]) -> Probe {
    const BEGIN: [u8; 5] = [0x81, 0, 0, 0x44, 0x20];
    let length = head.len().min(BEGIN.len());
    let is_letter = |byte: &u8| (b'A'..=b'P').contains(byte);
    let fits = head[..length] == BEGIN[..length] && head.iter().skip(5).take(32).all(is_letter);
    match fits {
        true if head.len() >= 37 => Probe::Yes,
        true => Probe::NeedMore,
        false => Probe::No,
    }
}

fn answer(head: &[u8]) -> Probe {
    const POSITIVE: [u8; 4] = [0x82, 0, 0, 0];
    let length = head.len().min(POSITIVE.len());
    match head[..length] == POSITIVE[..length] {
        true if length == POSITIVE.len() => Probe::Maybe,
        true => Probe::NeedMore,
        false => Probe::No,
    }
}
