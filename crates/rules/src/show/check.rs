//! Mistakes with the lines that they stand in, as compilers show them.

use crate::diagnostic::{Diagnostic, Severity};
use crate::reader::Reader;
use crate::settings::Settings;
use std::fmt::Write;

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
    for diagnostic in &reading.diagnostics {
        let source = files.iter().find(|(file, _)| **file == *diagnostic.file).map_or(&[][..], |(_, text)| text);
        text.push_str(&excerpt(diagnostic, line_of(source, diagnostic.line)));
        text.push('\n');
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

fn line_of(text: &[u8], line: u32) -> &[u8] {
    text.split(|byte| *byte == b'\n').nth(line.saturating_sub(1) as usize).unwrap_or_default()
}

/// A mistake, the part of its line around it, and marks below what is meant.
pub fn excerpt(diagnostic: &Diagnostic, line: &[u8]) -> String {
    let start = (diagnostic.column.saturating_sub(1) as usize).min(line.len());
    let end = start.saturating_add(diagnostic.length as usize).min(line.len());
    let shown = |part: &[u8]| -> Vec<char> { String::from_utf8_lossy(part).chars().map(printable).collect() };
    let (before, meant, behind) = (shown(&line[..start]), shown(&line[start..end]), shown(&line[end..]));
    let cut = before.len().saturating_sub(CHARACTERS_BEFORE);
    let left: String = if cut > 0 { "…" } else { "" }.chars().chain(before[cut..].iter().copied()).collect();
    let right = behind.iter().take(CHARACTERS_BEHIND.saturating_sub(meant.len().min(CHARACTERS_BEHIND)));
    let middle: String = meant.iter().take(CHARACTERS_BEHIND).collect();
    let right: String = right.collect();
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

/// Tabs and what moves the cursor take one place.
fn printable(character: char) -> char {
    if character.is_control() { ' ' } else { character }
}
