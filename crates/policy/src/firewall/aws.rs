//! AWS: security groups, network ACLs, and the interfaces that have them.

use super::json::{items, ports, prefix, protocol, text};
use super::{Direction, Firewall, FirewallRule, Peer};
use crate::language::{Action, Ports};
use serde_json::Value;
use std::net::IpAddr;

/// Reads what a document has of AWS; false if it is nothing of AWS.
pub(super) fn read(value: &Value, firewall: &mut Firewall) -> bool {
    // Some tools keep the answer in an envelope.
    let value = value.get("data").filter(|data| data.is_object()).unwrap_or(value);
    let has = |name: &str| value.get(name).is_some_and(Value::is_array);
    items(value, "SecurityGroups").for_each(|group| security_group(group, firewall));
    items(value, "SecurityGroupRules").for_each(|rule| security_group_rule(rule, firewall));
    items(value, "NetworkAcls").for_each(|acl| network_acl(acl, firewall));
    items(value, "NetworkInterfaces").for_each(|interface| interface_labels(interface, firewall));
    ["SecurityGroups", "SecurityGroupRules", "NetworkAcls", "NetworkInterfaces"].into_iter().any(has)
}

/// One rule per permission and peer: that is what can be taken away.
fn security_group(group: &Value, firewall: &mut Firewall) {
    let id = text(group, "GroupId");
    for (direction, name) in [(Direction::Ingress, "IpPermissions"), (Direction::Egress, "IpPermissionsEgress")] {
        for permission in items(group, name) {
            for peer in peers(permission) {
                let name = String::new();
                firewall.rules.push(FirewallRule {
                    name,
                    scope: text(group, "VpcId").to_owned(),
                    ..group_rule(id, text(group, "GroupName"), direction, permission, peer)
                });
            }
        }
    }
}

fn peers(permission: &Value) -> Vec<Peer> {
    let named = |list: &'static str, member: &'static str| items(permission, list).map(move |item| text(item, member));
    let prefixes = named("IpRanges", "CidrIp").chain(named("Ipv6Ranges", "CidrIpv6"));
    let groups = named("UserIdGroupPairs", "GroupId").map(|group| Peer::Label(group.to_owned()));
    let lists = named("PrefixListIds", "PrefixListId").map(|list| Peer::Unknown(list.to_owned()));
    prefixes.filter_map(prefix).map(Peer::Prefix).chain(groups).chain(lists).collect()
}

fn group_rule(id: &str, name: &str, direction: Direction, permission: &Value, peer: Peer) -> FirewallRule {
    FirewallRule {
        set: id.to_owned(),
        set_name: name.to_owned(),
        name: text(permission, "SecurityGroupRuleId").to_owned(),
        direction,
        action: Action::Allow,
        priority: None,
        is_stateless: false,
        ports: permission_ports(permission),
        peers: vec![peer],
        targets: vec![id.to_owned()],
        local: Vec::new(),
        scope: account_label(text(permission, "GroupOwnerId")),
        is_default: false,
    }
}

/// Of ICMP the ports are type and code, which flows seldom tell: the whole protocol counts.
fn permission_ports(permission: &Value) -> Vec<Ports> {
    let protocol = protocol(text(permission, "IpProtocol"));
    let port = |name: &str| permission.get(name).and_then(Value::as_i64).and_then(|port| u16::try_from(port).ok());
    match (protocol, port("FromPort"), port("ToPort")) {
        (Some(6 | 17), Some(first), Some(last)) => ports(protocol, &[(first, last)]),
        _ => ports(protocol, &[]),
    }
}

fn security_group_rule(rule: &Value, firewall: &mut Firewall) {
    let is_egress = rule.get("IsEgress").and_then(Value::as_bool).unwrap_or(false);
    let direction = if is_egress { Direction::Egress } else { Direction::Ingress };
    let cidr = prefix(text(rule, "CidrIpv4")).or_else(|| prefix(text(rule, "CidrIpv6")));
    let group = rule.get("ReferencedGroupInfo").map(|group| text(group, "GroupId"));
    let peer = match (cidr, group) {
        (Some(prefix), _) => Peer::Prefix(prefix),
        (None, Some(group)) => Peer::Label(group.to_owned()),
        (None, None) => Peer::Unknown(text(rule, "PrefixListId").to_owned()),
    };
    firewall.rules.push(group_rule(text(rule, "GroupId"), "", direction, rule, peer));
}

fn network_acl(acl: &Value, firewall: &mut Firewall) {
    let subnets: Vec<String> = items(acl, "Associations").map(|one| text(one, "SubnetId").to_owned()).collect();
    for entry in items(acl, "Entries") {
        let is_egress = entry.get("Egress").and_then(Value::as_bool).unwrap_or(false);
        let peer = prefix(text(entry, "CidrBlock")).or_else(|| prefix(text(entry, "Ipv6CidrBlock")));
        let port = |name: &str| entry.get("PortRange")?.get(name)?.as_i64().and_then(|port| u16::try_from(port).ok());
        let range = port("From").zip(port("To"));
        let number = entry.get("RuleNumber").and_then(Value::as_i64);
        firewall.rules.push(FirewallRule {
            set: text(acl, "NetworkAclId").to_owned(),
            set_name: String::new(),
            name: number.map(|number| number.to_string()).unwrap_or_default(),
            direction: if is_egress { Direction::Egress } else { Direction::Ingress },
            action: if text(entry, "RuleAction") == "deny" { Action::Deny } else { Action::Allow },
            priority: number.or(Some(i64::MAX)),
            is_stateless: true,
            ports: ports(protocol(text(entry, "Protocol")), range.as_slice()),
            peers: peer.into_iter().map(Peer::Prefix).collect(),
            targets: subnets.clone(),
            local: Vec::new(),
            scope: String::new(),
            // The last ones, shown as `*`.
            is_default: number.is_some_and(|number| number >= LAST_ENTRY),
        });
    }
}

/// Numbers of the entries that end every ACL, of IPv4 and of IPv6.
const LAST_ENTRY: i64 = 32_767;

/// The label of what belongs to an account; empty if it is not known.
fn account_label(account: &str) -> String {
    if account.is_empty() { String::new() } else { format!("account:{account}") }
}

/// Every address of an interface has its groups, subnet and network.
fn interface_labels(interface: &Value, firewall: &mut Firewall) {
    let groups = items(interface, "Groups").map(|group| text(group, "GroupId"));
    let account = account_label(text(interface, "OwnerId"));
    let labels: Vec<&str> = groups.chain([text(interface, "SubnetId"), text(interface, "VpcId"), &account]).collect();
    let private = items(interface, "PrivateIpAddresses").flat_map(|entry| {
        let public = entry.get("Association").map(|association| text(association, "PublicIp"));
        [Some(text(entry, "PrivateIpAddress")), public]
    });
    let v6 = items(interface, "Ipv6Addresses").map(|entry| Some(text(entry, "Ipv6Address")));
    let own = [Some(text(interface, "PrivateIpAddress"))];
    let addresses: Vec<IpAddr> = private.chain(v6).chain(own).flatten().filter_map(|text| text.parse().ok()).collect();
    for address in addresses {
        labels.iter().filter(|label| !label.is_empty()).for_each(|label| firewall.label(address, label));
    }
}
