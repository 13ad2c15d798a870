//! A request and its response.

use super::framing::Framing;
use crate::http::Times;
use crate::http::content::{Content, Report};
use crate::http::headers::{Headers, Span};
use crate::sink::{Sink, Stage};
use model::packet::{Side, Timestamp};

/// A request and its response, as far as they came.
#[derive(Default)]
pub struct Exchange {
    pub(super) id: u64,
    pub(super) started: Timestamp,
    pub(super) messages: [Message; 2],
    pub(super) request: RequestHead,
    pub(super) response: ResponseHead,
    pub(super) told: Vec<&'static str>,
}

/// What a request's head says.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct RequestHead {
    /// Was there a request? A response can come without one.
    pub(super) is_seen: bool,
    pub(super) method: Span,
    pub(super) target: Span,
    pub(super) protocol: Span,
    pub(super) hostname: Span,
    pub(super) port: Option<u16>,
    pub(super) username: Span,
}

/// What a response's head says.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ResponseHead {
    pub(super) is_seen: bool,
    pub(super) protocol: Span,
    pub(super) status_text: Span,
    pub(super) status: Option<u16>,
    pub(super) reason: Span,
    /// The status of the last interim response.
    pub(super) informational_status: Option<u16>,
}

/// One direction.
#[derive(Default)]
pub struct Message {
    pub(super) headers: Headers,
    pub(super) times: Times,
    pub(super) framing: Framing,
    pub(super) content: Content,
    /// Bytes of the body as sent: sizes of chunks are counted, trailers are not.
    pub(super) body_bytes_sent: u64,
    pub(super) entity_bytes: u64,
    pub(super) is_over: bool,
}

/// Where things are told to.
pub(super) struct Outlet<'a> {
    pub(super) now: Timestamp,
    pub(super) files: &'a mut u64,
    pub(super) sink: &'a mut dyn Sink,
}

impl Message {
    /// Its fields.
    pub fn headers(&self) -> &Headers {
        &self.headers
    }

    /// When it was seen.
    pub fn times(&self) -> Times {
        self.times
    }

    /// Bytes of its body as sent: sizes of chunks are counted, trailers are not.
    pub fn body_bytes_sent(&self) -> u64 {
        self.body_bytes_sent
    }

    /// Bytes of its body, chunks and codings taken off.
    pub fn entity_bytes(&self) -> u64 {
        self.entity_bytes
    }

    fn reset(&mut self) {
        let mut headers = std::mem::take(&mut self.headers);
        headers.clear();
        *self = Message { headers, ..Message::default() };
    }
}

impl Exchange {
    /// The request's method.
    pub fn method(&self) -> &[u8] {
        self.request().headers.text(self.request.method)
    }

    /// The request's target as it was sent.
    pub fn target(&self) -> &[u8] {
        self.request().headers.text(self.request.target)
    }

    /// The request's protocol; empty in HTTP/0.9.
    pub fn request_protocol(&self) -> &[u8] {
        self.request().headers.text(self.request.protocol)
    }

    /// The host that was asked, in lower case; empty where nothing says it.
    pub fn hostname(&self) -> &[u8] {
        self.request().headers.text(self.request.hostname)
    }

    /// The user of basic or digest authentication.
    pub fn username(&self) -> &[u8] {
        self.request().headers.text(self.request.username)
    }

    /// The response's status.
    pub fn status(&self) -> Option<u16> {
        self.response.status
    }

    /// The response's reason phrase.
    pub fn reason(&self) -> &[u8] {
        self.response().headers.text(self.response.reason)
    }

    /// The request.
    pub fn request(&self) -> &Message {
        &self.messages[Side::Client.index()]
    }

    /// The response.
    pub fn response(&self) -> &Message {
        &self.messages[Side::Server.index()]
    }

    /// Makes it a new one that keeps the memory.
    pub(super) fn reset(&mut self, id: u64, started: Timestamp) {
        self.messages.iter_mut().for_each(Message::reset);
        self.told.clear();
        (self.id, self.started) = (id, started);
        (self.request, self.response) = Default::default();
    }

    pub(super) fn is_over(&self) -> bool {
        self.messages.iter().all(|message| message.is_over)
    }

    /// One side's message, and whom to tell about it.
    pub(super) fn part<'a>(&'a mut self, sender: Side, outlet: &'a mut Outlet<'_>) -> (&'a mut Message, Report<'a>) {
        let Outlet { now, files, sink } = outlet;
        let report = Report { now: *now, sender, transaction: self.id, files, told: &mut self.told, sink: *sink };
        (&mut self.messages[sender.index()], report)
    }

    pub(super) fn anomaly(&mut self, name: &'static str, outlet: &mut Outlet<'_>) {
        self.part(Side::Client, outlet).1.anomaly(name);
    }

    /// A message is over; `is_complete` if it ended as it should.
    pub(super) fn end(&mut self, sender: Side, is_complete: bool, outlet: &mut Outlet<'_>) {
        let (message, mut report) = self.part(sender, outlet);
        message.content.finish(is_complete, &mut report);
        message.entity_bytes = message.content.entity_bytes();
        message.is_over = true;
        outlet.sink.progress(outlet.now, self, sender, Stage::Whole);
    }
}
