//! Every limit of this crate, in one place.

/// What a [`FrameReader`](crate::FrameReader) may use up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a frame; a longer one is passed over and told. tcpdump captures 262,144 at most.
    pub frame_bytes_max: u32,
    /// Bytes of a pcapng block that is not a frame; a longer one is passed over and told. This bounds what is held when a border of
    /// chunks cuts a block.
    pub block_bytes_max: u32,
    /// Interfaces of a pcapng section; frames of those beyond are passed over and told.
    pub interfaces_max: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { frame_bytes_max: 16 << 20, block_bytes_max: 64 << 20, interfaces_max: 65_536 }
    }
}
