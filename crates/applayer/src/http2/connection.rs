//! The state of one flow: which bytes are which frame, which streams are open.

use super::body::begin_content;
use super::frame::{self, Header};
use super::frames::Block;
use super::stream::{Half, Outlet, Stream};
use super::upgrade::Upgrade;
use super::{Limits, hpack, probe_preface};
use crate::frame::{close_frames, continue_frames, tell_frames};
use crate::protocol::{Gap, Input, Parser, Probe, Progress, Start};
use crate::sink::Sink;
use model::packet::{Side, Timestamp};
use std::collections::VecDeque;

/// Streams whose buffers are larger are not used again.
const SPARE_BYTES_MAX: usize = 16 << 10;

/// The state of one flow.
pub struct Http2 {
    pub(super) readers: [Reader; 2],
    pub(super) streams: VecDeque<Box<Stream>>,
    /// A stream that is over, to be used again.
    pub(super) spare: Option<Box<Stream>>,
    /// The highest stream that each side opened.
    pub(super) highest_streams: [u32; 2],
    pub(super) upgrade: Option<Upgrade>,
    pub(super) transactions: u64,
    pub(super) files: u64,
    pub(super) limits: Limits,
}

/// How far one side came.
#[derive(Default)]
pub(super) struct Reader {
    pub(super) stage: Stage,
    pub(super) decoder: hpack::Decoder,
    pub(super) block: Block,
    /// A header block was lost: what the table says is unknown.
    pub(super) is_table_lost: bool,
}

/// What a side sends next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Stage {
    /// A client's first bytes.
    Preface,
    /// A frame.
    #[default]
    Frame,
    /// A body's bytes and the padding behind them.
    Data { stream: u32, left: usize, padding: usize, is_last: bool },
    /// So many bytes that say nothing.
    Skip(usize),
    /// Bytes are missing, and with them where frames begin.
    Lost,
}

impl Http2 {
    /// A flow that begins.
    pub fn new(start: Start<'_>, limits: Limits) -> Http2 {
        let client = Reader { stage: Stage::Preface, ..Reader::default() };
        Http2 {
            readers: [client, Reader::default()],
            streams: VecDeque::new(),
            spare: None,
            highest_streams: [0; 2],
            upgrade: Upgrade::new(start.about),
            transactions: 0,
            files: 0,
            limits,
        }
    }

    /// Takes what the bytes begin with: none of them where more are needed.
    pub(super) fn step(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Progress {
        match self.readers[input.sender.index()].stage {
            Stage::Preface => self.preface(input, sink),
            Stage::Frame => self.frame(input, sink),
            Stage::Data { stream, left, padding, is_last } => self.data(stream, left, padding, is_last, input, sink),
            Stage::Skip(left) => {
                let skipped = left.min(input.bytes.len());
                self.readers[input.sender.index()].stage = skip_stage(left - skipped);
                // Padding is a part of the frame.
                continue_frames(Input { bytes: &input.bytes[..skipped], ..input }, sink);
                if left == skipped {
                    close_frames(input, true, &["data", "pdu"], sink);
                }
                Progress { consumed: skipped, needed: 0 }
            }
            Stage::Lost => Progress::all(input.bytes),
        }
    }

    pub(super) fn preface(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Progress {
        match probe_preface(input.bytes) {
            Probe::NeedMore => Progress { consumed: 0, needed: 0 },
            Probe::Yes => {
                self.readers[input.sender.index()].stage = Stage::Frame;
                Progress { consumed: frame::PREFACE.len(), needed: 0 }
            }
            Probe::Maybe | Probe::No => {
                sink.anomaly(input.now, "invalid_client_magic", None);
                self.readers[input.sender.index()].stage = Stage::Frame;
                self.frame(input, sink)
            }
        }
    }

    pub(super) fn frame(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Progress {
        let Some(header) = Header::read(input.bytes) else {
            return Progress { consumed: 0, needed: frame::HEADER_BYTES };
        };
        let payload = &input.bytes[frame::HEADER_BYTES..];
        if header.kind == frame::DATA {
            return self.begin_data(header, payload, input, sink);
        }
        if header.length > self.limits.frame_bytes_max {
            sink.anomaly(input.now, "long_frame_data", None);
            let reader = &mut self.readers[input.sender.index()];
            reader.is_table_lost |= matches!(header.kind, frame::HEADERS | frame::PUSH_PROMISE | frame::CONTINUATION);
            reader.stage = skip_stage(header.length);
            return Progress { consumed: frame::HEADER_BYTES, needed: 0 };
        }
        let length = frame::HEADER_BYTES + header.length;
        let Some(payload) = payload.get(..header.length) else {
            return Progress { consumed: 0, needed: length };
        };
        let frames = [("hdr", &input.bytes[..frame::HEADER_BYTES]), ("data", payload), ("pdu", &input.bytes[..length])];
        tell_frames(input, None, &frames, sink);
        self.whole_frame(header, Input { bytes: payload, ..input }, sink);
        Progress { consumed: length, needed: 0 }
    }

    pub(super) fn whole_frame(&mut self, header: Header, input: Input<'_>, sink: &mut dyn Sink) {
        if header.is_reserved_bit_set {
            sink.anomaly(input.now, "invalid_frame_header", None);
        }
        if !header.is_length_valid() {
            return sink.anomaly(input.now, "invalid_frame_length", None);
        }
        if let Some(place) = self.find(header.stream).filter(|_| header.kind != frame::HEADERS) {
            self.streams[place].halves[input.sender.index()].note_frame(header.kind);
        }
        match header.kind {
            frame::HEADERS => self.headers(header, input, sink),
            frame::CONTINUATION => self.continuation(header, input, sink),
            frame::PUSH_PROMISE => self.push_promise(header, input, sink),
            _ if header.stream == 0 => self.connection_frame(header, input, sink),
            frame::PRIORITY => self.priority(header, input, sink),
            frame::RST_STREAM => self.reset_stream(header, input, sink),
            frame::WINDOW_UPDATE => self.window_update(header, input),
            _ => {}
        }
    }

    /// A frame of the connection itself is a transaction of its own.
    pub(super) fn tell_connection(
        &mut self,
        kind: u8,
        input: Input<'_>,
        sink: &mut dyn Sink,
        fill: impl FnOnce(&mut Half),
    ) {
        let mut stream = self.spare.take().unwrap_or_default();
        stream.reset(self.transactions, 0, input.now);
        self.transactions += 1;
        let half = &mut stream.halves[input.sender.index()];
        half.note_frame(kind);
        fill(half);
        match stream.is_worth_telling() {
            true => sink.transaction(input.now, &*stream),
            false => sink.unlogged(input.now, &*stream),
        }
        self.spare = Some(stream);
    }

    pub(super) fn find(&self, stream: u32) -> Option<usize> {
        self.streams.iter().rposition(|open| open.stream_id == stream)
    }

    /// The place of a stream, which is opened if it is not.
    pub(super) fn open_stream(&mut self, stream: u32, input: Input<'_>, sink: &mut dyn Sink) -> usize {
        if let Some(place) = self.find(stream) {
            return place;
        }
        if stream <= self.highest_streams[opener(stream).index()] {
            sink.anomaly(input.now, "stream_id_reuse", None);
        }
        self.new_stream(stream, input.now, sink)
    }

    pub(super) fn new_stream(&mut self, stream: u32, now: Timestamp, sink: &mut dyn Sink) -> usize {
        if self.streams.len() >= self.limits.streams_max {
            sink.anomaly(now, "too_many_streams", None);
            self.streams[0].end_rest(&mut Outlet { now, files: &mut self.files, sink });
            self.tell_if_over(0, now, sink);
        }
        let highest = &mut self.highest_streams[opener(stream).index()];
        *highest = stream.max(*highest);
        let mut open = self.spare.take().unwrap_or_default();
        open.reset(self.transactions, stream, now);
        self.transactions += 1;
        self.streams.push_back(open);
        self.streams.len() - 1
    }

    pub(super) fn end_half(
        &mut self,
        stream: u32,
        sender: Side,
        is_complete: bool,
        now: Timestamp,
        sink: &mut dyn Sink,
    ) {
        let Some(place) = self.find(stream) else { return };
        self.streams[place].end(sender, is_complete, &mut Outlet { now, files: &mut self.files, sink });
        self.tell_if_over(place, now, sink);
    }

    pub(super) fn tell_if_over(&mut self, place: usize, now: Timestamp, sink: &mut dyn Sink) {
        if !self.streams[place].is_over() {
            return;
        }
        let Some(stream) = self.streams.remove(place) else { return };
        if stream.is_dns {
            stream.tell_dns(&mut self.transactions, now, sink);
        }
        if stream.is_worth_telling() {
            sink.transaction(now, &*stream);
        }
        if stream.held_bytes() <= SPARE_BYTES_MAX {
            self.spare = Some(stream);
        }
    }
}

impl Parser for Http2 {
    fn push(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Progress {
        if let Some(upgrade) = self.upgrade.take() {
            self.begin_upgraded(&upgrade, input.now, sink);
        }
        let mut consumed = 0;
        while consumed < input.bytes.len() {
            let progress = self.step(Input { bytes: &input.bytes[consumed..], ..input }, sink);
            if progress.consumed == 0 {
                return Progress { consumed, needed: progress.needed };
            }
            consumed += progress.consumed;
        }
        Progress { consumed, needed: 0 }
    }

    /// In a body the missing bytes are content; elsewhere nobody knows where the next frame begins.
    fn gap(&mut self, gap: Gap<'_>, sink: &mut dyn Sink) {
        if gap.bytes == 0 {
            return;
        }
        let cut_off = Input { now: gap.now, sender: gap.sender, bytes: b"" };
        close_frames(cut_off, false, &["data", "pdu"], sink);
        let lost = usize::try_from(gap.bytes).unwrap_or(usize::MAX);
        let reader = &mut self.readers[gap.sender.index()];
        match reader.stage {
            Stage::Data { stream, left, padding, is_last } if lost < left => {
                reader.stage = Stage::Data { stream, left: left - lost, padding, is_last };
                if let Some(place) = self.find(stream) {
                    let mut outlet = Outlet { now: gap.now, files: &mut self.files, sink };
                    begin_content(&mut self.streams[place], gap.sender, &self.limits, &mut outlet);
                    let (half, mut report) = self.streams[place].part(gap.sender, &mut outlet);
                    half.content.gap(gap.bytes, &mut report);
                }
            }
            Stage::Skip(left) if lost <= left => reader.stage = skip_stage(left - lost),
            _ => reader.stage = Stage::Lost,
        }
    }

    fn finish(&mut self, now: Timestamp, sink: &mut dyn Sink) {
        for sender in Side::BOTH {
            close_frames(Input { now, sender, bytes: b"" }, false, &["data", "pdu"], sink);
        }
        if let Some(upgrade) = self.upgrade.take() {
            self.begin_upgraded(&upgrade, now, sink);
        }
        while let Some(stream) = self.streams.front_mut() {
            stream.end_rest(&mut Outlet { now, files: &mut self.files, sink });
            self.tell_if_over(0, now, sink);
        }
    }
}

pub(super) fn skip_stage(left: usize) -> Stage {
    if left == 0 { Stage::Frame } else { Stage::Skip(left) }
}

/// Who opens a stream of this number: clients the odd ones (RFC 9113, section 5.1.1).
pub(super) fn opener(stream: u32) -> Side {
    if stream.is_multiple_of(2) { Side::Server } else { Side::Client }
}
