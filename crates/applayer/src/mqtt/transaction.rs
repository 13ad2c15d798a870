//! What is kept of packets that belong together.

use super::packet::Packet;
use super::tell;
use crate::tree::{Extra, Transaction, Tree};
use model::packet::{Side, Timestamp};
use std::any::Any;

/// A packet and those that answer it.
#[derive(Clone, Debug)]
pub struct MqttTransaction {
    /// The packets in the order in which they came.
    pub packets: Vec<Packet>,
    /// Who sent the first one.
    pub initiator: Side,
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

    fn as_any(&self) -> &dyn Any {
        self
    }
}
