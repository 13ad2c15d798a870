//! Numbers in traffic: `byte_test`, `byte_jump`, `byte_extract`, `byte_math`.

use super::{Amount, Buffer, State};

/// How the bytes of a number are to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Binary, the highest byte first.
    BigEndian,
    /// Binary, the lowest byte first.
    LittleEndian,
    /// Digits to this base.
    Digits(u32),
}

/// A number in a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// How many bytes.
    pub bytes: Amount,
    /// Where, from the begin or from the last find.
    pub offset: Amount,
    /// Does it count from the last find?
    pub is_relative: bool,
    /// How its bytes are read.
    pub source: Source,
    /// Bits that count; the result is shifted so that their lowest is the first.
    pub mask: Option<u64>,
    /// What it is multiplied with; 1 for nothing.
    pub multiplier: u64,
}

impl Reading {
    /// The number, and where it ends.
    fn read(&self, buffer: Buffer<'_>, at: usize, state: &State) -> Option<(u64, usize)> {
        let base = if self.is_relative { at as i64 } else { 0 };
        let start = usize::try_from(base.checked_add(self.offset.value(state))?).ok()?;
        let count = usize::try_from(self.bytes.value(state)).ok()?;
        let (value, end) = match self.source {
            Source::Digits(base) => {
                let text = buffer.bytes.get(start..)?;
                let (value, length) = digits(&text[..count.min(text.len())], base)?;
                (value, start + length)
            }
            source => {
                let bytes = buffer.bytes.get(start..start.checked_add(count)?)?;
                let fold = |value: u64, byte: &u8| value << 8 | u64::from(*byte);
                let value = match source {
                    Source::LittleEndian => bytes.iter().rev().fold(0, fold),
                    _ => bytes.iter().fold(0, fold),
                };
                (value, start + count)
            }
        };
        let value = match self.mask {
            Some(mask) if mask != 0 => (value & mask) >> mask.trailing_zeros(),
            _ => value,
        };
        Some((value.wrapping_mul(self.multiplier.max(1)), end))
    }
}

/// The number that digits say, blanks before it skipped, and how many bytes that are.
fn digits(text: &[u8], base: u32) -> Option<(u64, usize)> {
    let blanks = text.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let rest = &text[blanks..];
    let has_prefix = base == 16 && rest.len() > 2 && rest[..2].eq_ignore_ascii_case(b"0x");
    let prefix = if has_prefix { 2 } else { 0 };
    let rest = &rest[prefix..];
    let length = rest.iter().take_while(|byte| char::from(**byte).is_digit(base)).count();
    let text = std::str::from_utf8(&rest[..length]).ok().filter(|digits| !digits.is_empty())?;
    let value = u64::from_str_radix(text, base).ok()?;
    Some((value, blanks + prefix + length))
}

/// How two numbers are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `=`
    Equal,
    /// `&`: they share a bit.
    And,
    /// `^`: they share none.
    Or,
}

/// `byte_test`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByteTest {
    /// The number.
    pub reading: Reading,
    /// How it is compared.
    pub comparison: Comparison,
    /// With what.
    pub value: Amount,
    /// Must it not be so?
    pub is_negated: bool,
}

impl ByteTest {
    pub(super) fn holds(&self, buffer: Buffer<'_>, at: usize, state: &State) -> bool {
        let Some((number, _)) = self.reading.read(buffer, at, state) else { return false };
        let value = self.value.value(state) as u64;
        let is_so = match self.comparison {
            Comparison::Less => number < value,
            Comparison::LessOrEqual => number <= value,
            Comparison::Greater => number > value,
            Comparison::GreaterOrEqual => number >= value,
            Comparison::Equal => number == value,
            Comparison::And => number & value != 0,
            Comparison::Or => number ^ value != 0,
        };
        is_so != self.is_negated
    }
}

/// `byte_jump`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByteJump {
    /// The number.
    pub reading: Reading,
    /// Is it rounded up to a multiple of four?
    pub is_aligned: bool,
    /// Does it count from the buffer's begin?
    pub is_from_beginning: bool,
    /// Does it count from the buffer's end?
    pub is_from_end: bool,
    /// Bytes that are added.
    pub post_offset: Amount,
}

impl ByteJump {
    /// Where it goes to.
    pub(super) fn target(&self, buffer: Buffer<'_>, at: usize, state: &State) -> Option<usize> {
        let (number, end) = match self.reading.bytes {
            // No bytes are read: it only jumps on.
            Amount::Fixed(0) => (0, if self.reading.is_relative { at } else { 0 }),
            _ => self.reading.read(buffer, at, state)?,
        };
        let aligned = if self.is_aligned { number.checked_add(3)? & !3 } else { number };
        let base = match (self.is_from_beginning, self.is_from_end) {
            (true, _) => 0,
            (_, true) => buffer.bytes.len(),
            _ => end,
        };
        let target =
            (base as i64).checked_add(i64::try_from(aligned).ok()?)?.checked_add(self.post_offset.value(state))?;
        // A jump to before the begin ends at the begin.
        usize::try_from(target.max(0)).ok().filter(|target| *target <= buffer.bytes.len())
    }
}

/// `byte_extract`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByteExtract {
    /// The number.
    pub reading: Reading,
    /// The variable that takes it.
    pub variable: usize,
    /// What it is rounded up to a multiple of; 1 for nothing.
    pub align: u64,
}

impl ByteExtract {
    pub(super) fn take(&self, buffer: Buffer<'_>, at: usize, state: &mut State) -> Option<usize> {
        let (number, end) = self.reading.read(buffer, at, state)?;
        *state.variables.get_mut(self.variable)? = number.checked_next_multiple_of(self.align.max(1))?;
        Some(end)
    }
}

/// What `byte_math` computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `<<`
    ShiftLeft,
    /// `>>`
    ShiftRight,
}

/// `byte_math`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByteMath {
    /// The number.
    pub reading: Reading,
    /// What is done with it.
    pub operation: Operation,
    /// And with what.
    pub value: Amount,
    /// The variable that takes the result.
    pub variable: usize,
}

impl ByteMath {
    pub(super) fn take(&self, buffer: Buffer<'_>, at: usize, state: &mut State) -> Option<usize> {
        let unmasked = Reading { mask: None, ..self.reading };
        let (number, end) = unmasked.read(buffer, at, state)?;
        let value = self.value.value(state) as u64;
        let result = match self.operation {
            Operation::Add => number.wrapping_add(value),
            Operation::Subtract => number.wrapping_sub(value),
            Operation::Multiply => number.wrapping_mul(value),
            Operation::Divide => number.checked_div(value)?,
            Operation::ShiftLeft => u32::try_from(value).ok().and_then(|bits| number.checked_shl(bits)).unwrap_or(0),
            Operation::ShiftRight => u32::try_from(value).ok().and_then(|bits| number.checked_shr(bits)).unwrap_or(0),
        };
        let result = match self.reading.mask {
            Some(mask) if mask != 0 => (result & mask) >> mask.trailing_zeros(),
            _ => result,
        };
        *state.variables.get_mut(self.variable)? = result;
        Some(end)
    }
}
