//! Objects in: finds the files a user named and yields their decompressed bytes in bounded chunks.
//!
//! Input: paths, folders, patterns, standard input. Output: [`Object`]s, and from each one chunks of bytes.
//! Knows nothing of: log formats, lines, Arrow, SQL, clouds, the clock. Starts no thread.
//! Start at: [`discover`], [`Object`], [`Reader`]; for the decompressor alone, [`Gzip`].
//!
//! Nothing here aborts a run: what cannot be found is a [`Problem`] beside the objects that can, and an object that is
//! broken gives all its bytes up to the fault before it gives a [`SourceError`]. Everything that can grow has a bound
//! in [`Limits`].
//!
//! ```no_run
//! let limits = source::Limits::default();
//! let found = source::discover(&["logs/".to_owned()], &limits);
//! for object in &found.objects {
//!     let mut reader = object.open(&limits)?;
//!     while let Some(chunk) = reader.next_chunk()? {
//!         // Bytes cut anywhere, also within a line.
//!         println!("{}: {} bytes", object.name, chunk.len());
//!     }
//! }
//! # Ok::<(), source::SourceError>(())
//! ```

mod discover;
mod error;
mod gzip;
mod inflate;
mod layer;
mod limits;
mod object;
mod reader;

pub use discover::{Discovery, discover};
pub use error::{ErrorKind, Problem, Severity, SourceError};
pub use gzip::Gzip;
pub use inflate::Corrupt;
pub use limits::Limits;
pub use object::{Object, ObjectKind};
pub use reader::Reader;
