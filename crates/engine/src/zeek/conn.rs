//! `conn.log`: every connection when it is over.

use super::field::{Field, ORIG_H, ORIG_P, PROTO, RESP_H, RESP_P, Record, TS, UID, made, unset};
use super::value::Value;
use crate::event::FlowFacts;
use enrich::address::AddressClass;
use flow::Flow;
use model::packet::Side;
use std::net::IpAddr;

pub(super) const FIELDS: &[Field] = &[
    TS,
    UID,
    ORIG_H,
    ORIG_P,
    RESP_H,
    RESP_P,
    PROTO,
    made("service", "string", |record| of(record, service)),
    made("duration", "interval", |record| of(record, |facts| duration(facts.flow))),
    made("orig_bytes", "count", |record| of(record, |facts| payload(facts.flow, Side::Client))),
    made("resp_bytes", "count", |record| of(record, |facts| payload(facts.flow, Side::Server))),
    made("conn_state", "string", |record| of(record, |facts| Value::text(state(facts.flow)))),
    made("local_orig", "bool", |record| of(record, |facts| Value::Boolean(is_local(facts.flow.client().address)))),
    made("local_resp", "bool", |record| of(record, |facts| Value::Boolean(is_local(facts.flow.server().address)))),
    made("missed_bytes", "count", |record| of(record, |facts| Value::Number(missed(facts.flow)))),
    made("history", "string", |record| of(record, |facts| history(facts.flow))),
    made("orig_pkts", "count", |record| of(record, |facts| Value::Number(facts.flow.side(Side::Client).packets))),
    made("orig_ip_bytes", "count", |record| of(record, |facts| Value::Number(facts.flow.side(Side::Client).ip_bytes))),
    made("resp_pkts", "count", |record| of(record, |facts| Value::Number(facts.flow.side(Side::Server).packets))),
    made("resp_ip_bytes", "count", |record| of(record, |facts| Value::Number(facts.flow.side(Side::Server).ip_bytes))),
    unset("tunnel_parents", "set[string]"),
    made("ip_proto", "count", |record| of(record, |facts| Value::Number(facts.flow.protocol().into()))),
];

fn of(record: &Record<'_>, make: impl Fn(&FlowFacts<'_>) -> Value) -> Value {
    record.facts.map_or(Value::Unset, make)
}

/// Zeek's name of a protocol; those that it does not know keep ours.
fn service(facts: &FlowFacts<'_>) -> Value {
    const NAMES: &[(&str, &str)] = &[
        ("tls", "ssl"),
        ("dtls", "ssl"),
        ("mdns", "dns"),
        ("llmnr", "dns"),
        ("ftp_data", "ftp-data"),
        ("http2", "http"),
        ("quic", "quic,ssl"),
    ];
    let Some(name) = facts.protocol.filter(|name| *name != "failed") else { return Value::Unset };
    Value::text(NAMES.iter().find(|(own, _)| *own == name).map_or(name, |(_, other)| other))
}

/// For so long Zeek waits for what comes behind the last FIN.
const CLOSING_NS: i64 = 5_000_000_000;

fn duration(flow: &Flow) -> Value {
    let packets = flow.sides.iter().map(|side| side.packets).sum::<u64>();
    // Without the last acknowledgement of a connection that both sides have closed: its sender's last packet is the later one.
    let [client, server] = Side::BOTH.map(|side| flow.side(side).last);
    let is_last_acknowledged = flow.tcp.is_some() && client.since_ns(server).abs() <= CLOSING_NS;
    let end = if is_last_acknowledged && tcp_state(flow) == "SF" { client.min(server) } else { flow.end() };
    if packets > 1 { Value::Interval(end.since_ns(flow.start())) } else { Value::Unset }
}

/// Payload: of TCP what the sequence numbers say, of others what the headers leave.
fn payload(flow: &Flow, side: Side) -> Value {
    if flow.sides.iter().map(|side| side.packets).sum::<u64>() <= 1 && flow.protocol() == 6 {
        return Value::Unset;
    }
    let traffic = flow.side(side);
    if let Some(tcp) = &flow.tcp {
        let sent = tcp.performance.as_ref().map(|measured| measured.side(side));
        return Value::Number(sent.map_or(0, |sent| sent.unique_bytes + sent.capture_lost_bytes));
    }
    if flow.sides.iter().map(|side| side.packets).sum::<u64>() <= 1 && traffic.packets == 0 {
        return Value::Unset;
    }
    const TRANSPORT_HEADER: u64 = 8;
    let header = if flow.client().address.is_ipv4() { 20 } else { 40 } + TRANSPORT_HEADER;
    Value::Number(traffic.ip_bytes.saturating_sub(traffic.packets * header))
}

fn missed(flow: &Flow) -> u64 {
    let measured = flow.tcp.as_ref().and_then(|tcp| tcp.performance.as_ref());
    measured.map_or(0, |measured| measured.sides.iter().map(|side| side.capture_lost_bytes).sum())
}

const FIN: u8 = 0x01;
const SYN: u8 = 0x02;
const RST: u8 = 0x04;

/// How it went, in Zeek's names.
fn state(flow: &Flow) -> &'static str {
    if flow.tcp.is_some() {
        return tcp_state(flow);
    }
    let has_sent = |side| flow.side(side).packets > 0;
    match (flow.protocol(), has_sent(Side::Client), has_sent(Side::Server)) {
        (17, true, true) => "SF",
        (17, true, false) => "S0",
        (17, false, true) => "SHR",
        _ => "OTH",
    }
}

fn tcp_state(flow: &Flow) -> &'static str {
    let [client, server] = flow.tcp_flags;
    let has = |flags: u8, flag: u8| flags & flag != 0;
    let is_answered = has(server, SYN);
    let (closed_by_client, closed_by_server) = (has(client, FIN), has(server, FIN));
    match (has(client, SYN), is_answered) {
        (false, false) => "OTH",
        (false, true) if closed_by_client && closed_by_server => "SF",
        (false, true) if has(server, RST) => "RSTRH",
        (false, true) if closed_by_server => "SHR",
        (false, true) => "OTH",
        (true, false) if has(server, RST) => "REJ",
        (true, false) if has(client, RST) => "RSTOS0",
        (true, false) if closed_by_client => "SH",
        (true, false) => "S0",
        (true, true) if closed_by_client && closed_by_server => "SF",
        (true, true) if has(client, RST) && was_first(flow, b'R', b'r') => "RSTO",
        (true, true) if has(server, RST) => "RSTR",
        (true, true) if closed_by_client => "S2",
        (true, true) if closed_by_server => "S3",
        (true, true) => "S1",
    }
}

/// Did the first letter come before the second?
fn was_first(flow: &Flow, first: u8, second: u8) -> bool {
    let Some(tcp) = &flow.tcp else { return false };
    let place = |letter: u8| tcp.history.as_str().bytes().position(|own| own == letter);
    place(second).is_none_or(|second| place(first).is_some_and(|first| first < second))
}

fn history(flow: &Flow) -> Value {
    if let Some(tcp) = &flow.tcp {
        return Value::some_text(Some(tcp.history.as_str().as_bytes()));
    }
    if flow.protocol() != 17 {
        return Value::Unset;
    }
    let turned = if flow.is_turned { "^" } else { "" };
    let has_sent = |side, letter| if flow.side(side).packets > 0 { letter } else { "" };
    let (client, server) = (has_sent(Side::Client, "D"), has_sent(Side::Server, "d"));
    Value::text(&if flow.is_turned { format!("{turned}{server}{client}") } else { format!("{client}{server}") })
}

/// Zeek takes for local, where nothing else is said, every address that is for special use and nobody's in the internet.
pub(super) fn is_local(address: IpAddr) -> bool {
    !matches!(AddressClass::of_ip(address), AddressClass::Public | AddressClass::Multicast)
}
