//! What stands in front of an event: who, and the parts that are no transaction.

use super::EveOptions;
use super::json::JsonLine;
use crate::event::{Ethernet, FlowFacts, PacketFacts};
use crate::files::{File, FileState};
use applayer::Tree;
use enrich::community_id::{CommunityId, community_id};
use flow::{Endpoint, Flow};
use model::packet::{Anomaly, AnomalyLayer, LinkType, Side};
use std::net::IpAddr;

/// IP protocols that EVE names; the others are three digits.
const PROTOCOL_NAMES: &[(u8, &str)] = &[
    (1, "ICMP"),
    (2, "IGMP"),
    (4, "IP-in-IP"),
    (6, "TCP"),
    (17, "UDP"),
    (41, "IPv6"),
    (47, "GRE"),
    (50, "ESP"),
    (51, "AH"),
    (58, "IPv6-ICMP"),
    (88, "EIGRP"),
    (89, "OSPFIGP"),
    (97, "ETHERIP"),
    (103, "PIM"),
    (112, "VRRP"),
    (115, "L2TP"),
    (132, "SCTP"),
    (136, "UDPLite"),
];
const ICMP: [u8; 2] = [1, 58];

/// Ends and protocol of a flow, as seen by the sender of what is told.
pub(crate) fn ends(json: &mut JsonLine, facts: &FlowFacts<'_>, sender: Side) {
    who(json, facts, sender);
    protocol(json, facts.flow.protocol());
    json.number("ip_v", version(facts.flow));
    if ICMP.contains(&facts.flow.protocol()) {
        icmp(json, ["icmp_type", "icmp_code"], facts.flow.icmp[sender.index()]);
    }
}

fn version(flow: &Flow) -> u64 {
    if flow.client().address.is_ipv4() { 4 } else { 6 }
}

/// What stands behind the ends where it is wanted: MACs, and the Community ID.
pub(crate) fn behind_ends(json: &mut JsonLine, facts: &FlowFacts<'_>, sender: Side, options: &EveOptions) {
    match facts.packet {
        Some((packet, by)) if options.macs => ethernet(json, packet, by != sender),
        _ => {
            if let Some(macs) = macs(facts, sender, options) {
                ether(json, None, macs);
            }
        }
    }
    if let Some(seed) = options.community_id_seed {
        write_community_id(json, facts, seed);
    }
}

/// The Ethernet header of a packet, where it has one; turned round in what its receiver is told to have said.
pub(super) fn ethernet(json: &mut JsonLine, packet: &PacketFacts, is_turned: bool) {
    if let Some(Ethernet { macs: [source, destination], kind }) = packet.ethernet {
        ether(json, Some(kind), if is_turned { [destination, source] } else { [source, destination] });
    }
}

/// The object `ether`.
fn ether(json: &mut JsonLine, kind: Option<u16>, [source, destination]: [[u8; 6]; 2]) {
    json.open_object("ether");
    if let Some(kind) = kind {
        json.number("ether_type", kind.into());
    }
    mac(json, "src_mac", source);
    mac(json, "dest_mac", destination);
    json.close_object();
}

/// The list `vlan`, where there is one.
pub(super) fn vlans(json: &mut JsonLine, mut vlans: impl Iterator<Item = u16>) {
    if let Some(outermost) = vlans.next() {
        json.open_list("vlan");
        json.number("", outermost.into());
        vlans.for_each(|vlan| json.number("", vlan.into()));
        json.close_list();
    }
}

/// VLANs, addresses and ports.
fn who(json: &mut JsonLine, facts: &FlowFacts<'_>, sender: Side) {
    let flow = facts.flow;
    vlans(json, facts.path.vlans.iter());
    let (source, destination) = match sender {
        Side::Client => (flow.client(), flow.server()),
        Side::Server => (flow.server(), flow.client()),
    };
    let has_ports = matches!(flow.protocol(), 6 | 17 | 132);
    address_and_port(json, ["src_ip", "src_port"], source, has_ports);
    address_and_port(json, ["dest_ip", "dest_port"], destination, has_ports);
}

/// Ends and protocol of a flow in an event about all of it.
pub(crate) fn ends_of_flow(json: &mut JsonLine, facts: &FlowFacts<'_>, sender: Side, is_versioned: bool) {
    who(json, facts, sender);
    if is_versioned {
        json.number("ip_v", version(facts.flow));
    }
    protocol(json, facts.flow.protocol());
    if ICMP.contains(&facts.flow.protocol()) {
        let [client, server] = facts.flow.icmp;
        icmp(json, ["icmp_type", "icmp_code"], client);
        icmp(json, ["response_icmp_type", "response_icmp_code"], server);
    }
}

/// What stands behind an event about a whole flow: it may have several MACs, which are lists there.
pub(crate) fn behind_flow(json: &mut JsonLine, facts: &FlowFacts<'_>, sender: Side, options: &EveOptions) {
    if let Some([source, destination]) = macs(facts, sender, options) {
        json.open_object("ether");
        for (name, own) in [("dest_macs", destination), ("src_macs", source)] {
            json.open_list(name);
            mac(json, "", own);
            json.close_list();
        }
        json.close_object();
    }
    if let Some(seed) = options.community_id_seed {
        write_community_id(json, facts, seed);
    }
}

/// MACs of the sender and of the other side, where they are known and wanted.
fn macs(facts: &FlowFacts<'_>, sender: Side, options: &EveOptions) -> Option<[[u8; 6]; 2]> {
    let [client, server] = facts.flow.macs;
    let is_known = options.macs && facts.flow.macs != [[0; 6]; 2];
    is_known.then_some(if sender == Side::Client { [client, server] } else { [server, client] })
}

fn icmp(json: &mut JsonLine, [kind_name, code_name]: [&'static str; 2], message: Option<(u8, u8)>) {
    if let Some((kind, code)) = message {
        json.number(kind_name, kind.into());
        json.number(code_name, code.into());
    }
}

fn address_and_port(json: &mut JsonLine, [address, port]: [&'static str; 2], end: Endpoint, has_ports: bool) {
    json.address(address, end.address);
    if has_ports {
        json.number(port, end.port.into());
    }
}

pub(super) fn protocol(json: &mut JsonLine, number: u8) {
    match protocol_name(number) {
        Some(name) => json.plain("proto", name),
        None => json.formatted("proto", format_args!("{number:03}")),
    }
}

/// What EVE calls an IP protocol.
pub(super) fn protocol_name(number: u8) -> Option<&'static str> {
    PROTOCOL_NAMES.iter().find(|(known, _)| *known == number).map(|(_, name)| *name)
}

pub(super) fn mac(json: &mut JsonLine, name: &str, [a, b, c, d, e, f]: [u8; 6]) {
    json.formatted(name, format_args!("{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{f:02x}"));
}

fn write_community_id(json: &mut JsonLine, facts: &FlowFacts<'_>, seed: u16) {
    if let Some(id) = community_id_of(facts.flow, seed) {
        json.plain("community_id", id.as_str());
    }
}

/// The Community ID of a flow. Of ICMP it is made of the first message that the client sent, or else the server.
pub(crate) fn community_id_of(flow: &Flow, seed: u16) -> Option<CommunityId> {
    let (client, server) = (flow.client(), flow.server());
    let (source, destination, ports) = match (ICMP.contains(&flow.protocol()), flow.icmp) {
        (true, [Some((kind, code)), _]) => (client, server, Some((kind.into(), code.into()))),
        (true, [None, Some((kind, code))]) => (server, client, Some((kind.into(), code.into()))),
        (true, [None, None]) => (client, server, None),
        (false, _) => (client, server, Some((client.port, server.port))),
    };
    let (from, to) = (octets(source.address), octets(destination.address));
    community_id(seed, from.bytes(), to.bytes(), flow.protocol(), ports)
}

/// An address in network order.
pub(crate) struct Octets([u8; 16], usize);

impl Octets {
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0[..self.1]
    }
}

/// The octets of an address.
pub(crate) fn octets(address: IpAddr) -> Octets {
    let mut octets = [0; 16];
    match address {
        IpAddr::V4(v4) => {
            octets[..4].copy_from_slice(&v4.octets());
            Octets(octets, 4)
        }
        IpAddr::V6(v6) => Octets(v6.octets(), 16),
    }
}

/// Ends of a packet without a flow.
pub(crate) fn packet_ends(json: &mut JsonLine, packet: &PacketFacts) {
    vlans(json, packet.vlans.iter());
    let Some((source, destination)) = packet.addresses else { return };
    json.address("src_ip", source);
    if let Some((port, _)) = packet.ports {
        json.number("src_port", port.into());
    }
    json.address("dest_ip", destination);
    if let Some((_, port)) = packet.ports {
        json.number("dest_port", port.into());
    }
    if let Some(number) = packet.protocol {
        protocol(json, number);
    }
    json.number("ip_v", if source.is_ipv4() { 4 } else { 6 });
}

/// The object `anomaly`.
pub(crate) fn anomaly(json: &mut JsonLine, protocol: Option<&str>, anomaly: Anomaly) {
    json.open_object("anomaly");
    if anomaly.layer == AnomalyLayer::Application {
        if let Some(protocol) = protocol {
            json.plain("app_proto", protocol);
        }
        json.plain("type", anomaly.layer.name());
        let is_detection = anomaly.name.starts_with("applayer_");
        match is_detection || protocol.is_some_and(has_events_in_capitals) {
            true => json.plain("event", &anomaly.name.to_ascii_uppercase()),
            false => json.plain("event", anomaly.name),
        }
        json.plain("layer", if is_detection { "proto_detect" } else { "proto_parser" });
    } else {
        let prefix = if anomaly.layer == AnomalyLayer::Decode { "decoder" } else { "stream" };
        json.plain("type", anomaly.layer.name());
        json.formatted("event", format_args!("{prefix}.{}", anomaly.name));
    }
    json.close_object();
}

/// In Suricata, which names of events stand in capitals depends on the protocol.
fn has_events_in_capitals(protocol: &str) -> bool {
    matches!(protocol, "http" | "smtp" | "tls")
}

/// The object `fileinfo`.
pub(crate) fn file(json: &mut JsonLine, file: &File, name: &[u8]) {
    json.open_object("fileinfo");
    file_facts(json, file, name);
    json.close_object();
}

/// What is in it. Of a file that was cut off, there is no hash but SHA-256.
pub(crate) fn file_facts(tree: &mut dyn Tree, file: &File, name: &[u8]) {
    tree.text("filename", name);
    if !file.sids.is_empty() {
        tree.open_list("sid");
        file.sids.iter().for_each(|sid| tree.number("", (*sid).into()));
        tree.close_list();
    }
    tree.boolean("gaps", file.gap_bytes > 0);
    tree.text("state", file.state.name().as_bytes());
    let is_whole = file.state == FileState::Closed;
    digest(tree, "md5", file.md5.as_ref().filter(|_| is_whole).map(<[u8; 16]>::as_slice));
    digest(tree, "sha1", file.sha1.as_ref().filter(|_| is_whole).map(<[u8; 20]>::as_slice));
    digest(tree, "sha256", file.sha256.as_ref().map(<[u8; 32]>::as_slice));
    tree.boolean("stored", file.kept.is_some());
    if let Some(number) = file.kept {
        tree.number("file_id", number);
    }
    tree.number("size", file.bytes);
    if let Some((start, end)) = file.range {
        tree.number("start", start);
        tree.number("end", end);
    }
    tree.number("tx_id", file.transaction);
}

fn digest(tree: &mut dyn Tree, name: &'static str, digest: Option<&[u8]>) {
    if let Some(digest) = digest {
        tree.text(name, Hex(digest).to_string().as_bytes());
    }
}

struct Hex<'a>(&'a [u8]);

impl std::fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The name that Suricata has for what a frame begins with.
pub(crate) fn link_type_name(link_type: LinkType) -> Option<&'static str> {
    const NAMES: &[(LinkType, &str)] = &[
        (LinkType::NULL, "NULL"),
        (LinkType::ETHERNET, "EN10MB"),
        (LinkType::PPP, "PPP"),
        (LinkType::C_HDLC, "C_HDLC"),
        (LinkType::RAW, "RAW"),
        (LinkType::LINUX_SLL, "LINUX_SLL"),
        (LinkType::IPV4, "IPv4"),
        (LinkType::IPV6, "IPv6"),
    ];
    NAMES.iter().find(|(known, _)| *known == link_type).map(|(_, name)| *name)
}
