//! OpenTelemetry Collector Contrib: the attributes that its tests expect for the fixtures among the samples.
//!
//! The fixtures' expected outputs are not among the samples; their values stand here, by hand, one record after
//! the other. Sources: `awslogsencodingextension` and `googlecloudlogentryencodingextension`, `testdata`.

use super::Ours::{Column, Made, TheirOwn, Time, Words};
use super::{Comparison, Event, IP_VERSIONS, Mapping, PROTOCOLS, log_status};
use testkit::{Differences, Explained, Samples};

#[rustfmt::skip]
const AWS_FIELDS: Mapping = &[
    ("cloud.provider", Column("provider")),
    ("cloud.account.id", Column("account_id")),
    ("cloud.region", Column("region")),
    ("aws.log.*", TheirOwn("of the payload around the records")),
    ("aws.vpc.flow.log.version", Column("source_version")),
    ("network.interface.name", Column("if_id")),
    ("source.address", Column("src_ip")),
    ("destination.address", Column("dst_ip")),
    ("source.port", Column("src_port")),
    ("destination.port", Column("dst_port")),
    ("network.protocol.name", Words("ip_proto", PROTOCOLS)),
    ("aws.vpc.flow.packets", Column("packets")),
    ("aws.vpc.flow.bytes", Column("bytes")),
    ("aws.vpc.flow.start", Time("time_start")),
    ("timeUnixNano", Time("time_end")),
    ("aws.vpc.flow.action", Words("verdict", &[("ACCEPT", "allowed"), ("REJECT", "denied")])),
    ("aws.vpc.flow.status", Made(log_status)),
    ("aws.tgw.id", Column("resource_id")),
    ("aws.tgw.attachment.id", Column("tgw_attachment")),
    ("aws.tgw.attachment.pair.id", Column("tgw_pair_attachment")),
    ("aws.tgw.source.vpc.id", Column("vpc_id")),
    ("aws.tgw.destination.vpc.id", Column("peer_vpc_id")),
    ("aws.tgw.source.vpc.subnet.id", Column("subnet_id")),
    ("aws.tgw.destination.vpc.subnet.id", Column("peer_subnet_id")),
    ("aws.tgw.source.eni.id", Column("if_id")),
    ("aws.tgw.destination.eni.id", Column("peer_if_id")),
    ("aws.tgw.source.az.id", Column("zone")),
    ("aws.tgw.destination.az.id", Column("peer_zone")),
    ("aws.vpc.flow.packets_lost_no_route", Column("lost_no_route")),
    ("aws.vpc.flow.packets_lost_blackhole", Column("lost_blackhole")),
    ("aws.vpc.flow.packets_lost_mtu_exceeded", Column("lost_mtu")),
    ("aws.vpc.flow.packets_lost_ttl_expired", Column("lost_ttl")),
    ("network.type", Words("ip_version", IP_VERSIONS)),
    ("network.tcp.flags", Column("tcp_flags")),
    ("network.io.direction", Words("direction", &[("receive", "ingress"), ("transmit", "egress")])),
];

#[rustfmt::skip]
const GCP_FIELDS: Mapping = &[
    ("gcp.project", Column("account_id")),
    ("cloud.resource_id", TheirOwn("the end of logName, which is in ext")),
    ("gcp.resource_type", Column("ext.resource.type")),
    ("gcp.label.target_resource_name", Column("resource_id")),
    ("gcp.label.name", Column("ext.resource.labels.name")),
    ("gcp.label.location", Column("ext.resource.labels.location")),
    ("gcp.label.project_id", Column("ext.resource.labels.project_id")),
    ("gcp.label.resource_container", Column("ext.resource.labels.resource_container")),
    ("gcp.label.subnetwork_id", Column("ext.resource.labels.subnetwork_id")),
    ("gcp.label.subnetwork_name", Column("ext.resource.labels.subnetwork_name")),
    ("log.record.uid", Column("ext.insertId")),
    ("network.protocol.name", Words("ip_proto", PROTOCOLS)),
    ("source.address", Column("src_ip")),
    ("destination.address", Column("dst_ip")),
    ("source.port", Column("src_port")),
    ("destination.port", Column("dst_port")),
    ("gcp.vpc.flow.reporter", Words("vantage", &[("SRC", "src"), ("DEST", "dst")])),
    ("gcp.vpc.flow.bytes_sent", Column("bytes")),
    ("gcp.vpc.flow.packets_sent", Column("packets")),
    ("gcp.vpc.flow.start_time", Time("time_start")),
    ("gcp.vpc.flow.end_time", Time("time_end")),
    ("gcp.vpc.flow.egress.as_paths", Column("as_path")),
    // In both fixtures the side that has an instance is the one that reported.
    ("gcp.vpc.flow.observed.instance.project.id", Column("account_id")),
    ("gcp.vpc.flow.observed.instance.vm.region", Column("region")),
    ("gcp.vpc.flow.observed.instance.vm.zone", Column("zone")),
    ("gcp.vpc.flow.observed.instance.vm.name", Column("instance_id")),
    ("gcp.vpc.flow.observed.subnet.name", Column("subnet_id")),
    ("gcp.vpc.flow.observed.vpc.name", Column("vpc_id")),
    ("gcp.vpc.flow.source.project.id", Column("ext.src_vpc.project_id")),
    ("gcp.vpc.flow.source.subnet.region", Column("ext.src_vpc.subnetwork_region")),
    ("gcp.vpc.flow.destination.project.id", Column("ext.dest_vpc.project_id")),
    ("gcp.vpc.flow.destination.subnet.region", Column("ext.dest_vpc.subnetwork_region")),
    ("gcp.vpc.flow.destination.instance.managed_instance_group.name", Column("ext.dest_instance.managed_instance_group.name")),
    ("gcp.vpc.flow.destination.instance.managed_instance_group.region", Column("ext.dest_instance.managed_instance_group.region")),
    ("gcp.vpc.flow.source.asn", Column("src_asn")),
    ("gcp.vpc.flow.source.geo.city", Column("src_geo_city")),
    ("gcp.vpc.flow.source.geo.continent", Column("ext.src_location.continent")),
    ("gcp.vpc.flow.source.geo.country.iso_code.alpha3", Column("src_geo_country")),
    ("gcp.vpc.flow.destination.asn", Column("dst_asn")),
    ("gcp.vpc.flow.destination.geo.city", Column("dst_geo_city")),
    ("gcp.vpc.flow.destination.geo.continent", Column("ext.dest_location.continent")),
    ("gcp.vpc.flow.destination.geo.country.iso_code.alpha3", Column("dst_geo_country")),
    ("gcp.vpc.flow.destination.geo.region", Column("ext.dest_location.region")),
    ("timeUnixNano", Column("ext.timestamp")),
    ("observedTimeUnixNano", Time("time_logged")),
];

/// `name value` each.
const ACCEPTED: &str = "cloud.provider aws
    cloud.account.id 123456789010
    aws.vpc.flow.log.version 2
    network.interface.name eni-1235b8ca123456789
    source.port 20641
    destination.port 22
    network.protocol.name tcp
    aws.vpc.flow.packets 20
    aws.vpc.flow.bytes 4249
    aws.vpc.flow.start 1418530010000
    aws.vpc.flow.action ACCEPT
    aws.vpc.flow.status OK
    source.address 172.31.16.139
    destination.address 172.31.16.21
    timeUnixNano 1418530070000";

const REJECTED: &str = "cloud.provider aws
    cloud.account.id 123456789010
    aws.vpc.flow.log.version 2
    network.interface.name eni-1235b8ca123456789
    source.port 49761
    destination.port 3389
    network.protocol.name tcp
    aws.vpc.flow.packets 20
    aws.vpc.flow.bytes 4249
    aws.vpc.flow.start 1418530010000
    aws.vpc.flow.action REJECT
    aws.vpc.flow.status OK
    source.address 172.31.9.69
    destination.address 172.31.9.12
    timeUnixNano 1418530070000";

const TRANSIT_GATEWAY: &str = "cloud.provider aws
    cloud.account.id 123456789012
    cloud.region us-east-1
    aws.vpc.flow.log.version 6
    aws.tgw.id tgw-0abc12345def67890
    aws.tgw.attachment.id tgw-attach-0abc12345def67890
    aws.tgw.source.vpc.id vpc-0abc12345def67890
    aws.tgw.destination.vpc.id vpc-0def12345abc67890
    aws.tgw.source.vpc.subnet.id subnet-0abc12345def67890
    aws.tgw.destination.vpc.subnet.id subnet-0def12345abc67890
    aws.tgw.source.eni.id eni-0abc12345def67890
    aws.tgw.destination.eni.id eni-0def12345abc67890
    aws.tgw.source.az.id use1-az1
    aws.tgw.destination.az.id use1-az2
    aws.tgw.attachment.pair.id tgw-attach-0def12345abc67890
    source.address 10.0.0.1
    destination.address 10.0.1.1
    source.port 12345
    destination.port 443
    network.protocol.name tcp
    aws.vpc.flow.packets 10
    aws.vpc.flow.bytes 1000
    aws.vpc.flow.packets_lost_no_route 1
    aws.vpc.flow.packets_lost_blackhole 2
    aws.vpc.flow.packets_lost_mtu_exceeded 3
    aws.vpc.flow.packets_lost_ttl_expired 4
    aws.vpc.flow.start 1700000000000
    aws.vpc.flow.status OK
    network.type ipv4
    network.tcp.flags 2
    network.io.direction receive
    timeUnixNano 1700000060000";

const MANAGED_INSTANCE: &str = "gcp.project elastic-logstash
    gcp.resource_type gce_subnetwork
    gcp.label.location us-central1
    gcp.label.project_id elastic-logstash
    gcp.label.subnetwork_id 3489268495624148348
    gcp.label.subnetwork_name andrewvc-flowfixtures-subnet
    log.record.uid abriadf35gp7q
    network.protocol.name tcp
    source.address 45.78.219.169
    destination.address 10.10.0.2
    source.port 39552
    destination.port 22
    gcp.vpc.flow.reporter DEST
    gcp.vpc.flow.bytes_sent 0
    gcp.vpc.flow.packets_sent 8
    gcp.vpc.flow.start_time 2025-11-07T21:18:58.489621532Z
    gcp.vpc.flow.end_time 2025-11-07T21:18:58.489621532Z
    gcp.vpc.flow.observed.instance.project.id elastic-logstash
    gcp.vpc.flow.observed.instance.vm.region us-central1
    gcp.vpc.flow.observed.instance.vm.name andrewvc-flowfixtures-vm-zh8x
    gcp.vpc.flow.observed.instance.vm.zone us-central1-c
    gcp.vpc.flow.destination.instance.managed_instance_group.name andrewvc-flowfixtures-mig
    gcp.vpc.flow.destination.instance.managed_instance_group.region us-central1
    gcp.vpc.flow.source.asn 150436
    gcp.vpc.flow.source.geo.city Singapore
    gcp.vpc.flow.source.geo.continent Asia
    gcp.vpc.flow.source.geo.country.iso_code.alpha3 sgp
    gcp.vpc.flow.destination.project.id elastic-logstash
    gcp.vpc.flow.observed.subnet.name andrewvc-flowfixtures-subnet
    gcp.vpc.flow.destination.subnet.region us-central1
    gcp.vpc.flow.observed.vpc.name andrewvc-flowfixtures-network
    timeUnixNano 2025-11-07T21:23:01.376765230Z
    observedTimeUnixNano 2025-11-07T21:23:01.376765230Z";

const ROUTING_DETAILS: &str = "gcp.project test-project-id
    gcp.resource_type vpc_flow_logs_config
    gcp.label.name test-flow-logs-config
    gcp.label.location global
    gcp.label.resource_container projects/123456789012
    log.record.uid 79c1kvepzqvr
    gcp.label.target_resource_name projects/123456789012/global/networks/default
    network.protocol.name icmp
    source.address 192.0.2.6
    destination.address 203.0.113.6
    gcp.vpc.flow.reporter SRC
    gcp.vpc.flow.bytes_sent 800
    gcp.vpc.flow.packets_sent 20
    gcp.vpc.flow.start_time 2025-09-27T21:13:05.056628399Z
    gcp.vpc.flow.end_time 2025-09-27T21:13:05.056628399Z
    gcp.vpc.flow.egress.as_paths 16509,14618
    gcp.vpc.flow.observed.instance.project.id test-project-id
    gcp.vpc.flow.observed.instance.vm.region asia-south1
    gcp.vpc.flow.observed.instance.vm.name test-vm-6
    gcp.vpc.flow.observed.instance.vm.zone asia-south1-c
    gcp.vpc.flow.source.project.id test-project-id
    gcp.vpc.flow.observed.subnet.name default
    gcp.vpc.flow.source.subnet.region asia-south1
    gcp.vpc.flow.observed.vpc.name default
    gcp.vpc.flow.destination.asn 14618
    gcp.vpc.flow.destination.geo.city Ashburn
    gcp.vpc.flow.destination.geo.continent America
    gcp.vpc.flow.destination.geo.country.iso_code.alpha3 usa
    gcp.vpc.flow.destination.geo.region Virginia
    timeUnixNano 2025-09-27T21:13:16.799966252Z
    observedTimeUnixNano 2025-09-27T21:13:16.799966252Z";

const RENAMED: &str = "the expected output was made with other names than the fixture has";

const EXPLAINED: &[Explained] = &[
    Explained { file: "w-internet-routing-details.json", field: "gcp.label.name", count: 1, why: RENAMED },
    Explained {
        file: "w-internet-routing-details.json",
        field: "gcp.vpc.flow.observed.instance.vm.name",
        count: 1,
        why: RENAMED,
    },
];

const FILES: &[(&str, Mapping, &[&str])] = &[
    ("aws_vpc/otel/valid_vpc_flow_log_multi.log", AWS_FIELDS, &[ACCEPTED, REJECTED]),
    ("aws_vpc/otel/valid_vpc_flow_cw.json", AWS_FIELDS, &[ACCEPTED, REJECTED]),
    ("aws_tgw/otel/valid_tgw_flow_log.log", AWS_FIELDS, &[TRANSIT_GATEWAY]),
    ("gcp_vpc/otel/vpc-flow-log-managed-instance.json", GCP_FIELDS, &[MANAGED_INSTANCE]),
    ("gcp_vpc/otel/vpc-flow-log-w-internet-routing-details.json", GCP_FIELDS, &[ROUTING_DETAILS]),
];

fn event_of(text: &str) -> Event {
    let pair = |line: &str| line.trim().split_once(' ').map(|(name, value)| (name.to_owned(), Some(value.to_owned())));
    text.lines().filter_map(pair).collect()
}

#[test]
fn agrees() {
    let Some(samples) = Samples::find() else { return };
    let mut differences = Differences::default();
    for (file, mapping, events) in FILES {
        let events: Vec<Event> = events.iter().map(|text| event_of(text)).collect();
        Comparison::new(&samples, file).run(&events, mapping, &mut differences);
    }
    differences.check(EXPLAINED);
    assert_eq!(differences.compared(), 161, "values compared");
}
