//! The output is the same, byte for byte, whatever the number of workers: on a capture made here, and on every capture of the
//! shared samples, where they are.

use capture::PcapWriter;
use engine::Config;
use engine::eve::EveOptions;
use model::packet::{Frame, LinkType, Timestamp};
use sensor::{Options, Summary, replay};
use std::path::{Path, PathBuf};

/// Everything on, so that every kind of line is compared.
const EVERYTHING: EveOptions = EveOptions {
    alerts: true,
    alert: engine::eve::AlertOptions::shipped(),
    arp: true,
    drops: true,
    flows: true,
    netflows: true,
    stats: Some(engine::eve::StatsOptions { zeros: true, rules: None, is_inline: false }),
    tables: engine::eve::TableSet::all(),
    files: true,
    decode_anomalies: true,
    stream_anomalies: true,
    application_anomalies: true,
    community_id_seed: Some(0),
    macs: true,
    dumps: true,
    own: true,
    passwords: true,
};

fn run(path: &Path, workers: usize) -> (Vec<u8>, Summary) {
    let found = source::discover(&[path.display().to_string()], &source::Limits::default());
    let options = Options { workers, config: Config::default(), eve: EVERYTHING, filter: None };
    let mut text = Vec::new();
    let summary = replay(&found.objects, &options, &mut text).expect("a Vec takes everything");
    (text, summary)
}

/// The lines of one worker, which those of others must equal.
#[track_caller]
fn check(path: &Path, others: &[usize]) -> (Vec<u8>, Summary) {
    let (text, summary) = run(path, 1);
    for workers in others {
        let (other, _) = run(path, *workers);
        assert!(other == text, "{}: {workers} workers write something else than one", path.display());
    }
    (text, summary)
}

fn udp(ends: [[u8; 4]; 2], ports: [u16; 2], payload: &[u8]) -> Vec<u8> {
    let length = 28 + payload.len() as u16;
    let mut frame = vec![0x45, 0, (length >> 8) as u8, length as u8, 0, 0, 0, 0, 64, 17, 0, 0];
    frame.extend(ends.concat());
    frame.extend(ports[0].to_be_bytes());
    frame.extend(ports[1].to_be_bytes());
    frame.extend((length - 20).to_be_bytes());
    frame.extend([0, 0]);
    frame.extend(payload);
    frame
}

/// Questions and answers between many pairs, and every tenth frame malformed.
fn made_capture(path: &Path) {
    let mut writer = PcapWriter::new(Vec::new(), LinkType::RAW, 65_535).expect("a Vec takes everything");
    for number in 1..=6_000_u64 {
        let (host, is_answer) = ((number / 2 % 250) as u8, number % 2 == 0);
        let ends = [[10, 0, 0, host], [10, 1, host % 7, 53]];
        let question = [host, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, b'a', 0, 0, 1, 0, 1];
        let port = 1_024 + (number / 500) as u16;
        let mut bytes = match is_answer {
            true => udp([ends[1], ends[0]], [53, port], &question),
            false => udp(ends, [port, 53], &question),
        };
        if number % 10 == 0 {
            bytes[0] = 0x42;
        }
        let timestamp = Timestamp(1_700_000_000_000_000_000 + number as i64 * 50_000_000);
        let wire_length = bytes.len() as u32;
        let frame = Frame { timestamp, link_type: LinkType::RAW, interface: 0, number, bytes: &bytes, wire_length };
        writer.write(&frame).expect("a Vec takes everything");
    }
    std::fs::write(path, writer.into_inner()).expect("a temporary file");
}

#[test]
fn any_number_of_workers_writes_the_same_bytes() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("made.pcap");
    made_capture(&path);
    let (text, summary) = check(&path, &[2, 3, 8, 40]);
    assert_eq!((summary.captures, summary.counters.frames, summary.problems.len()), (1, 6_000, 0));
    assert!(summary.counters.malformed >= 600);
    let lines = String::from_utf8(text).expect("UTF-8");
    assert!(lines.lines().filter(|line| line.contains(r#""event_type":"flow""#)).count() > 250);
}

#[test]
fn a_file_that_is_no_capture_is_a_problem_and_the_next_is_read() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("a.txt"), "no capture").expect("a temporary file");
    made_capture(&folder.path().join("b.pcap"));
    let (_, summary) = check(folder.path(), &[2]);
    assert_eq!((summary.captures, summary.problems.len()), (1, 1));
}

fn shared() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let shared = std::env::var_os("FATHOM_SHARED").map_or_else(|| root.join("../shared"), PathBuf::from);
    shared.join("data/pcaps").is_dir().then_some(shared)
}

fn captures(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            captures(&path, found);
        } else if std::fs::read(&path).is_ok_and(|bytes| capture::sniff(&bytes).is_some()) {
            found.push(path);
        }
    }
}

#[test]
fn every_shared_capture_is_read_without_panic_and_the_same_by_two_workers() {
    let Some(shared) = shared() else {
        return eprintln!("no shared samples here: left out");
    };
    let mut found = Vec::new();
    captures(&shared.join("data/pcaps"), &mut found);
    captures(&shared.join("conformance"), &mut found);
    assert!(found.len() > 1_000, "{} captures", found.len());
    let frames: u64 = found.iter().map(|path| check(path, &[2]).1.counters.frames).sum();
    eprintln!("{} captures, {frames} frames", found.len());
}
