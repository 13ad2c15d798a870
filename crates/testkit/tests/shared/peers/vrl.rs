//! Vector's `parse_aws_vpc_flow_log`: the documented examples and their results.

use super::Ours::{Column, Made, Time, Words};
use super::{Comparison, IP_VERSIONS, Mapping, destination_at_interface, event, log_status, source_at_interface};
use serde_json::Value;
use testkit::{Differences, Explained, Samples};

#[rustfmt::skip]
const FIELDS: Mapping = &[
    ("version", Column("source_version")),
    ("account_id", Column("account_id")),
    ("interface_id", Column("if_id")),
    ("srcaddr", Made(source_at_interface)),
    ("dstaddr", Made(destination_at_interface)),
    ("srcport", Column("src_port")),
    ("dstport", Column("dst_port")),
    ("protocol", Column("ip_proto")),
    ("packets", Column("packets")),
    ("bytes", Column("bytes")),
    ("start", Time("time_start")),
    ("end", Time("time_end")),
    ("action", Words("verdict", &[("ACCEPT", "allowed"), ("REJECT", "denied")])),
    ("log_status", Made(log_status)),
    ("vpc_id", Column("vpc_id")),
    ("subnet_id", Column("subnet_id")),
    ("instance_id", Column("instance_id")),
    ("tcp_flags", Column("tcp_flags")),
    ("type", Words("ip_version", IP_VERSIONS)),
    ("pkt_srcaddr", Column("src_ip")),
    ("pkt_dstaddr", Column("dst_ip")),
    ("region", Column("region")),
    ("az_id", Column("zone")),
    ("sublocation_type", Column("sublocation_type")),
    ("sublocation_id", Column("sublocation_id")),
    ("pkt_src_aws_service", Column("src_service")),
    ("pkt_dst_aws_service", Column("dst_service")),
    ("flow_direction", Column("direction")),
    ("traffic_path", Column("path")),
    ("reject_reason", Column("verdict_reason")),
    ("resource_id", Column("resource_id")),
    ("encryption_status", Column("encryption_raw")),
    ("interface_type", Column("if_type")),
];

const EXPLAINED: &[Explained] = &[Explained {
    file: "vrl/parse_aws_vpc_flow_log.json",
    field: "version",
    count: 1,
    why: "a record without a flow is a row of health, which has no version",
}];

#[test]
fn agrees() {
    let Some(samples) = Samples::find() else { return };
    let file = "aws_vpc/vrl/parse_aws_vpc_flow_log.json";
    let document = samples.json(file);
    let examples = document["examples"].as_array().map_or(&[][..], Vec::as_slice);
    let seconds = |name: &str| matches!(name, "start" | "end");
    let events: Vec<_> = examples
        .iter()
        .map(|example: &Value| {
            let mut fields = event(&example["return"]);
            for (_, value) in fields.iter_mut().filter(|(name, _)| seconds(name)) {
                *value = value.take().map(|text| format!("{text}000"));
            }
            fields
        })
        .collect();
    let mut differences = Differences::default();
    Comparison::new(&samples, file).run(&events, FIELDS, &mut differences);
    differences.check(EXPLAINED);
    assert_eq!(differences.compared(), 64, "values compared");
}
