//! Elastic: the Filebeat module, its successor in Integrations, and the Beats processor (ECS).

use super::Ours::{Column, Made, Text, TheirOwn, Time, Words};
use super::{
    Comparison, IP_VERSIONS, Mapping, PROTOCOLS, community_id, community_id_with, destination_at_interface, event,
    log_status, source_at_interface,
};
use serde_json::Value;
use testkit::{Differences, Explained, Record, Samples};

const VERDICTS: &[(&str, &str)] = &[
    ("ACCEPT", "allowed"),
    ("REJECT", "denied"),
    ("accept", "allowed"),
    ("reject", "denied"),
    ("allow", "allowed"),
    ("deny", "denied"),
    ("success", "allowed"),
    ("failure", "denied"),
];
const PATHS: &[(&str, &str)] = &[("1", "same_vpc"), ("2", "igw_or_gwe")];

#[rustfmt::skip]
const FIELDS: Mapping = &[
    ("@timestamp", Time("time_end")),
    ("aws.vpcflow.account_id", Column("account_id")),
    ("aws.vpcflow.action", Words("verdict", VERDICTS)),
    ("aws.vpcflow.az_id", Column("zone")),
    ("aws.vpcflow.bytes", Column("bytes")),
    ("aws.vpcflow.dstaddr", Made(destination_at_interface)),
    ("aws.vpcflow.dstport", Column("dst_port")),
    ("aws.vpcflow.end", Time("time_end")),
    ("aws.vpcflow.flow_direction", Column("direction")),
    ("aws.vpcflow.instance_id", Column("instance_id")),
    ("aws.vpcflow.interface_id", Column("if_id")),
    ("aws.vpcflow.log_status", Made(log_status)),
    ("aws.vpcflow.packets", Column("packets")),
    ("aws.vpcflow.pkt_dst_aws_service", Column("dst_service")),
    ("aws.vpcflow.pkt_dst_service", Column("dst_service")),
    ("aws.vpcflow.pkt_dstaddr", Column("dst_ip")),
    ("aws.vpcflow.pkt_src_aws_service", Column("src_service")),
    ("aws.vpcflow.pkt_src_service", Column("src_service")),
    ("aws.vpcflow.pkt_srcaddr", Column("src_ip")),
    ("aws.vpcflow.protocol", Column("ip_proto")),
    ("aws.vpcflow.region", Column("region")),
    ("aws.vpcflow.srcaddr", Made(source_at_interface)),
    ("aws.vpcflow.srcport", Column("src_port")),
    ("aws.vpcflow.start", Time("time_start")),
    ("aws.vpcflow.sublocation_id", Column("sublocation_id")),
    ("aws.vpcflow.sublocation_type", Column("sublocation_type")),
    ("aws.vpcflow.subnet_id", Column("subnet_id")),
    ("aws.vpcflow.tcp_flags", Column("tcp_flags")),
    ("aws.vpcflow.tcp_flags_array", Words("tcp_flags", &[("fin", "1")])),
    ("aws.vpcflow.traffic_path", Words("path", PATHS)),
    ("aws.vpcflow.type", Words("ip_version", IP_VERSIONS)),
    ("aws.vpcflow.version", Column("source_version")),
    ("aws.vpcflow.vpc_id", Column("vpc_id")),
    ("cloud.account.id", Column("account_id")),
    ("cloud.availability_zone", Column("zone")),
    ("cloud.instance.id", Column("instance_id")),
    ("cloud.provider", Column("provider")),
    ("cloud.region", Column("region")),
    ("destination.address", Made(destination_at_interface)),
    ("destination.as.*", TheirOwn("looked up by Elastic")),
    ("destination.geo.*", TheirOwn("looked up by Elastic")),
    ("destination.ip", Made(destination_at_interface)),
    ("destination.port", Column("dst_port")),
    ("ecs.version", TheirOwn("of Elastic's schema")),
    ("event.action", Words("verdict", VERDICTS)),
    ("event.category", TheirOwn("constant")),
    ("event.dataset", TheirOwn("constant")),
    ("event.end", Time("time_end")),
    ("event.kind", TheirOwn("constant")),
    ("event.module", TheirOwn("constant")),
    ("event.original", Text),
    ("event.outcome", Words("verdict", VERDICTS)),
    ("event.start", Time("time_start")),
    ("event.type", TheirOwn("constant, and the verdict again")),
    ("fileset.name", TheirOwn("constant")),
    ("input.type", TheirOwn("constant")),
    ("log.offset", Column("src_offset")),
    ("message", TheirOwn("the record's text, quoted in a document whose offset it has")),
    ("network.bytes", Column("bytes")),
    ("network.community_id", Made(community_id)),
    ("network.direction", Column("direction")),
    ("network.iana_number", Column("ip_proto")),
    ("network.packets", Column("packets")),
    ("network.transport", Words("ip_proto", PROTOCOLS)),
    ("network.type", Words("ip_version", IP_VERSIONS)),
    ("related.ip", TheirOwn("the addresses again")),
    ("service.type", TheirOwn("constant")),
    ("source.address", Made(source_at_interface)),
    ("source.as.*", TheirOwn("looked up by Elastic")),
    ("source.bytes", Column("bytes")),
    ("source.geo.*", TheirOwn("looked up by Elastic")),
    ("source.ip", Made(source_at_interface)),
    ("source.packets", Column("packets")),
    ("source.port", Column("src_port")),
    ("tags", TheirOwn("of the pipeline")),
];

const ICMP_PORTS: &str = "ICMP has no ports: AWS writes 0, which is null";
const ICMP_ID: &str = "Elastic takes the two 0 for type and code of an echo reply; the record has neither";
const NO_VERSION: &str = "a record without a flow is a row of health, which has no version";
const NO_FORMAT: &str = "no flow log, so nobody's";

const fn explained(file: &'static str, field: &'static str, count: usize, why: &'static str) -> Explained {
    Explained { file, field, count, why }
}

const EXPLAINED: &[Explained] = &[
    explained("beats-module/accept-reject-traffic.log", "source.port", 2, ICMP_PORTS),
    explained("beats-module/accept-reject-traffic.log", "destination.port", 2, ICMP_PORTS),
    explained("beats-module/accept-reject-traffic.log", "network.community_id", 2, ICMP_ID),
    explained("beats-processor/default-v2-format.input.json", "source.port", 2, ICMP_PORTS),
    explained("beats-processor/default-v2-format.input.json", "destination.port", 2, ICMP_PORTS),
    explained("beats-module/no-data-skip-data.log", "aws.vpcflow.version", 2, NO_VERSION),
    explained("beats-processor/default-v2-format.input.json", "aws.vpcflow.version", 2, NO_VERSION),
    explained("elastic-integrations/test-with-message-field.log", "aws.vpcflow.version", 1, NO_VERSION),
    explained("beats-module/bad.log", "cloud.provider", 1, NO_FORMAT),
];

/// A log, and what Elastic makes of it.
const FILES: &[(&str, &str)] = &[
    ("aws_vpc/beats-module/accept-reject-traffic.log", "aws_vpc/beats-module/accept-reject-traffic.log-expected.json"),
    ("aws_vpc/beats-module/bad.log", "aws_vpc/beats-module/bad.log-expected.json"),
    ("aws_vpc/beats-module/custom-nat-gateway.log", "aws_vpc/beats-module/custom-nat-gateway.log-expected.json"),
    ("aws_vpc/beats-module/ipv6.log", "aws_vpc/beats-module/ipv6.log-expected.json"),
    ("aws_vpc/beats-module/no-data-skip-data.log", "aws_vpc/beats-module/no-data-skip-data.log-expected.json"),
    ("aws_vpc/beats-processor/custom-nat-gateway.input.json", "aws_vpc/beats-processor/custom-nat-gateway.golden.json"),
    ("aws_vpc/beats-processor/default-v2-format.input.json", "aws_vpc/beats-processor/default-v2-format.golden.json"),
    ("aws_vpc/beats-processor/v5-fields-ecs.input.json", "aws_vpc/beats-processor/v5-fields-ecs.golden.json"),
    (
        "aws_vpc/beats-processor/v5-fields-ecs_and_original.input.json",
        "aws_vpc/beats-processor/v5-fields-ecs_and_original.golden.json",
    ),
    ("aws_vpc/beats-processor/v5-fields-original.input.json", "aws_vpc/beats-processor/v5-fields-original.golden.json"),
    (
        "aws_vpc/elastic-integrations/test-v5-all-fields.log",
        "aws_vpc/elastic-integrations/test-v5-all-fields.log-expected.json",
    ),
    (
        "aws_vpc/elastic-integrations/test-with-message-field.log",
        "aws_vpc/elastic-integrations/test-with-message-field.log-expected.json",
    ),
];

#[test]
fn agrees() {
    let Some(samples) = Samples::find() else { return };
    let mut differences = Differences::default();
    for (log, expected) in FILES {
        let expected = samples.json(expected);
        let events = expected.get("expected").unwrap_or(&expected).as_array().map_or(&[][..], Vec::as_slice);
        let events: Vec<_> = events.iter().map(event).collect();
        Comparison::new(&samples, log).run(&events, FIELDS, &mut differences);
    }
    differences.check(EXPLAINED);
    assert_eq!(differences.compared(), 540, "values compared");
}

/// That the explanation of Elastic's Community IDs for ICMP is the right one.
#[test]
fn community_ids_of_icmp_are_those_of_an_echo_reply() {
    let Some(samples) = Samples::find() else { return };
    let log = "aws_vpc/beats-module/accept-reject-traffic.log";
    let expected = samples.json(&format!("{log}-expected.json"));
    let comparison = Comparison::new(&samples, log);
    let is_icmp = |record: &&Record| record.get("ip_proto") == Some("1");
    let ours: Vec<_> =
        comparison.records.iter().filter(is_icmp).map(|record| community_id_with(record, Some((0, 0)))).collect();
    let theirs: Vec<_> = [2, 3]
        .iter()
        .map(|event: &usize| expected[*event].get("network.community_id").and_then(Value::as_str).map(str::to_owned))
        .collect();
    assert_eq!(ours, theirs);
}
