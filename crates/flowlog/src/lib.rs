//! Flow log formats: bytes of an object in, columns of `flows` and `health` out.
//!
//! Decoders are incremental (an object comes in chunks cut anywhere), bounded in memory, and do work
//! only for the columns that are wanted. Malformed input is a row of `health`, never an error.
//! Knows nothing of: files, compression, threads, SQL, the clock.
//! Start at: [`FORMATS`] (one row per log format), [`Format`], [`Decoder`], [`detect`].
//!
//! ```
//! use flowlog::{DecodeOptions, detect};
//! use model::Projection;
//! use table::Tables;
//!
//! let object = b"2 123456789010 eni-1a2b3c4d 10.0.0.1 10.0.0.2 49152 443 6 10 840 1700000000 1700000060 ACCEPT OK\n";
//! let format = detect(object).expect("an AWS record");
//! let mut decoder = format.decoder(&DecodeOptions::new("example.log"));
//! let mut tables = Tables::new(Projection::all());
//! decoder.push(object, &mut tables);
//! decoder.finish(&mut tables);
//! assert_eq!((tables.flows.len(), tables.health.len()), (1, 0));
//! ```

pub mod argus;
pub mod aws;
pub mod azure;
mod columns;
mod filter;
mod format;
pub mod gcp;
mod health;
mod json;
mod line_decoder;
mod lines;
mod number;
mod tcp_flags;
pub mod zeek;

pub use filter::{Filter, Test};
pub use format::{DecodeOptions, Decoder, FORMATS, Format, Likeness, Limits, Origin, detect};
pub use health::{HealthNote, excerpt};
