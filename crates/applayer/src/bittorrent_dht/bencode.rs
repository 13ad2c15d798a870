//! Bencoding (BEP 3): numbers, texts, lists and dictionaries. Walked over in place, one value after the other.

/// How deep values may lie in each other.
const DEPTH_MAX: usize = 8;

/// A value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value<'a> {
    Number(i64),
    Text(&'a [u8]),
    /// The values of a list, one behind the other.
    List(&'a [u8]),
    /// Names and values of a dictionary, one behind the other.
    Dictionary(&'a [u8]),
}

impl<'a> Value<'a> {
    /// The value that the bytes begin with, and what is behind it.
    pub(super) fn read(bytes: &'a [u8]) -> Option<(Value<'a>, &'a [u8])> {
        Value::read_at(bytes, 0)
    }

    fn read_at(bytes: &'a [u8], depth: usize) -> Option<(Value<'a>, &'a [u8])> {
        match *bytes.first()? {
            b'i' => {
                let end = memchr::memchr(b'e', bytes)?;
                let number = std::str::from_utf8(&bytes[1..end]).ok()?.parse().ok()?;
                Some((Value::Number(number), &bytes[end + 1..]))
            }
            b'0'..=b'9' => {
                let colon = memchr::memchr(b':', bytes)?;
                let length: usize = std::str::from_utf8(&bytes[..colon]).ok()?.parse().ok()?;
                let (text, rest) = bytes[colon + 1..].split_at_checked(length)?;
                Some((Value::Text(text), rest))
            }
            kind @ (b'l' | b'd') if depth < DEPTH_MAX => {
                let content = &bytes[1..];
                let mut rest = content;
                while *rest.first()? != b'e' {
                    rest = Value::read_at(rest, depth + 1)?.1;
                }
                let content = &content[..content.len() - rest.len()];
                let value = if kind == b'l' { Value::List(content) } else { Value::Dictionary(content) };
                Some((value, &rest[1..]))
            }
            _ => None,
        }
    }

    /// The values of a list; none of anything else.
    pub(super) fn items(self) -> impl Iterator<Item = Value<'a>> {
        let mut rest = if let Value::List(content) = self { content } else { b"" };
        std::iter::from_fn(move || {
            let (value, behind) = Value::read(rest)?;
            rest = behind;
            Some(value)
        })
    }

    /// The value of this name in a dictionary.
    pub(super) fn get(self, name: &[u8]) -> Option<Value<'a>> {
        let Value::Dictionary(mut rest) = self else { return None };
        while let Some((Value::Text(key), behind)) = Value::read(rest) {
            let (value, behind) = Value::read(behind)?;
            if key == name {
                return Some(value);
            }
            rest = behind;
        }
        None
    }

    pub(super) fn text(self) -> Option<&'a [u8]> {
        if let Value::Text(text) = self { Some(text) } else { None }
    }

    pub(super) fn number(self) -> Option<i64> {
        if let Value::Number(number) = self { Some(number) } else { None }
    }
}
