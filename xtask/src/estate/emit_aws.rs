//! AWS VPC flow logs: what every interface sees of a conversation, per direction and window.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::net::Ipv4Addr;

use super::Files;
use super::split::{Part, split};
use super::story::SILENT_FROM;
use super::traffic::{Conversation, TCP, Volume};
use super::world::{
    ALB_A, ANALYTICS_NAT, HOSTS, Host, Kind, SHOP_NAT, SILENT, Site, VPN, World, aws_id, is_remote_user, site_of,
};
use crate::clock::{DAY, DAY_MS, HOUR_MS, at};
use crate::random::{hash, mix};

/// The company's account.
pub(super) const ACCOUNT: &str = "471920386155";
/// Its region.
pub(super) const REGION: &str = "eu-west-1";

const DEFAULT_HEADER: &str = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status";
const CUSTOM_HEADER: &str = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status \
    vpc-id subnet-id instance-id tcp-flags type pkt-srcaddr pkt-dstaddr region az-id pkt-src-aws-service pkt-dst-aws-service \
    flow-direction traffic-path interface-type";
/// The longest a window of an interface lasts; one without traffic is reported as NODATA.
const MAX_WINDOW: u64 = 600_000;

/// One direction of a conversation at one interface. Field order is the order of equal-time lines.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    /// The host whose interface it is, by its address.
    host: Ipv4Addr,
    /// Addresses as the interface has them: its own is always its primary one.
    source: Ipv4Addr,
    target: Ipv4Addr,
    /// Addresses as the packet has them.
    packet_source: Ipv4Addr,
    packet_target: Ipv4Addr,
    source_port: u16,
    target_port: u16,
    protocol: u8,
    egress: bool,
    reject: bool,
    window: u64,
}

/// What is counted per key.
#[derive(Clone, Copy)]
struct Count {
    packets: u64,
    bytes: u64,
    first: u64,
    last: u64,
    flags: u8,
}

type Counts = BTreeMap<Key, Count>;

/// A line and when its window ended, milliseconds since midnight.
type Lines = BTreeMap<(Site, u64), Vec<(u64, u64, String)>>;

/// Writes the logs of both VPCs.
pub(super) fn emit(world: &World, conversations: &[Conversation], files: &mut Files) {
    let mut counts = Counts::new();
    conversations.iter().for_each(|conversation| see(world, conversation, &mut counts));
    let mut lines = Lines::new();
    for (key, count) in &counts {
        let host = world.host(key.host);
        if let Some(host) = host.filter(|_| count.last < DAY_MS && !is_silent(key.host, count.first)) {
            push(&mut lines, host, count.first, count.last, print(host, key, count));
        }
    }
    without_data(&counts, &mut lines);
    skipped(world, &mut lines);
    for ((site, hour), mut lines) in lines {
        lines.sort();
        let header = if site == Site::Shop { CUSTOM_HEADER } else { DEFAULT_HEADER };
        let text: String = std::iter::once(header)
            .chain(lines.iter().map(|(_, _, line)| line.as_str()))
            .flat_map(|line| [line, "\n"])
            .collect();
        files.insert(object_key(&format!("{site:?}"), hour), text.into_bytes());
    }
}

/// The key of an object: its bucket is the folder `aws`.
pub(super) fn object_key(flow_log: &str, hour: u64) -> String {
    let id = aws_id("fl", flow_log);
    let unique = mix(hash(flow_log) ^ hour) as u32;
    format!(
        "aws/AWSLogs/{ACCOUNT}/vpcflowlogs/{REGION}/2026/03/02/{ACCOUNT}_vpcflowlogs_{REGION}_{id}_20260302T{hour:02}00Z_{unique:08x}.log.gz"
    )
}

fn is_silent(host: Ipv4Addr, from: u64) -> bool {
    host == SILENT && from >= SILENT_FROM
}

fn push(lines: &mut Lines, host: &Host, first: u64, last: u64, line: String) {
    lines.entry((host.site, last / HOUR_MS)).or_default().push((last / 1000, first / 1000, line));
}

/// Counts a conversation at every interface of both VPCs that it passes.
fn see(world: &World, c: &Conversation, counts: &mut Counts) {
    let (client_site, server_site) = (site_of(c.client), site_of(c.server));
    for site in [Site::Shop, Site::Analytics] {
        let mut view = View { world, site, c, counts: &mut *counts };
        if client_site == Some(site) {
            view.leave(server_site);
        }
        if server_site == Some(site) {
            view.arrive(client_site);
        }
    }
}

/// A conversation as seen inside one VPC.
struct View<'a> {
    world: &'a World,
    site: Site,
    c: &'a Conversation,
    counts: &'a mut Counts,
}

impl View<'_> {
    /// The client is in this VPC.
    fn leave(&mut self, server_site: Option<Site>) {
        let Conversation { client, server, client_port, .. } = *self.c;
        if is_remote_user(client) {
            self.both(VPN, [VPN, server], [client, server], client_port, true, false);
        } else {
            self.both(client, [client, server], [client, server], client_port, true, false);
        }
        let has_public = self.world.host(client).is_some_and(|host| host.public.is_some());
        match server_site {
            Some(site) if site != self.site => {
                let transit = self.transit();
                self.both(transit, [client, transit], [client, server], client_port, false, false);
            }
            None if !has_public && !is_s3(server) => self.translate(),
            _ => {}
        }
    }

    /// The server is in this VPC.
    fn arrive(&mut self, client_site: Option<Site>) {
        let Conversation { client, server, client_port, denied, .. } = *self.c;
        if client_site.is_some_and(|site| site != self.site) {
            let transit = self.transit();
            self.both(transit, [transit, server], [client, server], client_port, true, false);
        }
        self.both(server, [client, server], [client, server], client_port, false, denied);
    }

    /// The client's packets leave through the NAT gateway, under its address and another port.
    fn translate(&mut self) {
        let Conversation { client, server, client_port, .. } = *self.c;
        let nat = if self.site == Site::Shop { SHOP_NAT } else { ANALYTICS_NAT };
        let port = 1024 + (mix(u64::from(client_port) << 32 | u64::from(u32::from(client))) % 64_000) as u16;
        self.both(nat, [client, nat], [client, server], client_port, false, false);
        self.both(nat, [nat, server], [nat, server], port, true, false);
    }

    fn transit(&self) -> Ipv4Addr {
        HOSTS
            .iter()
            .find(|host| host.site == self.site && host.kind == Kind::Transit)
            .map_or(Ipv4Addr::UNSPECIFIED, |host| host.ip)
    }

    /// Counts both directions at one interface; `out` says that it sends what the client sends.
    fn both(&mut self, host: Ipv4Addr, seen: [Ipv4Addr; 2], packet: [Ipv4Addr; 2], port: u16, out: bool, reject: bool) {
        let Conversation { server_port, protocol, .. } = *self.c;
        let forward = Key {
            host,
            source: seen[0],
            target: seen[1],
            packet_source: packet[0],
            packet_target: packet[1],
            source_port: port,
            target_port: server_port,
            protocol,
            egress: out,
            reject,
            window: 0,
        };
        let backward = Key {
            source: seen[1],
            target: seen[0],
            packet_source: packet[1],
            packet_target: packet[0],
            source_port: server_port,
            target_port: port,
            egress: !out,
            ..forward
        };
        self.count(forward, self.c.out, SYN);
        self.count(backward, self.c.back, SYN | ACK);
    }

    fn count(&mut self, key: Key, volume: Volume, opening: u8) {
        let Some(host) = self.world.host(key.host) else {
            return;
        };
        let length = if self.site == Site::Shop { 60_000 } else { MAX_WINDOW };
        for part in split(volume, (self.c.start, self.c.end), length, offset(host)) {
            let flags = if key.protocol == TCP { flags(self.c, &part, opening) } else { 0 };
            let fresh = Count { packets: 0, bytes: 0, first: part.first, last: part.last, flags: 0 };
            let count = self.counts.entry(Key { window: part.window, ..key }).or_insert(fresh);
            count.packets += part.packets;
            count.bytes += part.bytes;
            count.first = count.first.min(part.first);
            count.last = count.last.max(part.last);
            count.flags |= flags;
        }
    }
}

const FIN: u8 = 1;
const SYN: u8 = 2;
const RST: u8 = 4;
const ACK: u8 = 16;

/// The flags AWS reports for a part: SYN, FIN and RST only, ACK only with SYN.
fn flags(c: &Conversation, part: &Part, opening: u8) -> u8 {
    let first = if part.is_first { opening } else { 0 };
    let closing = if c.client_port.is_multiple_of(19) { RST } else { FIN };
    let last = if part.is_last && !c.denied { closing } else { 0 };
    first | last
}

/// Interfaces do not cut their windows at the same second.
fn offset(host: &Host) -> u64 {
    hash(host.name) % 60 * 1000
}

fn is_s3(ip: Ipv4Addr) -> bool {
    matches!(ip.octets(), [52, 218, ..])
}

fn print(host: &Host, key: &Key, count: &Count) -> String {
    let Key { source, target, source_port, target_port, protocol, packet_source, packet_target, .. } = key;
    let Count { packets, bytes, flags, .. } = count;
    let version = if host.site == Site::Shop { 11 } else { 2 };
    let (start, end) = (DAY + count.first / 1000, DAY + count.last / 1000);
    let action = if key.reject { "REJECT" } else { "ACCEPT" };
    let interface = host.interface();
    let mut line = format!(
        "{version} {ACCOUNT} {interface} {source} {target} {source_port} {target_port} {protocol} {packets} {bytes} {start} {end} {action} OK"
    );
    if host.site == Site::Shop {
        let (vpc, subnet, instance, zone) = (aws_id("vpc", "Shop"), host.subnet(), host.instance(), host.zone());
        let service = |ip: Ipv4Addr| if is_s3(ip) { "S3" } else { "-" };
        let (source_service, target_service) = (service(*packet_source), service(*packet_target));
        let direction = if key.egress { "egress" } else { "ingress" };
        let path = if key.egress { traffic_path(host, key) } else { "-" };
        let kind = interface_type(host);
        let written = write!(
            line,
            " {vpc} {subnet} {instance} {flags} IPv4 {packet_source} {packet_target} {REGION} {zone} {source_service} {target_service} {direction} {path} {kind}"
        );
        debug_assert!(written.is_ok());
    }
    line
}

/// Which way packets leave: 1 the same VPC (also its NAT and transit gateways), 7 the gateway
/// endpoint of S3, 8 the internet gateway.
fn traffic_path(host: &Host, key: &Key) -> &'static str {
    match site_of(key.target) {
        Some(_) => "1",
        None if is_s3(key.target) => "7",
        None if host.public.is_some() => "8",
        None => "1",
    }
}

fn interface_type(host: &Host) -> &'static str {
    match host.kind {
        Kind::Nat => "nat_gateway",
        Kind::Transit => "transit_gateway",
        Kind::Endpoint => "vpc_endpoint",
        _ => "-",
    }
}

/// The line of a window without counters.
fn bare(host: &Host, start: u64, end: u64, status: &str) -> String {
    let (interface, start, end) = (host.interface(), DAY + start / 1000, DAY + end / 1000);
    match host.site {
        Site::Shop => {
            let (vpc, subnet, instance) = (aws_id("vpc", "Shop"), host.subnet(), host.instance());
            let (zone, kind) = (host.zone(), interface_type(host));
            format!(
                "11 {ACCOUNT} {interface} - - - - - - - {start} {end} - {status} {vpc} {subnet} {instance} - - - - {REGION} {zone} - - - - {kind}"
            )
        }
        _ => format!("2 {ACCOUNT} {interface} - - - - - - - {start} {end} - {status}"),
    }
}

/// A NODATA line for every ten minutes in which an interface saw nothing.
fn without_data(counts: &Counts, lines: &mut Lines) {
    let window = |host: &Host, ms: u64| (ms + offset(host)) / MAX_WINDOW;
    let mut busy: BTreeSet<(Ipv4Addr, u64)> = BTreeSet::new();
    for host in HOSTS {
        let own = counts.range(first_key(host.ip)..).take_while(|(key, _)| key.host == host.ip);
        for (_, count) in own {
            busy.extend((window(host, count.first)..=window(host, count.last)).map(|window| (host.ip, window)));
        }
    }
    for host in HOSTS.iter().filter(|host| matches!(host.site, Site::Shop | Site::Analytics)) {
        for number in 1..DAY_MS / MAX_WINDOW {
            let start = number * MAX_WINDOW - offset(host);
            let end = start + MAX_WINDOW - 1000;
            if !busy.contains(&(host.ip, number)) && !is_silent(host.ip, end) {
                push(lines, host, start, end, bare(host, start, end, "NODATA"));
            }
        }
    }
}

/// The least key of a host.
fn first_key(host: Ipv4Addr) -> Key {
    let none = Ipv4Addr::UNSPECIFIED;
    Key {
        host,
        source: none,
        target: none,
        packet_source: none,
        packet_target: none,
        source_port: 0,
        target_port: 0,
        protocol: 0,
        egress: false,
        reject: false,
        window: 0,
    }
}

/// At the evening's peak AWS could not keep up with one load balancer.
fn skipped(world: &World, lines: &mut Lines) {
    let Some(host) = world.host(ALB_A) else {
        return;
    };
    for minute in [21, 22, 24, 37] {
        let start = at(19, minute, 0) - offset(host);
        let end = start + 59_000;
        push(lines, host, start, end, bare(host, start, end, "SKIPDATA"));
    }
}
