//! What is wrong with a rule, and where.

use crate::language::Text;
use std::fmt;
use std::sync::Arc;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// It stands, and something about it should be known.
    Note,
    /// It stands, and is likely not what was meant.
    Warning,
    /// It is refused.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        })
    }
}

/// Something about a part of a rule or of a settings file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// The file, by the label that it was read with.
    pub file: Arc<str>,
    /// The line, from 1 on.
    pub line: u32,
    /// The first byte of the part in its line, from 1 on.
    pub column: u32,
    /// Bytes of the part.
    pub length: u32,
    /// What it is.
    pub what: String,
    /// What would help.
    pub hint: Option<String>,
    /// The rule, where it is known.
    pub sid: Option<u32>,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}: {}", self.file, self.line, self.column, self.severity, self.what)?;
        match &self.hint {
            Some(hint) => write!(f, " ({hint})"),
            None => Ok(()),
        }
    }
}

/// A [`Diagnostic`] whose place is still counted in bytes of the rule's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) severity: Severity,
    pub(crate) start: usize,
    pub(crate) length: usize,
    pub(crate) what: String,
    pub(crate) hint: Option<String>,
}

impl Problem {
    /// An error about this part.
    pub(crate) fn at(text: Text<'_>, what: impl Into<String>) -> Problem {
        Problem {
            severity: Severity::Error,
            start: text.start(),
            length: text.as_str().len(),
            what: what.into(),
            hint: None,
        }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Problem {
        self.hint = Some(hint.into());
        self
    }

    pub(crate) fn severity(mut self, severity: Severity) -> Problem {
        self.severity = severity;
        self
    }
}

/// The one of these words that is nearest to a misspelt one, where one is near.
pub(crate) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    const WORD_BYTES_MAX: usize = 64;
    if word.len() > WORD_BYTES_MAX {
        return None;
    }
    let bound = (word.len() / 3).max(1);
    let distances = known.map(|other| (edits(word.as_bytes(), other.as_bytes()), other));
    distances.filter(|(distance, _)| *distance <= bound).min().map(|(_, other)| other)
}

/// Bytes to add, to take away or to change so that one becomes the other (Levenshtein).
fn edits(one: &[u8], other: &[u8]) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (place, byte) in one.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = place + 1;
        for (column, other_byte) in other.iter().enumerate() {
            let changed = diagonal + usize::from(byte != other_byte);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_suggested() {
        let known = ["content", "http.uri", "flow"];
        for (word, expected) in [("contnet", Some("content")), ("http_uri", Some("http.uri")), ("xyzzy", None)] {
            assert_eq!(nearest(word, known.into_iter()), expected, "{word}");
        }
        assert_eq!(edits(b"", b"abc"), 3);
    }
}
