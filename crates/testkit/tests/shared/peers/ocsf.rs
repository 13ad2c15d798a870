//! OCSF's example of a VPC flow log (Network Activity, 1.1.0).

use super::Ours::{Column, Made, TheirOwn, Time, Words};
use super::{Comparison, IP_VERSIONS, Mapping, destination_at_interface, event, log_status, source_at_interface};
use testkit::{Differences, Explained, Samples};

#[rustfmt::skip]
const FIELDS: Mapping = &[
    ("action", Words("verdict", &[("Denied", "denied"), ("Allowed", "allowed")])),
    ("action_id", Words("verdict", &[("1", "allowed"), ("2", "denied")])),
    ("activity_id", TheirOwn("the verdict again")),
    ("activity_name", TheirOwn("the verdict again")),
    ("category_*", TheirOwn("constant")),
    ("class_*", TheirOwn("constant")),
    ("cloud.account.uid", Column("account_id")),
    ("cloud.provider", Words("provider", &[("AWS", "aws")])),
    ("cloud.region", Column("region")),
    ("cloud.zone", Column("zone")),
    ("connection_info.boundary", Column("path")),
    ("connection_info.boundary_id", TheirOwn("99: the boundary as it stands")),
    ("connection_info.direction", Words("direction", &[("Inbound", "ingress"), ("Outbound", "egress")])),
    ("connection_info.direction_id", Words("direction", &[("1", "ingress"), ("2", "egress")])),
    ("connection_info.protocol_num", Column("ip_proto")),
    ("connection_info.protocol_ver", Words("ip_version", IP_VERSIONS)),
    ("connection_info.tcp_flags", Column("tcp_flags")),
    ("disposition", Words("verdict", &[("Blocked", "denied")])),
    ("dst_endpoint.instance_uid", Column("instance_id")),
    ("dst_endpoint.interface_uid", Column("if_id")),
    ("dst_endpoint.ip", Made(destination_at_interface)),
    ("dst_endpoint.port", Column("dst_port")),
    ("dst_endpoint.subnet_uid", Column("subnet_id")),
    ("dst_endpoint.svc_name", Column("dst_service")),
    ("dst_endpoint.vpc_uid", Column("vpc_id")),
    ("end_time_dt", Time("time_end")),
    ("metadata.product.version", Column("source_version")),
    ("metadata.*", TheirOwn("constant")),
    ("observables", TheirOwn("the endpoints again")),
    ("severity*", TheirOwn("constant")),
    ("src_endpoint.ip", Made(source_at_interface)),
    ("src_endpoint.port", Column("src_port")),
    ("src_endpoint.svc_name", Column("src_service")),
    ("start_time_dt", Time("time_start")),
    ("status_code", Made(log_status)),
    ("time", Time("time_start")),
    ("time_dt", Time("time_start")),
    ("traffic.bytes", Column("bytes")),
    ("traffic.packets", Column("packets")),
    ("type_*", TheirOwn("constant")),
    ("unmapped.sublocation_id", Column("sublocation_id")),
    ("unmapped.sublocation_type", Column("sublocation_type")),
];

const NULL: &str = "`-` is null";
const TYPO: &str = "the example writes more zeros than its record";

const fn explained(field: &'static str, why: &'static str) -> Explained {
    Explained { file: "ocsf-v1.1.0/vpcflowlog.raw", field, count: 1, why }
}

const EXPLAINED: &[Explained] = &[
    explained("connection_info.boundary", NULL),
    explained("dst_endpoint.svc_name", NULL),
    explained("src_endpoint.svc_name", NULL),
    explained("unmapped.sublocation_id", NULL),
    explained("unmapped.sublocation_type", NULL),
    explained("dst_endpoint.interface_uid", TYPO),
];

#[test]
fn agrees() {
    let Some(samples) = Samples::find() else { return };
    let mut differences = Differences::default();
    let events = [event(&samples.json("aws_vpc/ocsf-v1.1.0/vpcflowlog.ocsf"))];
    Comparison::new(&samples, "aws_vpc/ocsf-v1.1.0/vpcflowlog.raw").run(&events, FIELDS, &mut differences);
    differences.check(EXPLAINED);
    assert_eq!(differences.compared(), 34, "values compared");
}
