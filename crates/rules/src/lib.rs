//! Rules.
mod detect;
pub mod inspect;
pub mod matcher;
pub use detect::*;
