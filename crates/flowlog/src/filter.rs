//! Conditions that reach the decoder, so that it need not build rows that nobody will see.

use model::FlowField;
use std::net::IpAddr;

/// One condition on one column. A list of them means "all of them".
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    /// The column.
    pub field: FlowField,
    /// What its value must be. Null fulfils nothing.
    pub test: Test,
}

/// What a value must be.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// One of these texts.
    TextIn(Vec<String>),
    /// A number (or a time in nanoseconds) within both bounds, inclusive.
    Between(i64, i64),
    /// One of these addresses.
    AddressIn(Vec<IpAddr>),
}
