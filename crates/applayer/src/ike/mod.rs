//! IKE: version 1 (RFC 2408, RFC 2409) and version 2 (RFC 7296). Who sets up a tunnel with what. Each message is a transaction.

mod algorithms;
mod attribute;
mod message;
mod parser;
mod payload;
mod probe;
mod tell;
#[cfg(test)]
mod tests;
mod transaction;
mod weakness;

use crate::protocol::{Parser, Ports, Probe, Protocol, Start, Transport};
use crate::tree::{Column, Table};
use model::FieldType::{Int32, Int64, Text};
use model::packet::Side;

pub use attribute::Attribute;
pub use message::{Header, Message};
pub use payload::{Proposal, Transform};
pub use transaction::{Agreed, IkeTransaction, Party};

/// The row of IKE.
pub struct IkeProtocol;

impl Protocol for IkeProtocol {
    fn name(&self) -> &'static str {
        "ike"
    }

    fn transports(&self) -> &'static [Transport] {
        &[Transport::Udp]
    }

    fn ports(&self) -> &'static [u16] {
        &[500, 4500]
    }

    fn probe(&self, head: &[u8], _sender: Side, _transport: Transport) -> Probe {
        probe::probe(head)
    }

    /// Behind NAT the tunnel's packets come in the same flow (RFC 3948, section 2.2).
    fn fits(&self, _head: &[u8], _sender: Side, _transport: Transport) -> Probe {
        Probe::Maybe
    }

    fn parser(&self, start: Start<'_>) -> Box<dyn Parser> {
        let Ports { client, server } = start.ports;
        Box::new(parser::Ike::new([client, server].contains(&NAT_PORT)))
    }

    fn tables(&self) -> &'static [Table] {
        TABLES
    }
}

/// Where the packets of the tunnel come in the same flow (RFC 3948).
const NAT_PORT: u16 = 4500;

const fn column(name: &'static str, path: &'static str, field_type: model::FieldType, doc: &'static str) -> Column {
    Column { name, path, field_type, doc }
}

static TABLES: &[Table] = &[Table { name: "ike", doc: "Messages of IKE", columns: COLUMNS }];

#[rustfmt::skip]
const COLUMNS: &[Column] = &[
    column("version", "version_major", Int32, "1 or 2"),
    column("initiator_spi", "init_spi", Text, "The initiator's name of the association, in hex"),
    column("responder_spi", "resp_spi", Text, "The responder's; zeros in the first message"),
    column("message_id", "message_id", Int64, "Tells exchanges of an association apart"),
    column("exchange_type", "exchange_type", Int32, "2 is identity protection, 34 IKE_SA_INIT, ..."),
    column("role", "role", Text, "initiator or responder, of version 2"),
    column("encryption", "alg_enc", Text, "The cipher that was chosen"),
    column("hash", "alg_hash", Text, "The hash that was chosen, of version 1"),
    column("authentication", "alg_auth", Text, "How ends (version 1) or messages (version 2) prove themselves"),
    column("prf", "alg_prf", Text, "The pseudo-random function that was chosen"),
    column("dh_group", "alg_dh", Text, "The group of the key exchange"),
    column("payloads", "payload[]", Text, "What the message is made of"),
    column("notifications", "ikev2.notify[]", Text, "What it notifies of, of version 2"),
    column("errors", "ikev2.errors", Int32, "Notifications that are errors"),
    column("vendor_ids", "ikev1.vendor_ids[]", Text, "What both ends say that they are, in hex, of version 1"),
];
