//! What lies beside the logs: README, the truth in `story.json`, a blacklist and an inventory.

use std::fmt::Write;

use serde::Serialize;

use super::Files;
use super::emit_aws::{ACCOUNT, REGION};
use super::story::Event;
use super::world::{APP, BRUTE, CONTROL, HOSTS, Host, Kind, SCANNER, Site, VISITORS, aws_id};

const README: &str = include_str!("readme.md");

/// Writes all four.
pub(super) fn emit(events: &[Event], files: &mut Files) {
    files.insert("README.md".to_owned(), readme(events).into_bytes());
    files.insert("story.json".to_owned(), json(&Story { date: "2026-03-02", events }));
    files.insert("intel/blacklist.txt".to_owned(), blacklist().into_bytes());
    files.insert("inventory/aws-network-interfaces.json".to_owned(), json(&inventory()));
}

fn json(value: &impl Serialize) -> Vec<u8> {
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    (text + "\n").into_bytes()
}

#[derive(Serialize)]
struct Story<'a> {
    date: &'static str,
    events: &'a [Event],
}

/// The prose, the table of hosts, and the story at the end.
fn readme(events: &[Event]) -> String {
    let mut hosts = String::from("| network | address | name | reachable as |\n|---|---|---|---|\n");
    for host in HOSTS {
        let public = host.public.map_or_else(String::new, |ip| ip.to_string());
        let (site, ip, name) = (network_name(host.site), host.ip, host.name);
        let written = writeln!(hosts, "| {site} | {ip} | {name} | {public} |");
        debug_assert!(written.is_ok());
    }
    let mut story = String::new();
    for event in events {
        let list = |items: Vec<String>| {
            if items.len() > 8 { format!("{} addresses", items.len()) } else { items.join(", ") }
        };
        let actors = list(event.actors.iter().map(ToString::to_string).collect());
        let targets = list(event.targets.iter().map(ToString::to_string).collect());
        let (start, end) = (&event.start[11..16], &event.end[11..16]);
        let written = writeln!(
            story,
            "- **{start}-{end} {}**: {}  \n  {}{}",
            event.kind,
            event.summary,
            if actors.is_empty() { String::new() } else { format!("from {actors} ") },
            format_args!("at {targets}"),
        );
        debug_assert!(written.is_ok());
    }
    README.replace("{hosts}", hosts.trim_end()).replace("{story}", story.trim_end())
}

fn network_name(site: Site) -> &'static str {
    match site {
        Site::Shop => "AWS shop",
        Site::Analytics => "AWS analytics",
        Site::Office => "Azure office",
        Site::Recommend => "GCP recommend",
    }
}

/// A list as they are: mostly right, partly stale, and with two entries that should not be there.
fn blacklist() -> String {
    let known: String =
        [SCANNER, BRUTE, CONTROL, VISITORS[0], VISITORS[3]].iter().map(|ip| format!("{ip}\n")).collect();
    let private = APP[0];
    format!(
        "# Larkfell Outfitters: addresses and networks reported as hostile.\n\
         # One address or CIDR per line; all invented. The list is dirty on purpose: see README.md.\n\
         {known}\
         # seen elsewhere, not here\n\
         45.155.66.0/29\n91.240.201.17\n185.220.230.128/28\n185.220.199.61\n45.155.250.9\n91.240.33.40\n\
         # copied from a report without a second look\n\
         8.8.8.8\n{private}\n"
    )
}

/// The answer of `aws ec2 describe-network-interfaces`, as far as it is needed here.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Inventory {
    network_interfaces: Vec<Interface>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Interface {
    #[serde(skip_serializing_if = "Option::is_none")]
    association: Option<Association>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attachment: Option<Attachment>,
    availability_zone: String,
    description: &'static str,
    groups: Vec<Group>,
    interface_type: &'static str,
    network_interface_id: String,
    owner_id: &'static str,
    private_ip_address: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    requester_id: Option<&'static str>,
    requester_managed: bool,
    status: &'static str,
    subnet_id: String,
    tag_set: Vec<Tag>,
    vpc_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Association {
    public_ip: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Attachment {
    instance_id: String,
    instance_owner_id: &'static str,
    status: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Group {
    group_id: String,
    group_name: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    key: &'static str,
    value: &'static str,
}

fn inventory() -> Inventory {
    let in_aws = HOSTS.iter().filter(|host| matches!(host.site, Site::Shop | Site::Analytics));
    Inventory { network_interfaces: in_aws.map(interface).collect() }
}

fn interface(host: &Host) -> Interface {
    let machine = host.kind == Kind::Machine;
    let role = host.name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '-');
    Interface {
        association: host.public.map(|ip| Association { public_ip: ip.to_string() }),
        attachment: machine.then(|| Attachment {
            instance_id: host.instance(),
            instance_owner_id: ACCOUNT,
            status: "attached",
        }),
        availability_zone: format!("{REGION}{}", if host.zone() == "euw1-az1" { "a" } else { "b" }),
        description: host.description,
        groups: vec![Group { group_id: aws_id("sg", role), group_name: role.to_owned() }],
        interface_type: match host.kind {
            Kind::Nat => "nat_gateway",
            Kind::Transit => "transit_gateway",
            Kind::Endpoint => "vpc_endpoint",
            _ => "interface",
        },
        network_interface_id: host.interface(),
        owner_id: ACCOUNT,
        private_ip_address: host.ip.to_string(),
        requester_id: match host.description.split([' ', '/']).next() {
            Some("ELB") => Some("amazon-elb"),
            Some("RDSNetworkInterface") => Some("amazon-rds"),
            Some("ElastiCache") => Some("amazon-elasticache"),
            _ if machine => None,
            _ => Some(ACCOUNT),
        },
        requester_managed: !machine,
        status: "in-use",
        subnet_id: host.subnet(),
        tag_set: vec![Tag { key: "Name", value: host.name }],
        vpc_id: aws_id("vpc", &format!("{:?}", host.site)),
    }
}
