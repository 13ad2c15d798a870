//! SIP (RFC 3261): who calls whom, and what both say they can hear and see (SDP, RFC 8866). Each message is a transaction.

mod buffers;
mod frames;
mod message;
mod parser;
mod probe;
mod sdp;
#[cfg(test)]
mod tests;
mod transaction;

use crate::protocol::{Parser, Probe, Protocol, Start, Transport};
use crate::tree::{Column, Table};
use model::FieldType::Text;
use model::packet::Side;

pub use message::{FirstLine, Header};
pub use sdp::Sdp;
pub use transaction::SipTransaction;

/// The row of SIP.
pub struct SipProtocol;

impl Protocol for SipProtocol {
    fn name(&self) -> &'static str {
        "sip"
    }

    fn transports(&self) -> &'static [Transport] {
        &[Transport::Tcp, Transport::Udp]
    }

    fn ports(&self) -> &'static [u16] {
        &[5060]
    }

    fn probe(&self, head: &[u8], _sender: Side, transport: Transport) -> Probe {
        probe::probe(head, transport)
    }

    fn parser(&self, start: Start<'_>) -> Box<dyn Parser> {
        Box::new(parser::Sip::new(start.transport))
    }

    fn tables(&self) -> &'static [Table] {
        TABLES
    }
}

const fn column(name: &'static str, path: &'static str, field_type: model::FieldType, doc: &'static str) -> Column {
    Column { name, path, field_type, doc }
}

static TABLES: &[Table] = &[Table { name: "sip", doc: "Messages that begin and end calls", columns: COLUMNS }];

#[rustfmt::skip]
const COLUMNS: &[Column] = &[
    column("method", "method", Text, "What is asked: INVITE, BYE, REGISTER"),
    column("uri", "uri", Text, "Of whom"),
    column("version", "version", Text, "The protocol's version"),
    column("code", "code", Text, "The answer's code"),
    column("reason", "reason", Text, "The answer in words"),
    column("call_id", "call_id", Text, "What the messages of one call share"),
    column("from", "from", Text, "Who calls"),
    column("to", "to", Text, "Who is called"),
    column("user_agent", "user_agent", Text, "The sender's software"),
    column("session", "sdp.session_name", Text, "The session that is offered"),
    column("connection", "sdp.connection_data", Text, "Where sound and pictures are to be sent"),
    column("media", "sdp.media_descriptions[].media", Text, "Sound and pictures: kind, port, protocol, formats"),
];
