//! Header fields with their folds (RFC 5322, section 2.2).

use memchr::memchr;

/// Name and value of a field; `None` where the line is none.
pub(super) fn split(field: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = memchr(b':', field)?;
    let name = field[..colon].trim_ascii_end();
    let is_name = !name.is_empty() && name.iter().all(|byte| byte.is_ascii_graphic());
    is_name.then(|| (name, field[colon + 1..].trim_ascii()))
}

/// The value in one line, each fold as the blanks it has (RFC 5322, section 2.2.3), one at least.
pub(super) fn unfolded(value: &[u8]) -> Vec<u8> {
    value.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect()
}

/// The value as Suricata tells it: the lines of a folded one put together without the blanks between them.
pub(super) fn joined(value: &[u8]) -> Vec<u8> {
    let mut joined = Vec::with_capacity(value.len());
    for line in value.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let line = if joined.is_empty() { line } else { line.trim_ascii_start() };
        joined.extend_from_slice(line);
    }
    joined
}

/// A list of addresses, split at the commas that stand outside of quotes, comments and angle brackets.
pub(super) fn addresses(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    let parts = list.split(move |byte| {
        let is_comma = *byte == b',' && !is_quoted;
        is_quoted ^= *byte == b'"' && !is_escaped;
        is_escaped = *byte == b'\\' && !is_escaped;
        is_comma
    });
    parts.map(<[u8]>::trim_ascii).filter(|address| !address.is_empty())
}
