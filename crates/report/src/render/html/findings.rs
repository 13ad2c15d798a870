//! Findings as cards: open where they are grave, closed where they are not, readable without a script either way.

use super::markup::Markup;
use super::svg;
use crate::attack::Technique;
use crate::render::units::{self, Span};
use crate::render::words::{self, Severity};
use crate::summary::Finding;

/// Draws every finding.
pub(super) fn draw(page: &mut Markup, findings: &[Finding], span: Span) {
    if findings.is_empty() {
        page.leaf("p", &[("class", "empty good")], "Nothing that a person should look at.");
        return;
    }
    page.element(
        "div",
        &[("class", "filters"), ("role", "group"), ("aria-label", "Show findings of one severity"), ("hidden", "")],
        |page| {
            page.leaf(
                "button",
                &[("type", "button"), ("data-severity", ""), ("aria-pressed", "true")],
                &format!("All {}", findings.len()),
            );
            for (severity, count) in words::severities(findings) {
                let label = format!("{} {count} {}", severity.mark(), severity.name());
                page.leaf(
                    "button",
                    &[
                        ("type", "button"),
                        ("data-severity", severity.name()),
                        ("class", severity.name()),
                        ("aria-pressed", "false"),
                    ],
                    &label,
                );
            }
        },
    );
    for (index, finding) in findings.iter().enumerate() {
        card(page, index + 1, finding, span);
    }
}

fn card(page: &mut Markup, number: usize, finding: &Finding, span: Span) {
    let severity = Severity::of(finding);
    let (id, class) = (format!("finding-{number}"), format!("finding {}", severity.name()));
    page.element("article", &[("class", &class), ("id", &id), ("data-severity", severity.name())], |page| {
        let is_open = severity <= Severity::High;
        let open: &[(&'static str, &str)] = if is_open { &[("open", "")] } else { &[] };
        page.element("details", open, |page| {
            page.element("summary", &[], |page| head(page, finding, severity, span));
            page.element("div", &[("class", "body")], |page| {
                evidence(page, finding);
                next_step(page, finding);
                provenance(page, finding);
            });
        });
    });
}

fn head(page: &mut Markup, finding: &Finding, severity: Severity, span: Span) {
    let pill = format!("{} {}", severity.mark(), severity.name());
    page.leaf("span", &[("class", "pill")], &pill);
    page.leaf("h3", &[], &finding.title);
    let full = format!("{} – {}", finding.first_seen, finding.last_seen);
    page.element("span", &[("class", "facts")], |page| {
        page.element("span", &[("class", "who")], |page| {
            page.leaf("b", &[], &words::owned_in(finding, &finding.entity));
            if !finding.peers.is_empty() {
                page.leaf("span", &[("class", "arrow"), ("aria-label", "to")], " → ");
                let peers = words::owned_peers(finding);
                page.leaf("span", &[("title", &words::few(&peers, 40))], &words::few(&peers, 3));
            }
        });
        page.leaf("time", &[("title", &full)], &span.range(&finding.first_seen, &finding.last_seen));
    });
    svg::strip(page, finding, span);
}

fn evidence(page: &mut Markup, finding: &Finding) {
    if !finding.evidence.is_empty() {
        page.element("dl", &[("class", "evidence")], |page| {
            for (name, value) in &finding.evidence {
                fact(page, name, value);
            }
        });
    }
}

/// Which detector, which technique, how sure.
fn provenance(page: &mut Markup, finding: &Finding) {
    page.element("p", &[("class", "provenance")], |page| {
        page.leaf("span", &[("class", "m"), ("title", &finding.id)], &finding.detector);
        if let Some(technique) = Technique::parse(&finding.attack) {
            let text = format!("ATT&CK {} {}", finding.attack, technique.name());
            page.element("span", &[], |page| {
                page.leaf(
                    "a",
                    &[("href", &technique.url()), ("rel", "noopener noreferrer"), ("target", "_blank")],
                    text.trim_end(),
                );
            });
        }
        let sure = format!("{:.0} % sure", finding.confidence.clamp(0.0, 1.0) * 100.0);
        let reasons = words::reasons(finding);
        page.leaf("span", &[], &if reasons.is_empty() { sure } else { format!("{sure}, because: {reasons}") });
    });
}

/// Longer values have a line of their own.
const SHORT_CHARS: usize = 48;

fn fact(page: &mut Markup, name: &str, value: &str) {
    let wide: &[(&'static str, &str)] = if value.chars().count() > SHORT_CHARS { &[("class", "wide")] } else { &[] };
    page.element("div", wide, |page| {
        page.leaf("dt", &[], name);
        page.leaf("dd", &[], value);
    });
}

fn next_step(page: &mut Markup, finding: &Finding) {
    if finding.next_step.is_empty() {
        return;
    }
    let (sentence, command) = words::step(&finding.next_step);
    page.element("div", &[("class", "next")], |page| {
        page.element("p", &[], |page| {
            page.leaf("b", &[], "Next ");
            page.text(&units::clean(&sentence));
        });
        if let Some(command) = command {
            page.element("div", &[("class", "command")], |page| {
                page.leaf("code", &[], &command);
                page.leaf(
                    "button",
                    &[("type", "button"), ("class", "copy"), ("hidden", ""), ("aria-label", "Copy the command")],
                    "Copy",
                );
            });
        }
    });
}
