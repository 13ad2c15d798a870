//! Frames that come whole: all but bodies.

use super::connection::{Http2, opener};
use super::dns::DNS_OVER_HTTP2;
use super::frame::{self, Header};
use super::hpack;
use super::stream::{ErrorCode, Outlet};
use crate::protocol::Input;
use crate::sink::{Sink, Stage as Progressed};
use model::packet::Side;

/// Settings of one frame that are kept.
pub(super) const SETTINGS_MAX: usize = 64;

/// A header block on its way.
#[derive(Default)]
pub(super) struct Block {
    stream: u32,
    bytes: Vec<u8>,
    is_last: bool,
    /// It has grown over the limit.
    is_too_long: bool,
}

impl Http2 {
    /// A frame of the connection itself. Each takes a number, but only some say something.
    pub(super) fn connection_frame(&mut self, header: Header, input: Input<'_>, sink: &mut dyn Sink) {
        match header.kind {
            // An acknowledgement says nothing.
            frame::SETTINGS if !input.bytes.is_empty() => {
                let settings = frame::settings(input.bytes).take(SETTINGS_MAX).collect();
                self.tell_connection(header.kind, input, sink, |half| half.settings = Some(settings));
            }
            frame::GOAWAY => {
                let code = number(&input.bytes[4..]);
                let error = ErrorCode { code, is_of_connection: true };
                self.tell_connection(header.kind, input, sink, |half| half.error = Some(error));
            }
            frame::WINDOW_UPDATE => {
                let bytes = number(input.bytes) & 0x7fff_ffff;
                self.tell_connection(header.kind, input, sink, |half| half.note_window_update(bytes));
            }
            _ => self.tell_connection(header.kind, input, sink, |_| {}),
        }
    }

    pub(super) fn window_update(&mut self, header: Header, input: Input<'_>) {
        if let Some(place) = self.find(header.stream) {
            let bytes = number(input.bytes) & 0x7fff_ffff;
            self.streams[place].halves[input.sender.index()].note_window_update(bytes);
        }
    }

    pub(super) fn headers(&mut self, header: Header, input: Input<'_>, sink: &mut dyn Sink) {
        let Some(mut payload) = header.unpadded(input.bytes) else {
            return self.invalid_block(input, sink);
        };
        let place = self.open_stream(header.stream, input, sink);
        self.streams[place].halves[input.sender.index()].note_frame(header.kind);
        if header.has(frame::FLAG_PRIORITY) {
            let Some((priority, rest)) = payload.split_at_checked(5) else { return self.invalid_block(input, sink) };
            self.streams[place].halves[input.sender.index()].set_priority(priority[4]);
            payload = rest;
        }
        let is_last = header.has(frame::FLAG_END_STREAM);
        self.begin_block(header, header.stream, payload, is_last, input, sink);
    }

    pub(super) fn push_promise(&mut self, header: Header, input: Input<'_>, sink: &mut dyn Sink) {
        let payload = header.unpadded(input.bytes).and_then(|payload| payload.split_at_checked(4));
        let Some((promised, fragment)) = payload else { return self.invalid_block(input, sink) };
        let promised = number(promised) & 0x7fff_ffff;
        self.open_stream(promised, input, sink);
        self.begin_block(header, promised, fragment, false, input, sink);
    }

    fn invalid_block(&mut self, input: Input<'_>, sink: &mut dyn Sink) {
        self.readers[input.sender.index()].is_table_lost = true;
        sink.anomaly(input.now, "invalid_frame_data", None);
    }

    fn begin_block(
        &mut self,
        header: Header,
        stream: u32,
        fragment: &[u8],
        is_last: bool,
        input: Input<'_>,
        sink: &mut dyn Sink,
    ) {
        if header.has(frame::FLAG_END_HEADERS) {
            return self.end_block(stream, fragment, is_last, input, sink);
        }
        let block = &mut self.readers[input.sender.index()].block;
        *block = Block { stream, bytes: std::mem::take(&mut block.bytes), is_last, is_too_long: false };
        block.bytes.clear();
        block.bytes.extend_from_slice(fragment);
    }

    pub(super) fn continuation(&mut self, header: Header, input: Input<'_>, sink: &mut dyn Sink) {
        let bytes_max = self.limits.block_bytes_max;
        let reader = &mut self.readers[input.sender.index()];
        if reader.block.stream == 0 {
            return self.invalid_block(input, sink);
        }
        if reader.block.bytes.len() + input.bytes.len() > bytes_max {
            reader.block.is_too_long = true;
        } else {
            reader.block.bytes.extend_from_slice(input.bytes);
        }
        if !header.has(frame::FLAG_END_HEADERS) {
            return;
        }
        let block = std::mem::take(&mut reader.block);
        if block.is_too_long {
            reader.is_table_lost = true;
            sink.anomaly(input.now, "long_frame_data", None);
        }
        self.end_block(block.stream, &block.bytes, block.is_last, input, sink);
    }

    /// A header block is whole.
    fn end_block(&mut self, stream: u32, block: &[u8], is_last: bool, input: Input<'_>, sink: &mut dyn Sink) {
        // A promise is the server's word for a request of the client.
        let is_promise = stream.is_multiple_of(2)
            && self
                .find(stream)
                .is_some_and(|place| input.sender == Side::Server && self.streams[place].request().headers.is_empty());
        let owner = if is_promise { Side::Client } else { input.sender };
        let Some(place) = self.find(stream) else { return };
        let reader = &mut self.readers[input.sender.index()];
        let mut outlet = Outlet { now: input.now, files: &mut self.files, sink };
        let (half, mut report) = self.streams[place].part(owner, &mut outlet);
        half.times.see(input.now);
        if reader.is_table_lost {
            report.anomaly("invalid_header");
        } else if let Err(error) = half.decode(block, &mut reader.decoder, &self.limits.headers) {
            report.anomaly(match error {
                hpack::Error::Integer => "header_integer_overflow",
                hpack::Error::Truncated => "extra_header_data",
                hpack::Error::Index | hpack::Error::Huffman => "invalid_header",
            });
        }
        for anomaly in half.anomalies() {
            report.anomaly(anomaly);
        }
        if is_promise {
            half.is_over = true;
        }
        if self.streams[place].begins_dns() {
            sink.speaks(DNS_OVER_HTTP2, Some("http2"));
        }
        sink.progress(input.now, &*self.streams[place], owner, Progressed::Head);
        if is_last {
            self.end_half(stream, input.sender, true, input.now, sink);
        }
    }

    pub(super) fn priority(&mut self, header: Header, input: Input<'_>, sink: &mut dyn Sink) {
        let place = match self.find(header.stream) {
            Some(place) => place,
            None if header.stream <= self.highest_streams[opener(header.stream).index()] => return,
            None => self.open_stream(header.stream, input, sink),
        };
        self.streams[place].halves[input.sender.index()].set_priority(input.bytes[4]);
    }

    pub(super) fn reset_stream(&mut self, header: Header, input: Input<'_>, sink: &mut dyn Sink) {
        let Some(place) = self.find(header.stream) else { return };
        let error = ErrorCode { code: number(input.bytes), is_of_connection: false };
        let stream = &mut self.streams[place];
        stream.halves[input.sender.index()].set_error(error);
        stream.end_rest(&mut Outlet { now: input.now, files: &mut self.files, sink });
        self.tell_if_over(place, input.now, sink);
    }
}

/// A big-endian number of four bytes, of which there are enough.
fn number(bytes: &[u8]) -> u32 {
    bytes.first_chunk().map_or(0, |first| u32::from_be_bytes(*first))
}
