//! A handshake: what both sides said before encryption.

use super::kex::{KeyExchangeInit, hex};
use crate::buffer::Field;
use crate::tree::{Extra, Transaction, Tree};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use md5::{Digest, Md5};
use model::packet::{Side, Timestamp};
use sha2::Sha256;
use std::any::Any;
use std::borrow::Cow;

/// A side's first line: `SSH-2.0-OpenSSH_9.9 Debian-1`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Banner {
    /// `2.0`
    pub version: Vec<u8>,
    /// `OpenSSH_9.9`
    pub software: Vec<u8>,
    /// `Debian-1`; mostly empty.
    pub comments: Vec<u8>,
}

/// The key that a server showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostKey {
    kind: Vec<u8>,
    md5: [u8; 16],
    sha256: [u8; 32],
}

/// What is known of a handshake. Pairs are by [`Side::index`].
#[derive(Debug, Default)]
pub struct Handshake {
    pub(super) started: Option<Timestamp>,
    pub(super) ended: Option<Timestamp>,
    pub(super) banners: [Option<Banner>; 2],
    pub(super) offers: [Option<KeyExchangeInit>; 2],
    pub(super) host_key: Option<HostKey>,
}

impl HostKey {
    /// A key as it is sent: its type, then what the type needs (RFC 4253, section 6.6).
    pub(super) fn new(kind: &[u8], key: &[u8]) -> HostKey {
        HostKey { kind: kind.to_vec(), md5: Md5::digest(key).into(), sha256: Sha256::digest(key).into() }
    }

    fn tell(&self, tree: &mut dyn Tree) {
        tree.open_object("host_key");
        tree.text("type", &self.kind);
        tree.text("md5", hex(&self.md5, ":").as_bytes());
        tree.text("sha256", STANDARD_NO_PAD.encode(self.sha256).as_bytes());
        tree.close_object();
    }
}

impl Handshake {
    /// A side's banner.
    pub fn banner(&self, side: Side) -> Option<&Banner> {
        self.banners[side.index()].as_ref()
    }

    /// What a side offered.
    pub fn offer(&self, side: Side) -> Option<&KeyExchangeInit> {
        self.offers[side.index()].as_ref()
    }

    /// The key exchange that both sides know; empty while it is not known.
    pub(super) fn kex_algorithm(&self) -> &[u8] {
        match self.offers.each_ref().map(Option::as_ref) {
            [Some(client), Some(server)] => client.negotiated(server).kex,
            _ => b"",
        }
    }

    pub(super) fn is_worth_telling(&self) -> bool {
        self.banners.iter().any(Option::is_some)
    }

    fn tell_side(&self, side: Side, tree: &mut dyn Tree) {
        let Some(banner) = self.banner(side) else { return };
        tree.open_object(["client", "server"][side.index()]);
        tree.text("proto_version", &banner.version);
        if !banner.software.is_empty() {
            tree.text("software_version", &banner.software);
        }
        if tree.wants(Extra::Own) && !banner.comments.is_empty() {
            tree.text("comments", &banner.comments);
        }
        if let Some(offer) = self.offer(side) {
            tree.open_object("hassh");
            tree.text("hash", offer.hassh(side).as_bytes());
            tree.text("string", &offer.hassh_string(side));
            tree.close_object();
        }
        tree.close_object();
    }

    fn tell_negotiated(&self, tree: &mut dyn Tree) {
        let [Some(client), Some(server)] = self.offers.each_ref().map(Option::as_ref) else { return };
        let negotiated = client.negotiated(server);
        tree.open_object("negotiated");
        let pairs = [
            ("kex", negotiated.kex),
            ("host_key", negotiated.host_key),
            ("cipher_to_server", negotiated.ciphers[0]),
            ("cipher_to_client", negotiated.ciphers[1]),
            ("mac_to_server", negotiated.macs[0]),
            ("mac_to_client", negotiated.macs[1]),
            ("compression_to_server", negotiated.compressions[0]),
            ("compression_to_client", negotiated.compressions[1]),
        ];
        for (name, value) in pairs.into_iter().filter(|(_, value)| !value.is_empty()) {
            tree.text(name, value);
        }
        tree.close_object();
    }

    fn tell_own(&self, tree: &mut dyn Tree) {
        self.tell_negotiated(tree);
        if let Some(key) = &self.host_key {
            key.tell(tree);
        }
        if let (Some(started), Some(ended)) = (self.started, self.ended) {
            tree.open_object("timing");
            tree.signed("kex_ns", ended.since_ns(started));
            tree.close_object();
        }
    }
}

impl Transaction for Handshake {
    fn table(&self) -> &'static str {
        "ssh"
    }

    fn id(&self) -> u64 {
        0
    }

    fn started(&self) -> Timestamp {
        self.started.unwrap_or_default()
    }

    fn tell(&self, tree: &mut dyn Tree) {
        for side in Side::BOTH {
            self.tell_side(side, tree);
        }
        if tree.wants(Extra::Own) {
            self.tell_own(tree);
        }
    }

    fn buffer(&self, field: Field, sender: Side, place: usize) -> Option<Cow<'_, [u8]>> {
        self.bytes_of(field, sender, place)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
