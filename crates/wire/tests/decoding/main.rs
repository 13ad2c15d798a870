//! Captures of other projects, another decoder, and what must always hold.

mod difference;
mod encapsulations;
mod everything;
mod mirrors;
mod properties;
mod samples;
mod suricata;
