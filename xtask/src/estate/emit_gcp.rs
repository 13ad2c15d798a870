//! GCP VPC flow logs: sampled packets, payload bytes, one entry per direction and reporter.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use super::Files;
use super::split::{Part, split};
use super::traffic::{Conversation, TCP, UDP, Volume};
use super::world::{Host, Kind, Site, World, site_of};
use crate::clock::DAY_MS;
use crate::gcp_entry::{End, Entry, Machine, Subnetwork, place_of};
use crate::random::{Random, hash, mix};

/// One packet in this many is looked at; counts are scaled back.
const SAMPLING: u64 = 10;
const WINDOW: u64 = 60_000;
const PROJECT: &str = "larkfell-recommend";
const NETWORK: &str = "recommend-net";
const REGION: &str = "europe-west1";

const fn subnetwork(name: &'static str, id: u64) -> Subnetwork {
    Subnetwork { project: PROJECT, network: NETWORK, name, id, region: REGION }
}

const IMAGES: Subnetwork = subnetwork("images-ew1", 4_812_206_317_559_103_377);
const MACHINES: Subnetwork = subnetwork("machines-ew1", 1_730_958_841_290_476_512);
const CLUSTER: Subnetwork = subnetwork("cluster-ew1", 7_264_410_093_387_215_941);

/// Entries by hour of delivery, with their order.
type Hours = BTreeMap<u64, Vec<(u64, Vec<u8>)>>;

/// Writes one object per hour, as a sink would (gzipped here, to keep the repository small).
pub(super) fn emit(world: &World, conversations: &[Conversation], seed: u64, files: &mut Files) {
    let mut random = Random::new(seed, 3);
    let mut hours = Hours::new();
    for c in conversations {
        let ends = [c.client, c.server].map(|ip| world.host(ip).filter(|host| host.site == Site::Recommend));
        for (reporter, forward, reports) in
            [("SRC", true, ends[0]), ("DEST", true, ends[1]), ("SRC", false, ends[1]), ("DEST", false, ends[0])]
        {
            if let Some(host) = reports {
                see(&Report { world, c, host, reporter, forward }, &mut random, &mut hours);
            }
        }
    }
    for (hour, mut entries) in hours {
        entries.sort();
        let name =
            format!("gcp/compute.googleapis.com/vpc_flows/2026/03/02/{hour:02}-00-00_{hour:02}-59-59_S0.json.gz");
        files.insert(name, entries.into_iter().flat_map(|(_, entry)| entry).collect());
    }
}

/// One direction of a conversation as one machine reports it.
struct Report<'a> {
    world: &'a World,
    c: &'a Conversation,
    host: &'a Host,
    reporter: &'static str,
    forward: bool,
}

fn see(report: &Report<'_>, random: &mut Random, hours: &mut Hours) {
    let c = report.c;
    let dropped = c.denied && report.reporter == "DEST";
    let volume = if report.forward { c.out } else { c.back };
    for part in split(volume, (c.start, c.end), WINDOW, 0).iter().filter(|part| part.last < DAY_MS) {
        // Drops are rarely more than a packet: the firewall reports half of them, unscaled.
        let counted = match dropped {
            true => part.packets * random.below(2),
            false => sample(random, part.packets),
        };
        if counted > 0 {
            let bytes = payload(c.protocol, part, dropped) * counted / part.packets;
            let mut entry = Vec::with_capacity(1400);
            let late = 4000 + random.below(9000);
            let written = entry_of(report, part, Volume { packets: counted, bytes }, late, &mut entry);
            debug_assert!(written.is_ok());
            let received = part.last + late;
            if received < DAY_MS {
                hours.entry(received / 3_600_000).or_default().push((received, entry));
            }
        }
    }
}

/// How many of the packets the sampler makes of them.
fn sample(random: &mut Random, packets: u64) -> u64 {
    let seen = match packets {
        0..200 => (0..packets).filter(|_| random.below(SAMPLING) == 0).count() as u64,
        _ => packets / SAMPLING + random.below(packets / SAMPLING / 8 + 1) - packets / SAMPLING / 16,
    };
    seen * SAMPLING
}

/// Bytes without headers; dropped packets are counted whole.
fn payload(protocol: u8, part: &Part, dropped: bool) -> u64 {
    let header = match protocol {
        TCP => 52,
        UDP => 28,
        _ => 20,
    };
    if dropped { part.bytes } else { part.bytes.saturating_sub(part.packets * header) }
}

fn entry_of(report: &Report<'_>, part: &Part, counted: Volume, late: u64, out: &mut Vec<u8>) -> std::io::Result<()> {
    let c = report.c;
    let (source, target) = match report.forward {
        true => ((c.client, c.client_port), (c.server, c.server_port)),
        false => ((c.server, c.server_port), (c.client, c.client_port)),
    };
    let texts = [source.0, target.0].map(|ip| ip.to_string());
    let nanos = mix(c.start ^ u64::from(c.client_port) << 32) % 1_000_000;
    let dropped = c.denied && report.reporter == "DEST";
    let lasting = mix(u64::from(u32::from(c.client)) ^ u64::from(u32::from(c.server)));
    Entry {
        subnetwork: subnetwork_of(report.host),
        zone: zone(report.host),
        reporter: report.reporter,
        source: end(report.world, source, &texts[0]),
        target: end(report.world, target, &texts[1]),
        protocol: c.protocol,
        packets: counted.packets,
        bytes: counted.bytes,
        dropped,
        rtt_ms: (c.protocol == TCP && !c.denied).then(|| round_trip(c, lasting)),
        start: part.first * 1_000_000 + nanos,
        end: part.last * 1_000_000 + nanos,
        received: (part.last + late) * 1_000_000 + lasting % 1_000_000,
    }
    .write(out)
}

/// Near within the project, far to other clouds, farther to the internet.
fn round_trip(c: &Conversation, lasting: u64) -> u64 {
    match (site_of(c.client), site_of(c.server)) {
        (Some(Site::Recommend), Some(Site::Recommend)) => 1,
        (Some(_), Some(_)) => 24 + lasting % 5,
        _ => 6 + lasting % 40,
    }
}

fn end<'a>(world: &World, (ip, port): (Ipv4Addr, u16), text: &'a str) -> End<'a> {
    let google = matches!(ip.octets(), [142, 250, ..] | [35, 191, ..] | [130, 211, ..]);
    End {
        ip: text,
        port,
        machine: world.host(ip).filter(|host| host.site == Site::Recommend).map(machine),
        place: (site_of(ip).is_none() && !google).then(|| place_of(ip)),
        api: matches!(ip.octets(), [142, 250, ..]).then_some("storage.googleapis.com"),
    }
}

fn machine(host: &'static Host) -> Machine<'static> {
    let (name, group, pod) = match host.kind {
        Kind::Pod(node) => (node_name(node), Some("gke-recommend-pool-1-8f3e21c4-grp"), Some(pod_of(host.name))),
        _ => (host.name, host.name.starts_with("images").then_some("images-mig"), None),
    };
    Machine { name, zone: zone(host), group, subnetwork: subnetwork_of(host), pod }
}

fn node_name(node: u8) -> &'static str {
    match node {
        1 => "gke-recommend-pool-1-8f3e21c4-4kzp",
        2 => "gke-recommend-pool-1-8f3e21c4-n0rw",
        _ => "gke-recommend-pool-1-8f3e21c4-x7dj",
    }
}

/// Cluster, namespace, pod and workload of a pod's name (`workload-hash-suffix`).
fn pod_of(name: &'static str) -> [&'static str; 4] {
    let workload = name.rsplitn(3, '-').nth(2).unwrap_or(name);
    ["recommend", "serving", name, workload]
}

fn subnetwork_of(host: &Host) -> &'static Subnetwork {
    match host.ip.octets() {
        [10, 44, ..] => &CLUSTER,
        [10, 40, 1, _] => &IMAGES,
        _ => &MACHINES,
    }
}

fn zone(host: &Host) -> &'static str {
    let place = match host.kind {
        Kind::Pod(node) => u64::from(node),
        _ => hash(host.name),
    };
    ["europe-west1-b", "europe-west1-c", "europe-west1-d"][(place % 3) as usize]
}
