//! Captures of other projects, another reader, and what must always hold.
#![allow(clippy::unwrap_used, reason = "a sample that is named is there and can be read")]

mod damage;
mod difference;
mod events;
mod files;
mod properties;
mod samples;
mod variants;
