//! Firewalls as the clouds' command lines print them, against flows.

use super::*;
use crate::traffic::WANTED;
use crate::{Limits, Traffic};
use model::{FlowField as F, Projection};
use proptest::prelude::*;
use std::net::IpAddr;
use table::FlowColumns;

/// Connections as `client server protocol port`, let through and answered, seen at the private end.
fn traffic(connections: &[&str]) -> Traffic {
    let mut flows = FlowColumns::new(Projection::of(WANTED.iter().copied()));
    for connection in connections {
        let words: Vec<&str> = connection.split(' ').collect();
        let address = |text: &str| text.parse::<IpAddr>().expect("an address");
        let number = |text: &str| text.parse::<i32>().expect("a number");
        flows.set_address(F::SrcIp, address(words[0]));
        flows.set_address(F::DstIp, address(words[1]));
        flows.set_int32(F::IpProto, number(words[2]));
        flows.set_int32(F::SrcPort, 40_000);
        flows.set_int32(F::DstPort, number(words[3]));
        flows.set_text(F::Initiator, "src");
        flows.set_text(F::Verdict, "allowed");
        flows.set_int64(F::RevPackets, 3);
        flows.end_row();
    }
    let mut traffic = Traffic::new(Limits::default());
    traffic.push(&flows.take_batch());
    traffic
}

fn firewall(files: &[&str]) -> Firewall {
    let mut firewall = Firewall::default();
    for (number, file) in files.iter().enumerate() {
        firewall.load(&format!("file{number}"), file.as_bytes()).expect("a known kind");
    }
    firewall
}

/// One line per rule: set, rule, verdict, pairs, proposal, pairs refused later.
fn lines(review: &Review) -> Vec<String> {
    let line = |rule: &RuleReview| {
        let later = rule.denied_later.as_ref().map_or("-".to_owned(), |denied| denied.pairs.to_string());
        format!(
            "{}: {} = {:?} x{} ({}) later {later}",
            rule.set,
            rule.rule,
            rule.verdict,
            rule.pairs,
            rule.proposal.join("; ")
        )
    };
    review.rules.iter().map(line).collect()
}

#[track_caller]
fn check(files: &[&str], seen: &[&str], later: &[&str], expected: &[&str], notes: &[&str]) {
    let later = (!later.is_empty()).then(|| traffic(later));
    let found = review(&firewall(files), &traffic(seen), later.as_ref(), &Limits::default());
    assert_eq!(lines(&found), expected);
    assert_eq!(found.notes, notes);
}

const GROUPS: &str = r#"{"SecurityGroups": [
    {"GroupId": "sg-web", "GroupName": "web", "IpPermissions": [
        {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "0.0.0.0/0"}], "Ipv6Ranges": [{"CidrIpv6": "::/0"}]},
        {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}],
     "IpPermissionsEgress": [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]},
    {"GroupId": "sg-db", "GroupName": "db", "IpPermissions": [
        {"IpProtocol": "tcp", "FromPort": 0, "ToPort": 65535, "UserIdGroupPairs": [{"GroupId": "sg-web"}]},
        {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "PrefixListIds": [{"PrefixListId": "pl-1"}]}]}]}"#;
const INTERFACES: &str = r#"{"NetworkInterfaces": [
    {"Groups": [{"GroupId": "sg-web"}], "SubnetId": "subnet-1", "VpcId": "vpc-1", "PrivateIpAddresses": [{"PrivateIpAddress": "10.0.1.5"}], "Ipv6Addresses": [{"Ipv6Address": "2001:db8::5"}]},
    {"Groups": [{"GroupId": "sg-db"}], "SubnetId": "subnet-1", "VpcId": "vpc-1", "PrivateIpAddress": "10.0.9.1"}]}"#;

#[test]
fn security_groups() {
    let internet: Vec<String> = (0..20).map(|host| format!("198.100.{host}.7 10.0.1.5 6 443")).collect();
    let mut seen: Vec<&str> = internet.iter().map(String::as_str).collect();
    seen.extend(["203.1.113.9 10.0.1.5 6 22", "203.1.113.10 10.0.1.5 6 22", "10.0.1.5 10.0.9.1 6 5432"]);
    let later = [
        "203.1.113.11 10.0.1.5 6 22",
        "198.100.99.9 10.0.1.5 6 22",
        "198.100.99.9 10.0.1.5 6 443",
        "10.0.1.5 10.0.9.1 6 6379",
    ];
    check(
        &[GROUPS, INTERFACES],
        &seen,
        &later,
        &[
            "sg-web: ingress allow tcp/22 from 0.0.0.0/0 = TooWide x2 (ingress allow tcp/22 from 203.1.113.8/30) later 1",
            "sg-db: ingress allow tcp from sg-web = TooWide x1 (ingress allow tcp/5432 from sg-web) later 1",
            "sg-web: egress allow all to 0.0.0.0/0 = TooWide x1 (egress allow tcp/5432 to 10.0.9.1/32) later 1",
            "sg-web: ingress allow tcp/443 from ::/0 = Unused x0 (take it away) later 0",
            "sg-web: ingress allow tcp/443 from 0.0.0.0/0 = Fits x20 () later -",
            "sg-db: ingress allow tcp/5432 from pl-1 = Unknown x0 () later -",
        ],
        &[],
    );
}

#[test]
fn groups_without_interfaces_are_held_against_every_host() {
    let rules = r#"{"SecurityGroupRules": [{"SecurityGroupRuleId": "sgr-1", "GroupId": "sg-1", "IsEgress": false, "IpProtocol": "udp", "FromPort": 53, "ToPort": 53, "CidrIpv4": "10.0.0.0/8"}]}"#;
    check(
        &[rules],
        &["10.0.1.5 10.0.9.1 17 53"],
        &[],
        &["sg-1: ingress allow udp/53 from 10.0.0.0/8 = TooWide x1 (ingress allow udp/53 from 10.0.1.5/32) later -"],
        &["sg-1: no file says which hosts it guards, so it is held against every host of this side"],
    );
}

#[test]
fn network_acls_are_asked_in_order_and_for_replies() {
    let acl = r#"{"NetworkAcls": [{"NetworkAclId": "acl-1", "Associations": [{"SubnetId": "subnet-1"}], "Entries": [
        {"RuleNumber": 200, "Protocol": "-1", "RuleAction": "allow", "Egress": false, "CidrBlock": "0.0.0.0/0"},
        {"RuleNumber": 100, "Protocol": "6", "RuleAction": "allow", "Egress": false, "CidrBlock": "0.0.0.0/0", "PortRange": {"From": 443, "To": 443}},
        {"RuleNumber": 100, "Protocol": "6", "RuleAction": "allow", "Egress": true, "CidrBlock": "0.0.0.0/0", "PortRange": {"From": 1024, "To": 65535}},
        {"RuleNumber": 32767, "Protocol": "-1", "RuleAction": "deny", "Egress": true, "CidrBlock": "0.0.0.0/0"}]}]}"#;
    check(
        &[acl, INTERFACES],
        &["198.100.1.7 10.0.1.5 6 443"],
        &[],
        &[
            "acl-1: ingress allow all from 0.0.0.0/0 = Unused x0 (take it away) later -",
            "acl-1: ingress allow tcp/443 from 0.0.0.0/0 = Fits x1 () later -",
            "acl-1: egress allow tcp/1024-65535 to 0.0.0.0/0 = Fits x1 () later -",
        ],
        &[],
    );
}

#[test]
fn azure() {
    let group = r#"[{"name": "nsg", "id": "/subscriptions/1/NSG/Nsg", "securityRules": [
        {"name": "ssh", "priority": 100, "direction": "Inbound", "access": "Allow", "protocol": "Tcp", "sourceAddressPrefix": "Internet",
         "destinationAddressPrefix": "10.2.0.4", "destinationPortRange": "22"},
        {"name": "web", "priority": 110, "direction": "Inbound", "access": "Allow", "protocol": "*", "sourceAddressPrefixes": ["*"],
         "destinationAddressPrefix": "*", "destinationPortRanges": ["80", "8000-8003"]},
        {"name": "no", "priority": 90, "direction": "Inbound", "access": "Deny", "protocol": "Tcp", "sourceAddressPrefix": "198.100.2.0/24",
         "destinationAddressPrefix": "*", "destinationPortRange": "*"}],
        "defaultSecurityRules": [{"name": "AllowVnetInBound", "properties": {"priority": 65000, "direction": "Inbound", "access": "Allow",
         "protocol": "*", "sourceAddressPrefix": "VirtualNetwork", "destinationAddressPrefix": "VirtualNetwork", "destinationPortRange": "*"}}]}]"#;
    let interfaces = r#"[{"ipConfigurations": [{"privateIPAddress": "10.2.0.4", "subnet": {"id": "/s"}}], "networkSecurityGroup": {"id": "/subscriptions/1/nsg/nsg"}}]"#;
    let seen = [
        "198.100.1.7 10.2.0.4 6 22",
        "198.100.2.7 10.2.0.4 6 80",
        "10.2.0.9 10.2.0.4 6 8001",
        "10.2.0.9 10.2.0.4 6 9000",
    ];
    check(
        &[group, interfaces],
        &seen,
        &[],
        &[
            "/subscriptions/1/nsg/nsg: ingress allow tcp/22 from Internet = TooWide x1 (ingress allow tcp/22 from 198.100.1.7/32) later -",
            "/subscriptions/1/nsg/nsg: ingress allow tcp/80, tcp/8000-8003, udp/80, udp/8000-8003 from 0.0.0.0/0, ::/0 = TooWide x1 \
         (ingress allow tcp/8001 from 10.2.0.9/32) later -",
            "/subscriptions/1/nsg/nsg: ingress allow all from VirtualNetwork = Default x1 () later -",
        ],
        &[],
    );
}

#[test]
fn gcp() {
    let rules = r#"[
        {"name": "ssh", "network": "https://x/networks/default", "direction": "INGRESS", "priority": 1000, "sourceRanges": ["0.0.0.0/0"],
         "allowed": [{"IPProtocol": "tcp", "ports": ["22"]}], "targetTags": ["bastion"]},
        {"name": "inner", "network": "https://x/networks/default", "direction": "INGRESS", "priority": 65534, "sourceTags": ["web"],
         "allowed": [{"IPProtocol": "all"}]},
        {"name": "off", "network": "default", "disabled": true, "allowed": [{"IPProtocol": "all"}]}]"#;
    let instances = r#"[
        {"name": "a", "tags": {"items": ["bastion"]}, "networkInterfaces": [{"network": "https://x/networks/default", "networkIP": "10.128.0.2"}]},
        {"name": "b", "tags": {"items": ["web"]}, "networkInterfaces": [{"network": "https://x/networks/default", "networkIP": "10.128.0.3"}]}]"#;
    check(
        &[rules, instances],
        &["198.100.1.7 10.128.0.2 6 22", "10.128.0.3 10.128.0.2 6 5432", "198.100.1.7 10.128.0.3 6 22"],
        &[],
        &[
            "network:default: ingress allow tcp/22 from 0.0.0.0/0 = TooWide x1 (ingress allow tcp/22 from 198.100.1.7/32) later -",
            "network:default: ingress allow all from tag:web = TooWide x1 (ingress allow tcp/5432 from tag:web) later -",
            "network:default: egress allow all to 0.0.0.0/0, ::/0 = Default x1 () later -",
        ],
        &[],
    );
}

/// A security group of one rule, of a VPC.
fn group(id: &str, port: u16, cidr: &str) -> String {
    format!(
        r#"{{"GroupId": "{id}", "VpcId": "vpc-1", "IpPermissions": [{{"IpProtocol": "tcp", "FromPort": {port}, "ToPort": {port}, "IpRanges": [{{"CidrIp": "{cidr}"}}]}}]}}"#
    )
}

#[test]
fn groups_that_guard_nothing() {
    let groups = format!(
        r#"{{"SecurityGroups": [{}, {}]}}"#,
        group("sg-web", 443, "0.0.0.0/0"),
        group("sg-old", 443, "0.0.0.0/0")
    );
    let fits =
        "sg-web: ingress allow tcp/443 from 0.0.0.0/0 = TooWide x1 (ingress allow tcp/443 from 198.100.1.7/32) later -";
    let idle = "sg-old: attached to nothing that the files name, so it guards nothing";
    check(
        &[&groups, INTERFACES],
        &["198.100.1.7 10.0.1.5 6 443"],
        &[],
        &[fits, "sg-old: ingress allow tcp/443 from 0.0.0.0/0 = Unattached x0 (take it away) later -"],
        &[idle],
    );
    // The interfaces of another network say nothing of it.
    let elsewhere = INTERFACES.replace("vpc-1", "vpc-2");
    check(
        &[&groups, &elsewhere],
        &["198.100.1.7 10.0.1.5 6 443"],
        &[],
        &[&fits.replace("sg-web", "sg-old"), fits],
        &["sg-old: no file says which hosts it guards, so it is held against every host of this side"],
    );
    let acl = r#"{"NetworkAcls": [{"NetworkAclId": "acl-1", "Associations": [], "Entries": [
        {"RuleNumber": 100, "Protocol": "6", "RuleAction": "allow", "Egress": false, "CidrBlock": "0.0.0.0/0", "PortRange": {"From": 443, "To": 443}}]}]}"#;
    check(
        &[acl],
        &["198.100.1.7 10.0.1.5 6 443"],
        &[],
        &["acl-1: ingress allow tcp/443 from 0.0.0.0/0 = Unattached x0 (take it away) later -"],
        &["acl-1: attached to nothing that the files name, so it guards nothing"],
    );
}

#[test]
fn what_is_refused_later_is_asked_of_all_rules_as_changed() {
    // Either rule lets it through; the group of the same host does too.
    let groups = format!(
        r#"{{"SecurityGroups": [{}, {}]}}"#,
        group("sg-web", 443, "0.0.0.0/0"),
        group("sg-db", 443, "10.0.0.0/8")
    );
    let both = r#"{"NetworkInterfaces": [{"Groups": [{"GroupId": "sg-web"}, {"GroupId": "sg-db"}], "VpcId": "vpc-1", "PrivateIpAddress": "10.0.1.5"}]}"#;
    let narrow = |set: &str, cidr: &str, later: u32| {
        format!(
            "{set}: ingress allow tcp/443 from {cidr} = TooWide x1 (ingress allow tcp/443 from 10.0.7.1/32) later {later}"
        )
    };
    check(
        &[&groups, both],
        &["10.0.7.1 10.0.1.5 6 443"],
        &["10.0.7.1 10.0.1.5 6 443", "10.0.7.2 10.0.1.5 6 443"],
        &[&narrow("sg-web", "0.0.0.0/0", 1), &narrow("sg-db", "10.0.0.0/8", 1)],
        &[],
    );
    // What an unused rule let through, the cloud's own rules let through without it: from inside, not from outside.
    let nsg = r#"[{"name": "nsg", "id": "/subscriptions/1/nsg", "securityRules": [
        {"name": "rdp", "priority": 100, "direction": "Inbound", "access": "Allow", "protocol": "Tcp", "sourceAddressPrefix": "*",
         "destinationAddressPrefix": "*", "destinationPortRange": "3389"}]}]"#;
    let interfaces = r#"[{"ipConfigurations": [{"privateIPAddress": "10.2.0.4"}], "networkSecurityGroup": {"id": "/subscriptions/1/nsg"}}]"#;
    let rdp = |later: u32| {
        format!(
            "/subscriptions/1/nsg: ingress allow tcp/3389 from 0.0.0.0/0, ::/0 = Unused x0 (take it away) later {later}"
        )
    };
    let web = "/subscriptions/1/nsg: ingress allow all from VirtualNetwork = Default x1 () later -";
    check(&[nsg, interfaces], &["10.2.0.9 10.2.0.4 6 80"], &["10.2.0.9 10.2.0.4 6 3389"], &[&rdp(0), web], &[]);
    check(&[nsg, interfaces], &["10.2.0.9 10.2.0.4 6 80"], &["198.100.1.7 10.2.0.4 6 3389"], &[&rdp(1), web], &[]);
}

#[test]
fn rules_that_can_never_hold() {
    let nsg = r#"[{"name": "nsg", "id": "/subscriptions/1/nsg", "securityRules": [
        {"name": "ssh", "priority": 120, "direction": "Inbound", "access": "Allow", "protocol": "Tcp", "sourceAddressPrefix": "198.100.1.0/24",
         "destinationAddressPrefix": "10.2.0.4", "destinationPortRange": "22"},
        {"name": "no-ssh", "priority": 115, "direction": "Inbound", "access": "Deny", "protocol": "Tcp", "sourceAddressPrefix": "Internet",
         "destinationAddressPrefix": "*", "destinationPortRange": "20-25"},
        {"name": "smtp", "priority": 130, "direction": "Inbound", "access": "Allow", "protocol": "*", "sourceAddressPrefix": "Internet",
         "destinationAddressPrefix": "*", "destinationPortRange": "25"}]}]"#;
    let acl = r#"{"NetworkAcls": [{"NetworkAclId": "acl-1", "Associations": [{"SubnetId": "subnet-1"}], "Entries": [
        {"RuleNumber": 110, "Protocol": "6", "RuleAction": "allow", "Egress": false, "CidrBlock": "0.0.0.0/0", "PortRange": {"From": 22, "To": 22}},
        {"RuleNumber": 115, "Protocol": "6", "RuleAction": "deny", "Egress": false, "CidrBlock": "10.0.0.0/8", "PortRange": {"From": 22, "To": 22}},
        {"RuleNumber": 120, "Protocol": "6", "RuleAction": "deny", "Egress": true, "CidrBlock": "10.0.0.0/8", "PortRange": {"From": 22, "To": 22}},
        {"RuleNumber": 32767, "Protocol": "-1", "RuleAction": "deny", "Egress": false, "CidrBlock": "0.0.0.0/0"}]}]}"#;
    let gcp = r#"[
        {"name": "web", "network": "n", "direction": "INGRESS", "priority": 1000, "sourceRanges": ["10.0.0.0/8"], "allowed": [{"IPProtocol": "tcp", "ports": ["443"]}], "targetTags": ["lb"]},
        {"name": "inner", "network": "n", "direction": "INGRESS", "priority": 900, "sourceRanges": ["10.0.0.0/8"], "allowed": [{"IPProtocol": "all"}]},
        {"name": "no", "network": "n", "direction": "INGRESS", "priority": 1000, "sourceRanges": ["10.0.0.0/16"], "denied": [{"IPProtocol": "udp"}]}]"#;
    let found = review(&firewall(&[nsg, acl, gcp]), &traffic(&[]), None, &Limits::default());
    let covered = found.rules.iter().filter(|rule| rule.verdict == Verdict::Covered);
    let places: Vec<String> =
        covered.map(|rule| format!("{} {:?} by {}", rule.name, rule.priority, rule.covered_by)).collect();
    assert_eq!(
        places,
        [
            "ssh Some(120) by no-ssh (115): ingress deny tcp/20-25 from Internet",
            "115 Some(115) by 110: ingress allow tcp/22 from 0.0.0.0/0",
            "no Some(1000) by inner (900): ingress allow all from 10.0.0.0/8",
            "web Some(1000) by inner (900): ingress allow all from 10.0.0.0/8",
        ]
    );
}

#[test]
fn a_narrower_rule_for_each_service() {
    let open = r#"{"SecurityGroups": [{"GroupId": "sg-web", "IpPermissionsEgress": [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]}]}"#;
    let mut seen: Vec<String> = (0..20).map(|host| format!("10.0.1.5 198.100.{host}.7 6 443")).collect();
    seen.extend(
        ["10.0.1.5 10.0.9.1 6 5432", "10.0.1.5 10.0.9.2 6 5432", "10.0.1.5 10.0.8.1 17 53", "10.0.1.5 10.0.8.1 6 53"]
            .map(str::to_owned),
    );
    let proposal = "egress allow tcp/53, udp/53 to 10.0.8.1/32; egress allow tcp/443 to 0.0.0.0/0; egress allow tcp/5432 to 10.0.9.0/30";
    check(
        &[open, INTERFACES],
        &seen.iter().map(String::as_str).collect::<Vec<_>>(),
        &["10.0.1.5 10.0.9.2 6 443", "10.0.1.5 198.100.1.9 6 5432"],
        &[&format!("sg-web: egress allow all to 0.0.0.0/0 = TooWide x24 ({proposal}) later 1")],
        &[],
    );
    // Too many services with other ends of their own are one rule.
    let seen: Vec<String> = (0..40).map(|host| format!("10.0.1.5 10.0.9.{host} 6 {}", 2_000 + host)).collect();
    let found = review(
        &firewall(&[open, INTERFACES]),
        &traffic(&seen.iter().map(String::as_str).collect::<Vec<_>>()),
        None,
        &Limits::default(),
    );
    assert_eq!(found.rules[0].proposal.len(), 1);
}

#[test]
fn what_is_no_firewall_is_told() {
    let mut firewall = Firewall::default();
    let error = firewall.load("x.json", b"{").expect_err("no JSON");
    assert!(error.starts_with("x.json: no JSON"), "{error}");
    for other in ["{}", "[]", "[1]", "\"a\"", r#"{"Records": []}"#] {
        assert!(firewall.load("x.json", other.as_bytes()).is_err(), "{other}");
    }
    firewall.load("x.json", br#"{"SecurityGroups": []}"#).expect("an empty list is a list");
    assert_eq!(firewall.notes, ["x.json: nothing in it is a rule or an interface"]);
}

proptest! {
    /// No JSON breaks the readers, whatever is missing or of another type.
    #[test]
    fn any_json(file in 0usize..2, cuts in prop::collection::vec((any::<prop::sample::Index>(), 0usize..4), 1..6)) {
        let mut text = [GROUPS, INTERFACES][file].to_owned();
        for (place, kind) in cuts {
            let strings: Vec<(usize, &str)> = text.match_indices('"').collect();
            let at = place.index(strings.len());
            let start = strings[at].0;
            text.replace_range(start..start + 1, ["\"x", "null, \"", "\"\"", "7, \""][kind]);
        }
        let mut firewall = Firewall::default();
        if firewall.load("cut", text.as_bytes()).is_ok() {
            let _ = review(&firewall, &traffic(&["198.100.1.7 10.0.1.5 6 443"]), None, &Limits::default()).to_string();
        }
    }
}
