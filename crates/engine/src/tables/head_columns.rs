//! The columns that every table of packets begins with.

use crate::eve::community_id_of;
use crate::event::{FlowFacts, PacketFacts};
use model::FieldType;
use model::packet::Timestamp;
use table::Rows;

/// A column known by its place: name, type, meaning.
pub type PlacedColumn = (&'static str, FieldType, &'static str);

/// The columns that every table of packets begins with.
pub const COMMON_COLUMNS: &[PlacedColumn] = &[
    ("time", FieldType::Time, "when its first byte was seen"),
    ("flow_id", FieldType::Int64, "the session: flow_id of flows"),
    ("tx_id", FieldType::Int64, "its place in the session, from 0"),
    ("src_ip", FieldType::Address, "the client"),
    ("src_port", FieldType::Int32, "the client's port"),
    ("dst_ip", FieldType::Address, "the server"),
    ("dst_port", FieldType::Int32, "the server's port"),
    ("ip_proto", FieldType::Int32, "IANA protocol number: 6 TCP, 17 UDP"),
    ("community_id", FieldType::Text, "Community ID of the session"),
    ("src_object", FieldType::Text, "the capture it was found in"),
    ("frame_no", FieldType::Int64, "the frame that completed it, from 1"),
];

/// When, of which exchange and where in the input something was seen.
#[derive(Clone, Copy)]
pub(super) struct Seen<'a> {
    pub(super) time: Timestamp,
    pub(super) transaction: Option<u64>,
    pub(super) object: &'a str,
    pub(super) frame_number: u64,
}

/// Sets the common columns of something that has a flow.
pub(super) fn set_flow(facts: &FlowFacts<'_>, seen: Seen<'_>, rows: &mut Rows) {
    let (client, server) = (facts.flow.client(), facts.flow.server());
    let protocol = facts.flow.protocol();
    set_seen(seen, rows);
    let numbers = [(1, facts.id() as i64), (4, client.port.into()), (6, server.port.into()), (7, protocol.into())];
    numbers.into_iter().for_each(|(place, number)| rows.set_number(place, number));
    rows.set_address(3, client.address);
    rows.set_address(5, server.address);
    if let Some(id) = community_id_of(facts.flow, 0) {
        rows.set_text(8, id.as_bytes());
    }
}

/// Sets the common columns of something that has only a packet, or not even that: its sender is the source.
pub(super) fn set_packet(packet: PacketFacts, seen: Seen<'_>, rows: &mut Rows) {
    set_seen(seen, rows);
    if let Some((source, destination)) = packet.addresses {
        rows.set_address(3, source);
        rows.set_address(5, destination);
    }
    if let Some((source, destination)) = packet.ports {
        rows.set_number(4, source.into());
        rows.set_number(6, destination.into());
    }
    if let Some(protocol) = packet.protocol {
        rows.set_number(7, protocol.into());
    }
}

fn set_seen(seen: Seen<'_>, rows: &mut Rows) {
    rows.set_number(0, seen.time.0);
    if let Some(transaction) = seen.transaction {
        rows.set_number(2, i64::try_from(transaction).unwrap_or(i64::MAX));
    }
    rows.set_text(9, seen.object.as_bytes());
    rows.set_number(10, i64::try_from(seen.frame_number).unwrap_or(i64::MAX));
}
