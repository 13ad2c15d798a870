//! The program as its user runs it: arguments in, output and exit code out.

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn fathom(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_fathom")).args(arguments).current_dir(root()).output().expect("the program runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

const ESTATE: [&str; 3] = ["examples/estate/aws", "examples/estate/azure", "examples/estate/gcp"];

fn with_estate<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    arguments.iter().copied().chain(ESTATE).collect()
}

#[test]
fn the_story_of_the_estate_is_told() {
    let output = fathom(&with_estate(&["report", "--json", "--intel=examples/estate/intel/blacklist.txt"]));
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).expect("one JSON object");
    let findings = report["findings"].as_array().expect("findings");
    let expected = [
        ("bruteforce.ssh", "45.155.91.17"),
        ("beacon.regular", "10.20.0.22"),
        ("exfiltration.volume", "10.20.30.40"),
        ("exposure.opened", "10.20.1.40"),
        ("exposure.opened", "10.20.0.22"),
        ("scan.vertical", "91.240.64.23"),
        ("lateral.fanout", "10.20.0.22"),
        ("loghealth.silent", "eni-0b4ec2ae2778b7041"),
    ];
    for (detector, entity) in expected {
        let told = findings.iter().any(|finding| finding["detector"] == detector && finding["entity"] == entity);
        assert!(told, "{detector} of {entity} is missing");
    }
    assert!(findings.len() < 20, "{} findings are too many", findings.len());
    assert_eq!(report["inputs"]["objects_skipped"], 0);
    let hygiene = report["intel"]["lists"][0]["skipped"].to_string();
    assert!(hygiene.contains("public DNS") && hygiene.contains("private"), "{hygiene}");
}

/// A capture beside the logs, and the rules for it.
const MIRROR: &str = "examples/estate/mirror";
const RULES: &str = "--rules=examples/estate/rules/larkfell.rules";

#[test]
fn what_rules_find_in_a_mirror_stands_beside_what_the_logs_say() {
    let output = fathom(&with_estate(&["report", "--json", MIRROR, RULES]));
    let report: Value = serde_json::from_slice(&output.stdout).expect("one JSON object");
    let findings = report["findings"].as_array().expect("findings");
    let of_jump = |detector: &str| {
        findings.iter().find(|finding| finding["detector"] == detector && finding["entity"] == "10.20.0.22")
    };
    let alert = of_jump("alert.signature").expect("the beacon speaks HTTP on the port of TLS");
    assert_eq!(alert["peers"].to_string(), r#"["185.220.203.44"]"#);
    assert!(alert["evidence"].to_string().contains("updates.lark-cdn.example"), "{}", alert["evidence"]);
    assert!(of_jump("beacon.regular").is_some(), "the logs' own finding is still told");
    let rules: Vec<(i64, i64)> = report["alerts"]["rules"]
        .as_array()
        .expect("rules")
        .iter()
        .filter_map(|rule| Some((rule["signature_id"].as_i64()?, rule["count"].as_i64()?)))
        .collect();
    assert_eq!(rules, [(9_000_001, 15), (9_000_002, 15)]);
    let sql = "SELECT count(*) AS alerts FROM alerts JOIN http USING (flow_id) WHERE signature_id = 9000001";
    assert_eq!(text(&fathom(&["query", sql, MIRROR, RULES, "--format=csv"]).stdout), "alerts\n15\n");
    assert_eq!(text(&fathom(&["query", "SELECT * FROM alerts", MIRROR, "--format=ndjson"]).stdout), "");
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let commands: [&[&str]; 7] = [
        &["report", "--json"],
        &["report", "--json", MIRROR, RULES],
        &["query", "SELECT src_ip, dst_port, sum(bytes) FROM flows GROUP BY 1, 2", "--format=csv"],
        &["query", "SELECT src_ip, time_start, ext FROM flows WHERE dst_port = 22", "--format=ndjson"],
        &["convert", "--format=csv", "--columns=time_start,src_ip,dst_ip,bytes"],
        &["convert", "--format=parquet"],
        &["convert", "--format=parquet", "--where=dst_port = 443", "--columns=src_ip,bytes"],
    ];
    for command in commands {
        let one = fathom(&with_estate(&[command, &["--threads=1"]].concat()));
        let four = fathom(&with_estate(&[command, &["--threads=4"]].concat()));
        assert!(one.status.success() && one.stdout == four.stdout, "{command:?}: {}", text(&one.stderr));
    }
}

#[test]
fn what_was_converted_reads_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("flows.parquet");
    let file = file.to_str().expect("a path");
    let converted = fathom(&with_estate(&["convert", "-o", file]));
    assert!(converted.status.success(), "{}", text(&converted.stderr));
    let sql = "SELECT provider, verdict, count(*), sum(bytes), min(src_ip), max(time_end) FROM flows GROUP BY 1, 2";
    let (before, after) = (fathom(&with_estate(&["query", sql])), fathom(&["query", sql, file]));
    assert_eq!(text(&before.stdout), text(&after.stdout));
    assert!(before.stdout.len() > 100);
}

/// Objects that fill several row groups, one, or share one with their neighbours.
#[test]
fn row_groups_of_any_number_of_threads_are_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let records = |object: usize, rows: usize| -> String {
        let line = |row: usize| {
            let (host, port, bytes) = (row * 7 % 250, 1024 + row * 31 % 60_000, 40 + row * 13 % 1500);
            format!(
                "2 1234 eni-1a2b3c4d5e6f{object} 10.0.0.{host} 10.1.{object}.2 {port} 443 6 1 {bytes} 17 18 ACCEPT OK\n"
            )
        };
        (0..rows).map(line).collect()
    };
    for (object, rows) in [100, 40_000, 5, 300_000, 20_000, 20_000, 140_000].into_iter().enumerate() {
        fs::write(folder.path().join(format!("{object}.log")), records(object, rows)).expect("written");
    }
    let input = folder.path().to_str().expect("a path");
    let convert = |threads| fathom(&["convert", "--format=parquet", "--threads", threads, input]).stdout;
    let one = convert("1");
    assert!(convert("2") == one && convert("5") == one, "the bytes depend on the threads");
    let file = folder.path().join("flows.parquet");
    fs::write(&file, &one).expect("written");
    let sql = "SELECT if_id, count(*), sum(bytes), min(record_no), max(record_no) FROM flows GROUP BY 1";
    let logs = folder.path().join("*.log");
    let query = |input: &Path| text(&fathom(&["query", sql, input.to_str().expect("a path")]).stdout);
    assert_eq!(query(&file), query(&logs));
}

#[test]
fn addresses_behave_as_text() {
    let check = |condition: &str, expected: bool| {
        let sql = format!("SELECT count(*) > 0 FROM flows WHERE {condition}");
        let output = fathom(&["query", &sql, "examples/estate/aws"]);
        let answer = text(&output.stdout).lines().nth(1).map(|line| line == "true");
        assert_eq!(answer, Some(expected), "{condition}: {}", text(&output.stderr));
    };
    check("src_ip = '10.20.0.22'", true);
    check("src_ip IN ('10.20.0.22', '10.20.1.40')", true);
    check("src_ip LIKE '10.20.%'", true);
    check("src_ip LIKE '11.20.%'", false);
    check("src_ip || ':' || src_port = '10.20.0.22:22'", true);
    check("cast(src_ip AS varchar) = '10.20.0.22'", true);
    check("split_part(ip_text(src_ip), '.', 1) = '10'", true);
    check("cidr_contains('10.20.0.0/16', src_ip) AND NOT is_private(src_ip)", false);
    check("service_name(dst_port, ip_proto) = 'ssh'", true);
    check("community_id(src_ip, dst_ip, src_port, dst_port, ip_proto) LIKE '1:%'", true);
    check("src_ip <> dst_ip AND ip_network(src_ip, 16) = '10.20.0.0/16'", true);
}

/// A broken input or argument: what is run, the exit code, and what standard error or output says.
#[test]
fn bad_input_is_told_and_the_rest_is_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_str().expect("a path").to_owned();
    let record = "2 123456789010 eni-1a2b3c4d 10.0.0.1 10.0.0.2 49152 443 6 10 840 1700000000 1700000060 ACCEPT OK\n";
    fs::write(path("good.log"), record.repeat(3)).expect("written");
    fs::create_dir(path("empty")).expect("made");
    fs::create_dir(path("mixed")).expect("made");
    fs::write(path("mixed/a.log"), record.repeat(3)).expect("written");
    fs::write(path("mixed/photo.jpg"), b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01").expect("written");
    fs::write(path("nul.log"), format!("{record}\0\0\0 \0\n{record}")).expect("written");
    fs::write(path("long.log"), format!("{record}{}\n{record}", "x".repeat(3 << 20))).expect("written");
    fs::write(path("nested.json"), "[".repeat(1 << 20)).expect("written");
    fs::write(path("bad.parquet"), b"PAR1 this is not Parquet PAR1").expect("written");
    fs::write(path("cut.gz"), [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0x33, 0x52]).expect("written");
    let (good, count) = (path("good.log"), "SELECT count(*) AS n FROM flows");
    let cases: Vec<(Vec<String>, i32, &str)> = vec![
        (vec!["query".into(), count.into(), good.clone()], 0, "n\n3\n"),
        (vec!["query".into(), count.into(), path("mixed")], 3, "n\n3\n"),
        (vec!["query".into(), count.into(), path("nul.log")], 3, "n\n2\n"),
        (vec!["query".into(), count.into(), path("long.log")], 3, "n\n2\n"),
        (vec!["query".into(), count.into(), path("nested.json"), good.clone()], 3, "n\n3\n"),
        (vec!["query".into(), count.into(), path("bad.parquet"), good.clone()], 3, "n\n3\n"),
        (vec!["query".into(), count.into(), path("cut.gz"), good.clone()], 3, "n\n3\n"),
        (vec!["query".into(), count.into(), path("missing.log"), good.clone()], 3, "missing.log"),
        (vec!["report".into(), path("missing.log")], 2, "missing.log"),
        (vec!["report".into(), path("empty")], 2, "empty"),
        (vec!["report".into(), path("mixed/photo.jpg")], 3, "photo.jpg"),
        (vec!["query".into(), "SELECT nosuch FROM flows".into(), good.clone()], 2, "line 1, column 8"),
        (vec!["query".into(), "SELECT src_ip FRM flows".into(), good.clone()], 2, "column 19"),
        (vec!["query".into(), "SELECT 1 FROM flow".into(), good.clone()], 2, "flows and health"),
        (
            vec!["query".into(), "SELECT cidr_contains('10.0.0.0/33', src_ip) FROM flows".into(), good.clone()],
            2,
            "over 32",
        ),
        (
            vec!["query".into(), "SELECT 1 FROM flows WHERE src_ip = '10.0.0.0/8'".into(), good.clone()],
            2,
            "cidr_contains",
        ),
        (
            vec!["query".into(), "SELECT time_bucket('soon', time_start) FROM flows".into(), good.clone()],
            2,
            "bucket width",
        ),
        (vec!["query".into(), "(COPY flows TO 'x.csv')".into(), good.clone()], 2, ""),
        (vec!["report".into(), "--where".into(), "nosuch = 1".into(), good.clone()], 2, "nosuch"),
        (vec!["report".into(), "--since".into(), "soon".into(), good.clone()], 2, "2026-03-02"),
        (vec!["report".into(), "--intel".into(), path("missing.txt"), "--".into(), good.clone()], 2, "missing.txt"),
        (
            vec!["convert".into(), good.clone(), "-o".into(), "/dev/full".into(), "--format".into(), "csv".into()],
            2,
            "No space",
        ),
        (vec!["convert".into(), good.clone(), "-o".into(), path("x.docx")], 2, "ending"),
        (
            vec!["convert".into(), good, "--format".into(), "csv".into(), "--columns".into(), "nosuch".into()],
            2,
            "nosuch",
        ),
    ];
    for (arguments, code, said) in cases {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let output = fathom(&arguments);
        let all = text(&output.stdout) + &text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {all}");
        assert!(all.contains(said), "{arguments:?} does not say {said:?}: {all}");
        assert!(!all.contains("panicked"), "{arguments:?}: {all}");
    }
}

#[test]
fn the_page_of_fields_is_fresh() {
    let page = root().join("docs/fields.md");
    let made = text(&fathom(&["fields", "--markdown"]).stdout);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&page, &made).expect("written");
    }
    let kept = fs::read_to_string(&page).unwrap_or_default();
    assert!(kept == made, "docs/fields.md is stale: UPDATE=1 cargo test --release -p cli writes it anew");
}
