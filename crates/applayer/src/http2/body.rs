//! DATA: bodies, in pieces as they come.

use super::Limits;
use super::connection::{Http2, Stage, skip_stage};
use super::frame::{self, Header};
use super::stream::{Outlet, Stream};
use crate::frame::{close_frames, continue_frames, open_frames, tell_frames};
use crate::http::content::Content;
use crate::http::headers::{self, Known};
use crate::http::name;
use crate::protocol::{Input, Progress};
use crate::sink::Sink;
use model::packet::Side;

impl Http2 {
    pub(super) fn begin_data(
        &mut self,
        header: Header,
        payload: &[u8],
        input: Input<'_>,
        sink: &mut dyn Sink,
    ) -> Progress {
        let is_padded = header.has(frame::FLAG_PADDED) && header.length > 0;
        if is_padded && payload.is_empty() {
            return Progress { consumed: 0, needed: frame::HEADER_BYTES + 1 };
        }
        let padding = if is_padded { usize::from(payload[0]) } else { 0 };
        let consumed = frame::HEADER_BYTES + usize::from(is_padded);
        let rest = header.length - usize::from(is_padded);
        let reader = &mut self.readers[input.sender.index()];
        if padding > rest {
            sink.anomaly(input.now, "invalid_frame_data", None);
            reader.stage = skip_stage(rest);
            return Progress { consumed, needed: 0 };
        }
        let (head, padding_byte) = input.bytes[..consumed].split_at(frame::HEADER_BYTES);
        open_frames(input, None, &["pdu"], sink);
        continue_frames(Input { bytes: head, ..input }, sink);
        tell_frames(input, None, &[("hdr", head)], sink);
        open_frames(input, None, &["data"], sink);
        continue_frames(Input { bytes: padding_byte, ..input }, sink);
        let is_last = header.has(frame::FLAG_END_STREAM);
        let (stream, left) = (header.stream, rest - padding);
        reader.stage = Stage::Data { stream, left, padding, is_last };
        if left == 0 {
            self.data(stream, 0, padding, is_last, Input { bytes: b"", ..input }, sink);
        }
        Progress { consumed, needed: 0 }
    }

    /// Bytes of a body.
    pub(super) fn data(
        &mut self,
        stream: u32,
        left: usize,
        padding: usize,
        is_last: bool,
        input: Input<'_>,
        sink: &mut dyn Sink,
    ) -> Progress {
        let bytes = &input.bytes[..left.min(input.bytes.len())];
        let left = left - bytes.len();
        continue_frames(Input { bytes, ..input }, sink);
        if left == 0 && padding == 0 {
            close_frames(input, true, &["data", "pdu"], sink);
        }
        if let Some(place) = self.find(stream) {
            let mut outlet = Outlet { now: input.now, files: &mut self.files, sink };
            let stream = &mut self.streams[place];
            stream.halves[input.sender.index()].note_frame(frame::DATA);
            stream.halves[input.sender.index()].times.see(input.now);
            if !bytes.is_empty() {
                begin_content(stream, input.sender, &self.limits, &mut outlet);
                let is_dns = stream.is_dns;
                let (half, mut report) = stream.part(input.sender, &mut outlet);
                half.content.push(bytes, &mut report);
                if is_dns {
                    half.hold_dns(bytes);
                }
            }
        }
        if left > 0 {
            self.readers[input.sender.index()].stage = Stage::Data { stream, left, padding, is_last };
        } else {
            self.readers[input.sender.index()].stage = skip_stage(padding);
            if is_last {
                self.end_half(stream, input.sender, true, input.now, sink);
            }
        }
        Progress { consumed: bytes.len(), needed: 0 }
    }
}

/// The body of a half begins, if it has not.
pub(super) fn begin_content(stream: &mut Stream, sender: Side, limits: &Limits, outlet: &mut Outlet<'_>) {
    if stream.halves[sender.index()].has_content {
        return;
    }
    let headers = &stream.halves[sender.index()].headers;
    let disposition = headers.get(Known::ContentDisposition).and_then(name::of_disposition);
    let announced = headers.get(Known::ContentLength).and_then(headers::decimal);
    let content = Content::file(disposition.unwrap_or_else(|| name::of_target(stream.path())), announced);
    let mut content = content.of_range(headers.get(Known::ContentRange));
    let (half, mut report) = stream.part(sender, outlet);
    if let Some(encoding) = half.headers.get(Known::ContentEncoding) {
        content.decode(encoding, limits.decompress, "failed_decompression", &mut report);
    }
    half.content = content;
    half.has_content = true;
}
