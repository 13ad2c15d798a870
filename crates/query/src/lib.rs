//! SQL over flow logs and captures: DataFusion on top of the decoders and of the packet engine.
//!
//! The tables `flows`, `health` and those that packets fill (`http`, `tls`, ...) read the objects a user named; the wanted columns and simple
//! conditions reach the decoders. Addresses are bytes inside and text at the edges.
//! This crate (and later `lake`) alone knows DataFusion. Knows nothing of: terminals, HTTP, the clock.
//! Start at: [`Inputs`] (what was named), [`Engine`] (SQL), [`scan`] (objects to batches, in parallel
//! and in order), [`write`](mod@write) (batches to CSV, JSON, Parquet, tables).

mod address_text;
mod capture_object;
mod condition;
mod engine;
mod error;
mod event_tables;
mod functions;
mod in_turn;
mod inputs;
mod parquet_object;
mod parquet_output;
mod pushdown;
pub mod scan;
mod tables;
pub mod write;

pub use self::engine::{Engine, EngineOptions, Results};
pub use ::engine::tables::{EventTable, PlacedColumn, event_tables};
pub use arrow;
pub use condition::{CompiledCondition, Condition};
pub use error::{QueryError, SqlPlace};
pub use functions::{FUNCTIONS, FunctionRow};
pub use inputs::{Inputs, ScanOptions, ScanStats};
pub use parquet_output::{Keep, write_flows};
