//! Mistakes with the lines that they stand in, as compilers show them.

use crate::diagnostic::{Diagnostic, Severity};
use crate::reader::Reader;
use crate::settings::Settings;
use std::fmt::Write;

/// A character has so many bytes at most.
const CHARACTER_BYTES: usize = 4;
/// Characters of a line that are shown around a mistake: rules are long.
const CHARACTERS_BEFORE: usize = 50;
const CHARACTERS_BEHIND: usize = 60;

/// What checking files came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckReport {
    /// Everything that is said, and a summary as the last line.
    pub text: String,
    /// Rules that stand.
    pub rules: usize,
    /// Rules that were refused.
    pub refused: u64,
    /// Rules that were left out because of what they require.
    pub left_out: u64,
    /// Rules that stand and are likely not what was meant.
    pub warnings: usize,
}

/// Checks files of rules, each with the name that is shown for it.
pub fn check(files: &[(&str, &[u8])], settings: &Settings) -> CheckReport {
    let settings = Settings { advises: true, ..settings.clone() };
    let mut reader = Reader::new(&settings);
    for (file, text) in files {
        reader.read(file, text);
    }
    let reading = reader.finish();
    let mut text = String::new();
    for (file, bytes) in files {
        let mut lines = bytes.split(|byte| *byte == b'\n');
        let (mut line, mut number) = (lines.next().unwrap_or_default(), 1);
        for diagnostic in reading.diagnostics.iter().filter(|said| *said.file == **file) {
            while number < diagnostic.line {
                line = lines.next().unwrap_or_default();
                number += 1;
            }
            text.push_str(&excerpt(diagnostic, line));
            text.push('\n');
        }
    }
    let warnings = reading.diagnostics.iter().filter(|said| said.severity == Severity::Warning).count();
    let (rules, refused, left_out) = (reading.rules.len(), reading.refused, reading.left_out);
    let _ = write!(text, "{rules} rules stand, {refused} are refused, {left_out} are left out; {warnings} warnings");
    if reading.diagnostics_dropped > 0 {
        let _ = write!(text, "; {} more remarks are not shown", reading.diagnostics_dropped);
    }
    text.push('\n');
    CheckReport { text, rules, refused, left_out, warnings }
}

/// A mistake, the part of its line around it, and marks below what is meant.
pub fn excerpt(diagnostic: &Diagnostic, line: &[u8]) -> String {
    let start = (diagnostic.column.saturating_sub(1) as usize).min(line.len());
    let end = start.saturating_add(diagnostic.length as usize).min(line.len());
    let left = left_of(&line[..start]);
    let middle = right_of(&line[start..end], CHARACTERS_BEHIND);
    let right = right_of(&line[end..], CHARACTERS_BEHIND.saturating_sub(middle.chars().count()));
    let (margin, marks) = (" ".repeat(left.chars().count()), "^".repeat(middle.chars().count().max(1)));
    let Diagnostic { severity, file, line, column, what, hint, sid, length: _ } = diagnostic;
    let gutter = line.to_string();
    let blank = " ".repeat(gutter.len());
    let of_rule = sid.map(|sid| format!(" [sid {sid}]")).unwrap_or_default();
    let help = hint.as_ref().map(|hint| format!("{blank} = help: {hint}\n")).unwrap_or_default();
    format!(
        "{severity}: {what}{of_rule}\n{blank}--> {file}:{line}:{column}\n{blank} |\n{gutter} | {left}{middle}{right}\n\
         {blank} | {margin}{marks}\n{help}"
    )
}

fn left_of(bytes: &[u8]) -> String {
    let near = &bytes[bytes.len().saturating_sub(CHARACTERS_BEFORE * CHARACTER_BYTES)..];
    let characters: Vec<char> = String::from_utf8_lossy(near).chars().map(printable).collect();
    let shown: String = characters[characters.len().saturating_sub(CHARACTERS_BEFORE)..].iter().collect();
    let is_cut = near.len() < bytes.len() || characters.len() > CHARACTERS_BEFORE;
    if is_cut { format!("…{shown}") } else { shown }
}

fn right_of(bytes: &[u8], characters_max: usize) -> String {
    let near = &bytes[..bytes.len().min(characters_max * CHARACTER_BYTES)];
    String::from_utf8_lossy(near).chars().take(characters_max).map(printable).collect()
}

/// Tabs and what moves the cursor take one place.
fn printable(character: char) -> char {
    if character.is_control() { ' ' } else { character }
}
