//! Elastic's integration for GCP VPC flow logs (ECS), 177 entries.

use super::Ours::{Column, Made, Text, TheirOwn, Time, Words};
use super::{Comparison, IP_VERSIONS, Mapping, PROTOCOLS, community_id, event};
use testkit::{Differences, Explained, Record, Samples};

/// A column of the sender's side: the observed one if the sender reported.
fn of_source(record: &Record, observed: &str, peer: &str) -> Option<String> {
    let column = if record.get("vantage") == Some("src") { observed } else { peer };
    record.get(column).map(str::to_owned)
}

/// A column of the receiver's side.
fn of_destination(record: &Record, observed: &str, peer: &str) -> Option<String> {
    of_source(record, peer, observed)
}

/// Elastic's words: a flow between two known machines is internal.
fn direction(record: &Record) -> Option<String> {
    let direction = match (record.get("peer_instance_id"), record.get("direction")?) {
        (Some(_), _) => "internal",
        (None, "ingress") => "inbound",
        (None, _) => "outbound",
    };
    Some(direction.to_owned())
}

/// Elastic keeps milliseconds of the entry's own time.
fn logged(record: &Record) -> Option<String> {
    let (seconds, fraction) = record.get("ext.timestamp")?.strip_suffix('Z')?.split_once('.')?;
    Some(format!("{seconds}.{}Z", fraction.get(..3)?))
}

fn rtt_ms(record: &Record) -> Option<String> {
    record.get("rtt_ns").map(|_| (record.number("rtt_ns") / 1_000_000).to_string())
}

const REPORTERS: &[(&str, &str)] = &[("SRC", "src"), ("DEST", "dst")];

#[rustfmt::skip]
const FIELDS: Mapping = &[
    ("@timestamp", Made(logged)),
    ("cloud.availability_zone", Column("zone")),
    ("cloud.project.id", Column("account_id")),
    ("cloud.provider", Column("provider")),
    ("cloud.region", Column("region")),
    ("destination.address", Column("dst_ip")),
    ("destination.as.number", Column("dst_asn")),
    ("destination.domain", Made(|record| of_destination(record, "instance_id", "peer_instance_id"))),
    ("destination.geo.city_name", Column("dst_geo_city")),
    ("destination.geo.continent_name", Column("ext.dest_location.continent")),
    ("destination.geo.country_iso_code", TheirOwn("looked up by Elastic")),
    ("destination.geo.country_name", Column("dst_geo_country")),
    ("destination.geo.location.*", TheirOwn("looked up by Elastic")),
    ("destination.geo.region_name", Column("ext.dest_location.region")),
    ("destination.ip", Column("dst_ip")),
    ("destination.port", Column("dst_port")),
    ("ecs.version", TheirOwn("of Elastic's schema")),
    ("event.category", TheirOwn("constant")),
    ("event.end", Time("time_end")),
    ("event.id", Column("ext.insertId")),
    ("event.kind", TheirOwn("constant")),
    ("event.original", Text),
    ("event.start", Time("time_start")),
    ("event.type", TheirOwn("constant")),
    ("gcp.destination.instance.project_id", Made(|record| of_destination(record, "account_id", "peer_account_id"))),
    ("gcp.destination.instance.region", Made(|record| of_destination(record, "region", "peer_region"))),
    ("gcp.destination.instance.zone", Made(|record| of_destination(record, "zone", "peer_zone"))),
    ("gcp.destination.vpc.project_id", Column("ext.dest_vpc.project_id")),
    ("gcp.destination.vpc.subnetwork_name", Made(|record| of_destination(record, "subnet_id", "peer_subnet_id"))),
    ("gcp.destination.vpc.vpc_name", Made(|record| of_destination(record, "vpc_id", "peer_vpc_id"))),
    ("gcp.source.instance.project_id", Made(|record| of_source(record, "account_id", "peer_account_id"))),
    ("gcp.source.instance.region", Made(|record| of_source(record, "region", "peer_region"))),
    ("gcp.source.instance.zone", Made(|record| of_source(record, "zone", "peer_zone"))),
    ("gcp.source.vpc.project_id", Column("ext.src_vpc.project_id")),
    ("gcp.source.vpc.subnetwork_name", Made(|record| of_source(record, "subnet_id", "peer_subnet_id"))),
    ("gcp.source.vpc.vpc_name", Made(|record| of_source(record, "vpc_id", "peer_vpc_id"))),
    ("gcp.vpcflow.reporter", Words("vantage", REPORTERS)),
    ("gcp.vpcflow.rtt.ms", Made(rtt_ms)),
    ("log.logger", Column("ext.logName")),
    ("network.bytes", Column("bytes")),
    ("network.community_id", Made(community_id)),
    ("network.direction", Made(direction)),
    ("network.iana_number", Column("ip_proto")),
    ("network.name", Column("vpc_id")),
    ("network.packets", Column("packets")),
    ("network.transport", Words("ip_proto", PROTOCOLS)),
    ("network.type", Words("ip_version", IP_VERSIONS)),
    ("related.ip", TheirOwn("the addresses again")),
    ("source.address", Column("src_ip")),
    ("source.as.number", Column("src_asn")),
    ("source.bytes", Column("bytes")),
    ("source.domain", Made(|record| of_source(record, "instance_id", "peer_instance_id"))),
    ("source.geo.city_name", Column("src_geo_city")),
    ("source.geo.continent_name", Column("ext.src_location.continent")),
    ("source.geo.country_iso_code", TheirOwn("looked up by Elastic")),
    ("source.geo.country_name", Column("src_geo_country")),
    ("source.geo.location.*", TheirOwn("looked up by Elastic")),
    ("source.geo.region_name", Column("ext.src_location.region")),
    ("source.ip", Column("src_ip")),
    ("source.packets", Column("packets")),
    ("source.port", Column("src_port")),
    ("tags", TheirOwn("of the pipeline")),
];

const GEOIP: &str = "Elastic overwrites what the record says with its own database's answer";

const OTHER_SIDE: &str = "of two known machines Elastic takes the one that did not report; ours is the one that did";

const fn explained(field: &'static str, count: usize, why: &'static str) -> Explained {
    Explained { file: "elastic-integrations/test-vpcflow.log", field, count, why }
}

/// Of 89 sources and 88 destinations with a location, Elastic's database knew 79 and 78 (67.43.156.0/24 is its
/// Bhutan); one of each has none in the record, one Chinese of each is in Asia here and there.
const EXPLAINED: &[Explained] = &[
    explained("source.as.number", 79, GEOIP),
    explained("destination.as.number", 78, GEOIP),
    explained("source.geo.country_name", 79, GEOIP),
    explained("destination.geo.country_name", 78, GEOIP),
    explained("source.geo.continent_name", 77, GEOIP),
    explained("destination.geo.continent_name", 77, GEOIP),
    explained("cloud.region", 8, OTHER_SIDE),
    explained("cloud.availability_zone", 8, OTHER_SIDE),
    explained("network.name", 2, OTHER_SIDE),
];

#[test]
fn agrees() {
    let Some(samples) = Samples::find() else { return };
    let file = "gcp_vpc/elastic-integrations/test-vpcflow.log";
    let document = samples.json(&format!("{file}-expected.json"));
    let events = document["expected"].as_array().map_or(&[][..], Vec::as_slice);
    let events: Vec<_> = events.iter().map(event).collect();
    let mut differences = Differences::default();
    Comparison::new(&samples, file).run(&events, FIELDS, &mut differences);
    differences.check(EXPLAINED);
    assert_eq!(differences.compared(), 7068, "values compared");
}
