//! A pull reader over the bytes of one JSON value (RFC 8259): it borrows, allocates nothing, and reads
//! only what is asked for.
//!
//! It is lenient where that costs nothing (control characters in strings, numbers of odd form) and
//! never panics. What it accepts ends where [`Nesting`] says it ends, so that a record is the same
//! however its bytes were cut.

use super::nesting::{End, Nesting};
use wide::u8x16;

/// Why a value could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The bytes end before the value does.
    End,
    /// It is not JSON, or not what was asked for.
    Malformed,
}

/// What was read, or why not.
pub(crate) type Read<T> = Result<T, Fault>;

/// A string as it stands between its quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Text<'a> {
    /// The bytes between the quotes.
    pub(crate) raw: &'a [u8],
    /// There is a backslash among them.
    pub(crate) escaped: bool,
}

/// Any value. Containers are only delimited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Value<'a> {
    /// A string.
    Text(Text<'a>),
    /// A number, as written.
    Number(&'a [u8]),
    /// `true` or `false`, as written.
    Bool(&'a [u8]),
    /// `null`.
    Null,
    /// An object, with its braces.
    Object(&'a [u8]),
    /// An array, with its brackets.
    Array(&'a [u8]),
}

impl<'a> Value<'a> {
    /// The value's own bytes: a string without quotes, anything else as written.
    pub(crate) fn raw(self) -> &'a [u8] {
        match self {
            Value::Text(text) => text.raw,
            Value::Number(raw) | Value::Bool(raw) | Value::Object(raw) | Value::Array(raw) => raw,
            Value::Null => b"null",
        }
    }

    /// The value as text: a string unescaped, anything else as written.
    pub(crate) fn text(self) -> Text<'a> {
        match self {
            Value::Text(text) => text,
            other => Text { raw: other.raw(), escaped: false },
        }
    }
}

/// Reads one value after the other.
#[derive(Clone)]
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// A reader at the first of these bytes.
    pub(crate) fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { bytes, at: 0 }
    }

    /// Bytes read so far.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// The bytes not read yet.
    #[inline]
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// Goes on behind a value of that length, which the caller has read from [`Reader::rest`].
    #[inline]
    pub(crate) fn pass_over(&mut self, length: usize) {
        self.at += length;
    }

    /// The next byte that is not white space, left in place.
    #[inline]
    pub(crate) fn peek(&mut self) -> Read<u8> {
        loop {
            match self.bytes.get(self.at) {
                Some(b' ' | b'\t' | b'\n' | b'\r') => self.at += 1,
                Some(byte) => return Ok(*byte),
                None => return Err(Fault::End),
            }
        }
    }

    #[inline]
    fn expect(&mut self, byte: u8) -> Read<()> {
        if self.peek()? != byte {
            return Err(Fault::Malformed);
        }
        self.at += 1;
        Ok(())
    }

    /// Reads an object; `member` has to read each value.
    #[inline]
    pub(crate) fn object(&mut self, mut member: impl FnMut(&mut Self, Text<'a>) -> Read<()>) -> Read<()> {
        self.expect(b'{')?;
        if self.peek()? == b'}' {
            self.at += 1;
            return Ok(());
        }
        loop {
            let key = self.string()?;
            self.expect(b':')?;
            member(self, key)?;
            match self.peek()? {
                b',' => self.at += 1,
                b'}' => {
                    self.at += 1;
                    return Ok(());
                }
                _ => return Err(Fault::Malformed),
            }
        }
    }

    /// Reads an array; `item` has to read each value.
    #[inline]
    pub(crate) fn array(&mut self, mut item: impl FnMut(&mut Self) -> Read<()>) -> Read<()> {
        self.expect(b'[')?;
        if self.peek()? == b']' {
            self.at += 1;
            return Ok(());
        }
        loop {
            item(self)?;
            match self.peek()? {
                b',' => self.at += 1,
                b']' => {
                    self.at += 1;
                    return Ok(());
                }
                _ => return Err(Fault::Malformed),
            }
        }
    }

    /// Reads a string. Inlined because half of a record's bytes go through it, and a result of three
    /// words would be returned through memory.
    #[inline(always)]
    pub(crate) fn string(&mut self) -> Read<Text<'a>> {
        self.expect(b'"')?;
        let start = self.at;
        let mut escaped = false;
        loop {
            let at = self.string_stop()?;
            match self.bytes[at] {
                b'"' => {
                    self.at = at + 1;
                    return Ok(Text { raw: &self.bytes[start..at], escaped });
                }
                b'\\' => {
                    escaped = true;
                    self.at = at + 2;
                    // `\` line feed is as broken as a bare line feed is.
                    if self.bytes.get(at + 1) == Some(&b'\n') {
                        return Err(Fault::Malformed);
                    }
                }
                _ => return Err(Fault::Malformed),
            }
        }
    }

    /// The next quote, backslash or line feed.
    #[inline(always)]
    fn string_stop(&self) -> Read<usize> {
        let mut at = self.at;
        while let Some(block) = self.bytes.get(at..).and_then(|rest| rest.first_chunk::<16>()) {
            let bytes = u8x16::new(*block);
            let stops = bytes.simd_eq(u8x16::splat(b'"'))
                | bytes.simd_eq(u8x16::splat(b'\\'))
                | bytes.simd_eq(u8x16::splat(b'\n'));
            let mask = stops.to_bitmask();
            if mask != 0 {
                return Ok(at + mask.trailing_zeros() as usize);
            }
            at += 16;
        }
        let rest = self.bytes.get(at..).unwrap_or_default();
        rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | b'\n')).map(|stop| at + stop).ok_or(Fault::End)
    }

    /// Reads any value.
    #[inline]
    pub(crate) fn value(&mut self) -> Read<Value<'a>> {
        match self.peek()? {
            b'"' => self.string().map(Value::Text),
            b'{' => self.container().map(Value::Object),
            b'[' => self.container().map(Value::Array),
            _ => self.scalar(),
        }
    }

    /// Reads over any value.
    #[inline]
    pub(crate) fn skip(&mut self) -> Read<()> {
        match self.peek()? {
            b'"' => self.string().map(drop),
            b'{' | b'[' => self.container().map(drop),
            _ => self.scalar().map(drop),
        }
    }

    fn container(&mut self) -> Read<&'a [u8]> {
        let start = self.at;
        match Nesting::new(self.bytes, start).run(self.bytes) {
            End::At(end) => {
                self.at = end;
                Ok(&self.bytes[start..end])
            }
            End::Broken { .. } => Err(Fault::Malformed),
            End::More => Err(Fault::End),
        }
    }

    #[inline]
    fn scalar(&mut self) -> Read<Value<'a>> {
        let rest = &self.bytes[self.at..];
        let is_end = |byte: &u8| matches!(byte, b',' | b'}' | b']' | b' ' | b'\t' | b'\n' | b'\r');
        let length = rest.iter().position(is_end).ok_or(Fault::End)?;
        let token = &rest[..length];
        self.at += length;
        match token {
            b"null" => Ok(Value::Null),
            b"true" | b"false" => Ok(Value::Bool(token)),
            [b'-' | b'0'..=b'9', tail @ ..] if tail.iter().all(is_number_byte) => Ok(Value::Number(token)),
            _ => Err(Fault::Malformed),
        }
    }
}

fn is_number_byte(byte: &u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-')
}

impl<'a> Text<'a> {
    /// The text itself: as it stands, or unescaped into `scratch`. Bytes that are not UTF-8 and lone
    /// surrogates become U+FFFD.
    #[inline]
    pub(crate) fn decode<'s>(self, scratch: &'s mut String) -> &'s str
    where
        'a: 's,
    {
        if let (false, Ok(text)) = (self.escaped, std::str::from_utf8(self.raw)) {
            return text;
        }
        self.decode_slowly(scratch);
        scratch
    }

    #[cold]
    fn decode_slowly(self, scratch: &mut String) {
        scratch.clear();
        let mut rest = self.raw;
        while let Some(at) = memchr::memchr(b'\\', rest).filter(|_| self.escaped) {
            scratch.push_str(&String::from_utf8_lossy(&rest[..at]));
            let (letter, length) = unescape(&rest[at..]);
            scratch.push(letter);
            rest = &rest[(at + length).min(rest.len())..];
        }
        scratch.push_str(&String::from_utf8_lossy(rest));
    }
}

/// The character that an escape at the head of `bytes` stands for, and the escape's length.
fn unescape(bytes: &[u8]) -> (char, usize) {
    let letter = match bytes.get(1) {
        Some(b'n') => '\n',
        Some(b't') => '\t',
        Some(b'r') => '\r',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'u') => return unescape_unicode(bytes),
        Some(byte) if byte.is_ascii() => char::from(*byte),
        // A backslash before something else: only the backslash is taken.
        _ => return ('\\', 1),
    };
    (letter, 2)
}

/// `\u0041`, or two of them that are a surrogate pair (RFC 8259 section 7).
fn unescape_unicode(bytes: &[u8]) -> (char, usize) {
    let unit = |at: usize| -> Option<u32> {
        let digits = bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
        digits.iter().try_fold(0, |unit, digit| Some(unit * 16 + char::from(*digit).to_digit(16)?))
    };
    let Some(first) = unit(0) else { return (char::REPLACEMENT_CHARACTER, 2) };
    if let (0xd800..0xdc00, Some(second @ 0xdc00..0xe000)) = (first, unit(6)) {
        let scalar = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
        return (char::from_u32(scalar).unwrap_or(char::REPLACEMENT_CHARACTER), 12);
    }
    (char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER), 6)
}
