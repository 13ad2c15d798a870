//! What the rest of the program needs to know of one protocol.

use crate::sink::Sink;
use crate::tree::Table;
use model::packet::{Side, Timestamp};

/// What carries a protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transport {
    /// A stream of bytes in order.
    Tcp,
    /// Datagrams, each whole.
    Udp,
}

/// What a first look says. All but [`Probe::NeedMore`] is final: more bytes behind the same ones do not change it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probe {
    /// It is this protocol.
    Yes,
    /// It can be; on a port of this protocol it is taken for it.
    Maybe,
    /// More bytes are needed to tell.
    NeedMore,
    /// It is not.
    No,
}

/// The ports of a flow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ports {
    /// The client's.
    pub client: u16,
    /// The server's.
    pub server: u16,
}

/// What a fresh parser may know of its flow.
#[derive(Clone, Copy, Debug)]
pub struct Start<'a> {
    /// What carries the flow.
    pub transport: Transport,
    /// Its ports.
    pub ports: Ports,
    /// What the protocol before said when it handed over ([`crate::Handover`]); empty where there was none.
    pub about: &'a [u8],
    /// What it is asked for.
    pub settings: ParserSettings,
}

/// What parsers are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParserSettings {
    /// Bytes of a body of HTTP/1, of requests and of responses, that are told; what comes behind them is passed over.
    pub http_body_bytes_max: [u64; 2],
    /// Links in mails.
    pub mail_links: MailLinks,
}

impl ParserSettings {
    /// All of every body; links of mails as Suricata is shipped.
    pub const DEFAULT: ParserSettings =
        ParserSettings { http_body_bytes_max: [u64::MAX; 2], mail_links: MailLinks::DEFAULT };
}

impl Default for ParserSettings {
    fn default() -> Self {
        ParserSettings::DEFAULT
    }
}

/// Which links in mails EVE and rules see (`extract-urls-schemes`, `log-url-scheme`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MailLinks {
    /// Those of these schemes: places in [`MailLinks::SCHEMES`].
    pub schemes: [bool; 4],
    /// Is the scheme told too?
    pub with_scheme: bool,
}

impl MailLinks {
    /// The schemes that are looked for.
    pub const SCHEMES: [&str; 4] = ["http", "https", "ftp", "mailto"];

    /// HTTP alone, without its scheme.
    pub const DEFAULT: MailLinks = MailLinks { schemes: [true, false, false, false], with_scheme: false };

    /// A link as it is told; none where it is of another scheme.
    pub(crate) fn shown(self, link: &[u8]) -> Option<&[u8]> {
        let colon = memchr::memmem::find(link, b"://")?;
        let is_it = |name: &str| name.as_bytes().eq_ignore_ascii_case(&link[..colon]);
        let place = MailLinks::SCHEMES.iter().position(|name| is_it(name))?;
        self.schemes[place].then(|| if self.with_scheme { link } else { &link[colon + 3..] })
    }
}

impl Default for MailLinks {
    fn default() -> Self {
        MailLinks::DEFAULT
    }
}

impl Start<'static> {
    /// A flow that begins with this protocol.
    pub const fn new(transport: Transport, ports: Ports) -> Start<'static> {
        Start { transport, ports, about: b"", settings: ParserSettings::DEFAULT }
    }
}

/// One application protocol: a row of [`crate::PROTOCOLS`].
pub trait Protocol: Sync {
    /// The name that EVE (`app_proto`), rules and SQL use, such as `dns`.
    fn name(&self) -> &'static str;

    /// What carries it.
    fn transports(&self) -> &'static [Transport];

    /// The server's ports where a [`Probe::Maybe`] counts. Never proof of anything.
    fn ports(&self) -> &'static [u16];

    /// Who has to speak first; none where either may.
    fn first_sender(&self) -> Option<Side> {
        None
    }

    /// Do these first bytes, all sent by one side, belong to it?
    fn probe(&self, head: &[u8], sender: Side, transport: Transport) -> Probe;

    /// Can a flow with these ports be this protocol at all? Where others say the same in the same words, only the port
    /// tells them apart (mDNS is DNS to port 5353).
    fn is_possible_at(&self, ports: Ports) -> bool {
        let _ = ports;
        true
    }

    /// The other side has shown that it is this protocol: can these be this side's first bytes?
    fn fits(&self, head: &[u8], sender: Side, transport: Transport) -> Probe {
        self.probe(head, sender, transport)
    }

    /// A fresh parser for one flow.
    fn parser(&self, start: Start<'_>) -> Box<dyn Parser>;

    /// A parser that goes on where another one has left off: `word` is what its [`Parser::rest`] said.
    fn resume(&self, start: Start<'_>, word: u32) -> Box<dyn Parser> {
        let _ = word;
        self.parser(start)
    }

    /// The tables that its transactions fill. Two protocols may fill one (`http`); it is then the same row for both.
    fn tables(&self) -> &'static [Table];
}

/// Bytes for a parser.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// Capture time of the packet that completed them.
    pub now: Timestamp,
    /// Who sent them.
    pub sender: Side,
    /// TCP: everything not consumed yet, in order. UDP: one whole datagram.
    pub bytes: &'a [u8],
}

/// How far a parser came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Bytes that are done with. The rest is presented again, with more behind it.
    pub consumed: usize,
    /// How many bytes the next call needs at least, counted from the first unconsumed one; 0 where any will do.
    pub needed: usize,
}

/// Bytes of one side are missing: lost by the capture, or over a limit.
#[derive(Clone, Copy, Debug)]
pub struct Gap<'a> {
    /// Capture time of the packet that told it.
    pub now: Timestamp,
    /// Whose bytes.
    pub sender: Side,
    /// How many; 0 where none are missing, but those before were too many to hold, or the flow is over.
    pub bytes: u64,
    /// What was pushed before the gap and not consumed.
    pub unparsed: &'a [u8],
}

impl Progress {
    /// These bytes make sense only after the other side has gone on (the answer to a CONNECT): they are kept, and
    /// presented again as soon as it has.
    pub const AFTER_OTHER_SIDE: Progress = Progress { consumed: 0, needed: usize::MAX };

    /// All of it is done with.
    pub const fn all(bytes: &[u8]) -> Progress {
        Progress { consumed: bytes.len(), needed: 0 }
    }
}

/// The state of one protocol in one flow. Incremental: however the bytes are cut, the same comes out.
pub trait Parser: Send {
    /// Takes bytes of one side. What is consumed is never presented again; what is not consumed is kept by
    /// [`crate::Conversation`] up to its limit, so a parser holds no partial message of its own, and it consumes
    /// bodies and other long things as they come instead of waiting for their end. After it has told
    /// [`crate::Handover::Upgrade`] it consumes nothing more: the rest is for the next parser.
    fn push(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Progress;

    /// Bytes of a side are missing. The next push of that side begins behind the gap.
    fn gap(&mut self, gap: Gap<'_>, sink: &mut dyn Sink);

    /// The flow is over: transactions still open are told as far as they came.
    fn finish(&mut self, now: Timestamp, sink: &mut dyn Sink);

    /// Nothing is outstanding, and this word is all that a new parser ([`Protocol::resume`]) needs to go on: this one can
    /// be dropped until the next bytes come. A parser that says so would tell nothing in [`Parser::finish`].
    fn rest(&self) -> Option<u32> {
        None
    }
}
