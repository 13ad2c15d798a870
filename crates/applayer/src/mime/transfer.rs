//! Content transfer encodings (RFC 2045, section 6) and uuencode, decoded as the bytes come.

use super::word::hex;

/// Something was wrong with the encoding. What could be decoded was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Damaged;

/// Takes encoded bytes, cut anywhere.
pub(crate) trait Decoder {
    /// Decodes more bytes of a line; `false` where some were wrong.
    fn decode(&mut self, bytes: &[u8], decoded: &mut Vec<u8>) -> bool;
}

/// Base64. Line ends do not matter.
#[derive(Debug, Default)]
pub(crate) struct Base64 {
    group: u32,
    /// Digits in the group.
    digits: u32,
}

const NO_DIGIT: u8 = 0xff;

/// Values of Base64's digits.
const DIGITS: [u8; 256] = {
    let mut digits = [NO_DIGIT; 256];
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut value = 0;
    while value < 64 {
        digits[alphabet[value] as usize] = value as u8;
        value += 1;
    }
    digits
};

impl Base64 {
    fn digit(&mut self, digit: u8, decoded: &mut Vec<u8>) {
        self.group = self.group << 6 | u32::from(digit);
        self.digits += 1;
        if self.digits == 4 {
            decoded.extend_from_slice(&self.group.to_be_bytes()[1..]);
            *self = Base64::default();
        }
    }

    /// The group is over: by padding, or because nothing follows. `false` where it has too few digits.
    pub(super) fn end(&mut self, decoded: &mut Vec<u8>) -> bool {
        let Base64 { group, digits } = std::mem::take(self);
        let bytes = (group << (6 * (4 - digits.min(4)))).to_be_bytes();
        match digits {
            2 => decoded.push(bytes[1]),
            3 => decoded.extend_from_slice(&bytes[1..3]),
            _ => {}
        }
        digits != 1
    }
}

impl Decoder for Base64 {
    fn decode(&mut self, bytes: &[u8], decoded: &mut Vec<u8>) -> bool {
        let mut is_right = true;
        for byte in bytes {
            match (DIGITS[usize::from(*byte)], byte) {
                (NO_DIGIT, b'=') => is_right &= self.end(decoded),
                (NO_DIGIT, b' ' | b'\t' | b'\r' | b'\n') => {}
                (NO_DIGIT, _) => is_right = false,
                (digit, _) => self.digit(digit, decoded),
            }
        }
        is_right
    }
}

/// Quoted-printable.
#[derive(Debug, Default)]
pub(crate) enum Quoted {
    #[default]
    Plain,
    /// Behind an equals sign.
    Equal,
    /// Behind it and a digit.
    Digit(u8),
}

impl Quoted {
    /// The line is over; `true` where it goes on in the next one.
    pub(super) fn end_line(&mut self, decoded: &mut Vec<u8>) -> bool {
        match std::mem::take(self) {
            Quoted::Plain => false,
            Quoted::Equal => true,
            Quoted::Digit(digit) => {
                decoded.extend([b'=', digit]);
                false
            }
        }
    }
}

impl Decoder for Quoted {
    fn decode(&mut self, bytes: &[u8], decoded: &mut Vec<u8>) -> bool {
        let mut is_right = true;
        for byte in bytes {
            *self = match (std::mem::take(self), *byte) {
                (Quoted::Plain, b'=') => Quoted::Equal,
                (Quoted::Plain, byte) => {
                    decoded.push(byte);
                    Quoted::Plain
                }
                (Quoted::Equal, digit) if digit.is_ascii_hexdigit() => Quoted::Digit(digit),
                (Quoted::Digit(high), low) if low.is_ascii_hexdigit() => {
                    decoded.push(hex(high) << 4 | hex(low));
                    Quoted::Plain
                }
                // Blanks at the end of a line are no part of it.
                (Quoted::Equal, b' ' | b'\t') => Quoted::Equal,
                (Quoted::Equal, byte) => {
                    is_right = false;
                    decoded.extend([b'=', byte]);
                    Quoted::Plain
                }
                (Quoted::Digit(digit), byte) => {
                    is_right = false;
                    decoded.extend([b'=', digit, byte]);
                    Quoted::Plain
                }
            };
        }
        is_right
    }
}

/// A line of uuencode: how many bytes it stands for, then groups of four characters for three bytes each.
pub(super) fn uudecode(line: &[u8], decoded: &mut Vec<u8>) -> Result<(), Damaged> {
    let Some((length, groups)) = line.split_first() else { return Ok(()) };
    let value = |byte: &u8| byte.wrapping_sub(b' ') & 0x3f;
    let wanted = usize::from(value(length));
    let before = decoded.len();
    for group in groups.chunks(4) {
        let digit = |place: usize| u32::from(group.get(place).map_or(0, value));
        let bits = digit(0) << 18 | digit(1) << 12 | digit(2) << 6 | digit(3);
        decoded.extend_from_slice(&bits.to_be_bytes()[1..]);
    }
    let is_whole = decoded.len() - before >= wanted && line.iter().all(|byte| (b' '..=b'`').contains(byte));
    decoded.truncate(before + wanted);
    if is_whole { Ok(()) } else { Err(Damaged) }
}

/// The name in the line that begins uuencoded data: `begin 644 name`.
pub(super) fn uu_name(line: &[u8]) -> Option<&[u8]> {
    let rest = line.strip_prefix(b"begin ")?;
    let digits = rest.iter().take_while(|byte| matches!(byte, b'0'..=b'7')).count();
    let name = rest.get(digits..)?.strip_prefix(b" ")?.trim_ascii();
    ((3..=4).contains(&digits) && !name.is_empty()).then_some(name)
}
