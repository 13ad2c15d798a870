//! DELTA_BINARY_PACKED: differences of neighbours, packed in as few bits as 32 of them need.
//!
//! Parquet format, "Delta Encoding (DELTA_BINARY_PACKED = 5)".

use crate::hybrid::{BitPacker, push_varint};

const BLOCK_VALUES: usize = 128;
const MINIBLOCK_VALUES: usize = 32;
const MINIBLOCKS: usize = BLOCK_VALUES / MINIBLOCK_VALUES;

/// Appends the values. They must lie so near to each other that no difference overflows.
pub(crate) fn push_deltas(values: &[i64], out: &mut Vec<u8>) {
    push_varint(BLOCK_VALUES as u64, out);
    push_varint(MINIBLOCKS as u64, out);
    push_varint(values.len() as u64, out);
    push_zigzag(values.first().copied().unwrap_or_default(), out);
    let mut deltas = [0; BLOCK_VALUES];
    for at in (1..values.len()).step_by(BLOCK_VALUES) {
        let count = BLOCK_VALUES.min(values.len() - at);
        let neighbours = values[at - 1..at + count].windows(2);
        deltas.iter_mut().zip(neighbours).for_each(|(delta, pair)| *delta = pair[1].wrapping_sub(pair[0]));
        push_block(&mut deltas[..count], out);
    }
}

fn push_block(deltas: &mut [i64], out: &mut Vec<u8>) {
    let least = deltas.iter().copied().min().unwrap_or_default();
    deltas.iter_mut().for_each(|delta| *delta = delta.wrapping_sub(least));
    push_zigzag(least, out);
    let mut widths = [0_u8; MINIBLOCKS];
    for (width, miniblock) in widths.iter_mut().zip(deltas.chunks(MINIBLOCK_VALUES)) {
        let every_bit = miniblock.iter().fold(0, |bits, delta| bits | *delta as u64);
        *width = (u64::BITS - every_bit.leading_zeros()) as u8;
    }
    out.extend_from_slice(&widths);
    for (width, miniblock) in widths.iter().zip(deltas.chunks(MINIBLOCK_VALUES)) {
        let end = out.len() + *width as usize * MINIBLOCK_VALUES / 8;
        let mut packer = BitPacker::new(out);
        miniblock.iter().for_each(|delta| packer.push(*delta as u64, u32::from(*width)));
        packer.finish();
        // A miniblock has all of its values, the last one too.
        out.resize(end, 0);
    }
}

fn push_zigzag(value: i64, out: &mut Vec<u8>) {
    push_varint((value << 1 ^ value >> 63) as u64, out);
}
