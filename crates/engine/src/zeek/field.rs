//! A log's fields, and what they are taken from.

use super::ftp::Session;
use super::identifier;
use super::leaves::Leaves;
use super::pending::Asked;
use super::value::Value;
use crate::event::{FlowFacts, PacketFacts};
use crate::files::File;
use applayer::tls::Certificate;
use model::packet::{Anomaly, Timestamp};

/// A log: one file, one kind of row.
#[derive(Debug)]
pub struct Log {
    /// Its name: `conn` of `conn.log`.
    pub name: &'static str,
    /// Its fields, in Zeek's order.
    pub fields: &'static [Field],
}

/// A field of a log.
#[derive(Debug)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// Zeek's type of it.
    pub zeek_type: &'static str,
    pub(super) from: From,
}

/// Where a field's value comes from.
#[derive(Debug)]
pub(super) enum From {
    /// Nothing here knows it.
    Nowhere,
    /// The first leaf of this path.
    Leaf(&'static str),
    /// All leaves of this path.
    Leaves(&'static str),
    /// It is worked out.
    Made(fn(&Record<'_>) -> Value),
}

/// What one row is about.
#[derive(Clone, Copy)]
pub(super) enum About<'a> {
    Flow,
    /// The place of the exchange in its flow.
    Transaction(u64),
    File(&'a File),
    Anomaly(PacketFacts, Anomaly),
    /// A certificate and its place in the server's chain.
    Certificate(&'a Certificate<'a>, usize),
}

/// What one row is made of.
pub(super) struct Record<'a> {
    pub(super) facts: Option<&'a FlowFacts<'a>>,
    pub(super) time: Timestamp,
    pub(super) leaves: &'a Leaves,
    pub(super) about: About<'a>,
    /// Of a row of `dns`: what its question said.
    pub(super) asked: Option<Asked>,
    /// Of a row of `ftp`: what was said before.
    pub(super) ftp: Option<&'a Session>,
}

impl Field {
    pub(super) fn value(&self, record: &Record<'_>) -> Value {
        match &self.from {
            From::Nowhere => Value::Unset,
            From::Leaf(path) => Value::some_text(record.leaves.first(path)),
            From::Leaves(path) => record.leaves.list(path),
            From::Made(make) => make(record),
        }
    }
}

/// A field whose value is worked out.
pub(super) const fn made(name: &'static str, zeek_type: &'static str, make: fn(&Record<'_>) -> Value) -> Field {
    Field { name, zeek_type, from: From::Made(make) }
}

/// A field that is a leaf.
pub(super) const fn leaf(name: &'static str, zeek_type: &'static str, path: &'static str) -> Field {
    Field { name, zeek_type, from: From::Leaf(path) }
}

/// A field that is a list of leaves.
pub(super) const fn leaves(name: &'static str, zeek_type: &'static str, path: &'static str) -> Field {
    Field { name, zeek_type, from: From::Leaves(path) }
}

/// A field that nothing here knows.
pub(super) const fn unset(name: &'static str, zeek_type: &'static str) -> Field {
    Field { name, zeek_type, from: From::Nowhere }
}

/// When.
pub(super) const TS: Field = made("ts", "time", |record| Value::Time(record.time.0));
/// Which connection.
pub(super) const UID: Field =
    made("uid", "string", |record| record.facts.map_or(Value::Unset, |facts| identifier::of_flow(facts.id())));
/// Its client's address.
pub(super) const ORIG_H: Field = made("id.orig_h", "addr", |record| record.end(0).0);
/// Its client's port.
pub(super) const ORIG_P: Field = made("id.orig_p", "port", |record| record.end(0).1);
/// Its server's address.
pub(super) const RESP_H: Field = made("id.resp_h", "addr", |record| record.end(1).0);
/// Its server's port.
pub(super) const RESP_P: Field = made("id.resp_p", "port", |record| record.end(1).1);
/// Its protocol.
pub(super) const PROTO: Field = made("proto", "enum", |record| {
    let protocol = record.facts.map(|facts| facts.flow.protocol());
    protocol.map_or(Value::Unset, |protocol| Value::text(protocol_name(protocol)))
});

fn protocol_name(protocol: u8) -> &'static str {
    match protocol {
        1 | 58 => "icmp",
        6 => "tcp",
        17 => "udp",
        132 => "sctp",
        _ => "unknown_transport",
    }
}

const ICMP: u8 = 1;
const ICMP_V6: u8 = 58;

impl Record<'_> {
    /// Address and port of the client (0) or the server (1). Of ICMP, its type and code stand for ports.
    fn end(&self, place: usize) -> (Value, Value) {
        if let Some(facts) = self.facts {
            let flow = facts.flow;
            let end = [flow.client(), flow.server()][place];
            let port = match (flow.protocol(), flow.icmp[0].or(flow.icmp[1])) {
                (ICMP | ICMP_V6, Some((kind, code))) => icmp_port(flow.protocol(), kind, code, place),
                _ => end.port,
            };
            return (Value::Address(end.address), Value::Number(port.into()));
        }
        let About::Anomaly(packet, _) = self.about else { return (Value::Unset, Value::Unset) };
        let address = packet.addresses.map(|(source, destination)| [source, destination][place]);
        let port = packet.ports.map(|(source, destination)| [source, destination][place]);
        let port = port.map_or(Value::Unset, |port| Value::Number(port.into()));
        (address.map_or(Value::Unset, Value::Address), port)
    }
}

/// The message's type at the client, and at the server the type that answers it, or the code where none does.
fn icmp_port(protocol: u8, kind: u8, code: u8, place: usize) -> u16 {
    const PAIRS: &[(u8, u8, u8)] = &[
        (ICMP, 8, 0),
        (ICMP, 13, 14),
        (ICMP, 15, 16),
        (ICMP, 17, 18),
        (ICMP, 10, 9),
        (ICMP_V6, 128, 129),
        (ICMP_V6, 130, 131),
        (ICMP_V6, 133, 134),
        (ICMP_V6, 135, 136),
        (ICMP_V6, 139, 140),
        (ICMP_V6, 144, 145),
    ];
    let answer = PAIRS.iter().filter(|(own, ..)| *own == protocol).find_map(|(_, question, answer)| match kind {
        kind if kind == *question => Some(*answer),
        kind if kind == *answer => Some(*question),
        _ => None,
    });
    match (place, answer) {
        (0, _) => kind.into(),
        (_, Some(answer)) => answer.into(),
        (_, None) => code.into(),
    }
}
