//! RFB, the protocol of VNC (RFC 6143): versions, how the client proves who it is, and whose screen it sees. What follows,
//! pictures and key strokes, is passed over.

mod parser;
#[cfg(test)]
mod tests;
mod transaction;

use crate::named::look::{begins, both, is, shape};
use crate::protocol::{Parser, Probe, Protocol, Start, Transport};
use crate::tree::{Column, Table};
use model::FieldType::{Int32, Int64, Text};
use model::packet::Side;

pub use transaction::{Framebuffer, RfbTransaction};

/// The row of RFB.
pub struct RfbProtocol;

impl Protocol for RfbProtocol {
    fn name(&self) -> &'static str {
        "rfb"
    }

    fn transports(&self) -> &'static [Transport] {
        &[Transport::Tcp]
    }

    fn ports(&self) -> &'static [u16] {
        &[5900, 5901]
    }

    fn first_sender(&self) -> Option<Side> {
        Some(Side::Server)
    }

    /// Both sides say their version.
    fn probe(&self, head: &[u8], _sender: Side, _transport: Transport) -> Probe {
        const DIGIT: (u8, u8) = (b'0', b'9');
        let version = [DIGIT, DIGIT, DIGIT, is(b'.'), DIGIT, DIGIT, DIGIT, is(b'\n')];
        both(begins(head, b"RFB "), head.get(4..).map_or(Probe::NeedMore, |rest| shape(rest, &version)))
    }

    fn parser(&self, _start: Start<'_>) -> Box<dyn Parser> {
        Box::new(parser::Rfb::default())
    }

    fn tables(&self) -> &'static [Table] {
        TABLES
    }
}

const fn column(name: &'static str, path: &'static str, field_type: model::FieldType, doc: &'static str) -> Column {
    Column { name, path, field_type, doc }
}

static TABLES: &[Table] = &[Table { name: "rfb", doc: "Connections to screens by VNC", columns: COLUMNS }];

#[rustfmt::skip]
const COLUMNS: &[Column] = &[
    column("server_version_major", "server_protocol_version.major", Text, "The server's version"),
    column("server_version_minor", "server_protocol_version.minor", Text, "The server's version behind the point"),
    column("client_version_major", "client_protocol_version.major", Text, "The client's version"),
    column("client_version_minor", "client_protocol_version.minor", Text, "The client's version behind the point"),
    column("security_type", "authentication.security_type", Int32, "1 is no proof at all, 2 a password"),
    column("security_result", "authentication.security_result", Text, "OK where the server let the client in"),
    column("failure", "server_security_failure_reason", Text, "Why it did not"),
    column("is_shared", "screen_shared", Text, "May others stay connected?"),
    column("width", "framebuffer.width", Int32, "The screen's width in pixels"),
    column("height", "framebuffer.height", Int32, "The screen's height in pixels"),
    column("name", "framebuffer.name", Text, "The screen's name"),
    column("handshake_ns", "timing.handshake_ns", Int64, "From the first byte to the screen's name"),
];
