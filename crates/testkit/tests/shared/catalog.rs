//! What every sample is: its format, its flows, and what is not a flow. Read from the files by a person.

use std::collections::BTreeMap;
use testkit::{FOLDERS, Samples, decode};

/// One sample.
struct Sample {
    path: &'static str,
    /// `None`: no flow log.
    format: Option<&'static str>,
    flows: usize,
    health: &'static [(&'static str, usize)],
}

const fn log(
    path: &'static str,
    format: &'static str,
    flows: usize,
    health: &'static [(&'static str, usize)],
) -> Sample {
    Sample { path, format: Some(format), flows, health }
}

/// A document made from logs, or something else altogether.
const fn no_log(path: &'static str) -> Sample {
    Sample { path, format: None, flows: 0, health: &[("not_a_flow_log", 1)] }
}

/// A window without traffic and a window that was lost, as in the documents' example.
const NO_DATA_AND_SKIP_DATA: &[(&str, usize)] = &[("no_data", 1), ("skip_data", 1)];

const SAMPLES: &[Sample] = &[
    log("aws_tgw/otel/valid_tgw_flow_log.log", "aws_text", 1, &[]),
    // Accepted and rejected 2, security groups 2, IPv6 1, NAT gateway 1 + 2 + 1 + 2.
    log("aws_vpc/aws-docs/flow-logs-records-examples.json", "aws_json", 11, NO_DATA_AND_SKIP_DATA),
    log("aws_vpc/beats-module/accept-reject-traffic.log", "aws_text", 4, &[]),
    no_log("aws_vpc/beats-module/accept-reject-traffic.log-expected.json"),
    no_log("aws_vpc/beats-module/bad.log"),
    no_log("aws_vpc/beats-module/bad.log-expected.json"),
    log("aws_vpc/beats-module/custom-nat-gateway.log", "aws_text", 2, &[]),
    no_log("aws_vpc/beats-module/custom-nat-gateway.log-expected.json"),
    log("aws_vpc/beats-module/ipv6.log", "aws_text", 1, &[]),
    no_log("aws_vpc/beats-module/ipv6.log-expected.json"),
    log("aws_vpc/beats-module/no-data-skip-data.log", "aws_text", 0, NO_DATA_AND_SKIP_DATA),
    no_log("aws_vpc/beats-module/no-data-skip-data.log-expected.json"),
    no_log("aws_vpc/beats-processor/custom-nat-gateway.golden.json"),
    log("aws_vpc/beats-processor/custom-nat-gateway.input.json", "aws_json", 6, &[]),
    no_log("aws_vpc/beats-processor/default-v2-format.golden.json"),
    log("aws_vpc/beats-processor/default-v2-format.input.json", "aws_json", 5, NO_DATA_AND_SKIP_DATA),
    no_log("aws_vpc/beats-processor/v5-fields-ecs.golden.json"),
    log("aws_vpc/beats-processor/v5-fields-ecs.input.json", "aws_json", 1, &[]),
    no_log("aws_vpc/beats-processor/v5-fields-ecs_and_original.golden.json"),
    log("aws_vpc/beats-processor/v5-fields-ecs_and_original.input.json", "aws_json", 1, &[]),
    no_log("aws_vpc/beats-processor/v5-fields-original.golden.json"),
    log("aws_vpc/beats-processor/v5-fields-original.input.json", "aws_json", 1, &[]),
    // No header line: 29 columns in the documents' order.
    log("aws_vpc/elastic-integrations/test-v5-all-fields.log", "aws_text", 1, &[]),
    no_log("aws_vpc/elastic-integrations/test-v5-all-fields.log-expected.json"),
    log("aws_vpc/elastic-integrations/test-with-message-field.log", "aws_json", 0, &[("no_data", 1)]),
    no_log("aws_vpc/elastic-integrations/test-with-message-field.log-expected.json"),
    log("aws_vpc/flowlogs-reader/v2_records.json", "aws_json", 3, NO_DATA_AND_SKIP_DATA),
    log("aws_vpc/flowlogs-reader/v3_file.log", "aws_text", 2, &[]),
    log("aws_vpc/flowlogs-reader/v4_file.log", "aws_text", 2, &[]),
    no_log("aws_vpc/ocsf-v1.1.0/vpcflowlog.ocsf"),
    // CSV with underscores.
    log("aws_vpc/ocsf-v1.1.0/vpcflowlog.raw", "aws_text", 1, &[]),
    log("aws_vpc/otel/valid_vpc_flow_cw.json", "aws_json", 2, &[]),
    log("aws_vpc/otel/valid_vpc_flow_log_multi.log", "aws_text", 2, &[]),
    // Panther's own records, with its own names for the fields; the first one is no flow log at all.
    no_log("aws_vpc/panther-analysis/aws_vpc_flow_logs_deleted.tests.json"),
    no_log("aws_vpc/panther-analysis/aws_vpc_healthy_log_status.tests.json"),
    no_log("aws_vpc/panther-analysis/aws_vpc_inbound_traffic_port_allowlist.tests.json"),
    no_log("aws_vpc/panther-analysis/aws_vpc_ssh_allowed_signal.tests.json"),
    no_log("aws_vpc/panther-analysis/aws_vpc_unapproved_outbound_dns.tests.json"),
    no_log("aws_vpc/panther-analysis/greynoise_malicious_ip.tests.json"),
    // Four calls quoted in a document; the first one parses a NODATA record.
    log("aws_vpc/vrl/parse_aws_vpc_flow_log.json", "aws_json", 3, &[("no_data", 1)]),
    // 5 records and one SKIPDATA; then under header lines 1, 6, 0, 0, 1 and 2.
    log("aws_vpc/vrl/vectors-test-section.txt", "aws_text", 15, &[("skip_data", 1)]),
    // Tuples: 1 + 4 and 1 + 3.
    log("azure_nsg/azure-docs/v1-PT1H.json", "azure_json", 9, &[]),
    log("azure_vnet/azure-docs/bandwidth-example.json", "azure_json", 3, &[]),
    // Tuples: 10 and 2 + 7.
    log("azure_vnet/azure-docs/v4-PT1H.json", "azure_json", 19, &[]),
    log("azure_vnet/newrelic/tuple-vectors.json", "azure_json", 5, &[]),
    // Entries of Cloud Logging, but of firewall rules: 20 lines.
    log("gcp_firewall/test.log", "gcp_json", 0, &[("other_record", 20)]),
    no_log("gcp_firewall/test.log-expected.json"),
    log("gcp_vpc/elastic-integrations/test-vpcflow.log", "gcp_json", 177, &[]),
    no_log("gcp_vpc/elastic-integrations/test-vpcflow.log-expected.json"),
    log("gcp_vpc/otel/vpc-flow-log-managed-instance.json", "gcp_json", 1, &[]),
    log("gcp_vpc/otel/vpc-flow-log-w-internet-routing-details.json", "gcp_json", 1, &[]),
];

/// The samples that are flow logs.
pub(crate) fn flow_logs() -> impl Iterator<Item = &'static str> {
    SAMPLES.iter().filter(|sample| sample.format.is_some()).map(|sample| sample.path)
}

/// Every sample.
fn all() -> impl Iterator<Item = &'static str> {
    SAMPLES.iter().map(|sample| sample.path)
}

#[test]
fn every_sample_holds_what_a_person_read_in_it() {
    let Some(samples) = Samples::find() else { return };
    for sample in SAMPLES {
        let decoded = decode(&samples.path(sample.path));
        assert_eq!(decoded.format, sample.format, "{}", sample.path);
        assert_eq!(decoded.flows.num_rows(), sample.flows, "{}", sample.path);
        let health: BTreeMap<String, usize> =
            sample.health.iter().map(|(kind, count)| ((*kind).to_owned(), *count)).collect();
        assert_eq!(decoded.kinds(), health, "{}", sample.path);
    }
}

#[test]
fn no_sample_is_left_out() {
    let Some(samples) = Samples::find() else { return };
    let mut found: Vec<String> = FOLDERS.iter().flat_map(|folder| samples.below(folder)).collect();
    found.sort();
    let mut known: Vec<String> = all().map(str::to_owned).collect();
    known.sort();
    assert_eq!(found, known);
}
