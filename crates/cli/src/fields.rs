//! `fathom fields`: every column and function, from the tables they are made of.

use crate::args::FieldsArguments;
use crate::exit::Exit;
use crate::output;
use anyhow::{Result, bail};
use model::{FLOW_FIELDS, Field, HEALTH_FIELDS};
use query::{FUNCTIONS, FunctionRow};
use serde_json::{Value, json};
use std::fmt::Write;

pub(crate) fn run(arguments: &FieldsArguments) -> Result<Exit> {
    let wanted = arguments.search.as_deref().unwrap_or_default().to_ascii_lowercase();
    let fits = |texts: &[&str]| texts.iter().any(|text| text.to_ascii_lowercase().contains(&wanted));
    let field_fits = |field: &&Field| {
        fits(&[field.name, field.doc]) || field.sources.iter().any(|(source, name)| fits(&[source, name]))
    };
    let flows: Vec<&Field> = FLOW_FIELDS.iter().filter(field_fits).collect();
    let health: Vec<&Field> = HEALTH_FIELDS.iter().filter(field_fits).collect();
    let functions: Vec<&FunctionRow> = FUNCTIONS.iter().filter(|row| fits(&[row.name, row.doc])).collect();
    if flows.is_empty() && health.is_empty() && functions.is_empty() {
        bail!("no column or function has '{wanted}' in its name or meaning");
    }
    let text = match (arguments.json, arguments.markdown) {
        (true, _) => format!("{:#}\n", json_of(&flows, &health, &functions)),
        (_, true) => markdown(&flows, &health, &functions),
        _ => plain(&flows, &health, &functions),
    };
    output::print(&text)?;
    Ok(Exit::Done)
}

fn sources_of(field: &Field) -> String {
    field.sources.iter().map(|(source, name)| format!("{source}: {name}")).collect::<Vec<_>>().join(" · ")
}

fn type_of(field: &Field) -> String {
    match field.unit {
        "" => field.field_type.name().to_owned(),
        unit => format!("{}, {unit}", field.field_type.name()),
    }
}

fn plain(flows: &[&Field], health: &[&Field], functions: &[&FunctionRow]) -> String {
    let mut text = String::new();
    for (title, fields) in [("Table flows", flows), ("Table health", health)] {
        if fields.is_empty() {
            continue;
        }
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{title}\n");
        for field in fields {
            let _ = writeln!(text, "  {:<26} {:<18} {}", field.name, type_of(field), field.doc);
            if !field.sources.is_empty() {
                let _ = writeln!(text, "  {:<26} {:<18}   {}", "", "", sources_of(field));
            }
        }
        text.push('\n');
    }
    if !functions.is_empty() {
        let _ = writeln!(text, "Functions\n");
        for row in functions {
            let _ = writeln!(text, "  {}({})\n      {}; for example {}", row.name, row.arguments, row.doc, row.example);
        }
    }
    text
}

fn markdown(flows: &[&Field], health: &[&Field], functions: &[&FunctionRow]) -> String {
    let mut text = String::from("# Columns and functions\n\nMade by `fathom fields --markdown`; do not edit.\n");
    for (title, fields) in [("flows", flows), ("health", health)] {
        let _ = writeln!(
            text,
            "\n## Table `{title}`\n\n| column | type | meaning | where providers have it |\n|---|---|---|---|"
        );
        for field in fields {
            let _ = writeln!(text, "| `{}` | {} | {} | {} |", field.name, type_of(field), field.doc, sources_of(field));
        }
    }
    let _ =
        writeln!(text, "\n## Functions\n\nBeside DataFusion's own.\n\n| function | meaning | example |\n|---|---|---|");
    for row in functions {
        let _ = writeln!(text, "| `{}({})` | {} | `{}` |", row.name, row.arguments, row.doc, row.example);
    }
    text
}

fn json_of(flows: &[&Field], health: &[&Field], functions: &[&FunctionRow]) -> Value {
    let field = |field: &&Field| {
        let sources: serde_json::Map<String, Value> =
            field.sources.iter().map(|(source, name)| ((*source).to_owned(), json!(name))).collect();
        json!({ "name": field.name, "type": field.field_type.name(), "unit": field.unit, "doc": field.doc, "sources": sources })
    };
    let function = |row: &&FunctionRow| json!({ "name": row.name, "arguments": row.arguments, "doc": row.doc, "example": row.example });
    json!({
        "flows": flows.iter().map(field).collect::<Vec<_>>(),
        "health": health.iter().map(field).collect::<Vec<_>>(),
        "functions": functions.iter().map(function).collect::<Vec<_>>(),
    })
}
