//! Rules, their mistakes and their keywords as text for people.

mod bytes;
mod check;
mod explain;
mod facts;
mod keywords;
#[cfg(test)]
mod tests;

pub use check::{CheckReport, check, excerpt};
pub use explain::explain;
pub use keywords::{KeywordKind, keyword_table};
