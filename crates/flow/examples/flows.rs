//! Runs captures through the table and says what came out: `cargo run --release -p flow --example flows -- FILE...`
//!
//! `time` around it tells what flows cost; `--decode` only decodes, to subtract; `--list` writes a line per flow.

use capture::{FrameDetails, FrameReader, FrameSink, Note};
use flow::{
    Config, DefragmentConfig, DefragmentLimits, Defragmenter, EndReason, Flow, FlowTable, FlowView, Limits, Path, Sink,
};
use model::packet::{Anomaly, Frame, Side, Timestamp};
use std::collections::BTreeMap;
use std::io::Read;
use wire::DecodeConfig;

#[derive(Default)]
struct Totals {
    data_bytes: u64,
    gap_bytes: u64,
    datagrams: u64,
    anomalies: BTreeMap<&'static str, u64>,
    ended: BTreeMap<&'static str, u64>,
    lists: bool,
}

impl Sink<u64> for Totals {
    fn opened(&mut self, flow: &Flow, _: &Path, _: Timestamp) -> u64 {
        flow.number
    }

    fn data(&mut self, _: FlowView<'_, u64>, _: Side, _: u64, bytes: &[u8], _: Timestamp) {
        self.data_bytes += bytes.len() as u64;
    }

    fn gap(&mut self, _: FlowView<'_, u64>, _: Side, _: u64, bytes: u64, _: Timestamp) {
        self.gap_bytes += bytes;
    }

    fn datagram(&mut self, _: FlowView<'_, u64>, _: Side, _: &[u8], _: Timestamp) {
        self.datagrams += 1;
    }

    fn anomaly(&mut self, _: Option<FlowView<'_, u64>>, anomaly: Anomaly, _: Timestamp) {
        *self.anomalies.entry(anomaly.name).or_default() += 1;
    }

    fn ended(&mut self, flow: &Flow, _: &Path, _: u64, reason: EndReason, _: Timestamp) {
        if self.lists {
            list(flow, reason);
        }
        *self.ended.entry(reason.name()).or_default() += 1;
    }
}

/// A line per flow, in the terms of Suricata's flow events.
fn list(flow: &Flow, reason: EndReason) {
    let (client, server, [to_server, to_client]) = (flow.client(), flow.server(), &flow.sides);
    let tcp = flow.tcp.as_ref().map_or(String::new(), |tcp| {
        let [ts, tc] = flow.tcp_flags;
        format!("{} {:02x} {ts:02x} {tc:02x} {}", tcp.connection.state.name(), ts | tc, tcp.history.as_str())
    });
    eprintln!(
        "{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{tcp}",
        flow.protocol(),
        client.address,
        client.port,
        server.address,
        server.port,
        to_server.packets,
        to_client.packets,
        to_server.wire_bytes,
        to_client.wire_bytes,
        flow.state.name(),
        reason.name(),
    );
}

/// A table that takes the frames of a capture.
struct Reading {
    table: FlowTable<u64>,
    defragmenter: Defragmenter,
    totals: Totals,
    config: DecodeConfig,
    decodes_only: bool,
    packets: u64,
    most_flows: usize,
    last: Timestamp,
}

impl FrameSink for Reading {
    fn frame(&mut self, frame: Frame<'_>, _: FrameDetails) {
        self.packets += 1;
        self.last = frame.timestamp;
        let packet = wire::decode(frame.link_type, frame.bytes, frame.wire_length, &self.config);
        if self.decodes_only {
            self.totals.datagrams += u64::from(packet.network.is_some());
        } else if packet.is_fragment() {
            let anomalies = &mut self.totals.anomalies;
            let note = |anomaly: Anomaly| *anomalies.entry(anomaly.name).or_default() += 1;
            if let Some(whole) = self.defragmenter.push(frame.timestamp, &packet, note) {
                let packet = whole.packet(&packet, &self.config);
                self.table.packet(frame.timestamp, &packet, &mut self.totals);
            }
        } else {
            self.table.packet(frame.timestamp, &packet, &mut self.totals);
        }
        self.most_flows = self.most_flows.max(self.table.len());
    }

    fn note(&mut self, _: Note<'_>) {}
}

fn main() -> std::io::Result<()> {
    let mut reading = Reading {
        table: FlowTable::new(Config::default(), Limits::default()),
        defragmenter: Defragmenter::new(DefragmentConfig::default(), DefragmentLimits::default()),
        totals: Totals::default(),
        config: DecodeConfig::every_overlay(),
        decodes_only: false,
        packets: 0,
        most_flows: 0,
        last: Timestamp::default(),
    };
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--list" => reading.totals.lists = true,
            "--decode" => reading.decodes_only = true,
            path => read(path, &mut reading)?,
        }
    }
    let Reading { mut table, mut totals, packets, most_flows, last, .. } = reading;
    table.finish(last, &mut totals);
    eprintln!("{packets} packets, at most {most_flows} flows at a time, {:?}", table.counters());
    eprintln!("{} bytes in streams, {} in gaps, {} datagrams", totals.data_bytes, totals.gap_bytes, totals.datagrams);
    eprintln!("{:?} {:?}", totals.ended, totals.anomalies);
    Ok(())
}

fn read(path: &str, reading: &mut Reading) -> std::io::Result<()> {
    let (mut file, mut chunk) = (std::fs::File::open(path)?, vec![0; 1 << 18]);
    let mut reader = FrameReader::new(capture::Limits::default());
    loop {
        let length = file.read(&mut chunk)?;
        if length == 0 {
            break;
        }
        reader.push(&chunk[..length], reading);
    }
    reader.finish(reading);
    Ok(())
}
