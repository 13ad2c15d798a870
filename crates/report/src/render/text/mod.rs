//! The report as text for a terminal.

mod chart;
mod findings;
mod grid;
mod screen;
mod week;

use super::units;
use super::words;
use super::{tables, tables_health, tables_profile, tables_transfer};
use crate::summary::Summary;
use screen::{Ink, Part, Screen, part};

/// Rows shown of a long and of a short table.
const ROWS: (usize, usize) = (10, 6);
/// Rows shown of classes of transfer, and pairs of hosts shown of each.
const CLASSES: usize = 20;
const PAIRS_EACH: usize = 3;
/// Unusual hours shown of a profile.
const HOURS_SHOWN: usize = 24;

/// Draws the report as text, `width` columns wide, with ANSI colours if `color`.
///
/// No line is wider than `width` (at least 40 columns), without `color` there is no escape sequence in it, and no
/// character of a foreign name can move the cursor or change colours either way.
pub fn text(summary: &Summary, width: usize, color: bool) -> String {
    let mut screen = Screen::new(width, color);
    headline(&mut screen, summary);
    findings::draw(&mut screen, &summary.findings, tables::span(summary));
    findings::draw_suppressed(&mut screen, &summary.suppressed);
    if let Some(note) = words::behaviour_note(summary) {
        screen.flow(2, &[part(Ink::Yellow, note)]);
    }
    if let Some(profile) = &summary.profile {
        grid::draw(&mut screen, &tables_profile::habits(profile), ROWS.0);
        week::draw(&mut screen, profile);
        if tables_profile::has_usual_hours(profile) {
            grid::draw(&mut screen, &tables_profile::unusual_hours(profile), HOURS_SHOWN);
        }
    }
    if summary.inputs.records > 0 {
        network(&mut screen, summary);
    }
    if !summary.intel.lists.is_empty() || !summary.intel.hits.is_empty() {
        intel(&mut screen, summary);
    }
    health(&mut screen, summary);
    inputs(&mut screen, summary);
    screen.finish()
}

/// Draws the findings alone, all of them, for a terminal that others follow.
pub fn findings(summary: &Summary, width: usize, color: bool) -> String {
    let mut screen = Screen::new(width, color);
    findings::draw_all(&mut screen, &summary.findings, tables::span(summary));
    screen.finish()
}

fn headline(screen: &mut Screen, summary: &Summary) {
    let (inputs, traffic, span) = (&summary.inputs, &summary.traffic, tables::span(summary));
    let worst = words::severities(&summary.findings).first().map(|(severity, _)| *severity);
    let ink = if worst.is_some_and(|worst| worst <= words::Severity::High) { Ink::Red } else { Ink::Bold };
    screen.flow(0, &[part(Ink::Cyan, "Fathom  "), part(ink, words::verdict(summary))]);
    if span.ends.is_some() {
        let clouds = words::clouds(summary);
        let clouds = if clouds.is_empty() { String::new() } else { format!(" · {clouds}") };
        let length = units::duration(span.seconds());
        screen.flow(
            8,
            &[part(Ink::Plain, span.headline()), part(Ink::Dim, format!(" ({length})")), part(Ink::Plain, clouds)],
        );
    }
    let denied = denied_records(summary);
    let mut parts = Vec::new();
    let mut fact = |value: String, name: &str| {
        let dot = if parts.is_empty() { "" } else { " · " };
        parts.extend([part(Ink::Dim, dot), part(Ink::Bold, value), part(Ink::Plain, format!(" {name}"))]);
    };
    fact(units::count(inputs.records), if inputs.records == 1 { "record" } else { "records" });
    if inputs.records > 0 {
        fact(units::bytes(traffic.bytes), "moved");
        fact(
            units::count(traffic.conversations),
            if traffic.conversations == 1 { "conversation" } else { "conversations" },
        );
        if words::has_verdicts(summary) {
            fact(units::percent(denied, inputs.records), "turned away");
        }
    }
    let formats = inputs.formats.len() as u64;
    if formats > 0 {
        fact(
            units::counted(formats, "format", "formats"),
            &format!("in {}", units::counted(inputs.objects_read, "object", "objects")),
        );
    }
    screen.flow(8, &parts);
}

/// Records that were denied or dropped.
fn denied_records(summary: &Summary) -> u64 {
    let of = |verdict: &str| summary.traffic.verdicts.get(verdict).copied().unwrap_or(0);
    of("denied").saturating_add(of("dropped"))
}

fn network(screen: &mut Screen, summary: &Summary) {
    chart::draw(screen, &summary.traffic.timeline);
    grid::draw(screen, &tables::conversations(summary), ROWS.0);
    grid::draw(screen, &tables::talkers(summary), ROWS.0);
    grid::draw(screen, &tables::services(summary), ROWS.0);
    let applications = tables::applications(summary);
    if !applications.rows.is_empty() {
        grid::draw(screen, &applications, ROWS.0);
    }
    if !summary.alerts.is_empty() {
        grid::draw(screen, &tables::alerts(summary), ROWS.0);
    }
    grid::draw(screen, &tables::zones(summary), ROWS.0);
    if let Some(transfer) = summary.transfer.as_ref().filter(|_| tables_transfer::is_shown(summary)) {
        grid::draw(screen, &tables_transfer::classes(transfer), CLASSES);
        grid::draw(screen, &tables_transfer::pairs(transfer, PAIRS_EACH), CLASSES);
    }
    if words::has_verdicts(summary) {
        turned_away(screen, summary);
    }
    grid::draw(screen, &tables::exposed(summary), ROWS.0);
}

fn turned_away(screen: &mut Screen, summary: &Summary) {
    verdicts(screen, summary);
    grid::draw(screen, &tables::denied_sources(summary), ROWS.0);
    let got_in = tables::got_in(summary);
    if !got_in.rows.is_empty() {
        grid::draw(screen, &got_in, ROWS.0);
    }
    grid::draw(screen, &tables::denied_ports(summary), ROWS.1);
}

/// One bar per verdict.
fn verdicts(screen: &mut Screen, summary: &Summary) {
    screen.title("Accepted and rejected", "records");
    let verdicts = &summary.traffic.verdicts;
    let total = verdicts.values().fold(0u64, |sum, count| sum.saturating_add(*count));
    let room = screen.width().saturating_sub(40).min(60);
    for (name, count) in verdicts {
        let ink = match name.as_str() {
            "allowed" => Ink::Cyan,
            "denied" | "dropped" => Ink::Red,
            _ => Ink::Dim,
        };
        let name = screen::cut(&units::clean(name), 9, super::table::Cut::End);
        let pad = " ".repeat(9usize.saturating_sub(screen::width(&name)));
        let line = format!("  {name}{pad} {:>14} {:>7}  ", units::count(*count), units::percent(*count, total));
        screen.line(&[part(Ink::Plain, line), part(ink, grid::bar(units::share(*count, total), room))]);
    }
}

fn intel(screen: &mut Screen, summary: &Summary) {
    let hits = tables::intel_hits(summary);
    grid::draw(screen, &hits, ROWS.0);
    let rejected = summary.intel.rejected_inbound;
    if rejected > 0 {
        let text = format!(
            "{} from listed addresses rejected at the door: a number, not an alarm.",
            units::counted(rejected, "attempt", "attempts")
        );
        screen.flow(2, &[part(Ink::Dim, text)]);
    }
    grid::draw(screen, &tables_health::intel_lists(summary), ROWS.0);
}

fn health(screen: &mut Screen, summary: &Summary) {
    let (problems, silences) = (tables_health::problems(summary), tables_health::silences(summary));
    if summary.health.counts.is_empty() && problems.rows.is_empty() && silences.rows.is_empty() {
        screen.title("Health of the logging", "");
        screen.line(&[part(Ink::Dim, "  No gap, no loss, no silence, nothing unreadable.")]);
        return;
    }
    if !problems.rows.is_empty() {
        grid::draw(screen, &problems, ROWS.0);
    }
    if !silences.rows.is_empty() {
        grid::draw(screen, &silences, ROWS.0);
    }
    grid::draw(screen, &tables_health::health_counts(summary), ROWS.0);
}

fn inputs(screen: &mut Screen, summary: &Summary) {
    if !summary.traffic.vantages.is_empty() {
        grid::draw(screen, &tables_health::vantages(summary), ROWS.0);
    }
    grid::draw(screen, &tables_health::formats(summary), ROWS.0);
    let inputs = &summary.inputs;
    let mut lines: Vec<Part> = vec![part(
        Ink::Dim,
        format!(
            "{} read, {} skipped, {} stored, {} decoded. ",
            units::counted(inputs.objects_read, "object", "objects"),
            units::count(inputs.objects_skipped),
            units::bytes(inputs.bytes_stored),
            units::bytes(inputs.bytes_decoded)
        ),
    )];
    if inputs.records_read != inputs.records {
        let text = format!(
            "{} read, {} of them in this report. ",
            units::counted(inputs.records_read, "record", "records"),
            units::count(inputs.records)
        );
        lines.push(part(Ink::Dim, text));
    }
    lines.push(part(Ink::Dim, format!("{} {}", summary.traffic.counting_rule, units::BYTES_RULE).trim_start()));
    screen.gap();
    screen.flow(2, &lines);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::sample;

    /// The texts without the colours that we put in ourselves.
    fn without_colors(text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("\x1b[") {
            let (code, tail) = after.split_once('m').expect("a complete sequence");
            assert!(code.bytes().all(|byte| byte.is_ascii_digit() || byte == b';'), "a colour, not {code:?}");
            out.push_str(before);
            rest = tail;
        }
        out.push_str(rest);
        out
    }

    #[test]
    fn no_line_is_wider_than_asked() {
        for summary in [sample::story(), sample::hostile(), sample::single(), Summary::default()] {
            for width in [40, 60, 72, 80, 100, 120, 160, 200] {
                let plain = text(&summary, width, false);
                assert_eq!(plain, without_colors(&text(&summary, width, true)), "colours change nothing else");
                for line in plain.lines() {
                    assert!(screen::width(line) <= width, "{} > {width}: {line}", screen::width(line));
                    assert_eq!(line, line.trim_end(), "no blanks at the end");
                }
            }
        }
    }

    #[test]
    fn no_control_character_of_a_name_survives() {
        let plain = text(&sample::hostile(), 100, false);
        assert!(plain.chars().all(|character| character == '\n' || !character.is_control()), "{plain:?}");
        assert!(!plain.contains('\u{202e}'));
        assert!(plain.contains("\\x1b]0;owned"), "it is spelled out");
    }

    #[test]
    fn findings_come_first_and_say_what_to_do() {
        let plain = text(&sample::story(), 120, false);
        let at = |needle: &str| plain.find(needle).unwrap_or_else(|| panic!("{needle} in {plain}"));
        assert!(
            plain.starts_with("Fathom  2 critical, 3 high and 3 medium findings. Part of the input could not be read.")
        );
        assert!(at("guessed its way into SSH") < at("Traffic over time"));
        assert!(at("Traffic over time") < at("Who talks to whom"));
        assert!(at("Who talks to whom") < at("What the internet reaches"));
        for needle in [
            "next: See the records behind it",
            "▲ ssh",
            "▲ postgresql tcp/5432",
            "Z.log.gz @1048576",
            "5,912,334",
            "T1110.001 Password Guessing",
            "By the prices given 4.80 USD",
            "0.70+",
        ] {
            at(needle);
        }
    }

    #[test]
    fn a_week_is_a_line_a_day_and_its_unusual_hours() {
        let plain = text(&sample::story(), 120, false);
        let days: Vec<&str> = plain.lines().filter(|line| line.contains(" Mar ") && line.contains("·▁▁·")).collect();
        assert_eq!(days.len(), 7, "{plain}");
        assert!(days[0].starts_with("   Mon 2 Mar        ▁██"), "{}", days[0]);
        assert!(days[6].contains("Sun 8 Mar") && days[6].trim_end().ends_with('3'), "{}", days[6]);
        let unusual = plain.split("Hours unlike the usual").nth(1).expect("the table");
        assert!(unusual.lines().nth(2).is_some_and(|line| line.contains("03-04 02:00") && line.contains("61 MB")));
        assert!(plain.contains("The most in an hour: 61 MB sent, 4 Mar 03:00."));
    }

    #[test]
    fn transfer_is_shown_where_it_is_worth_a_look() {
        let mut summary = sample::story();
        let is_told = |summary: &Summary| text(summary, 120, false).contains("What transfer costs by");
        assert!(is_told(&summary));
        if let Some(transfer) = &mut summary.transfer {
            transfer.cost = None;
            transfer.classes.iter_mut().for_each(|class| class.bytes /= 1_000);
        }
        assert!(!is_told(&summary));
    }

    #[test]
    fn an_empty_report_is_short_and_honest() {
        let plain = text(&Summary::default(), 80, false);
        assert!(plain.starts_with("Fathom  No flow records to report on."), "{plain}");
        assert!(!plain.contains("Who talks to whom"));
        assert!(plain.lines().count() < 20, "{plain}");
    }
}
