use super::GcpJson;
use super::record::GcpRecords;
use crate::format::{DecodeOptions, Format, Likeness, detect};
use crate::json::testing::{Decoded, decode_all_ways, decode_chunks, decode_with, sample};
use crate::json::trail::Trail;
use crate::json::{JsonDecoder, base64};
use crate::number::parse_rfc3339;
use crate::{Filter, Test};
use model::{FlowField as F, Projection};
use proptest::prelude::*;
use serde_json::Value as Json;

const NAME: &str = "projects/p/logs/compute.googleapis.com%2Fvpc_flows";

/// An entry around some members of `jsonPayload`; a connection is added.
fn entry(name: &str, payload: &str) -> String {
    format!(
        r#"{{"insertId":"i1","jsonPayload":{{"connection":{{"dest_ip":"67.43.156.13","dest_port":33478,"protocol":6,"src_ip":"10.87.40.76","src_port":5601}},{payload}}},"logName":"{name}","receiveTimestamp":"2019-06-14T03:50:10.845445834Z","resource":{{"labels":{{"project_id":"p0","subnetwork_id":"758"}},"type":"gce_subnetwork"}},"timestamp":"2019-06-14T03:50:10.845445834Z"}}"#
    )
}

const FULL: &str = r#""bytes_sent":"1776","packets_sent":"7","reporter":"SRC","rtt_msec":"36","start_time":"2019-06-14T03:45:37.186193305Z","end_time":"2019-06-14T03:45:37.301953198Z","src_instance":{"project_id":"p1","region":"us-east1","vm_name":"kibana","zone":"us-east1-b","managed_instance_group":{"name":"g","zone":"z"}},"src_vpc":{"project_id":"p2","subnetwork_name":"s1","vpc_name":"v1"},"dest_instance":{"project_id":"p3","region":"r3","vm_name":"m3","zone":"z3"},"dest_vpc":{"vpc_name":"v3","subnetwork_name":"s3"},"dest_location":{"asn":15169,"continent":"America","country":"usa","city":"Ashburn"},"src_gke_details":{"cluster":{"cluster_name":"c","cluster_location":"l"},"pod":{"pod_name":"pod","pod_namespace":"ns","pod_workload":{"workload_name":"w","workload_type":"DEPLOYMENT"}},"service":[{"service_name":"a","service_namespace":"n"},{"service_name":"b"}]},"dest_google_service":{"type":"GOOGLE_API","service_name":"logging.googleapis.com"},"internet_routing_details":{"egress_as_path":[{"as_details":[{"asn":16509},{"asn":14618}]}]},"network_service":{"dscp":46},"new_thing":{"deep":true}"#;

fn decoded(text: &str) -> Decoded {
    decode_all_ways(&GcpJson, text.as_bytes())
}

/// One entry's row: `column=value` each; `column=-` for null.
#[track_caller]
fn check(text: String, expected: &str) {
    let decoded = decoded(&text);
    assert_eq!(decoded.flows.len(), 1, "{:?}", decoded.health);
    for pair in expected.split_whitespace() {
        let (column, value) = pair.split_once('=').expect("column=value");
        assert_eq!(decoded.column(column), [value], "{column}");
    }
}

#[test]
fn an_entry_fills_its_columns() {
    check(
        entry(NAME, FULL),
        "time_start=1560483937186193305 time_end=1560483937301953198 time_logged=1560484210845445834 \
         time_resolution_ns=1 src_ip=10.87.40.76 dst_ip=67.43.156.13 src_port=5601 dst_port=33478 ip_proto=6 \
         ip_version=4 bytes=1776 packets=7 bytes_semantics=l4_payload counter_kind=sample_scaled sampling_rate=- \
         verdict=allowed direction=egress vantage=src provider=gcp source_kind=gcp_vpc rtt_ns=36000000 dscp=46 \
         account_id=p1 region=us-east1 zone=us-east1-b instance_id=kibana vpc_id=v1 subnet_id=s1 \
         peer_account_id=p3 peer_region=r3 peer_zone=z3 peer_instance_id=m3 peer_vpc_id=v3 peer_subnet_id=s3 \
         dst_asn=15169 dst_geo_country=usa dst_geo_city=Ashburn dst_service=logging.googleapis.com as_path=16509,14618 \
         src_k8s_cluster=c src_k8s_pod=pod src_k8s_namespace=ns src_k8s_workload=w src_k8s_service=a,b record_no=1 \
         src_offset=0 ext.dest_location.continent=America ext.src_vpc.project_id=p2 ext.new_thing.deep=true \
         ext.src_instance.managed_instance_group.name=g ext.dest_google_service.type=GOOGLE_API \
         ext.resource.labels.subnetwork_id=758 ext.insertId=i1 ext.resource.type=gce_subnetwork \
         ext.timestamp=2019-06-14T03:50:10.845445834Z ext.src_gke_details.cluster.cluster_location=l \
         ext.src_gke_details.pod.pod_workload.workload_type=DEPLOYMENT ext.bytes_sent=- ext.reporter=-",
    );
}

#[test]
fn the_reporters_side_is_the_observed_one() {
    let reported = |by: &str| entry(NAME, &FULL.replace(r#""SRC""#, &format!("\"{by}\"")));
    check(reported("DEST"), "direction=ingress vantage=dst account_id=p3 peer_account_id=p1 vpc_id=v3 peer_vpc_id=v1");
    check(reported("SRC_GATEWAY"), "direction=egress vantage=src_gateway account_id=p1");
    check(reported("DEST_GATEWAY"), "direction=ingress vantage=dst_gateway instance_id=m3");
    check(entry(NAME, r#""reporter":"SRC","bytes_sent":"0""#), "account_id=p0 bytes=0 packets=- region=-");
}

#[test]
fn values() {
    let with = |payload: &str| entry(NAME, payload);
    // 64 bits as strings or numbers, beyond what a float holds; floats from BigQuery.
    check(
        with(r#""bytes_sent":"9007199254740993","packets_sent":9007199254740993"#),
        "bytes=9007199254740993 packets=9007199254740993",
    );
    check(with(r#""bytes_sent":1776.0,"packets_sent":7"#), "bytes=1776 packets=7");
    check(with(r#""bytes_sent":null"#), "bytes=- verdict=allowed");
    // Times with 0 to 9 digits; an end before its start is kept as it is.
    check(
        with(r#""start_time":"2019-06-14T03:45:37Z","end_time":"2019-06-14T03:45:36.5Z""#),
        "time_start=1560483937000000000 time_end=1560483936500000000",
    );
    check(with(r#""start_time":"2019-06-14 03:45:37.000001 UTC""#), "time_start=1560483937000001000");
    // Dropped traffic.
    check(
        with(
            r#""disposition":"DROPPED","drop_reason":"NO_ROUTE","bytes_dropped":"100","packets_dropped":"2","reporter":"SRC""#,
        ),
        "verdict=dropped verdict_reason=NO_ROUTE dropped_bytes=100 dropped_packets=2 bytes=- packets=- rtt_ns=-",
    );
    check(with(r#""round_trip_time":"0.000250s""#), "rtt_ns=250000 ext.round_trip_time=0.000250s");
    check(with(r#""src_instance":{"vm_name":"a\"\u00e9\ud83d\ude00"},"reporter":"SRC""#), "instance_id=a\"é😀");
    // Several paths are one list; where they begin is in `ext`.
    let paths = r#"[{"as_details":[{"asn":1},{"asn":2}]},{"as_details":[{"asn":3}]}]"#;
    check(
        with(&format!(r#""internet_routing_details":{{"egress_as_path":{paths}}}"#)),
        &format!("as_path=1,2,3 ext.internet_routing_details.egress_as_path={paths}"),
    );
    let connection = |members: &str| {
        format!(r#"{{"logName":"{NAME}","jsonPayload":{{"connection":{{{members}}},"reporter":"DEST"}}}}"#)
    };
    check(
        connection(r#""src_ip":"192.0.2.6","dest_ip":"fd00::1","protocol":1"#),
        "src_port=- dst_port=- ip_proto=1 dst_ip=fd00::1",
    );
    check(
        connection(r#""src_ip":"fd00::2","dest_ip":"fd00::1","protocol":50,"nat_ip":"1.2.3.4""#),
        "ip_version=6 dst_nat_ip=1.2.3.4 src_nat_ip=-",
    );
}

#[test]
fn what_cannot_be_read_is_kept_and_reported() {
    let decoded = decoded(&entry(NAME, r#""bytes_sent":"many","reporter":"MOON","disposition":"ODD""#));
    assert_eq!(decoded.kinds(), ["field_error"; 3]);
    assert_eq!(decoded.column("ext.bytes_sent"), ["many"]);
    assert_eq!((decoded.column("ext.reporter"), decoded.column("vantage")), (vec!["MOON"], vec!["unknown"]));
    assert_eq!((decoded.column("ext.disposition"), decoded.column("verdict")), (vec!["ODD"], vec!["unknown"]));
}

#[test]
fn every_shape_of_delivery_gives_the_same_rows() {
    let one = entry(NAME, FULL);
    let two = entry("projects/p/logs/networkmanagement.googleapis.com/vpc_flows", r#""bytes_sent":"5""#);
    let firewall =
        entry("projects/p/logs/compute.googleapis.com%2Ffirewall", r#""disposition":"DENIED","rule_details":{}"#);
    let check = |text: String, health: &[&str]| {
        let decoded = decoded(&text);
        assert_eq!(decoded.column("bytes"), ["1776", "5"], "{text}");
        assert_eq!(decoded.kinds(), health, "{text}");
    };
    check(format!("{one}\n{two}\n"), &[]);
    check(format!("{one}{two}"), &[]);
    check(format!("[{one},\n{two}]"), &[]);
    check(format!(r#"{{"entries":[{one},{two}],"nextPageToken":"x"}}"#), &[]);
    check(format!("[{one},{firewall},{two}]"), &["other_record"]);
    let pretty =
        |text: &str| serde_json::to_string_pretty(&serde_json::from_str::<Json>(text).expect("JSON")).expect("JSON");
    check(format!("[\n{},\n{}\n]", pretty(&one), pretty(&two)), &[]);
    // Pub/Sub: pushed, pulled, pulled by gcloud.
    let message = |text: &str| {
        format!(r#"{{"data":"{}","messageId":"42","attributes":{{"k":"v"}}}}"#, base64::encode(text.as_bytes()))
    };
    let push = |text: &str| format!(r#"{{"message":{},"subscription":"s"}}"#, message(text));
    check(format!("{}\n{}", push(&one), push(&two)), &[]);
    check(format!(r#"{{"receivedMessages":[{},{}]}}"#, push(&one), push(&two)), &[]);
    check(format!("[{},{}]", message(&one), message(&two)), &[]);
    check(format!("{}{}{}", push(&one), push(&firewall), push(&two)), &["other_record"]);
    check(format!(r#"{}{{"message":{{"data":"!"}}}}{}"#, push(&one), push(&two)), &["parse_error"]);
    // A payload without its entry.
    let payload = |text: &str| serde_json::from_str::<Json>(text).expect("JSON")["jsonPayload"].to_string();
    check(
        format!(
            "{}\n{}\n",
            payload(&one),
            payload(&two).replace("\"connection\"", "\"reporter\":\"SRC\",\"connection\"")
        ),
        &[],
    );
    check(format!("{one}\ngarbage\n{two}"), &["parse_error"]);
    check(format!("{one}\n{}\n{two}", &one[..200]), &["parse_error"]);
    check(format!("{one}\n{two}\n{}", &one[..200]), &["truncated"]);
}

#[test]
fn a_messages_own_members_are_kept() {
    let data = base64::encode(entry(NAME, FULL).as_bytes());
    let text = format!(r#"{{"message":{{"data":"{data}","messageId":"42"}},"subscription":"s"}}"#);
    check(text, "ext.pubsub.message.messageId=42 ext.pubsub.subscription=s ext.pubsub.message.data=- ext.insertId=i1");
}

#[test]
fn sniffing() {
    let check = |text: &str, expected: Likeness| assert_eq!(GcpJson.sniff(text.as_bytes()), expected, "{text}");
    check(&entry(NAME, FULL), Likeness::Sure);
    check(&entry("projects/p/logs/compute.googleapis.com%2Ffirewall", FULL), Likeness::Maybe);
    check(r#"{"message":{"data":"e30=","messageId":"1"}}"#, Likeness::Maybe);
    check(
        r#"{"@timestamp":"x","event":{"original":"{\"logName\":\"compute.googleapis.com%2Fvpc_flows\"}"}}"#,
        Likeness::No,
    );
    check("2 123456789010 eni-1 - - - - - - - 1431280876 1431280934 - NODATA", Likeness::No);
}

#[test]
fn filters_leave_out_what_is_not_wanted() {
    let text = format!("{}\n{}", entry(NAME, FULL), entry(NAME, r#""bytes_sent":"5""#));
    let check = |field: F, test: Test, expected: usize| {
        let mut options = DecodeOptions::new("test.json");
        options.filters.push(Filter { field, test });
        let decoded = decode_chunks(&GcpJson, &[text.as_bytes()], Projection::none(), &options);
        assert_eq!(decoded.flows.len(), expected);
    };
    check(F::Bytes, Test::Between(5, 5), 1);
    check(F::TimeEnd, Test::Between(0, i64::MAX), 1);
    check(F::DstIp, Test::AddressIn(vec!["67.43.156.13".parse().expect("address")]), 2);
    check(F::Zone, Test::TextIn(vec!["nowhere".into()]), 2);
}

/// Elastic's expected output for the same file, field by field.
#[test]
fn agrees_with_elastics_expected_output() {
    let path = "gcp_vpc/elastic-integrations/test-vpcflow.log";
    let (Some(text), Some(expected)) = (sample(path), sample(&format!("{path}-expected.json"))) else { return };
    assert_eq!(detect(&text).map(Format::name), Some("gcp_json"));
    assert_eq!(detect(&expected).map(Format::name), None);
    let decoded = decode_all_ways(&GcpJson, &text);
    let expected: Json = serde_json::from_slice(&expected).expect("JSON");
    let expected = expected["expected"].as_array().expect("an array");
    assert_eq!((decoded.flows.len(), decoded.health.len()), (expected.len(), 0));
    for (ours, theirs) in decoded.flows.iter().zip(expected) {
        let get = |name: &str| ours.get(name).cloned().unwrap_or_default();
        let same = |name: &str, pointer: &str| {
            let value = theirs.pointer(pointer).unwrap_or(&Json::Null);
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            assert_eq!(get(name), value.replace("null", ""), "{name} of {}", theirs["event"]["id"]);
        };
        same("src_ip", "/source/ip");
        same("dst_ip", "/destination/ip");
        same("src_port", "/source/port");
        same("dst_port", "/destination/port");
        same("bytes", "/network/bytes");
        same("packets", "/network/packets");
        same("ip_proto", "/network/iana_number");
        same("ext.insertId", "/event/id");
        let rtt = theirs.pointer("/gcp/vpcflow/rtt/ms").and_then(Json::as_i64).map(|ms| (ms * 1_000_000).to_string());
        assert_eq!(ours.get("rtt_ns"), rtt.as_ref());
        for (name, pointer) in [("time_start", "/event/start"), ("time_end", "/event/end")] {
            let time = theirs.pointer(pointer).and_then(Json::as_str).and_then(|time| parse_rfc3339(time.as_bytes()));
            assert_eq!(get(name), time.expect("a time").to_string());
        }
        let vantage = if theirs.pointer("/gcp/vpcflow/reporter") == Some(&Json::from("SRC")) { "src" } else { "dst" };
        assert_eq!(get("vantage"), vantage);
    }
}

#[test]
fn samples() {
    let check = |path: &str, expected: &str| {
        let Some(text) = sample(path) else { return };
        assert_eq!(detect(&text).map(Format::name), Some("gcp_json"), "{path}");
        self::check(String::from_utf8(text).expect("UTF-8"), expected);
    };
    check(
        "gcp_vpc/otel/vpc-flow-log-managed-instance.json",
        "bytes=0 packets=8 direction=ingress account_id=elastic-logstash vpc_id=andrewvc-flowfixtures-network \
         src_asn=150436 src_geo_country=sgp ext.dest_instance.managed_instance_group.region=us-central1",
    );
    check(
        "gcp_vpc/otel/vpc-flow-log-w-internet-routing-details.json",
        "bytes=800 ip_proto=1 src_port=- as_path=16509,14618 dst_geo_city=Ashburn ext.dest_location.region=Virginia \
         resource_id=projects/123456789012/global/networks/default",
    );
    let Some(text) = sample("gcp_firewall/test.log") else { return };
    assert_eq!(detect(&text).map(Format::name), Some("gcp_json"));
    let decoded = decode_all_ways(&GcpJson, &text);
    let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).count();
    assert_eq!((decoded.flows.len(), decoded.kinds()), (0, vec!["other_record"; lines]));
}

proptest! {
    #[test]
    fn damaged_entries_never_panic_and_do_not_depend_on_chunks(
        damages in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3u8), 0..12),
        size in 1..400usize,
    ) {
        let (one, two) = (entry(NAME, FULL), entry(NAME, r#""bytes_sent":"5""#));
        let mut text = format!("{one}\n{two}\n[{two},{one}]\n{{\"message\":{{\"data\":\"e30=\"}}}}").into_bytes();
        for (place, byte, kind) in damages {
            let at = place.index(text.len());
            match kind {
                0 => text[at] = byte,
                1 => drop(text.remove(at)),
                _ => text.insert(at, *b"\"\\{}[],\n".get(usize::from(byte) % 8).expect("a byte")),
            }
        }
        let options = DecodeOptions::new("test.json");
        let whole = decode_chunks(&GcpJson, &[&text], Projection::all(), &options);
        let chunks: Vec<&[u8]> = text.chunks(size).collect();
        prop_assert_eq!(decode_chunks(&GcpJson, &chunks, Projection::all(), &options), whole);
    }
}

/// Decodes the columns that a trail is used for.
fn decode_on(trail: Trail, text: &[u8], chunk_bytes: usize, filters: &[Filter]) -> Decoded {
    let columns = [F::SrcIp, F::DstIp, F::SrcPort, F::DstPort, F::IpProto, F::Bytes, F::Packets, F::TimeStart];
    let more = [F::TimeLogged, F::Vantage, F::Verdict, F::Provider, F::RecordNo, F::SrcOffset];
    let options = DecodeOptions { filters: filters.to_vec(), ..DecodeOptions::new("test.json") };
    let mut decoder = JsonDecoder::new(GcpRecords::with_trail(&options, trail), options.limits);
    let chunks: Vec<&[u8]> = text.chunks(chunk_bytes).collect();
    decode_with(&mut decoder, &chunks, Projection::of(columns.into_iter().chain(more)))
}

#[track_caller]
fn check_trail(text: &[u8], chunk_bytes: usize) {
    let open = decode_on(Trail::hasty(), text, chunk_bytes, &[]);
    assert_eq!(open, decode_on(Trail::closed(), text, chunk_bytes, &[]), "{}", String::from_utf8_lossy(text));
    let filter = [Filter { field: F::Bytes, test: Test::Between(1, 1000) }];
    let open = decode_on(Trail::hasty(), text, chunk_bytes, &filter);
    assert_eq!(open, decode_on(Trail::closed(), text, chunk_bytes, &filter));
}

#[test]
fn a_trail_makes_no_difference_for_the_samples() {
    for path in ["elastic-integrations/test-vpcflow.log", "otel/vpc-flow-log-managed-instance.json"] {
        let Some(text) = sample(&format!("gcp_vpc/{path}")) else { continue };
        check_trail(&text.repeat(5), 1000);
    }
}

/// Members of a payload, and what else could stand there.
const MEMBERS: &[&str] = &[
    r#""bytes_sent":"5""#,
    r#""bytes_sent":"123456""#,
    r#""bytes_sent": 7"#,
    r#""bytes_sent":null"#,
    r#""bytes_sent":1.0"#,
    r#""bytes_sent":"\u0037""#,
    r#""bytes_sent":["5"]"#,
    r#""packets_sent":"3""#,
    r#""reporter":"SRC""#,
    r#""reporter":"DEST""#,
    r#""start_time":"2019-06-14T03:45:37.186193305Z""#,
    r#""disposition":true"#,
    r#""x":{"bytes_sent":"9","connection":{"src_ip":"9.9.9.9"}}"#,
    r#""x":[1,22,{"y":"z"},[]]"#,
    r#""x":"10.0.0.9""#,
    r#""connection":{"dest_ip":"10.0.0.2","dest_port":443,"protocol":6,"src_ip":"10.0.0.1","src_port":50000}"#,
    r#""connection":{"src_ip":"fd00::1","protocol":50}"#,
    r#""connection":{ "src_ip":"10.0.0.3", "src_ip":null }"#,
    r#""connection":{}"#,
    r#""connection":[{"src_ip":"10.0.0.4"}]"#,
    r#""jsonPayload":{"bytes_sent":"77"}"#,
    r#""bytes_sent":"5","#,
];

proptest! {
    #[test]
    fn a_trail_makes_no_difference(
        records in proptest::collection::vec((proptest::collection::vec(0..MEMBERS.len(), 0..5), 0..6u8), 4..60),
        damages in proptest::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 0..6),
        chunk_bytes in 20..3000usize,
    ) {
        let record = |(members, kind): &(Vec<usize>, u8)| {
            let members: Vec<&str> = members.iter().map(|member| MEMBERS[*member]).collect();
            let members = members.join(",");
            match kind {
                0 => format!(r#"{{"logName":"{NAME}",{members}}}"#),
                1 => format!(r#"{{"jsonPayload":{{{members}}},"receiveTimestamp":"2019-06-14T03:50:10Z"}}"#),
                2 => format!(r#"{{"jsonPayload":{{{members}}},"logName":"other"}}"#),
                3 => format!(r#"{{"bytes_sent":"8","logName":"{NAME}","jsonPayload":{{{members}}}}}"#),
                _ => format!(r#"{{"jsonPayload":{{{members}}},"logName":"{NAME}"}}"#),
            }
        };
        let mut text = records.iter().map(record).collect::<Vec<_>>().join("\n").into_bytes();
        for (place, byte) in damages {
            let at = place.index(text.len());
            text[at] = *byte.get(b"\"\\{}[],:\n 0a");
        }
        check_trail(&text, chunk_bytes);
    }
}
