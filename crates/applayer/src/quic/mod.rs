//! QUIC (RFC 9000, 9001, 9369; drafts 17 and later) and Google's QUIC before it (Q039 to Q050), up to the hellos.
//!
//! Keys of Initial packets follow from what everybody can see (RFC 9001, section 5.2), so the hellos of TLS in them can
//! be read; nothing behind them can. As in Suricata, each side's hello is a transaction, and so is a server's
//! Retry and its Version Negotiation.

mod frame;
mod google;
mod keys;
mod packet;
mod parser;
#[cfg(test)]
mod tests;
mod transaction;

pub use google::CryptoMessage;
pub use packet::QuicVersion;
pub use transaction::QuicTransaction;

use crate::protocol::{Parser, Probe, Protocol, Start, Transport};
use crate::tree::{Column, Table};
use model::FieldType;
use model::packet::Side;

/// What a conversation may hold.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of one side's CRYPTO frames; a hello with post-quantum keys has 2 KiB.
    pub crypto_bytes_max: usize,
    /// Initial packets of one side that are decrypted while its hello is not complete.
    pub initial_packets_max: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { crypto_bytes_max: 64 << 10, initial_packets_max: 64 }
    }
}

/// The row of [`crate::PROTOCOLS`].
#[derive(Debug)]
pub struct Quic;

impl Protocol for Quic {
    fn name(&self) -> &'static str {
        "quic"
    }

    fn transports(&self) -> &'static [Transport] {
        &[Transport::Udp]
    }

    fn ports(&self) -> &'static [u16] {
        &[80, 443, 784, 853, 4433, 8853]
    }

    fn probe(&self, head: &[u8], _: Side, _: Transport) -> Probe {
        packet::probe(head)
    }

    fn parser(&self, _: Start<'_>) -> Box<dyn Parser> {
        Box::new(parser::QuicParser::new(Limits::default()))
    }

    fn tables(&self) -> &'static [Table] {
        &[Table { name: "quic", doc: "One hello of QUIC, of the client or the server.", columns: COLUMNS }]
    }
}

const fn column(name: &'static str, path: &'static str, field_type: FieldType, doc: &'static str) -> Column {
    Column { name, path, field_type, doc }
}

const COLUMNS: &[Column] = &[
    column("sender", "sender", FieldType::Text, "who sent the hello: `client` or `server`"),
    column("version", "version", FieldType::Text, "the version: `1`, `6b3343cf` (version 2), `Q046`"),
    column("sni", "sni", FieldType::Text, "the server's name that the client asked for"),
    column("user_agent", "ua", FieldType::Text, "the client's program, where it is Google's"),
    column("client_alpns", "client_alpns[]", FieldType::Text, "application protocols that the client offered"),
    column("cipher", "cipher", FieldType::Text, "the cipher suite that the server chose, in IANA's name"),
    column("group", "group", FieldType::Text, "the group of the key exchange that the server chose"),
    column("session_resumed", "session_resumed", FieldType::Int32, "1 if the server resumed an earlier session"),
    column("cyu", "cyu[].hash", FieldType::Text, "CYU fingerprint of the client (Google's QUIC)"),
    column("ja3", "ja3.hash", FieldType::Text, "JA3 of the client"),
    column("ja3s", "ja3s.hash", FieldType::Text, "JA3S of the server"),
    column("ja4", "ja4_foxio", FieldType::Text, "JA4 of the client"),
    column("server_hello_ns", "timing.server_hello_ns", FieldType::Int64, "from the first Initial to the ServerHello"),
];
