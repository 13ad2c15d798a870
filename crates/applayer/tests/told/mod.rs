//! Conversations of a capture through the parsers, as JSON.

use crate::captures::Flow;
use applayer::testing::JsonTree;
use applayer::{
    Conversation, Extra, FileEvent, Handover, Input, Limits, Ports, Probe, Protocol, Sink, Start, Transaction,
    Transport,
};
use model::packet::{Side, Timestamp};
use serde_json::Value;

/// What came out of one flow.
#[derive(Default)]
pub(crate) struct Told {
    pub transactions: Vec<Value>,
    pub anomalies: Vec<&'static str>,
}

impl Sink for Told {
    fn transaction(&mut self, _: Timestamp, transaction: &dyn Transaction) {
        let mut tree = JsonTree::new(&[Extra::Dump, Extra::Own]);
        transaction.tell(&mut tree);
        let text = tree.into_text().replace("\\x", "\\\\x").replace("\\u{", "\\\\u{").replace("\\'", "'");
        self.transactions.push(serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}")));
    }

    fn anomaly(&mut self, _: Timestamp, name: &'static str, _: Option<u64>) {
        self.anomalies.push(name);
    }

    fn file(&mut self, _: Timestamp, _: FileEvent<'_>) {}

    fn hand_over(&mut self, _: Timestamp, _: Handover<'_>) {}
}

/// Runs a flow through a protocol, if its first bytes say that it is one.
pub(crate) fn run(protocol: &dyn Protocol, flow: &Flow) -> Option<Told> {
    let transport = if flow.is_tcp { Transport::Tcp } else { Transport::Udp };
    let is_it = |piece: &crate::captures::Piece| {
        let sender = if piece.from_client { Side::Client } else { Side::Server };
        let on_port = protocol.ports().contains(&flow.server.port());
        match protocol.probe(&piece.bytes, sender, transport) {
            Probe::Yes => true,
            Probe::Maybe => on_port && !flow.is_tcp,
            _ => false,
        }
    };
    let first = flow.pieces.iter().position(is_it)?;
    if flow.is_tcp && flow.pieces[..first].iter().any(|piece| !piece.bytes.is_empty()) {
        return None;
    }
    let ports = Ports { client: flow.client.port(), server: flow.server.port() };
    let mut conversation = Conversation::new(protocol.parser(Start::new(transport, ports)), Limits::default());
    let mut told = Told::default();
    let mut now = Timestamp(0);
    for piece in &flow.pieces[first..] {
        now = Timestamp(piece.at_ns);
        let sender = if piece.from_client { Side::Client } else { Side::Server };
        let input = Input { now, sender, bytes: &piece.bytes };
        match transport {
            _ if piece.missing_bytes > 0 => conversation.gap(now, sender, piece.missing_bytes, &mut told),
            Transport::Tcp => conversation.push(input, &mut told),
            Transport::Udp => conversation.push_datagram(input, &mut told),
        }
    }
    conversation.finish(now, &mut told);
    Some(told)
}
