//! The labelled traffic, through the decoders, against what must and must not be raised.

mod traffic;

use detect::{Estate, Finding, Fold, Limits, Severity, findings};
use flowlog::DecodeOptions;
use std::io::Read;
use std::path::{Path, PathBuf};
use table::Tables;
use traffic::{FAMILIES, Family, in_ipv6};

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

fn read(path: &Path) -> Vec<u8> {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return bytes;
    }
    let mut text = Vec::new();
    flate2::read::MultiGzDecoder::new(&bytes[..]).read_to_end(&mut text).expect("gzip");
    text
}

fn estate(paths: &[PathBuf], family: Family) -> Estate {
    let mut fold = Fold::new(Limits::default());
    for path in paths {
        let bytes = read(path);
        let format = flowlog::detect(&bytes).unwrap_or_else(|| panic!("{}: no format", path.display()));
        let mut decoder = format.decoder(&DecodeOptions::new(&path.to_string_lossy()));
        let mut tables = Tables::new(Fold::wanted());
        decoder.push(&bytes, &mut tables);
        decoder.finish(&mut tables);
        let batch = tables.flows.take_batch();
        fold.push(&if family == Family::V6 { in_ipv6(&batch) } else { batch });
    }
    fold.finish()
}

fn found(root: &Path, file: &str) -> Vec<Finding> {
    let found = findings(&estate(&[root.join(file)], Family::V4));
    for finding in &found {
        eprintln!("{file}: {:?} {} {:.2} {}", finding.severity, finding.detector, finding.confidence, finding.title);
    }
    found
}

/// (file, detector family, entity, what the title says)
const MUST: &[(&str, &str, &str, &str)] = &[
    ("slips/port-scans/horizontal/conn.log", "scan.horizontal", "10.0.2.112", "tcp/80"),
    ("slips/test3-mixed.binetflow", "scan.horizontal", "46.166.151.160", "tcp/3389"),
    ("slips/test4-malicious.binetflow", "scan.horizontal", "192.168.2.12", "tcp/81"),
    (
        "slips/test18-malicious-ctu-sme-11-win/zeek-labeled/conn.log.labeled",
        "beacon.",
        "192.168.1.107",
        "66.63.168.35 tcp/5888",
    ),
    ("iot23/34-1_first12h_conn.log.labeled", "beacon.", "192.168.1.195", "185.244.25.235 tcp/6667"),
    ("iot23/34-1_first12h_conn.log.labeled", "ddos.outbound", "192.168.1.195", ""),
    (
        "otrf/compound/apt29/day1/zeek/individual_zeek_logs/NASHUA_conn.log",
        "beacon.",
        "10.0.1.6",
        "192.168.0.4 tcp/8443",
    ),
    ("rita/proxy/conn.log", "beacon.proxied", "10.136.0.18", "10.136.0.16 tcp/3128"),
];

#[test]
fn what_is_labelled_is_found() {
    let Some(root) = labelled() else { return };
    let mut missed = Vec::new();
    for (file, detector, entity, says) in MUST {
        let is_it = |finding: &Finding| {
            finding.detector.starts_with(detector) && finding.entity == *entity && finding.title.contains(says)
        };
        if !found(&root, file).iter().any(is_it) {
            missed.push((file, detector, says));
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn benign_captures_stay_quiet() {
    let Some(root) = labelled() else { return };
    for file in ["b1", "b3a", "b3c", "b3e"] {
        let loud: Vec<_> = found(&root, &format!("iot23/attakaay/Zeek/{file}.log"));
        let loud: Vec<_> = loud.iter().filter(|finding| finding.severity < Severity::Low).collect();
        assert!(loud.is_empty(), "{file}: {loud:#?}");
    }
}

#[test]
fn command_and_control_comes_before_clocks() {
    let Some(root) = labelled() else { return };
    let all = found(&root, "iot23/34-1_first12h_conn.log.labeled");
    let beacons: Vec<_> = all.iter().filter(|finding| finding.detector.starts_with("beacon.")).collect();
    assert!(beacons[0].title.contains("185.244.25.235 tcp/6667"), "{}", beacons[0].title);
    assert!(beacons.iter().all(|finding| !finding.title.contains("udp/123")));
}

fn hours(root: &Path) -> Vec<PathBuf> {
    let folder = root.join("rita/missing_host/2024-04-19");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("hours").flatten().map(|entry| entry.path()).collect();
    files.sort();
    files
}

/// Sources with ten completed sessions or more to port 22: the rule of the specification, by a naive count.
fn guessers(estate: &Estate, machine: &str) -> Vec<String> {
    let of_machine = estate.conversations.iter().filter(|talk| estate.text(talk.server) == machine && talk.port == 22);
    let completed = |records: &[detect::ground::Record]| {
        records.iter().filter(|record| record.up_packets >= 4 && record.down_packets >= 4).count()
    };
    of_machine.filter(|talk| completed(&talk.records) >= 10).map(|talk| estate.text(talk.client)).collect()
}

#[test]
fn the_exposed_machine_is_one_page() {
    let Some(root) = labelled() else { return };
    let estate = estate(&hours(&root), Family::V4);
    let all = findings(&estate);
    for finding in &all {
        eprintln!(
            "{:?} {} {:.2} {} [{}]",
            finding.severity, finding.detector, finding.confidence, finding.title, finding.peers_total
        );
    }
    assert!(all.len() <= 40, "{} findings", all.len());
    let truth = guessers(&estate, "64.225.56.201");
    let told: Vec<&String> = all
        .iter()
        .filter(|finding| finding.detector == "bruteforce.ssh")
        .flat_map(|finding| {
            if finding.entity == "64.225.56.201" {
                finding.peers.iter()
            } else {
                std::slice::from_ref(&finding.entity).iter()
            }
        })
        .collect();
    let hit = truth.iter().filter(|source| told.contains(source)).count();
    let right = told.iter().filter(|source| truth.contains(source)).count();
    eprintln!("SSH: {} by the rule, {} told, {hit} of them right", truth.len(), told.len());
    assert!(hit as f64 >= truth.len() as f64 * 0.98, "recall {hit} of {}", truth.len());
    assert!(right as f64 >= told.len() as f64 * 0.95, "precision {right} of {}", told.len());
}

/// Not one finding more or less, or graver, in IPv6.
#[test]
fn the_family_of_addresses_changes_nothing() {
    let Some(root) = labelled() else { return };
    let quiet = ["b1", "b3a", "b3c", "b3e"].map(|file| format!("iot23/attakaay/Zeek/{file}.log"));
    let mut inputs: Vec<Vec<PathBuf>> = MUST.iter().map(|must| vec![root.join(must.0)]).collect();
    inputs.extend(quiet.iter().map(|file| vec![root.join(file)]));
    inputs.push(hours(&root));
    for paths in inputs {
        let [v4, v6] = FAMILIES.map(|family| {
            let mut told: Vec<_> = findings(&estate(&paths, family))
                .into_iter()
                .map(|finding| (finding.detector, finding.severity, finding.peers_total))
                .collect();
            told.sort();
            told
        });
        assert_eq!(v6, v4, "{}", paths[0].display());
    }
}
