//! The distributed hash table of BitTorrent (BEP 5, BEP 32): who looks for which torrent. Each datagram is a transaction.

mod bencode;
mod message;
#[cfg(test)]
mod tests;

use crate::named::look::{contains, proof};
use crate::protocol::{Gap, Input, Parser, Probe, Progress, Protocol, Start, Transport};
use crate::sink::Sink;
use crate::tree::{Column, Table, Transaction, Tree};
use model::FieldType::{Int32, Text};
use model::packet::{Side, Timestamp};
use std::any::Any;

pub use message::{Body, Message, Node};

/// The row of BitTorrent's hash table.
pub struct BittorrentDhtProtocol;

impl Protocol for BittorrentDhtProtocol {
    fn name(&self) -> &'static str {
        "bittorrent-dht"
    }

    fn transports(&self) -> &'static [Transport] {
        &[Transport::Udp]
    }

    fn ports(&self) -> &'static [u16] {
        &[6881]
    }

    /// A query, a response or an error in bencoding.
    fn probe(&self, head: &[u8], _sender: Side, _transport: Transport) -> Probe {
        const BEGINS: [&[u8]; 5] = [b"d1:rd2:id20:", b"d1:eli", b"d2:ip6:", b"d1:q", b"d1:t"];
        const ENDS: [&[u8]; 3] = [b"1:y1:qe", b"1:y1:re", b"1:y1:ee"];
        let begins = BEGINS.iter().any(|begin| head.starts_with(begin));
        let is_message = begins && ENDS.iter().any(|end| contains(head, end));
        proof(head.starts_with(b"d1:ad2:id20:") || is_message)
    }

    /// Peers speak other protocols of BitTorrent over the same port.
    fn fits(&self, _head: &[u8], _sender: Side, _transport: Transport) -> Probe {
        Probe::Maybe
    }

    fn parser(&self, _start: Start<'_>) -> Box<dyn Parser> {
        Box::new(Messages::default())
    }

    fn tables(&self) -> &'static [Table] {
        TABLES
    }
}

const fn column(name: &'static str, path: &'static str, field_type: model::FieldType, doc: &'static str) -> Column {
    Column { name, path, field_type, doc }
}

static TABLES: &[Table] =
    &[Table { name: "bittorrent_dht", doc: "Messages of BitTorrent's hash table", columns: COLUMNS }];

#[rustfmt::skip]
const COLUMNS: &[Column] = &[
    column("transaction", "transaction_id", Text, "Tells queries apart, in hex"),
    column("request_type", "request_type", Text, "ping, find_node, get_peers or announce_peer"),
    column("info_hash", "request.info_hash", Text, "The torrent that is looked for, in hex"),
    column("requester_id", "request.id", Text, "Who asks, in hex"),
    column("responder_id", "response.id", Text, "Who answers, in hex"),
    column("announced_port", "request.port", Int32, "Where the torrent is to be had"),
    column("peers", "response.values[].ip", Text, "Who has the torrent"),
    column("error", "error.msg", Text, "Why it was refused"),
    column("client_version", "client_version", Text, "Which program it is, in hex"),
];

/// A message.
#[derive(Clone, Debug)]
pub struct DhtTransaction {
    /// What it says.
    pub message: Message,
    /// Who sent it.
    pub sender: Side,
    id: u64,
    started: Timestamp,
}

impl Transaction for DhtTransaction {
    fn table(&self) -> &'static str {
        "bittorrent_dht"
    }

    fn id(&self) -> u64 {
        self.id
    }

    fn started(&self) -> Timestamp {
        self.started
    }

    fn sender(&self) -> Side {
        self.sender
    }

    fn tell(&self, tree: &mut dyn Tree) {
        self.message.tell(tree);
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// One flow.
#[derive(Default)]
struct Messages {
    begun: u64,
}

impl Parser for Messages {
    fn push(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Progress {
        let Input { now, sender, bytes } = input;
        match Message::parse(bytes) {
            Some(message) => {
                let id = self.begun;
                self.begun += 1;
                sink.transaction(now, &DhtTransaction { message, sender, id, started: now });
            }
            // What does not begin as one is another protocol's.
            None if bytes.starts_with(b"d") => sink.anomaly(now, "malformed_packet", self.begun.checked_sub(1)),
            None => {}
        }
        Progress::all(bytes)
    }

    fn gap(&mut self, _gap: Gap<'_>, _sink: &mut dyn Sink) {}

    fn finish(&mut self, _now: Timestamp, _sink: &mut dyn Sink) {}
}
