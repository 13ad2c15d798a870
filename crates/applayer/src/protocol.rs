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

/// What a first look says.
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

/// One application protocol: a row of [`crate::PROTOCOLS`].
pub trait Protocol: Sync {
    /// The name that EVE (`app_proto`), rules and SQL use, such as `dns`.
    fn name(&self) -> &'static str;

    /// What carries it.
    fn transports(&self) -> &'static [Transport];

    /// The server's ports where a [`Probe::Maybe`] counts. Never proof of anything.
    fn ports(&self) -> &'static [u16];

    /// Do these first bytes, all sent by one side, belong to it?
    fn probe(&self, head: &[u8], sender: Side, transport: Transport) -> Probe;

    /// A fresh parser for one flow.
    fn parser(&self, transport: Transport) -> Box<dyn Parser>;

    /// The tables that its transactions fill.
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

impl Progress {
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

    /// Bytes of a side are missing (lost by the capture, or over a limit). The next push begins behind the gap.
    /// `unparsed` is what was pushed before the gap and not consumed.
    fn gap(&mut self, sender: Side, bytes: u64, unparsed: &[u8], sink: &mut dyn Sink);

    /// The flow is over: transactions still open are told as far as they came.
    fn finish(&mut self, now: Timestamp, sink: &mut dyn Sink);
}
