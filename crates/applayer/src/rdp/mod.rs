//! RDP (MS-RDPBCGR): who takes over which desktop, from where. Each step of the beginning is a transaction; what follows is
//! encrypted.

mod client;
mod negotiation;
mod parser;
mod tell;
#[cfg(test)]
mod tests;
mod transaction;

use crate::named::look::{ANY, be16, both, is, proof, shape};
use crate::protocol::{Gap, Input, Parser, Probe, Progress, Protocol, Start, Transport};
use crate::sink::Sink;
use crate::tree::{Column, Table};
use model::FieldType::{Int32, Text};
use model::packet::{Side, Timestamp};

pub use client::Client;
pub use negotiation::{Request, Response};
pub use transaction::{RdpTransaction, Step};

/// The row of RDP.
pub struct RdpProtocol;

impl Protocol for RdpProtocol {
    fn name(&self) -> &'static str {
        "rdp"
    }

    fn transports(&self) -> &'static [Transport] {
        &[Transport::Tcp, Transport::Udp]
    }

    fn ports(&self) -> &'static [u16] {
        &[3389]
    }

    fn first_sender(&self) -> Option<Side> {
        Some(Side::Client)
    }

    fn probe(&self, head: &[u8], sender: Side, transport: Transport) -> Probe {
        probe(head, sender, transport)
    }

    /// A side that is not understood may be encrypted already.
    fn fits(&self, _head: &[u8], _sender: Side, _transport: Transport) -> Probe {
        Probe::Maybe
    }

    fn parser(&self, start: Start<'_>) -> Box<dyn Parser> {
        match start.transport {
            Transport::Tcp => Box::new(parser::Rdp::default()),
            Transport::Udp => Box::new(Unread),
        }
    }

    fn tables(&self) -> &'static [Table] {
        TABLES
    }
}

/// Of a connection request or its answer in TPKT and X.224: what stands behind its fixed part.
pub(crate) fn x224_connection(head: &[u8], kind: u8) -> Result<&[u8], Probe> {
    match shape(head, &[is(3), is(0), (0, 3), ANY, (6, 0xfe), is(kind), ANY, ANY, ANY, ANY, is(0)]) {
        Probe::Yes => {}
        other => return Err(other),
    }
    let (length, indicated) = (be16(head, 2).unwrap_or(0), usize::from(head[4]));
    if length != indicated + 5 {
        return Err(Probe::No);
    }
    head.get(11..length).ok_or(Probe::NeedMore)
}

/// A cookie, or what kinds of security there are. Over UDP a SYN that is filled up to the longest packet (MS-RDPEUDP
/// 2.2.2.1).
fn probe(head: &[u8], sender: Side, transport: Transport) -> Probe {
    if transport == Transport::Udp {
        let syn = shape(head, &[is(0xff), is(0xff), is(0xff), is(0xff), ANY, ANY, (0, 0x1f), ANY]);
        let is_filled = head.len() >= 1132 && head[7] & 1 == 1;
        return both(syn, proof(is_filled));
    }
    let (kind, negotiation) = if sender == Side::Client { (0xe0, [1, 8, 0]) } else { (0xd0, [2, 8, 0]) };
    match x224_connection(head, kind) {
        Err(other) => other,
        Ok([]) => Probe::Maybe,
        Ok([kind, _, low, high, ..]) if [*kind, *low, *high] == negotiation => Probe::Yes,
        Ok([3, 0, 8, 0, ..]) if sender == Side::Server => Probe::Yes,
        Ok(rest) => proof(rest.starts_with(b"Cookie: mstshash=") || rest.starts_with(b"Cookie: msts=")),
    }
}

/// Over UDP all of it is encrypted.
struct Unread;

impl Parser for Unread {
    fn push(&mut self, input: Input<'_>, _sink: &mut dyn Sink) -> Progress {
        Progress::all(input.bytes)
    }

    fn gap(&mut self, _gap: Gap<'_>, _sink: &mut dyn Sink) {}

    fn finish(&mut self, _now: Timestamp, _sink: &mut dyn Sink) {}
}

const fn column(name: &'static str, path: &'static str, field_type: model::FieldType, doc: &'static str) -> Column {
    Column { name, path, field_type, doc }
}

static TABLES: &[Table] = &[Table { name: "rdp", doc: "Steps at the beginning of a session of RDP", columns: COLUMNS }];

#[rustfmt::skip]
const COLUMNS: &[Column] = &[
    column("step", "event_type", Text, "initial_request, initial_response, connect_request, connect_response or tls_handshake"),
    column("cookie", "cookie", Text, "Who wants to log in, as the client says"),
    column("protocol", "protocol", Text, "What protects the session: rdp, ssl, hybrid, ..."),
    column("error", "reason", Text, "Why the server refuses"),
    column("client_name", "client.client_name", Text, "The client's computer"),
    column("client_build", "client.build", Text, "Its operating system"),
    column("client_version", "client.version", Text, "Its version of RDP"),
    column("keyboard_layout", "client.keyboard_layout", Text, "The language of its keyboard"),
    column("desktop_width", "client.desktop_width", Int32, "Pixels"),
    column("desktop_height", "client.desktop_height", Int32, "Pixels"),
    column("product_id", "client.id", Text, "What the client is, by its licence"),
    column("channels", "channels[]", Text, "Channels that are asked for: disks, clipboard, sound"),
    column("certificate_serials", "x509_serials[]", Text, "Serial numbers of the server's certificates"),
];
