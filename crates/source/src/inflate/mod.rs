//! DEFLATE (RFC 1951), decoded as a stream, in safe code.
//!
//! [`Inflate`] writes into a window that it reuses, so memory is bounded and the output is still in cache when the
//! caller reads it. Input may end at any byte: a symbol is decoded whole or not at all, and what was read of it waits in
//! the bit buffer, which is long enough for the longest (48 bits). So the state between two calls is one of [`State`].
//!
//! Two loops decode symbols: [`fast`] while plenty of input is left, and [`Inflate::slow_symbol`] at the edges. Ideas
//! (64 bit buffer, packed entries, wide copies) are those of libdeflate and of Intel's igzip (two literals in an
//! entry). Malformed input is a [`Corrupt`], never a panic.
//!
//! Measured with `examples/inflate_speed.rs` on flow log text (gzip -6, an AMD EPYC core, CRC included): 0.98 to 1.05 of
//! libdeflate's speed and 1.7 to 2.0 of zlib-rs's. Pairing literals gives 10 %; a refill that is not needed costs as much;
//! windows of 128 to 512 KiB make no difference. On data with fixed codes only, where no pair fits, 0.88 to 0.95.

mod bits;
mod fast;
mod table;
mod window;

use std::fmt;

use bits::Bits;
use table::{Precode, Tables};
use window::Window;

/// What is wrong with compressed data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Corrupt {
    /// The data does not begin like a gzip member.
    Magic,
    /// The gzip header names another method than DEFLATE, or uses reserved flags.
    Method,
    /// The gzip header does not match its checksum.
    HeaderChecksum,
    /// A block has the reserved type 3.
    BlockType,
    /// A stored block's length does not match its complement.
    StoredLength,
    /// A block's code lengths make no code, too many symbols are declared, or the end of block has no code.
    CodeLengths,
    /// A code stands for no symbol.
    Symbol,
    /// A match reaches back before the first byte.
    Offset,
    /// The decompressed bytes do not match the checksum.
    Checksum,
    /// The decompressed bytes are not as many as the trailer says.
    Size,
    /// The data ends in the middle: usually an upload or a download that was cut.
    Truncated,
}

impl Corrupt {
    /// What is wrong, as the end of a sentence about the data.
    pub fn describe(self) -> &'static str {
        match self {
            Corrupt::Magic => "it does not begin like gzip data",
            Corrupt::Method => "the gzip header uses an unknown method or flag",
            Corrupt::HeaderChecksum => "the gzip header does not match its checksum",
            Corrupt::BlockType => "a block has an unknown type",
            Corrupt::StoredLength => "the length of a stored block contradicts itself",
            Corrupt::CodeLengths => "the code table of a block is invalid",
            Corrupt::Symbol => "a code stands for nothing",
            Corrupt::Offset => "a reference points before the first byte",
            Corrupt::Checksum => "the decompressed bytes do not match the checksum",
            Corrupt::Size => "the number of decompressed bytes does not match the trailer",
            Corrupt::Truncated => "the data ends before the end of the compressed stream",
        }
    }
}

impl fmt::Display for Corrupt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.describe())
    }
}

impl std::error::Error for Corrupt {}

/// Why [`Inflate::decode`] returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// The input is used up.
    NeedInput,
    /// The window is full: take its bytes.
    WindowFull,
    /// The last block has ended.
    Done,
}

/// Where in a stream the decoder is, between two calls.
enum State {
    BlockHeader,
    StoredHeader,
    Stored { left: usize },
    DynamicHeader,
    PrecodeLengths { read: usize },
    CodeLengths { read: usize, precode: Box<Precode> },
    Symbols,
    Done,
}

/// A streaming DEFLATE decoder.
pub(crate) struct Inflate {
    bits: Bits,
    window: Window,
    tables: Box<Tables>,
    state: State,
    /// This block is the last one.
    last: bool,
    /// Dynamic block: how many litlen, offset and precode lengths there are.
    declared: [usize; 3],
    lengths: [u8; 320],
}

/// The order in which a dynamic block gives the lengths of its precode.
const PRECODE_ORDER: [u8; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

impl Inflate {
    pub(crate) fn new() -> Inflate {
        Inflate {
            bits: Bits::default(),
            window: Window::new(),
            tables: Box::new(Tables::new()),
            state: State::BlockHeader,
            last: false,
            declared: [0; 3],
            lengths: [0; 320],
        }
    }

    /// Begins another stream, in the same input: bits already read are kept, and so are bytes not handed out.
    pub(crate) fn restart(&mut self) {
        self.window.forget();
        self.state = State::BlockHeader;
        self.last = false;
    }

    /// Decodes until the input is used up, the window is full or the stream has ended.
    pub(crate) fn decode(&mut self, input: &mut &[u8]) -> Result<Progress, Corrupt> {
        loop {
            if self.window.is_full() {
                return Ok(Progress::WindowFull);
            }
            let went_on = match self.state {
                State::BlockHeader => self.block_header(input)?,
                State::StoredHeader => self.stored_header(input)?,
                State::Stored { left } => self.stored(left, input),
                State::DynamicHeader => self.dynamic_header(input)?,
                State::PrecodeLengths { read } => self.precode_lengths(read, input)?,
                State::CodeLengths { .. } => self.code_lengths(input)?,
                State::Symbols => self.symbols(input)?,
                State::Done => return Ok(Progress::Done),
            };
            if !went_on {
                let full = self.window.is_full();
                return Ok(if full { Progress::WindowFull } else { Progress::NeedInput });
            }
        }
    }

    /// Reads up to 32 bits that are not part of the DEFLATE stream.
    pub(crate) fn take(&mut self, bits: u32, input: &mut &[u8]) -> Option<u32> {
        self.bits.take(bits, input)
    }

    /// Drops the bits up to the next byte.
    pub(crate) fn align(&mut self) {
        self.bits.align();
    }

    /// Whole bytes that were taken from the input and not used yet.
    pub(crate) fn bytes_held(&self) -> u64 {
        u64::from(self.bits.count / 8)
    }

    /// The decoded bytes that are not handed out.
    pub(crate) fn output(&self) -> &[u8] {
        self.window.new_bytes()
    }

    /// Marks the first `count` bytes of [`Inflate::output`] as handed out.
    pub(crate) fn hand_out(&mut self, count: usize) {
        self.window.hand_out(count);
    }

    /// Makes room for more output, once all of it is handed out.
    pub(crate) fn make_room(&mut self) {
        self.window.slide();
    }

    fn block_header(&mut self, input: &mut &[u8]) -> Result<bool, Corrupt> {
        let Some(header) = self.bits.take(3, input) else {
            return Ok(false);
        };
        self.last = header & 1 != 0;
        self.state = match header >> 1 {
            0 => State::StoredHeader,
            1 => {
                self.fixed_codes()?;
                State::Symbols
            }
            2 => State::DynamicHeader,
            _ => return Err(Corrupt::BlockType),
        };
        Ok(true)
    }

    /// What follows a block: another one, or nothing.
    fn after_block(&self) -> State {
        if self.last { State::Done } else { State::BlockHeader }
    }

    fn stored_header(&mut self, input: &mut &[u8]) -> Result<bool, Corrupt> {
        // Dropping bits twice is harmless: after the first time none are left below a byte.
        self.bits.align();
        let Some(lengths) = self.bits.take(32, input) else {
            return Ok(false);
        };
        let (length, complement) = (lengths & 0xffff, lengths >> 16);
        if length != complement ^ 0xffff {
            return Err(Corrupt::StoredLength);
        }
        self.state = State::Stored { left: length as usize };
        Ok(true)
    }

    fn stored(&mut self, mut left: usize, input: &mut &[u8]) -> bool {
        // Bytes in the bit buffer come first.
        while left > 0 && self.bits.count >= 8 && !self.window.is_full() {
            let byte = self.bits.buffer as u8;
            self.bits.skip(8);
            self.window.write(|out| out.push([byte, 0], 1));
            left -= 1;
        }
        if self.bits.count < 8 {
            let count = self.window.append(input, left);
            *input = &input[count..];
            left -= count;
        }
        self.state = if left == 0 { self.after_block() } else { State::Stored { left } };
        left == 0
    }

    fn fixed_codes(&mut self) -> Result<(), Corrupt> {
        let litlen = &mut self.lengths[..288];
        litlen[..144].fill(8);
        litlen[144..256].fill(9);
        litlen[256..280].fill(7);
        litlen[280..].fill(8);
        self.tables.set(&self.lengths[..288], &[5; 32])
    }

    fn dynamic_header(&mut self, input: &mut &[u8]) -> Result<bool, Corrupt> {
        let Some(header) = self.bits.take(14, input) else {
            return Ok(false);
        };
        self.declared = [257 + (header & 31), 1 + (header >> 5 & 31), 4 + (header >> 10)].map(|n| n as usize);
        if self.declared[0] > 286 || self.declared[1] > 30 {
            return Err(Corrupt::CodeLengths);
        }
        self.lengths[..19].fill(0);
        self.state = State::PrecodeLengths { read: 0 };
        Ok(true)
    }

    fn precode_lengths(&mut self, mut read: usize, input: &mut &[u8]) -> Result<bool, Corrupt> {
        for &symbol in PRECODE_ORDER.iter().take(self.declared[2]).skip(read) {
            let Some(length) = self.bits.take(3, input) else {
                self.state = State::PrecodeLengths { read };
                return Ok(false);
            };
            self.lengths[usize::from(symbol)] = length as u8;
            read += 1;
        }
        let precode = Box::new(Precode::new(&self.lengths[..19])?);
        self.state = State::CodeLengths { read: 0, precode };
        Ok(true)
    }

    fn code_lengths(&mut self, input: &mut &[u8]) -> Result<bool, Corrupt> {
        let State::CodeLengths { read, precode } = &mut self.state else {
            return Ok(true);
        };
        let (litlen, offset) = (self.declared[0], self.declared[1]);
        while *read < litlen + offset {
            if self.bits.count < 14 {
                self.bits.fill(input);
            }
            let (symbol, code) = precode.symbol(self.bits.buffer);
            let (extra, base) = [(2, 3), (3, 3), (7, 11)][usize::from(symbol.clamp(16, 18)) - 16];
            let (extra, base) = if symbol < 16 { (0, 1) } else { (extra, base) };
            if code + extra > self.bits.count {
                return Ok(false);
            }
            let repeat = base + (self.bits.buffer >> code & ((1 << extra) - 1)) as usize;
            self.bits.skip(code + extra);
            let length = match symbol {
                0..16 => symbol,
                16 => *read.checked_sub(1).and_then(|i| self.lengths.get(i)).ok_or(Corrupt::CodeLengths)?,
                _ => 0,
            };
            if *read + repeat > litlen + offset {
                return Err(Corrupt::CodeLengths);
            }
            self.lengths[*read..*read + repeat].fill(length);
            *read += repeat;
        }
        if self.lengths[256] == 0 {
            return Err(Corrupt::CodeLengths);
        }
        self.tables.set(&self.lengths[..litlen], &self.lengths[litlen..litlen + offset])?;
        self.state = State::Symbols;
        Ok(true)
    }

    fn symbols(&mut self, input: &mut &[u8]) -> Result<bool, Corrupt> {
        while !self.window.is_full() {
            if input.len() >= fast::INPUT_MARGIN {
                match fast::decode(&mut self.bits, input, &self.tables, &mut self.window)? {
                    fast::Stop::Edge => continue,
                    fast::Stop::EndOfBlock => {
                        self.state = self.after_block();
                        return Ok(true);
                    }
                }
            }
            if !self.slow_symbol(input)? {
                return Ok(false);
            }
            if !matches!(self.state, State::Symbols) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Decodes one symbol with every check. False if the input ends within it.
    fn slow_symbol(&mut self, input: &mut &[u8]) -> Result<bool, Corrupt> {
        self.bits.fill(input);
        // Works on a copy, which is kept once the symbol is known to be whole.
        let mut bits = self.bits;
        let mut entry = self.tables.litlen(bits.buffer);
        if entry.is_subtable() {
            if bits.count < table::LITLEN_ROOT {
                return Ok(false);
            }
            bits.skip(table::LITLEN_ROOT);
            entry = self.tables.litlen_below(entry, bits.buffer);
        }
        let start = bits.buffer;
        if bits.count < entry.bits_first() {
            return Ok(false);
        }
        bits.skip(entry.bits_first());
        if entry.is_literal() {
            self.window.write(|out| out.push(entry.bytes(), 1));
        } else if entry.is_end() {
            self.state = self.after_block();
        } else if entry.is_special() {
            return Err(Corrupt::Symbol);
        } else {
            let Some(offset) = slow_offset(&mut bits, &self.tables)? else {
                return Ok(false);
            };
            self.window.write(|out| {
                if offset > out.reach() {
                    return Err(Corrupt::Offset);
                }
                out.repeat(offset, entry.length(start));
                Ok(())
            })?;
        }
        self.bits = bits;
        Ok(true)
    }
}

/// The offset of a match, or `None` if the input ends within it.
fn slow_offset(bits: &mut Bits, tables: &Tables) -> Result<Option<usize>, Corrupt> {
    let mut entry = tables.offset(bits.buffer);
    if entry.is_subtable() {
        if bits.count < table::OFFSET_ROOT {
            return Ok(None);
        }
        bits.skip(table::OFFSET_ROOT);
        entry = tables.offset_below(entry, bits.buffer);
    }
    if bits.count < entry.drop() & 63 {
        return Ok(None);
    }
    if entry.is_special() {
        return Err(Corrupt::Symbol);
    }
    let offset = entry.offset(bits.buffer);
    bits.skip(entry.drop() & 63);
    Ok(Some(offset))
}
