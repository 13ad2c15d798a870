//! A stream: a request and its response; or one frame of the connection itself, as stream 0.

use super::hpack;
use crate::http::Times;
use crate::http::content::{Content, Report};
use crate::http::headers::{self, Added, Headers, Known, Span};
use crate::http::range::ContentRange;
use crate::sink::{Sink, Stage};
use model::packet::{Side, Timestamp};

/// Updates of one side's window that rules see.
const WINDOW_UPDATES_MAX: usize = 64;

/// A stream as far as it came.
#[derive(Default)]
pub struct Stream {
    pub(super) id: u64,
    pub(super) started: Timestamp,
    pub(super) stream_id: u32,
    pub(super) halves: [Half; 2],
    pub(super) told: Vec<&'static str>,
    /// Does it carry DNS?
    pub(super) is_dns: bool,
}

/// What one side sent in a stream.
#[derive(Default)]
pub struct Half {
    pub(super) headers: Headers,
    /// What stands between the fields, and before which one.
    pub(super) marks: Vec<(usize, Mark)>,
    pub(super) pseudo: Pseudo,
    pub(super) times: Times,
    pub(super) content: Content,
    pub(super) has_content: bool,
    pub(super) entity_bytes: u64,
    pub(super) settings: Option<Vec<(u16, u32)>>,
    pub(super) error: Option<ErrorCode>,
    pub(super) priority: Option<u8>,
    /// The kinds of its frames: a bit for each.
    pub(super) frame_kinds: u16,
    /// By how much windows were to grow.
    pub(super) window_updates: Vec<u32>,
    /// A body that is a message of DNS, as it comes.
    pub(super) dns: Vec<u8>,
    /// What came more than once; the first stands.
    pub(super) repeated: Option<&'static str>,
    pub(super) is_over: bool,
}

/// In a header block, but no field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    TableSize(u64),
    Error(hpack::Error),
}

/// Where the pseudo-fields are (RFC 9113, section 8.3).
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pseudo {
    pub(super) method: Span,
    pub(super) path: Span,
    pub(super) authority: Span,
    pub(super) status: Option<u16>,
}

/// Why a stream or the connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ErrorCode {
    pub(super) code: u32,
    pub(super) is_of_connection: bool,
}

/// Where things are told to.
pub(super) struct Outlet<'a> {
    pub(super) now: Timestamp,
    pub(super) files: &'a mut u64,
    pub(super) sink: &'a mut dyn Sink,
}

impl Half {
    /// Its fields, pseudo-fields among them, in order; repeated ones stand apart.
    pub fn headers(&self) -> &Headers {
        &self.headers
    }

    /// When it was seen.
    pub fn times(&self) -> Times {
        self.times
    }

    /// Bytes of its body, codings taken off.
    pub fn entity_bytes(&self) -> u64 {
        self.entity_bytes
    }

    pub(super) fn set_error(&mut self, error: ErrorCode) {
        match self.error {
            None => self.error = Some(error),
            Some(_) => _ = self.repeated.get_or_insert("error_code"),
        }
    }

    /// A frame has come.
    pub(super) fn note_frame(&mut self, kind: u8) {
        self.frame_kinds |= 1_u16.checked_shl(kind.into()).unwrap_or(0);
    }

    pub(super) fn note_window_update(&mut self, bytes: u32) {
        if self.window_updates.len() < WINDOW_UPDATES_MAX {
            self.window_updates.push(bytes);
        }
    }

    pub(super) fn set_priority(&mut self, weight: u8) {
        match self.priority {
            None => self.priority = Some(weight),
            Some(_) => _ = self.repeated.get_or_insert("priority"),
        }
    }

    fn reset(&mut self) {
        let mut headers = std::mem::take(&mut self.headers);
        headers.clear();
        *self = Half { headers, ..Half::default() };
    }
}

impl Stream {
    /// Its number; 0 for the connection itself.
    pub fn stream_id(&self) -> u32 {
        self.stream_id
    }

    /// The request's method.
    pub fn method(&self) -> &[u8] {
        self.request().headers.text(self.request().pseudo.method)
    }

    /// The request's path, with its query.
    pub fn path(&self) -> &[u8] {
        self.request().headers.text(self.request().pseudo.path)
    }

    /// The host, perhaps with a port, that was asked.
    pub fn authority(&self) -> &[u8] {
        self.request().headers.text(self.request().pseudo.authority)
    }

    /// The response's status.
    pub fn status(&self) -> Option<u16> {
        self.response().pseudo.status
    }

    /// What the client sent.
    pub fn request(&self) -> &Half {
        &self.halves[Side::Client.index()]
    }

    /// What the server sent.
    pub fn response(&self) -> &Half {
        &self.halves[Side::Server.index()]
    }

    /// Makes it a new one that keeps the memory.
    pub(super) fn reset(&mut self, id: u64, stream_id: u32, started: Timestamp) {
        self.halves.iter_mut().for_each(Half::reset);
        self.told.clear();
        self.is_dns = false;
        (self.id, self.stream_id, self.started) = (id, stream_id, started);
    }

    pub(super) fn is_over(&self) -> bool {
        self.halves.iter().all(|half| half.is_over)
    }

    /// Is there anything to tell?
    pub(super) fn is_worth_telling(&self) -> bool {
        let says_something = |half: &Half| {
            !half.headers.is_empty()
                || !half.marks.is_empty()
                || half.settings.is_some()
                || half.error.is_some()
                || half.priority.is_some()
        };
        self.halves.iter().any(says_something)
    }

    pub(super) fn held_bytes(&self) -> usize {
        self.halves.iter().map(|half| half.headers.held_bytes()).sum()
    }

    /// One side's half, and whom to tell about it.
    pub(super) fn part<'a>(&'a mut self, sender: Side, outlet: &'a mut Outlet<'_>) -> (&'a mut Half, Report<'a>) {
        let Outlet { now, files, sink } = outlet;
        let report = Report { now: *now, sender, transaction: self.id, files, told: &mut self.told, sink: *sink };
        (&mut self.halves[sender.index()], report)
    }

    /// A half is over; `is_complete` if it ended as it should.
    pub(super) fn end(&mut self, sender: Side, is_complete: bool, outlet: &mut Outlet<'_>) {
        let (half, mut report) = self.part(sender, outlet);
        half.content.finish(is_complete, &mut report);
        half.entity_bytes = half.content.entity_bytes();
        half.is_over = true;
        outlet.sink.progress(outlet.now, self, sender, Stage::Whole);
    }

    /// Ends what did not end itself.
    pub(super) fn end_rest(&mut self, outlet: &mut Outlet<'_>) {
        for side in Side::BOTH {
            if !self.halves[side.index()].is_over {
                self.end(side, false, outlet);
            }
        }
    }
}

impl Half {
    /// Decodes a header block behind what is there.
    pub(super) fn decode(
        &mut self,
        block: &[u8],
        decoder: &mut hpack::Decoder,
        limits: &headers::Limits,
    ) -> Result<(), hpack::Error> {
        let result = decoder.decode(block, &mut |instruction| match instruction {
            hpack::Instruction::Field { name, value } => self.add(name, value, limits),
            hpack::Instruction::TableSize(bytes) => self.mark(Mark::TableSize(bytes), limits),
        });
        if let Err(error) = result {
            self.mark(Mark::Error(error), limits);
        }
        result
    }

    pub(super) fn add(&mut self, name: &[u8], value: &[u8], limits: &headers::Limits) {
        if self.headers.add_apart(name, value, limits) != Added::New {
            return;
        }
        let last = self.headers.last_value();
        match name {
            b":method" => self.pseudo.method = last,
            b":path" => self.pseudo.path = last,
            b":authority" => self.pseudo.authority = last,
            b":status" => {
                self.pseudo.status = headers::decimal(value).and_then(|status| u16::try_from(status).ok());
            }
            _ => {}
        }
    }

    fn mark(&mut self, mark: Mark, limits: &headers::Limits) {
        if self.marks.len() < limits.fields_max {
            self.marks.push((self.headers.len(), mark));
        }
    }

    /// What is odd about the fields.
    pub(super) fn anomalies(&self) -> impl Iterator<Item = &'static str> + use<> {
        let authority = self.headers.text(self.pseudo.authority);
        let range = self.headers.get(Known::ContentRange);
        [
            (authority.contains(&b'@'), "userinfo_in_uri"),
            (range.is_some_and(|range| ContentRange::read(range).is_none()), "invalid_range"),
        ]
        .into_iter()
        .filter_map(|(is_so, name)| is_so.then_some(name))
    }
}
