//! One way to decode, the one that the program takes: [`source`] reads, [`flowlog`] detects and decodes.

use crate::record::{Record, Row, Table, rows};
use arrow_array::RecordBatch;
use flowlog::{DecodeOptions, Format, HealthNote, Origin};
use model::vocabulary::HealthKind;
use model::{FlowField, Projection};
use source::{Limits, Reader};
use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::path::Path;
use table::Tables;

/// How much of an object its format is told from.
const HEAD_BYTES: usize = 64 << 10;

/// An object, decoded.
#[derive(Clone, Debug, PartialEq)]
pub struct Decoded {
    /// Its format; `None` if it is not a flow log that Fathom reads.
    pub format: Option<&'static str>,
    /// Its flows.
    pub flows: RecordBatch,
    /// What is not a flow.
    pub health: RecordBatch,
}

impl Decoded {
    fn new(format: Option<&'static str>, mut tables: Tables) -> Decoded {
        Decoded { format, flows: tables.flows.take_batch(), health: tables.health.take_batch() }
    }

    /// The rows of `flows`.
    pub fn flow_rows(&self) -> Vec<Row> {
        rows(&self.flows)
    }

    /// Flows and health rows in the order of the object: by record, flows first.
    pub fn records(&self) -> Vec<Record> {
        let of = |table: Table, batch: &RecordBatch| {
            rows(batch).into_iter().map(move |row| Record { table, row }).collect::<Vec<_>>()
        };
        let mut records = of(Table::Flows, &self.flows);
        records.extend(of(Table::Health, &self.health));
        records.sort_by_key(|record| (record.number("record_no"), record.number("src_offset")));
        records
    }

    /// How many rows of `health` there are of each kind.
    pub fn kinds(&self) -> BTreeMap<String, usize> {
        let mut kinds = BTreeMap::new();
        for row in rows(&self.health) {
            *kinds.entry(row.get("kind").unwrap_or_default().to_owned()).or_default() += 1;
        }
        kinds
    }
}

/// Decodes a file, all columns. Never fails: what is wrong with it is a row of `health`.
pub fn decode(path: &Path) -> Decoded {
    let name = path.display().to_string();
    match std::fs::File::open(path) {
        Ok(file) => decode_reader(Box::new(file), &DecodeOptions::new(&name)),
        Err(error) => {
            let mut tables = Tables::new(Projection::all());
            note(HealthKind::ReadError, &error.to_string(), &DecodeOptions::new(&name), &mut tables);
            Decoded::new(None, tables)
        }
    }
}

/// Decodes the bytes of a file, which may be compressed, as if they were read from it.
pub fn decode_bytes(name: &str, bytes: &[u8]) -> Decoded {
    decode_reader(Box::new(Cursor::new(bytes.to_vec())), &DecodeOptions::new(name))
}

/// Decodes what a reader gives, decompressed where it is compressed.
pub fn decode_reader(input: Box<dyn Read + Send>, options: &DecodeOptions) -> Decoded {
    let mut reader = Reader::new(&options.object, input, Limits::default());
    let mut tables = Tables::new(Projection::all());
    let head = match reader.peek(HEAD_BYTES) {
        Ok(head) => head.to_vec(),
        Err(error) => {
            note(HealthKind::ReadError, &error.to_string(), options, &mut tables);
            return Decoded::new(None, tables);
        }
    };
    let by_format = || options.aws_format.is_some().then_some(&flowlog::aws::AwsText as &dyn Format);
    let Some(format) = flowlog::detect(&head).or_else(by_format) else {
        note(HealthKind::NotAFlowLog, "", options, &mut tables);
        return Decoded::new(None, tables);
    };
    let mut decoder = format.decoder(options);
    loop {
        match reader.next_chunk() {
            Ok(Some(chunk)) => decoder.push(chunk, &mut tables),
            Ok(None) => break,
            Err(error) => {
                note(HealthKind::ReadError, &error.to_string(), options, &mut tables);
                break;
            }
        }
    }
    decoder.finish(&mut tables);
    Decoded::new(Some(format.name()), tables)
}

/// Decodes pieces of an object whose format is known, not compressed, with these columns of `flows`.
pub fn decode_chunks(
    format: &dyn Format,
    chunks: &[&[u8]],
    columns: Projection<FlowField>,
    options: &DecodeOptions,
) -> Decoded {
    let mut tables = Tables::new(columns);
    let mut decoder = format.decoder(options);
    for chunk in chunks {
        decoder.push(chunk, &mut tables);
    }
    decoder.finish(&mut tables);
    Decoded::new(Some(format.name()), tables)
}

fn note(kind: HealthKind, detail: &str, options: &DecodeOptions, tables: &mut Tables) {
    let origin = Origin { provider: "", source_kind: "", object: options.object.clone() };
    HealthNote { kind, detail, record_no: 0, offset: 0 }.write(&origin, &mut tables.health);
}
