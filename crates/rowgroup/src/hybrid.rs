//! The RLE and bit-packing hybrid, in which levels and dictionary codes are stored.
//!
//! Parquet format, "Run Length Encoding / Bit-Packing Hybrid (RLE = 3)": runs of one value are
//! (count << 1) and the value; the rest is (groups of eight << 1 | 1) and the packed bits.

use arrow_buffer::BooleanBuffer;

/// Values that a run must have to be worth ending the packed values before it.
const RUN_MIN: usize = 16;
/// Whole bytes of a bitmap that a run of levels must have.
const LEVEL_RUN_BYTES_MIN: usize = 4;

/// Bits that hold every value up to this one; at least one bit, which every reader takes.
pub(crate) fn bits_of(value_max: u32) -> u32 {
    (u32::BITS - value_max.leading_zeros()).max(1)
}

/// Appends an unsigned number in groups of seven bits, least significant first (ULEB128).
pub(crate) fn push_varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Appends a run of `count` times the value, in as many whole bytes as `width` bits need.
pub(crate) fn push_run(value: u32, count: usize, width: u32, out: &mut Vec<u8>) {
    push_varint((count as u64) << 1, out);
    out.extend_from_slice(&value.to_le_bytes()[..width.div_ceil(8) as usize]);
}

/// Packs values of `width` bits (at most 64), least significant bit first.
pub(crate) struct BitPacker<'a> {
    out: &'a mut Vec<u8>,
    held: u64,
    held_bits: u32,
}

impl<'a> BitPacker<'a> {
    pub(crate) fn new(out: &'a mut Vec<u8>) -> Self {
        BitPacker { out, held: 0, held_bits: 0 }
    }

    /// `value` has no bit beyond `width`.
    #[inline]
    pub(crate) fn push(&mut self, value: u64, width: u32) {
        if width > 32 {
            self.push_short(value & 0xffff_ffff, 32);
            self.push_short(value >> 32, width - 32);
        } else {
            self.push_short(value, width);
        }
    }

    #[inline]
    fn push_short(&mut self, value: u64, width: u32) {
        self.held |= value << self.held_bits;
        self.held_bits += width;
        if self.held_bits >= 32 {
            self.out.extend_from_slice(&(self.held as u32).to_le_bytes());
            self.held >>= 32;
            self.held_bits -= 32;
        }
    }

    /// Writes the last bits, filled up with zeros to a whole byte.
    pub(crate) fn finish(self) {
        let bytes = self.held_bits.div_ceil(8) as usize;
        self.out.extend_from_slice(&self.held.to_le_bytes()[..bytes]);
    }
}

/// Appends codes of `width` bits.
pub(crate) fn push_codes(codes: &[u32], width: u32, out: &mut Vec<u8>) {
    let (mut packed_from, mut at) = (0, 0);
    while at < codes.len() {
        let run = run_length(&codes[at..]);
        if run < RUN_MIN {
            at = (at + 8).min(codes.len());
            continue;
        }
        push_packed(&codes[packed_from..at], width, out);
        push_run(codes[at], run, width, out);
        at += run;
        packed_from = at;
    }
    push_packed(&codes[packed_from..], width, out);
}

#[inline]
fn run_length(codes: &[u32]) -> usize {
    codes.iter().position(|code| *code != codes[0]).unwrap_or(codes.len())
}

fn push_packed(codes: &[u32], width: u32, out: &mut Vec<u8>) {
    if codes.is_empty() {
        return;
    }
    let groups = codes.len().div_ceil(8);
    push_varint((groups as u64) << 1 | 1, out);
    let end = out.len() + groups * width as usize;
    out.reserve(groups * width as usize + 8);
    match width {
        8 => out.extend(codes.iter().map(|code| *code as u8)),
        16 => codes.iter().for_each(|code| out.extend_from_slice(&(*code as u16).to_le_bytes())),
        _ => {
            let mut packer = BitPacker::new(out);
            codes.iter().for_each(|code| packer.push_short(u64::from(*code), width));
            packer.finish();
        }
    }
    out.resize(end, 0);
}

/// Appends levels of one bit: 1 where a value is, 0 where it is null.
pub(crate) fn push_levels(valid: &BooleanBuffer, out: &mut Vec<u8>) {
    let bitmap = valid.sliced();
    let bytes = &bitmap.as_slice()[..valid.len().div_ceil(8)];
    // The last byte may hold fewer than eight levels; only a packed run may end like that.
    let whole = valid.len() / 8;
    let (mut packed_from, mut at) = (0, 0);
    while at < whole {
        let run = match bytes[at] {
            0x00 | 0xff => bytes[at..whole].iter().position(|byte| *byte != bytes[at]).unwrap_or(whole - at),
            _ => 0,
        };
        if run < LEVEL_RUN_BYTES_MIN {
            at += 1;
            continue;
        }
        push_packed_bytes(&bytes[packed_from..at], out);
        push_run(u32::from(bytes[at] & 1), run * 8, 1, out);
        at += run;
        packed_from = at;
    }
    push_packed_bytes(&bytes[packed_from..], out);
}

fn push_packed_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    if !bytes.is_empty() {
        push_varint((bytes.len() as u64) << 1 | 1, out);
        out.extend_from_slice(bytes);
    }
}
