//! A rule as it is written: its header and its options, each with its place in the text.

mod line;
mod quoted;
mod range;
mod text;

pub(crate) use line::{RuleLine, Setting, split_rule};
pub(crate) use quoted::{content_bytes, maybe_unquoted, unescaped, unquoted};
pub(crate) use range::{amount, compared, comparison, digits, range_of, range_with};
pub(crate) use text::Text;
