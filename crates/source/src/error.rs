//! What can go wrong, said so that the user can act on it.

use std::fmt;

/// Something about the inputs that the user should know. The rest of the inputs are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Whether data that was asked for is missing.
    pub severity: Severity,
    /// What happened, such as `cannot read the folder`.
    pub what: String,
    /// The path or input it is about, as the user would recognise it.
    pub path: String,
    /// The cause, as far as it is known.
    pub why: String,
    /// What to do about it.
    pub hint: String,
}

/// How bad a [`Problem`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing is missing.
    Note,
    /// Data that was asked for is not read.
    Error,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {} ({})", self.path, self.what, self.why, self.hint)
    }
}

/// Why an object cannot be read to its end. Everything before the fault has been given out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceError {
    /// The kind of fault, for a program to tell them apart.
    pub kind: ErrorKind,
    /// The object's name.
    pub object: String,
    /// Bytes of the object that were used when the fault was found.
    pub compressed_offset: u64,
    /// Decompressed bytes given out before it.
    pub decompressed_offset: u64,
    /// What happened.
    pub what: String,
    /// The cause, as far as it is known.
    pub why: String,
    /// What to do about it.
    pub hint: String,
}

/// The kinds of [`SourceError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The operating system cannot open or read the object: permissions, a disk, a network mount.
    Read,
    /// The compressed data ends too early: usually an upload or a download that was cut.
    Truncated,
    /// The compressed data is damaged.
    Corrupt,
    /// A limit of [`Limits`](crate::Limits) is reached: usually a decompression bomb.
    Limit,
    /// The object is compressed or packed in a way this version does not read.
    Unsupported,
}

impl SourceError {
    /// The message where the object's name stands beside it.
    pub fn without_object(&self) -> String {
        let SourceError { what, why, hint, compressed_offset, .. } = self;
        format!("{what} at byte {compressed_offset}: {why} ({hint})")
    }
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.object, self.without_object())
    }
}

impl std::error::Error for SourceError {}

impl From<SourceError> for Problem {
    fn from(error: SourceError) -> Problem {
        let what = format!("{} at byte {}", error.what, error.compressed_offset);
        Problem { severity: Severity::Error, what, path: error.object, why: error.why, hint: error.hint }
    }
}
