//! Runs a conversation through a parser and writes down what came out: for cases, properties and fuzz targets.
//!
//! ```
//! use applayer::testing::{Scene, client, server};
//! # struct Nothing;
//! # impl applayer::Protocol for Nothing {
//! #     fn name(&self) -> &'static str { "nothing" }
//! #     fn transports(&self) -> &'static [applayer::Transport] { &[applayer::Transport::Tcp] }
//! #     fn ports(&self) -> &'static [u16] { &[] }
//! #     fn probe(&self, _: &[u8], _: model::packet::Side, _: applayer::Transport) -> applayer::Probe { applayer::Probe::No }
//! #     fn parser(&self, _: applayer::Start<'_>) -> Box<dyn applayer::Parser> { Box::new(Silent) }
//! #     fn tables(&self) -> &'static [applayer::Table] { &[] }
//! # }
//! # struct Silent;
//! # impl applayer::Parser for Silent {
//! #     fn push(&mut self, input: applayer::Input<'_>, _: &mut dyn applayer::Sink) -> applayer::Progress { applayer::Progress::all(input.bytes) }
//! #     fn gap(&mut self, _: applayer::Gap<'_>, _: &mut dyn applayer::Sink) {}
//! #     fn finish(&mut self, _: model::packet::Timestamp, _: &mut dyn applayer::Sink) {}
//! # }
//! let scene = Scene::tcp(&Nothing, 80);
//! let steps = [client("GET / HTTP/1.0\r\n\r\n"), server("HTTP/1.0 200 OK\r\n\r\n")];
//! assert_eq!(scene.transcript(&steps), ""); // one line per transaction, anomaly, file and hand-over
//! scene.assert_cuts_change_nothing(&steps); // the property that every parser has to have
//! ```
//!
//! A line is one of these, in the order in which they came:
//!
//! ```text
//! http 0 {"hostname":"a","url":"/"}              a transaction: its table, its id, its tree (and what stands beside it)
//! anomaly missing_host_header 0                  an anomaly: its name, its transaction or -
//! file 0 server "index.html" "hello" complete    a file that ended: its id, sender, name, content (long: size and CRC), end
//! upgrade websocket ""                           a hand-over: the protocol (or -), what it was told
//! expect server 2020 ftp-data "RETR a"           an announced flow: listener, port, protocol, about
//! ```

mod record;

use crate::buffer::Field;
use crate::conversation::{Conversation, Limits};
use crate::detection::Circumstances;
use crate::http1::Http1Protocol;
use crate::protocol::{Input, Ports, Protocol, Start, Transport};
use crate::session::Session;
use crate::tree::Extra;
use model::packet::{Side, Timestamp};
pub use record::{JsonTree, Record, Seen};
use std::borrow::Cow;
use std::fmt;

/// What happens next in a conversation.
#[derive(Clone)]
pub enum Step<'a> {
    /// A side sends bytes: for UDP one datagram.
    Send(Side, Cow<'a, [u8]>),
    /// So many bytes of a side are missing.
    Gap(Side, u64),
}

/// The client sends.
pub fn client<'a, T: AsRef<[u8]> + ?Sized>(bytes: &'a T) -> Step<'a> {
    Step::Send(Side::Client, Cow::Borrowed(bytes.as_ref()))
}

/// The server sends.
pub fn server<'a, T: AsRef<[u8]> + ?Sized>(bytes: &'a T) -> Step<'a> {
    Step::Send(Side::Server, Cow::Borrowed(bytes.as_ref()))
}

/// A protocol, or that it has to be found, and the circumstances of a flow. Step `n` happens `n` milliseconds after 1970.
#[derive(Clone)]
pub struct Scene<'a> {
    protocol: Option<&'a dyn Protocol>,
    is_midstream: bool,
    start: Start<'a>,
    limits: Limits,
    extras: &'a [Extra],
    seen: Seen<'a>,
}

impl<'a> Scene<'a> {
    /// A TCP flow to a server's port.
    pub fn tcp(protocol: &'a dyn Protocol, port: u16) -> Scene<'a> {
        let start = Start::new(Transport::Tcp, Ports { client: 50_000, server: port });
        Scene {
            protocol: Some(protocol),
            is_midstream: false,
            start,
            limits: Limits::default(),
            extras: &[],
            seen: Seen::default(),
        }
    }

    /// A TCP flow whose protocol is found by its bytes, and which is followed through hand-overs: a [`Session`].
    pub fn found(port: u16) -> Scene<'a> {
        Scene { protocol: None, ..Scene::tcp(&Http1Protocol, port) }
    }

    /// Its begin was not seen.
    pub fn midstream(mut self) -> Scene<'a> {
        self.is_midstream = true;
        self
    }

    /// A UDP flow to a server's port.
    pub fn udp(protocol: &'a dyn Protocol, port: u16) -> Scene<'a> {
        let mut scene = Scene::tcp(protocol, port);
        scene.start.transport = Transport::Udp;
        scene
    }

    /// What the protocol before said when it handed over.
    pub fn about(mut self, about: &'a [u8]) -> Scene<'a> {
        self.start.about = about;
        self
    }

    /// Other limits.
    pub fn limits(mut self, limits: Limits) -> Scene<'a> {
        self.limits = limits;
        self
    }

    /// Transactions tell these too. By default they tell what EVE has without being asked.
    pub fn with(mut self, extras: &'a [Extra]) -> Scene<'a> {
        self.extras = extras;
        self
    }

    /// What rules see of these parts of transactions is written down too.
    pub fn fields(mut self, fields: &'a [Field]) -> Scene<'a> {
        self.seen.fields = fields;
        self
    }

    /// Frames are written down too.
    pub fn frames(mut self) -> Scene<'a> {
        self.seen.frames = true;
        self
    }

    /// What comes out when each step comes as one piece.
    pub fn transcript(&self, steps: &[Step<'_>]) -> String {
        self.transcript_cut(steps, |_, rest| rest)
    }

    /// What comes out when steps come in pieces; `next_piece` is told how many bytes of the step came and how many
    /// are left, and says how many come next (at least one does). Datagrams stay whole.
    pub fn transcript_cut(&self, steps: &[Step<'_>], mut next_piece: impl FnMut(usize, usize) -> usize) -> String {
        let mut subject = self.subject();
        let mut record = Record::new(self.extras).seeing(self.seen);
        let mut now = Timestamp(0);
        for step in steps {
            match step {
                Step::Gap(sender, bytes) => subject.gap(now, *sender, *bytes, &mut record),
                Step::Send(sender, bytes) => {
                    let mut rest = &bytes[..];
                    while !rest.is_empty() {
                        let length = match self.start.transport {
                            Transport::Udp => rest.len(),
                            Transport::Tcp => next_piece(bytes.len() - rest.len(), rest.len()).clamp(1, rest.len()),
                        };
                        let (piece, behind) = rest.split_at(length);
                        subject.push(Input { now, sender: *sender, bytes: piece }, &mut record);
                        rest = behind;
                    }
                }
            }
            now = now.plus_ns(1_000_000);
        }
        subject.finish(now, &mut record);
        record.into_text()
    }

    fn subject(&self) -> Subject {
        let Start { transport, ports, .. } = self.start;
        match self.protocol {
            Some(protocol) => {
                let conversation = Conversation::new(protocol.parser(self.start), self.limits);
                Subject::Conversation(conversation, transport)
            }
            None => {
                let circumstances = Circumstances { transport, ports, is_midstream: self.is_midstream };
                Subject::Session(Box::new(Session::new(circumstances, self.limits)))
            }
        }
    }

    /// Panics if the transcript changes when the bytes come one by one, in pieces of a few sizes, or cut once at any
    /// place.
    pub fn assert_cuts_change_nothing(&self, steps: &[Step<'_>]) {
        let scene = self.clone().with(&[Extra::Dump, Extra::Own]).frames();
        let whole = apart(&scene.transcript(steps));
        for size in [1, 2, 3, 7, 64, 1_460] {
            assert_eq!(whole, apart(&scene.transcript_cut(steps, |_, _| size)), "in pieces of {size}");
        }
        let longest = steps.iter().map(Step::len).max().unwrap_or(0);
        for place in 1..longest.min(CUT_PLACES_MAX) {
            let transcript = scene.transcript_cut(steps, |offset, rest| if offset == 0 { place } else { rest });
            assert_eq!(whole, apart(&transcript), "each step cut at {place}");
        }
    }
}

/// A transcript without frames, and the frames of each side. A side's frame comes before or after what the other side says.
fn apart(transcript: &str) -> [String; 3] {
    let mut parts = <[String; 3]>::default();
    for line in transcript.lines() {
        let is_of = |sender: &str| line.starts_with("frame ") && line.split(' ').nth(3) == Some(sender);
        let part = if is_of("client") { 1 } else { 2 * usize::from(is_of("server")) };
        parts[part].push_str(line);
        parts[part].push('\n');
    }
    parts
}

/// What a scene is played to.
enum Subject {
    Conversation(Conversation, Transport),
    Session(Box<Session>),
}

impl Subject {
    fn push(&mut self, input: Input<'_>, record: &mut Record<'_>) {
        match self {
            Subject::Conversation(conversation, Transport::Tcp) => conversation.push(input, record),
            Subject::Conversation(conversation, Transport::Udp) => conversation.push_datagram(input, record),
            Subject::Session(session) => session.push(input, record),
        }
    }

    fn gap(&mut self, now: Timestamp, sender: Side, bytes: u64, record: &mut Record<'_>) {
        match self {
            Subject::Conversation(conversation, _) => conversation.gap(now, sender, bytes, record),
            Subject::Session(session) => session.gap(now, sender, bytes, record),
        }
    }

    fn finish(&mut self, now: Timestamp, record: &mut Record<'_>) {
        match self {
            Subject::Conversation(conversation, _) => conversation.finish(now, record),
            Subject::Session(session) => session.finish(now, record),
        }
    }
}

/// Places to cut at that one property tries; longer steps are cut near their begin.
const CUT_PLACES_MAX: usize = 2_000;

/// As it would be written in a test.
impl fmt::Debug for Step<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Send(Side::Client, bytes) => write!(formatter, "client(b\"{}\")", bytes.escape_ascii()),
            Step::Send(Side::Server, bytes) => write!(formatter, "server(b\"{}\")", bytes.escape_ascii()),
            Step::Gap(side, bytes) => write!(formatter, "Step::Gap(Side::{side:?}, {bytes})"),
        }
    }
}

impl Step<'_> {
    fn len(&self) -> usize {
        match self {
            Step::Send(_, bytes) => bytes.len(),
            Step::Gap(..) => 0,
        }
    }
}
