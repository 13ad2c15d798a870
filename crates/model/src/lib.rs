//! The nouns of Fathom, and the table of every column it knows.
//!
//! Knows nothing of: Arrow, any cloud's record layout, any packet protocol, files, clocks.
//! Start at: [`FLOW_FIELDS`] (one row per column of `flows`), [`FlowField`], [`HEALTH_FIELDS`],
//! and the closed vocabularies in [`vocabulary`] (verdicts, directions, vantages, ...).
//!
//! ```
//! use model::{FieldIndex, FlowField};
//! let field = FlowField::SrcIp.field();
//! assert_eq!(field.name, "src_ip");
//! assert_eq!(FlowField::from_name("src_ip"), Some(FlowField::SrcIp));
//! ```

mod field;
mod flow_fields;
mod health_fields;
pub mod packet;
mod projection;
pub mod vocabulary;

pub use field::{Field, FieldIndex, FieldType};
pub use flow_fields::{FLOW_FIELDS, FlowField};
pub use health_fields::{HEALTH_FIELDS, HealthField};
pub use projection::Projection;
