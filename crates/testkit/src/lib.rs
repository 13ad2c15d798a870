//! What the conformance tests share: the samples, one way to decode, rows as text, explained differences.
//!
//! The tests themselves are in `tests`: `shared` holds every decoder against the samples of `../shared` and
//! against what other programs make of them, `traps` against the traps of the specification, without samples.
//! Knows nothing of: DataFusion, Parquet, the command line.
//! Start at: [`Samples`], [`decode`], [`convert`], [`Record`], [`Differences`], [`Object`].
//!
//! ```
//! let decoded = testkit::decode_bytes("example.log", b"2 1 eni-1 10.0.0.1 10.0.0.2 1 443 6 10 840 1700000000 1700000060 ACCEPT OK\n");
//! let records = decoded.records();
//! assert_eq!(decoded.format, Some("aws_text"));
//! assert_eq!(records[0].get("dst_ip"), Some("10.0.0.2"));
//! assert_eq!(records[0].get("time_start"), Some("2023-11-14T22:13:20Z"));
//! ```

pub mod convert;
mod decode;
mod difference;
mod property;
mod random;
mod record;
mod samples;

pub use decode::{Decoded, decode, decode_bytes, decode_chunks, decode_reader};
pub use difference::{Differences, Explained};
pub use property::Object;
pub use random::Random;
pub use record::{Record, Row, Table, rows};
pub use samples::{FOLDERS, Samples, labelled};
