//! The flow log of the AWS transit gateway: what passes between the networks of all three clouds.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use super::Files;
use super::emit_aws::{ACCOUNT, REGION, object_key};
use super::split::{Part, split};
use super::traffic::{Conversation, TCP, Volume};
use super::world::{HOSTS, Host, Kind, Site, aws_id, site_of};
use crate::clock::{DAY, DAY_MS, HOUR_MS};

const HEADER: &str = "version resource-type account-id tgw-id tgw-attachment-id tgw-src-vpc-account-id tgw-dst-vpc-account-id \
    tgw-src-vpc-id tgw-dst-vpc-id tgw-src-subnet-id tgw-dst-subnet-id tgw-src-eni tgw-dst-eni tgw-src-az-id tgw-dst-az-id \
    tgw-pair-attachment-id srcaddr dstaddr srcport dstport protocol packets bytes start end log-status type \
    packets-lost-no-route packets-lost-blackhole packets-lost-mtu-exceeded packets-lost-ttl-expired tcp-flags region \
    flow-direction pkt-src-aws-service pkt-dst-aws-service";
const WINDOW: u64 = 60_000;

/// One way through the gateway.
struct Passage {
    from: (Site, Ipv4Addr, u16),
    to: (Site, Ipv4Addr, u16),
    volume: Volume,
    opening: u8,
}

/// Writes the log.
pub(super) fn emit(conversations: &[Conversation], files: &mut Files) {
    let mut lines: BTreeMap<u64, Vec<(u64, u64, String)>> = BTreeMap::new();
    for c in conversations {
        let (Some(client), Some(server)) = (site_of(c.client), site_of(c.server)) else {
            continue;
        };
        if client == server {
            continue;
        }
        let (client, server) = ((client, c.client, c.client_port), (server, c.server, c.server_port));
        let out = Passage { from: client, to: server, volume: c.out, opening: 2 };
        let back = Passage { from: server, to: client, volume: c.back, opening: 18 };
        for passage in [out, back] {
            for part in split(passage.volume, (c.start, c.end), WINDOW, 0).iter().filter(|part| part.last < DAY_MS) {
                let hour = lines.entry(part.last / HOUR_MS).or_default();
                hour.extend(
                    [true, false]
                        .map(|ingress| (part.last / 1000, part.first / 1000, print(c, &passage, part, ingress))),
                );
            }
        }
    }
    for (hour, mut lines) in lines {
        lines.sort();
        let text: String = std::iter::once(HEADER)
            .chain(lines.iter().map(|(_, _, line)| line.as_str()))
            .flat_map(|line| [line, "\n"])
            .collect();
        files.insert(object_key("TransitGateway", hour), text.into_bytes());
    }
}

/// The line of one attachment: `ingress` at the one packets come from, egress at the other.
fn print(c: &Conversation, passage: &Passage, part: &Part, ingress: bool) -> String {
    let Passage { from: (from, source, source_port), to: (to, target, target_port), opening, .. } = passage;
    let (here, there) = if ingress { (from, to) } else { (to, from) };
    let (here, there) = (attachment(*here), attachment(*there));
    let [src, dst] = [from, to].map(|&site| Network::of(site));
    let flags = match c.protocol {
        TCP => (if part.is_first { *opening } else { 0 }) | u8::from(part.is_last && !c.denied),
        _ => 0,
    };
    let direction = if ingress { "ingress" } else { "egress" };
    let (start, end) = (DAY + part.first / 1000, DAY + part.last / 1000);
    let gateway = aws_id("tgw", "hub");
    format!(
        "6 TransitGateway {ACCOUNT} {gateway} {here} {} {} {} {} {} {} {} {} {} {} {there} \
         {source} {target} {source_port} {target_port} {} {} {} {start} {end} OK IPv4 0 0 0 0 {flags} {REGION} {direction} - -",
        src.account,
        dst.account,
        src.vpc,
        dst.vpc,
        src.subnet,
        dst.subnet,
        src.eni,
        dst.eni,
        src.zone,
        dst.zone,
        c.protocol,
        part.packets,
        part.bytes,
    )
}

fn attachment(site: Site) -> String {
    aws_id("tgw-attach", &format!("{site:?}"))
}

/// What the gateway knows about one side: a VPC, or nothing for a VPN.
struct Network {
    account: &'static str,
    vpc: String,
    subnet: String,
    eni: String,
    zone: &'static str,
}

impl Network {
    fn of(site: Site) -> Network {
        let transit: Option<&Host> = HOSTS.iter().find(|host| host.site == site && host.kind == Kind::Transit);
        let none = || "-".to_owned();
        Network {
            account: if transit.is_some() { ACCOUNT } else { "-" },
            vpc: transit.map_or_else(none, |_| aws_id("vpc", &format!("{site:?}"))),
            subnet: transit.map_or_else(none, Host::subnet),
            eni: transit.map_or_else(none, Host::interface),
            zone: transit.map_or("-", Host::zone),
        }
    }
}
