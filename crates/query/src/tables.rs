//! The tables of SQL: `flows` and `health`, read from the objects as a query runs.

use crate::inputs::Inputs;
use crate::pushdown::filter_of;
use crate::scan::{Batches, NextObject, Wanted, discovery_health, in_order};
use async_trait::async_trait;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::{RecordBatchReceiverStream, RecordBatchStreamAdapter};
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use model::{FieldIndex, FlowField, Projection};
use std::sync::Arc;
use table::schema;

/// `flows`.
#[derive(Debug)]
pub(crate) struct FlowsTable {
    inputs: Inputs,
    schema: SchemaRef,
}

impl FlowsTable {
    pub(crate) fn new(inputs: Inputs) -> FlowsTable {
        FlowsTable { inputs, schema: Arc::new(schema(&Projection::<FlowField>::all())) }
    }
}

#[async_trait]
impl TableProvider for FlowsTable {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        let support = |expr: &&Expr| match filter_of(expr) {
            Some(_) => TableProviderFilterPushDown::Inexact,
            None => TableProviderFilterPushDown::Unsupported,
        };
        Ok(filters.iter().map(support).collect())
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let all: Vec<usize> = (0..FlowField::FIELDS.len()).collect();
        let places = projection.unwrap_or(&all);
        let columns = Projection::of(places.iter().filter_map(|place| FlowField::from_index(*place)));
        let filters = filters.iter().filter_map(filter_of).collect();
        let wanted = Arc::new(Wanted { columns, filters, health: false });
        // A batch has its columns in the table's order; the plan puts them in the order asked for.
        let mut sorted = places.clone();
        sorted.sort_unstable();
        let reorder: Vec<usize> =
            places.iter().filter_map(|place| sorted.iter().position(|other| other == place)).collect();
        let scan_schema = Arc::new(schema(&wanted.columns));
        let partitions = flow_partitions(&self.inputs, &wanted, &scan_schema, state.config().target_partitions());
        Ok(Arc::new(StreamingTableExec::try_new(scan_schema, partitions, Some(&reorder), [], false, limit)?))
    }
}

/// One stream in the order of the input, or as many as there are partitions, each object in one.
fn flow_partitions(
    inputs: &Inputs,
    wanted: &Arc<Wanted>,
    schema: &SchemaRef,
    partitions: usize,
) -> Vec<Arc<dyn PartitionStream>> {
    let ordered = partitions <= 1;
    let next = Arc::new(NextObject::default());
    let stream = |_| -> Arc<dyn PartitionStream> {
        Arc::new(FlowStream {
            inputs: inputs.clone(),
            wanted: wanted.clone(),
            schema: schema.clone(),
            next: (!ordered).then(|| next.clone()),
        })
    };
    (0..partitions.max(1)).map(stream).collect()
}

#[derive(Debug)]
struct FlowStream {
    inputs: Inputs,
    wanted: Arc<Wanted>,
    schema: SchemaRef,
    /// Where to take objects from; `None` is all objects in order.
    next: Option<Arc<NextObject>>,
}

impl PartitionStream for FlowStream {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let (inputs, wanted) = (self.inputs.clone(), self.wanted.clone());
        match &self.next {
            // Decoding happens where the batch is used, while it is still in the cache.
            Some(next) => {
                let batches = next.clone().batches(inputs, wanted).map(|batches| Ok(batches.flows));
                Box::pin(RecordBatchStreamAdapter::new(self.schema.clone(), futures::stream::iter(batches)))
            }
            None => ordered_stream(self.schema.clone(), inputs, wanted, |batches| Some(batches.flows)),
        }
    }
}

/// Batches in the order of the objects, decoded on other threads.
fn ordered_stream(
    schema: SchemaRef,
    inputs: Inputs,
    wanted: Arc<Wanted>,
    part: impl Fn(Batches) -> Option<RecordBatch> + Send + 'static,
) -> SendableRecordBatchStream {
    let mut builder = RecordBatchReceiverStream::builder(schema, 2);
    let sender = builder.tx();
    builder.spawn_blocking(move || {
        in_order(&inputs, &wanted, |batches| part(batches).is_none_or(|batch| sender.blocking_send(Ok(batch)).is_ok()));
        Ok(())
    });
    builder.build()
}

/// `health`.
#[derive(Debug)]
pub(crate) struct HealthTable {
    inputs: Inputs,
    schema: SchemaRef,
}

impl HealthTable {
    pub(crate) fn new(inputs: Inputs) -> HealthTable {
        HealthTable { inputs, schema: Arc::new(schema(&Projection::<model::HealthField>::all())) }
    }
}

#[async_trait]
impl TableProvider for HealthTable {
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
        let stream = HealthStream { inputs: self.inputs.clone(), schema: self.schema.clone() };
        let partitions: Vec<Arc<dyn PartitionStream>> = vec![Arc::new(stream)];
        Ok(Arc::new(StreamingTableExec::try_new(self.schema.clone(), partitions, projection, [], false, limit)?))
    }
}

#[derive(Debug)]
struct HealthStream {
    inputs: Inputs,
    schema: SchemaRef,
}

impl PartitionStream for HealthStream {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _context: Arc<TaskContext>) -> SendableRecordBatchStream {
        use futures::StreamExt;
        // Every flow column is decoded, so that every unreadable field is found.
        let wanted = Arc::new(Wanted::columns(Projection::all()));
        let first = futures::stream::iter([Ok(discovery_health(&self.inputs))]);
        let rest = ordered_stream(self.schema.clone(), self.inputs.clone(), wanted, |batches| batches.health);
        Box::pin(RecordBatchStreamAdapter::new(self.schema.clone(), first.chain(rest)))
    }
}
