//! Content-Range (RFC 9110, section 14.4).

use super::headers::decimal;
use crate::tree::Tree;

/// Which part of the whole a body is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ContentRange {
    /// The first byte.
    pub start: Option<u64>,
    /// The last byte.
    pub end: Option<u64>,
    /// How long the whole is.
    pub size: Option<u64>,
}

impl ContentRange {
    /// Reads `bytes 500-1000/146515`, `bytes */2000`, `bytes 0-9/*`; nothing where it is something else.
    pub fn read(value: &[u8]) -> Option<ContentRange> {
        let value = value.trim_ascii();
        let range =
            value.get(..5).filter(|unit| unit.eq_ignore_ascii_case(b"bytes")).map(|_| value[5..].trim_ascii())?;
        let slash = memchr::memchr(b'/', range)?;
        let (part, size) = (&range[..slash], range[slash + 1..].trim_ascii());
        let size = if size == b"*" { None } else { Some(decimal(size)?) };
        if part.trim_ascii() == b"*" {
            return Some(ContentRange { size, ..ContentRange::default() });
        }
        let dash = memchr::memchr(b'-', part)?;
        Some(ContentRange { start: Some(decimal(&part[..dash])?), end: Some(decimal(&part[dash + 1..])?), size })
    }

    /// Its first and last byte, where it is a part of the whole that can be.
    pub(crate) fn part(self) -> Option<(u64, u64)> {
        let (start, end) = self.start.zip(self.end)?;
        (start <= end && self.size.is_none_or(|size| end < size)).then_some((start, end))
    }

    /// Can there be such a part? `bytes */2000` says how long the whole is, and nothing of a part.
    pub(crate) fn is_possible(self) -> bool {
        self.start.is_none() || self.part().is_some()
    }

    /// Tells EVE's `content_range`.
    pub(crate) fn tell(raw: &[u8], tree: &mut dyn Tree) {
        tree.open_object("content_range");
        tree.text("raw", raw);
        if let Some(range) = ContentRange::read(raw) {
            let values = [("start", range.start), ("end", range.end), ("size", range.size)];
            values.iter().filter_map(|(name, value)| Some((*name, (*value)?))).for_each(|(n, v)| tree.number(n, v));
        }
        tree.close_object();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_that_can_be() {
        for (value, part, is_possible) in [
            ("bytes 5-9/10", Some((5, 9)), true),
            ("bytes 5-10/10", None, false),
            ("bytes 9-5/10", None, false),
            ("bytes 0-9/*", Some((0, 9)), true),
            ("bytes */10", None, true),
        ] {
            let range = ContentRange::read(value.as_bytes()).expect("a range");
            assert_eq!((range.part(), range.is_possible()), (part, is_possible), "{value}");
        }
    }

    #[test]
    fn ranges() {
        let check = |value: &str, expected: Option<(Option<u64>, Option<u64>, Option<u64>)>| {
            let range = ContentRange::read(value.as_bytes()).map(|range| (range.start, range.end, range.size));
            assert_eq!(range, expected, "{value}");
        };
        check("bytes 500-1000/146515", Some((Some(500), Some(1000), Some(146515))));
        check("Bytes 0-9/*", Some((Some(0), Some(9), None)));
        check("bytes */2000", Some((None, None, Some(2000))));
        check("bytes 0-9", None);
        check("bytes x-9/10", None);
        check("items 0-9/10", None);
        check("", None);
    }
}
