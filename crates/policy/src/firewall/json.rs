//! Members of JSON values, with what stands for their absence.

use crate::language::Ports;
use enrich::prefix::parse_prefix;
use enrich::service::protocol_number;
use ipnet::IpNet;
use serde_json::Value;

/// The items of an array member; none if there is no such array.
pub(super) fn items<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    value.get(name).and_then(Value::as_array).into_iter().flatten()
}

/// The text of a member, or empty.
pub(super) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// Texts of an array member, and of a member with one text.
pub(super) fn texts<'a>(value: &'a Value, one: &str, several: &str) -> Vec<&'a str> {
    let own = Some(text(value, one)).filter(|text| !text.is_empty());
    own.into_iter().chain(items(value, several).filter_map(Value::as_str)).collect()
}

pub(super) fn prefix(text: &str) -> Option<IpNet> {
    parse_prefix(text).ok()
}

/// A protocol as firewalls write it: a name or a number; `None` stands for every one.
pub(super) fn protocol(text: &str) -> Option<u8> {
    match text {
        "-1" | "*" | "all" | "" => None,
        name => protocol_number(name),
    }
}

/// `443`, `8000-8100`, `*`.
pub(super) fn port_range(text: &str) -> Option<(u16, u16)> {
    if text == "*" {
        return Some((0, u16::MAX));
    }
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    Some((first.trim().parse().ok()?, last.trim().parse().ok()?))
}

/// Ranges of ports of a protocol. Ranges without a protocol are those of TCP and of UDP.
pub(super) fn ports(protocol: Option<u8>, ranges: &[(u16, u16)]) -> Vec<Ports> {
    const TCP_UDP: [u8; 2] = [6, 17];
    let is_every = ranges.is_empty() || ranges.contains(&(0, u16::MAX));
    match protocol {
        None if is_every => Vec::new(),
        None => TCP_UDP.into_iter().flat_map(|protocol| ports(Some(protocol), ranges)).collect(),
        Some(protocol) if is_every => vec![Ports::all(protocol)],
        Some(protocol) => ranges.iter().map(|(first, last)| Ports { protocol, first: *first, last: *last }).collect(),
    }
}
