//! What a list may cost.

/// Limits on one list; each has a counter in the [`LoadReport`](super::LoadReport).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of text read; the rest is counted in `bytes_over_limit`.
    pub bytes_max: usize,
    /// Bytes of a JSON document, which is held in memory several times over; a larger one is not read.
    pub json_bytes_max: usize,
    /// Entries kept; the rest is counted in `entries_over_limit`.
    pub entries_max: usize,
    /// Exceptions (`!1.2.3.4`) that are taken out of the list's networks; those beyond are only counted as withdrawn.
    pub exceptions_max: usize,
    /// Bytes of one line; a longer one is skipped and counted.
    pub line_bytes_max: usize,
    /// Bytes of one label; longer ones are cut.
    pub label_bytes_max: usize,
    /// Prefixes that one `a-b` range may become.
    pub range_prefixes_max: usize,
    /// Alternatives that one STIX pattern may become.
    pub alternatives_max: usize,
    /// Nesting of a STIX pattern. (JSON has serde_json's own limit of 128.)
    pub pattern_depth_max: usize,
    /// Examples kept for each reason of skipping.
    pub examples_max: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            bytes_max: 512 << 20,
            json_bytes_max: 128 << 20,
            entries_max: 4_000_000,
            exceptions_max: 1_000,
            line_bytes_max: 64 << 10,
            label_bytes_max: 200,
            range_prefixes_max: 256,
            alternatives_max: 10_000,
            pattern_depth_max: 32,
            examples_max: 3,
        }
    }
}
