//! The protocols that flows of the shared captures are taken for, against nDPI's results.

#![allow(clippy::unwrap_used, reason = "a sample that is not as it should be fails the test")]

mod captures;

use applayer::{Circumstances, FileEvent, Handover, Input, Limits, Ports, Session, Sink, Transaction, Transport};
use captures::{Flow, files};
use model::packet::{Side, Timestamp};
use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::path::Path;

/// Takes nothing down but what is spoken.
#[derive(Default)]
struct Spoken(Vec<&'static str>);

impl Sink for Spoken {
    fn speaks(&mut self, protocol: &'static str, _: Option<&'static str>) {
        self.0.push(protocol);
    }

    fn transaction(&mut self, _: Timestamp, _: &dyn Transaction) {}

    fn anomaly(&mut self, _: Timestamp, _: &'static str, _: Option<u64>) {}

    fn file(&mut self, _: Timestamp, _: FileEvent<'_>) {}

    fn hand_over(&mut self, _: Timestamp, _: Handover<'_>) {}
}

/// The protocols of a flow, in the order in which they were spoken; a tunnel's is followed by what is in it.
fn spoken(flow: &Flow) -> Vec<&'static str> {
    let transport = if flow.is_tcp { Transport::Tcp } else { Transport::Udp };
    let ports = Ports { client: flow.client.port(), server: flow.server.port() };
    let circumstances = Circumstances { transport, ports, is_midstream: false };
    let (mut session, mut spoken) = (Session::new(circumstances, Limits::default()), Spoken::default());
    for piece in &flow.pieces {
        let sender = if piece.from_client { Side::Client } else { Side::Server };
        let now = Timestamp(piece.at_ns);
        if piece.missing_bytes > 0 {
            session.gap(now, sender, piece.missing_bytes, &mut spoken);
        } else if !piece.bytes.is_empty() {
            session.push(Input { now, sender, bytes: &piece.bytes }, &mut spoken);
        }
    }
    spoken.0
}

fn ends(a: SocketAddr, b: SocketAddr) -> [SocketAddr; 2] {
    if a < b { [a, b] } else { [b, a] }
}

/// What nDPI says of the flows of a capture by their content: ends, transport, and the protocol, without what is above it.
fn ndpi(result: &Path) -> Vec<([SocketAddr; 2], bool, String)> {
    let text = String::from_utf8_lossy(&std::fs::read(result).unwrap()).into_owned();
    let row = |line: &str| {
        let (flow, fields) = line.split_once("[proto: ").or_else(|| line.split_once("[proto:"))?;
        let words: Vec<_> = flow.split_whitespace().take_while(|word| !word.starts_with('[')).collect();
        let [_, transport, a, "<->" | "->", b] = words[..] else { return None };
        let name = fields.split_once(']')?.0.split_once('/')?.1.split('.').next()?.to_owned();
        let is_by_content = fields.contains("[Confidence: DPI]");
        is_by_content.then_some((ends(a.parse().ok()?, b.parse().ok()?), transport == "TCP", name))
    };
    text.lines().filter_map(row).collect()
}

/// nDPI's name and ours, where they are not the same in small letters.
const NAMES: &[(&str, &str)] = &[("PostgreSQL", "pgsql")];

fn ours(theirs: &str) -> String {
    let known = NAMES.iter().find(|(name, _)| *name == theirs);
    known.map_or_else(|| theirs.to_lowercase(), |(_, ours)| (*ours).to_owned())
}

#[test]
fn with_ndpi() {
    let Some(shared) = captures::shared() else { return };
    let folder = shared.join("data/pcaps/ndpi");
    let mut confusion: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    let mut same = 0;
    for capture in files(&folder.join("pcap")) {
        let name = capture.file_name().unwrap().to_string_lossy().into_owned();
        let result = folder.join("result").join(format!("{name}.out"));
        if !result.is_file() {
            continue;
        }
        let flows = captures::flows(&capture);
        let mut known: HashMap<_, Vec<_>> = HashMap::new();
        for flow in &flows {
            known.entry((ends(flow.client, flow.server), flow.is_tcp)).or_default().push(spoken(flow));
        }
        for (ends, is_tcp, theirs) in ndpi(&result) {
            let Some(spoken) = known.get_mut(&(ends, is_tcp)).filter(|spoken| !spoken.is_empty()) else { continue };
            let spoken = if spoken.len() > 1 { spoken.remove(0) } else { spoken[0].clone() };
            if spoken.contains(&ours(&theirs).as_str()) {
                same += 1;
            } else {
                let spoken = spoken.join("+");
                confusion.entry((theirs, spoken)).or_default().push(format!("{name} {}", ends[0]));
            }
        }
    }
    let different: usize = confusion.values().map(Vec::len).sum();
    eprintln!("nDPI: {same} flows with the same name, {different} with another one or none");
    let mut rows: Vec<_> = confusion.iter().collect();
    rows.sort_by_key(|(_, flows)| std::cmp::Reverse(flows.len()));
    for ((theirs, ours), flows) in rows {
        eprintln!("{:>5} {theirs} is {ours}: {}", flows.len(), flows[0]);
    }
}
