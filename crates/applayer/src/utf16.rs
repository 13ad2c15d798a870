//! Text of Windows: UTF-16, the lowest byte first.

/// It as UTF-8. Zeros are left out, as they only end or fill; half a character becomes the replacement character.
pub(crate) fn to_utf8(bytes: &[u8]) -> Vec<u8> {
    let units = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).filter(|unit| *unit != 0);
    let characters = char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER));
    characters.collect::<String>().into_bytes()
}

/// The part before the first zero, and what is behind that zero; without one, all.
pub(crate) fn zero_ended(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = bytes.chunks_exact(2).position(|pair| pair == [0, 0]);
    match end {
        Some(units) => (&bytes[..units * 2], &bytes[units * 2 + 2..]),
        None => (bytes, b""),
    }
}
