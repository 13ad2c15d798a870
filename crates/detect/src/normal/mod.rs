//! What is normal for an entity, learned from history, and what departs from it.
//!
//! [`Bands`] say what an hour of the week usually holds; a [`Baseline`] is the bands, peers and services of every host of
//! ours, can be stored (it is serialisable), and tells what a later period does differently. What was found in the normal time as well
//! is lowered later.

mod bands;
mod baseline;
mod told;

pub use bands::{Bands, Departure, HOURS_OF_WEEK, departures};
pub use baseline::{Activity, Baseline, EntityBaseline};
pub use told::Told;
