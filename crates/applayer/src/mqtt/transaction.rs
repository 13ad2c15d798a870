//! What is kept of packets that belong together.

use super::packet::Packet;
use super::tell;
use crate::buffer::Field;
use crate::tree::{Extra, Transaction, Tree};
use model::packet::{Side, Timestamp};
use std::any::Any;
use std::borrow::Cow;

/// A packet and those that answer it.
#[derive(Clone, Debug)]
pub struct MqttTransaction {
    /// The packets in the order in which they came.
    pub packets: Vec<Packet>,
    /// Who sent the first one.
    pub initiator: Side,
    /// The connection's version, once it is known: 3 is 3.1, 4 is 3.1.1, 5 is 5.0.
    pub version: u8,
    pub(super) id: u64,
    pub(super) started: Timestamp,
    pub(super) ended: Timestamp,
}

impl Transaction for MqttTransaction {
    fn table(&self) -> &'static str {
        "mqtt"
    }

    fn id(&self) -> u64 {
        self.id
    }

    fn started(&self) -> Timestamp {
        self.started
    }

    fn tell(&self, tree: &mut dyn Tree) {
        self.packets.iter().for_each(|packet| tell::tell(packet, tree));
        if tree.wants(Extra::Own) {
            tree.open_object("timing");
            tree.signed("response_ns", self.ended.since_ns(self.started));
            tree.close_object();
        }
    }

    fn buffer(&self, field: Field, sender: Side, place: usize) -> Option<Cow<'_, [u8]>> {
        if sender == self.initiator { self.bytes_of(field, place).map(Cow::Borrowed) } else { None }
    }

    fn number(&self, field: Field, sender: Side, place: usize) -> Option<u64> {
        if sender == self.initiator { self.number_of(field, place) } else { None }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
