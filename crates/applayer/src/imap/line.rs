//! Lines, and the literals that may follow them (RFC 9051, section 4.3).

/// The first word, and what is behind the blank.
pub(super) fn split_word(line: &[u8]) -> (&[u8], &[u8]) {
    match line.iter().position(|byte| *byte == b' ') {
        Some(end) => (&line[..end], &line[end + 1..]),
        None => (line, b""),
    }
}

/// The bytes that follow a line that ends with their number in braces: `{12}`, `{12+}`.
pub(super) fn literal_bytes(line: &[u8]) -> Option<u64> {
    let open = line.iter().rposition(|byte| *byte == b'{')?;
    let number = line[open + 1..].strip_suffix(b"}")?;
    let number = number.strip_suffix(b"+").unwrap_or(number);
    std::str::from_utf8(number).ok()?.parse().ok()
}

/// A word without the quotation marks around it.
pub(super) fn unquoted(word: &[u8]) -> &[u8] {
    word.strip_prefix(b"\"").and_then(|word| word.strip_suffix(b"\"")).unwrap_or(word)
}
