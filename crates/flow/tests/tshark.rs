//! tshark's flags, counted by sender: the fixtures' expected numbers, and tshark itself over all captures where it is installed.

mod support;

use flow::tcp::TsharkFlag;
use flow::{Config, EndReason, Flow, FlowTable, FlowView, Limits, Sink};
use model::packet::{Anomaly, Side, Timestamp};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use support::pcap;

/// Flags of a direction: (source, port, destination, port, flag) to how often.
type Counts = BTreeMap<(String, String), u32>;

#[derive(Default)]
struct Flags(Counts);

impl Sink<()> for Flags {
    fn opened(&mut self, _: &Flow, _: &flow::Path, _: Timestamp) {}
    fn data(&mut self, _: FlowView<'_, ()>, _: Side, _: u64, _: &[u8], _: Timestamp) {}
    fn gap(&mut self, _: FlowView<'_, ()>, _: Side, _: u64, _: u64, _: Timestamp) {}
    fn datagram(&mut self, _: FlowView<'_, ()>, _: Side, _: &[u8], _: Timestamp) {}
    fn anomaly(&mut self, _: Option<FlowView<'_, ()>>, _: Anomaly, _: Timestamp) {}

    fn ended(&mut self, flow: &Flow, _: &flow::Path, (): (), _: EndReason, _: Timestamp) {
        let Some(counts) = flow.tcp.as_ref().and_then(|tcp| tcp.tshark.as_ref()) else { return };
        for side in Side::BOTH {
            let ends = [flow.client(), flow.server()];
            let (from, to) = (ends[side.index()], ends[side.other().index()]);
            let ends = format!("{},{},{},{}", from.address, from.port, to.address, to.port);
            for (flag, name) in TsharkFlag::NAMES {
                let count = counts.count(side, *flag);
                if count > 0 {
                    *self.0.entry((ends.clone(), (*name).to_owned())).or_default() += count;
                }
            }
        }
    }
}

fn ours(path: &Path) -> Counts {
    let config = Config {
        counts_as_tshark: true,
        recognises_taps: false,
        vantage: flow::VantagePolicy::Ignored,
        separates_vlans: false,
        ..Config::default()
    };
    let (mut table, mut flags, mut last) = (FlowTable::new(config, Limits::default()), Flags::default(), Timestamp(0));
    for frame in pcap::frames(path) {
        last = frame.now;
        let config = wire::DecodeConfig::every_overlay();
        let packet = wire::decode(frame.link_type, &frame.bytes, frame.wire_length, &config);
        table.packet(frame.now, &packet, &mut flags);
    }
    table.finish(last, &mut flags);
    flags.0
}

fn total(counts: &Counts, name: &str) -> u32 {
    counts.iter().filter(|((_, flag), _)| flag == name).map(|(_, count)| count).sum()
}

#[test]
fn fixtures() {
    let Some(samples) = pcap::samples() else { return };
    let cases: &[(&str, &[(&str, u32)])] = &[
        (
            "tcp.pcap",
            &[
                ("retransmission", 3),
                ("fast_retransmission", 1),
                ("spurious_retransmission", 1),
                ("out_of_order", 1),
                ("lost_segment", 2),
                ("duplicate_ack", 3),
                ("zero_window", 2),
                ("zero_window_probe", 1),
                ("zero_window_probe_ack", 1),
                ("window_full", 1),
                ("window_update", 1),
                ("keep_alive", 1),
                ("keep_alive_ack", 1),
            ],
        ),
        ("clean.pcap", &[]),
        ("twosided_mirror.pcap", &[("retransmission", 23), ("duplicate_ack", 12)]),
        ("mirror_loss.pcap", &[("lost_segment", 2), ("ack_lost_segment", 1)]),
    ];
    for (name, expected) in cases {
        let counts = ours(&samples.join("fabric").join(name));
        for (_, flag) in TsharkFlag::NAMES {
            let expected = expected.iter().find(|(name, _)| name == flag).map_or(0, |(_, count)| *count);
            assert_eq!(total(&counts, flag), expected, "{name}: {flag}");
        }
    }
}

/// What tshark says; `None` where it is not installed or cannot read the capture.
fn theirs(path: &Path) -> Option<Counts> {
    let mut command = Command::new("tshark");
    command.arg("-r").arg(path).args([
        "-Y",
        "tcp && !icmp && !icmpv6",
        "-T",
        "fields",
        "-E",
        "occurrence=l",
        "-E",
        "separator=|",
    ]);
    for field in ["ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "tcp.srcport", "tcp.dstport"] {
        command.args(["-e", field]);
    }
    for (_, name) in TsharkFlag::NAMES {
        command.args(["-e", &format!("tcp.analysis.{name}")]);
    }
    let output = command.output().ok()?;
    let mut counts = Counts::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let fields: Vec<&str> = line.split('|').collect();
        let (source, destination) = if fields[0].is_empty() { (fields[2], fields[3]) } else { (fields[0], fields[1]) };
        let ends = format!("{source},{},{destination},{}", fields[4], fields[5]);
        for ((_, name), field) in TsharkFlag::NAMES.iter().zip(&fields[6..]) {
            if !field.is_empty() {
                *counts.entry((ends.clone(), (*name).to_owned())).or_default() += 1;
            }
        }
    }
    Some(counts)
}

/// Every difference, by flag: (both say, we alone, they alone).
#[test]
#[ignore = "minutes: runs tshark over every capture; prints a table"]
fn every_capture() {
    let Some(samples) = pcap::samples() else { return };
    if Command::new("tshark").arg("-v").output().is_err() {
        eprintln!("skipped: tshark is not installed");
        return;
    }
    let mut table: BTreeMap<String, [u32; 3]> = BTreeMap::new();
    let folders = std::env::var("FOLDERS").unwrap_or_else(|_| "fabric chrissanders".to_owned());
    for folder in folders.split_whitespace() {
        let mut paths: Vec<_> =
            std::fs::read_dir(samples.join(folder)).unwrap().flatten().map(|entry| entry.path()).collect();
        paths.sort();
        for path in paths {
            let is_capture =
                path.extension().is_some_and(|ext| ["pcap", "pcapng", "cap"].iter().any(|known| ext == *known));
            if !is_capture {
                continue;
            }
            let Some(theirs) = theirs(&path) else { continue };
            compare(&path, &ours(&path), &theirs, &mut table);
        }
    }
    for (flag, [both, we, they]) in table {
        eprintln!("{flag:24} both {both:6}  we alone {we:5}  tshark alone {they:5}");
    }
}

fn compare(path: &Path, ours: &Counts, theirs: &Counts, table: &mut BTreeMap<String, [u32; 3]>) {
    let keys: std::collections::BTreeSet<_> = ours.keys().chain(theirs.keys()).collect();
    for key in keys {
        let (we, they) = (ours.get(key).copied().unwrap_or(0), theirs.get(key).copied().unwrap_or(0));
        let row = table.entry(key.1.clone()).or_default();
        row[0] += we.min(they);
        row[1] += we.saturating_sub(they);
        row[2] += they.saturating_sub(we);
        if we != they {
            eprintln!("{}: {} {}: we {we}, tshark {they}", path.display(), key.0, key.1);
        }
    }
}
