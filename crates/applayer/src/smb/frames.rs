//! Records and messages in pieces.

use super::header::{HEADER1_BYTES, HEADER2_BYTES, Magic};
use super::parser::Smb;
use crate::frame::{close_frames, continue_frames, open_frames, tell_frames};
use crate::protocol::Input;
use crate::sink::Sink;

const RECORD: [&str; 2] = ["nbss.pdu", "nbss.data"];
const SMB1: [&str; 3] = ["smb1.hdr", "smb1.pdu", "smb1.data"];
const SMB2: [&str; 3] = ["smb2.hdr", "smb2.pdu", "smb2.data"];
/// Encrypted messages.
const SMB3: [&str; 3] = ["smb3.hdr", "smb3.pdu", "smb3.data"];

/// The header before an encrypted message (MS-SMB2, section 2.2.41).
const TRANSFORM_HEADER_BYTES: usize = 52;

/// Where a side was before its parser took bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum At {
    /// At a record.
    Record,
    /// At a message.
    Message,
    /// In one.
    Inside,
    /// Where no record is known.
    Nowhere,
}

impl Smb {
    /// Tells the pieces in the bytes that were taken.
    pub(super) fn cut(&mut self, at: At, taken: Input<'_>, sink: &mut dyn Sink) {
        match at {
            At::Record => {
                open_frames(taken, None, &RECORD[..1], sink);
                continue_frames(taken, sink);
                tell_frames(taken, None, &[("nbss.hdr", taken.bytes)], sink);
                open_frames(taken, None, &RECORD[1..], sink);
            }
            At::Message => cut_begin(taken, sink),
            At::Inside => continue_frames(taken, sink),
            At::Nowhere => return cut_off(taken, sink),
        }
        let (record_left, message_left) = self.left(taken.sender);
        if message_left == 0 {
            close_messages(taken, true, sink);
        }
        if record_left == 0 {
            close_frames(taken, true, &RECORD, sink);
        }
    }
}

/// A message begins, or all of it is here.
fn cut_begin(taken: Input<'_>, sink: &mut dyn Sink) {
    let (names, header_bytes) = match Magic::of(taken.bytes) {
        Some(Magic::Smb1) => (SMB1, HEADER1_BYTES),
        Some(Magic::Smb2) => (SMB2, HEADER2_BYTES),
        Some(Magic::Encrypted) => (SMB3, TRANSFORM_HEADER_BYTES),
        _ => return continue_frames(taken, sink),
    };
    let (header, data) = taken.bytes.split_at(header_bytes.min(taken.bytes.len()));
    open_frames(taken, None, &names[1..2], sink);
    continue_frames(Input { bytes: header, ..taken }, sink);
    tell_frames(taken, None, &[(names[0], header)], sink);
    open_frames(taken, None, &names[2..], sink);
    continue_frames(Input { bytes: data, ..taken }, sink);
}

fn close_messages(at: Input<'_>, is_complete: bool, sink: &mut dyn Sink) {
    for names in [SMB1, SMB2, SMB3] {
        close_frames(at, is_complete, &names[1..], sink);
    }
}

/// Bytes of the frames that are open are missing.
pub(super) fn cut_off(at: Input<'_>, sink: &mut dyn Sink) {
    close_messages(at, false, sink);
    close_frames(at, false, &RECORD, sink);
}
