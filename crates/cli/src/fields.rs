//! `fathom fields`: every column and function, from the tables they are made of.

use crate::args::FieldsArguments;
use crate::exit::Exit;
use crate::output;
use anyhow::{Result, bail};
use model::{FLOW_FIELDS, Field, HEALTH_FIELDS};
use query::{EventTable, FUNCTIONS, FunctionRow, PlacedColumn, event_tables};
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
    let packets: Vec<PacketTable> = event_tables().iter().filter_map(|table| packet_table(table, &fits)).collect();
    if flows.is_empty() && health.is_empty() && functions.is_empty() && packets.is_empty() {
        bail!("no column or function has '{wanted}' in its name or meaning");
    }
    let known = Known { flows: &flows, health: &health, packets: &packets, functions: &functions };
    let text = match (arguments.json, arguments.markdown) {
        (true, _) => format!("{:#}\n", known.json()),
        (_, true) => known.markdown(),
        _ => known.plain(),
    };
    output::print(&text)?;
    Ok(Exit::Done)
}

/// A table that packets fill, and those of its columns that were asked for.
struct PacketTable {
    name: &'static str,
    doc: &'static str,
    columns: Vec<PlacedColumn>,
}

fn packet_table(table: &EventTable, fits: &impl Fn(&[&str]) -> bool) -> Option<PacketTable> {
    let is_whole = fits(&[table.name, table.doc]);
    let columns: Vec<PlacedColumn> = table.columns().filter(|(name, _, doc)| is_whole || fits(&[name, doc])).collect();
    (!columns.is_empty()).then_some(PacketTable { name: table.name, doc: table.doc, columns })
}

/// What is to be told.
struct Known<'a> {
    flows: &'a [&'a Field],
    health: &'a [&'a Field],
    packets: &'a [PacketTable],
    functions: &'a [&'a FunctionRow],
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

impl Known<'_> {
    fn plain(&self) -> String {
        let mut text = String::new();
        for (title, fields) in [("Table flows", self.flows), ("Table health", self.health)] {
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
        for table in self.packets {
            let _ = writeln!(text, "Table {} (packets): {}\n", table.name, table.doc);
            for (name, field_type, doc) in &table.columns {
                let _ = writeln!(text, "  {name:<26} {:<18} {doc}", field_type.name());
            }
            text.push('\n');
        }
        if !self.functions.is_empty() {
            let _ = writeln!(text, "Functions\n");
            for row in self.functions {
                let _ =
                    writeln!(text, "  {}({})\n      {}; for example {}", row.name, row.arguments, row.doc, row.example);
            }
        }
        text
    }

    fn markdown(&self) -> String {
        let mut text = String::from("# Columns and functions\n\nMade by `fathom fields --markdown`; do not edit.\n");
        for (title, fields) in [("flows", self.flows), ("health", self.health)] {
            let _ = writeln!(
                text,
                "\n## Table `{title}`\n\n| column | type | meaning | where providers have it |\n|---|---|---|---|"
            );
            for field in fields {
                let _ =
                    writeln!(text, "| `{}` | {} | {} | {} |", field.name, type_of(field), field.doc, sources_of(field));
            }
        }
        for table in self.packets {
            let _ = writeln!(
                text,
                "\n## Table `{}`\n\nFrom packets: {}.\n\n| column | type | meaning |\n|---|---|---|",
                table.name, table.doc
            );
            for (name, field_type, doc) in &table.columns {
                let _ = writeln!(text, "| `{name}` | {} | {doc} |", field_type.name());
            }
        }
        let _ = writeln!(
            text,
            "\n## Functions\n\nBeside DataFusion's own.\n\n| function | meaning | example |\n|---|---|---|"
        );
        for row in self.functions {
            let _ = writeln!(text, "| `{}({})` | {} | `{}` |", row.name, row.arguments, row.doc, row.example);
        }
        text
    }

    fn json(&self) -> Value {
        let packets: serde_json::Map<String, Value> = self.packets.iter().map(json_of_table).collect();
        json!({
            "flows": self.flows.iter().map(json_of_field).collect::<Vec<_>>(),
            "health": self.health.iter().map(json_of_field).collect::<Vec<_>>(),
            "packets": packets,
            "functions": self.functions.iter().map(json_of_function).collect::<Vec<_>>(),
        })
    }
}

fn json_of_field(field: &&Field) -> Value {
    let sources: serde_json::Map<String, Value> =
        field.sources.iter().map(|(source, name)| ((*source).to_owned(), json!(name))).collect();
    json!({ "name": field.name, "type": field.field_type.name(), "unit": field.unit, "doc": field.doc, "sources": sources })
}

fn json_of_table(table: &PacketTable) -> (String, Value) {
    let column =
        |(name, field_type, doc): &PlacedColumn| json!({ "name": name, "type": field_type.name(), "doc": doc });
    let columns: Vec<Value> = table.columns.iter().map(column).collect();
    (table.name.to_owned(), json!({ "doc": table.doc, "columns": columns }))
}

fn json_of_function(row: &&FunctionRow) -> Value {
    json!({ "name": row.name, "arguments": row.arguments, "doc": row.doc, "example": row.example })
}
