//! Tests of loading and matching.

mod formats;
mod matching;
mod variants;
mod written;
