//! A frame.

use super::PAYLOAD_BYTES_MAX;
use crate::buffer::Field;
use crate::protocol::Input;
use crate::tree::{Extra, Transaction, Tree};
use model::packet::{Side, Timestamp};
use std::any::Any;
use std::borrow::Cow;

/// A frame as far as it came.
#[derive(Debug, Default)]
pub struct Frame {
    pub(super) id: u64,
    started: Timestamp,
    sender: Option<Side>,
    is_final: bool,
    /// The first four bits: the last frame of its message, and three that extensions use.
    flags: u8,
    opcode: u8,
    mask: Option<[u8; 4]>,
    payload: Vec<u8>,
    payload_bytes: u64,
}

impl Frame {
    /// Who sent it.
    pub fn sender(&self) -> Option<Side> {
        self.sender
    }

    /// Is it the last frame of its message?
    pub fn is_final(&self) -> bool {
        self.is_final
    }

    /// What it is (RFC 6455, section 11.8).
    pub fn opcode(&self) -> u8 {
        self.opcode
    }

    /// Its payload without the mask; of a long one the begin.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// Begins again with a whole header.
    pub(super) fn begin(&mut self, id: u64, input: Input<'_>, header: &[u8], payload_bytes: u64) {
        (self.id, self.started, self.sender) = (id, input.now, Some(input.sender));
        self.is_final = header[0] & 0x80 != 0;
        self.flags = header[0] & 0xf0;
        self.opcode = header[0] & 0x0f;
        self.mask = if header[1] & 0x80 != 0 { header.last_chunk().copied() } else { None };
        self.payload_bytes = payload_bytes;
        self.payload.clear();
    }

    /// The next bytes of the payload. The mask is taken off.
    pub(super) fn append(&mut self, bytes: &[u8]) {
        let room = PAYLOAD_BYTES_MAX as usize - self.payload.len();
        let start = self.payload.len();
        self.payload.extend_from_slice(&bytes[..bytes.len().min(room)]);
        if let Some(mask) = self.mask {
            let places = start..;
            self.payload[start..].iter_mut().zip(places).for_each(|(byte, place)| *byte ^= mask[place % 4]);
        }
    }

    fn opcode_name(&self) -> Option<&'static str> {
        Some(match self.opcode {
            0 => "continuation",
            1 => "text",
            2 => "binary",
            8 => "close",
            9 => "ping",
            10 => "pong",
            _ => return None,
        })
    }
}

impl Transaction for Frame {
    fn table(&self) -> &'static str {
        "websocket"
    }

    fn id(&self) -> u64 {
        self.id
    }

    fn started(&self) -> Timestamp {
        self.started
    }

    fn tell(&self, tree: &mut dyn Tree) {
        tree.boolean("fin", self.is_final);
        if let Some(mask) = self.mask {
            tree.number("mask", u32::from_be_bytes(mask).into());
        }
        match self.opcode_name() {
            Some(name) => tree.text("opcode", name.as_bytes()),
            None => tree.text("opcode", format!("unknown-{}", self.opcode).as_bytes()),
        }
        if tree.wants(Extra::Own) {
            let sender = if self.sender == Some(Side::Server) { "server" } else { "client" };
            tree.text("sender", sender.as_bytes());
            tree.number("payload_bytes", self.payload_bytes);
        }
    }

    fn buffer(&self, field: Field, sender: Side, place: usize) -> Option<Cow<'_, [u8]>> {
        let is_it = field == Field::WebsocketPayload && place == 0 && self.sender == Some(sender);
        is_it.then_some(Cow::Borrowed(&self.payload[..]))
    }

    fn number(&self, field: Field, sender: Side, place: usize) -> Option<u64> {
        if self.sender != Some(sender) || place > 0 {
            return None;
        }
        match field {
            Field::WebsocketOpcode => Some(self.opcode.into()),
            Field::WebsocketMask => self.mask.map(|mask| u32::from_be_bytes(mask).into()),
            Field::WebsocketFlags => Some(self.flags.into()),
            _ => None,
        }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
