//! Azure: network security groups, and the interfaces behind them. The CLI's form and ARM's are both read.

use super::json::{items, port_range, ports, prefix, protocol, text, texts};
use super::{Direction, Firewall, FirewallRule, Peer};
use crate::language::Action;
use ipnet::IpNet;
use serde_json::Value;

/// Reads what a document has of Azure; false if it is nothing of Azure.
pub(super) fn read(value: &Value, firewall: &mut Firewall) -> bool {
    let entries: Vec<&Value> = match value {
        Value::Array(entries) => entries.iter().collect(),
        Value::Object(_) if value.get("value").is_some_and(Value::is_array) => items(value, "value").collect(),
        other => vec![other],
    };
    let mut is_known = false;
    for entry in entries {
        let body = properties(entry);
        if body.get("securityRules").is_some() {
            security_group(entry, body, firewall);
        } else if body.get("ipConfigurations").is_some() {
            interface_labels(entry, body, firewall);
        } else {
            continue;
        }
        is_known = true;
    }
    is_known
}

/// ARM keeps everything but names in `properties`.
fn properties(entry: &Value) -> &Value {
    entry.get("properties").filter(|properties| properties.is_object()).unwrap_or(entry)
}

fn security_group(entry: &Value, body: &Value, firewall: &mut Firewall) {
    let id = text(entry, "id").to_lowercase();
    let subnets = items(body, "subnets").map(|subnet| text(subnet, "id").to_lowercase());
    let targets: Vec<String> = [id.clone()].into_iter().chain(subnets).filter(|target| !target.is_empty()).collect();
    let own = items(body, "securityRules").map(|rule| (rule, false));
    for (rule, is_default) in own.chain(items(body, "defaultSecurityRules").map(|rule| (rule, true))) {
        let rule_body = properties(rule);
        let direction = match text(rule_body, "direction") {
            "Outbound" => Direction::Egress,
            _ => Direction::Ingress,
        };
        let sources = texts(rule_body, "sourceAddressPrefix", "sourceAddressPrefixes");
        let destinations = texts(rule_body, "destinationAddressPrefix", "destinationAddressPrefixes");
        let (remote, local) = match direction {
            Direction::Ingress => (sources, destinations),
            Direction::Egress => (destinations, sources),
        };
        let ranges = texts(rule_body, "destinationPortRange", "destinationPortRanges");
        let ranges: Vec<(u16, u16)> = ranges.into_iter().filter_map(port_range).collect();
        firewall.rules.push(FirewallRule {
            set: id.clone(),
            set_name: text(entry, "name").to_owned(),
            name: text(rule, "name").to_owned(),
            direction,
            action: if text(rule_body, "access") == "Deny" { Action::Deny } else { Action::Allow },
            priority: rule_body.get("priority").and_then(Value::as_i64).or(Some(i64::MAX)),
            is_stateless: false,
            ports: ports(protocol(text(rule_body, "protocol")), &ranges),
            peers: remote.into_iter().flat_map(peers).collect(),
            targets: targets.clone(),
            local: local.into_iter().filter_map(prefix).collect(),
            scope: subscription(&id),
            is_default,
        });
    }
    if items(body, "defaultSecurityRules").next().is_none() {
        firewall.rules.extend(DEFAULTS.iter().map(|row| default_rule(row, &id, text(entry, "name"), &targets)));
    }
}

/// What every group allows in the end, where a file does not list it: name, direction, priority, other ends.
const DEFAULTS: &[(&str, Direction, i64, Peer)] = &[
    ("AllowVnetInBound", Direction::Ingress, 65_000, Peer::Private),
    ("AllowVnetOutBound", Direction::Egress, 65_000, Peer::Private),
    ("AllowInternetOutBound", Direction::Egress, 65_001, Peer::Internet),
];

fn default_rule(
    (name, direction, priority, peer): &(&str, Direction, i64, Peer),
    id: &str,
    set_name: &str,
    targets: &[String],
) -> FirewallRule {
    FirewallRule {
        set: id.to_owned(),
        set_name: set_name.to_owned(),
        name: (*name).to_owned(),
        direction: *direction,
        action: Action::Allow,
        priority: Some(*priority),
        is_stateless: false,
        ports: Vec::new(),
        peers: vec![peer.clone()],
        targets: targets.to_vec(),
        local: Vec::new(),
        scope: subscription(id),
        is_default: true,
    }
}

/// `/subscriptions/1` of an identifier in lower case; empty of another text.
fn subscription(id: &str) -> String {
    match id.split('/').collect::<Vec<_>>()[..] {
        ["", "subscriptions", subscription, ..] => format!("/subscriptions/{subscription}"),
        _ => String::new(),
    }
}

/// A prefix, or one of Azure's names for many.
fn peers(text: &str) -> Vec<Peer> {
    match text {
        "*" | "Any" => everywhere().into_iter().map(Peer::Prefix).collect(),
        "Internet" => vec![Peer::Internet],
        "VirtualNetwork" => vec![Peer::Private],
        text => vec![prefix(text).map_or_else(|| Peer::Unknown(text.to_owned()), Peer::Prefix)],
    }
}

/// Every address.
pub(super) fn everywhere() -> Vec<IpNet> {
    ["0.0.0.0/0", "::/0"].into_iter().filter_map(prefix).collect()
}

fn interface_labels(entry: &Value, body: &Value, firewall: &mut Firewall) {
    let subscription = subscription(&text(entry, "id").to_lowercase());
    let group = body.get("networkSecurityGroup").map(|group| text(group, "id")).unwrap_or_default();
    for configuration in items(body, "ipConfigurations").map(properties) {
        let address =
            ["privateIPAddress", "privateIpAddress"].iter().find_map(|name| text(configuration, name).parse().ok());
        let subnet = configuration.get("subnet").map(|subnet| text(subnet, "id")).unwrap_or_default();
        let Some(address) = address else { continue };
        for label in [group, subnet, &subscription].into_iter().filter(|label| !label.is_empty()) {
            firewall.label(address, &label.to_lowercase());
        }
    }
}
