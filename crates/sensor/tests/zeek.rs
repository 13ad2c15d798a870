//! Zeek's logs of its own captures, field by field against what Zeek 8 wrote. Every difference has its line in [`EXPLAINED`].

use engine::zeek::Form;
use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};

#[path = "zeek/explained.rs"]
mod explained;
use explained::{EXPLAINED, ROWS};

type Row = BTreeMap<String, String>;

/// A capture, and the log that Zeek made of it with its own scripts alone.
struct Case {
    trace: String,
    log: &'static str,
    baseline: PathBuf,
}

#[derive(Default)]
struct Outcome {
    agreed: usize,
    /// How often a field of a log differs, and a first example.
    differing: BTreeMap<(&'static str, String), (usize, String)>,
    /// Rows of a log that Zeek has, and those of them that are not there.
    rows: BTreeMap<&'static str, (usize, usize)>,
    missing: Vec<String>,
}

fn shared() -> Option<PathBuf> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let folder = std::env::var_os("FATHOM_SHARED").map_or_else(beside, PathBuf::from).join("data/pcaps/zeek");
    folder.is_dir().then_some(folder)
}

/// The tests of Zeek that run it once over one capture, with nothing set and no script but those of its protocols.
fn cases(folder: &Path) -> Vec<Case> {
    let text = std::fs::read_to_string(folder.join("TESTS.json")).expect("the list of tests");
    let tests: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let mut cases: Vec<Case> = Vec::new();
    for (trace, tests) in tests.as_object().into_iter().flatten() {
        for test in tests.as_array().into_iter().flatten().filter(|test| is_plain(test)) {
            let baseline = folder.join("baseline").join(test["baseline"].as_str().unwrap_or_default());
            for (log, _) in ROWS.iter().map(|(log, missing, _)| (*log, missing)) {
                let is_new = !cases.iter().any(|case| case.trace == *trace && case.log == log);
                let path = baseline.join(format!("{log}.log"));
                if is_new && path.is_file() {
                    cases.push(Case { trace: trace.clone(), log, baseline: path });
                }
            }
        }
    }
    cases
}

fn is_plain(test: &serde_json::Value) -> bool {
    let texts =
        |name: &str| test[name].as_array().into_iter().flatten().filter_map(|text| text.as_str()).collect::<Vec<_>>();
    let commands: Vec<&str> = texts("cmds").into_iter().filter(|command| command.starts_with("zeek")).collect();
    let is_base = |script: &&str| script.starts_with("base/protocols") || script.starts_with("base/files");
    let [command] = commands.as_slice() else { return false };
    texts("redefs").is_empty()
        && texts("traces").len() == 1
        && texts("loads").iter().all(is_base)
        && !["-f \"", "=F", "GeoIP"].iter().any(|other| command.contains(other))
}

fn rows(text: &str) -> Vec<Row> {
    let mut fields: Vec<&str> = Vec::new();
    let mut rows = Vec::new();
    for line in text.lines() {
        if let Some(names) = line.strip_prefix("#fields\t") {
            fields = names.split('\t').collect();
        } else if !line.starts_with('#') && !line.is_empty() {
            rows.push(fields.iter().map(|name| (*name).to_owned()).zip(line.split('\t').map(str::to_owned)).collect());
        }
    }
    rows
}

/// What tells rows of one log apart.
fn key(log: &str, row: &Row) -> String {
    let names: &[&str] = match log {
        "dhcp" => &["mac"],
        "x509" => &["fingerprint"],
        _ => &["id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p"],
    };
    names.iter().map(|name| row.get(*name).map_or("?", String::as_str)).collect::<Vec<_>>().join(" ")
}

/// Takes the row out that is most likely the same: of the same exchange where that can be told, else the next.
fn take(rows: &mut VecDeque<Row>, wanted: &Row) -> Option<Row> {
    let is_same = |row: &Row, name: &str| wanted.contains_key(name) && row.get(name) == wanted.get(name);
    let place = ["trans_id", "uri", "command", "query"]
        .into_iter()
        .find_map(|name| rows.iter().position(|row| is_same(row, name)))
        .unwrap_or(0);
    rows.remove(place)
}

impl Outcome {
    fn compare(&mut self, case: &Case, folder: &Path) {
        let read = |path: &Path| rows(&String::from_utf8_lossy(&std::fs::read(path).unwrap_or_default()));
        let mut ours: BTreeMap<String, VecDeque<Row>> = BTreeMap::new();
        for row in read(&folder.join(format!("{}.log", case.log))) {
            ours.entry(key(case.log, &row)).or_default().push_back(row);
        }
        // Without its columns (JSON, or cut) a baseline says nothing of a row's place.
        let has_key = |row: &Row| !key(case.log, row).contains('?');
        for wanted in read(&case.baseline).into_iter().filter(has_key) {
            let row = ours.get_mut(&key(case.log, &wanted)).and_then(|rows| take(rows, &wanted));
            let (all, missing) = self.rows.entry(case.log).or_default();
            (*all, *missing) = (*all + 1, *missing + usize::from(row.is_none()));
            match row {
                Some(row) => self.compare_row(case, &wanted, &row),
                None => self.missing.push(format!("{}: {} {}", case.trace, case.log, key(case.log, &wanted))),
            }
        }
    }

    fn compare_row(&mut self, case: &Case, wanted: &Row, row: &Row) {
        for (name, value) in wanted {
            let is_private = value.contains("XXXX") || matches!(name.as_str(), "uid" | "fuid" | "uids");
            match row.get(name).filter(|_| !is_private) {
                Some(own) if own == value => self.agreed += 1,
                Some(own) => {
                    let example = || format!("{}: Zeek '{value}', here '{own}'", case.trace);
                    let entry = self.differing.entry((case.log, name.clone())).or_insert_with(|| (0, example()));
                    entry.0 += 1;
                }
                None => {}
            }
        }
    }
}

#[test]
fn logs_say_what_zeeks_say_but_for_what_is_explained() {
    let Some(folder) = shared() else {
        eprintln!("Zeek's captures are not here; nothing was compared");
        return;
    };
    let mut outcome = Outcome::default();
    let mut last = (String::new(), tempfile::tempdir().expect("a folder"));
    for case in cases(&folder) {
        if last.0 != case.trace {
            last = (case.trace.clone(), tempfile::tempdir().expect("a folder"));
            let capture = folder.join("traces").join(&case.trace).display().to_string();
            let found = source::discover(&[capture], &source::Limits::default());
            sensor::write_zeek_logs(&found.objects, Form::Text, last.1.path()).expect("logs");
        }
        outcome.compare(&case, last.1.path());
    }
    let differing: usize = outcome.differing.values().map(|(count, _)| count).sum();
    eprintln!("{} fields agree, {differing} differ; rows and those missing: {:?}", outcome.agreed, outcome.rows);
    let mut unexplained = Vec::new();
    for ((log, field), (count, example)) in &outcome.differing {
        let allowed =
            EXPLAINED.iter().find(|(own, name, ..)| own == log && name == field).map_or(0, |(_, _, most, _)| *most);
        if *count > allowed {
            unexplained.push(format!("{log}.{field}: {count} differ, {allowed} are explained; {example}"));
        }
    }
    for (log, most, _) in ROWS {
        let (all, missing) = outcome.rows.get(log).copied().unwrap_or_default();
        if missing > *most {
            unexplained.extend(outcome.missing.iter().filter(|row| row.contains(&format!(": {log} "))).cloned());
            unexplained.push(format!("{log}: {missing} of {all} rows are missing, {most} are explained"));
        }
    }
    assert!(unexplained.is_empty(), "{}", unexplained.join("\n"));
    assert!(outcome.agreed > 15_000);
}
