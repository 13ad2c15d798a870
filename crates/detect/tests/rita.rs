//! RITA's own test of a beacon through a proxy: its published score and parts.

use detect::rita_v5;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn proxy() -> Option<PathBuf> {
    let shared = match std::env::var_os("FATHOM_SHARED") {
        Some(folder) => PathBuf::from(folder),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
    };
    let folder = shared.join("data/labelled/rita/proxy");
    if !folder.is_dir() {
        eprintln!("skipped: no labelled traffic (set FATHOM_SHARED to the folder that holds data/labelled)");
        return None;
    }
    Some(folder)
}

fn lines(folder: &Path, file: &str) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(folder.join(file)).expect(file);
    let rows = text.lines().filter(|line| !line.starts_with('#'));
    rows.map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}

/// The seconds and bytes of the connections by which the client asked the proxy for a host.
fn calls(folder: &Path, host: &str) -> (Vec<u32>, Vec<u64>) {
    let asked: BTreeSet<String> =
        lines(folder, "http.log").iter().filter(|row| row[8].starts_with(host)).map(|row| row[1].clone()).collect();
    let of_host = lines(folder, "conn.log").into_iter().filter(|row| asked.contains(&row[1]));
    of_host.map(|row| (row[0].parse::<f64>().expect("a time") as u32, row[17].parse::<u64>().expect("a count"))).unzip()
}

#[test]
fn a_beacon_through_a_proxy_scores_as_published() {
    let Some(folder) = proxy() else { return };
    let seconds: Vec<u32> =
        lines(&folder, "conn.log").iter().map(|row| row[0].parse::<f64>().expect("a time") as u32).collect();
    let span = (*seconds.iter().min().expect("rows"), *seconds.iter().max().expect("rows"));
    let (seconds, bytes) = calls(&folder, "www.honestimnotevil.com");
    let score = rita_v5(&seconds, &bytes, span).expect("enough calls");
    eprintln!("{} calls, {score:?}", seconds.len());
    assert!((score.score - 0.979).abs() <= 0.005, "{score:?}");
}
