//! A hello, or a server's packet that asks for another one, and how it is told.

use super::google::CryptoMessage;
use super::packet::{QuicVersion, variable};
use crate::buffer::Field;
use crate::reader::Reader;
use crate::tls::buffers::{of_client_hello, of_server_hello};
use crate::tls::{Carrier, ClientHello, Extensions, Ja3, Ja4Form, ServerHello};
use crate::tls::{QUIC_PARAMETERS, QUIC_PARAMETERS_OF_DRAFTS};
use crate::tls::{cipher_suite_name, extension_name, group_name, ja4, tell_ja3, tell_ja4};
use crate::tree::{Extra, Transaction, Tree};
use model::packet::{Side, Timestamp};
use std::any::Any;
use std::borrow::Cow;

/// TLS's extension of versions (RFC 8446, section 4.2.1).
const SUPPORTED_VERSIONS: u16 = 43;

/// Extensions that EVE tells by their numbers alone.
const UNNAMED_IN_EVE: [u16; 3] = [17513, 17613, 65037];

/// One hello, or a packet without one that says a version.
#[derive(Debug)]
pub struct QuicTransaction {
    pub(super) id: u64,
    pub(super) started: Timestamp,
    pub(super) version: QuicVersion,
    pub(super) sender: Side,
    pub(super) hello: Hello,
    /// It is one of the packets before a hello.
    pub(super) is_aside: bool,
    /// It stands for packets that were told one by one.
    pub(super) is_row_only: bool,
    /// Of a server's hello: the time since the client's first packet.
    pub(super) after_ns: Option<i64>,
}

/// The bytes of a hello.
#[derive(Debug)]
pub(super) enum Hello {
    /// The body of a ClientHello or ServerHello of TLS.
    Tls(Box<[u8]>),
    /// A whole message of Google's handshake.
    Google(Box<[u8]>),
    None,
}

impl QuicTransaction {
    /// The version in the packet's header; 0 for Version Negotiation.
    pub const fn version(&self) -> QuicVersion {
        self.version
    }

    /// Who sent it.
    pub const fn sender(&self) -> Side {
        self.sender
    }

    /// What the client offered in TLS.
    pub fn client_hello(&self) -> Option<ClientHello<'_>> {
        match (&self.hello, self.sender) {
            (Hello::Tls(body), Side::Client) => ClientHello::parse(body, Carrier::Quic),
            _ => None,
        }
    }

    /// What the server chose in TLS.
    pub fn server_hello(&self) -> Option<ServerHello<'_>> {
        match (&self.hello, self.sender) {
            (Hello::Tls(body), Side::Server) => ServerHello::parse(body),
            _ => None,
        }
    }

    /// The message of Google's handshake.
    pub fn crypto_message(&self) -> Option<CryptoMessage<'_>> {
        match &self.hello {
            Hello::Google(message) => CryptoMessage::parse(message),
            _ => None,
        }
    }

    /// The server's name that the client asked for.
    pub fn server_name(&self) -> Option<&[u8]> {
        match self.crypto_message() {
            Some(message) => message.value(b"SNI"),
            None => self.client_hello()?.server_name().host(),
        }
    }

    /// The client's program: Google's clients name it.
    pub fn user_agent(&self) -> Option<&[u8]> {
        if let Some(message) = self.crypto_message() {
            return message.value(b"UAID");
        }
        let extensions = self.client_hello()?.extensions;
        let parameters = extensions.find(QUIC_PARAMETERS).or_else(|| extensions.find(QUIC_PARAMETERS_OF_DRAFTS))?;
        let mut reader = Reader::new(parameters);
        while let (Some(kind), Some(length)) = (variable(&mut reader), variable(&mut reader)) {
            let value = reader.take(usize::try_from(length).ok()?)?;
            if kind == USER_AGENT_PARAMETER {
                return Some(value);
            }
        }
        None
    }

    /// JA4 of the client.
    pub fn ja4(&self, form: Ja4Form) -> Option<String> {
        self.client_hello().map(|hello| ja4(hello, Carrier::Quic, form))
    }

    fn extensions(&self) -> Extensions<'_> {
        let client = self.client_hello().map(|hello| hello.extensions);
        client.or_else(|| self.server_hello().map(|hello| hello.extensions)).unwrap_or_default()
    }

    fn tell_google(&self, tree: &mut dyn Tree) {
        let is_told = tree.wants(Extra::Own) || self.crypto_message().is_some();
        if let Some(agent) = self.user_agent().filter(|_| is_told) {
            tree.text("ua", agent);
        }
        let Some(message) = self.crypto_message() else { return };
        if let Some((hash, string)) = message.cyu(self.version) {
            tree.open_list("cyu");
            tree.open_object("");
            tree.text("hash", hash.as_bytes());
            tree.text("string", string.as_bytes());
            tree.close_object();
            tree.close_list();
        }
    }

    fn tell_extensions(&self, tree: &mut dyn Tree) {
        let mut extensions = self.extensions().iter().peekable();
        if extensions.peek().is_none() {
            return;
        }
        tree.open_list("extensions");
        for extension in extensions {
            tree.open_object("");
            if let Some(name) = extension_name(extension.kind).filter(|_| !UNNAMED_IN_EVE.contains(&extension.kind)) {
                tree.text("name", name.as_bytes());
            }
            tree.number("type", u64::from(extension.kind));
            match extension_name(extension.kind) {
                Some("server_name") => tell_values(self.server_name().into_iter(), tree),
                Some("alpn") => tell_values(self.extensions().application_protocols(), tree),
                Some("supported_versions") => tell_texts(self.tls_versions().map(tls_version_name), tree),
                Some("signature_algorithms") => {
                    let algorithms = self.client_hello().into_iter().flat_map(ClientHello::signature_algorithms);
                    tell_texts(algorithms.map(|number| number.to_string()), tree);
                }
                _ => {}
            }
            tree.close_object();
        }
        tree.close_list();
    }

    /// What a client's or server's extension says of versions.
    fn tls_versions(&self) -> impl Iterator<Item = u16> {
        let offered = self.client_hello().is_some().then(|| self.extensions().find(SUPPORTED_VERSIONS)).flatten();
        let list = offered.and_then(|list| list.get(1..));
        let bytes = list.or_else(|| self.extensions().find(SUPPORTED_VERSIONS)).unwrap_or_default();
        bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
    }

    /// What EVE has no name for.
    fn tell_own(&self, tree: &mut dyn Tree) {
        tree.text("sender", if self.sender == Side::Client { b"client" } else { b"server" });
        if let Some(hello) = self.client_hello() {
            tree.open_list("client_alpns");
            hello.extensions.application_protocols().for_each(|protocol| tree.text("", protocol));
            tree.close_list();
        }
        if let Some(hello) = self.server_hello() {
            tree.text("cipher", cipher_suite_name(hello.cipher_suite).as_bytes());
            if let Some(group) = hello.group() {
                tree.text("group", group_name(group).as_bytes());
            }
            tree.boolean("session_resumed", hello.chose_shared_key());
        }
        if let Some(ns) = self.after_ns {
            tree.open_object("timing");
            tree.signed("server_hello_ns", ns);
            tree.close_object();
        }
    }
}

/// TLS's versions as EVE calls them in extensions.
fn tls_version_name(version: u16) -> String {
    match version {
        0x0300 => "Ssl30".to_owned(),
        0x0301..=0x0304 => format!("Tls1{}", version - 0x0301),
        _ => format!("TlsVersion({version} / 0x{version:x})"),
    }
}

fn tell_texts(values: impl Iterator<Item = String>, tree: &mut dyn Tree) {
    let mut values = values.peekable();
    if values.peek().is_some() {
        tree.open_list("values");
        values.for_each(|value| tree.text("", value.as_bytes()));
        tree.close_list();
    }
}

fn tell_values<'a>(values: impl Iterator<Item = &'a [u8]>, tree: &mut dyn Tree) {
    let mut values = values.peekable();
    if values.peek().is_some() {
        tree.open_list("values");
        values.for_each(|value| tree.text("", value));
        tree.close_list();
    }
}

impl Transaction for QuicTransaction {
    fn table(&self) -> &'static str {
        "quic"
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
        tree.text("version", self.version.name().as_bytes());
        if let Some(name) = self.server_name() {
            tree.text("sni", name);
        }
        self.tell_google(tree);
        tell_ja3("ja3", self.client_hello().map(Ja3::of_client), tree);
        tell_ja3("ja3s", self.server_hello().map(Ja3::of_server), tree);
        if let Some(hello) = self.client_hello() {
            tell_ja4(hello, Carrier::Quic, tree);
        }
        self.tell_extensions(tree);
        if tree.wants(Extra::Own) {
            self.tell_own(tree);
        }
    }

    fn is_in_eve(&self) -> bool {
        !self.is_row_only
    }

    fn is_in_tables(&self) -> bool {
        !self.is_aside
    }

    fn host_name(&self) -> &[u8] {
        self.server_name().unwrap_or_default()
    }

    fn buffer(&self, field: Field, sender: Side, place: usize) -> Option<Cow<'_, [u8]>> {
        if sender != self.sender {
            return None;
        }
        let cyu = || self.crypto_message().and_then(|message| message.cyu(self.version));
        match (field, place) {
            (Field::QuicSni | Field::TlsSni, 0) => self.server_name().map(Cow::Borrowed),
            (Field::QuicUa, 0) => self.user_agent().map(Cow::Borrowed),
            (Field::QuicVersion, 0) => Some(Cow::Owned(self.version.0.to_be_bytes().to_vec())),
            (Field::QuicCyuHash, 0) => cyu().map(|(hash, _)| Cow::Owned(hash.into_bytes())),
            (Field::QuicCyuString, 0) => cyu().map(|(_, string)| Cow::Owned(string.into_bytes())),
            _ => match sender {
                Side::Client => of_client_hello(self.client_hello()?, Carrier::Quic, field, place),
                Side::Server => of_server_hello(self.server_hello()?, field, place),
            },
        }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Google's own transport parameter for it.
const USER_AGENT_PARAMETER: u64 = 0x3129;
