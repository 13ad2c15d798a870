//! The tables of SQL that packets fill: `http`, `dns`, `tls`, ..., one for each that a protocol has, `files` and `anomalies`.

use crate::capture_object::{CaptureReader, Events, of_one_object};
use crate::inputs::Inputs;
use crate::scan::HEAD_BYTES;
use async_trait::async_trait;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::RecordBatchReceiverStream;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use datafusion::prelude::SessionContext;
use engine::Config;
use engine::tables::{EventRows, EventTable, event_tables};
use model::Projection;
use source::Object;
use std::sync::Arc;
use table::HealthColumns;

/// Registers every table that packets fill.
pub(crate) fn register(context: &SessionContext, inputs: &Inputs) -> Result<()> {
    for table in event_tables() {
        context.register_table(table.name, Arc::new(PacketTable::new(inputs.clone(), table)))?;
    }
    Ok(())
}

#[derive(Debug)]
struct PacketTable {
    inputs: Inputs,
    table: EventTable,
    schema: SchemaRef,
}

impl PacketTable {
    fn new(inputs: Inputs, table: EventTable) -> PacketTable {
        let schema = EventRows::new(&table).rows().schema();
        PacketTable { inputs, table, schema }
    }
}

#[async_trait]
impl TableProvider for PacketTable {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        _state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let stream = EventStream { inputs: self.inputs.clone(), table: self.table, schema: self.schema.clone() };
        let partitions: Vec<Arc<dyn PartitionStream>> = vec![Arc::new(stream)];
        Ok(Arc::new(StreamingTableExec::try_new(self.schema.clone(), partitions, projection, [], false, limit)?))
    }
}

#[derive(Debug)]
struct EventStream {
    inputs: Inputs,
    table: EventTable,
    schema: SchemaRef,
}

impl PartitionStream for EventStream {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let mut builder = RecordBatchReceiverStream::builder(self.schema.clone(), 2);
        let sender = builder.tx();
        let (inputs, table) = (self.inputs.clone(), self.table);
        builder.spawn_blocking(move || {
            let rules = inputs.options.rules.as_ref().filter(|_| table.needs_rules());
            let mut rows = EventRows::new(&table);
            // Without rules, nothing can be in a table that they make.
            let objects = if table.needs_rules() && rules.is_none() { &[] } else { &*inputs.objects };
            for object in objects {
                let config = Config { hashes: table.hashes(), rules: rules.map(of_one_object), ..Config::default() };
                let mut hand_on = |batch| sender.blocking_send(Ok(batch)).is_ok();
                if !read_object(object, (&config, &mut rows), inputs.options.batch_rows, &mut hand_on) {
                    break;
                }
            }
            Ok(())
        });
        builder.build()
    }
}

/// Reads one object, if it is a capture, and hands on its rows. False when nobody wants more.
///
/// What is wrong with an object is told where `flows` and `health` are read; here it ends the object.
fn read_object(
    object: &Object,
    (config, rows): (&Config, &mut EventRows),
    batch_rows: usize,
    hand_on: &mut impl FnMut(RecordBatch) -> bool,
) -> bool {
    let Ok(mut reader) = object.open(&source::Limits::default()) else { return true };
    if !reader.peek(HEAD_BYTES).is_ok_and(|head| capture::sniff(head).is_some()) {
        return true;
    }
    let mut health = HealthColumns::new(Projection::none());
    let mut capture = CaptureReader::new(object.name.as_str().into(), config);
    while let Ok(Some(chunk)) = reader.next_chunk() {
        capture.push(chunk, &mut Events { rows, object: &object.name }, &mut health);
        if rows.rows().len() >= batch_rows && !hand_on(rows.rows().take_batch()) {
            return false;
        }
    }
    capture.finish(&mut Events { rows, object: &object.name }, &mut health);
    rows.rows().is_empty() || hand_on(rows.rows().take_batch())
}
