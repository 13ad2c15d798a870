//! Lines: LF ends one, CR before it belongs to the end. What is longer than the limit is cut, and the rest skipped.

use memchr::memchr;

/// Finds lines in what one side sends.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    /// So many of the unconsumed bytes hold no line end.
    scanned: usize,
    /// In the rest of a line that was cut.
    is_skipping: bool,
}

/// What the bytes begin with.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line<'a> {
    /// A line.
    Whole {
        /// Without its end.
        text: &'a [u8],
        /// Bytes with its end.
        length: usize,
    },
    /// The begin of a line that is too long.
    Cut(&'a [u8]),
    /// So many bytes of a line that was cut.
    Rest(usize),
    /// Its end has not come.
    NeedMore,
}

impl Lines {
    /// The next line.
    pub(crate) fn next<'a>(&mut self, bytes: &'a [u8], bytes_max: usize) -> Line<'a> {
        let known = self.scanned.min(bytes.len());
        let end = memchr(b'\n', &bytes[known..]).map(|place| known + place);
        self.scanned = 0;
        match end {
            Some(end) if self.is_skipping => {
                self.is_skipping = false;
                Line::Rest(end + 1)
            }
            None if self.is_skipping => Line::Rest(bytes.len()),
            Some(end) if end <= bytes_max => Line::Whole { text: without_end(&bytes[..end]), length: end + 1 },
            None if bytes.len() <= bytes_max => {
                self.scanned = bytes.len();
                Line::NeedMore
            }
            _ => {
                self.is_skipping = true;
                Line::Cut(&bytes[..bytes_max])
            }
        }
    }
}

/// A line without the carriage returns at its end.
pub(crate) fn without_end(mut line: &[u8]) -> &[u8] {
    while let [text @ .., b'\r' | b'\n'] = line {
        line = text;
    }
    line
}

/// Blank in HTTP's eyes and in C's.
pub(crate) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | 0x0b | 0x0c)
}

/// Without blanks at both ends.
pub(crate) fn trimmed(mut text: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = text
        && is_blank(*first)
    {
        text = rest;
    }
    while let [rest @ .., last] = text
        && is_blank(*last)
    {
        text = rest;
    }
    text
}

/// Splits at the first run of blanks; without one, nothing is behind.
pub(crate) fn split_blank(text: &[u8]) -> (&[u8], &[u8], &[u8]) {
    let end = text.iter().position(|byte| is_blank(*byte)).unwrap_or(text.len());
    let blanks = text[end..].iter().take_while(|byte| is_blank(**byte)).count();
    (&text[..end], &text[end..end + blanks], &text[end + blanks..])
}
