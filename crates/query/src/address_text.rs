//! Makes addresses behave as text in SQL: they compare with literals and go into text functions.
//!
//! Before types are checked, a literal that is compared with an address becomes an address, and an
//! address that meets text becomes text.

use crate::functions;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchema, Result, ScalarValue, plan_err};
use datafusion::logical_expr::expr::{AggregateFunction, Between, BinaryExpr, Cast, InList, Like, ScalarFunction};
use datafusion::logical_expr::expr_rewriter::FunctionRewrite;
use datafusion::logical_expr::{Expr, ExprSchemable, Operator, ScalarUDF};
use std::net::IpAddr;
use std::sync::Arc;
use table::push_address;

/// The rewrite, with the function that turns an address into text.
#[derive(Debug)]
pub(crate) struct AddressText {
    ip_text: Arc<ScalarUDF>,
}

impl AddressText {
    pub(crate) fn new(ip_text: Arc<ScalarUDF>) -> AddressText {
        AddressText { ip_text }
    }

    fn as_text(&self, expr: Expr) -> Expr {
        Expr::ScalarFunction(ScalarFunction::new_udf(self.ip_text.clone(), vec![expr]))
    }

    fn as_text_if_address(&self, expr: Expr, schema: &DFSchema) -> Expr {
        if is_address(&expr, schema) { self.as_text(expr) } else { expr }
    }

    fn boxed_text_if_address(&self, expr: Expr, schema: &DFSchema) -> Box<Expr> {
        Box::new(self.as_text_if_address(expr, schema))
    }

    /// Two sides that are compared: a literal becomes an address, other text turns the address into text.
    fn compare(&self, left: Expr, right: Expr, schema: &DFSchema) -> Result<(Expr, Expr)> {
        match (is_address(&left, schema), is_address(&right, schema)) {
            (true, false) => {
                let right = address_literal(right)?;
                let is_text = !is_address(&right, schema) && !is_null(&right);
                Ok((if is_text { self.as_text(left) } else { left }, right))
            }
            (false, true) => self.compare(right, left, schema).map(|(right, left)| (left, right)),
            _ => Ok((left, right)),
        }
    }

    fn binary(&self, binary: BinaryExpr, schema: &DFSchema) -> Result<Expr> {
        let BinaryExpr { left, op, right } = binary;
        let (left, right) = match op {
            Operator::StringConcat
            | Operator::RegexMatch
            | Operator::RegexIMatch
            | Operator::RegexNotMatch
            | Operator::RegexNotIMatch
            | Operator::LikeMatch
            | Operator::ILikeMatch
            | Operator::NotLikeMatch
            | Operator::NotILikeMatch => {
                (self.as_text_if_address(*left, schema), self.as_text_if_address(*right, schema))
            }
            _ => self.compare(*left, *right, schema)?,
        };
        Ok(Expr::BinaryExpr(BinaryExpr::new(Box::new(left), op, Box::new(right))))
    }

    fn function(&self, mut function: ScalarFunction, schema: &DFSchema) -> Result<Expr> {
        match functions::row(function.name()) {
            Some(row) => functions::check_literals(row, &function.args)?,
            None if KEEPS_TYPE.contains(&function.name()) => {}
            None => {
                function.args = function.args.into_iter().map(|arg| self.as_text_if_address(arg, schema)).collect();
            }
        }
        Ok(Expr::ScalarFunction(function))
    }
}

/// Functions that give back what they take; their addresses stay addresses.
const KEEPS_TYPE: &[&str] = &["coalesce", "nullif", "nvl", "greatest", "least", "octet_length", "arrow_typeof"];
/// Aggregates that need text to print.
const WANTS_TEXT: &[&str] = &["array_agg", "string_agg"];

impl FunctionRewrite for AddressText {
    fn name(&self) -> &str {
        "address_text"
    }

    fn rewrite(&self, expr: Expr, schema: &DFSchema, _config: &ConfigOptions) -> Result<Transformed<Expr>> {
        let rewritten = match expr {
            Expr::BinaryExpr(binary) => self.binary(binary, schema)?,
            Expr::InList(InList { expr, list, negated }) if is_address(&expr, schema) => {
                let list = list.into_iter().map(address_literal).collect::<Result<Vec<_>>>()?;
                Expr::InList(InList { expr, list, negated })
            }
            Expr::Between(Between { expr, negated, low, high }) if is_address(&expr, schema) => {
                let (low, high) = (Box::new(address_literal(*low)?), Box::new(address_literal(*high)?));
                Expr::Between(Between { expr, negated, low, high })
            }
            Expr::Like(like) => {
                let expr = self.boxed_text_if_address(*like.expr, schema);
                Expr::Like(Like { expr, ..like })
            }
            Expr::SimilarTo(like) => {
                let expr = self.boxed_text_if_address(*like.expr, schema);
                Expr::SimilarTo(Like { expr, ..like })
            }
            Expr::Cast(cast) if is_text_type(cast.field.data_type()) => {
                let expr = self.boxed_text_if_address(*cast.expr, schema);
                Expr::Cast(Cast { expr, ..cast })
            }
            Expr::ScalarFunction(function) => self.function(function, schema)?,
            Expr::AggregateFunction(AggregateFunction { func, mut params }) if WANTS_TEXT.contains(&func.name()) => {
                params.args = params.args.into_iter().map(|arg| self.as_text_if_address(arg, schema)).collect();
                Expr::AggregateFunction(AggregateFunction { func, params })
            }
            other => return Ok(Transformed::no(other)),
        };
        Ok(Transformed::yes(rewritten))
    }
}

fn is_address(expr: &Expr, schema: &DFSchema) -> bool {
    matches!(expr.get_type(schema), Ok(DataType::BinaryView))
}

fn is_null(expr: &Expr) -> bool {
    matches!(expr, Expr::Literal(value, _) if value.is_null())
}

fn is_text_type(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}

/// A text literal as an address; anything else as it is.
fn address_literal(expr: Expr) -> Result<Expr> {
    let Expr::Literal(value, metadata) = &expr else { return Ok(expr) };
    let text = match value {
        ScalarValue::Utf8(Some(text)) | ScalarValue::LargeUtf8(Some(text)) | ScalarValue::Utf8View(Some(text)) => text,
        _ => return Ok(expr),
    };
    match text.trim().parse::<IpAddr>() {
        Ok(address) => {
            let mut bytes = Vec::with_capacity(16);
            push_address(address, &mut bytes);
            Ok(Expr::Literal(ScalarValue::BinaryView(Some(bytes)), metadata.clone()))
        }
        Err(_) if text.contains('/') => {
            plan_err!("'{text}' is a network, not an address; write cidr_contains('{text}', column)")
        }
        Err(_) => plan_err!("'{text}' is not an IP address; for a pattern write column LIKE '10.1.%'"),
    }
}
