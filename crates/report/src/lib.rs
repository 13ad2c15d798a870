//! The report: flows and health folded into one bounded state, and the state told as data.
//!
//! Input: Arrow batches of `flows` (columns [`WANTED`]) and of `health`. Output: a [`Summary`].
//! Knows nothing of: files, formats of logs, SQL, threads, the clock.
//! Start at: [`Fold`], [`Options`], [`Limits`], [`Context`], [`Prices`], [`Summary`]; to draw it, [`render`]; for other
//! tools, [`ocsf`].
//!
//! A fold is cut into parts by its caller (one per object, or when [`Fold::is_full`]) and the parts are joined in the
//! order of the input, so any number of threads gives the same bytes.
//!
//! ```
//! use model::{FlowField, Projection};
//! use report::{Context, Fold, Options};
//! use table::FlowColumns;
//!
//! let mut flows = FlowColumns::new(Projection::of(report::WANTED.iter().copied()));
//! flows.set_ipv4(FlowField::SrcIp, 0x0a00_0001);
//! flows.set_ipv4(FlowField::DstIp, 0x0808_0808);
//! flows.set_int32(FlowField::SrcPort, 40_000);
//! flows.set_int32(FlowField::DstPort, 53);
//! flows.set_int32(FlowField::IpProto, 17);
//! flows.set_int64(FlowField::Bytes, 42);
//! flows.end_row();
//!
//! let mut fold = Fold::new(&Options::default());
//! fold.push_flows(&flows.take_batch());
//! let summary = fold.finish(&Context::default());
//! assert_eq!((summary.traffic.bytes, summary.traffic.services[0].name.as_str()), (42, "dns"));
//! ```

mod analysis;
mod attack;
mod derived;
mod fold;
mod knowledge;
mod limits;
pub mod ocsf;
mod profile;
pub mod render;
mod summary;
mod time;
mod transfer;

#[cfg(test)]
mod tests;

pub use analysis::Context;
pub use derived::{DERIVED, Derived, detector_names};
pub use fold::{Fold, WANTED};
pub use limits::{Limits, Options};
pub use profile::{PROFILE_HOURS_MAX, PROFILE_NAMED_MAX};
pub use summary::*;
pub use transfer::{PriceError, Prices};
