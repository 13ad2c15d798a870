//! How a handshake is told: Suricata's `tls`, and what EVE has no name for.

use super::certificate::{Certificate, iso_time};
use super::cipher::{cipher_suite_name, group_name};
use super::fingerprint::{Ja3, Ja4Form, hex, ja4};
use super::hello::{Carrier, ClientHello, meant};
use super::transaction::{ALTERNATIVE_NAMES_MAX, Handshake};
use super::version::is_grease;
use crate::buffer::Field;
use crate::tree::{Extra, Transaction, Tree};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use model::packet::{Side, Timestamp};
use sha2::{Digest, Sha256};
use std::any::Any;
use std::borrow::Cow;

impl Transaction for Handshake {
    fn table(&self) -> &'static str {
        if self.carrier() == Carrier::Datagram { "dtls" } else { "tls" }
    }

    fn id(&self) -> u64 {
        0
    }

    fn started(&self) -> Timestamp {
        Handshake::started(self)
    }

    fn tell(&self, tree: &mut dyn Tree) {
        self.tell_server_certificate(tree);
        // Suricata sees it by session and ticket, as before TLS 1.3.
        let is_seen = tree.wants(Extra::Own) || !self.version().hides_certificates();
        if self.is_resumed() && is_seen {
            tree.boolean("session_resumed", true);
        }
        if let Some(name) = self.client_hello().and_then(|hello| hello.server_name().host()) {
            tree.text("sni", name);
        }
        tree.text("version", self.version().name().as_bytes());
        self.tell_fingerprints(tree);
        self.tell_application_protocols(tree);
        self.tell_client_certificate(tree);
        if tree.wants(Extra::Dump) {
            self.tell_chain(tree);
            self.tell_hellos(tree);
        }
        if tree.wants(Extra::Own) {
            self.tell_own(tree);
        }
    }

    fn host_name(&self) -> &[u8] {
        self.client_hello().and_then(|hello| hello.server_name().host()).unwrap_or_default()
    }

    fn buffer(&self, field: Field, sender: Side, place: usize) -> Option<Cow<'_, [u8]>> {
        self.bytes_of(field, sender, place)
    }

    fn number(&self, field: Field, sender: Side, place: usize) -> Option<u64> {
        self.number_of(field, sender, place)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Handshake {
    fn tell_certificate_names(certificate: &Certificate<'_>, tree: &mut dyn Tree) {
        tree.text("subject", certificate.subject().as_bytes());
        tree.text("issuerdn", certificate.issuer().as_bytes());
    }

    fn tell_certificate_rest(certificate: &Certificate<'_>, tree: &mut dyn Tree) {
        tree.text("serial", certificate.serial().as_bytes());
        tree.text("fingerprint", certificate.fingerprint().as_bytes());
        tree.text("notbefore", iso_time(certificate.not_before_s).as_bytes());
        tree.text("notafter", iso_time(certificate.not_after_s).as_bytes());
    }

    fn tell_server_certificate(&self, tree: &mut dyn Tree) {
        let Some(certificate) = self.certificate(Side::Server) else { return };
        Handshake::tell_certificate_names(&certificate, tree);
        let mut names = certificate.alternative_names().take(ALTERNATIVE_NAMES_MAX).peekable();
        if names.peek().is_some() {
            tree.open_list("subjectaltname");
            names.for_each(|name| tree.text("", name.as_bytes()));
            tree.close_list();
        }
        Handshake::tell_certificate_rest(&certificate, tree);
    }

    fn tell_client_certificate(&self, tree: &mut dyn Tree) {
        let Some(certificate) = self.certificate(Side::Client) else { return };
        tree.open_object("client");
        Handshake::tell_certificate_names(&certificate, tree);
        Handshake::tell_certificate_rest(&certificate, tree);
        tree.close_object();
    }

    fn tell_fingerprints(&self, tree: &mut dyn Tree) {
        tell_ja3("ja3", self.ja3(), tree);
        tell_ja3("ja3s", self.ja3s(), tree);
        if let Some(hello) = self.client_hello() {
            tell_ja4(hello, self.carrier(), tree);
        }
    }

    fn tell_application_protocols(&self, tree: &mut dyn Tree) {
        let client = self.client_hello().map(|hello| hello.extensions);
        let server = self.server_hello().map(|hello| hello.extensions);
        for (name, extensions) in [("client_alpns", client), ("server_alpns", server)] {
            let mut protocols = extensions.unwrap_or_default().application_protocols().peekable();
            if protocols.peek().is_some() {
                tree.open_list(name);
                protocols.for_each(|protocol| tree.text("", protocol));
                tree.close_list();
            }
        }
    }

    /// EVE's `chain`: each certificate of the server in base64, its own one first.
    fn tell_chain(&self, tree: &mut dyn Tree) {
        let mut chain = self.certificates(Side::Server).peekable();
        if chain.peek().is_some() {
            tree.open_list("chain");
            chain.for_each(|der| tree.text("", STANDARD.encode(der).as_bytes()));
            tree.close_list();
        }
    }

    fn tell_hellos(&self, tree: &mut dyn Tree) {
        if let Some(hello) = self.client_hello() {
            tree.open_object("client_handshake");
            tree.text("version", hello.version().name().as_bytes());
            tell_numbers("ciphers", hello.cipher_suites(), tree);
            tell_numbers("exts", meant(hello.extensions).map(|extension| extension.kind), tree);
            tell_numbers("sig_algs", hello.signature_algorithms(), tree);
            tree.close_object();
        }
        if let Some(hello) = self.server_hello() {
            tree.open_object("server_handshake");
            tree.text("version", hello.legacy_version.name().as_bytes());
            tree.number("cipher", u64::from(hello.cipher_suite));
            tell_numbers("exts", meant(hello.extensions).map(|extension| extension.kind), tree);
            tree.close_object();
        }
    }

    /// What EVE has no name for.
    fn tell_own(&self, tree: &mut dyn Tree) {
        if let Some(hello) = self.server_hello() {
            tree.text("cipher", cipher_suite_name(hello.cipher_suite).as_bytes());
        }
        if let Some(group) = self.group() {
            tree.text("group", group_name(group).as_bytes());
        }
        let mut chain = self.certificates(Side::Server).peekable();
        if chain.peek().is_some() {
            tree.open_list("chain_sha256");
            chain.for_each(|der| tree.text("", hex(&Sha256::digest(der)).as_bytes()));
            tree.close_list();
        }
        if self.client_hello().is_some_and(ClientHello::has_encrypted_name) {
            tree.boolean("encrypted_client_hello", true);
        }
        if self.is_retry_requested() {
            tree.boolean("hello_retry", true);
        }
        tree.boolean("established", self.is_established());
        for (name, side) in [("client_alert", Side::Client), ("server_alert", Side::Server)] {
            if let Some(alert) = self.alert(side) {
                tree.open_object(name);
                tree.number("level", u64::from(alert.level));
                tree.number("description", u64::from(alert.description));
                tree.close_object();
            }
        }
        self.tell_timing(tree);
    }

    fn tell_timing(&self, tree: &mut dyn Tree) {
        let times = [("server_hello_ns", self.server_hello_after_ns()), ("handshake_ns", self.duration_ns())];
        if times.iter().all(|(_, time)| time.is_none()) {
            return;
        }
        tree.open_object("timing");
        for (name, ns) in times {
            if let Some(ns) = ns {
                tree.signed(name, ns);
            }
        }
        tree.close_object();
    }
}

pub(crate) fn tell_ja3(name: &'static str, ja3: Option<Ja3>, tree: &mut dyn Tree) {
    let Some(ja3) = ja3 else { return };
    tree.open_object(name);
    tree.text("hash", ja3.hash.as_bytes());
    tree.text("string", ja3.string.as_bytes());
    tree.close_object();
}

/// EVE's value in Suricata's form, and FoxIO's own under a name of ours.
pub(crate) fn tell_ja4(hello: ClientHello<'_>, carrier: Carrier, tree: &mut dyn Tree) {
    let suricata = ja4(hello, carrier, Ja4Form::Suricata);
    tree.text("ja4", suricata.as_bytes());
    if tree.wants(Extra::Own) {
        let foxio = if Ja4Form::agree(hello) { suricata } else { ja4(hello, carrier, Ja4Form::FoxIo) };
        tree.text("ja4_foxio", foxio.as_bytes());
    }
}

fn tell_numbers(name: &'static str, numbers: impl Iterator<Item = u16>, tree: &mut dyn Tree) {
    let mut numbers = numbers.filter(|number| !is_grease(*number)).peekable();
    if numbers.peek().is_some() {
        tree.open_list(name);
        numbers.for_each(|number| tree.number("", u64::from(number)));
        tree.close_list();
    }
}
