//! Rules.
pub mod matcher;
