//! What is kept of a handshake.
//!
//! Hellos and chains are kept as the bytes they were, until the transaction is told: no allocation per field, and what
//! nobody asks for is never computed.

use super::certificate::{Certificate, chain};
use super::cipher::cipher_suite_name;
use super::extension::SERVER_NAME;
use super::fingerprint::{Ja3, Ja4Form, ja4};
use super::hello::{Carrier, ClientHello, ServerHello, ServerName};
use super::version::Version;
use crate::sink::{Sink, Stage};
use model::packet::{Side, Timestamp};

/// A handshake of TLS or DTLS, as far as it is in the clear.
#[derive(Debug)]
pub struct Handshake {
    carrier: Carrier,
    started: Timestamp,
    client_hello: Option<Box<[u8]>>,
    server_hello: Option<Box<[u8]>>,
    sides: [SideOfHandshake; 2],
    has_old_hello: bool,
    is_retry_requested: bool,
    server_hello_at: Option<Timestamp>,
    exchange_group: Option<u16>,
}

/// What one side said beside its hello.
#[derive(Debug, Default)]
struct SideOfHandshake {
    certificates: Option<Box<[u8]>>,
    alert: Option<Alert>,
    /// The version of its records, or of its hello in SSL 2.0: all there is before a ServerHello.
    version: Version,
    has_changed_cipher: bool,
    has_key_exchange: bool,
    /// When it began to send what only the other side can read.
    encrypted_at: Option<Timestamp>,
}

/// An alert in the clear (RFC 8446, section 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alert {
    /// 1 a warning, 2 fatal.
    pub level: u8,
    /// IANA's number: 40 `handshake_failure`, 48 `unknown_ca`, ...
    pub description: u8,
}

/// Types of handshake messages (IANA's registry "TLS HandshakeType").
pub(crate) mod message {
    pub(crate) const CLIENT_HELLO: u8 = 1;
    pub(crate) const SERVER_HELLO: u8 = 2;
    pub(crate) const HELLO_RETRY_REQUEST: u8 = 6;
    pub(crate) const CERTIFICATE: u8 = 11;
    pub(crate) const SERVER_KEY_EXCHANGE: u8 = 12;
    pub(crate) const CLIENT_KEY_EXCHANGE: u8 = 16;

    /// Is it registered, or in wide use?
    pub(crate) const fn is_known(kind: u8) -> bool {
        matches!(kind, 0..=6 | 8..=10 | 11..=26 | 67 | 254)
    }
}

impl Handshake {
    pub(crate) fn new(carrier: Carrier, started: Timestamp) -> Handshake {
        Handshake {
            carrier,
            started,
            client_hello: None,
            server_hello: None,
            sides: Default::default(),
            has_old_hello: false,
            is_retry_requested: false,
            server_hello_at: None,
            exchange_group: None,
        }
    }

    /// Takes a whole message. The first hello of a client counts, and the last of a server: the one before it can be
    /// a request for another hello.
    pub(crate) fn take_message(&mut self, now: Timestamp, sender: Side, kind: u8, body: &[u8], sink: &mut dyn Sink) {
        match kind {
            message::CLIENT_HELLO if sender == Side::Client => self.take_client_hello(now, body, sink),
            message::SERVER_HELLO if sender == Side::Server => self.take_server_hello(now, body, sink),
            message::HELLO_RETRY_REQUEST => self.is_retry_requested = true,
            message::SERVER_KEY_EXCHANGE => {
                self.exchange_group = named_group(body);
                self.sides[sender.index()].has_key_exchange = true;
            }
            message::CLIENT_KEY_EXCHANGE => self.sides[sender.index()].has_key_exchange = true,
            message::CERTIFICATE => self.take_certificates(now, sender, body, sink),
            _ => {}
        }
    }

    pub(super) fn has_key_exchange(&self, side: Side) -> bool {
        self.sides[side.index()].has_key_exchange
    }

    /// How far a side came with a message of this kind.
    pub(crate) fn stage_behind(&self, kind: u8, sender: Side) -> Option<Stage> {
        match (kind, sender) {
            (message::CLIENT_HELLO, Side::Client) if self.client_hello.is_some() => Some(Stage::Head),
            (message::SERVER_HELLO, Side::Server) if self.server_hello.is_some() => Some(Stage::Head),
            (message::CERTIFICATE, side) => self.sides[side.index()].certificates.as_ref().map(|_| Stage::Whole),
            _ => None,
        }
    }

    fn take_client_hello(&mut self, now: Timestamp, body: &[u8], sink: &mut dyn Sink) {
        if self.client_hello.is_some() {
            return;
        }
        let Some(hello) = ClientHello::parse(body, self.carrier) else {
            return sink.anomaly(now, "invalid_handshake_message", TRANSACTION);
        };
        for name in oddities(hello) {
            sink.anomaly(now, name, TRANSACTION);
        }
        self.client_hello = Some(body.into());
    }

    fn take_server_hello(&mut self, now: Timestamp, body: &[u8], sink: &mut dyn Sink) {
        let Some(hello) = ServerHello::parse(body) else {
            return sink.anomaly(now, "invalid_handshake_message", TRANSACTION);
        };
        if self.server_hello.is_none() || self.is_retry_requested {
            self.is_retry_requested |= hello.is_retry_request();
            self.server_hello = Some(body.into());
            self.server_hello_at = Some(now);
        }
    }

    fn take_certificates(&mut self, now: Timestamp, sender: Side, body: &[u8], sink: &mut dyn Sink) {
        let certificates = &mut self.sides[sender.index()].certificates;
        if certificates.is_some() {
            return;
        }
        // Not by `nth`: LLVM unrolls it, and then takes minutes to compare every bound with every other.
        if chain(body).count() > CERTIFICATES_MAX {
            sink.anomaly(now, "too_many_certificates", TRANSACTION);
        }
        match chain(body).next().map(Certificate::parse) {
            Some(Ok(certificate)) => {
                if certificate.alternative_name_count() > ALTERNATIVE_NAMES_MAX {
                    sink.anomaly(now, "too_many_subject_alternative_names", TRANSACTION);
                }
            }
            Some(Err(invalid)) => sink.anomaly(now, invalid.name(), TRANSACTION),
            // A client that has no certificate says so with an empty list.
            None if sender == Side::Client => return,
            None => return sink.anomaly(now, "certificate_invalid_length", TRANSACTION),
        }
        *certificates = Some(body.into());
    }

    /// Takes a certificate that came without a list around it (SSL 2.0).
    pub(crate) fn take_bare_certificate(&mut self, now: Timestamp, der: &[u8], sink: &mut dyn Sink) {
        let length = |bytes: usize| (bytes as u32).to_be_bytes();
        let [_, list @ ..] = length(der.len() + 3);
        let [_, entry @ ..] = length(der.len());
        self.take_certificates(now, Side::Server, &[&list[..], &entry, der].concat(), sink);
    }

    /// A client's hello in the form of SSL 2.0, which has none of what fingerprints are made of.
    pub(crate) fn take_old_hello(&mut self, version: Version) {
        self.has_old_hello = true;
        self.take_version(Side::Client, version);
    }

    pub(crate) fn take_alert(&mut self, sender: Side, alert: Alert) {
        self.sides[sender.index()].alert.get_or_insert(alert);
    }

    pub(crate) fn take_version(&mut self, sender: Side, version: Version) {
        self.sides[sender.index()].version = version;
    }

    /// ChangeCipherSpec. Says whether what follows is encrypted: in TLS 1.3 it means nothing.
    pub(crate) fn change_cipher(&mut self, sender: Side) -> bool {
        self.sides[sender.index()].has_changed_cipher = true;
        match self.server_hello() {
            Some(hello) => !hello.is_retry_request() && !hello.version().hides_certificates(),
            None => true,
        }
    }

    /// A side sent something encrypted. A client's early data (RFC 8446, section 2.3) ends no handshake: the server has
    /// to have spoken.
    pub(crate) fn encrypted(&mut self, now: Timestamp, sender: Side) {
        let server_spoke = self.server_hello_at.or(self.sides[Side::Server.index()].encrypted_at).is_some();
        if sender == Side::Server || server_spoke {
            self.sides[sender.index()].encrypted_at.get_or_insert(now);
        }
    }

    /// Have both sides begun to encrypt?
    pub fn is_established(&self) -> bool {
        self.sides.iter().all(|side| side.encrypted_at.is_some())
    }

    /// Is there anything to tell?
    pub(crate) fn is_worth_telling(&self) -> bool {
        self.has_old_hello
            || self.client_hello.is_some()
            || self.server_hello.is_some()
            || self.sides.iter().any(|side| side.certificates.is_some() || side.alert.is_some())
    }

    /// When its first record came.
    pub const fn started(&self) -> Timestamp {
        self.started
    }

    /// What carries it.
    pub const fn carrier(&self) -> Carrier {
        self.carrier
    }

    /// What the client offered.
    pub fn client_hello(&self) -> Option<ClientHello<'_>> {
        ClientHello::parse(self.client_hello.as_deref()?, self.carrier)
    }

    /// What the server chose.
    pub fn server_hello(&self) -> Option<ServerHello<'_>> {
        ServerHello::parse(self.server_hello.as_deref()?)
    }

    /// The certificates of a side as DER, its own one first.
    pub fn certificates(&self, of: Side) -> impl Iterator<Item = &[u8]> {
        chain(self.sides[of.index()].certificates.as_deref().unwrap_or_default()).take(CERTIFICATES_MAX)
    }

    /// A side's own certificate.
    pub fn certificate(&self, of: Side) -> Option<Certificate<'_>> {
        self.certificates(of).next().map(Certificate::parse)?.ok()
    }

    /// The first alert that a side sent in the clear.
    pub const fn alert(&self, of: Side) -> Option<Alert> {
        self.sides[of as usize].alert
    }

    /// The version that was agreed on; while that is open the server's last record's, and before it the newest that
    /// the client offers.
    pub fn version(&self) -> Version {
        let records = self.sides[Side::Server.index()].version;
        match (self.server_hello(), self.client_hello()) {
            (Some(hello), _) => hello.version(),
            (None, Some(hello)) if records == Version::default() => hello.version(),
            _ => records,
        }
    }

    /// The group of the key exchange, where it is one of elliptic curves or named.
    pub fn group(&self) -> Option<u16> {
        let hello = self.server_hello()?;
        // Without elliptic curves a key exchange begins with a prime that can look like one.
        let is_elliptic = || cipher_suite_name(hello.cipher_suite).starts_with("TLS_ECDH");
        hello.group().or_else(|| self.exchange_group.filter(|_| is_elliptic()))
    }

    /// Did the server ask for another hello (HelloRetryRequest, RFC 8446; HelloVerifyRequest is none)?
    pub const fn is_retry_requested(&self) -> bool {
        self.is_retry_requested
    }

    /// Is an earlier session resumed: by its id, by a ticket, or by a key shared before (TLS 1.3)?
    pub fn is_resumed(&self) -> bool {
        let Some(server) = self.server_hello() else { return false };
        if server.version().hides_certificates() {
            return server.chose_shared_key();
        }
        let Some(client) = self.client_hello() else { return false };
        let is_same_session = !client.session_id.is_empty() && client.session_id == server.session_id;
        is_same_session || client.presents_ticket() && self.skipped_certificate()
    }

    fn skipped_certificate(&self) -> bool {
        let server = &self.sides[Side::Server.index()];
        server.has_changed_cipher && server.certificates.is_none()
    }

    /// JA3 of the client.
    pub fn ja3(&self) -> Option<Ja3> {
        self.client_hello().map(Ja3::of_client)
    }

    /// JA3S of the server.
    pub fn ja3s(&self) -> Option<Ja3> {
        self.server_hello().map(Ja3::of_server)
    }

    /// JA4 of the client.
    pub fn ja4(&self, form: Ja4Form) -> Option<String> {
        self.client_hello().map(|hello| ja4(hello, self.carrier, form))
    }

    /// From the ClientHello to the later of both sides' first encrypted messages: their Finished, or in TLS 1.3 the
    /// client's. In nanoseconds.
    pub fn duration_ns(&self) -> Option<i64> {
        let [client, server] = &self.sides;
        Some(client.encrypted_at?.max(server.encrypted_at?).since_ns(self.started))
    }

    /// From the ClientHello to the ServerHello, in nanoseconds.
    pub fn server_hello_after_ns(&self) -> Option<i64> {
        self.client_hello.as_ref()?;
        self.server_hello_at.map(|at| at.since_ns(self.started))
    }
}

/// The group of a ServerKeyExchange message, if its parameters are those of a named curve (RFC 8422, section 5.4).
fn named_group(body: &[u8]) -> Option<u16> {
    match *body {
        [3, high, low, ..] => Some(u16::from_be_bytes([high, low])),
        _ => None,
    }
}

/// What of a hello is odd, in Suricata's names of the events.
fn oddities(hello: ClientHello<'_>) -> impl Iterator<Item = &'static str> {
    let server_names = hello.extensions.iter().filter(|extension| extension.kind == SERVER_NAME);
    let odd_name = match hello.server_name() {
        ServerName::Malformed => Some("invalid_sni_length"),
        ServerName::UnknownType => Some("invalid_sni_type"),
        _ => None,
    };
    let repeated = (server_names.count() > 1).then_some("multiple_sni_extensions");
    let torn = hello.extensions.is_malformed().then_some("handshake_invalid_length");
    let many = hello.extensions.are_too_many().then_some("too_many_extensions");
    [odd_name, repeated, torn, many].into_iter().flatten()
}

/// The one transaction of a flow.
pub(crate) const TRANSACTION: Option<u64> = Some(0);

/// Certificates of a chain that are looked at; chains have two to five.
const CERTIFICATES_MAX: usize = 32;

/// Names of a certificate that are told; Suricata's limit too.
pub(crate) const ALTERNATIVE_NAMES_MAX: usize = 4096;
