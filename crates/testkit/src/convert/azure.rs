//! Azure VNet flow logs, version 4: per NIC and minute a record of all its flows, with both directions.

use super::connection::Connection;
use super::estate::Estate;
use super::output::Converted;
use super::spread::{Slice, spread};
use jiff::Timestamp;
use serde_json::json;
use std::collections::BTreeMap;

const MINUTE_NS: i64 = 60_000_000_000;
const NETWORK: &str =
    "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/group/providers/Microsoft.Network";
const ALLOWED: &str = "DefaultRule_AllowAll";
const DENIED: &str = "DefaultRule_DenyAllInBound";

/// One tuple, and the connection it tells of.
struct Tuple {
    rule: &'static str,
    text: String,
    connection: usize,
}

/// Tuples of each minute and NIC.
type Records = BTreeMap<(i64, usize), Vec<Tuple>>;

pub(super) fn convert(connections: &[Connection], estate: &Estate) -> Converted {
    let mut records = Records::new();
    for (number, connection) in connections.iter().enumerate() {
        for (side, address) in connection.addresses.iter().enumerate() {
            if let Some(host) = estate.host(*address) {
                let is_denied = side == 1 && !estate.allows(connection);
                add(&mut records, host, number, connection, side, is_denied);
            }
        }
    }
    write(&records, connections)
}

fn add(records: &mut Records, host: usize, number: usize, connection: &Connection, side: usize, is_denied: bool) {
    let mut push = |time_ns: i64, state: char, counters: [i64; 4]| {
        let tuple = Tuple {
            rule: if is_denied { DENIED } else { ALLOWED },
            text: tuple(time_ns, connection, side, state, counters),
            connection: number,
        };
        records.entry((time_ns.div_euclid(MINUTE_NS), host)).or_default().push(tuple);
    };
    if is_denied {
        return push(connection.start_ns, 'D', [0; 4]);
    }
    push(connection.start_ns, 'B', [0; 4]);
    let minutes = minutes(connection);
    let last = minutes.len().saturating_sub(1);
    for (place, (time_ns, counters)) in minutes.into_iter().enumerate() {
        push(time_ns, if place == last { 'E' } else { 'C' }, counters);
    }
}

/// Per minute with traffic: the time of its last packet, and packets and bytes of both directions.
fn minutes(connection: &Connection) -> Vec<(i64, [i64; 4])> {
    let mut minutes: BTreeMap<i64, (i64, [i64; 4])> = BTreeMap::new();
    for direction in 0..2 {
        let (packets, bytes) = (connection.packets[direction], connection.bytes[direction]);
        for slice in spread(connection.start_ns, connection.end_ns, packets, bytes, MINUTE_NS) {
            let Slice { window_ns, times_ns, packets, bytes, .. } = slice;
            let (time, counters) = minutes.entry(window_ns).or_insert((times_ns[1], [0; 4]));
            *time = (*time).max(times_ns[1]);
            counters[2 * direction] += packets;
            counters[2 * direction + 1] += bytes;
        }
    }
    minutes.into_values().collect()
}

fn tuple(time_ns: i64, connection: &Connection, side: usize, state: char, counters: [i64; 4]) -> String {
    let [source, destination] = connection.addresses;
    let [source_port, destination_port] = connection.ports;
    let direction = if side == 0 { 'O' } else { 'I' };
    let [sent, sent_bytes, received, received_bytes] = counters;
    format!(
        "{},{source},{destination},{source_port},{destination_port},{},{direction},{state},NX,{sent},{sent_bytes},\
         {received},{received_bytes}",
        time_ns.div_euclid(1_000_000),
        connection.protocol,
    )
}

fn write(records: &Records, connections: &[Connection]) -> Converted {
    let mut converted = Converted { object: br#"{"records":["#.to_vec(), labels: String::new() };
    for (place, ((minute, host), tuples)) in records.iter().enumerate() {
        if place > 0 {
            converted.object.push(b',');
        }
        let start = converted.object.len();
        let text = record(*minute, *host, tuples);
        for (offset, tuple) in offsets(&text, tuples) {
            converted.label(start + offset, &connections[tuple.connection]);
        }
        converted.object.extend_from_slice(text.as_bytes());
    }
    converted.object.extend_from_slice(b"]}");
    converted
}

fn record(minute: i64, host: usize, tuples: &[Tuple]) -> String {
    let time = Timestamp::from_nanosecond(i128::from(minute + 1) * i128::from(MINUTE_NS));
    let groups = [ALLOWED, DENIED].map(|rule| {
        let texts: Vec<&str> = tuples.iter().filter(|tuple| tuple.rule == rule).map(|tuple| &*tuple.text).collect();
        json!({ "rule": rule, "flowTuples": texts })
    });
    json!({
        "time": time.map(|time| time.to_string()).unwrap_or_default(),
        "flowLogVersion": 4,
        "flowLogGUID": "00000000-0000-0000-0000-000000000000",
        "macAddress": format!("0022{host:08X}"),
        "category": "FlowLogFlowEvent",
        "flowLogResourceID": format!("{NETWORK}/networkWatchers/watcher/flowLogs/log").to_uppercase(),
        "targetResourceID": format!("{NETWORK}/virtualNetworks/network"),
        "operationName": "FlowLogFlowEvent",
        "flowRecords": { "flows": [{ "aclID": "00000000-1234-abcd-ef00-c1c2c3c4c5c6", "flowGroups": groups }] },
    })
    .to_string()
}

/// Where each tuple's text stands in the record: tuples of one rule come in their order, one rule after the other.
fn offsets<'a>(text: &str, tuples: &'a [Tuple]) -> Vec<(usize, &'a Tuple)> {
    let mut at = 0;
    // Keys of the record are in alphabetical order: the tuples of a group come before the name of its rule.
    let in_order = [ALLOWED, DENIED].into_iter().flat_map(|rule| tuples.iter().filter(move |tuple| tuple.rule == rule));
    in_order
        .filter_map(|tuple| {
            let found = at + text.get(at..)?.find(&tuple.text)?;
            at = found + tuple.text.len();
            Some((found, tuple))
        })
        .collect()
}
