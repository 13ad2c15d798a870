//! What comes out of a parser.

use crate::frame::FrameEvent;
use crate::tree::Transaction;
use model::packet::{Side, Timestamp};

/// A file on its way: a body, an attachment, a transfer.
#[derive(Clone, Copy, Debug)]
pub enum FileEvent<'a> {
    /// A file begins.
    Open {
        /// Tells files of one flow apart; a parser counts them from 0.
        id: u64,
        /// Who sends it.
        sender: Side,
        /// Its name, as the protocol says (a path, a URL's last part); may be empty.
        name: &'a [u8],
        /// The size the protocol announced, if it did.
        announced_bytes: Option<u64>,
        /// The first and the last byte of the whole that it is, where it is a part.
        range: Option<(u64, u64)>,
        /// The transaction it belongs to, counted from 0 in its flow.
        transaction: u64,
    },
    /// The next bytes of it, decoded (chunking, compression, transfer encoding taken off).
    Data {
        /// Which file.
        id: u64,
        /// The bytes.
        bytes: &'a [u8],
    },
    /// Bytes of it are missing.
    Gap {
        /// Which file.
        id: u64,
        /// How many.
        bytes: u64,
    },
    /// It is over.
    Close {
        /// Which file.
        id: u64,
        /// Did it end as its protocol says a whole one ends?
        is_complete: bool,
    },
}

/// The rest of a flow, or another flow, speaks another protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handover<'a> {
    /// Both sides go on in this protocol behind what was consumed (STARTTLS: `tls`, h2c: `http2`, `websocket`); or, with
    /// an empty name, in whatever the bytes say (CONNECT, SOCKS).
    Upgrade {
        /// A name of [`crate::PROTOCOLS`], or empty.
        protocol: &'a str,
        /// What the next parser has to know of it ([`crate::Start::about`]); mostly empty.
        about: &'a [u8],
    },
    /// A flow to this server port will carry this protocol (FTP's data channel).
    Expect {
        /// Who will accept the connection.
        listener: Side,
        /// Its address, where it is not the listener's own.
        address: Option<std::net::IpAddr>,
        /// Its port.
        port: u16,
        /// A name of [`crate::PROTOCOLS`].
        protocol: &'a str,
        /// What the data is: the command and the file, for the new flow's transaction.
        about: &'a [u8],
    },
}

/// How far one side of a transaction came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// What comes before its content is whole: a head, a hello.
    Head,
    /// All of it is there.
    Whole,
}

/// Takes what a parser found, in the order in which it found it.
pub trait Sink {
    /// From here on the flow speaks this protocol; `original` is the one it began with, where that was another. A parser
    /// says so where its own protocol carries another one, and goes on itself.
    fn speaks(&mut self, protocol: &'static str, original: Option<&'static str>) {
        let _ = (protocol, original);
    }

    /// A transaction is complete, or as complete as it will get. It is borrowed: parsers use their buffers again.
    fn transaction(&mut self, now: Timestamp, transaction: &dyn Transaction);

    /// A transaction of which nothing is told: what it says is only for rules.
    fn unlogged(&mut self, now: Timestamp, transaction: &dyn Transaction) {
        let _ = (now, transaction);
    }

    /// A side of a transaction has come so far. The transaction itself follows when it is complete; protocols whose
    /// transactions are one message tell nothing here.
    fn progress(&mut self, now: Timestamp, transaction: &dyn Transaction, sender: Side, stage: Stage) {
        let _ = (now, transaction, sender, stage);
    }

    /// A further message of a side that sends several in one transaction has come.
    fn part(&mut self, now: Timestamp, transaction: &dyn Transaction, sender: Side) {
        let _ = (now, transaction, sender);
    }

    /// The next bytes of a side's body, decoded, whether they are files or not.
    fn body(&mut self, now: Timestamp, transaction: u64, sender: Side, bytes: &[u8]) {
        let _ = (now, transaction, sender, bytes);
    }

    /// A piece of what a side sends, as its protocol cuts it.
    fn frame(&mut self, now: Timestamp, event: FrameEvent<'_>) {
        let _ = (now, event);
    }

    /// The application departed from its protocol: Suricata's name of the event where it has one, in lower case; and
    /// the transaction in which it did, where it was in one (EVE's `tx_id`).
    fn anomaly(&mut self, now: Timestamp, name: &'static str, transaction: Option<u64>);

    /// A file.
    fn file(&mut self, now: Timestamp, event: FileEvent<'_>);

    /// The flow goes on in another protocol, or another flow is announced.
    fn hand_over(&mut self, now: Timestamp, handover: Handover<'_>);
}
