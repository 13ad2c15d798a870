//! GCP: VPC firewall rules, and the instances with their tags.

use super::json::{items, port_range, ports, prefix, protocol, text};
use super::{Direction, Firewall, FirewallRule, Peer};
use crate::language::{Action, Ports};
use serde_json::Value;
use std::net::IpAddr;

/// Reads what a document has of GCP; false if it is nothing of GCP.
pub(super) fn read(value: &Value, firewall: &mut Firewall) -> bool {
    let entries: Vec<&Value> = value.as_array().map(|entries| entries.iter().collect()).unwrap_or_default();
    let mut is_known = false;
    for entry in entries {
        if entry.get("allowed").is_some() || entry.get("denied").is_some() {
            rule(entry, firewall);
        } else if entry.get("networkInterfaces").is_some() {
            instance_labels(entry, firewall);
        } else {
            continue;
        }
        is_known = true;
    }
    is_known
}

fn rule(entry: &Value, firewall: &mut Firewall) {
    if entry.get("disabled").and_then(Value::as_bool) == Some(true) {
        return;
    }
    let network = network_label(text(entry, "network"));
    let direction = if text(entry, "direction") == "EGRESS" { Direction::Egress } else { Direction::Ingress };
    let labels = |list: &str, kind: &str| -> Vec<String> {
        items(entry, list).filter_map(Value::as_str).map(|name| format!("{kind}:{name}")).collect()
    };
    let mut targets = labels("targetTags", "tag");
    targets.extend(labels("targetServiceAccounts", "account"));
    if targets.is_empty() {
        targets.push(network.clone());
    }
    for (list, action) in [("allowed", Action::Allow), ("denied", Action::Deny)] {
        let services: Vec<&Value> = items(entry, list).collect();
        if services.is_empty() {
            continue;
        }
        firewall.rules.push(FirewallRule {
            set: network.clone(),
            set_name: String::new(),
            name: text(entry, "name").to_owned(),
            direction,
            action,
            priority: entry.get("priority").and_then(Value::as_i64).or(Some(1_000)),
            is_stateless: false,
            ports: service_ports(&services),
            peers: peers(entry, direction, labels("sourceTags", "tag"), labels("sourceServiceAccounts", "account")),
            targets: targets.clone(),
            local: Vec::new(),
            scope: network.clone(),
            is_default: false,
        });
    }
    if !firewall.rules.iter().any(|rule| rule.is_default && rule.set == network) {
        firewall.rules.push(implied_egress(network));
    }
}

/// Every network lets out what no rule of it refuses.
fn implied_egress(network: String) -> FirewallRule {
    FirewallRule {
        set: network.clone(),
        set_name: String::new(),
        name: "implied allow egress".to_owned(),
        direction: Direction::Egress,
        action: Action::Allow,
        // After all others: theirs are 65535 at most.
        priority: Some(65_536),
        is_stateless: false,
        ports: Vec::new(),
        peers: super::azure::everywhere().into_iter().map(Peer::Prefix).collect(),
        targets: vec![network.clone()],
        local: Vec::new(),
        scope: network,
        is_default: true,
    }
}

/// The ports of all entries; one that allows every protocol allows everything.
fn service_ports(services: &[&Value]) -> Vec<Ports> {
    let mut all = Vec::new();
    for service in services {
        let ranges: Vec<(u16, u16)> =
            items(service, "ports").filter_map(Value::as_str).filter_map(port_range).collect();
        let own = ports(protocol(text(service, "IPProtocol")), &ranges);
        if own.is_empty() {
            return own;
        }
        all.extend(own);
    }
    all
}

/// Ranges, tags and accounts; none of them is everywhere.
fn peers(entry: &Value, direction: Direction, tags: Vec<String>, accounts: Vec<String>) -> Vec<Peer> {
    let list = if direction == Direction::Ingress { "sourceRanges" } else { "destinationRanges" };
    let prefixes = items(entry, list).filter_map(Value::as_str).filter_map(prefix).map(Peer::Prefix);
    let mut peers: Vec<Peer> = prefixes.chain(tags.into_iter().chain(accounts).map(Peer::Label)).collect();
    if peers.is_empty() {
        peers.extend(super::azure::everywhere().into_iter().map(Peer::Prefix));
    }
    peers
}

/// `network:default` of `https://.../networks/default`.
fn network_label(url: &str) -> String {
    format!("network:{}", url.rsplit('/').next().unwrap_or(url))
}

fn instance_labels(entry: &Value, firewall: &mut Firewall) {
    let tags = entry.get("tags").into_iter().flat_map(|tags| items(tags, "items")).filter_map(Value::as_str);
    let mut labels: Vec<String> = tags.map(|tag| format!("tag:{tag}")).collect();
    labels.extend(items(entry, "serviceAccounts").map(|account| format!("account:{}", text(account, "email"))));
    for interface in items(entry, "networkInterfaces") {
        let public = items(interface, "accessConfigs").map(|config| text(config, "natIP"));
        let addresses: Vec<IpAddr> =
            public.chain([text(interface, "networkIP")]).filter_map(|text| text.parse().ok()).collect();
        let network = network_label(text(interface, "network"));
        for address in addresses {
            labels.iter().chain([&network]).for_each(|label| firewall.label(address, label));
        }
    }
}
