//! A packet as a transaction.

use super::packet::{Packet, mode, short_ns, unix_ns};
use crate::buffer::Field;
use crate::tree::{Extra, Transaction, Tree};
use model::packet::{Side, Timestamp};
use std::any::Any;
use std::borrow::Cow;

/// One packet.
#[derive(Debug)]
pub struct NtpTransaction {
    id: u64,
    now: Timestamp,
    sender: Side,
    packet: Packet,
    asked: Option<Timestamp>,
}

impl NtpTransaction {
    pub(super) fn new(id: u64, now: Timestamp, sender: Side, packet: Packet) -> NtpTransaction {
        NtpTransaction { id, now, sender, packet, asked: None }
    }

    /// It is the response to a request of this moment.
    pub(super) fn answers(&mut self, asked: Timestamp) {
        self.asked = Some(asked);
    }

    fn tell_times(&self, tree: &mut dyn Tree) {
        let packet = &self.packet;
        let times = [
            ("reference_time_ns", packet.reference),
            ("origin_time_ns", packet.origin),
            ("receive_time_ns", packet.receive),
            ("transmit_time_ns", packet.transmit),
        ];
        for (name, time) in times {
            if let Some(ns) = unix_ns(time) {
                tree.signed(name, ns);
            }
        }
    }

    /// RFC 5905 section 8, with the capture's clock in the client's place.
    fn tell_timing(&self, asked: Timestamp, tree: &mut dyn Tree) {
        tree.open_object("timing");
        tree.signed("latency_ns", self.now.since_ns(asked));
        if let (Some(receive), Some(transmit)) = (unix_ns(self.packet.receive), unix_ns(self.packet.transmit)) {
            let there = i128::from(receive) - i128::from(asked.0);
            let back = i128::from(transmit) - i128::from(self.now.0);
            tree.signed("offset_ns", ((there + back) / 2) as i64);
        }
        tree.close_object();
    }
}

impl Transaction for NtpTransaction {
    fn table(&self) -> &'static str {
        "ntp"
    }

    fn id(&self) -> u64 {
        self.id
    }

    fn started(&self) -> Timestamp {
        self.now
    }

    fn sender(&self) -> Side {
        self.sender
    }

    fn is_in_eve(&self) -> bool {
        self.packet.operation.is_none()
    }

    fn tell(&self, tree: &mut dyn Tree) {
        let packet = &self.packet;
        tree.number("version", packet.version.into());
        if !tree.wants(Extra::Own) {
            return tell_as_suricata(packet, tree);
        }
        tree.text("mode", mode_name(packet.mode).as_bytes());
        if let Some(operation) = packet.operation {
            return tree.number("control_operation", operation.into());
        }
        tree.number("leap", packet.leap.into());
        tree.number("stratum", packet.stratum.into());
        tree.signed("poll_exponent", packet.poll.into());
        tree.signed("precision_exponent", packet.precision.into());
        tree.number("root_delay_ns", short_ns(packet.root_delay));
        tree.number("root_dispersion_ns", short_ns(packet.root_dispersion));
        tell_reference(packet, tree);
        self.tell_times(tree);
        if let Some(asked) = self.asked {
            self.tell_timing(asked, tree);
        }
    }

    fn buffer(&self, field: Field, sender: Side, place: usize) -> Option<Cow<'_, [u8]>> {
        let is_it = field == Field::NtpReferenceId && sender == self.sender && place == 0;
        is_it.then_some(Cow::Borrowed(&self.packet.reference_id))
    }

    fn number(&self, field: Field, sender: Side, place: usize) -> Option<u64> {
        if sender != self.sender || place > 0 {
            return None;
        }
        match field {
            Field::NtpVersion => Some(self.packet.version.into()),
            Field::NtpMode => Some(self.packet.mode.into()),
            Field::NtpStratum => Some(self.packet.stratum.into()),
            _ => None,
        }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Suricata tells numbers alone.
fn tell_as_suricata(packet: &Packet, tree: &mut dyn Tree) {
    let [a, b, c, d] = packet.reference_id;
    tree.number("mode", packet.mode.into());
    tree.number("stratum", packet.stratum.into());
    tree.text("reference_id", format!("{a:02x}:{b:02x}:{c:02x}:{d:02x}").as_bytes());
}

/// Of stratum 0 and 1 letters, else an address or a part of one's hash.
fn tell_reference(packet: &Packet, tree: &mut dyn Tree) {
    let [a, b, c, d] = packet.reference_id;
    let letters = packet.reference_id.trim_ascii_end();
    let end = letters.iter().position(|byte| *byte == 0).unwrap_or(letters.len());
    match packet.stratum {
        _ if packet.reference_id == [0; 4] => {}
        0 | 1 if letters[..end].iter().all(u8::is_ascii_graphic) => tree.text("reference_id", &letters[..end]),
        _ => tree.text("reference_id", format!("{a}.{b}.{c}.{d}").as_bytes()),
    }
}

fn mode_name(number: u8) -> &'static str {
    match number {
        1 => "symmetric_active",
        2 => "symmetric_passive",
        mode::CLIENT => "client",
        mode::SERVER => "server",
        5 => "broadcast",
        mode::CONTROL => "control",
        mode::PRIVATE => "private",
        _ => "reserved",
    }
}
