//! One SQL condition over batches of flows, for `--where`.

use crate::address_text::AddressText;
use crate::error::QueryError;
use crate::functions;
use crate::pushdown::filter_of;
use datafusion::arrow::array::{AsArray, RecordBatch};
use datafusion::arrow::compute::filter_record_batch;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{DFSchema, Result, plan_err};
use datafusion::logical_expr::registry::FunctionRegistry;
use datafusion::logical_expr::utils::split_conjunction;
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan, LogicalPlanBuilder, LogicalTableSource};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::prelude::{SessionConfig, SessionContext};
use flowlog::Filter;
use model::{FieldIndex, FlowField, Projection};
use std::sync::Arc;
use table::schema;

/// A condition, ready to be checked against batches that have at least [`Condition::columns`].
#[derive(Clone, Debug)]
pub struct Condition {
    expr: Expr,
    /// The columns it looks at.
    pub columns: Vec<FlowField>,
    /// What of it the decoders understand.
    pub filters: Vec<Filter>,
    sql: Arc<str>,
}

/// A condition compiled for one set of columns.
#[derive(Clone, Debug)]
pub struct CompiledCondition {
    expr: Arc<dyn PhysicalExpr>,
    sql: Arc<str>,
}

impl Condition {
    /// Reads a condition such as `dst_port = 22 AND verdict = 'denied'`.
    ///
    /// # Errors
    /// With the place in the text: unknown columns, types that do not fit, more than a condition.
    pub fn parse(sql: &str) -> Result<Condition, QueryError> {
        let (expr, columns) = analyze(sql).map_err(|error| QueryError::new(&error, sql))?;
        let filters = split_conjunction(&expr).into_iter().filter_map(filter_of).collect();
        Ok(Condition { expr, columns, filters, sql: sql.into() })
    }

    /// Compiles the condition for batches of these columns.
    ///
    /// # Errors
    /// When a column it needs is not among them.
    pub fn compile(&self, columns: &Projection<FlowField>) -> Result<CompiledCondition, QueryError> {
        let compile = || {
            let schema = DFSchema::try_from(schema(columns))?;
            session()?.state().create_physical_expr(self.expr.clone(), &schema)
        };
        let expr = compile().map_err(|error| QueryError::new(&error, &self.sql))?;
        Ok(CompiledCondition { expr, sql: self.sql.clone() })
    }
}

impl CompiledCondition {
    /// The rows that fulfil the condition.
    ///
    /// # Errors
    /// When the condition fails on a value, such as a division by zero.
    pub fn keep(&self, flows: &RecordBatch) -> Result<RecordBatch, QueryError> {
        let keep = || {
            let answers = self.expr.evaluate(flows)?.into_array(flows.num_rows())?;
            Ok(filter_record_batch(flows, answers.as_boolean())?)
        };
        keep().map_err(|error| QueryError::new(&error, &self.sql))
    }
}

fn session() -> Result<SessionContext> {
    let mut config = SessionConfig::new();
    config.options_mut().sql_parser.collect_spans = true;
    let mut context = SessionContext::new_with_config(config);
    functions::all().for_each(|function| context.register_udf(function));
    let ip_text = context.udf("ip_text")?;
    context.register_function_rewrite(Arc::new(AddressText::new(ip_text)))?;
    Ok(context)
}

/// Types checked and literals turned into addresses, by way of a plan `SELECT ... WHERE condition`.
fn analyze(sql: &str) -> Result<(Expr, Vec<FlowField>)> {
    let all = schema(&Projection::<FlowField>::all());
    let context = session()?;
    let expr = context.parse_sql_expr(sql, &DFSchema::try_from(all.clone())?)?;
    let source = Arc::new(LogicalTableSource::new(Arc::new(all)));
    let plan = LogicalPlanBuilder::scan("flows", source, None)?.filter(expr)?.build()?;
    let state = context.state();
    let plan = state.analyzer().execute_and_check(plan, state.config_options(), |_, _| {})?;
    let LogicalPlan::Filter(filter) = plan else { return plan_err!("not a condition") };
    if filter.predicate.get_type(filter.input.schema())? != DataType::Boolean {
        return plan_err!("this is a value, not a condition that is true or false");
    }
    let columns = filter.predicate.column_refs();
    let columns = columns.into_iter().filter_map(|column| FlowField::from_name(&column.name)).collect();
    let bare = unqualified(filter.predicate)?;
    Ok((bare, columns))
}

fn unqualified(expr: Expr) -> Result<Expr> {
    use datafusion::common::Column;
    use datafusion::common::tree_node::{Transformed, TreeNode};
    let strip = |expr| match expr {
        Expr::Column(column) => Ok(Transformed::yes(Expr::Column(Column::new_unqualified(column.name)))),
        other => Ok(Transformed::no(other)),
    };
    expr.transform(strip).map(|transformed| transformed.data)
}
