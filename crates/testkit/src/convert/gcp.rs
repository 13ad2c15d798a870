//! GCP VPC flow logs: some packets are looked at, what they stand for is reported, and half of that is kept.

use super::connection::Connection;
use super::estate::Estate;
use super::output::Converted;
use super::spread::{Slice, spread};
use crate::Random;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::net::IpAddr;

/// The shortest aggregation interval, and the default.
const INTERVAL_NS: i64 = 5_000_000_000;
/// Beyond so many packets in an interval, the count of samples is the expected one.
const PACKETS_DRAWN_MAX: i64 = 10_000;
const PROJECT: &str = "sample-project";

/// A record, and the connection it tells of.
struct Report {
    end_ns: i64,
    entry: Value,
    connection: usize,
}

pub(super) fn convert(connections: &[Connection], estate: &Estate, seed: u64, packets_per_sample: u32) -> Converted {
    let mut random = Random::new(seed);
    let mut reports = Vec::new();
    for (number, connection) in connections.iter().enumerate() {
        let hosts = connection.addresses.map(|address| estate.host(address));
        let is_denied = hosts[1].is_some() && !estate.allows(connection);
        for direction in 0..2 {
            if is_denied && direction == 1 {
                continue;
            }
            let (packets, bytes) = (connection.packets[direction], connection.bytes[direction]);
            for slice in spread(connection.start_ns, connection.end_ns, packets, bytes, INTERVAL_NS) {
                for (side, _) in hosts.iter().enumerate().filter(|(_, host)| host.is_some()) {
                    // A destination sees only what its firewall lets in.
                    if is_denied && side == 1 {
                        continue;
                    }
                    let Some(counts) = sample(&slice, packets_per_sample, &mut random) else { continue };
                    let entry = entry(connection, hosts, direction, side, &slice, counts);
                    reports.push(Report { end_ns: slice.times_ns[1], entry, connection: number });
                }
            }
        }
    }
    write(reports, connections)
}

/// The packets and bytes that the sampled packets stand for; `None` if none was sampled, or the record was not kept.
fn sample(slice: &Slice, packets_per_sample: u32, random: &mut Random) -> Option<[i64; 2]> {
    let one_of = i64::from(packets_per_sample);
    let sampled = match slice.packets {
        few if few <= PACKETS_DRAWN_MAX => {
            (0..few).filter(|_| random.below(packets_per_sample as usize) == 0).count() as i64
        }
        many => many / one_of,
    };
    let is_kept = random.below(2) == 0;
    if sampled == 0 || !is_kept {
        return None;
    }
    let packets = sampled * one_of;
    let bytes = i128::from(slice.bytes) * i128::from(packets) / i128::from(slice.packets.max(1));
    Some([packets, i64::try_from(bytes).unwrap_or(i64::MAX)])
}

fn entry(
    connection: &Connection,
    hosts: [Option<usize>; 2],
    direction: usize,
    side: usize,
    slice: &Slice,
    [packets, bytes]: [i64; 2],
) -> Value {
    let (from, to) = (direction, 1 - direction);
    let mut tuple = json!({
        "src_ip": connection.addresses[from].to_string(),
        "dest_ip": connection.addresses[to].to_string(),
        "protocol": connection.protocol,
    });
    if matches!(connection.protocol, 6 | 17) {
        tuple["src_port"] = connection.ports[from].into();
        tuple["dest_port"] = connection.ports[to].into();
    }
    let mut payload = json!({
        "connection": tuple,
        "reporter": if side == from { "SRC" } else { "DEST" },
        "packets_sent": packets.to_string(),
        "bytes_sent": payload_bytes(connection, packets, bytes).to_string(),
        "start_time": time(slice.times_ns[0]),
        "end_time": time(slice.times_ns[1]),
    });
    for (name, end) in [("src_instance", from), ("dest_instance", to)] {
        if let Some(host) = hosts[end] {
            payload[name] = json!({ "project_id": PROJECT, "vm_name": format!("vm-{host}"), "zone": "us-east1-b" });
        }
    }
    json!({
        "logName": format!("projects/{PROJECT}/logs/compute.googleapis.com%2Fvpc_flows"),
        "resource": { "type": "gce_subnetwork", "labels": { "project_id": PROJECT, "location": "us-east1-b" } },
        "timestamp": time(slice.times_ns[1]),
        "receiveTimestamp": time(slice.times_ns[1]),
        "jsonPayload": payload,
    })
}

/// GCP counts the payload of TCP and UDP, without their headers. Where TCP packets are no longer than a SYN with its
/// options, they have none.
fn payload_bytes(connection: &Connection, packets: i64, bytes: i64) -> i64 {
    const SYN_OPTIONS: i64 = 20;
    let ip_header = match connection.addresses[0] {
        IpAddr::V4(_) => 20,
        IpAddr::V6(_) => 40,
    };
    let header = match connection.protocol {
        6 if bytes <= packets.saturating_mul(ip_header + 20 + SYN_OPTIONS) => return 0,
        6 => ip_header + 20,
        17 => ip_header + 8,
        _ => ip_header,
    };
    bytes.saturating_sub(packets.saturating_mul(header)).max(0)
}

fn time(nanoseconds: i64) -> String {
    Timestamp::from_nanosecond(i128::from(nanoseconds)).map(|time| time.to_string()).unwrap_or_default()
}

fn write(mut reports: Vec<Report>, connections: &[Connection]) -> Converted {
    reports.sort_by_key(|report| (report.end_ns, report.connection));
    let mut converted = Converted::default();
    for (number, report) in reports.into_iter().enumerate() {
        let mut entry = report.entry;
        entry["insertId"] = format!("id{number}").into();
        converted.label(converted.object.len(), &connections[report.connection]);
        converted.object.extend_from_slice(entry.to_string().as_bytes());
        converted.object.push(b'\n');
    }
    converted
}
