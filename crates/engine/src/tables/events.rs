//! Every table that packets fill besides `flows`, and its rows.

use super::alerts::{ALERT_COLUMNS, set_alert};
use super::head_columns::{COMMON_COLUMNS, PlacedColumn, Seen, set_flow, set_packet};
use super::tcp;
use super::transactions::{TransactionLeaves, transaction_tables};
use crate::event::{Event, FlowFacts};
use crate::files::{File, Hashes};
use model::FieldType;
use model::packet::{Anomaly, Side, Timestamp};
use table::Rows;

/// A table that events of packets fill.
#[derive(Clone, Copy, Debug)]
pub struct EventTable {
    /// Its name in SQL.
    pub name: &'static str,
    /// What a row is.
    pub doc: &'static str,
    kind: Kind,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Transactions(&'static applayer::Table),
    Files,
    Anomalies,
    Alerts,
    Tcp,
}

/// What a file says beyond [`COMMON_COLUMNS`].
const FILE_COLUMNS: &[PlacedColumn] = &[
    ("app_protocol", FieldType::Text, "what carried it"),
    ("file_id", FieldType::Int64, "its place among the session's files, from 0"),
    ("sender", FieldType::Text, "who sent it: client or server"),
    ("filename", FieldType::Text, "its name, as the protocol says"),
    ("size", FieldType::Int64, "bytes that passed"),
    ("gap_bytes", FieldType::Int64, "bytes that were missing"),
    ("state", FieldType::Text, "CLOSED: whole, TRUNCATED: cut off"),
    ("md5", FieldType::Text, "MD5 in hexadecimal; null where bytes were missing"),
    ("sha1", FieldType::Text, "SHA-1 in hexadecimal"),
    ("sha256", FieldType::Text, "SHA-256 in hexadecimal"),
];

/// What an anomaly says beyond [`COMMON_COLUMNS`].
const ANOMALY_COLUMNS: &[PlacedColumn] = &[
    ("app_protocol", FieldType::Text, "what the session speaks, where it is known"),
    ("layer", FieldType::Text, "decode: headers, stream: the TCP conversation, applayer: an application's messages"),
    ("event", FieldType::Text, "what is odd, by Suricata's name of it"),
    ("sender", FieldType::Text, "who sent it, where that is known: client or server"),
];

/// The table of what rules matched.
pub fn alert_table() -> EventTable {
    EventTable { name: "alerts", doc: "a rule has matched; needs rules", kind: Kind::Alerts }
}

/// Every table that packets fill besides `flows`, by name.
pub fn event_tables() -> Vec<EventTable> {
    let of_protocol = |table: &'static applayer::Table| EventTable {
        name: table.name,
        doc: table.doc,
        kind: Kind::Transactions(table),
    };
    let mut tables: Vec<EventTable> = transaction_tables().into_iter().map(of_protocol).collect();
    tables.push(EventTable { name: "files", doc: "a file that an application carried", kind: Kind::Files });
    tables.push(EventTable { name: "anomalies", doc: "malformed or odd traffic", kind: Kind::Anomalies });
    tables.push(alert_table());
    tables.push(EventTable { name: "tcp", doc: "a TCP connection, and how well it went", kind: Kind::Tcp });
    tables.sort_by_key(|table| table.name);
    tables
}

impl EventTable {
    /// Its columns with their types and meanings, the common ones first.
    pub fn columns(&self) -> impl Iterator<Item = PlacedColumn> + '_ {
        let (placed, own): (&[PlacedColumn], &[applayer::Column]) = match self.kind {
            Kind::Transactions(table) => (&[], table.columns),
            Kind::Files => (FILE_COLUMNS, &[]),
            Kind::Anomalies => (ANOMALY_COLUMNS, &[]),
            Kind::Alerts => (ALERT_COLUMNS, &[]),
            Kind::Tcp => (&[], &[]),
        };
        let own = own.iter().map(|column| (column.name, column.field_type, column.doc));
        let measured = matches!(self.kind, Kind::Tcp).then(tcp::columns).into_iter().flatten();
        COMMON_COLUMNS.iter().chain(placed).copied().chain(own).chain(measured)
    }

    /// Are its rows made by rules?
    pub fn needs_rules(&self) -> bool {
        matches!(self.kind, Kind::Alerts)
    }

    /// Digests of files that its rows need.
    pub fn hashes(&self) -> Hashes {
        let is_wanted = matches!(self.kind, Kind::Files);
        Hashes { md5: is_wanted, sha1: is_wanted, sha256: is_wanted }
    }
}

/// Rows of one table.
pub struct EventRows {
    kind: Kind,
    leaves: TransactionLeaves,
    rows: Rows,
}

impl EventRows {
    /// No rows yet.
    pub fn new(table: &EventTable) -> EventRows {
        let leaves = match table.kind {
            Kind::Transactions(table) => TransactionLeaves::new(table),
            Kind::Files | Kind::Anomalies | Kind::Alerts | Kind::Tcp => TransactionLeaves::default(),
        };
        let columns = table.columns().map(|(name, field_type, _)| (name, field_type));
        EventRows { kind: table.kind, leaves, rows: Rows::new(columns) }
    }

    /// Appends a row, if the event is of this table.
    pub fn push(&mut self, now: Timestamp, frame_number: u64, event: &Event<'_>, object: &str) {
        let seen = |time, transaction| Seen { time, transaction, object, frame_number };
        match (self.kind, event) {
            (Kind::Transactions(_), Event::Transaction { transaction, .. }) if !transaction.is_in_tables() => {}
            (Kind::Transactions(table), Event::Transaction { flow, transaction })
                if transaction.table() == table.name =>
            {
                set_flow(flow, seen(transaction.started(), Some(transaction.id())), &mut self.rows);
                self.leaves.set(*transaction, &mut self.rows);
            }
            (Kind::Files, Event::File { flow, file, .. }) => {
                set_flow(flow, seen(now, Some(file.transaction)), &mut self.rows);
                set_file(flow, file, &mut self.rows);
            }
            (Kind::Anomalies, Event::Anomaly { flow, packet, sender, anomaly, transaction }) => {
                match flow {
                    Some(flow) => set_flow(flow, seen(now, *transaction), &mut self.rows),
                    None => set_packet(*packet, seen(now, *transaction), &mut self.rows),
                }
                set_anomaly(flow.as_ref(), *sender, *anomaly, &mut self.rows);
            }
            (Kind::Alerts, Event::Alert { flow, packet, alert }) => {
                match flow {
                    Some(flow) => set_flow(flow, seen(now, alert.transaction), &mut self.rows),
                    None => set_packet(*packet, seen(now, None), &mut self.rows),
                }
                set_alert(flow.as_ref(), alert, &mut self.rows);
            }
            (Kind::Tcp, Event::Flow { flow, .. }) => {
                let Some(tcp) = &flow.flow.tcp else { return };
                set_flow(flow, seen(flow.flow.start(), None), &mut self.rows);
                tcp::set_tcp(flow, tcp, &mut self.rows);
            }
            _ => return,
        }
        self.rows.end_row();
    }

    /// The rows so far.
    pub fn rows(&mut self) -> &mut Rows {
        &mut self.rows
    }
}

const OWN: usize = COMMON_COLUMNS.len();

fn set_file(flow: &FlowFacts<'_>, file: &File, rows: &mut Rows) {
    set_some_text(OWN, flow.protocol, rows);
    rows.set_text(OWN + 2, side_name(file.sender));
    if !file.name.is_empty() {
        rows.set_text(OWN + 3, &file.name);
    }
    let numbers = [(OWN + 1, file.id), (OWN + 4, file.bytes), (OWN + 5, file.gap_bytes)];
    for (place, number) in numbers {
        rows.set_number(place, i64::try_from(number).unwrap_or(i64::MAX));
    }
    rows.set_text(OWN + 6, file.state.name().as_bytes());
    let digests = [
        file.md5.as_ref().map(<[u8; 16]>::as_slice),
        file.sha1.as_ref().map(<[u8; 20]>::as_slice),
        file.sha256.as_ref().map(<[u8; 32]>::as_slice),
    ];
    for (place, digest) in digests.into_iter().enumerate() {
        if let Some(digest) = digest {
            rows.set_text(OWN + 7 + place, hexadecimal(digest).as_bytes());
        }
    }
}

fn set_anomaly(flow: Option<&FlowFacts<'_>>, sender: Option<Side>, anomaly: Anomaly, rows: &mut Rows) {
    set_some_text(OWN, flow.and_then(|flow| flow.protocol), rows);
    rows.set_text(OWN + 1, anomaly.layer.name().as_bytes());
    rows.set_text(OWN + 2, anomaly.name.as_bytes());
    if let Some(sender) = sender {
        rows.set_text(OWN + 3, side_name(sender));
    }
}

fn set_some_text(place: usize, text: Option<&str>, rows: &mut Rows) {
    if let Some(text) = text {
        rows.set_text(place, text.as_bytes());
    }
}

pub(super) const fn side_name(side: Side) -> &'static [u8] {
    match side {
        Side::Client => b"client",
        Side::Server => b"server",
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::PacketFacts;
    use model::packet::AnomalyLayer;
    use std::collections::BTreeSet;

    #[test]
    fn columns_of_a_table_are_told_apart() {
        for table in event_tables() {
            let names: Vec<&str> = table.columns().map(|(name, ..)| name).collect();
            assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "{}: {names:?}", table.name);
        }
    }

    #[test]
    fn an_anomaly_of_a_packet_needs_no_flow() {
        let packet = PacketFacts {
            addresses: Some(([10, 0, 0, 1].into(), [10, 0, 0, 2].into())),
            ports: None,
            protocol: Some(6),
            ..PacketFacts::default()
        };
        let event = Event::of_packet(packet, Anomaly { layer: AnomalyLayer::Decode, name: "tcp.pkt_too_small" });
        for table in event_tables() {
            let mut rows = EventRows::new(&table);
            rows.push(Timestamp(1), 7, &event, "a.pcap");
            assert_eq!(rows.rows().len(), usize::from(table.name == "anomalies"), "{}", table.name);
        }
    }
}
