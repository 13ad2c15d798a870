use super::AwsJson;
use crate::azure::AzureJson;
use crate::format::{DecodeOptions, Format, Likeness, detect};
use crate::gcp::GcpJson;
use crate::json::base64;
use crate::json::testing::{Decoded, decode_all_ways, decode_chunks, sample};
use flate2::{Compression, write::GzEncoder};
use model::Projection;
use proptest::prelude::*;
use std::io::Write;

const ACCEPT: &str = "2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK";
const REJECT: &str =
    "2 123456789010 eni-1235b8ca123456789 172.31.9.69 172.31.9.12 49761 3389 6 20 100 1418530010 1418530070 REJECT OK";
const NODATA: &str = "2 123456789010 eni-1235b8ca123456789 - - - - - - - 1431280876 1431280934 - NODATA";

fn decoded(text: &str) -> Decoded {
    decode_all_ways(&AwsJson, text.as_bytes())
}

fn payload(messages: &[&str]) -> String {
    let event = |message: &&str| {
        format!(r#"{{"id":"e","timestamp":1418530010000,"message":"{message}","extractedFields":{{"a":"1"}}}}"#)
    };
    let events: Vec<String> = messages.iter().map(event).collect();
    format!(
        r#"{{"messageType":"DATA_MESSAGE","owner":"1","logGroup":"g","logStream":"s","subscriptionFilters":["f"],"logEvents":[{}]}}"#,
        events.join(",")
    )
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).expect("gzip");
    encoder.finish().expect("gzip")
}

const CONTROL: &str = r#"{"messageType":"CONTROL_MESSAGE","owner":"CloudwatchLogs","logGroup":"","logStream":"","subscriptionFilters":[],"logEvents":[{"id":"","timestamp":1,"message":"CWL CONTROL MESSAGE: Checking health of destination Firehose."}]}"#;

#[test]
fn every_shape_of_delivery_gives_the_same_rows() {
    let check = |text: String, health: &[&str]| {
        let decoded = decoded(&text);
        assert_eq!(decoded.column("bytes"), ["4249", "100"], "{text}: {:?}", decoded.health);
        assert_eq!(decoded.kinds(), health, "{text}");
        assert_eq!(detect(text.as_bytes()).map(Format::name), Some("aws_json"), "{text}");
    };
    // CloudWatch Logs subscriptions.
    check(payload(&[ACCEPT, REJECT, NODATA]), &["no_data"]);
    check(format!("{}{}", payload(&[ACCEPT]), payload(&[REJECT])), &[]);
    check(format!("{CONTROL}\n{}\n{}\n", payload(&[ACCEPT]), payload(&[REJECT])), &["control_message"]);
    // Lambda and Kinesis.
    let packed = |text: &str| base64::encode(&gzip(text));
    check(format!(r#"{{"awslogs":{{"data":"{}"}}}}"#, packed(&payload(&[ACCEPT, REJECT]))), &[]);
    let kinesis = |text: &str| {
        format!(
            r#"{{"kinesis":{{"kinesisSchemaVersion":"1.0","data":"{}"}},"eventSource":"aws:kinesis"}}"#,
            packed(text)
        )
    };
    check(format!(r#"{{"Records":[{},{}]}}"#, kinesis(&payload(&[ACCEPT])), kinesis(&payload(&[REJECT]))), &[]);
    let plain = base64::encode(format!("{ACCEPT}\n{REJECT}\n").as_bytes());
    check(format!(r#"{{"records":[{{"recordId":"1","data":"{plain}"}}]}}"#), &[]);
    // Firehose, with and without line feeds.
    check(format!(r#"{{"message":"{ACCEPT}"}}{{"message":"{REJECT}"}}"#), &[]);
    check(format!("{{\"message\":\"{ACCEPT}\"}}\n{{\"message\":\"{REJECT}\"}}\n"), &[]);
    // Arrays of records; the output of `aws logs filter-log-events`.
    check(format!(r#"["{ACCEPT}","{REJECT}","{NODATA}"]"#), &["no_data"]);
    check(format!(r#"{{"events":[{{"message":"{ACCEPT}","timestamp":1}},{{"message":"{REJECT}"}}],"x":[]}}"#), &[]);
    // CloudWatch Insights.
    check(format!(r#"[{{"@timestamp":"t","@message":"{ACCEPT}"}},{{"@timestamp":"t","@message":"{REJECT}"}}]"#), &[]);
    check(
        format!(
            r#"{{"results":[[{{"field":"@message","value":"{ACCEPT}"}}],[{{"field":"@message","value":"{REJECT}"}}]]}}"#
        ),
        &[],
    );
}

#[test]
fn a_member_per_field() {
    let text = r#"{"version":"2","account-id":"1","srcaddr":"10.0.0.1","dstaddr":"10.0.0.2","srcport":"1","dstport":"443","protocol":"6","packets":"1","bytes":"40","start":"1418530010","end":"1418530070","action":"ACCEPT","log-status":"OK"}
{"account_id":"1","srcaddr":"10.0.0.1","dstaddr":null,"bytes":41,"action":"REJECT","log_status":"OK","partition day":"a b"}
{"account_id":"1","log_status":"NODATA","start":1,"end":2}"#;
    let decoded = decoded(text);
    assert_eq!(decoded.column("bytes"), ["40", "41"]);
    assert_eq!(decoded.column("verdict"), ["allowed", "denied"]);
    assert_eq!(decoded.column("dst_ip"), ["10.0.0.2", "-"]);
    assert_eq!(decoded.column("ext.partition%20day"), ["-", "a%20b"]);
    assert_eq!(decoded.kinds(), ["no_data"]);
}

#[test]
fn what_is_no_record_is_named() {
    let check = |text: String, health: &[&str]| {
        let decoded = decoded(&text);
        assert_eq!((decoded.flows.len(), decoded.kinds()), (0, health.to_vec()), "{text}");
    };
    check(format!(r#"{{"@timestamp":"t","event":{{"original":"{ACCEPT}"}},"message":"{ACCEPT}"}}"#), &["other_record"]);
    check(format!(r#"{{"aws":{{"vpcflow":{{"version":2}}}},"message":"{ACCEPT}"}}"#), &["other_record"]);
    check(format!(r#"{{"class_uid":4001,"raw_data":"{ACCEPT}"}}"#), &["other_record"]);
    check(
        r#"{"version":"1.1","account_id":"6","vpc_id":"v","srcaddr":"1.2.3.4","srcport":"5"}"#.to_owned(),
        &["other_record"],
    );
    check(r#"{"awslogs":{"data":"!"}}"#.to_owned(), &["parse_error"]);
    let damaged = base64::encode(&gzip(&payload(&[ACCEPT]))[..30]);
    check(format!(r#"{{"awslogs":{{"data":"{damaged}"}}}}"#), &["read_error"]);
    check(r#"["no record"]"#.to_owned(), &["parse_error"]);
}

#[test]
fn a_payload_may_not_inflate_without_end() {
    let zeros = gzip(&" ".repeat(20_000));
    let text = format!(r#"{{"awslogs":{{"data":"{}"}}}}"#, base64::encode(&zeros));
    let mut options = DecodeOptions::new("test.json");
    options.limits.json_record_bytes_max = 19_999;
    let decoded = decode_chunks(&AwsJson, &[text.as_bytes()], Projection::all(), &options);
    assert_eq!((decoded.flows.len(), decoded.kinds()), (0, vec!["limit_reached"]));
}

#[test]
fn samples() {
    let check = |path: &str, bytes: &[&str], health: &[&str]| {
        let Some(text) = sample(path) else { return };
        assert_eq!(detect(&text).map(Format::name), Some("aws_json"), "{path}");
        let decoded = decode_all_ways(&AwsJson, &text);
        assert_eq!(
            (decoded.column("bytes"), decoded.kinds()),
            (bytes.to_vec(), health.to_vec()),
            "{path}: {:?}",
            decoded.health
        );
    };
    check("aws_vpc/otel/valid_vpc_flow_cw.json", &["4249", "4249"], &[]);
    check("aws_vpc/flowlogs-reader/v2_records.json", &["840", "1680", "1680"], &["no_data", "skip_data"]);
    check(
        "aws_vpc/aws-docs/flow-logs-records-examples.json",
        &["4249", "4249", "336", "336", "8855", "-", "-", "-", "-", "-", "-"],
        &["no_data", "skip_data"],
    );
    check("aws_vpc/beats-processor/custom-nat-gateway.input.json", &["-"; 6], &[]);
    check(
        "aws_vpc/beats-processor/default-v2-format.input.json",
        &["4249", "4249", "336", "336", "8855"],
        &["no_data", "skip_data"],
    );
    for mode in ["ecs", "original", "ecs_and_original"] {
        check(&format!("aws_vpc/beats-processor/v5-fields-{mode}.input.json"), &["1"], &[]);
    }
    check("aws_vpc/vrl/parse_aws_vpc_flow_log.json", &["-", "15044", "-"], &["no_data"]);
}

#[test]
fn custom_formats_in_documents_are_used() {
    let Some(text) = sample("aws_vpc/beats-processor/custom-nat-gateway.input.json") else { return };
    let decoded = decode_all_ways(&AwsJson, &text);
    assert_eq!(decoded.column("instance_id")[4..], ["i-01234567890123456"; 2]);
    // srcaddr 10.0.0.220, pkt-dstaddr and dstaddr 203.0.113.5.
    assert_eq!((decoded.column("src_ip")[1], decoded.column("dst_ip")[0]), ("10.0.0.220", "203.0.113.5"));
    assert_eq!(decoded.column("dst_ip_if")[0], "10.0.0.220");
}

#[test]
fn documents_made_from_logs_are_no_logs() {
    let folders = [
        (
            "aws_vpc/beats-module",
            ["accept-reject-traffic.log", "bad.log", "custom-nat-gateway.log", "ipv6.log", "no-data-skip-data.log"]
                .as_slice(),
            "-expected.json",
        ),
        (
            "aws_vpc/beats-processor",
            &[
                "custom-nat-gateway",
                "default-v2-format",
                "v5-fields-ecs",
                "v5-fields-original",
                "v5-fields-ecs_and_original",
            ],
            ".golden.json",
        ),
        ("aws_vpc/elastic-integrations", &["test-v5-all-fields.log", "test-with-message-field.log"], "-expected.json"),
        ("aws_vpc/ocsf-v1.1.0", &["vpcflowlog"], ".ocsf"),
        (
            "aws_vpc/panther-analysis",
            &[
                "aws_vpc_flow_logs_deleted",
                "aws_vpc_healthy_log_status",
                "aws_vpc_inbound_traffic_port_allowlist",
                "aws_vpc_ssh_allowed_signal",
                "aws_vpc_unapproved_outbound_dns",
                "greynoise_malicious_ip",
            ],
            ".tests.json",
        ),
        ("gcp_firewall", &["test.log"], "-expected.json"),
        ("gcp_vpc/elastic-integrations", &["test-vpcflow.log"], "-expected.json"),
        ("azure_firewall", &["test-networkrules-raw.log", "test-applicationrules-raw.log"], "-expected.json"),
        ("aws_network_firewall", &["test-firewall.log"], ""),
        ("aws_route53_resolver", &["test-route53.log"], ""),
        ("ibm_vpc", &["real-object"], ".json"),
        ("oci_vcn", &["search-result-record"], ".json"),
    ];
    for (folder, names, suffix) in folders {
        for name in names {
            let path = format!("{folder}/{name}{suffix}");
            let Some(text) = sample(&path) else { continue };
            let head = &text[..text.len().min(64 << 10)];
            let formats: [&dyn Format; 3] = [&AwsJson, &AzureJson, &GcpJson];
            assert!(formats.iter().all(|format| format.sniff(head) == Likeness::No), "{path}");
            let decoded = decode_all_ways(&AwsJson, &text);
            assert!(decoded.flows.is_empty(), "{path}: {:?}", decoded.flows);
            assert!(decoded.kinds().iter().all(|kind| *kind == "other_record"), "{path}: {:?}", decoded.health);
        }
    }
}

proptest! {
    #[test]
    fn damaged_payloads_never_panic_and_do_not_depend_on_chunks(
        damages in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3u8), 0..12),
        size in 1..400usize,
    ) {
        let packed = base64::encode(&gzip(&payload(&[ACCEPT])));
        let mut text = format!(
            "{}\n{{\"message\":\"{REJECT}\"}}{{\"awslogs\":{{\"data\":\"{packed}\"}}}}[\"{NODATA}\"]",
            payload(&[ACCEPT, NODATA])
        ).into_bytes();
        for (place, byte, kind) in damages {
            let at = place.index(text.len());
            match kind {
                0 => text[at] = byte,
                1 => drop(text.remove(at)),
                _ => text.insert(at, *b"\"\\{}[],\n".get(usize::from(byte) % 8).expect("a byte")),
            }
        }
        let options = DecodeOptions::new("test.json");
        let whole = decode_chunks(&AwsJson, &[&text], Projection::all(), &options);
        let chunks: Vec<&[u8]> = text.chunks(size).collect();
        prop_assert_eq!(decode_chunks(&AwsJson, &chunks, Projection::all(), &options), whole);
    }
}
