//! Encoded words (RFC 2047): `=?utf-8?B?...?=` in fields that may only be ASCII.

use super::transfer::{Base64, Decoder};

/// The text with its encoded words decoded into UTF-8. Words in character sets we do not know stay as they are.
pub(crate) fn decoded(text: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.first() {
        let Some((bytes, length)) = word(rest) else {
            decoded.push(*first);
            rest = &rest[1..];
            continue;
        };
        decoded.extend(bytes);
        rest = &rest[length..];
        // Blanks between two encoded words only separate them.
        let behind_blanks = rest.trim_ascii_start();
        if word(behind_blanks).is_some() {
            rest = behind_blanks;
        }
    }
    decoded
}

/// The encoded word at the begin: its bytes in UTF-8, and its length.
fn word(text: &[u8]) -> Option<(Vec<u8>, usize)> {
    let rest = text.strip_prefix(b"=?")?;
    let mut fields = rest.splitn(3, |byte| *byte == b'?');
    let (charset, encoding, rest) = (fields.next()?, fields.next()?, fields.next()?);
    let end = memchr::memmem::find(rest, b"?=")?;
    // A language may stand behind the character set (RFC 2231, section 5).
    let charset = charset.split(|byte| *byte == b'*').next()?;
    let bytes = match encoding {
        b"B" | b"b" => base64(&rest[..end]),
        b"Q" | b"q" => quoted(&rest[..end]),
        _ => return None,
    };
    let length = text.len() - rest.len() + end + 2;
    in_utf8(charset, &bytes).map(|bytes| (bytes, length))
}

fn base64(text: &[u8]) -> Vec<u8> {
    let (mut bytes, mut decoder) = (Vec::new(), Base64::default());
    decoder.decode(text, &mut bytes);
    decoder.end(&mut bytes);
    bytes
}

fn quoted(text: &[u8]) -> Vec<u8> {
    let (mut bytes, mut rest) = (Vec::new(), text);
    while let Some((first, behind)) = rest.split_first() {
        rest = behind;
        match (first, behind) {
            (b'=', [high, low, tail @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                bytes.push(hex(*high) << 4 | hex(*low));
                rest = tail;
            }
            (b'_', _) => bytes.push(b' '),
            _ => bytes.push(*first),
        }
    }
    bytes
}

/// The value of a hexadecimal digit; 0 of anything else.
pub(crate) fn hex(digit: u8) -> u8 {
    char::from(digit).to_digit(16).map_or(0, |value| value as u8)
}

/// Text of a character set as UTF-8: Latin ones and Unicode. `None` for others.
pub(crate) fn in_utf8(charset: &[u8], bytes: &[u8]) -> Option<Vec<u8>> {
    let charset = charset.to_ascii_lowercase();
    match &charset[..] {
        b"" | b"utf-8" | b"utf8" | b"us-ascii" | b"ascii" => Some(bytes.to_vec()),
        b"iso-8859-1" | b"latin1" => Some(latin(bytes, char::from)),
        b"windows-1252" | b"cp1252" => Some(latin(bytes, windows_1252)),
        b"iso-8859-15" => Some(latin(bytes, |byte| if byte == 0xa4 { '€' } else { char::from(byte) })),
        _ => None,
    }
}

fn latin(bytes: &[u8], character: impl Fn(u8) -> char) -> Vec<u8> {
    bytes.iter().map(|byte| character(*byte)).collect::<String>().into_bytes()
}

/// Where Windows departs from ISO 8859-1: 0x80 to 0x9f.
fn windows_1252(byte: u8) -> char {
    const FROM_80: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘',
        '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
    ];
    FROM_80.get(usize::from(byte).wrapping_sub(0x80)).copied().unwrap_or(char::from(byte))
}
