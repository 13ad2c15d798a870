//! SQL to results.

use crate::address_text::AddressText;
use crate::error::QueryError;
use crate::event_tables;
use crate::functions;
use crate::inputs::Inputs;
use crate::tables::{FlowsTable, HealthTable};
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::common::Result;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::logical_expr::registry::FunctionRegistry;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, SortExpr, col, lit};
use datafusion::physical_plan::execute_stream;
use datafusion::prelude::{SQLOptions, SessionConfig, SessionContext};
use datafusion::scalar::ScalarValue;
use futures::StreamExt;
use std::sync::Arc;
use tokio::runtime::Runtime;

/// How queries are run.
#[derive(Clone, Debug)]
pub struct EngineOptions {
    /// Bytes that sorts, joins and groups may hold before they go to disk.
    pub memory_bytes_max: usize,
}

impl Default for EngineOptions {
    fn default() -> Self {
        EngineOptions { memory_bytes_max: 160 << 20 }
    }
}

/// Runs SQL over some inputs.
pub struct Engine {
    context: SessionContext,
    runtime: Runtime,
}

impl Engine {
    /// Prepares the tables `flows` and `health` over the inputs. Nothing is read yet.
    ///
    /// # Errors
    /// When the operating system gives no threads, or the time bounds make no condition.
    pub fn new(inputs: &Inputs, options: &EngineOptions) -> Result<Engine, QueryError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(inputs.options.threads.max(1))
            .thread_stack_size(8 << 20)
            .build()
            .map_err(|error| QueryError {
                message: format!("no threads to run on: {error}"),
                place: None,
                hint: None,
            })?;
        let context = context(inputs, options).map_err(|error| QueryError::new(&error, ""))?;
        Ok(Engine { context, runtime })
    }

    /// Plans a query and begins to run it. Only statements that read are allowed.
    ///
    /// Rows of a query without groups come in the order of the input. Groups without ORDER BY, and
    /// groups that ORDER BY leaves equal, come sorted by their columns: the same input always gives
    /// the same bytes.
    ///
    /// # Errors
    /// With the place in the SQL, as far as it is known.
    pub fn query(&self, sql: &str) -> Result<Results<'_>, QueryError> {
        let stream = self.runtime.block_on(self.start(sql)).map_err(|error| QueryError::new(&error, sql))?;
        Ok(Results { stream, runtime: &self.runtime, sql: sql.to_owned() })
    }

    async fn start(&self, sql: &str) -> Result<SendableRecordBatchStream> {
        let mut state = self.context.state();
        let plan = state.create_logical_plan(sql).await?;
        let only_reads = SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
        only_reads.verify_plan(&plan)?;
        let plan = if is_row_by_row(&plan) {
            state.config_mut().options_mut().execution.target_partitions = 1;
            plan
        } else {
            with_total_order(plan)?
        };
        let plan = state.optimize(&plan)?;
        let physical = state.query_planner().create_physical_plan(&plan, &state).await?;
        execute_stream(physical, Arc::new((&state).into()))
    }
}

fn context(inputs: &Inputs, options: &EngineOptions) -> Result<SessionContext> {
    let mut config = SessionConfig::new()
        .with_target_partitions(inputs.options.threads.clamp(1, inputs.objects.len().max(1)))
        .with_information_schema(true);
    let settings = config.options_mut();
    settings.sql_parser.collect_spans = true;
    settings.sql_parser.default_null_ordering = "nulls_last".to_owned();
    settings.catalog.default_catalog = "fathom".to_owned();
    settings.catalog.default_schema = "main".to_owned();
    let pool = Arc::new(FairSpillPool::new(options.memory_bytes_max));
    let runtime = RuntimeEnvBuilder::new().with_memory_pool(pool).build_arc()?;
    let mut context = SessionContext::new_with_config_rt(config, runtime);
    functions::all().for_each(|function| context.register_udf(function));
    let ip_text = context.udf("ip_text")?;
    context.register_function_rewrite(Arc::new(AddressText::new(ip_text)))?;
    context.register_table("health", Arc::new(HealthTable::new(inputs.clone())))?;
    register_flows(&context, inputs)?;
    event_tables::register(&context, inputs)?;
    Ok(context)
}

/// `flows`, cut to `--since` and `--until`.
fn register_flows(context: &SessionContext, inputs: &Inputs) -> Result<()> {
    let table = Arc::new(FlowsTable::new(inputs.clone()));
    let bounds = [(inputs.options.since_ns, true), (inputs.options.until_ns, false)];
    let time = |ns: i64| lit(ScalarValue::TimestampNanosecond(Some(ns), Some("UTC".into())));
    let conditions = bounds.into_iter().filter_map(|(bound, is_since)| {
        let bound = time(bound?);
        Some(if is_since { col("time_start").gt_eq(bound) } else { col("time_start").lt(bound) })
    });
    match conditions.reduce(Expr::and) {
        Some(condition) => {
            let cut = context.read_table(table)?.filter(condition)?;
            context.register_table("flows", cut.into_view())?;
        }
        None => {
            context.register_table("flows", table)?;
        }
    }
    Ok(())
}

/// Does the plan take rows one by one, so that their order can be kept?
fn is_row_by_row(plan: &LogicalPlan) -> bool {
    let mut is_row_by_row = true;
    // The visitor cannot fail.
    let _ = plan.apply_with_subqueries(|node| {
        is_row_by_row &= !matches!(
            node,
            LogicalPlan::Aggregate(_) | LogicalPlan::Join(_) | LogicalPlan::Window(_) | LogicalPlan::Distinct(_)
        );
        Ok(if is_row_by_row { TreeNodeRecursion::Continue } else { TreeNodeRecursion::Stop })
    });
    is_row_by_row
}

/// Groups come out of a parallel plan in any order: sort them, or complete the order that was asked for.
fn with_total_order(plan: LogicalPlan) -> Result<LogicalPlan> {
    match plan {
        LogicalPlan::Sort(mut sort) => {
            let missing =
                sort_keys(&sort.input).into_iter().filter(|key| !sort.expr.iter().any(|own| own.expr == key.expr));
            let missing: Vec<SortExpr> = missing.collect();
            sort.expr.extend(missing);
            Ok(LogicalPlan::Sort(sort))
        }
        LogicalPlan::Limit(mut limit) => {
            limit.input = Arc::new(with_total_order(Arc::unwrap_or_clone(limit.input))?);
            Ok(LogicalPlan::Limit(limit))
        }
        LogicalPlan::Projection(mut projection) if has_order(&projection.input) => {
            projection.input = Arc::new(with_total_order(Arc::unwrap_or_clone(projection.input))?);
            Ok(LogicalPlan::Projection(projection))
        }
        plan @ (LogicalPlan::Explain(_) | LogicalPlan::Analyze(_) | LogicalPlan::DescribeTable(_)) => Ok(plan),
        plan => {
            let keys = sort_keys(&plan);
            if keys.is_empty() { Ok(plan) } else { LogicalPlanBuilder::from(plan).sort(keys)?.build() }
        }
    }
}

fn has_order(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::Sort(_) => true,
        LogicalPlan::Limit(limit) => has_order(&limit.input),
        LogicalPlan::Projection(projection) => has_order(&projection.input),
        _ => false,
    }
}

/// Every column that can be sorted by, ascending, nulls last.
fn sort_keys(plan: &LogicalPlan) -> Vec<SortExpr> {
    let columns = plan.schema().columns().into_iter().zip(plan.schema().fields());
    let sortable = columns.filter(|(_, field)| !matches!(field.data_type(), DataType::Map(_, _) | DataType::List(_)));
    sortable.map(|(column, _)| Expr::Column(column).sort(true, false)).collect()
}

/// Batches of a result, as they come.
pub struct Results<'a> {
    stream: SendableRecordBatchStream,
    runtime: &'a Runtime,
    sql: String,
}

impl Results<'_> {
    /// The columns of the result.
    pub fn schema(&self) -> SchemaRef {
        self.stream.schema()
    }
}

impl Iterator for Results<'_> {
    type Item = Result<RecordBatch, QueryError>;

    fn next(&mut self) -> Option<Self::Item> {
        // The stream polls on a worker thread's stack where it was spawned; this one only waits.
        let batch = self.runtime.block_on(self.stream.next())?;
        Some(batch.map_err(|error| QueryError::new(&error, &self.sql)))
    }
}
