//! Parameters of Content-Type and Content-Disposition, those in several parts and other alphabets too (RFC 2231).

use super::word;
use memchr::memchr;

/// Parts of one parameter.
const PARTS_MAX: usize = 64;

/// The value before the parameters, without blanks.
pub(super) fn head(value: &[u8]) -> &[u8] {
    let end = memchr(b';', value).unwrap_or(value.len());
    value[..end].trim_ascii()
}

/// The parameter of this name, decoded.
pub(super) fn get(value: &[u8], name: &[u8]) -> Option<Vec<u8>> {
    let mut parts: Vec<(usize, bool, Vec<u8>)> = Vec::new();
    for (key, text) in Parameters(&value[head_end(value)..]) {
        if key.eq_ignore_ascii_case(name) {
            return Some(word::decoded(&text));
        }
        let Some((number, is_encoded)) = part(key, name) else { continue };
        if parts.len() < PARTS_MAX {
            parts.push((number, is_encoded, text));
        }
    }
    parts.sort_by_key(|(number, ..)| *number);
    (!parts.is_empty()).then(|| together(&parts))
}

fn head_end(value: &[u8]) -> usize {
    memchr(b';', value).unwrap_or(value.len())
}

/// Is this key a part of the parameter: `name*`, `name*0`, `name*0*`? Which, and is it percent-encoded?
fn part(key: &[u8], name: &[u8]) -> Option<(usize, bool)> {
    let (begin, rest) = key.split_at_checked(name.len())?;
    let rest = rest.strip_prefix(b"*").filter(|_| begin.eq_ignore_ascii_case(name))?;
    if rest.is_empty() {
        return Some((0, true));
    }
    let (digits, is_encoded) = rest.strip_suffix(b"*").map_or((rest, false), |digits| (digits, true));
    std::str::from_utf8(digits).ok()?.parse().ok().map(|number| (number, is_encoded))
}

/// The parts as one text. The first encoded one begins with the character set and the language.
fn together(parts: &[(usize, bool, Vec<u8>)]) -> Vec<u8> {
    let (mut charset, mut bytes) = (Vec::new(), Vec::new());
    for (place, (_, is_encoded, text)) in parts.iter().enumerate() {
        let mut text = &text[..];
        if place == 0 && *is_encoded {
            let mut fields = text.splitn(3, |byte| *byte == b'\'');
            if let (Some(set), Some(_language), Some(rest)) = (fields.next(), fields.next(), fields.next()) {
                (charset, text) = (set.to_vec(), rest);
            }
        }
        if *is_encoded { bytes.extend(percent_decoded(text)) } else { bytes.extend_from_slice(text) }
    }
    word::in_utf8(&charset, &bytes).unwrap_or(bytes)
}

fn percent_decoded(text: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, behind)) = rest.split_first() {
        match behind {
            [high, low, tail @ ..] if *first == b'%' && high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                decoded.push(word::hex(*high) << 4 | word::hex(*low));
                rest = tail;
            }
            _ => {
                decoded.push(*first);
                rest = behind;
            }
        }
    }
    decoded
}

/// Keys and values behind the first semicolon.
struct Parameters<'a>(&'a [u8]);

impl<'a> Iterator for Parameters<'a> {
    type Item = (&'a [u8], Vec<u8>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let start = self.0.iter().position(|byte| *byte != b';' && !byte.is_ascii_whitespace())?;
            let rest = &self.0[start..];
            let end = rest.iter().position(|byte| matches!(byte, b'=' | b';')).unwrap_or(rest.len());
            let key = rest[..end].trim_ascii();
            if rest.get(end) != Some(&b'=') {
                self.0 = &rest[end..];
                continue;
            }
            let (value, length) = value(rest[end + 1..].trim_ascii_start());
            let text = rest[end + 1..].trim_ascii_start();
            self.0 = &text[length..];
            return Some((key, value));
        }
    }
}

/// A value, quotes taken off, and how many bytes it is.
fn value(text: &[u8]) -> (Vec<u8>, usize) {
    let Some(quoted) = text.strip_prefix(b"\"") else {
        let end = memchr(b';', text).unwrap_or(text.len());
        return (text[..end].trim_ascii().to_vec(), end);
    };
    let (mut value, mut is_escaped) = (Vec::new(), false);
    for (place, byte) in quoted.iter().enumerate() {
        match byte {
            b'"' if !is_escaped => return (value, place + 2),
            b'\\' if !is_escaped => is_escaped = true,
            b'\r' | b'\n' => {}
            _ => {
                is_escaped = false;
                value.push(*byte);
            }
        }
    }
    (value, text.len())
}
