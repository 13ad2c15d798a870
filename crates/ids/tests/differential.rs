//! Rules found by their patterns against rules that are all looked at: the same alerts.

use engine::eve::{EveOptions, TableSet};
use engine::{Config, RuleConfig};
use rules::{Ruleset, Settings, read};
use sensor::{Options, replay};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The samples beside the repository, where they are there.
fn shared() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let folder = std::env::var_os("FATHOM_SHARED").map_or(beside, PathBuf::from);
    folder.is_dir().then_some(folder)
}

fn alerts(ruleset: &Arc<Ruleset>, capture: &Path, is_exhaustive: bool) -> String {
    let rules = RuleConfig {
        ruleset: ruleset.clone(),
        shared: Arc::default(),
        alerts_per_packet_max: 1_000,
        is_inline: false,
        is_exhaustive,
        keeps_evidence: false,
        guesses_transactions: false,
        profiles: false,
        clock: None,
    };
    let config = Config { rules: Some(rules), ..Config::default() };
    let eve = EveOptions { flows: false, tables: TableSet::none(), files: false, ..EveOptions::default() };
    let options = Options { workers: 1, config, eve, filter: None };
    let found = source::discover(&[capture.display().to_string()], &source::Limits::default());
    let mut lines = Vec::new();
    replay(&found.objects, &options, &mut lines).expect("into memory");
    String::from_utf8_lossy(&lines).into_owned()
}

#[test]
fn every_rule_by_brute_force_matches_the_same() {
    let Some(shared) = shared() else { return eprintln!("no samples: nothing is compared") };
    let cases = shared.join("conformance/suricata-verify/tests");
    let mut compared = 0;
    for folder in
        ["http-chunked", "bug-2491-01", "detect-http-uri/UriTestSig38", "tls-alpn-log-detect-02", "ftp", "smb2-07"]
    {
        let Ok(entries) = std::fs::read_dir(cases.join(folder)) else { continue };
        let paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        let with = |ending: &str| paths.iter().find(|path| path.extension().is_some_and(|it| it == ending));
        let (Some(capture), Some(rules)) = (with("pcap"), with("rules")) else { continue };
        let text = std::fs::read(rules).expect("rules");
        let reading = read("test.rules", &text, &Settings::default());
        let ruleset = Arc::new(Ruleset::new(reading.rules, reading.names));
        assert_eq!(alerts(&ruleset, capture, false), alerts(&ruleset, capture, true), "{folder}");
        compared += 1;
    }
    assert!(compared > 0, "there are samples, and none was compared");
}
