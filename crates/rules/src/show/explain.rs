//! A rule in words.

use super::{bytes, facts};
use crate::detect::rule::{Addresses, Compiled, HashKind, Header, HeaderPlace, Part, Place, Ports, Scope, Test};
use crate::detect::{Kind, Names, Threshold, Track};
use crate::inspect::Check;
use model::packet::Side;
use std::fmt::Write;
use std::net::Ipv6Addr;

/// Ranges of a list that are shown; the rest is counted.
const RANGES_SHOWN: usize = 4;

/// What a rule does: which traffic, what it must be, what must stand in which buffer, and what follows.
pub fn explain(rule: &Compiled, names: &Names) -> String {
    let mut text = title(rule);
    let _ = writeln!(text, "{}", traffic(rule.action().to_string(), &rule.header));
    let _ = writeln!(text, "Looked at: {}.", scope(rule));
    list(&mut text, "Of the packet or its flow:", rule.conditions.iter().map(facts::condition));
    list(&mut text, "Of what was remembered:", rule.values.iter().filter_map(|step| facts::wanted(step, names)));
    if !rule.payload.is_empty() {
        list(&mut text, "The payload:", rule.payload.iter().map(bytes::check));
    }
    for part in &rule.parts {
        list(&mut text, &format!("{}:", place_of(part)), checks_of(&part.test));
    }
    list(&mut text, "Then:", rule.values.iter().filter_map(|step| facts::done(step, names)).chain(told(rule)));
    text
}

fn title(rule: &Compiled) -> String {
    let about = &rule.about;
    let mut text = format!("{}:{}:{} \"{}\"\n", about.gid, about.sid, about.rev, about.message);
    if !about.category.is_empty() {
        let _ = write!(text, "{}, ", about.category);
    }
    let _ = writeln!(text, "severity {}.", about.severity);
    for reference in &about.references {
        let _ = writeln!(text, "See {reference}");
    }
    text
}

fn list(text: &mut String, title: &str, lines: impl Iterator<Item = String>) {
    let mut lines = lines.peekable();
    if lines.peek().is_none() {
        return;
    }
    let _ = writeln!(text, "{title}");
    for line in lines {
        let _ = writeln!(text, "  - {line}");
    }
}

fn traffic(action: String, header: &Header) -> String {
    let mut what = match header.protocols.as_slice() {
        [] => "any protocol".to_owned(),
        protocols => protocols.iter().map(|protocol| transport(*protocol)).collect::<Vec<_>>().join(" or "),
    };
    if let Some(version) = header.version {
        let _ = write!(what, " over IPv{version}");
    }
    if !header.applications.is_empty() {
        let _ = write!(what, " that speaks {}", header.applications.join(" or "));
    }
    let (from, to) = (
        format!("{}{}", addresses(&header.source), ports(&header.source_ports)),
        format!("{}{}", addresses(&header.destination), ports(&header.destination_ports)),
    );
    let way = if header.is_bidirectional { "between" } else { "from" };
    let and = if header.is_bidirectional { "and" } else { "to" };
    format!("Action {action} on {what}, {way} {from} {and} {to}.")
}

fn transport(protocol: u8) -> String {
    match protocol {
        1 => "ICMP".to_owned(),
        6 => "TCP".to_owned(),
        17 => "UDP".to_owned(),
        58 => "ICMPv6".to_owned(),
        132 => "SCTP".to_owned(),
        other => format!("IP protocol {other}"),
    }
}

fn addresses(addresses: &Addresses) -> String {
    if addresses.is_any() {
        return "any address".to_owned();
    }
    let shown = |number: u128| {
        let address = Ipv6Addr::from_bits(number);
        address.to_ipv4_mapped().map_or_else(|| address.to_string(), |v4| v4.to_string())
    };
    let list = |ranges: &[(u128, u128)]| joined(ranges, |(first, last)| span(shown(*first), shown(*last)));
    match addresses.ranges() {
        [(0, _), .., (_, u128::MAX)] => format!("any address but {}", list(&gaps(addresses.ranges()))),
        ranges => list(ranges),
    }
}

/// What lies between ranges.
fn gaps(ranges: &[(u128, u128)]) -> Vec<(u128, u128)> {
    ranges.windows(2).map(|pair| (pair[0].1.saturating_add(1), pair[1].0.saturating_sub(1))).collect()
}

fn ports(ports: &Ports) -> String {
    match ports.ranges() {
        _ if ports.is_any() => String::new(),
        ranges => format!(" port {}", joined(ranges, |(first, last)| span(first.to_string(), last.to_string()))),
    }
}

fn span(first: String, last: String) -> String {
    if first == last { first } else { format!("{first}-{last}") }
}

fn joined<T>(ranges: &[T], shown: impl Fn(&T) -> String) -> String {
    let mut text = ranges.iter().take(RANGES_SHOWN).map(shown).collect::<Vec<_>>().join(", ");
    if ranges.len() > RANGES_SHOWN {
        let _ = write!(text, " and {} more", ranges.len() - RANGES_SHOWN);
    }
    text
}

fn scope(rule: &Compiled) -> String {
    let what = match rule.scope {
        Scope::FlowOnce => "once in each direction of a flow",
        Scope::Packet => "packet by packet",
        Scope::Stream => "streams as they are put together",
        Scope::PacketAndStream => "packet by packet, and streams as they are put together",
        Scope::Protocol => "packets of flows whose protocol is known",
        Scope::Transaction => "transaction by transaction",
        Scope::Frame => "frame by frame",
    };
    match rule.sender {
        Some(sender) => format!("{what}, as the {} sends", side(sender)),
        None => what.to_owned(),
    }
}

fn side(side: Side) -> &'static str {
    match side {
        Side::Client => "client",
        Side::Server => "server",
    }
}

fn place_of(part: &Part) -> String {
    let mut text = place(part.place).to_owned();
    if let Some(sender) = part.sender {
        let _ = write!(text, " of the {}", side(sender));
    }
    for transform in &part.transforms {
        let _ = write!(text, ", {}", bytes::transform(transform));
    }
    text
}

fn place(place: Place) -> &'static str {
    match place {
        Place::Field(field) => field.name(),
        Place::Body => "the body",
        Place::FileData => "file.data",
        Place::FileName => "file.name",
        Place::FileMagic => "file.magic",
        Place::FileSize => "filesize",
        Place::FileHash(HashKind::Md5) => "the MD5 of a file",
        Place::FileHash(HashKind::Sha1) => "the SHA-1 of a file",
        Place::FileHash(HashKind::Sha256) => "the SHA-256 of a file",
        Place::Frame(name) => name,
        Place::Decoded => "base64_data",
        Place::Payload => "the payload",
        Place::Header(HeaderPlace::Ipv4) => "ipv4.hdr",
        Place::Header(HeaderPlace::Ipv6) => "ipv6.hdr",
        Place::Header(HeaderPlace::Tcp) => "tcp.hdr",
        Place::Header(HeaderPlace::Udp) => "udp.hdr",
        Place::Header(HeaderPlace::IcmpV4) => "icmpv4.hdr",
        Place::Header(HeaderPlace::IcmpV6) => "icmpv6.hdr",
        Place::SourceAddress => "ip.src",
        Place::DestinationAddress => "ip.dst",
    }
}

fn checks_of(test: &Test) -> Box<dyn Iterator<Item = String> + '_> {
    let all = |checks: &[Check]| checks.iter().map(bytes::check).collect::<Vec<_>>();
    match test {
        Test::Checks(checks) => Box::new(checks.iter().map(bytes::check)),
        Test::Number(test) => Box::new(std::iter::once(bytes::number(test))),
        Test::Foreign => Box::new(std::iter::once("is not the sender's".to_owned())),
        Test::Absent(None) => Box::new(std::iter::once("is missing".to_owned())),
        Test::Absent(Some(checks)) => {
            Box::new(std::iter::once(format!("is missing, or {}", all(checks).join(", and "))))
        }
    }
}

/// What is told of a match.
fn told(rule: &Compiled) -> impl Iterator<Item = String> {
    let silent = rule.is_silent.then(|| "nothing is told".to_owned());
    let tag = (!rule.tags.is_empty()).then(|| "packets that follow are told too".to_owned());
    silent.into_iter().chain(tag).chain(rule.thresholds.iter().map(threshold))
}

fn threshold(threshold: &Threshold) -> String {
    let of = match threshold.track {
        Track::Source => "of one source",
        Track::Destination => "of one destination",
        Track::Both => "of one pair of hosts",
        Track::Flow => "of one flow",
        Track::Rule => "of all",
    };
    let (count, seconds) = (threshold.count, threshold.seconds);
    match threshold.kind {
        Kind::Limit => format!("of the matches {of} in {seconds} s the first {count} are told"),
        Kind::Threshold => format!("of the matches {of} in {seconds} s each {count}th is told"),
        Kind::Both => format!("one match {of} in {seconds} s is told, once there were {count}"),
        Kind::Backoff { multiplier } => {
            format!("of the matches {of} the {count}th is told, then each at {multiplier} times as many")
        }
        Kind::DetectionFilter => format!("matches {of} are told once there were {count} in {seconds} s"),
    }
}
