//! The inner loop: symbols while plenty of input and room remain, with nothing checked that need not be.
//!
//! One load tops the bit buffer up to 56 bits. That is enough for three literal entries from the root (33 bits), or
//! for two of them and the longest length code with its extra bits (42). An offset needs 28 more, so it may load again.

use super::Corrupt;
use super::bits::Bits;
use super::table::{Litlen, Offset, Tables};
use super::window::{Cursor, Window};

/// The loop ends when fewer input bytes than this are left: an iteration loads at most three times, 8 bytes each.
pub(super) const INPUT_MARGIN: usize = 32;

/// Why the loop ended.
pub(super) enum Stop {
    /// Little input or no room is left; the block goes on.
    Edge,
    /// The block has ended.
    EndOfBlock,
}

/// Decodes symbols of one block.
pub(super) fn decode(
    bits: &mut Bits,
    input: &mut &[u8],
    tables: &Tables,
    window: &mut Window,
) -> Result<Stop, Corrupt> {
    let (mut local, mut rest) = (*bits, *input);
    let result = window.write(|cursor| run(&mut local, &mut rest, tables, cursor));
    local.settle();
    (*bits, *input) = (local, rest);
    result
}

#[inline(always)]
fn run(bits: &mut Bits, input: &mut &[u8], tables: &Tables, out: &mut Cursor<'_>) -> Result<Stop, Corrupt> {
    if !bits.refill(input) {
        return Ok(Stop::Edge);
    }
    let mut entry = tables.litlen(bits.buffer);
    while input.len() >= INPUT_MARGIN && !out.is_full() {
        if entry.is_literal() {
            entry = literal(entry, bits, tables, out);
            if entry.is_literal() {
                entry = literal(entry, bits, tables, out);
                if entry.is_literal() {
                    literal(entry, bits, tables, out);
                    bits.refill(input);
                    entry = tables.litlen(bits.buffer);
                    continue;
                }
            }
        }
        if entry.is_special() {
            if entry.is_subtable() {
                bits.consume(entry.0);
                entry = tables.litlen_below(entry, bits.buffer);
            }
            if entry.is_literal() {
                literal(entry, bits, tables, out);
                bits.refill(input);
                entry = tables.litlen(bits.buffer);
                continue;
            }
            if entry.is_special() {
                bits.consume(entry.0);
                return if entry.is_end() { Ok(Stop::EndOfBlock) } else { Err(Corrupt::Symbol) };
            }
        }
        let length = entry.length(bits.buffer);
        bits.consume(entry.0);
        if (bits.count as u8) < 28 {
            bits.refill(input);
        }
        let from = offset(bits, tables);
        let offset = from.offset(bits.buffer);
        bits.consume(from.drop());
        bits.refill(input);
        entry = tables.litlen(bits.buffer);
        if from.is_special() || offset > out.reach() {
            return Err(if from.is_special() { Corrupt::Symbol } else { Corrupt::Offset });
        }
        out.repeat(offset, length);
    }
    Ok(Stop::Edge)
}

/// Writes a literal entry and looks the next entry up.
#[inline(always)]
fn literal(entry: Litlen, bits: &mut Bits, tables: &Tables, out: &mut Cursor<'_>) -> Litlen {
    bits.consume(entry.0);
    let next = tables.litlen(bits.buffer);
    out.push(entry.bytes(), entry.literals());
    next
}

/// The offset's entry; the bits of a root entry before a subtable are dropped.
#[inline(always)]
fn offset(bits: &mut Bits, tables: &Tables) -> Offset {
    let entry = tables.offset(bits.buffer);
    if !entry.is_subtable() {
        return entry;
    }
    bits.consume(entry.drop());
    tables.offset_below(entry, bits.buffer)
}
