//! Every limit of this crate, in one place.

/// What discovery and a [`Reader`](crate::Reader) may use up. The defaults suit logs; raise them for odd ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Objects that one discovery gives at most; what is beyond is one [`Problem`](crate::Problem).
    pub objects_max: usize,
    /// Folders within folders that are walked.
    pub folder_depth_max: usize,
    /// Bytes that one object may decompress to. `None`: no end, since memory is bounded anyway.
    pub decompressed_bytes_max: Option<u64>,
    /// Decompressed bytes per compressed byte, once `ratio_free_bytes` are decompressed. Logs have 4 to 60.
    pub ratio_max: u64,
    /// Decompressed bytes of an object before `ratio_max` counts.
    pub ratio_free_bytes: u64,
    /// How often compressed data in compressed data is unwrapped. CloudWatch through Firehose gives 2.
    pub layers_max: usize,
    /// The base 2 logarithm of the window a zstd frame may ask for. This is the one allocation that the data
    /// chooses: 2 MiB as `zstd` writes it by default, 8 MiB at level 19, 128 MiB (27) with `--long`.
    pub zstd_window_log_max: u32,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            objects_max: 10_000_000,
            folder_depth_max: 100,
            decompressed_bytes_max: None,
            ratio_max: 500,
            ratio_free_bytes: 64 << 20,
            layers_max: 2,
            zstd_window_log_max: 27,
        }
    }
}
