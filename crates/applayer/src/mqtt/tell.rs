//! How packets are told, in EVE's names.

use super::packet::{self, Connect, Packet, Payload};
use super::property::Property;
use crate::tree::{Extra, Tree};

/// Bytes of one message that are told.
const MESSAGE_BYTES_MAX: usize = 1 << 10;

pub(super) fn tell(packet: &Packet, tree: &mut dyn Tree) {
    tree.open_object(name(&packet.payload));
    tree.number("qos", packet.qos.into());
    tree.boolean("retain", packet.is_retained);
    tree.boolean("dup", packet.is_duplicate);
    payload(&packet.payload, tree);
    tree.close_object();
}

fn name(payload: &Payload) -> &'static str {
    match payload {
        Payload::Connect(_) => "connect",
        Payload::ConnAck(..) => "connack",
        Payload::Publish(..) => "publish",
        Payload::Subscribe(..) => "subscribe",
        Payload::Unsubscribe(..) => "unsubscribe",
        Payload::Skipped(..) => "truncated",
        Payload::Acknowledge(kind, ..) | Payload::Granted(kind, ..) | Payload::Plain(kind, ..) => match *kind {
            packet::PUBACK => "puback",
            packet::PUBREC => "pubrec",
            packet::PUBREL => "pubrel",
            packet::PUBCOMP => "pubcomp",
            packet::SUBACK => "suback",
            packet::UNSUBACK => "unsuback",
            packet::PINGREQ => "pingreq",
            packet::PINGRESP => "pingresp",
            packet::DISCONNECT => "disconnect",
            _ => "auth",
        },
    }
}

fn payload(payload: &Payload, tree: &mut dyn Tree) {
    match payload {
        Payload::Connect(connect) => tell_connect(connect, tree),
        Payload::ConnAck(has_session, code, properties) => {
            tree.boolean("session_present", *has_session);
            tree.number("return_code", (*code).into());
            tell_properties(properties.as_deref(), tree);
        }
        Payload::Publish(topic, id, properties, message) => {
            tree.text("topic", topic);
            if let Some(id) = id {
                tree.number("message_id", (*id).into());
            }
            tree.text("message", &message[..message.len().min(MESSAGE_BYTES_MAX)]);
            if tree.wants(Extra::Own) {
                tree.number("message_bytes", message.len() as u64);
            }
            tell_properties(properties.as_deref(), tree);
        }
        Payload::Acknowledge(_, id, reason, properties) => {
            tree.number("message_id", (*id).into());
            tell_reason(*reason, properties.as_deref(), tree);
        }
        Payload::Subscribe(id, topics, properties) => {
            tree.number("message_id", (*id).into());
            tree.open_list("topics");
            topics.iter().for_each(|(topic, qos)| tell_topic(topic, *qos, tree));
            tree.close_list();
            tell_properties(properties.as_deref(), tree);
        }
        Payload::Granted(kind, id, codes, properties) => tell_granted(*kind, *id, codes, properties.as_deref(), tree),
        Payload::Unsubscribe(id, topics, properties) => {
            tree.number("message_id", (*id).into());
            tree.open_list("topics");
            topics.iter().for_each(|topic| tree.text("", topic));
            tree.close_list();
            tell_properties(properties.as_deref(), tree);
        }
        Payload::Plain(_, reason, properties) => tell_reason(*reason, properties.as_deref(), tree),
        Payload::Skipped(_, bytes) => tree.number("skipped_length", (*bytes).into()),
    }
}

fn tell_topic(topic: &[u8], qos: u8, tree: &mut dyn Tree) {
    tree.open_object("");
    tree.text("topic", topic);
    tree.number("qos", qos.into());
    tree.close_object();
}

fn tell_granted(kind: u8, id: u16, codes: &[u8], properties: Option<&[Property]>, tree: &mut dyn Tree) {
    tree.number("message_id", id.into());
    if !codes.is_empty() {
        tree.open_list(if kind == packet::SUBACK { "qos_granted" } else { "reason_codes" });
        codes.iter().for_each(|code| tree.number("", (*code).into()));
        tree.close_list();
    }
    tell_properties(properties, tree);
}

fn tell_reason(reason: Option<u8>, properties: Option<&[Property]>, tree: &mut dyn Tree) {
    if let Some(reason) = reason {
        tree.number("reason_code", reason.into());
    }
    tell_properties(properties, tree);
}

fn tell_connect(connect: &Connect, tree: &mut dyn Tree) {
    tree.text("protocol_string", &connect.protocol);
    tree.number("protocol_version", connect.version.into());
    tree.open_object("flags");
    let flags = [("username", 7), ("password", 6), ("will_retain", 5), ("will", 2), ("clean_session", 1)];
    flags.into_iter().for_each(|(name, bit)| tree.boolean(name, connect.flags >> bit & 1 != 0));
    tree.close_object();
    tree.text("client_id", &connect.client_id);
    for (name, value) in [("username", &connect.username), ("password", &connect.password)] {
        if let Some(value) = value {
            tree.text(name, value);
        }
    }
    if let Some(will) = &connect.will {
        tree.open_object("will");
        tree.text("topic", &will.topic);
        tree.text("message", &will.message[..will.message.len().min(MESSAGE_BYTES_MAX)]);
        tell_properties(will.properties.as_deref(), tree);
        tree.close_object();
    }
    tell_properties(connect.properties.as_deref(), tree);
}

fn tell_properties(properties: Option<&[Property]>, tree: &mut dyn Tree) {
    let Some(properties) = properties.filter(|properties| !properties.is_empty()) else { return };
    tree.open_object("properties");
    for property in properties {
        match property {
            Property::Number(name, number) => tree.number(name, (*number).into()),
            Property::Bytes(name, bytes) => tree.text(name, bytes),
            Property::User(name, value) => tree.text_named(name, value),
        }
    }
    tree.close_object();
}
