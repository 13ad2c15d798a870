//! Captures of other projects, another reader, and what must always hold.

mod damage;
mod difference;
mod events;
mod files;
mod properties;
mod samples;
