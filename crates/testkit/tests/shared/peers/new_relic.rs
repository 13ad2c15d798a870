//! New Relic's forwarder of VNet flow logs (tuples), and the totals that Azure's documents state.

use super::Ours::{Column, Time, Words};
use super::{Comparison, Mapping, PROTOCOLS, event};
use serde_json::Value;
use testkit::{Differences, Samples, decode};

#[rustfmt::skip]
const FIELDS: Mapping = &[
    ("timestamp_ms", Time("time_start")),
    ("srcAddr", Column("src_ip")),
    ("destAddr", Column("dst_ip")),
    ("srcPort", Column("src_port")),
    ("destPort", Column("dst_port")),
    ("protocol", Words("ip_proto", PROTOCOLS)),
    ("direction", Words("direction", &[("Inbound", "ingress"), ("Outbound", "egress")])),
    ("flowState", Words("flow_state", &[("Begin", "begin"), ("Continuing", "continue"), ("End", "end"), ("Deny", "deny")])),
    ("encryption", Words("encryption_raw", &[("Encrypted", "X"), ("Not Encrypted", "NX")])),
    ("packetsSrcToDest", Column("packets")),
    ("bytesSrcToDest", Column("bytes")),
    ("packetsDestToSrc", Column("rev_packets")),
    ("bytesDestToSrc", Column("rev_bytes")),
];

#[test]
fn agrees() {
    let Some(samples) = Samples::find() else { return };
    let file = "azure_vnet/newrelic/tuple-vectors.json";
    let document = samples.json(file);
    let vectors = document.as_array().map_or(&[][..], Vec::as_slice);
    let events: Vec<_> = vectors.iter().map(|vector: &Value| event(&vector["expected"])).collect();
    let mut differences = Differences::default();
    Comparison::new(&samples, file).run(&events, FIELDS, &mut differences);
    differences.check(&[]);
    assert_eq!(differences.compared(), 24, "values compared");
}

#[test]
fn the_documents_totals_are_ours() {
    let Some(samples) = Samples::find() else { return };
    let file = "azure_vnet/azure-docs/bandwidth-example.json";
    let expected = &samples.json(file)["expected"];
    let records = decode(&samples.path(file)).records();
    let total = |columns: [&str; 2]| -> i64 {
        records.iter().map(|record| record.number(columns[0]) + record.number(columns[1])).sum()
    };
    assert_eq!(Some(total(["packets", "rev_packets"])), expected["packets_total"].as_i64());
    assert_eq!(Some(total(["bytes", "rev_bytes"])), expected["bytes_total"].as_i64());
}
