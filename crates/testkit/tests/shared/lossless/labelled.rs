//! Zeek's and Argus's records of the labelled traffic: every field of every line can be read back.

use std::path::PathBuf;
use testkit::{Record, Samples, Table, decode};

/// Zeek's text logs of connections.
const ZEEK: &[&str] = &[
    "slips/port-scans/horizontal/conn.log",
    "slips/test18-malicious-ctu-sme-11-win/zeek-labeled/conn.log.labeled",
    "iot23/34-1_first12h_conn.log.labeled",
    "iot23/attakaay/Zeek/b1.log",
    "iot23/attakaay/Zeek/b3a.log",
    "rita/proxy/conn.log",
];
const ZEEK_JSON: &[&str] = &[
    "otrf/compound/apt29/day1/zeek/individual_zeek_logs/NASHUA_conn.log",
    "otrf/compound/apt29/day1/zeek/individual_zeek_logs/SCRANTON_conn.log",
];
const ARGUS: &[&str] = &["slips/test3-mixed.binetflow", "slips/test4-malicious.binetflow"];

fn file(samples: &Samples, name: &str) -> PathBuf {
    samples.path("../labelled").join(name)
}

/// The text and the records of a file, none of which went to `health`; `None` if it is not there.
fn read(samples: &Samples, name: &str) -> Option<(String, Vec<Record>)> {
    let path = file(samples, name);
    let text = std::fs::read_to_string(&path).ok()?;
    let records = decode(&path).records();
    assert!(records.iter().all(|record| record.table == Table::Flows), "{name}");
    Some((text, records))
}

/// The value of a field as the record tells it: from its column, or from `ext`.
fn read_back(record: &Record, field: &str) -> Option<String> {
    let column = |name: &str| record.get(name).map(str::to_owned);
    let own = match field {
        "id.orig_h" | "id_orig_h" | "SrcAddr" => column("src_ip"),
        "id.resp_h" | "id_resp_h" | "DstAddr" => column("dst_ip"),
        "id.orig_p" | "id_orig_p" | "Sport" => column("src_port").or_else(|| column("icmp_type")),
        "id.resp_p" | "id_resp_p" | "Dport" => column("dst_port").or_else(|| column("icmp_code")),
        "service" => column("app_protocol"),
        "history" => column("tcp_history"),
        "orig_pkts" => column("packets"),
        "resp_pkts" => column("rev_packets"),
        "orig_ip_bytes" | "SrcBytes" => column("bytes"),
        "resp_ip_bytes" => column("rev_bytes"),
        "missed_bytes" => column("capture_lost_bytes"),
        "orig_l2_addr" => column("src_mac"),
        "resp_l2_addr" => column("dst_mac"),
        "proto" | "Proto" => match record.get("ip_proto") {
            Some("6") => Some("tcp".to_owned()),
            Some("17") => Some("udp".to_owned()),
            Some("1") => Some("icmp".to_owned()),
            Some("58") => Some(if field == "Proto" { "ipv6-icmp" } else { "icmp" }.to_owned()),
            _ => column("l2_type"),
        },
        "TotBytes" => Some((record.number("bytes") + record.number("rev_bytes")).to_string()),
        "TotPkts" if record.get("ext.TotPkts").is_none() => {
            Some((record.number("packets") + record.number("rev_packets")).to_string())
        }
        "sTos" if record.get("ext.sTos").is_none() => {
            record.get("dscp").map(|_| (record.number("dscp") << 2).to_string())
        }
        _ => None,
    };
    let kept = column(&format!("ext.{field}"));
    // What is in `ext` is verbatim: it goes before what a column makes of it.
    kept.or(own)
}

/// ICMP's second port is the answer's type, which the first one tells.
fn is_implied(record: &Record, field: &str) -> bool {
    matches!(field, "id.resp_p" | "id_resp_p") && record.get("icmp_type").is_some()
}

/// Times are told by the columns, to the nanosecond.
fn seconds_of(record: &Record, field: &str) -> Option<f64> {
    let time = |column: &str| record.get(column)?.parse::<jiff::Timestamp>().ok();
    let span = || Some(time("time_end")?.duration_since(time("time_start")?).as_secs_f64());
    match field {
        "ts" => time("time_start").map(|start| start.duration_since(jiff::Timestamp::UNIX_EPOCH).as_secs_f64()),
        "duration" | "Dur" => span(),
        _ => None,
    }
}

#[track_caller]
fn check_field(record: &Record, field: &str, value: &str, file: &str) {
    let place = format!("{field} of record {} of {file}", record.number("record_no"));
    if let Some(seconds) = seconds_of(record, field) {
        let expected: f64 = value.parse().unwrap_or_else(|_| panic!("{place}: {value}"));
        return assert!((seconds - expected).abs() < 2e-6, "{place}: {seconds} is not {value}");
    }
    if field == "StartTime" {
        let text = value.replace('/', "-").replace(' ', "T") + "Z";
        let expected = text.parse::<jiff::Timestamp>().map(|time| time.to_string()).ok();
        return assert_eq!(record.get("time_start").map(str::to_owned), expected, "{place}");
    }
    let found = read_back(record, field);
    if found.is_none() && is_implied(record, field) {
        return;
    }
    assert_eq!(found.as_deref(), Some(value), "{place}");
}

#[test]
fn zeek() {
    let Some(samples) = Samples::find() else { return };
    for name in ZEEK {
        let Some((text, records)) = read(&samples, name) else { continue };
        let fields = text.lines().find_map(|line| line.strip_prefix("#fields\t")).expect("a header line");
        let fields: Vec<&str> = fields.split(['\t', ' ']).filter(|field| !field.is_empty()).collect();
        let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
        assert_eq!(lines.len(), records.len(), "{name}");
        for (line, record) in lines.iter().zip(&records) {
            let line = line.replace("   ", "\t");
            let values: Vec<&str> = line.split('\t').collect();
            for (field, value) in fields.iter().zip(values).filter(|(_, value)| *value != "-") {
                check_field(record, field, if value == "(empty)" { "" } else { value }, name);
            }
        }
    }
}

#[test]
fn zeek_json() {
    let Some(samples) = Samples::find() else { return };
    for name in ZEEK_JSON {
        let Some((text, records)) = read(&samples, name) else { continue };
        assert_eq!(text.lines().count(), records.len(), "{name}");
        for (line, record) in text.lines().zip(&records) {
            let object: serde_json::Map<String, serde_json::Value> = serde_json::from_str(line).expect("JSON");
            for (field, value) in object.iter().filter(|(field, _)| *field != "@stream") {
                let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                check_field(record, field, &value, name);
            }
        }
    }
}

#[test]
fn argus() {
    let Some(samples) = Samples::find() else { return };
    for name in ARGUS {
        let Some((text, records)) = read(&samples, name) else { continue };
        let mut lines = text.lines();
        let fields: Vec<&str> = lines.next().expect("a header line").split(',').collect();
        let lines: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
        assert_eq!(lines.len(), records.len(), "{name}");
        for (line, record) in lines.iter().zip(&records) {
            let values = line.split(',').map(str::trim);
            for (field, value) in fields.iter().zip(values).filter(|(_, value)| !value.is_empty()) {
                // Totals that contradict the source's own share are kept, and one of them is not the sum.
                let is_sum = matches!(*field, "TotPkts" | "TotBytes" | "SrcPkts");
                match is_sum && record.get("rev_packets").is_none() {
                    true => {}
                    false if *field == "SrcPkts" => assert_eq!(record.get("packets"), Some(value), "{name}"),
                    false => check_field(record, field, value, name),
                }
            }
        }
    }
}
