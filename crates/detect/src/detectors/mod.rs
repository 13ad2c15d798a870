//! The detectors: one function over the finished estate and one row of [`DETECTORS`] each.

pub(crate) mod beacon;
mod brute;
mod dns;
mod flood;
mod half_open;
mod icmp;
mod job;
mod lateral;
mod loghealth;
mod long;
mod mining;
mod protocol;
mod proxy;
mod reconnect;
pub(crate) mod rita;
mod route;
mod sampling;
mod scan;
mod shift;
mod spoof;
mod spread;
mod sprt;
mod statistics;
mod story;
mod strobe;
mod subnet;
mod volume;

use crate::finding::{Finding, Severity, between, id, query, some};
use crate::ground::{Conversation, Estate};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// One detector.
#[derive(Clone, Copy, Debug)]
pub struct Detector {
    /// `family.kind`.
    pub id: &'static str,
    /// What it finds, in one line.
    pub doc: &'static str,
    /// ATT&CK technique; empty of what is no attack.
    pub attack: &'static str,
    find: fn(&Estate) -> Vec<Finding>,
}

const fn detector(
    id: &'static str,
    attack: &'static str,
    find: fn(&Estate) -> Vec<Finding>,
    doc: &'static str,
) -> Detector {
    Detector { id, doc, attack, find }
}

/// Every detector. Adding one is one function and one row here.
pub const DETECTORS: &[Detector] = &[
    detector("scan.horizontal", "T1046", scan::horizontal, "one source tries a port at many targets, most in vain"),
    detector("scan.vertical", "T1046", scan::vertical, "one source tries many ports of one target"),
    detector("scan.block", "T1046", scan::block, "one source tries many ports at many targets"),
    detector("scan.protocols", "T1046", scan::protocols, "one source tries many IP protocols at one target"),
    detector("scan.distributed", "T1595.001", scan::distributed, "the sources of one network share a scan"),
    detector(
        "bruteforce.login",
        "T1110.001",
        brute::logins,
        "many short logins at one service, and whether one succeeded",
    ),
    detector("beacon.regular", "T1071", beacon::regular, "regular calls to a server outside, records lost or not"),
    detector("beacon.fleet", "T1071", beacon::fleets, "many hosts of ours call one server outside, each on time"),
    detector("beacon.reconnect", "T1008", reconnect::loops, "one server is tried again and again, in vain"),
    detector("beacon.proxied", "T1090.001", proxy::beacons, "regular calls of one size through a proxy of ours"),
    detector("beacon.strobe", "T1071", strobe::strobes, "a new connection every second, for minutes"),
    detector(
        "connection.idle",
        "T1571",
        long::idle,
        "a connection to a rare server outside that is kept and says little",
    ),
    detector("connection.long", "T1219", long::connections, "a connection to the outside that stays up for hours"),
    detector(
        "exfiltration.volume",
        "T1048",
        volume::exfiltration,
        "an upload to a rare address that dwarfs all others",
    ),
    detector(
        "exfiltration.staging",
        "T1074",
        volume::staging,
        "data pulled from inside by a host that uploads as much afterwards",
    ),
    detector("lateral.fanout", "T1021", lateral::fanout, "a host reaches for many others on ports of administration"),
    detector("lateral.worm", "T1210", spread::worm, "a host that was scanned scans on the same port soon after"),
    detector("ddos.outbound", "T1498", flood::outbound, "a host floods a target"),
    detector("ddos.inbound", "T1498", flood::inbound, "a service is flooded from many sources"),
    detector(
        "ddos.connections",
        "T1499.001",
        half_open::floods,
        "a service is kept busy with connections that nobody uses",
    ),
    detector(
        "ddos.amplification",
        "T1498.002",
        flood::amplification,
        "small questions, large answers, from many reflectors",
    ),
    detector("mining.pool", "T1496", mining::pools, "the rhythm of a mining pool's client"),
    detector("dns.tunnel", "T1071.004", dns::tunnel, "more data through port 53 than names need"),
    detector("dns.bypass", "T1071.004", dns::bypass, "a host asks resolvers outside while the others ask ours"),
    detector("dns.https", "T1071.004", dns::https, "a host asks public resolvers over HTTPS while the others ask ours"),
    detector("icmp.tunnel", "T1095", icmp::tunnel, "data in echo packets"),
    detector("protocol.rare", "T1095", protocol::rare, "an IP protocol that hardly anybody speaks with the internet"),
    detector("rejects.spike", "T1046", shift::refusals, "far more refused in an hour than in the others"),
    detector("spread.shift", "T1046", shift::spread, "contacts spread out, or gather, unlike in other hours"),
    detector("spam.delivery", "T1071.003", spread::spam, "a host that is no mail server delivers to many"),
    detector(
        "route.oneway",
        "",
        route::oneway::paths,
        "requests to a network that never get an answer, though it is there",
    ),
    detector("route.asymmetric", "", route::asymmetric::paths, "connections of which one way only is recorded"),
    detector("route.denied_answer", "", route::denied::answers, "requests pass, and their answers are turned away"),
    detector("route.lost", "", route::lost::paths, "packets that a router lost: no route, too large, round in circles"),
    detector("spoof.bogon", "T1498", spoof::bogons, "packets from sources that no host can have"),
    detector("spoof.forged", "T1498", spoof::forged, "a flood from our network whose sources are not ours"),
    detector("loghealth.clock", "", loghealth::clocks, "records of a time far outside of all others"),
    detector("loghealth.repeated", "", loghealth::repeated, "records that came twice"),
    detector("loghealth.window", "T1562.008", loghealth::windows, "capture windows that became longer or shorter"),
    detector("loghealth.sampling", "T1562.008", loghealth::sampling, "sampling that became denser or sparser"),
    detector("metadata.abuse", "T1552.005", spread::metadata, "unusually much from the cloud's metadata service"),
];

/// Every finding, most severe first.
pub fn findings(estate: &Estate) -> Vec<Finding> {
    let mut all = Vec::new();
    for detector in DETECTORS {
        let mut found = (detector.find)(estate);
        found.iter_mut().for_each(|finding| finish(finding, detector, estate));
        all.extend(campaigns(found, estate.limits.singles_max));
    }
    story::one_each(&mut all);
    all.sort_by_cached_key(|finding| {
        (finding.severity, Reverse((finding.confidence * 1e6) as u64), Reverse(finding.weight), finding.id.clone())
    });
    all
}

fn finish(finding: &mut Finding, detector: &Detector, estate: &Estate) {
    if finding.detector.is_empty() {
        finding.detector = detector.id.to_owned();
    }
    if finding.attack.is_empty() {
        finding.attack = detector.attack.to_owned();
    }
    finding.id = id(&finding.detector, &finding.entity, &finding.id);
    finding.peers_total = finding.peers_total.max(finding.peers.len() as u64);
    finding.peers.truncate(estate.limits.peers_max);
    propose_query(finding);
}

/// A next step ends in a query for the records behind the finding.
fn propose_query(finding: &mut Finding) {
    let is_address = |text: &String| text.parse::<IpAddr>().is_ok();
    if !is_address(&finding.entity) || finding.next_step.ends_with('"') {
        return;
    }
    let entity = &finding.entity;
    let one_peer = finding.peers.first().filter(|peer| finding.peers.len() == 1 && is_address(peer));
    let sql = match one_peer {
        Some(peer) => format!(
            "SELECT time_start, src_ip, dst_ip, dst_port, verdict, packets, bytes FROM flows WHERE {} ORDER BY time_start",
            between(entity, peer)
        ),
        None => format!(
            "SELECT src_ip, dst_ip, dst_port, verdict, min(time_start) AS first, count(*) AS records, sum(bytes) AS bytes FROM flows WHERE src_ip = '{entity}' OR dst_ip = '{entity}' GROUP BY 1, 2, 3, 4 ORDER BY records DESC"
        ),
    };
    finding.next_step = format!("{} Its records: {}", finding.next_step, query(&sql));
}

/// Many findings of one campaign become the heaviest one by one, and the rest as one.
fn campaigns(found: Vec<Finding>, singles_max: usize) -> Vec<Finding> {
    let mut groups: BTreeMap<String, Vec<Finding>> = BTreeMap::new();
    let mut all = Vec::new();
    for finding in found {
        match finding.campaign.is_empty() {
            true => all.push(finding),
            false => groups.entry(finding.campaign.clone()).or_default().push(finding),
        }
    }
    for (campaign, mut members) in groups {
        members.sort_by_cached_key(|finding| (finding.severity, Reverse(finding.weight), finding.id.clone()));
        if members.len() > singles_max + 1 {
            all.push(one_of_many(&campaign, members.split_off(singles_max)));
        }
        all.extend(members);
    }
    all
}

/// The members of a campaign as one finding: they are its peers.
fn one_of_many(campaign: &str, members: Vec<Finding>) -> Finding {
    let entities: Vec<String> = members.iter().map(|member| member.entity.clone()).collect();
    let heaviest = &members[0];
    let mut finding = heaviest.clone();
    finding.entity = campaign.to_owned();
    finding.id = id(&finding.detector, campaign, "campaign");
    finding.title = format!("{} more did the same: {} ({})", members.len(), some(&entities), heaviest.detector);
    finding.first_seen = members.iter().map(|member| member.first_seen).min().unwrap_or(0);
    finding.last_seen = members.iter().map(|member| member.last_seen).max().unwrap_or(0);
    finding.evidence = vec![
        ("members".to_owned(), members.len().to_string()),
        ("the heaviest of them".to_owned(), heaviest.title.clone()),
    ];
    // Whoever is named stands before the rest.
    finding.confidence *= 0.9;
    finding.weight = members.iter().fold(0, |sum: u64, member| sum.saturating_add(member.weight));
    finding.peers_total = entities.len() as u64;
    finding.peers = entities;
    finding
}

/// A finding to be filled in. `tells_apart` is what makes it another one than the same detector's about the entity.
fn draft(entity: String, tells_apart: impl ToString, severity: Severity, confidence: f64) -> Finding {
    Finding { id: tells_apart.to_string(), severity, confidence, ..Finding::about("", entity, "") }
}

/// Does one of ours call the internet, or a private range that it is not in? (Where a lab or a merged network stands for it.)
fn is_foreign(estate: &Estate, talk: &Conversation) -> bool {
    let (client, server) = (estate.host(talk.client), estate.host(talk.server));
    let range = |address: IpAddr| match address {
        IpAddr::V4(address) => u128::from(address.octets()[0]),
        IpAddr::V6(address) => address.to_bits() >> 80,
    };
    let is_elsewhere = range(client.address) != range(server.address) && is_unicast(server.address);
    client.is_inside && talk.is_attempt() && (!server.is_inside || is_elsewhere)
}

/// Private, and of one machine.
fn is_unicast(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_private(),
        IpAddr::V6(address) => address.is_unique_local(),
    }
}

/// `tcp/22`, `icmp echo`, `gre`.
fn service(proto: u8, port: u16) -> String {
    match proto {
        6 => format!("tcp/{port}"),
        17 => format!("udp/{port}"),
        1 | 58 if port == 8 || port == 128 => "icmp echo".to_owned(),
        1 | 58 => format!("icmp/{port}"),
        255 => "an unknown protocol".to_owned(),
        proto if port == 0 => format!("ip protocol {proto}"),
        proto => format!("ip protocol {proto}/{port}"),
    }
}
