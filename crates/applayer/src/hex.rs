//! Bytes as they are shown to people.

use std::fmt::Write;

/// In hex, small letters, nothing between.
pub(crate) fn lower(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
