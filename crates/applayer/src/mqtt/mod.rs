//! MQTT 3.1, 3.1.1 and 5.0 (OASIS): who connects, what is published and subscribed to. A packet and those that answer it are
//! one transaction.

mod buffers;
mod packet;
mod parser;
mod property;
mod tell;
#[cfg(test)]
mod tests;
mod transaction;

use crate::protocol::{Parser, Probe, Protocol, Start, Transport};
use crate::tree::{Column, Table};
use model::FieldType::{Int32, Int64, Text};
use model::packet::Side;

pub use packet::{Connect, Packet, Payload, Will};
pub use property::Property;
pub use transaction::MqttTransaction;

/// The row of MQTT.
pub struct MqttProtocol;

impl Protocol for MqttProtocol {
    fn name(&self) -> &'static str {
        "mqtt"
    }

    fn transports(&self) -> &'static [Transport] {
        &[Transport::Tcp]
    }

    fn ports(&self) -> &'static [u16] {
        &[1883]
    }

    fn first_sender(&self) -> Option<Side> {
        Some(Side::Client)
    }

    fn probe(&self, head: &[u8], sender: Side, _transport: Transport) -> Probe {
        packet::probe(head, sender)
    }

    fn fits(&self, head: &[u8], _sender: Side, _transport: Transport) -> Probe {
        packet::fits(head)
    }

    fn parser(&self, _start: Start<'_>) -> Box<dyn Parser> {
        Box::new(parser::Mqtt::default())
    }

    fn tables(&self) -> &'static [Table] {
        TABLES
    }
}

const fn column(name: &'static str, path: &'static str, field_type: model::FieldType, doc: &'static str) -> Column {
    Column { name, path, field_type, doc }
}

static TABLES: &[Table] =
    &[Table { name: "mqtt", doc: "Packets of MQTT and those that answer them", columns: COLUMNS }];

#[rustfmt::skip]
const COLUMNS: &[Column] = &[
    column("protocol", "connect.protocol_string", Text, "The protocol's name, as the client says it"),
    column("version", "connect.protocol_version", Int32, "Its version: 3, 4 or 5"),
    column("client_id", "connect.client_id", Text, "The client's identifier"),
    column("username", "connect.username", Text, "The user who connects"),
    column("clean_session", "connect.flags.clean_session", Text, "Does the session begin anew?"),
    column("will_topic", "connect.will.topic", Text, "What is published when the client is lost"),
    column("return_code", "connack.return_code", Int32, "0 where the server accepts the connection"),
    column("topic", "publish.topic", Text, "What is published"),
    column("qos", "publish.qos", Int32, "How surely it is to arrive: 0, 1 or 2"),
    column("retain", "publish.retain", Text, "Is it kept for those who come later?"),
    column("message", "publish.message", Text, "The first bytes of the message"),
    column("message_bytes", "publish.message_bytes", Int64, "Bytes of the message"),
    column("subscribed", "subscribe.topics[].topic", Text, "What is subscribed to"),
    column("qos_granted", "suback.qos_granted[]", Text, "What the server grants for each; 128 is a refusal"),
    column("unsubscribed", "unsubscribe.topics[]", Text, "What is no longer subscribed to"),
    column("reason_code", "disconnect.reason_code", Int32, "Why the connection ends, from version 5 on"),
    column("response_ns", "timing.response_ns", Int64, "From the first packet to the last"),
];
