//! The labelled connections as four clouds would have logged them, through the decoders and the detectors.

use detect::{Finding, Fold, Limits, Severity, findings};
use flowlog::DecodeOptions;
use std::path::{Path, PathBuf};
use table::Tables;
use testkit::convert::{Cloud, connections, convert};
use testkit::decode;

/// The folder of labelled traffic, in `$FATHOM_SHARED` or in `shared` beside the repository.
fn labelled() -> Option<PathBuf> {
    let shared = match std::env::var_os("FATHOM_SHARED") {
        Some(folder) => PathBuf::from(folder),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
    };
    let root = shared.join("data/labelled");
    if !root.is_dir() {
        eprintln!("skipped: no labelled traffic (set FATHOM_SHARED to the folder that holds data/labelled)");
        return None;
    }
    Some(root)
}

/// What is told of a file's connections in a cloud's log.
fn found(path: &Path, cloud: (&str, Cloud)) -> Vec<Finding> {
    let log = convert(&connections(&decode(path)), cloud.1).object;
    let format = flowlog::detect(&log).expect("the log of a cloud");
    let mut decoder = format.decoder(&DecodeOptions::new("object"));
    let mut tables = Tables::new(Fold::wanted());
    decoder.push(&log, &mut tables);
    decoder.finish(&mut tables);
    let mut fold = Fold::new(Limits::default());
    fold.push(&tables.flows.take_batch());
    let found = findings(&fold.finish());
    for finding in &found {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        eprintln!("{name} {}: {:?} {} {}", cloud.0, finding.severity, finding.detector, finding.title);
    }
    found
}

/// File, family of detectors, entity, and the clouds in which it may be missed.
const MUST: &[(&str, &str, &str, &[&str])] = &[
    // Of 25 and 28 targets that get a SYN or three, three or four are seen where one packet of twenty is.
    ("slips/port-scans/horizontal/conn.log", "scan.", "10.0.2.112", &["gcp"]),
    ("slips/test3-mixed.binetflow", "scan.", "46.166.151.160", &["gcp"]),
    ("slips/test4-malicious.binetflow", "scan.", "192.168.2.12", &["gcp"]),
    ("slips/test18-malicious-ctu-sme-11-win/zeek-labeled/conn.log.labeled", "beacon.", "192.168.1.107", &["gcp"]),
    ("iot23/34-1_first12h_conn.log.labeled", "ddos.outbound", "192.168.1.195", &[]),
    // Command and control: calls in vain at first, then a connection that is kept.
    ("iot23/34-1_first12h_conn.log.labeled", "beacon.", "192.168.1.195", &["gcp"]),
];

#[test]
fn what_is_labelled_is_found_in_every_cloud() {
    let Some(root) = labelled() else { return };
    let mut missed = Vec::new();
    for (file, family, entity, excused) in MUST {
        for (name, cloud) in Cloud::MEASURED {
            let all = found(&root.join(file), (name, cloud));
            let is_it = |finding: &Finding| finding.detector.starts_with(family) && finding.entity == *entity;
            if !all.iter().any(is_it) {
                eprintln!("missed: {file} in {name}");
                missed.extend((!excused.contains(&name)).then_some((file, name)));
            }
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn benign_devices_stay_quiet_in_every_cloud() {
    let Some(root) = labelled() else { return };
    for file in ["b1", "b3a", "b3c", "b3e"] {
        for cloud in Cloud::MEASURED {
            let all = found(&root.join(format!("iot23/attakaay/Zeek/{file}.log")), cloud);
            let loud: Vec<_> = all.iter().filter(|finding| finding.severity < Severity::Low).collect();
            assert!(loud.is_empty(), "{file} {}: {loud:#?}", cloud.0);
        }
    }
}
