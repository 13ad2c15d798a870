//! Files of rules and of settings: lines, comments, continued lines.

use crate::diagnostic::{Diagnostic, Problem};
use crate::language::Text;
use std::sync::Arc;

/// Hands each line of a settings file that says something to `take`; tells what it has against them.
pub(crate) fn lines<'a>(
    file: &str,
    text: &'a str,
    mut take: impl FnMut(Text<'a>) -> Result<(), Problem>,
) -> Vec<Diagnostic> {
    let file: Arc<str> = file.into();
    let mut diagnostics = Vec::new();
    for (place, line) in text.lines().enumerate() {
        let words = Text::new(line).trim();
        if words.is_empty() || words.as_str().starts_with('#') {
            continue;
        }
        if let Err(problem) = take(words) {
            diagnostics.push(located(problem, &file, place as u32 + 1, line, None));
        }
    }
    diagnostics
}

/// A rule's text: one line, or several where each but the last ends with a backslash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RuleText<'a> {
    /// As it stands in the file.
    pub(crate) raw: &'a [u8],
    /// Its first line, from 1 on.
    pub(crate) line: u32,
    /// Does a blank stand before it?
    pub(crate) is_indented: bool,
}

/// The rules of a file, without comments and empty lines.
pub(crate) fn rule_texts(file: &[u8]) -> impl Iterator<Item = RuleText<'_>> {
    let (mut rest, mut next_line) = (file, 1_u32);
    std::iter::from_fn(move || {
        while !rest.is_empty() {
            let (length, lines) = logical_line(rest);
            let (raw, line) = (rest[..length].trim_ascii_end(), next_line);
            rest = &rest[length..];
            next_line = next_line.saturating_add(lines);
            let first = raw.trim_ascii_start().first();
            if !matches!(first, None | Some(b'#' | b';')) {
                return Some(RuleText { raw, line, is_indented: raw[0].is_ascii_whitespace() });
            }
        }
        None
    })
}

/// Bytes of the next line with those that continue it, and how many lines that are. Comments are not continued.
fn logical_line(text: &[u8]) -> (usize, u32) {
    let is_comment = text.first() == Some(&b'#');
    let (mut length, mut lines) = (0, 0);
    while length < text.len() {
        let end = memchr::memchr(b'\n', &text[length..]).map_or(text.len(), |place| length + place + 1);
        let line = text[length..end].trim_ascii_end();
        length = end;
        lines += 1;
        if is_comment || line.last() != Some(&b'\\') {
            break;
        }
    }
    (length, lines)
}

/// A rule's text in one line: the same number of bytes, with blanks where lines are continued.
pub(crate) fn joined(raw: &str) -> String {
    let mut out = raw.as_bytes().to_vec();
    for end in memchr::memchr_iter(b'\n', raw.as_bytes()) {
        let line = raw.as_bytes()[..end].trim_ascii_end().len();
        out[line.saturating_sub(1)..=end].fill(b' ');
    }
    // Only ASCII was changed, and into ASCII.
    String::from_utf8(out).unwrap_or_default()
}

/// Where in a file a problem is; `raw` is the text that it counts in, which begins at `line`.
pub(crate) fn located(problem: Problem, file: &Arc<str>, line: u32, raw: &str, sid: Option<u32>) -> Diagnostic {
    let before = &raw.as_bytes()[..problem.start.min(raw.len())];
    let newlines = memchr::memchr_iter(b'\n', before).count();
    let column = before.len() - memchr::memrchr(b'\n', before).map_or(0, |place| place + 1);
    let bounded = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Diagnostic {
        severity: problem.severity,
        file: Arc::clone(file),
        line: line.saturating_add(bounded(newlines)),
        column: bounded(column).saturating_add(1),
        length: bounded(problem.length),
        what: problem.what,
        hint: problem.hint,
        sid,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_of_a_file() {
        let file = b"# comment \\\nalert a\r\n\nalert b \\\r\n  c \\\n  d\n drop e\n;x\nlast";
        let texts: Vec<_> = rule_texts(file).map(|text| (text.line, text.is_indented, text.raw.len())).collect();
        assert_eq!(texts, [(2, false, 7), (4, false, 20), (7, true, 7), (9, false, 4)]);
    }

    #[test]
    fn places_in_continued_lines() {
        let raw = "alert b \\\n  c";
        let text = joined(raw);
        assert_eq!((text.as_str(), text.len()), ("alert b     c", raw.len()));
        let problem = Problem::at(Text::new(&text).from(12), "x");
        let diagnostic = located(problem, &"f".into(), 4, raw, None);
        assert_eq!((diagnostic.line, diagnostic.column, diagnostic.length), (5, 3, 1));
    }
}
