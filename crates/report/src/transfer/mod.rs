//! What moving bytes costs: bytes by the classes for which clouds have prices, and who causes them.
//!
//! Knows nothing of: prices, other than those that a table of one's own names.

mod class;
mod place;
mod prices;
mod service;
mod sort;
mod tally;
#[cfg(test)]
mod tests;
mod told;

pub(crate) use class::{Class, Evidence};
pub(crate) use place::is_nat;
pub use prices::{PriceError, Prices};
pub(crate) use service::Remedy;
pub(crate) use tally::{Detour, DetourKey, Other, PairSum, Tally};
pub(crate) use told::{DAY_S, MONTH_S};
