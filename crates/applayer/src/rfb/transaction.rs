//! What is kept of a connection.

use crate::buffer::Field;
use crate::tree::{Extra, Transaction, Tree};
use model::packet::{Side, Timestamp};
use std::any::Any;
use std::borrow::Cow;

/// The screen (RFC 6143, section 7.3.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Framebuffer {
    /// In pixels.
    pub width: u16,
    /// In pixels.
    pub height: u16,
    /// The screen's name.
    pub name: Vec<u8>,
    /// How a pixel is written (section 7.4).
    pub(super) pixel_format: [u8; 16],
}

/// A connection up to the first picture.
#[derive(Clone, Debug, Default)]
pub struct RfbTransaction {
    /// Versions by [`Side::index`], three digits before and three behind the point.
    pub versions: [Option<([u8; 3], [u8; 3])>; 2],
    /// How the client has to prove who it is.
    pub security_type: Option<u32>,
    /// What it has to encrypt with the password, and what it did.
    pub challenge: Option<[u8; 16]>,
    /// The challenge as the client encrypted it.
    pub response: Option<[u8; 16]>,
    /// 0 is success.
    pub security_result: Option<u32>,
    /// Why the server refuses.
    pub failure: Option<Vec<u8>>,
    /// May others stay connected?
    pub is_shared: Option<bool>,
    /// The screen.
    pub framebuffer: Option<Framebuffer>,
    pub(super) started: Timestamp,
    pub(super) ended: Timestamp,
}

impl RfbTransaction {
    fn tell_versions(&self, tree: &mut dyn Tree) {
        let names = [(Side::Server, "server_protocol_version"), (Side::Client, "client_protocol_version")];
        for (side, name) in names {
            if let Some((major, minor)) = &self.versions[side.index()] {
                tree.open_object(name);
                tree.text("major", major);
                tree.text("minor", minor);
                tree.close_object();
            }
        }
    }

    fn tell_authentication(&self, tree: &mut dyn Tree) {
        let Some(security_type) = self.security_type else { return };
        tree.open_object("authentication");
        tree.number("security_type", security_type.into());
        if self.challenge.is_some() || self.response.is_some() {
            tree.open_object("vnc");
            for (name, bytes) in [("challenge", self.challenge), ("response", self.response)] {
                if let Some(bytes) = bytes {
                    tree.text(name, crate::tls::hex(&bytes).as_bytes());
                }
            }
            tree.close_object();
        }
        match self.security_result {
            Some(0) => tree.text("security_result", b"OK"),
            Some(1) => tree.text("security_result", b"FAIL"),
            Some(2) => tree.text("security_result", b"TOOMANY"),
            Some(other) => tree.text("security_result", format!("UNKNOWN ({other})").as_bytes()),
            None => {}
        }
        tree.close_object();
    }
}

impl Framebuffer {
    fn tell(&self, tree: &mut dyn Tree) {
        let [bits, depth, big_endian, true_color, r0, r1, g0, g1, b0, b1, red, green, blue, ..] = self.pixel_format;
        tree.open_object("framebuffer");
        tree.number("width", self.width.into());
        tree.number("height", self.height.into());
        tree.text("name", &self.name);
        tree.open_object("pixel_format");
        tree.number("bits_per_pixel", bits.into());
        tree.number("depth", depth.into());
        tree.boolean("big_endian", big_endian != 0);
        tree.boolean("true_color", true_color != 0);
        for (name, bytes) in [("red_max", [r0, r1]), ("green_max", [g0, g1]), ("blue_max", [b0, b1])] {
            tree.number(name, u16::from_be_bytes(bytes).into());
        }
        for (name, shift) in [("red_shift", red), ("green_shift", green), ("blue_shift", blue)] {
            tree.number(name, shift.into());
        }
        tree.close_object();
        tree.close_object();
    }
}

impl Transaction for RfbTransaction {
    fn table(&self) -> &'static str {
        "rfb"
    }

    fn id(&self) -> u64 {
        0
    }

    fn started(&self) -> Timestamp {
        self.started
    }

    fn tell(&self, tree: &mut dyn Tree) {
        self.tell_versions(tree);
        self.tell_authentication(tree);
        if let Some(failure) = &self.failure {
            tree.text("server_security_failure_reason", failure);
        }
        if let Some(is_shared) = self.is_shared {
            tree.boolean("screen_shared", is_shared);
        }
        if let Some(framebuffer) = &self.framebuffer {
            framebuffer.tell(tree);
        }
        if tree.wants(Extra::Own) {
            tree.open_object("timing");
            tree.signed("handshake_ns", self.ended.since_ns(self.started));
            tree.close_object();
        }
    }

    fn buffer(&self, field: Field, sender: Side, place: usize) -> Option<Cow<'_, [u8]>> {
        let is_it = (field, sender, place) == (Field::RfbName, Side::Server, 0);
        self.framebuffer.as_ref().filter(|_| is_it).map(|screen| Cow::Borrowed(&screen.name[..]))
    }

    fn number(&self, field: Field, sender: Side, place: usize) -> Option<u64> {
        match (field, sender, place) {
            (Field::RfbSecurityType, Side::Client, 0) => self.security_type.map(u64::from),
            (Field::RfbSecurityResult, Side::Server, 0) => self.security_result.map(u64::from),
            _ => None,
        }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
