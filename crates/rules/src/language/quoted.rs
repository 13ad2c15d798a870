//! Values in quotes, and the bytes that a `content` writes.

use super::Text;
use crate::diagnostic::Problem;

/// What is between quotes, and whether a `!` stands before them.
pub(crate) fn unquoted(value: Text<'_>) -> Result<(Text<'_>, bool), Problem> {
    let (text, is_negated) = match value.strip("!") {
        Some(text) => (text, true),
        None => (value, false),
    };
    let inside = text.strip_quote().ok_or_else(|| {
        Problem::at(value, "the value must be in quotes").hint("is a `;` missing, or a `;` or `\"` in it not escaped?")
    })?;
    match inside.is_empty() {
        true => Err(Problem::at(value, "the value is empty")),
        false => Ok((inside, is_negated)),
    }
}

/// As [`unquoted`]; the quotes may be missing.
pub(crate) fn maybe_unquoted(value: Text<'_>) -> Result<(Text<'_>, bool), Problem> {
    let (text, is_negated) = match value.strip("!") {
        Some(text) => (text, true),
        None => (value, false),
    };
    let inside = text.bare();
    match inside.is_empty() {
        true => Err(Problem::at(value, "the value is empty")),
        false => Ok((inside, is_negated)),
    }
}

impl<'a> Text<'a> {
    /// What is between the quotes around it.
    fn strip_quote(self) -> Option<Text<'a>> {
        let inside = self.as_str().strip_prefix('"')?.strip_suffix('"')?;
        Some(self.part(1, 1 + inside.len()))
    }

    /// Without the quotes around it, if it has some.
    pub(crate) fn bare(self) -> Text<'a> {
        self.strip_quote().unwrap_or(self)
    }
}

/// A text without the backslashes that escape.
pub(crate) fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => out.extend(characters.next()),
            character => out.push(character),
        }
    }
    out
}

/// The bytes that a `content` writes: text with escapes, and hex between `|`.
pub(crate) fn content_bytes(text: Text<'_>) -> Result<Vec<u8>, Problem> {
    let bytes = text.as_str().as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let step = match byte {
            b'|' => push_hex(text, at + 1, &mut out)?,
            b'\\' => push_escaped(text, at, &mut out)?,
            b'"' => return Err(Problem::at(text.part(at, at + 1), "a `\"` that is not escaped")),
            byte => {
                out.push(*byte);
                1
            }
        };
        at += step;
    }
    match out.is_empty() {
        true => Err(Problem::at(text, "a content without bytes")),
        false => Ok(out),
    }
}

fn push_escaped(text: Text<'_>, at: usize, out: &mut Vec<u8>) -> Result<usize, Problem> {
    match text.as_str().as_bytes().get(at + 1) {
        Some(byte @ (b';' | b':' | b'"' | b'\\')) => {
            out.push(*byte);
            Ok(2)
        }
        _ => Err(Problem::at(text.part(at, at + 1), "only `;`, `:`, `\"` and `\\` can be escaped")
            .hint(r"write `\\` or `|5c|`")),
    }
}

/// Hex from `start` to the next `|`; tells how many bytes it is with both bars.
fn push_hex(text: Text<'_>, start: usize, out: &mut Vec<u8>) -> Result<usize, Problem> {
    let rest = &text.as_str().as_bytes()[start..];
    let Some(length) = memchr::memchr(b'|', rest) else {
        return Err(Problem::at(text.from(start - 1), "hex without a `|` at its end"));
    };
    let mut high: Option<u32> = None;
    for (place, byte) in rest[..length].iter().enumerate() {
        match (char::from(*byte).to_digit(16), high.take()) {
            (Some(digit), None) => high = Some(digit),
            (Some(digit), Some(high)) => out.push((high << 4 | digit) as u8),
            (None, before) if *byte == b' ' => high = before,
            (None, _) => {
                let place = start + place;
                return Err(Problem::at(text.part(place, place + 1), "between `|` stand hex digits and blanks only"));
            }
        }
    }
    match high {
        Some(_) => Err(Problem::at(text.part(start, start + length), "hex with half a byte")),
        None => Ok(length + 2),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_of_contents() {
        for (text, expected) in [
            ("abc", Some(&b"abc"[..])),
            ("|00 ff|a|0D0a|", Some(b"\x00\xffa\r\n")),
            (r"a\;b\:\\", Some(br"a;b:\")),
            ("|0|", None),
            ("|0g|", None),
            ("|00", None),
            (r"\n", None),
            ("a\"b", None),
            ("||", None),
        ] {
            assert_eq!(content_bytes(Text::new(text)).ok().as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn quotes() {
        let of = |text| unquoted(Text::new(text)).map(|(text, is_negated)| (text.as_str(), is_negated)).ok();
        assert_eq!(
            [of("\"a\""), of("! \"a\""), of("a"), of("\""), of("\"\"")],
            [Some(("a", false)), Some(("a", true)), None, None, None]
        );
    }
}
