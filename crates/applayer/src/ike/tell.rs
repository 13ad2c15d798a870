//! How a message is told, in EVE's names.

use super::algorithms::{self, ATTRIBUTES, FIRST_STATUS, Names, name_of};
use super::payload::Transform;
use super::transaction::{IkeTransaction, Party};
use crate::hex::lower as hex;
use crate::tree::{Extra, Tree};
use model::packet::Side;

pub(super) fn tell(transaction: &IkeTransaction, tree: &mut dyn Tree) {
    let header = &transaction.message.header;
    tree.number("version_major", header.version.0.into());
    tree.number("version_minor", header.version.1.into());
    tree.text("init_spi", hex(&header.initiator_spi).as_bytes());
    tree.text("resp_spi", hex(&header.responder_spi).as_bytes());
    tree.number("message_id", header.message_id.into());
    tree.number("exchange_type", header.exchange.into());
    if header.version.0 == 1 { tell_v1(transaction, tree) } else { tell_v2(transaction, tree) }
}

fn tell_payloads(payloads: &[u8], names: Names, tree: &mut dyn Tree) {
    tree.open_list("payload");
    for payload in payloads {
        match name_of(names, (*payload).into()) {
            Some(name) => tree.text("", name.as_bytes()),
            None => tree.text("", format!("IkePayloadType({payload})").as_bytes()),
        }
    }
    tree.close_list();
}

fn tell_v1(transaction: &IkeTransaction, tree: &mut dyn Tree) {
    let (message, agreed) = (&transaction.message, &transaction.agreed);
    let exchange = name_of(algorithms::V1_EXCHANGES, message.header.exchange.into());
    if let Some(exchange) = exchange.filter(|_| tree.wants(Extra::Dump)) {
        tree.text("exchange_type_verbose", exchange.as_bytes());
    }
    if let Some(chosen) = &agreed.chosen {
        tell_attributes(chosen, tree);
    }
    tell_payloads(&message.payloads, algorithms::V1_PAYLOADS, tree);
    tree.open_object("ikev1");
    if let Some(domain) = agreed.domain {
        tree.number("doi", domain.into());
    }
    tree.boolean("encrypted_payloads", message.is_encrypted);
    if !message.is_encrypted {
        tell_parties(transaction, tree);
    }
    tree.close_object();
}

/// What both ends have said in the clear.
fn tell_parties(transaction: &IkeTransaction, tree: &mut dyn Tree) {
    let [client, server] = &transaction.agreed.parties;
    tree.open_object("client");
    tell_party(client, tree);
    let mut transforms = transaction.message.proposals.iter().flat_map(|proposal| &proposal.transforms).peekable();
    if transaction.sender == Side::Client && transforms.peek().is_some() {
        tree.open_list("proposals");
        for transform in transforms {
            tree.open_object("");
            tell_attributes(transform, tree);
            tree.close_object();
        }
        tree.close_list();
    }
    tree.close_object();
    if transaction.sender == Side::Server {
        tree.open_object("server");
        tell_party(server, tree);
        tree.close_object();
    }
    tree.open_list("vendor_ids");
    [client, server].into_iter().flat_map(|party| &party.vendors).for_each(|it| tree.text("", hex(it).as_bytes()));
    tree.close_list();
}

fn tell_party(party: &Party, tree: &mut dyn Tree) {
    let fields = [
        ("key_exchange_payload", "key_exchange_payload_length", &party.key_exchange),
        ("nonce_payload", "nonce_payload_length", &party.nonce),
    ];
    for (name, length, bytes) in fields.into_iter().filter(|(.., bytes)| !bytes.is_empty()) {
        tree.text(name, hex(bytes).as_bytes());
        tree.number(length, bytes.len() as u64);
    }
}

/// Each attribute once, though a transform may repeat it.
fn tell_attributes(transform: &Transform, tree: &mut dyn Tree) {
    for (place, attribute) in transform.attributes.iter().enumerate() {
        let is_repeated = transform.attributes[..place].iter().any(|before| before.kind == attribute.kind);
        let known = ATTRIBUTES.iter().find(|(kind, ..)| *kind == attribute.kind);
        let Some((_, name, raw, values)) = known.filter(|_| !is_repeated) else { continue };
        let value = attribute.value.and_then(|value| name_of(values, value)).unwrap_or("Unknown");
        tree.text(name, value.as_bytes());
        if let Some(value) = attribute.value {
            tree.number(raw, value);
        }
    }
}

fn tell_v2(transaction: &IkeTransaction, tree: &mut dyn Tree) {
    let message = &transaction.message;
    let is_initiator = message.header.is_of_initiator();
    tree.text("role", if is_initiator { b"initiator" } else { b"responder" });
    if !is_initiator {
        tell_algorithms(&transaction.agreed.algorithms, tree);
    }
    tell_payloads(&message.payloads, algorithms::V2_PAYLOADS, tree);
    tree.open_object("ikev2");
    tree.number("errors", message.notifications.iter().filter(|kind| **kind < FIRST_STATUS).count() as u64);
    tree.open_list("notify");
    for kind in &message.notifications {
        tell_numbered("", algorithms::V2_NOTIFICATIONS, *kind, tree);
    }
    tree.close_list();
    tree.close_object();
}

fn tell_algorithms([encryption, prf, integrity, group, sequence]: &[u16; 5], tree: &mut dyn Tree) {
    /// No cipher.
    const NULL: u16 = 11;
    let encryption = if *encryption == 0 { NULL } else { *encryption };
    tell_numbered("alg_enc", algorithms::V2_ENCRYPTION, encryption, tree);
    tell_numbered("alg_auth", algorithms::V2_INTEGRITY, *integrity, tree);
    tell_numbered("alg_prf", algorithms::V2_PRF, *prf, tree);
    tell_numbered("alg_dh", algorithms::V2_GROUP, *group, tree);
    tell_numbered("alg_esn", algorithms::V2_SEQUENCE, *sequence, tree);
}

fn tell_numbered(name: &'static str, names: Names, number: u16, tree: &mut dyn Tree) {
    match name_of(names, number.into()) {
        Some(value) => tree.text(name, value.as_bytes()),
        None => tree.text(name, number.to_string().as_bytes()),
    }
}
