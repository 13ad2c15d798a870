//! Azure: the documents as `serde_json` reads them, the tuples split at their commas.

use super::{Source, compare};
use serde_json::Value;
use testkit::{Differences, Explained, Samples};

/// What stands around the tuples: the record's own fields, then `(array, name)` from the outside to the inside.
struct Shape {
    source: &'static str,
    root: &'static str,
    names: [(&'static str, &'static str); 2],
}

const NSG: Shape = Shape { source: "nsg", root: "properties", names: [("flows", "rule"), ("flows", "mac")] };
const VNET: Shape = Shape { source: "vnet", root: "flowRecords", names: [("flows", "aclID"), ("flowGroups", "rule")] };

const EXPLAINED: &[Explained] = &[Explained {
    file: "v1-PT1H.json",
    field: "resource_id",
    count: 9,
    why: "the group is policy and resource in one; the reference page names it at policy_id only",
}];

/// The members of an object that are no objects or arrays, with their dotted paths.
fn scalars(value: &Value, path: &str, fields: &mut Source) {
    let Some(members) = value.as_object() else { return };
    for (name, member) in members {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        match member {
            Value::Object(_) => scalars(member, &path, fields),
            Value::Array(_) => {}
            Value::Null => fields.push((path, None)),
            Value::String(text) => fields.push((path, Some(text.clone()))),
            other => fields.push((path, Some(other.to_string()))),
        }
    }
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn tuple(text: &str, around: &Source) -> Source {
    let mut fields = around.clone();
    for (column, value) in text.split(',').enumerate() {
        fields.push((format!("flowTuples[{column}]"), (!value.is_empty()).then(|| value.to_owned())));
    }
    fields
}

fn blob(document: &Value, shape: &Shape) -> Vec<Source> {
    let mut flows = Vec::new();
    for record in items(&document["records"]) {
        let mut around = Source::new();
        scalars(record, "", &mut around);
        let [(outer_array, outer_name), (inner_array, inner_name)] = shape.names;
        for outer in items(&record[shape.root][outer_array]) {
            for inner in items(&outer[inner_array]) {
                let mut around = around.clone();
                for (name, value) in [(outer_name, &outer[outer_name]), (inner_name, &inner[inner_name])] {
                    around.push((name.to_owned(), value.as_str().map(str::to_owned)));
                }
                let tuples = items(&inner["flowTuples"]).iter().filter_map(Value::as_str);
                flows.extend(tuples.map(|text| tuple(text, &around)));
            }
        }
    }
    flows
}

#[test]
fn every_field_is_found_again() {
    let Some(samples) = Samples::find() else { return };
    let mut differences = Differences::default();
    for (file, shape) in [("azure_nsg/azure-docs/v1-PT1H.json", NSG), ("azure_vnet/azure-docs/v4-PT1H.json", VNET)] {
        let flows = blob(&samples.json(file), &shape);
        compare(&samples, file, &[shape.source], &flows, &mut differences);
    }
    let file = "azure_vnet/azure-docs/bandwidth-example.json";
    let bare = |text: &Value| tuple(text.as_str().unwrap_or_default(), &Source::new());
    let flows: Vec<Source> = items(&samples.json(file)["tuples"]).iter().map(bare).collect();
    compare(&samples, file, &["vnet"], &flows, &mut differences);
    let file = "azure_vnet/newrelic/tuple-vectors.json";
    let flows: Vec<Source> = items(&samples.json(file)).iter().map(|vector| bare(&vector["tuple"])).collect();
    compare(&samples, file, &["vnet"], &flows, &mut differences);
    differences.check(EXPLAINED);
    assert_eq!(differences.compared(), 829, "values looked for");
}
