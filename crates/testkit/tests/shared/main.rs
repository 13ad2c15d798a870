//! Every decoder against the samples of `../shared`: what they hold, what other programs make of them, that
//! nothing of a record is lost, and that the way in which an object comes makes no difference.
//!
//! Where the samples are not there, every test says so and passes.

mod catalog;
mod lossless;
mod peers;
mod properties;
