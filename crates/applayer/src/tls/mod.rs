//! TLS 1.0 to 1.3, SSL 3.0 and the hellos of SSL 2.0 (RFC 8446, 5246, 4346, 2246, 6101).
//!
//! A flow's handshake is one transaction, told when both sides have begun to encrypt, or when the flow ends. What is
//! encrypted is skipped record by record, and nothing of it is held. DTLS and QUIC use the same hellos.

pub(crate) mod assembly;
pub(crate) mod buffers;
pub(crate) mod certificate;
mod cipher;
mod extension;
mod fingerprint;
mod hello;
mod name;
mod parser;
mod probe;
#[cfg(test)]
pub(crate) mod samples;
mod ssl2;
mod tell;
#[cfg(test)]
mod tests;
mod transaction;
mod version;

pub use buffers::{STATES, moment};
pub use certificate::{Certificate, Invalid, days_since_1970};
pub use cipher::{cipher_suite_name, group_name};
pub use extension::{Extension, Extensions, extension_name};
pub use fingerprint::{Ja3, Ja4Form, ja4};
pub use hello::{Carrier, ClientHello, ServerHello, ServerName};
pub use transaction::{Alert, Handshake};
pub use version::{Version, is_grease};

pub(crate) use extension::{QUIC_PARAMETERS, QUIC_PARAMETERS_OF_DRAFTS};
pub(crate) use fingerprint::hex;
pub(crate) use tell::{tell_ja3, tell_ja4};
pub(crate) use transaction::{TRANSACTION, message};

use crate::protocol::{Parser, Probe, Protocol, Start, Transport};
use crate::tree::{Column, Table};
use model::FieldType;
use model::packet::Side;

/// What a handshake may hold.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of one handshake message. Chains of certificates of 20 KiB are seen; 2^24 could be claimed.
    pub message_bytes_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { message_bytes_max: 128 << 10 }
    }
}

/// The row of [`crate::PROTOCOLS`].
#[derive(Debug)]
pub struct Tls;

impl Protocol for Tls {
    fn name(&self) -> &'static str {
        "tls"
    }

    fn transports(&self) -> &'static [Transport] {
        &[Transport::Tcp]
    }

    fn ports(&self) -> &'static [u16] {
        &[443, 465, 563, 636, 853, 989, 990, 992, 993, 995, 5061, 5223, 8443]
    }

    fn probe(&self, head: &[u8], sender: Side, _: Transport) -> Probe {
        probe::probe(head, sender)
    }

    fn first_sender(&self) -> Option<Side> {
        Some(Side::Client)
    }

    fn parser(&self, _: Start<'_>) -> Box<dyn Parser> {
        Box::new(parser::TlsParser::new(Limits::default()))
    }

    fn tables(&self) -> &'static [Table] {
        &[Table { name: "tls", doc: "One handshake of TLS or SSL.", columns: COLUMNS }]
    }
}

const fn column(name: &'static str, path: &'static str, field_type: FieldType, doc: &'static str) -> Column {
    Column { name, path, field_type, doc }
}

/// Of `tls`, and of `dtls`.
pub(crate) const COLUMNS: &[Column] = &[
    column("version", "version", FieldType::Text, "the version agreed on, such as `TLS 1.2`"),
    column("sni", "sni", FieldType::Text, "the server's name that the client asked for"),
    column("cipher", "cipher", FieldType::Text, "the cipher suite that the server chose, in IANA's name"),
    column("group", "group", FieldType::Text, "the group of the key exchange that the server chose"),
    column("client_alpns", "client_alpns[]", FieldType::Text, "application protocols that the client offered"),
    column("server_alpn", "server_alpns[]", FieldType::Text, "the application protocol that the server chose"),
    column("established", "established", FieldType::Int32, "1 if both sides began to encrypt"),
    column("session_resumed", "session_resumed", FieldType::Int32, "1 if an earlier session was resumed"),
    column("hello_retry", "hello_retry", FieldType::Int32, "1 if the server asked for another hello"),
    column(
        "encrypted_client_hello",
        "encrypted_client_hello",
        FieldType::Int32,
        "1 if the client sent an encrypted hello or name, or something that looks like one",
    ),
    column("subject", "subject", FieldType::Text, "whom the server's certificate is for"),
    column("issuer", "issuerdn", FieldType::Text, "who signed the server's certificate"),
    column("subject_alt_names", "subjectaltname[]", FieldType::Text, "other names it is for"),
    column("serial", "serial", FieldType::Text, "its serial number, as `0A:1B`"),
    column("fingerprint", "fingerprint", FieldType::Text, "SHA-1 of the server's certificate, as `0a:1b`"),
    column("not_before", "notbefore", FieldType::Text, "from when it is valid"),
    column("not_after", "notafter", FieldType::Text, "until when it is valid"),
    column(
        "chain_sha256",
        "chain_sha256[]",
        FieldType::Text,
        "SHA-256 of each certificate of the server, its own first",
    ),
    column("client_subject", "client.subject", FieldType::Text, "whom the client's certificate is for"),
    column("client_fingerprint", "client.fingerprint", FieldType::Text, "SHA-1 of the client's certificate"),
    column("ja3", "ja3.hash", FieldType::Text, "JA3 of the client"),
    column("ja3s", "ja3s.hash", FieldType::Text, "JA3S of the server"),
    column("ja4", "ja4_foxio", FieldType::Text, "JA4 of the client"),
    column("client_alert", "client_alert.description", FieldType::Int64, "the client's first alert in the clear"),
    column("server_alert", "server_alert.description", FieldType::Int64, "the server's first alert in the clear"),
    column(
        "server_hello_ns",
        "timing.server_hello_ns",
        FieldType::Int64,
        "from ClientHello to ServerHello, in nanoseconds",
    ),
    column(
        "handshake_ns",
        "timing.handshake_ns",
        FieldType::Int64,
        "from ClientHello to the last Finished, in nanoseconds",
    ),
];
