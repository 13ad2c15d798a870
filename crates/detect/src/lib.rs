//! Behaviours over flows: who scans, guesses, calls home, carries data out, and what is unlike other days.
//!
//! Input: batches of the columns of `flows`, from any source and in any order. Output: [`Finding`]s.
//! A [`Fold`] takes batches in, two folds merge, and an [`Estate`] is what a fold knows at the end. The detectors
//! ([`DETECTORS`]) read the estate only, so that their result depends on the set of records alone: not on how the input
//! was cut, in which order it came, on how many threads, or on objects that were read twice.
//! Knows nothing of: files, formats, the clock, threads, how a finding is shown.
//! Start at: [`Fold`], [`DETECTORS`], [`Finding`]; the ground under all of it is [`ground`].

mod detectors;
pub mod finding;
pub mod ground;
mod limits;
pub mod normal;
pub mod suppress;

pub use detectors::beacon::{BeaconScore, beacon_score, sampled_beacon_score, size_evidence};
pub use detectors::rita::{RitaScore, rita_v5};
pub use detectors::{DETECTORS, Detector, findings};
pub use finding::{Finding, Severity, moment};
pub use ground::{Estate, Fold};
pub use limits::{Limits, TurnedAway};
