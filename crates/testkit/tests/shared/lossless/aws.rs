//! AWS: header and columns split by hand.

use super::{Source, columns_of, compare};
use flowlog::aws::{AWS_FIELDS, AwsField, Meaning};
use serde_json::Value;
use testkit::{Differences, Explained, Samples, Table};

/// Fields of the default format.
const DEFAULT: &str = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status";
/// Fields up to version 5 in the documents' order: the one sample without a header line that has more than the default.
const VERSION_5: &str = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status \
    vpc-id subnet-id instance-id tcp-flags type pkt-srcaddr pkt-dstaddr region az-id sublocation-type sublocation-id \
    pkt-src-aws-service pkt-dst-aws-service flow-direction traffic-path";

const SAMPLES: &[&str] = &[
    "aws_tgw/otel/valid_tgw_flow_log.log",
    "aws_vpc/aws-docs/flow-logs-records-examples.json",
    "aws_vpc/beats-module/accept-reject-traffic.log",
    "aws_vpc/beats-module/custom-nat-gateway.log",
    "aws_vpc/beats-module/ipv6.log",
    "aws_vpc/beats-module/no-data-skip-data.log",
    "aws_vpc/beats-processor/custom-nat-gateway.input.json",
    "aws_vpc/beats-processor/default-v2-format.input.json",
    "aws_vpc/beats-processor/v5-fields-ecs.input.json",
    "aws_vpc/beats-processor/v5-fields-ecs_and_original.input.json",
    "aws_vpc/beats-processor/v5-fields-original.input.json",
    "aws_vpc/elastic-integrations/test-v5-all-fields.log",
    "aws_vpc/elastic-integrations/test-with-message-field.log",
    "aws_vpc/flowlogs-reader/v2_records.json",
    "aws_vpc/flowlogs-reader/v3_file.log",
    "aws_vpc/flowlogs-reader/v4_file.log",
    "aws_vpc/ocsf-v1.1.0/vpcflowlog.raw",
    "aws_vpc/otel/valid_vpc_flow_cw.json",
    "aws_vpc/otel/valid_vpc_flow_log_multi.log",
    "aws_vpc/vrl/parse_aws_vpc_flow_log.json",
    "aws_vpc/vrl/vectors-test-section.txt",
];

const ICMP_PORTS: &str = "ICMP has no ports: AWS writes 0, which is null";
const NO_VERSION: &str = "a record without a flow is a row of health, which has no version";

const fn explained(file: &'static str, field: &'static str, count: usize, why: &'static str) -> Explained {
    Explained { file, field, count, why }
}

const EXPLAINED: &[Explained] = &[
    explained("flow-logs-records-examples.json", "srcport", 2, ICMP_PORTS),
    explained("flow-logs-records-examples.json", "dstport", 2, ICMP_PORTS),
    explained("flow-logs-records-examples.json", "version", 2, NO_VERSION),
    explained("accept-reject-traffic.log", "srcport", 2, ICMP_PORTS),
    explained("accept-reject-traffic.log", "dstport", 2, ICMP_PORTS),
    explained("no-data-skip-data.log", "version", 2, NO_VERSION),
    explained("default-v2-format.input.json", "srcport", 2, ICMP_PORTS),
    explained("default-v2-format.input.json", "dstport", 2, ICMP_PORTS),
    explained("default-v2-format.input.json", "version", 2, NO_VERSION),
    explained("test-with-message-field.log", "version", 1, NO_VERSION),
    explained("v2_records.json", "version", 2, NO_VERSION),
    explained("parse_aws_vpc_flow_log.json", "version", 1, NO_VERSION),
    explained("vectors-test-section.txt", "srcport", 2, ICMP_PORTS),
    explained("vectors-test-section.txt", "dstport", 2, ICMP_PORTS),
    explained("vectors-test-section.txt", "version", 1, NO_VERSION),
];

/// The texts of a document that may be records or header lines, in its order.
fn lines(samples: &Samples, file: &str) -> Vec<String> {
    let text = String::from_utf8(samples.read(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
    let Ok(document) = serde_json::from_str::<Value>(&text) else {
        return text.lines().map(str::to_owned).collect();
    };
    let mut strings = Vec::new();
    collect(&document, &mut strings);
    let quoted = |text: &String| text.split('"').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
    let strings = strings.iter().flat_map(|text| {
        // A call in a programming language: first the record, then its format, which must come first here.
        if text.contains('(') && text.contains('"') {
            quoted(text).into_iter().rev().collect()
        } else {
            vec![text.clone()]
        }
    });
    let lines = strings.flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>());
    lines.map(|line| line.split(" #").next().unwrap_or_default().to_owned()).collect()
}

fn collect(value: &Value, strings: &mut Vec<String>) {
    match value {
        Value::String(text) => strings.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| collect(item, strings)),
        Value::Object(members) => {
            let inputs = members.iter().filter(|(name, _)| *name != "return");
            inputs.for_each(|(_, member)| collect(member, strings));
        }
        _ => {}
    }
}

fn columns(line: &str) -> Vec<&str> {
    let separates = |c: char| if line.contains(',') { c == ',' } else { c == ' ' };
    line.split(separates).collect()
}

/// The records among some lines. A header line is known by `srcaddr`, a record by its version or its interface.
fn records(lines: &[String], first_format: &str) -> Vec<Source> {
    let mut names: Vec<String> = first_format.split_whitespace().map(str::to_owned).collect();
    let mut records = Vec::new();
    for line in lines {
        let columns = columns(line);
        if columns.contains(&"srcaddr") {
            names = columns.iter().map(|name| name.replace('_', "-")).collect();
            continue;
        }
        if columns.len() == names.len() && columns.len() >= 6 {
            let value = |text: &str| (text != "-").then(|| text.to_owned());
            records.push(names.iter().cloned().zip(columns.iter().map(|text| value(text))).collect());
        }
    }
    records
}

/// The reference page, which this test goes by, says of every field where it is.
#[test]
fn the_fields_that_have_columns_are_those_of_the_reference_page() {
    for AwsField { name, meaning } in AWS_FIELDS {
        let has_column = !matches!(meaning, Meaning::Ext | Meaning::LogStatus);
        assert_eq!(!columns_of(Table::Flows, &["aws", "tgw"], name).is_empty(), has_column, "{name}");
    }
}

#[test]
fn every_field_is_found_again() {
    let Some(samples) = Samples::find() else { return };
    let mut differences = Differences::default();
    for file in SAMPLES {
        let first_format = if file.ends_with("test-v5-all-fields.log") { VERSION_5 } else { DEFAULT };
        let source = if file.starts_with("aws_tgw") { "tgw" } else { "aws" };
        compare(&samples, file, &[source], &records(&lines(&samples, file), first_format), &mut differences);
    }
    differences.check(EXPLAINED);
    assert_eq!(differences.compared(), 1129, "values looked for");
}
