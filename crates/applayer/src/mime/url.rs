//! Links in text.

use crate::protocol::MailLinks;
use memchr::memmem;

/// A line is looked at in pieces of so many bytes.
const TEXT_BYTES_MAX: usize = 4 << 10;

/// Collects text until a line of it is there.
#[derive(Debug, Default)]
pub(super) struct Finder {
    text: Vec<u8>,
}

impl Finder {
    /// More text, cut anywhere.
    pub(super) fn push(&mut self, mut bytes: &[u8], found: &mut dyn FnMut(&[u8])) {
        while !bytes.is_empty() {
            let room = TEXT_BYTES_MAX - self.text.len();
            let end = memchr::memchr(b'\n', bytes).map_or(bytes.len(), |end| end + 1).min(room);
            self.text.extend_from_slice(&bytes[..end]);
            bytes = &bytes[end..];
            if self.text.len() == TEXT_BYTES_MAX || self.text.ends_with(b"\n") {
                self.finish(found);
            }
        }
    }

    /// No more text.
    pub(super) fn finish(&mut self, found: &mut dyn FnMut(&[u8])) {
        urls(&self.text).for_each(found);
        self.text.clear();
    }
}

fn urls(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    memmem::find_iter(text, b"://").filter_map(|colon| {
        let letters = text[..colon].iter().rev().take_while(|byte| byte.is_ascii_alphabetic()).count();
        let scheme = &text[colon - letters..colon];
        let is_known = MailLinks::SCHEMES.iter().any(|known| scheme.eq_ignore_ascii_case(known.as_bytes()));
        let behind = &text[colon + 3..];
        let length = behind.iter().position(|byte| !is_in_url(*byte)).unwrap_or(behind.len());
        (is_known && length > 0).then(|| &text[colon - letters..colon + 3 + length])
    })
}

/// Can this byte be in a URL? Not blanks, quotes and brackets (RFC 3986, appendix C).
fn is_in_url(byte: u8) -> bool {
    byte > b' ' && byte != 0x7f && !matches!(byte, b'"' | b'<' | b'>' | b'`' | b'\\' | b'^' | b'{' | b'}' | b'|')
}
