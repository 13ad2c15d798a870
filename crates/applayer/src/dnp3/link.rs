//! Link frames (IEEE 1815, clause 9): a header of ten bytes, and blocks of up to sixteen bytes, each with its checksum.

/// Bytes of a header.
pub(super) const HEADER_BYTES: usize = 10;

/// What a frame begins with.
pub(super) const START: [u8; 2] = [0x05, 0x64];

const BLOCK_BYTES: usize = 16;
const CHECKSUM_BYTES: usize = 2;

/// Bytes that the length of a frame counts besides its data: control and both addresses.
const COUNTED_BYTES: usize = 5;

/// A frame's header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Link {
    /// Direction, who begins, and the link's function.
    pub(super) control: u8,
    /// Whom it is for.
    pub(super) destination: u16,
    /// Who sends it.
    pub(super) source: u16,
    length: u8,
}

impl Link {
    /// Reads a header; it says nothing of the checksum.
    pub(super) fn read(header: &[u8; HEADER_BYTES]) -> Link {
        let [_, _, length, control, d0, d1, s0, s1, ..] = *header;
        let (destination, source) = (u16::from_le_bytes([d0, d1]), u16::from_le_bytes([s0, s1]));
        Link { control, destination, source, length }
    }

    /// Its data without checksums; `None` where the length is too small for a header.
    pub(super) fn data_bytes(self) -> Option<usize> {
        usize::from(self.length).checked_sub(COUNTED_BYTES)
    }

    /// Bytes of the frame with its checksums.
    pub(super) fn frame_bytes(self) -> usize {
        let data_bytes = self.data_bytes().unwrap_or(0);
        HEADER_BYTES + data_bytes + data_bytes.div_ceil(BLOCK_BYTES) * CHECKSUM_BYTES
    }

    /// Does it carry data of an application: a primary frame with user data, confirmed or not?
    pub(super) fn has_user_data(self) -> bool {
        const PRIMARY: u8 = 0x40;
        self.control & PRIMARY != 0 && matches!(self.control & 0x0f, 3 | 4)
    }
}

/// Puts the data of a frame's blocks behind each other. Are all their checksums right?
pub(super) fn take_blocks(blocks: &[u8], data: &mut Vec<u8>) -> bool {
    let mut is_right = true;
    for block in blocks.chunks(BLOCK_BYTES + CHECKSUM_BYTES) {
        is_right &= has_checksum(block);
        data.extend_from_slice(&block[..block.len().saturating_sub(CHECKSUM_BYTES)]);
    }
    is_right
}

/// Do the last two bytes fit those before them?
pub(super) fn has_checksum(block: &[u8]) -> bool {
    let split = block.split_last_chunk::<CHECKSUM_BYTES>();
    split.is_some_and(|(bytes, sum)| checksum(bytes) == u16::from_le_bytes(*sum))
}

/// CRC-16/DNP.
pub(super) fn checksum(bytes: &[u8]) -> u16 {
    let step = |crc: u16, _| if crc & 1 == 1 { crc >> 1 ^ 0xa6bc } else { crc >> 1 };
    !bytes.iter().fold(0, |crc, byte| (0..8).fold(crc ^ u16::from(*byte), step))
}
