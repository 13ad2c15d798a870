//! Captures of other projects, another decoder, and what must always hold.
#![allow(clippy::unwrap_used, reason = "a sample that is named is there and can be read")]

mod difference;
mod encapsulations;
mod everything;
mod mirrors;
mod properties;
mod samples;
mod suricata;
