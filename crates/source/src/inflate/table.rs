//! Decoding tables: a code's next bits index an entry that says everything about the symbol.
//!
//! Both tables have a root that is indexed by a fixed number of bits; longer codes continue in a subtable.
//!
//! ```text
//! Litlen (u32)   0..8 bits to drop   8..12 code length   12..14 literals   14 special   15 subtable
//!     literals   16..24 first byte   24..32 second byte (two short literals share an entry)
//!     length     16..25 base         27..32 mask of the extra bits
//!     subtable   16..28 start        28..32 mask of its index bits
//! Offset (u64)   0..16 as above      16..32 base or start      32..48 mask of the extra or index bits
//! ```
//!
//! "Bits to drop" counts extra bits too. In a pair of literals "code length" is that of the first one, for the slow
//! loop, which takes them one by one. In a subtable both leave out the root's bits, which are dropped before.

use super::Corrupt;

/// Bits that index the root of the literal and length table.
pub(super) const LITLEN_ROOT: u32 = 11;
/// Bits that index the root of the offset table.
pub(super) const OFFSET_ROOT: u32 = 8;
/// Bits that index the table of the code lengths' code, which has no subtables.
const PRECODE_ROOT: u32 = 7;

/// More than a complete code of 288 symbols and 15 bits needs below an 11 bit root (2,342).
const LITLEN_SIZE: usize = 4096;
/// More than a complete code of 32 symbols and 15 bits needs below an 8 bit root (402).
const OFFSET_SIZE: usize = 512;

/// The entry is one or two literals: `entry & LITERALS` is their number, shifted by 12.
const LITERALS: u32 = 3 << 12;
const ONE_LITERAL: u32 = 1 << 12;
/// The entry is a subtable, the end of the block, or no code at all.
const SPECIAL: u32 = 1 << 14;
const SUBTABLE: u32 = 1 << 15;
/// End of block; a special entry that is neither this nor a subtable is invalid.
const END: u32 = SPECIAL | 1 << 16;
/// Drops 15 bits, so that the slow loop asks for all the input there is before it calls a code invalid.
const INVALID: u32 = SPECIAL | 15;

/// What one table's entries are made of.
trait Packed: Copy {
    const INVALID: Self;
    /// Adds the length of a symbol's code to its template.
    fn coded(self, length: u32) -> Self;
    /// The root entry of a subtable.
    fn subtable(start: usize, index_bits: u32, root: u32) -> Self;
}

/// An entry for a literal, two literals, a match length, or the end of the block.
#[derive(Clone, Copy, Debug)]
pub(super) struct Litlen(pub(super) u32);

impl Litlen {
    #[inline(always)]
    pub(super) fn is_literal(self) -> bool {
        self.0 & LITERALS != 0
    }
    #[inline(always)]
    pub(super) fn is_special(self) -> bool {
        self.0 & SPECIAL != 0
    }
    #[inline(always)]
    pub(super) fn is_subtable(self) -> bool {
        self.0 & SUBTABLE != 0
    }
    pub(super) fn is_end(self) -> bool {
        self.0 & END == END
    }
    /// How many literals: 1 or 2.
    #[inline(always)]
    pub(super) fn literals(self) -> usize {
        ((self.0 >> 12) & 3) as usize
    }
    /// The literal, or both; with one, the second byte means nothing.
    #[inline(always)]
    pub(super) fn bytes(self) -> [u8; 2] {
        ((self.0 >> 16) as u16).to_le_bytes()
    }
    /// The match length; `bits` start with the code.
    #[inline(always)]
    pub(super) fn length(self, bits: u64) -> usize {
        let extra = (bits >> ((self.0 >> 8) & 63)) as u32 & (self.0 >> 27);
        (((self.0 >> 16) & 0x1ff) + extra) as usize
    }
    /// Bits of this entry with its extra bits, or of its first literal.
    pub(super) fn bits_first(self) -> u32 {
        if self.is_literal() { (self.0 >> 8) & 15 } else { self.0 & 63 }
    }
}

impl Packed for Litlen {
    const INVALID: Litlen = Litlen(INVALID);
    fn coded(self, length: u32) -> Litlen {
        Litlen(self.0 + length + (length << 8))
    }
    fn subtable(start: usize, index_bits: u32, root: u32) -> Litlen {
        Litlen(root | SPECIAL | SUBTABLE | (start as u32) << 16 | ((1 << index_bits) - 1) << 28)
    }
}

/// An entry for a match offset.
#[derive(Clone, Copy, Debug)]
pub(super) struct Offset(pub(super) u64);

impl Offset {
    #[inline(always)]
    pub(super) fn is_special(self) -> bool {
        self.0 as u32 & SPECIAL != 0
    }
    #[inline(always)]
    pub(super) fn is_subtable(self) -> bool {
        self.0 as u32 & SUBTABLE != 0
    }
    /// The offset; `bits` start with the code.
    #[inline(always)]
    pub(super) fn offset(self, bits: u64) -> usize {
        let extra = (bits >> ((self.0 >> 8) & 63)) & (self.0 >> 32);
        (((self.0 >> 16) & 0xffff) + extra) as usize
    }
    /// The bits to drop, in the low byte.
    #[inline(always)]
    pub(super) fn drop(self) -> u32 {
        self.0 as u32
    }
}

impl Packed for Offset {
    const INVALID: Offset = Offset(INVALID as u64);
    fn coded(self, length: u32) -> Offset {
        Offset(self.0 + u64::from(length + (length << 8)))
    }
    fn subtable(start: usize, index_bits: u32, root: u32) -> Offset {
        Offset(u64::from(root | SPECIAL | SUBTABLE) | (start as u64) << 16 | ((1 << index_bits) - 1) << 32)
    }
}

/// The two tables of a block.
pub(super) struct Tables {
    litlen: [Litlen; LITLEN_SIZE],
    offset: [Offset; OFFSET_SIZE],
}

impl Tables {
    pub(super) fn new() -> Tables {
        Tables { litlen: [Litlen::INVALID; LITLEN_SIZE], offset: [Offset::INVALID; OFFSET_SIZE] }
    }

    /// Makes both tables from the code lengths of a block.
    pub(super) fn set(&mut self, litlen: &[u8], offset: &[u8]) -> Result<(), Corrupt> {
        build(litlen, &LITLEN_SYMBOLS, LITLEN_ROOT, &mut self.litlen)?;
        pair_literals(&mut self.litlen);
        build(offset, &OFFSET_SYMBOLS, OFFSET_ROOT, &mut self.offset)
    }

    #[inline(always)]
    pub(super) fn litlen(&self, bits: u64) -> Litlen {
        self.litlen[bits as usize & ((1 << LITLEN_ROOT) - 1)]
    }
    /// The entry below `root`; `bits` start after the root's bits.
    #[inline(always)]
    pub(super) fn litlen_below(&self, root: Litlen, bits: u64) -> Litlen {
        let index = ((root.0 >> 16) & 0xfff) + (bits as u32 & (root.0 >> 28));
        self.litlen[index as usize % LITLEN_SIZE]
    }
    #[inline(always)]
    pub(super) fn offset(&self, bits: u64) -> Offset {
        self.offset[bits as usize & ((1 << OFFSET_ROOT) - 1)]
    }
    /// The entry below `root`; `bits` start after the root's bits.
    #[inline(always)]
    pub(super) fn offset_below(&self, root: Offset, bits: u64) -> Offset {
        let index = ((root.0 >> 16) & 0xffff) + (bits & (root.0 >> 32));
        self.offset[index as usize % OFFSET_SIZE]
    }
}

/// The code in which a dynamic block writes its code lengths.
pub(super) struct Precode([Litlen; 1 << PRECODE_ROOT]);

impl Precode {
    pub(super) fn new(lengths: &[u8]) -> Result<Precode, Corrupt> {
        let mut table = [Litlen::INVALID; 1 << PRECODE_ROOT];
        build(lengths, &LITLEN_SYMBOLS, PRECODE_ROOT, &mut table)?;
        if table.iter().any(|entry| entry.is_special()) {
            return Err(Corrupt::CodeLengths);
        }
        Ok(Precode(table))
    }
    /// The next symbol and the bits of its code.
    pub(super) fn symbol(&self, bits: u64) -> (u8, u32) {
        let entry = self.0[bits as usize % (1 << PRECODE_ROOT)];
        (entry.bytes()[0], entry.bits_first())
    }
}

/// Joins two literals in one entry wherever both codes fit the root's bits.
fn pair_literals(table: &mut [Litlen; LITLEN_SIZE]) {
    // Downwards: an entry's second literal is looked up below it, where nothing is joined yet.
    for index in (0..1 << LITLEN_ROOT).rev() {
        let first = table[index].0;
        let length = first & 15;
        let second = table[index >> length].0;
        let both = first & second & LITERALS == ONE_LITERAL && length + (second & 63) <= LITLEN_ROOT;
        // Without this the sum means nothing, and may not even fit.
        let joined = first.wrapping_add((second & 0xff) + ONE_LITERAL + ((second & 0x00ff_0000) << 8));
        table[index] = Litlen(if both { joined } else { first });
    }
}

/// Fills `table` with the canonical code that has these lengths (0: the symbol is not used).
fn build<E: Packed>(lengths: &[u8], symbols: &[E], root: u32, table: &mut [E]) -> Result<(), Corrupt> {
    let mut counts = [0u16; 16];
    for &length in lengths {
        counts[usize::from(length & 15)] += 1;
    }
    counts[0] = 0;
    let longest = (1..16).rev().find(|&length| counts[length] != 0).unwrap_or(0) as u32;
    check_complete(&counts, longest)?;
    let mut starts = [0u16; 17];
    for length in 1..16 {
        starts[length + 1] = starts[length] + counts[length];
    }
    let mut sorted = [0u16; 320];
    for (symbol, &length) in lengths.iter().enumerate().filter(|&(_, &length)| length != 0) {
        let place = &mut starts[usize::from(length & 15)];
        sorted[usize::from(*place)] = symbol as u16;
        *place += 1;
    }

    // `code` is kept with its bits reversed, as the look-up sees them. Each length doubles the part of the root in
    // use, which repeats the shorter codes in the new half.
    let (mut code, mut next) = (0u32, 0);
    table[0] = E::INVALID;
    for length in 1..=root {
        table.copy_within(..1 << (length - 1), 1 << (length - 1));
        for _ in 0..counts[length as usize] {
            table[code as usize] = symbols[usize::from(sorted[next])].coded(length);
            code = following(code, length);
            next += 1;
        }
    }
    if longest > root {
        build_below(&mut counts, longest, symbols, &sorted[next..], code, root, table)?;
    }
    Ok(())
}

/// Fills the subtables with the codes longer than the root's bits. `code` is the first of them.
fn build_below<E: Packed>(
    counts: &mut [u16; 16],
    longest: u32,
    symbols: &[E],
    mut sorted: &[u16],
    mut code: u32,
    root: u32,
    table: &mut [E],
) -> Result<(), Corrupt> {
    let mut free = 1 << root;
    let (mut prefix, mut start) = (u32::MAX, 0);
    for length in root + 1..=longest {
        while counts[length as usize] > 0 {
            let (&symbol, rest) = sorted.split_first().ok_or(Corrupt::CodeLengths)?;
            if code & ((1 << root) - 1) != prefix {
                prefix = code & ((1 << root) - 1);
                let index_bits = subtable_bits(counts, length, longest, root);
                start = free;
                free += 1 << index_bits;
                table[prefix as usize] = E::subtable(start, index_bits, root);
            }
            let subtable = table.get_mut(start..free).ok_or(Corrupt::CodeLengths)?;
            let entry = symbols[usize::from(symbol)].coded(length - root);
            subtable[(code >> root) as usize..].iter_mut().step_by(1 << (length - root)).for_each(|e| *e = entry);
            counts[length as usize] -= 1;
            code = following(code, length);
            sorted = rest;
        }
    }
    Ok(())
}

/// The index bits of a subtable that begins with a code of `length`: enough for the longest code that falls in it.
fn subtable_bits(counts: &[u16; 16], length: u32, longest: u32, root: u32) -> u32 {
    let mut bits = length - root;
    let mut left = 1i32 << bits;
    while bits + root < longest {
        left -= i32::from(counts[(bits + root) as usize]);
        if left <= 0 {
            break;
        }
        bits += 1;
        left <<= 1;
    }
    bits
}

/// The code after `code` among those of `length` bits, both with their bits reversed; 0 after the last.
fn following(code: u32, length: u32) -> u32 {
    let zeros = !code & ((1 << length) - 1);
    if zeros == 0 {
        return 0;
    }
    let highest = 1 << (31 - zeros.leading_zeros());
    code & (highest - 1) | highest
}

/// Refuses codes with too many words, and with too few, save a single word of one bit and no word at all.
fn check_complete(counts: &[u16; 16], longest: u32) -> Result<(), Corrupt> {
    let mut left = 1i32;
    for &count in &counts[1..] {
        left = (left << 1) - i32::from(count);
        if left < 0 {
            return Err(Corrupt::CodeLengths);
        }
    }
    if left > 0 && longest > 1 { Err(Corrupt::CodeLengths) } else { Ok(()) }
}

/// What every literal and length symbol means, without its code.
static LITLEN_SYMBOLS: [Litlen; 288] = {
    let mut symbols = [Litlen(INVALID & !15); 288];
    let mut symbol = 0;
    while symbol < 256 {
        symbols[symbol] = Litlen(ONE_LITERAL | (symbol as u32) << 16);
        symbol += 1;
    }
    symbols[256] = Litlen(END);
    let (mut symbol, mut base) = (0, 3);
    while symbol < 28 {
        let extra = if symbol < 8 { 0 } else { (symbol - 4) / 4 };
        symbols[257 + symbol] = Litlen(extra as u32 | base << 16 | ((1 << extra) - 1) << 27);
        base += 1 << extra;
        symbol += 1;
    }
    symbols[285] = Litlen(258 << 16);
    symbols
};

/// What every offset symbol means, without its code.
static OFFSET_SYMBOLS: [Offset; 32] = {
    let mut symbols = [Offset((INVALID & !15) as u64); 32];
    let (mut symbol, mut base) = (0, 1);
    while symbol < 30 {
        let extra: u64 = if symbol < 4 { 0 } else { (symbol as u64 - 2) / 2 };
        symbols[symbol] = Offset(extra | base << 16 | ((1 << extra) - 1) << 32);
        base += 1 << extra;
        symbol += 1;
    }
    symbols
};
