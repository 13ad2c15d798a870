//! GCP VPC flow logs with all metadata, as a sink exports them: one entry per line.

use std::io::{self, BufWriter, Write};

use super::Object;
use super::network::{Address, Connection, Network, Volume};
use crate::gcp_entry::{End, Entry, Machine, Subnetwork, place_of};
use crate::random::{Random, mix};

const ZONES: &[&str] = &["europe-west1-b", "europe-west1-c", "europe-west1-d"];
const SUBNETWORK: Subnetwork = Subnetwork {
    project: "bench-project",
    network: "bench-network",
    name: "bench-subnetwork",
    id: 3_489_268_495_624_148_348,
    region: "europe-west1",
};
/// Entries per conversation, on average, as below.
const ENTRIES_PER_CONVERSATION: f64 = 2.2;
const DROPPED_PERCENT: f64 = 3.0;

/// The object's name.
pub(super) fn key(object: &Object) -> String {
    let time = |ms: u64| format!("{:02}:{:02}:{:02}", ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60);
    let (start, end) = (time(object.start_ms), time(object.end_ms - 1000));
    format!("compute.googleapis.com/vpc_flows/2026/03/02/{start}_{end}_S0.json")
}

/// Writes the object.
pub(super) fn write(network: &Network, object: &Object, out: impl Write) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 17, out);
    let mut random = Random::new(object.seed, object.number);
    let conversations = ((object.records as f64 / ENTRIES_PER_CONVERSATION) as u64).max(1);
    let (mut nth, mut left) = (0, object.records);
    while left > 0 {
        let connection = match random.percent(DROPPED_PERCENT) {
            true => network.attempt(&mut random, object, nth, conversations),
            false => network.connection(&mut random, object, nth, conversations),
        };
        nth += 1;
        for (reporter, forward) in reports(&connection) {
            if left == 0 {
                break;
            }
            print(&mut out, &connection, reporter, forward)?;
            left -= 1;
        }
    }
    out.flush()
}

/// Who reports which direction of a conversation.
fn reports(connection: &Connection) -> impl Iterator<Item = (&'static str, bool)> + use<> {
    let (client, server) = (connection.client.internal, connection.server.internal);
    let answered = !connection.denied;
    [
        (client, "SRC", true),
        (server, "DEST", true),
        (server && answered, "SRC", false),
        (client && answered, "DEST", false),
    ]
    .into_iter()
    .filter_map(|(seen, reporter, forward)| seen.then_some((reporter, forward)))
}

fn print(out: &mut impl Write, c: &Connection, reporter: &str, forward: bool) -> io::Result<()> {
    let (source, target, volume) = match forward {
        true => ((c.client, c.client_port), (c.server, c.server_port), c.out),
        false => ((c.server, c.server_port), (c.client, c.client_port), c.back),
    };
    let reporting = if reporter == "SRC" { source.0 } else { target.0 };
    let names = [source.0, target.0].map(|address| format!("bench-{:04x}", address.interface));
    let Volume { packets, bytes } = volume;
    let nanos = mix(c.start_ms ^ u64::from(c.client_port)) % 1_000_000;
    let header = if c.protocol == 6 { 52 } else { 28 };
    Entry {
        subnetwork: &SUBNETWORK,
        zone: zone(&reporting),
        reporter,
        source: end(&source.0, source.1, &names[0]),
        target: end(&target.0, target.1, &names[1]),
        protocol: c.protocol,
        packets,
        bytes: bytes.saturating_sub(packets * header),
        dropped: c.denied,
        rtt_ms: (c.protocol == 6 && !c.denied).then_some(1 + nanos % 60),
        start: c.start_ms * 1_000_000 + nanos,
        end: c.end_ms * 1_000_000 + nanos,
        received: (c.end_ms + 6000) * 1_000_000 + nanos / 3,
    }
    .write(out)
}

fn zone(address: &Address) -> &'static str {
    ZONES[address.interface as usize % ZONES.len()]
}

fn end<'a>(address: &'a Address, port: u16, name: &'a str) -> End<'a> {
    let group = (address.interface.is_multiple_of(2)).then_some("bench-group");
    let pod = (address.interface.is_multiple_of(3)).then_some(["bench-cluster", "default", name, "bench-workload"]);
    let machine = Machine { name, zone: zone(address), group, subnetwork: &SUBNETWORK, pod };
    End {
        ip: address.str(),
        port,
        machine: address.internal.then_some(machine),
        place: if address.internal { None } else { address.str().parse().ok().map(place_of) },
        api: None,
    }
}
