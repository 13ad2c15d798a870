//! Arrow columns of every table of the model.
//!
//! Decoders set fields of the row they are at; what they do not set is null, at no cost.
//! Knows nothing of: log formats, files, SQL.
//! Start at: [`Columns`] (a batch being built), [`FlowColumns`], [`HealthColumns`], [`schema`];
//! to read a batch row by row: [`read`].
//!
//! ```
//! use model::{FlowField, Projection};
//! use table::FlowColumns;
//! let mut flows = FlowColumns::new(Projection::of([FlowField::SrcIp, FlowField::Bytes]));
//! flows.set_ipv4(FlowField::SrcIp, 0x0a00_0001);
//! flows.set_int64(FlowField::Bytes, 42);
//! flows.set_int32(FlowField::DstPort, 443); // not wanted: nothing happens
//! flows.end_row();
//! let batch = flows.take_batch();
//! assert_eq!((batch.num_rows(), batch.num_columns()), (1, 2));
//! ```

mod address;
mod column;
mod columns;
pub mod read;
mod rows;
mod schema;
mod text;

pub use address::{ADDRESS_METADATA_KEY, address_from_bytes, format_address, push_address};
pub use columns::{Columns, FlowColumns, HealthColumns, Tables};
pub use rows::Rows;
pub use schema::{arrow_type, schema};
