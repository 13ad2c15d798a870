//! `base64_decode`.

use super::{Buffer, Check, State, holds};

/// Bytes that are decoded at most.
const DECODED_BYTES_MAX: usize = 64 << 10;

/// Decodes a part of the buffer for `base64_data`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Base64Decode {
    /// `bytes`: how many are decoded; none for all.
    pub bytes: Option<usize>,
    /// `offset`: bytes that are passed over.
    pub offset: usize,
    /// Does it count from the last find?
    pub is_relative: bool,
}

impl Base64Decode {
    pub(super) fn holds(self, rest: &[Check], buffer: Buffer<'_>, at: usize, state: &mut State) -> Option<usize> {
        let start = if self.is_relative { at + self.offset } else { self.offset };
        let text = buffer.bytes.get(start..)?;
        let length = self.bytes.unwrap_or(text.len()).min(text.len());
        state.decoded = decoded(&text[..length]);
        if state.decoded.is_empty() {
            return None;
        }
        holds(rest, buffer, at, state)
    }
}

/// The bytes that Base64 says, up to what is none; blanks and line ends are passed over (RFC 4648, section 3.3; RFC 2045).
pub(crate) fn decoded(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let (mut bits, mut count) = (0u32, 0);
    for byte in text {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b' ' | b'\r' | b'\n' | b'\t' => continue,
            _ => break,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
        if out.len() >= DECODED_BYTES_MAX {
            break;
        }
    }
    out
}
