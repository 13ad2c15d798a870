//! GCP: log entries as `serde_json` reads them, with the payload's members at the top.

use super::{Source, compare};
use serde_json::Value;
use testkit::{Differences, Samples};

const SAMPLES: &[&str] = &[
    "gcp_vpc/elastic-integrations/test-vpcflow.log",
    "gcp_vpc/otel/vpc-flow-log-managed-instance.json",
    "gcp_vpc/otel/vpc-flow-log-w-internet-routing-details.json",
];

fn fields(value: &Value, path: &str, source: &mut Source) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match (path, name.as_str()) {
                    ("", "jsonPayload") => fields(member, "", source),
                    ("", _) => fields(member, name, source),
                    _ => fields(member, &format!("{path}.{name}"), source),
                }
            }
        }
        // The paths through other networks: one list of their numbers.
        Value::Array(paths) if path == "internet_routing_details.egress_as_path" => {
            let details = paths.iter().filter_map(|path| path["as_details"].as_array()).flatten();
            let numbers: Vec<String> = details.map(|detail| detail["asn"].to_string()).collect();
            source.push((path.to_owned(), Some(numbers.join(","))));
        }
        Value::Null => source.push((path.to_owned(), None)),
        Value::String(text) => source.push((path.to_owned(), Some(text.clone()))),
        other => source.push((path.to_owned(), Some(other.to_string()))),
    }
}

#[test]
fn every_field_is_found_again() {
    let Some(samples) = Samples::find() else { return };
    let mut differences = Differences::default();
    for file in SAMPLES {
        let bytes = samples.read(file);
        let entries = serde_json::Deserializer::from_slice(&bytes).into_iter::<Value>();
        let records: Vec<Source> = entries
            .map(|entry| {
                let mut source = Source::new();
                fields(&entry.unwrap_or_else(|error| panic!("{file}: {error}")), "", &mut source);
                source
            })
            .collect();
        compare(&samples, file, &["gcp"], &records, &mut differences);
    }
    differences.check(&[]);
    assert_eq!(differences.compared(), 8179, "values looked for");
}
