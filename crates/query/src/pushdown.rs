//! From SQL conditions to conditions that decoders understand.
//!
//! What cannot be translated stays with DataFusion, which checks everything again in any case.

use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Between, BinaryExpr, Expr, Operator, expr::InList};
use flowlog::{Filter, Test};
use model::{FieldIndex, FieldType, FlowField};
use table::address_from_bytes;

/// The condition in the decoder's terms, if it has such terms.
pub(crate) fn filter_of(expr: &Expr) -> Option<Filter> {
    match expr {
        Expr::BinaryExpr(BinaryExpr { left, op, right }) => match (column_of(left), column_of(right)) {
            (Some(field), None) => compare(field, *op, literal_of(right)?),
            (None, Some(field)) => compare(field, op.swap()?, literal_of(left)?),
            _ => None,
        },
        Expr::Between(Between { expr, negated: false, low, high }) => {
            let (field, low, high) = (column_of(expr)?, number_of(literal_of(low)?)?, number_of(literal_of(high)?)?);
            Some(Filter { field, test: Test::Between(low, high) })
        }
        Expr::InList(InList { expr, list, negated: false }) => {
            let values = list.iter().map(literal_of).collect::<Option<Vec<_>>>()?;
            one_of(column_of(expr)?, &values)
        }
        _ => None,
    }
}

fn column_of(expr: &Expr) -> Option<FlowField> {
    match expr {
        Expr::Column(column) => FlowField::from_name(&column.name),
        _ => None,
    }
}

fn literal_of(expr: &Expr) -> Option<&ScalarValue> {
    match expr {
        Expr::Literal(value, _) => Some(value),
        _ => None,
    }
}

fn compare(field: FlowField, op: Operator, value: &ScalarValue) -> Option<Filter> {
    if op == Operator::Eq {
        return one_of(field, &[value]);
    }
    let bound = number_of(value)?;
    let (low, high) = match op {
        Operator::Lt => (i64::MIN, bound.checked_sub(1)?),
        Operator::LtEq => (i64::MIN, bound),
        Operator::Gt => (bound.checked_add(1)?, i64::MAX),
        Operator::GtEq => (bound, i64::MAX),
        _ => return None,
    };
    Some(Filter { field, test: Test::Between(low, high) })
}

fn one_of(field: FlowField, values: &[&ScalarValue]) -> Option<Filter> {
    let test = match field.field().field_type {
        FieldType::Text => Test::TextIn(values.iter().map(|value| text_of(value)).collect::<Option<_>>()?),
        FieldType::Address => {
            let address = |value: &&ScalarValue| match value {
                ScalarValue::BinaryView(Some(bytes)) => address_from_bytes(bytes),
                _ => None,
            };
            Test::AddressIn(values.iter().map(address).collect::<Option<_>>()?)
        }
        FieldType::Int32 | FieldType::Int64 | FieldType::Time => {
            let numbers = values.iter().map(|value| number_of(value)).collect::<Option<Vec<i64>>>()?;
            Test::Between(*numbers.iter().min()?, *numbers.iter().max()?)
        }
        FieldType::Float64 | FieldType::Map | FieldType::Int64List => return None,
    };
    Some(Filter { field, test })
}

fn text_of(value: &ScalarValue) -> Option<String> {
    match value {
        ScalarValue::Utf8(text) | ScalarValue::Utf8View(text) | ScalarValue::LargeUtf8(text) => text.clone(),
        _ => None,
    }
}

fn number_of(value: &ScalarValue) -> Option<i64> {
    match value {
        ScalarValue::Int8(Some(value)) => Some(i64::from(*value)),
        ScalarValue::Int16(Some(value)) => Some(i64::from(*value)),
        ScalarValue::Int32(Some(value)) => Some(i64::from(*value)),
        ScalarValue::Int64(value) | ScalarValue::TimestampNanosecond(value, _) => *value,
        _ => None,
    }
}
