//! SQL functions that an analyst of networks reaches for. One row of [`FUNCTIONS`] each.

mod address;
mod names;
mod time;

use datafusion::arrow::array::{ArrayRef, AsArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::arrow::error::ArrowError;
use datafusion::common::{Result, ScalarValue, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use std::hash::{Hash, Hasher};

/// One function: what it is called, what it does, and how.
#[derive(Debug)]
pub struct FunctionRow {
    /// Its name in SQL.
    pub name: &'static str,
    /// Its arguments, for people.
    pub arguments: &'static str,
    /// What it gives.
    pub doc: &'static str,
    /// A use of it.
    pub example: &'static str,
    /// How many arguments it takes.
    pub(crate) argument_count: usize,
    pub(crate) returns: fn() -> DataType,
    pub(crate) invoke: Invoke,
    /// Checks arguments that are literals, before anything is read.
    pub(crate) check: fn(&[Option<&ScalarValue>]) -> Result<()>,
}

/// Arguments and number of rows to values.
pub(crate) type Invoke = fn(&[ColumnarValue], usize) -> Result<ColumnarValue>;

/// Every function beyond DataFusion's own.
pub const FUNCTIONS: &[FunctionRow] = &[
    address::CIDR_CONTAINS,
    address::IP,
    address::IP_TEXT,
    address::IP_NETWORK,
    address::IP_VERSION,
    address::IP_CLASS,
    address::IS_PRIVATE,
    address::IS_PUBLIC,
    names::SERVICE_NAME,
    names::PROTOCOL_NAME,
    names::COMMUNITY_ID,
    names::TCP_FLAGS,
    names::HUMAN_BYTES,
    time::TIME_BUCKET,
];

pub(crate) fn no_check(_: &[Option<&ScalarValue>]) -> Result<()> {
    Ok(())
}

/// Every function as DataFusion wants it.
pub(crate) fn all() -> impl Iterator<Item = ScalarUDF> {
    FUNCTIONS.iter().map(|row| ScalarUDF::from(Function::new(row)))
}

/// Is this one of ours, so that it takes addresses as they are?
pub(crate) fn row(name: &str) -> Option<&'static FunctionRow> {
    FUNCTIONS.iter().find(|row| row.name == name)
}

/// Complains about literal arguments that cannot be right.
pub(crate) fn check_literals(row: &FunctionRow, arguments: &[Expr]) -> Result<()> {
    let literal = |argument: &Expr| match argument {
        Expr::Literal(value, _) => Some(value.clone()),
        _ => None,
    };
    let literals: Vec<Option<ScalarValue>> = arguments.iter().map(literal).collect();
    let borrowed: Vec<Option<&ScalarValue>> = literals.iter().map(Option::as_ref).collect();
    (row.check)(&borrowed)
}

#[derive(Debug)]
struct Function {
    row: &'static FunctionRow,
    signature: Signature,
}

impl Function {
    fn new(row: &'static FunctionRow) -> Function {
        Function { row, signature: Signature::variadic_any(Volatility::Immutable) }
    }
}

impl PartialEq for Function {
    fn eq(&self, other: &Self) -> bool {
        self.row.name == other.row.name
    }
}

impl Eq for Function {}

impl Hash for Function {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.row.name.hash(state);
    }
}

impl ScalarUDFImpl for Function {
    fn name(&self) -> &str {
        self.row.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, argument_types: &[DataType]) -> Result<DataType> {
        if argument_types.len() != self.row.argument_count {
            return plan_err!(
                "{}({}) takes {} argument(s), not {}; for example: {}",
                self.row.name,
                self.row.arguments,
                self.row.argument_count,
                argument_types.len(),
                self.row.example
            );
        }
        Ok((self.row.returns)())
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        (self.row.invoke)(&arguments.args, arguments.number_rows)
    }
}

/// A column of addresses as text, for output.
pub(crate) fn ip_text_column(column: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    let column = cast(column, &DataType::BinaryView)?;
    Ok(address::ip_text(column.as_binary_view()))
}
