//! A part of a rule's text that knows where it stands.

use crate::diagnostic::Problem;

/// A part of a rule's text, and the byte at which it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Text<'a> {
    text: &'a str,
    start: usize,
}

impl<'a> Text<'a> {
    /// A whole text.
    pub(crate) const fn new(text: &'a str) -> Text<'a> {
        Text { text, start: 0 }
    }

    pub(crate) const fn as_str(self) -> &'a str {
        self.text
    }

    pub(crate) const fn start(self) -> usize {
        self.start
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.text.is_empty()
    }

    /// The part between two bytes, which are borders of characters.
    pub(crate) fn part(self, start: usize, end: usize) -> Text<'a> {
        let text = self.text.get(start..end).unwrap_or_default();
        Text { text, start: self.start + start.min(self.text.len()) }
    }

    /// What comes from a byte on.
    pub(crate) fn from(self, start: usize) -> Text<'a> {
        self.part(start, self.text.len())
    }

    /// Without blanks around it.
    pub(crate) fn trim(self) -> Text<'a> {
        let text = self.text.trim_start();
        let start = self.start + self.text.len() - text.len();
        Text { text: text.trim_end(), start }
    }

    /// What is before and behind the first such character, both without blanks around.
    pub(crate) fn split_once(self, separator: char) -> Option<(Text<'a>, Text<'a>)> {
        let place = self.text.find(separator)?;
        Some((self.part(0, place).trim(), self.from(place + separator.len_utf8()).trim()))
    }

    /// The parts between such characters, without blanks around them.
    pub(crate) fn split(self, separator: char) -> impl Iterator<Item = Text<'a>> {
        let mut rest = Some(self);
        std::iter::from_fn(move || {
            let text = rest?;
            match text.text.find(separator) {
                Some(place) => {
                    rest = Some(text.from(place + separator.len_utf8()));
                    Some(text.part(0, place).trim())
                }
                None => {
                    rest = None;
                    Some(text.trim())
                }
            }
        })
    }

    /// Words between blanks.
    pub(crate) fn words(self) -> impl Iterator<Item = Text<'a>> {
        let mut rest = self.trim();
        std::iter::from_fn(move || {
            let end = rest.text.find(char::is_whitespace).unwrap_or(rest.text.len());
            let word = rest.part(0, end);
            rest = rest.from(end).trim();
            (!word.is_empty()).then_some(word)
        })
    }

    /// What is behind a beginning, without blanks around.
    pub(crate) fn strip(self, beginning: &str) -> Option<Text<'a>> {
        self.text.starts_with(beginning).then(|| self.from(beginning.len()).trim())
    }

    /// Is it this word, in any case?
    pub(crate) fn is(self, word: &str) -> bool {
        self.text.eq_ignore_ascii_case(word)
    }

    /// The number that it is, decimal or with `0x`.
    pub(crate) fn number<T: TryFrom<i128>>(self) -> Result<T, Problem> {
        self.maybe_number()
            .ok_or_else(|| Problem::at(self, format!("`{}` is no number that can stand here", self.text)))
    }

    /// The number that it is, if it is one.
    pub(crate) fn maybe_number<T: TryFrom<i128>>(self) -> Option<T> {
        let (is_negative, digits) = match self.text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, self.text.strip_prefix('+').unwrap_or(self.text)),
        };
        let (base, digits) = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
            Some(digits) => (16, digits),
            None => (10, digits),
        };
        let is_plain = digits.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let number = i128::from_str_radix(digits, base).ok().filter(|_| is_plain)?;
        T::try_from(if is_negative { -number } else { number }).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_know_where_they_stand() {
        let text = Text::new(" a , bc ");
        let parts: Vec<_> = text.split(',').map(|part| (part.as_str(), part.start())).collect();
        assert_eq!(parts, [("a", 1), ("bc", 5)]);
        let words: Vec<_> = text.words().map(|part| (part.as_str(), part.start())).collect();
        assert_eq!(words, [("a", 1), (",", 3), ("bc", 5)]);
        assert_eq!(text.split_once(',').map(|(_, rest)| rest.start()), Some(5));
    }

    #[test]
    fn numbers() {
        for (text, expected) in [("12", Some(12)), ("-3", Some(-3)), ("0x1f", Some(31)), ("", None), ("--1", None)] {
            assert_eq!(Text::new(text).maybe_number::<i32>(), expected, "{text}");
        }
        assert_eq!(Text::new("256").maybe_number::<u8>(), None);
    }
}
