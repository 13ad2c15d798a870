//! The findings, most severe first: what, when, who, why, and what to do next.

use super::screen::{Ink, Part, Screen, part, width};
use crate::attack::Technique;
use crate::render::units::{self, Span};
use crate::render::words::{self, Severity};
use crate::summary::Finding;
use detect::suppress::Hidden;

/// Columns before the text of a finding.
const HANGING: usize = 13;
/// So many findings are told; the rest is counted.
const MOST: usize = 25;

/// Draws the findings.
pub(super) fn draw(screen: &mut Screen, findings: &[Finding], span: Span) {
    let tally = words::severities(findings);
    let remark = tally.iter().map(|(severity, count)| format!("{} {count} {}", severity.mark(), severity.name()));
    screen.title("Findings", &remark.collect::<Vec<_>>().join("  "));
    if findings.is_empty() {
        screen.line(&[part(Ink::Dim, "  Nothing that a person should look at.")]);
    }
    draw_all(screen, &findings[..findings.len().min(MOST)], span);
    if findings.len() > MOST {
        screen.line(&[part(Ink::Dim, format!("  … and {} more", units::count((findings.len() - MOST) as u64)))]);
    }
}

/// Draws findings one below the other.
pub(super) fn draw_all(screen: &mut Screen, findings: &[Finding], span: Span) {
    for (index, finding) in findings.iter().enumerate() {
        if index > 0 {
            screen.gap();
        }
        draw_one(screen, finding, span);
    }
}

/// What somebody does not want to see is counted, with the reason.
pub(super) fn draw_suppressed(screen: &mut Screen, suppressed: &[Hidden]) {
    for hidden in suppressed.iter().filter(|hidden| !hidden.findings.is_empty()) {
        let (count, by) = (units::count(hidden.findings.len() as u64), &hidden.by);
        let line = format!("  {count} suppressed until {}: {} of {}, {}", by.until, by.detector, by.entity, by.reason);
        screen.line(&[part(Ink::Dim, units::clean(&line))]);
    }
    if let Some(line) = idle(suppressed) {
        screen.flow(2, &[part(Ink::Dim, units::clean(&line))]);
    }
}

/// Lines of the suppressions that had no effect, or will have none any more: somebody should take them out.
fn idle(suppressed: &[Hidden]) -> Option<String> {
    const NAMED: usize = 5;
    let lines = |is_one: &dyn Fn(&Hidden) -> bool| -> Vec<String> {
        suppressed.iter().filter(|hidden| is_one(hidden)).map(|hidden| hidden.by.line.to_string()).collect()
    };
    let expired = lines(&|hidden| hidden.is_expired);
    let useless = lines(&|hidden| !hidden.is_expired && hidden.findings.is_empty());
    let kinds = [(useless, "hid nothing"), (expired, "expired before the last record")];
    let told = |(lines, what): (Vec<String>, &str)| {
        let (word, named) = (if lines.len() == 1 { "line" } else { "lines" }, words::few(&lines, NAMED));
        (!lines.is_empty()).then(|| format!("{word} {named} {what}"))
    };
    let told: Vec<String> = kinds.into_iter().filter_map(told).collect();
    (!told.is_empty()).then(|| format!("of the suppressions {}", told.join(", ")))
}

fn ink_of(severity: Severity) -> Ink {
    match severity {
        Severity::Critical => Ink::Alarm,
        Severity::High => Ink::Red,
        Severity::Medium => Ink::Yellow,
        Severity::Low => Ink::Blue,
        Severity::Info => Ink::Dim,
    }
}

fn draw_one(screen: &mut Screen, finding: &Finding, span: Span) {
    let severity = Severity::of(finding);
    let badge = format!(" {} {} ", severity.mark(), severity.name().to_uppercase());
    let lead = " ".repeat(HANGING.saturating_sub(width(&badge)));
    let mut title = lines_of(&units::clean(&finding.title), screen.width() - HANGING).into_iter();
    let first = title.next().unwrap_or_default();
    screen.line(&[part(ink_of(severity), badge), part(Ink::Plain, lead), part(Ink::Bold, first)]);
    for rest in title {
        screen.line(&[part(Ink::Plain, " ".repeat(HANGING)), part(Ink::Bold, rest)]);
    }
    screen.segments(HANGING, &facts(finding, span));
    if !finding.evidence.is_empty() {
        screen.segments(HANGING, &evidence(finding));
    }
    let reasons = words::reasons(finding);
    if severity <= Severity::High && !reasons.is_empty() {
        screen.flow(HANGING, &[part(Ink::Dim, format!("because: {reasons}"))]);
    }
    let (sentence, command) = words::step(&finding.next_step);
    if severity <= Severity::High && !finding.next_step.is_empty() {
        let colon = if command.is_some() { ":" } else { "" };
        screen.flow(HANGING, &[part(Ink::Cyan, "next: "), part(Ink::Plain, format!("{sentence}{colon}"))]);
        for line in command.map(|command| command_lines(&command, screen.width() - HANGING - 2)).unwrap_or_default() {
            screen.line(&[part(Ink::Plain, " ".repeat(HANGING + 2)), part(Ink::Cyan, line)]);
        }
    }
}

/// When, who to whom, which detector, which technique, how sure.
fn facts(finding: &Finding, span: Span) -> Vec<Vec<Part>> {
    let mut who = units::clean(&words::owned_in(finding, &finding.entity));
    if !finding.peers.is_empty() {
        who = format!("{who} → {}", words::few(&words::owned_peers(finding), 3));
    }
    let mut facts = vec![
        vec![part(Ink::Plain, span.range(&finding.first_seen, &finding.last_seen))],
        vec![part(Ink::Plain, who)],
        vec![part(Ink::Dim, units::clean(&finding.detector))],
    ];
    if let Some(technique) = Technique::parse(&finding.attack) {
        facts.push(vec![part(Ink::Dim, format!("{} {}", finding.attack, technique.name()).trim_end())]);
    }
    facts.push(vec![part(Ink::Dim, format!("{:.0} % sure", finding.confidence.clamp(0.0, 1.0) * 100.0))]);
    facts
}

fn evidence(finding: &Finding) -> Vec<Vec<Part>> {
    let one = |(name, value): &(String, String)| {
        vec![part(Ink::Dim, format!("{} ", units::clean(name))), part(Ink::Plain, units::clean(value))]
    };
    finding.evidence.iter().take(6).map(one).collect()
}

/// Breaks a text between words.
fn lines_of(text: &str, room: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let last = lines.last_mut().filter(|line| line.is_empty() || width(line) + 1 + width(word) <= room);
        match last {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) => {
                line.push(' ');
                line.push_str(word);
            }
            None => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Breaks a command so that it can still be pasted into a shell.
///
/// Outside quotes a line ends in ` \`. Inside the quotes of an SQL text it just ends, because white space there means
/// nothing to SQL; but never inside a literal in that SQL.
fn command_lines(command: &str, room: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut is_quoted = false;
    for (unit, is_quoted_after) in unbreakable_units(command) {
        let used = lines.last().map_or(0, |line| width(line));
        if used > 0 && used + width(unit.trim_end()) + 2 > room {
            if let Some(last) = lines.last_mut().filter(|_| !is_quoted) {
                last.push('\\');
            }
            lines.push(String::new());
        }
        if let Some(last) = lines.last_mut() {
            last.push_str(unit);
        }
        is_quoted = is_quoted_after;
    }
    lines
}

/// The pieces of a command that must stay on one line, each with whether a quote is open after it.
fn unbreakable_units(command: &str) -> Vec<(&str, bool)> {
    let (mut outer, mut inner, mut start) = (None, None, 0);
    let mut units = Vec::new();
    for (at, character) in command.char_indices() {
        match (character, outer, inner) {
            ('"' | '\'', None, _) => outer = Some(character),
            ('"' | '\'', Some(open), None) if open == character => outer = None,
            ('"' | '\'', Some(_), None) => inner = Some(character),
            (_, _, Some(open)) if open == character => inner = None,
            (' ', _, None) => {
                units.push((&command[start..=at], outer.is_some()));
                start = at + 1;
            }
            _ => {}
        }
    }
    units.push((&command[start..], outer.is_some()));
    units
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_command_can_still_be_pasted() {
        let lines =
            command_lines("fathom query \"SELECT a FROM flows WHERE name = 'one two three four'\" logs/ --json", 30);
        assert_eq!(
            lines,
            ["fathom query \"SELECT a FROM ", "flows WHERE name = ", "'one two three four'\" logs/ \\", "--json"],
            "no break inside the SQL literal, a backslash outside quotes"
        );
    }
}
