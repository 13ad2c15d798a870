//! How large a row group becomes.

/// A row group is complete when it reaches one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Rows: enough to compress well, and to be held in memory.
    pub rows_max: usize,
    /// Bytes of values held, looked at after each batch.
    pub held_bytes_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { rows_max: 128 << 10, held_bytes_max: 64 << 20 }
    }
}
