//! Where a body ends (RFC 9112, sections 6 and 7).

use super::lines::{Line, Lines, is_blank, trimmed};

/// How the end of a body is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Framing {
    /// There is none.
    #[default]
    None,
    /// So many bytes are left.
    Length(u64),
    /// In chunks.
    Chunked(Chunk),
    /// With the connection.
    UntilClose,
}

/// Where in a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Chunk {
    /// Before its size.
    Size,
    /// So many bytes of it are left.
    Data(u64),
    /// Before the line end behind it.
    DataEnd,
}

/// What the next bytes of a body are.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step<'a> {
    /// Content.
    Content(&'a [u8]),
    /// So many bytes of framing; did a chunk have an extension?
    Framing { length: usize, has_extension: bool },
    /// As that, and the last chunk: trailers follow.
    LastChunk { length: usize, has_extension: bool },
    /// No chunk size.
    InvalidChunk,
    /// More is needed to tell.
    NeedMore,
}

/// A line with a chunk's size that is longer is none.
const SIZE_LINE_BYTES_MAX: usize = 16 << 10;

impl Framing {
    /// Is the body over?
    pub(super) fn is_over(self) -> bool {
        matches!(self, Framing::None | Framing::Length(0))
    }

    /// Takes the next bytes, of which there are some.
    pub(super) fn step<'a>(&mut self, bytes: &'a [u8], lines: &mut Lines) -> Step<'a> {
        match self {
            Framing::None => Step::Content(&bytes[..0]),
            Framing::UntilClose => Step::Content(bytes),
            Framing::Length(left) => {
                let content = first(bytes, *left);
                *left -= content.len() as u64;
                Step::Content(content)
            }
            Framing::Chunked(chunk) => chunk.step(bytes, lines),
        }
    }

    /// Missing bytes are content, as far as it goes: how many are not.
    pub(super) fn skip(&mut self, bytes: u64) -> u64 {
        match self {
            Framing::UntilClose => 0,
            Framing::Length(left) | Framing::Chunked(Chunk::Data(left)) => {
                let skipped = bytes.min(*left);
                *left -= skipped;
                if *self == Framing::Chunked(Chunk::Data(0)) {
                    *self = Framing::Chunked(Chunk::DataEnd);
                }
                bytes - skipped
            }
            Framing::None | Framing::Chunked(_) => bytes,
        }
    }
}

impl Chunk {
    fn step<'a>(&mut self, bytes: &'a [u8], lines: &mut Lines) -> Step<'a> {
        match self {
            Chunk::Size => self.size(bytes, lines),
            Chunk::Data(left) => {
                let content = first(bytes, *left);
                *left -= content.len() as u64;
                if *left == 0 {
                    *self = Chunk::DataEnd;
                }
                Step::Content(content)
            }
            Chunk::DataEnd => {
                let end = memchr::memchr(b'\n', bytes);
                if end.is_some() {
                    *self = Chunk::Size;
                }
                Step::Framing { length: end.map_or(bytes.len(), |end| end + 1), has_extension: false }
            }
        }
    }

    fn size<'a>(&mut self, bytes: &[u8], lines: &mut Lines) -> Step<'a> {
        let first = bytes.iter().find(|byte| **byte == b'\n' || !is_blank(**byte));
        if first.is_some_and(|byte| *byte != b'\n' && !byte.is_ascii_hexdigit()) {
            return Step::InvalidChunk;
        }
        match lines.next(bytes, SIZE_LINE_BYTES_MAX) {
            Line::NeedMore => Step::NeedMore,
            Line::Rest(length) => Step::Framing { length, has_extension: false },
            Line::Cut(_) => Step::InvalidChunk,
            Line::Whole { text, length } => self.size_line(trimmed(text), length),
        }
    }

    fn size_line<'a>(&mut self, text: &[u8], length: usize) -> Step<'a> {
        if text.is_empty() {
            return Step::Framing { length, has_extension: false };
        }
        let digits = text.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
        let has_extension = digits < text.len();
        // As signed as in most servers: what is larger is none.
        let size = std::str::from_utf8(&text[..digits]).ok().and_then(|digits| i64::from_str_radix(digits, 16).ok());
        match size {
            Some(0) => Step::LastChunk { length, has_extension },
            Some(size) => {
                *self = Chunk::Data(size.unsigned_abs());
                Step::Framing { length, has_extension }
            }
            None => Step::InvalidChunk,
        }
    }
}

/// The first so many bytes, if there are as many.
fn first(bytes: &[u8], count: u64) -> &[u8] {
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    &bytes[..bytes.len().min(count)]
}
