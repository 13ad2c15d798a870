//! A message in pieces.

use super::message::FirstLine;
use crate::frame::tell_frames;
use crate::protocol::Input;
use crate::sink::Sink;

/// Tells the pieces of a whole message, whose body begins at `place`.
pub(super) fn tell(input: Input<'_>, first_line: &FirstLine, place: usize, id: u64, sink: &mut dyn Sink) {
    let names = match first_line {
        FirstLine::Request(..) => ["request.line", "request.headers", "request.body"],
        FirstLine::Response(..) => ["response.line", "response.headers", "response.body"],
    };
    let (head, body) = input.bytes.split_at(place.min(input.bytes.len()));
    let line = memchr::memchr(b'\n', head).map_or(head.len(), |end| end + 1);
    let (line, headers) = head.split_at(line);
    // The blank line belongs to neither.
    let headers = headers.strip_suffix(b"\r\n\r\n").map_or(headers, |rest| &headers[..rest.len() + 2]);
    let frames = [("pdu", input.bytes), (names[0], line), (names[1], headers), (names[2], body)];
    tell_frames(input, Some(id), &frames, sink);
}
