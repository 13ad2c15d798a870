//! Builders of packets, and a sink that writes down what it is told.

#![allow(dead_code, unreachable_pub, reason = "each test file uses its part")]

pub mod pcap;

use flow::{EndReason, Flow, FlowView, Path, Sink};
use model::packet::{Anomaly, Side, Timestamp};
use std::net::IpAddr;
use wire::{Icmp, Network, Packet, Tcp, TcpFlags, Transport, Udp};

/// Flags by their letters: `SA`, `PA`, `F`, ...
pub fn flags(letters: &str) -> TcpFlags {
    TcpFlags(letters.bytes().map(|letter| 1 << "FSRPAUEC".find(letter as char).expect("a flag")).sum())
}

pub fn network(source: &str, destination: &str, protocol: u8, length: usize) -> Network {
    let parse = |text: &str| text.parse::<IpAddr>().expect("an address");
    Network {
        source: parse(source),
        destination: parse(destination),
        protocol,
        ttl: 64,
        traffic_class: 0,
        total_length: length as u32,
        header_length: 20,
        identification: 0,
        flow_label: 0,
        fragment: None,
        is_unfragmentable: true,
    }
}

/// TCP between 10.0.0.1:40000 (client) and 10.0.0.2:80.
pub fn tcp<'a>(sender: Side, letters: &str, sequence: u32, acknowledgement: u32, payload: &'a [u8]) -> Packet<'a> {
    let (source, destination, source_port, destination_port) = match sender {
        Side::Client => ("10.0.0.1", "10.0.0.2", 40_000, 80),
        Side::Server => ("10.0.0.2", "10.0.0.1", 80, 40_000),
    };
    Packet {
        network: Some(network(source, destination, 6, 40 + payload.len())),
        transport: Transport::Tcp(Tcp {
            source_port,
            destination_port,
            sequence,
            acknowledgement,
            flags: flags(letters),
            window: 64_000,
            checksum: 0,
            urgent: 0,
            header_length: 20,
            option_bytes: &[],
        }),
        payload,
        wire_length: 54 + payload.len() as u32,
        ..Packet::default()
    }
}

pub fn udp<'a>(source: (&str, u16), destination: (&str, u16), payload: &'a [u8]) -> Packet<'a> {
    Packet {
        network: Some(network(source.0, destination.0, 17, 28 + payload.len())),
        transport: Transport::Udp(Udp {
            source_port: source.1,
            destination_port: destination.1,
            length: 8 + payload.len() as u16,
            checksum: 0,
        }),
        payload,
        wire_length: 42 + payload.len() as u32,
        ..Packet::default()
    }
}

pub fn icmp<'a>(source: &str, destination: &str, kind: u8, code: u8, rest: [u8; 4], about: &'a [u8]) -> Packet<'a> {
    Packet {
        network: Some(network(source, destination, 1, 28 + about.len())),
        transport: Transport::Icmp(Icmp { kind, code, rest, about }),
        wire_length: 42 + about.len() as u32,
        ..Packet::default()
    }
}

/// The moment so many milliseconds after the start.
pub fn at_ms(ms: i64) -> Timestamp {
    Timestamp(1_700_000_000_000_000_000 + ms * 1_000_000)
}

/// A line per call.
#[derive(Default, Debug)]
pub struct Journal {
    pub lines: Vec<String>,
    pub streams: [Vec<u8>; 2],
    pub datagrams: usize,
    pub ended: usize,
    /// Whoever is met in the middle is taken for the other one.
    pub turns_round: bool,
    /// Nothing more is wanted of a flow behind these bytes.
    pub cuts_off_behind: Option<&'static [u8]>,
}

impl Journal {
    fn add(&mut self, flow: &Flow, what: String) {
        self.lines.push(format!("{} {what}", flow.number));
    }

    pub fn anomalies(&self) -> Vec<&str> {
        self.lines.iter().filter_map(|line| line.split_once("anomaly ")).map(|(_, name)| name).collect()
    }

    /// The lines with this word.
    pub fn with(&self, word: &str) -> Vec<&str> {
        self.lines.iter().map(String::as_str).filter(|line| line.contains(word)).collect()
    }
}

impl Sink<()> for Journal {
    fn opened(&mut self, flow: &Flow, _: &Path, _: Timestamp) {
        let (client, server) = (flow.client(), flow.server());
        let ends = format!("{}:{} {}:{}", client.address, client.port, server.address, server.port);
        self.add(flow, format!("opened {ends} {:?}", flow.evidence));
    }

    fn data(&mut self, flow: FlowView<'_, ()>, sender: Side, offset: u64, bytes: &[u8], _: Timestamp) {
        self.streams[sender.index()].extend_from_slice(bytes);
        self.add(flow.flow, format!("data {sender:?} {offset} {}", String::from_utf8_lossy(bytes)));
        if self.cuts_off_behind == Some(bytes) {
            flow.wants.cut_off();
        }
    }

    fn leftover(&mut self, flow: FlowView<'_, ()>, sender: Side, offset: u64, bytes: &[u8], _: Timestamp) {
        self.add(flow.flow, format!("leftover {sender:?} {offset} {}", String::from_utf8_lossy(bytes)));
    }

    fn is_turned_round(&mut self, _: FlowView<'_, ()>, _: Side, _: &[u8]) -> bool {
        self.turns_round
    }

    fn gap(&mut self, flow: FlowView<'_, ()>, sender: Side, offset: u64, bytes: u64, _: Timestamp) {
        self.add(flow.flow, format!("gap {sender:?} {offset} {bytes}"));
    }

    fn datagram(&mut self, flow: FlowView<'_, ()>, sender: Side, payload: &[u8], _: Timestamp) {
        self.datagrams += 1;
        self.add(flow.flow, format!("datagram {sender:?} {}", String::from_utf8_lossy(payload)));
    }

    fn icmp_error(&mut self, flow: FlowView<'_, ()>, sender: Side, icmp: &Icmp<'_>, _: Timestamp) {
        self.add(flow.flow, format!("icmp_error {sender:?} {} {}", icmp.kind, icmp.code));
    }

    fn closing(&mut self, flow: FlowView<'_, ()>, sender: Side, _: Timestamp) {
        self.add(flow.flow, format!("closing {sender:?}"));
    }

    fn anomaly(&mut self, flow: Option<FlowView<'_, ()>>, anomaly: Anomaly, _: Timestamp) {
        let number = flow.map_or(0, |flow| flow.flow.number);
        self.lines.push(format!("{number} anomaly {}", anomaly.name));
    }

    fn ended(&mut self, flow: &Flow, _: &Path, (): (), reason: EndReason, _: Timestamp) {
        self.ended += 1;
        let state = flow.tcp_state().map_or("", |state| state.name());
        self.add(flow, format!("ended {} {} {state}", reason.name(), flow.state.name()));
    }
}
