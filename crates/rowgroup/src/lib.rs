//! Arrow batches in, Parquet row groups out: fast for columns that repeat.
//!
//! Most columns of a flow log are null or the same from end to end, and most others have few values. Here a column that
//! is null or constant costs nothing per row; text is recognised by its view, not by its bytes; and each column gets the
//! encoding that is small for its price. Row groups know nothing of each other, so that threads may encode
//! them in any order and the file is the same. Columns of other types than those of Fathom's tables go
//! through Arrow's own writer.
//! Knows nothing of: files, threads, flow logs.
//! Start at: [`BatchWriter`] (batches to a file); [`GroupBuilder`] for row groups on other threads.
//!
//! ```
//! use arrow_array::{Int64Array, RecordBatch};
//! use rowgroup::{BatchWriter, Layout, Limits};
//! use std::sync::Arc;
//!
//! let numbers = Arc::new(Int64Array::from(vec![Some(1), None, Some(3)]));
//! let batch = RecordBatch::try_from_iter([("bytes", numbers as _)])?;
//! let layout = Layout::new(&batch.schema())?;
//! let mut writer = BatchWriter::new(&layout, Limits::default(), Vec::new())?;
//! writer.write(&batch)?;
//! assert!(writer.finish()?.starts_with(b"PAR1"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod chunk;
mod codes;
mod delta;
mod file;
mod group;
mod hybrid;
mod intern;
mod layout;
mod levels;
mod limits;
mod numbers;
mod other;
mod texts;

pub use file::BatchWriter;
pub use group::{EncodedGroup, GroupBuilder};
pub use layout::Layout;
pub use limits::Limits;
