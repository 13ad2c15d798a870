//! What is normal for an entity, learned from history, and what departs from it.
//!
//! [`Bands`] say what an hour of the week usually holds; a [`Baseline`] is the bands, peers and services of every host of
//! ours, can be stored (it is serialisable), and tells what a later period does differently: unusual hours, first times,
//! and ways between networks. What was found in the normal time as well is lowered later.

mod activity;
mod bands;
mod baseline;
mod first;
mod told;
mod unusual;
mod ways;

pub use activity::Activity;
pub use bands::{Bands, Departure, HOURS_OF_WEEK, Season, departures};
pub use baseline::{Baseline, EntityBaseline, Late};
pub use told::Told;
