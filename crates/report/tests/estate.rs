//! The example estate through the decoders: its whole story is told, once, and hardly anything else.

use flowlog::DecodeOptions;
use model::Projection;
use report::{Context, Fold, Options, Summary, WANTED};
use source::{Limits, Reader};
use std::path::{Path, PathBuf};
use table::Tables;

/// Bytes of an object that decide about its format.
const HEAD_BYTES: usize = 64 << 10;

fn estate() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/estate")
}

/// Every file below a folder, in order.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder").flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    paths.into_iter().flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn read(path: &Path, fold: &mut Fold) {
    let name = path.to_string_lossy();
    let file = std::fs::File::open(path).expect("a file");
    let mut reader = Reader::new(&name, Box::new(file), Limits::default());
    let head = reader.peek(HEAD_BYTES).expect("a head").to_vec();
    let format = flowlog::detect(&head).unwrap_or_else(|| panic!("{name}: no format"));
    let mut decoder = format.decoder(&DecodeOptions::new(&name));
    let mut tables = Tables::new(Projection::of(WANTED.iter().copied()));
    while let Ok(Some(chunk)) = reader.next_chunk() {
        decoder.push(chunk, &mut tables);
    }
    decoder.finish(&mut tables);
    fold.push_flows(&tables.flows.take_batch());
    fold.push_health(&tables.health.take_batch());
}

fn report() -> Summary {
    let mut whole = Fold::new(&Options::default());
    for cloud in ["aws", "azure", "gcp"] {
        for path in files(&estate().join(cloud)) {
            let mut part = Fold::new(&Options::default());
            read(&path, &mut part);
            whole.merge(&mut part);
        }
    }
    whole.finish(&Context::default())
}

/// Detector, entity, and what the title says.
const STORY: &[(&str, &str, &str)] = &[
    ("scan.vertical", "91.240.64.23", "10.20.0.22"),
    ("exposure.opened", "10.20.1.40", "postgresql"),
    ("exposure.opened", "10.20.0.22", "ssh"),
    ("bruteforce.ssh", "45.155.91.17", "one seems to have worked"),
    ("beacon.regular", "10.20.0.22", "185.220.203.44"),
    ("loghealth.silent", "eni-0b4ec2ae2778b7041", "10.20.20.13"),
    ("lateral.fanout", "10.20.0.22", "machines of ours"),
    ("exfiltration.staging", "10.20.30.40", "10.20.1.40"),
    ("exfiltration.volume", "10.20.30.40", "45.155.37.140"),
];

#[test]
fn the_story_is_told() {
    let summary = report();
    for finding in &summary.findings {
        eprintln!("{} {:.2} {} {}", finding.severity, finding.confidence, finding.detector, finding.title);
    }
    for (detector, entity, says) in STORY {
        let of_kind = summary.findings.iter().filter(|finding| finding.detector == *detector);
        let told = of_kind.filter(|finding| finding.entity == *entity && finding.title.contains(says)).count();
        assert_eq!(told, 1, "{detector} of {entity}");
    }
    let loud = summary.findings.iter().filter(|finding| finding.severity != "low").count();
    assert!(loud <= 14, "{loud} findings above low");
    assert!(summary.findings.iter().all(|finding| !finding.detector.starts_with("cost.")), "it moves too little");
    let transfer = summary.transfer.expect("three clouds");
    let moved = |name: &str| transfer.classes.iter().find(|class| class.class == name).map_or(0, |class| class.bytes);
    for class in ["cross_zone", "same_zone", "nat", "gateway_endpoint", "transit_gateway", "internet_out", "site"] {
        assert!(moved(class) > 100_000_000, "{class}: {}", moved(class));
    }
    let ids: std::collections::BTreeSet<&str> = summary.findings.iter().map(|finding| finding.id.as_str()).collect();
    assert_eq!(ids.len(), summary.findings.len(), "ids tell findings apart");
}
