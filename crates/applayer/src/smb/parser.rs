//! One connection: records, messages, and content as it comes.

use super::frames::{self, At};
use super::framing::{self, Next, RECORD_HEADER_BYTES, Record, Skip};
use super::header::{Header, Magic};
use super::message::{Request, Response, Write};
use super::state::{Concern, Key, Piece, State};
use super::{smb1, smb2};
use crate::protocol::{Gap, Input, Parser, Progress};
use crate::sink::Sink;
use model::packet::{Side, Timestamp};

#[derive(Default)]
pub(super) struct Smb {
    sides: [Place; 2],
    state: State,
}

/// Where a side's bytes are.
#[derive(Debug, Default)]
struct Place {
    /// Bytes of the record that are to come.
    record_left: u64,
    /// Bytes before them that do not matter.
    skip: u64,
    /// Content that comes, and how much of it is to come.
    piece: Option<(Piece, u64)>,
    /// The record's begin is not known.
    is_lost: bool,
}

impl Place {
    fn take(&mut self, bytes: u64) {
        self.record_left = self.record_left.saturating_sub(bytes);
    }
}

impl Smb {
    /// Bytes of a side's record, and of its message, that are to come.
    pub(super) fn left(&self, sender: Side) -> (u64, u64) {
        let side = &self.sides[sender.index()];
        (side.record_left, side.skip + side.piece.map_or(0, |(_, left)| left))
    }

    fn record(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Progress {
        let Some(header) = input.bytes.first_chunk() else {
            return Progress { consumed: 0, needed: RECORD_HEADER_BYTES };
        };
        let side = &mut self.sides[input.sender.index()];
        match framing::record(*header) {
            Record::Messages(bytes) => {
                side.record_left = bytes;
                self.state.related[input.sender.index()] = None;
            }
            Record::Other(bytes) => (side.record_left, side.skip) = (bytes, bytes),
            Record::Invalid => {
                side.is_lost = true;
                sink.anomaly(input.now, "malformed_data", self.state.last_id());
                return self.seek(input, sink);
            }
        }
        Progress { consumed: RECORD_HEADER_BYTES, needed: 0 }
    }

    /// Looks for a record, where its begin is not known.
    fn seek(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Progress {
        let (consumed, is_found) = framing::next_record(input.bytes);
        self.sides[input.sender.index()].is_lost = !is_found;
        if is_found && consumed == 0 {
            return self.record(input, sink);
        }
        // One byte more may make it one.
        Progress { consumed, needed: if is_found { 0 } else { input.bytes.len() - consumed + 1 } }
    }

    fn message(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Progress {
        let side = &mut self.sides[input.sender.index()];
        match framing::next(input.bytes, side.record_left, false) {
            Next::Needs(needed) => Progress { consumed: 0, needed },
            Next::Whole(length) => {
                side.take(length as u64);
                self.whole(Input { bytes: &input.bytes[..length], ..input }, sink);
                Progress { consumed: length, needed: 0 }
            }
            Next::Content { place, message_bytes } => {
                self.content_begins(input, (place, message_bytes), sink);
                Progress { consumed: place, needed: 0 }
            }
            Next::Skip { bytes, why } => {
                side.skip = bytes;
                let anomaly = match why {
                    Skip::Opaque => None,
                    Skip::TooLong => Some("record_overflow"),
                    Skip::Malformed => Some("malformed_data"),
                };
                anomaly.into_iter().for_each(|name| sink.anomaly(input.now, name, self.state.last_id()));
                self.skip(input)
            }
        }
    }

    fn skip(&mut self, input: Input<'_>) -> Progress {
        let side = &mut self.sides[input.sender.index()];
        let consumed = input.bytes.len().min(usize::try_from(side.skip).unwrap_or(usize::MAX));
        side.skip -= consumed as u64;
        side.take(consumed as u64);
        Progress { consumed, needed: 0 }
    }

    fn whole(&mut self, input: Input<'_>, sink: &mut dyn Sink) {
        let (now, message) = (input.now, input.bytes);
        match Magic::of(message) {
            Some(Magic::Smb1) => self.message1(now, message, sink),
            Some(Magic::Smb2) => self.message2(now, message, sink),
            _ => {}
        }
    }

    fn message1(&mut self, now: Timestamp, message: &[u8], sink: &mut dyn Sink) {
        let Some(header) = Header::parse1(message) else {
            return sink.anomaly(now, "malformed_data", self.state.last_id());
        };
        for block in smb1::blocks(&header, message) {
            let header = Header { command: block.command, ..header };
            if header.is_response {
                let response = if header.has_content() { block.response() } else { Some(Response::Other) };
                self.response(now, &header, response, sink);
            } else {
                self.state.request(now, &header, block.request(), sink);
            }
        }
    }

    fn message2(&mut self, now: Timestamp, message: &[u8], sink: &mut dyn Sink) {
        let Some(header) = Header::parse2(message).map(|header| self.resolve(header)) else { return };
        if header.is_response {
            let response = if header.has_content() { smb2::response(&header, message) } else { Some(Response::Other) };
            self.response(now, &header, response, sink);
        } else {
            self.state.request(now, &header, smb2::request(&header, message), sink);
        }
    }

    fn response(&mut self, now: Timestamp, header: &Header, response: Option<Response<'_>>, sink: &mut dyn Sink) {
        if response.is_none() {
            sink.anomaly(now, "malformed_data", self.state.last_id());
        }
        self.state.response(now, header, &response.unwrap_or(Response::Other), sink);
    }

    /// Session and tree of a related message are those of the message before.
    fn resolve(&mut self, mut header: Header) -> Header {
        let side = if header.is_response { Side::Server } else { Side::Client };
        let related = &mut self.state.related[side.index()];
        match *related {
            Some((session_id, tree_id, _)) if header.is_related => {
                if header.session_id == u64::MAX {
                    header.session_id = session_id;
                }
                if header.tree_id == u32::MAX {
                    header.tree_id = tree_id;
                }
            }
            _ => *related = Some((header.session_id, header.tree_id, None)),
        }
        header
    }

    /// A READ's answer, or a WRITE of SMB 2, up to its content.
    fn content_begins(&mut self, input: Input<'_>, (place, message_bytes): (usize, u64), sink: &mut dyn Sink) {
        let (now, sender) = (input.now, input.sender);
        let side = &mut self.sides[sender.index()];
        side.take(place as u64);
        // Behind the content there may be padding.
        let behind = message_bytes - place as u64;
        side.skip = behind;
        let Some(header) = Header::parse2(input.bytes).map(|header| self.resolve(header)) else { return };
        let Some((header, key, offset, length)) = self.content_of(now, header, input.bytes, sink) else { return };
        let here = u64::from(length).min(behind);
        let head = &input.bytes[place..];
        let head = &head[..head.len().min(here as usize)];
        let piece = self.state.begin_content(now, (&header, key, sender), (offset, length), head, sink);
        let side = &mut self.sides[sender.index()];
        side.skip = behind - here;
        side.piece = (here > 0).then_some((piece, here));
    }

    /// Of which file the content is, its place there, and its length.
    fn content_of(
        &mut self,
        now: Timestamp,
        header: Header,
        bytes: &[u8],
        sink: &mut dyn Sink,
    ) -> Option<(Header, Key, u64, u32)> {
        if let (false, Some(Request::Write(write))) = (header.is_response, smb2::write(bytes)) {
            let Write { file, offset, length, .. } = write;
            self.state.tell_too_large(now, length, sink);
            return Some((header, self.state.key(&header, file), offset, length));
        }
        let Some(Response::Read { length, .. }) = smb2::read_response(bytes) else { return None };
        if self.state.read_bytes_max != 0 && length > self.state.read_bytes_max {
            sink.anomaly(now, "read_response_too_large", self.state.last_id());
        }
        let pending = self.state.pending.remove(&(header.message_id, header.command))?;
        match pending.concern {
            Concern::Reading { key, offset } => Some((header.of_tree(pending.tree_id), key, offset, length)),
            _ => None,
        }
    }

    fn content(&mut self, input: Input<'_>, (piece, left): (Piece, u64), sink: &mut dyn Sink) -> Progress {
        let consumed = input.bytes.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        self.state.content(input.now, &piece, &input.bytes[..consumed], sink);
        let left = left - consumed as u64;
        let side = &mut self.sides[input.sender.index()];
        side.take(consumed as u64);
        side.piece = (left > 0).then_some((piece, left));
        Progress { consumed, needed: 0 }
    }

    /// The begin of a message whose rest is missing: what it has of a file's content is passed on.
    fn cut_message(&mut self, gap: &Gap<'_>, sink: &mut dyn Sink) {
        let Gap { now, sender, unparsed: bytes, .. } = *gap;
        let side = &mut self.sides[sender.index()];
        if let Next::Content { place, message_bytes } = framing::next(bytes, side.record_left, true) {
            self.content_begins(Input { now, sender, bytes }, (place, message_bytes), sink);
            let begin = Input { now, sender, bytes: &bytes[place..] };
            match self.sides[sender.index()].piece {
                Some(piece) => self.content(begin, piece, sink),
                None => self.skip(begin),
            };
            return;
        }
        // The rest of it is of no use.
        let side = &mut self.sides[sender.index()];
        side.record_left = side.record_left.saturating_sub(bytes.len() as u64);
        side.skip = side.record_left;
        self.cut_message1(gap, sink);
    }

    fn cut_message1(&mut self, gap: &Gap<'_>, sink: &mut dyn Sink) {
        let Some(header) = Header::parse1(gap.unparsed).filter(|_| Magic::of(gap.unparsed) == Some(Magic::Smb1)) else {
            return;
        };
        for block in smb1::blocks(&header, gap.unparsed) {
            let header = Header { command: block.command, ..header };
            match (header.is_response, block.command) {
                (false, smb1::WRITE_ANDX | smb1::WRITE) => self.state.request(gap.now, &header, block.request(), sink),
                (true, smb1::READ_ANDX) if header.has_content() => {
                    if let Some(response) = block.response() {
                        self.state.response(gap.now, &header, &response, sink);
                    }
                }
                _ => {}
            }
        }
    }

    /// Bytes are missing at this place.
    fn pass_over(&mut self, gap: &Gap<'_>, sink: &mut dyn Sink) {
        let side = &mut self.sides[gap.sender.index()];
        let mut left = gap.bytes;
        if let Some((piece, of_piece)) = side.piece {
            let missing = left.min(of_piece);
            side.take(missing);
            side.piece = (of_piece > missing).then_some((piece, of_piece - missing));
            left -= missing;
            self.state.content_gap(gap.now, &piece, missing, sink);
        }
        let side = &mut self.sides[gap.sender.index()];
        let skipped = left.min(side.skip);
        side.skip -= skipped;
        side.take(skipped);
        left -= skipped;
        if left > 0 {
            // Which message it is, is not known: the rest of the record is of no use.
            let skipped = left.min(side.record_left);
            side.take(skipped);
            side.skip = side.record_left;
            side.is_lost = left > skipped;
        }
    }
}

impl Parser for Smb {
    fn push(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Progress {
        let side = &self.sides[input.sender.index()];
        let (was_lost, was_between) = (side.is_lost, side.record_left == 0);
        let is_begin = side.piece.is_none() && side.skip == 0;
        let progress = match side.piece {
            _ if side.is_lost => self.seek(input, sink),
            Some(piece) => self.content(input, piece, sink),
            None if side.skip > 0 => self.skip(input),
            None if side.record_left == 0 => self.record(input, sink),
            None => self.message(input, sink),
        };
        let side = &self.sides[input.sender.index()];
        let at = match is_begin {
            // Where a record was looked for, one was read only if there is something of it to come.
            true if was_lost && side.record_left > 0 => At::Record,
            _ if was_lost || side.is_lost => At::Nowhere,
            true if was_between => At::Record,
            true => At::Message,
            false => At::Inside,
        };
        if let Some(bytes) = input.bytes.get(..progress.consumed).filter(|bytes| !bytes.is_empty()) {
            self.cut(at, Input { bytes, ..input }, sink);
        }
        progress
    }

    fn gap(&mut self, gap: Gap<'_>, sink: &mut dyn Sink) {
        frames::cut_off(Input { now: gap.now, sender: gap.sender, bytes: b"" }, sink);
        let side = &mut self.sides[gap.sender.index()];
        if side.record_left == 0 {
            // In the middle of a record's header, or before one.
            side.is_lost |= gap.bytes > 0 || !gap.unparsed.is_empty();
            return;
        }
        if !gap.unparsed.is_empty() {
            self.cut_message(&gap, sink);
        }
        self.pass_over(&gap, sink);
    }

    fn finish(&mut self, now: Timestamp, sink: &mut dyn Sink) {
        Side::BOTH.into_iter().for_each(|sender| frames::cut_off(Input { now, sender, bytes: b"" }, sink));
        self.state.finish(now, sink);
    }
}
