//! HTTP/1.1, 1.0 and 0.9 (RFC 9112), read as lenient as servers and browsers are, with Suricata's names for what is odd.
//!
//! Requests and responses are matched in order. A line is held until it is whole, a body is passed on as it comes.

mod body;
mod exchange;
mod field;
mod frames;
mod framing;
mod host;
pub(crate) mod lines;
mod names;
mod probe;
mod request;
mod response;
mod start_line;
mod tell;
#[cfg(test)]
mod tests;

use crate::decompress;
use crate::http::{self, headers};
use crate::protocol::{Gap, Input, Parser, Probe, Progress, Protocol, Start, Transport};
use crate::sink::Sink;
use crate::tree::Table;
use exchange::Outlet;
pub use exchange::{Exchange, Message};
use lines::{Line, Lines};
use model::packet::{Side, Timestamp};
use start_line::{RequestLine, StatusLine, is_version, split_status_line};
use std::collections::VecDeque;
pub use tell::TARGET_UNSEEN;

/// The row of HTTP/1.
pub struct Http1Protocol;

impl Protocol for Http1Protocol {
    fn name(&self) -> &'static str {
        "http"
    }

    fn transports(&self) -> &'static [Transport] {
        &[Transport::Tcp]
    }

    fn ports(&self) -> &'static [u16] {
        &[80, 591, 3128, 8000, 8008, 8080, 8081, 8888]
    }

    fn first_sender(&self) -> Option<Side> {
        Some(Side::Client)
    }

    fn probe(&self, head: &[u8], sender: Side, _transport: Transport) -> Probe {
        probe::probe(head, sender)
    }

    fn parser(&self, start: Start<'_>) -> Box<dyn Parser> {
        Box::new(Http1::new(start, Limits { body_bytes_max: start.settings.http_body_bytes_max, ..Limits::default() }))
    }

    fn tables(&self) -> &'static [Table] {
        http::TABLES
    }
}

/// What one flow may hold.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of a line of a head; what is longer is cut.
    pub line_bytes_max: usize,
    /// Requests that wait for their response.
    pub pipelined_requests_max: usize,
    /// Heads.
    pub headers: headers::Limits,
    /// Compressed bodies.
    pub decompress: decompress::Limits,
    /// Bytes of a body, of requests and of responses, that are told.
    pub body_bytes_max: [u64; 2],
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            line_bytes_max: 64 << 10,
            pipelined_requests_max: 512,
            headers: headers::Limits::default(),
            decompress: decompress::Limits::default(),
            body_bytes_max: [u64::MAX; 2],
        }
    }
}

/// Exchanges whose buffers are larger are not used again.
const SPARE_BYTES_MAX: usize = 16 << 10;

/// So many stages may decline the same bytes.
const TURNS_MAX: usize = 8;

/// While a start line is looked for, a longer line is none.
const SOUGHT_LINE_BYTES_MAX: usize = 8 << 10;

/// The state of one flow.
pub struct Http1 {
    readers: [Reader; 2],
    exchanges: VecDeque<Box<Exchange>>,
    /// An exchange that is over, to be used again.
    spare: Option<Box<Exchange>>,
    transactions: u64,
    files: u64,
    server_port: u16,
    is_handed_over: bool,
    /// The client has waited for what the server just said: its turn comes first.
    is_clients_turn: bool,
    has_told_pipelining: bool,
    /// Sides whose message is being told as a frame.
    is_framed: [bool; 2],
    limits: Limits,
}

/// How far one side came.
#[derive(Debug, Default)]
struct Reader {
    stage: Stage,
    lines: Lines,
    /// When the first byte of a message came whose start line is not whole.
    first_byte: Option<Timestamp>,
}

/// What a side sends next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stage {
    /// A start line.
    #[default]
    Start,
    /// Perhaps fields, behind a request line without protocol and so many blanks.
    ShortRequest(u8),
    /// Fields.
    Head,
    /// A body.
    Body,
    /// A body, though there should be none; or the next message.
    Undecided,
    /// Fields behind the last chunk.
    Trailers,
    /// What makes sense only after the server has answered.
    Waiting,
    /// Something of which the begin was lost: the next start line is looked for.
    Seeking,
}

/// How far a step came.
enum Step {
    /// So many bytes are done with. None at all means: the stage is another one now.
    Consumed(usize),
    /// More bytes are needed.
    NeedMore,
    /// The other side has to go on first.
    Wait,
}

impl Reader {
    fn see(&mut self, now: Timestamp) {
        self.first_byte.get_or_insert(now);
    }

    fn restart(&mut self, stage: Stage) {
        *self = Reader { stage, ..Reader::default() };
    }
}

impl Http1 {
    /// A flow that begins.
    pub fn new(start: Start<'_>, limits: Limits) -> Http1 {
        Http1 {
            readers: Default::default(),
            exchanges: VecDeque::new(),
            spare: None,
            transactions: 0,
            files: 0,
            server_port: start.ports.server,
            is_handed_over: false,
            is_clients_turn: false,
            has_told_pipelining: false,
            is_framed: [false; 2],
            limits,
        }
    }

    /// The place of the exchange that the server's next bytes belong to: one behind the last, if there is none.
    fn answered(&self) -> usize {
        let mut responses = self.exchanges.iter().map(|exchange| exchange.response());
        responses.position(|response| !response.is_over).unwrap_or(self.exchanges.len())
    }

    /// The place of the exchange in which a side is.
    fn place(&self, sender: Side) -> usize {
        match sender {
            Side::Client => self.exchanges.len().wrapping_sub(1),
            Side::Server => self.answered(),
        }
    }

    fn new_exchange(&mut self, started: Timestamp, input: Input<'_>, sink: &mut dyn Sink) -> &mut Exchange {
        if self.exchanges.len() >= self.limits.pipelined_requests_max {
            if !std::mem::replace(&mut self.has_told_pipelining, true) {
                sink.anomaly(input.now, "too_many_pipelined_requests", None);
            }
            self.give_up_oldest(input, sink);
        }
        let mut exchange = self.spare.take().unwrap_or_default();
        exchange.reset(self.transactions, started);
        self.transactions += 1;
        self.exchanges.push_back(exchange);
        self.exchanges.back_mut().expect("INVARIANT: it was just added")
    }

    fn give_up_oldest(&mut self, input: Input<'_>, sink: &mut dyn Sink) {
        if let Some(exchange) = self.exchanges.front_mut() {
            let mut outlet = Outlet { now: input.now, files: &mut self.files, sink };
            end_rest(exchange, &mut outlet);
        }
        if self.readers[Side::Server.index()].stage != Stage::Start {
            self.readers[Side::Server.index()].restart(Stage::Seeking);
        }
        self.tell_what_is_over(input.now, sink);
    }

    /// A side's message is over: what follows is the next one.
    fn end_message(&mut self, sender: Side, is_complete: bool, input: Input<'_>, sink: &mut dyn Sink) {
        let place = self.place(sender);
        self.readers[sender.index()].restart(Stage::Start);
        if let Some(exchange) = self.exchanges.get_mut(place) {
            let mut outlet = Outlet { now: input.now, files: &mut self.files, sink };
            exchange.end(sender, is_complete, &mut outlet);
        }
        self.tell_what_is_over(input.now, sink);
    }

    fn tell_what_is_over(&mut self, now: Timestamp, sink: &mut dyn Sink) {
        while self.exchanges.front().is_some_and(|exchange| exchange.is_over()) {
            let Some(exchange) = self.exchanges.pop_front() else { return };
            sink.transaction(now, &*exchange);
            let held: usize = exchange.messages.iter().map(|message| message.headers.held_bytes()).sum();
            if held <= SPARE_BYTES_MAX {
                self.spare = Some(exchange);
            }
        }
    }

    fn anomaly_of_last(&mut self, name: &'static str, input: Input<'_>, sink: &mut dyn Sink) {
        let mut outlet = Outlet { now: input.now, files: &mut self.files, sink };
        match self.exchanges.back_mut() {
            Some(exchange) => exchange.anomaly(name, &mut outlet),
            None => outlet.sink.anomaly(input.now, name, None),
        }
    }

    /// Looks for a line that can only be a start line.
    fn seek(&mut self, input: Input<'_>) -> Step {
        let reader = &mut self.readers[input.sender.index()];
        match reader.lines.next(input.bytes, SOUGHT_LINE_BYTES_MAX) {
            Line::NeedMore => Step::NeedMore,
            Line::Rest(length) => Step::Consumed(length),
            Line::Cut(text) => Step::Consumed(text.len()),
            Line::Whole { text, .. } if is_start_line(text, input.sender) => {
                reader.restart(Stage::Start);
                Step::Consumed(0)
            }
            Line::Whole { length, .. } => Step::Consumed(length),
        }
    }

    /// Takes bytes as far as it can.
    fn steps(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Progress {
        let (mut consumed, mut turns) = (0, 0);
        while consumed < input.bytes.len() && !self.is_handed_over {
            let rest = Input { bytes: &input.bytes[consumed..], ..input };
            let before = (self.readers[input.sender.index()].stage, self.transactions);
            let step = match input.sender {
                Side::Client => self.request_step(rest, sink),
                Side::Server => self.response_step(rest, sink),
            };
            match step {
                Step::Consumed(0) if turns > TURNS_MAX => return self.skip_rest(input),
                Step::Consumed(0) => turns += 1,
                Step::Consumed(length) => {
                    self.cut(before, Input { bytes: &rest.bytes[..length], ..rest }, sink);
                    (consumed, turns) = (consumed + length, 0);
                }
                Step::NeedMore => break,
                Step::Wait => return Progress { consumed, needed: usize::MAX },
            }
            if input.sender == Side::Server && std::mem::take(&mut self.is_clients_turn) {
                return Progress { consumed, needed: usize::MAX };
            }
        }
        Progress { consumed, needed: 0 }
    }

    /// No stage takes these bytes, which none of the cases known does: they are given up rather than looked at for ever.
    fn skip_rest(&mut self, input: Input<'_>) -> Progress {
        self.readers[input.sender.index()].restart(Stage::Seeking);
        Progress::all(input.bytes)
    }

    /// What was left of a side when it ended or lost bytes: a line without its end.
    fn last_line(&mut self, input: Input<'_>, sink: &mut dyn Sink) {
        let sender = input.sender;
        if input.bytes.is_empty() {
            return;
        }
        match (self.readers[sender.index()].stage, sender) {
            (Stage::Waiting, _) => {
                self.readers[sender.index()].restart(Stage::Start);
                let progress = self.steps(input, sink);
                let rest = &input.bytes[progress.consumed..];
                if !self.is_handed_over && progress.needed == 0 {
                    self.last_line(Input { bytes: rest, ..input }, sink);
                }
            }
            (Stage::Start, Side::Client) => {
                self.begin_request(lines::without_end(input.bytes), 0, input, sink);
                self.anomaly_of_last("request_line_incomplete", input, sink);
            }
            (Stage::Start, Side::Server) => self.last_status_line(input, sink),
            (Stage::Head | Stage::Trailers, _) => {
                let place = self.place(sender);
                let Some(exchange) = self.exchanges.get_mut(place) else { return };
                let mut outlet = Outlet { now: input.now, files: &mut self.files, sink };
                let (message, mut report) = exchange.part(sender, &mut outlet);
                let line = lines::without_end(input.bytes);
                field::add(line, &mut message.headers, &self.limits.headers, body::names_of(sender), &mut report);
            }
            _ => {}
        }
    }

    /// Bytes are missing: in a body they are content; elsewhere the next start line is looked for.
    fn lose(&mut self, bytes: u64, input: Input<'_>, sink: &mut dyn Sink) {
        let sender = input.sender;
        let place = self.place(sender);
        let stage = self.readers[sender.index()].stage;
        if stage == Stage::Body
            && let Some(exchange) = self.exchanges.get_mut(place)
        {
            let mut outlet = Outlet { now: input.now, files: &mut self.files, sink };
            let (message, mut report) = exchange.part(sender, &mut outlet);
            let beyond = message.framing.skip(bytes);
            message.body_bytes_sent += bytes - beyond;
            if beyond < bytes {
                message.content.gap(bytes - beyond, &mut report);
            }
            if beyond == 0 && !message.framing.is_over() {
                return;
            }
            let is_complete = message.framing.is_over();
            self.end_message(sender, is_complete, input, sink);
            if beyond == 0 {
                return;
            }
        } else if stage != Stage::Start && stage != Stage::Seeking && stage != Stage::Waiting {
            self.end_message(sender, false, input, sink);
        }
        self.readers[sender.index()].restart(Stage::Seeking);
    }
}

impl Parser for Http1 {
    fn push(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Progress {
        self.steps(input, sink)
    }

    fn gap(&mut self, gap: Gap<'_>, sink: &mut dyn Sink) {
        if self.is_handed_over {
            return;
        }
        let input = Input { now: gap.now, sender: gap.sender, bytes: gap.unparsed };
        self.close_frame(input, false, sink);
        self.last_line(input, sink);
        if gap.bytes > 0 && !self.is_handed_over {
            self.lose(gap.bytes, input, sink);
        }
    }

    fn finish(&mut self, now: Timestamp, sink: &mut dyn Sink) {
        let input = Input { now, sender: Side::Server, bytes: b"" };
        self.settle_short_request(input, sink);
        let server = self.readers[Side::Server.index()].stage;
        let place = self.answered();
        let is_whole = server == Stage::Undecided
            || server == Stage::Body
                && self
                    .exchanges
                    .get(place)
                    .is_some_and(|open| open.response().framing == framing::Framing::UntilClose);
        self.close_frame(input, is_whole, sink);
        self.close_frame(Input { sender: Side::Client, ..input }, false, sink);
        if is_whole {
            self.end_message(Side::Server, true, input, sink);
        }
        for exchange in &mut self.exchanges {
            end_rest(exchange, &mut Outlet { now, files: &mut self.files, sink });
        }
        self.tell_what_is_over(now, sink);
    }
}

/// Ends what did not end itself.
fn end_rest(exchange: &mut Exchange, outlet: &mut Outlet<'_>) {
    for side in Side::BOTH {
        if !exchange.messages[side.index()].is_over {
            exchange.end(side, false, outlet);
        }
    }
}

fn is_start_line(text: &[u8], sender: Side) -> bool {
    match sender {
        Side::Client => {
            let line = RequestLine::read(text);
            line.has_known_method() && is_version(line.protocol)
        }
        Side::Server => StatusLine::read(split_status_line(text).0)
            .is_some_and(|line| is_version(line.protocol) && line.number().is_some()),
    }
}
