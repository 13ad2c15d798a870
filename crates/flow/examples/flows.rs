//! Runs captures through the table and says what came out: `cargo run --release -p flow --example flows -- FILE...`
//!
//! `time` around it tells what flows cost; `--decode` only decodes, to subtract.

use flow::{Config, EndReason, Flow, FlowTable, FlowView, Limits, Path, Sink};
use model::packet::{Anomaly, LinkType, Side, Timestamp};
use std::collections::BTreeMap;
use std::io::{BufReader, Read};

#[derive(Default)]
struct Totals {
    data_bytes: u64,
    gap_bytes: u64,
    datagrams: u64,
    anomalies: BTreeMap<&'static str, u64>,
    ended: BTreeMap<&'static str, u64>,
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

    fn ended(&mut self, _: &Flow, _: &Path, _: u64, reason: EndReason, _: Timestamp) {
        *self.ended.entry(reason.name()).or_default() += 1;
    }
}

fn main() {
    let (mut table, mut totals) = (FlowTable::new(Config::default(), Limits::default()), Totals::default());
    let (mut last, mut packets, mut most, mut decode_only) = (Timestamp(0), 0_u64, 0, false);
    for path in std::env::args().skip(1) {
        if path == "--decode" {
            decode_only = true;
            continue;
        }
        let Ok(file) = std::fs::File::open(&path) else { continue };
        let (mut file, mut header, mut frame) = (BufReader::with_capacity(1 << 20, file), [0; 16], Vec::new());
        let mut start = [0; 24];
        let mut is_read = file.read_exact(&mut start).is_ok();
        while is_read && file.read_exact(&mut header).is_ok() {
            let word = |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
            frame.resize(word(8).min(1 << 18) as usize, 0);
            is_read = file.read_exact(&mut frame).is_ok();
            last = Timestamp(i64::from(word(0)) * 1_000_000_000 + i64::from(word(4)) * 1_000);
            let packet = wire::decode(LinkType::ETHERNET, &frame, word(12), &wire::DecodeConfig::default());
            packets += 1;
            if decode_only {
                totals.datagrams += u64::from(packet.network.is_some());
            } else {
                table.packet(last, &packet, &mut totals);
            }
            most = most.max(table.len());
        }
    }
    table.finish(last, &mut totals);
    eprintln!("{packets} packets, at most {most} flows at a time, {:?}", table.counters());
    eprintln!("{} bytes in streams, {} in gaps, {} datagrams", totals.data_bytes, totals.gap_bytes, totals.datagrams);
    eprintln!("{:?} {:?}", totals.ended, totals.anomalies);
}
