//! Connections as cloud flow logs: what must be kept, what a cloud changes, and that the decoders read it.

use std::collections::{BTreeMap, BTreeSet};
use testkit::convert::{Cloud, Connection, Converted, connections, convert};
use testkit::{Record, Table, decode_bytes};

/// An answered session, a refused and an unanswered request, one within the estate, a long one, ICMP, IPv6.
const LOG: &str = "#separator \\x09\n#unset_field\t-\n#path\tconn\n\
#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tduration\tconn_state\tlocal_orig\tlocal_resp\thistory\torig_pkts\torig_ip_bytes\tresp_pkts\tresp_ip_bytes\tlabel\n\
1700000000.5\tC1\t198.51.100.7\t4000\t10.0.0.5\t22\ttcp\t4.5\tSF\tF\tT\tShADadFf\t12\t1882\t14\t2430\tbrute\n\
1700000001.5\tC2\t198.51.100.7\t4001\t10.0.0.5\t23\ttcp\t0.01\tREJ\tF\tT\tSr\t1\t60\t1\t40\tscan\n\
1700000002.5\tC3\t198.51.100.7\t4002\t10.0.0.5\t80\ttcp\t-\tS0\tF\tT\tS\t1\t60\t0\t0\tscan\n\
1700000003.5\tC4\t10.0.0.5\t5000\t10.0.0.6\t443\ttcp\t1\tSF\tT\tT\tShADadFf\t10\t1000\t10\t2000\t-\n\
1700000004.5\tC5\t10.0.0.6\t5001\t203.0.113.9\t6667\ttcp\t3600\tS1\tT\tF\tShADad\t61\t6100\t121\t12100\tC&C\n\
1700000005.5\tC6\t198.51.100.7\t8\t10.0.0.5\t0\ticmp\t1\tOTH\tF\tT\t-\t2\t168\t2\t168\t-\n\
1700000006.5\tC7\t2001:db8::1\t6000\t2001:db8:ffff::2\t53\tudp\t0.1\tSF\tT\tF\tDd\t1\t80\t1\t200\t-\n";

fn all() -> Vec<Connection> {
    let connections = connections(&decode_bytes("conn.log", LOG.as_bytes()));
    assert_eq!(connections.len(), 7);
    connections
}

/// The log's records, read by the decoder of its format.
#[track_caller]
fn records(converted: &Converted, format: &str) -> Vec<Record> {
    let decoded = decode_bytes("object", &converted.object);
    assert_eq!(decoded.format, Some(format));
    let kinds: Vec<String> = decoded.kinds().into_keys().collect();
    assert!(kinds.iter().all(|kind| matches!(kind.as_str(), "no_data" | "skip_data")), "{kinds:?}");
    decoded.records().into_iter().filter(|record| record.table == Table::Flows).collect()
}

/// Per connection: the records that have something of it.
fn by_connection(converted: &Converted, records: &[Record]) -> BTreeMap<String, Vec<Record>> {
    let mut ids: BTreeMap<i64, Vec<&str>> = BTreeMap::new();
    for line in converted.labels.lines() {
        let columns: Vec<&str> = line.split('\t').collect();
        ids.entry(columns[0].parse().expect("an offset")).or_default().push(columns[1]);
    }
    let mut found: BTreeMap<String, Vec<Record>> = BTreeMap::new();
    for record in records {
        for id in &ids[&record.number("src_offset")] {
            found.entry((*id).to_owned()).or_default().push(record.clone());
        }
    }
    found
}

fn texts<'a>(records: &'a [Record], column: &str) -> Vec<&'a str> {
    records.iter().map(|record| record.get(column).unwrap_or("-")).collect()
}

fn sum(records: &[Record], column: &str, wanted: impl Fn(&Record) -> bool) -> i64 {
    records.iter().filter(|record| wanted(record)).map(|record| record.number(column)).sum()
}

#[test]
fn aws() {
    for window_s in [60, 600] {
        let converted = convert(&all(), Cloud::Aws { window_s });
        let found = by_connection(&converted, &records(&converted, "aws_text"));
        assert_eq!(texts(&found["C1"], "direction"), ["ingress", "egress"]);
        assert_eq!(texts(&found["C1"], "tcp_flags"), ["3", "19"]);
        assert_eq!(texts(&found["C2"], "verdict"), ["denied"], "a closed port, and no answer");
        assert_eq!(texts(&found["C3"], "verdict"), ["denied"]);
        assert_eq!(texts(&found["C4"], "verdict").len(), 4, "both directions at both ends");
        assert_eq!(texts(&found["C6"], "verdict"), ["allowed", "allowed"]);
        assert_eq!(texts(&found["C7"], "ip_version"), ["6", "6"]);
        let (sent, received) = (
            |record: &Record| record.get("direction") == Some("egress"),
            |record: &Record| record.get("direction") == Some("ingress"),
        );
        assert_eq!((sum(&found["C5"], "packets", sent), sum(&found["C5"], "bytes", received)), (61, 12_100));
        assert_eq!(found["C5"].len(), if window_s == 60 { 122 } else { 14 });
        assert!(sum(&found["C5"], "tcp_flags", sent) == 2, "SYN where it begins");
    }
}

#[test]
fn azure() {
    let converted = convert(&all(), Cloud::Azure);
    let found = by_connection(&converted, &records(&converted, "azure_json"));
    assert_eq!(texts(&found["C1"], "flow_state"), ["begin", "end"]);
    assert_eq!(texts(&found["C2"], "verdict"), ["denied"]);
    assert_eq!(texts(&found["C4"], "direction"), ["egress", "egress", "ingress", "ingress"]);
    let all = |_: &Record| true;
    let counters = ["packets", "bytes", "rev_packets", "rev_bytes"].map(|column| sum(&found["C5"], column, all));
    assert_eq!(counters, [61, 6_100, 121, 12_100]);
}

#[test]
fn gcp() {
    let log: String =
        (0..2_000).map(|n| LOG.lines().nth(4).expect("a line").replace("C1", &format!("D{n}")) + "\n").collect();
    let log = LOG.to_owned() + &log;
    let connections = connections(&decode_bytes("conn.log", log.as_bytes()));
    let cloud = Cloud::Gcp { seed: 7, packets_per_sample: 10 };
    let converted = convert(&connections, cloud);
    assert_eq!(converted, convert(&connections, cloud), "the same seed, the same log");
    let records = records(&converted, "gcp_json");
    let is_session = |record: &Record| record.get("src_port") == Some("4000") && record.get("dst_port") == Some("22");
    let estimated = sum(&records, "packets", is_session) as f64;
    let expected = 2_001.0 * 12.0 / 2.0;
    assert!((estimated / expected - 1.0).abs() < 0.1, "{estimated} of {expected}: half of the records are kept");
    assert!(records.iter().all(|record| record.get("dst_port") != Some("23")), "what was denied is no flow");
    let labelled: BTreeSet<&str> = converted.labels.lines().filter_map(|line| line.split('\t').nth(2)).collect();
    assert!(labelled.contains("brute"));
}

#[test]
fn totals_without_sides_are_shared_out_as_the_bytes_are() {
    let log = "StartTime,Dur,Proto,SrcAddr,Sport,Dir,DstAddr,Dport,State,TotPkts,TotBytes,SrcBytes\n\
        2018/09/27 22:40:52.3,193.8,tcp,192.168.2.1,52893,  <?>,192.168.2.12,22,CON,35,3766,1224\n";
    let connections = connections(&decode_bytes("x.binetflow", log.as_bytes()));
    assert_eq!(connections[0].packets, [11, 24]);
    assert!(connections[0].is_answered());
}
