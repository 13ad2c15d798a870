//! What HTTP/1 and HTTP/2 have in common: the table, heads, bodies and their files, times.

pub(crate) mod buffers;
pub(crate) mod content;
pub mod headers;
pub(crate) mod multipart;
pub(crate) mod name;
pub mod range;
mod table;
mod timing;
pub(crate) mod uri;

pub(crate) use table::TABLES;
pub use timing::Times;
