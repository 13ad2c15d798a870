//! The report as one HTML page.

mod findings;
mod grid;
mod markup;
mod overview;
mod sha256;
mod svg;
mod week;

use super::units;
use super::{tables, tables_health, tables_profile, tables_transfer, words};
use crate::summary::Summary;
use markup::Markup;
use overview::SECTIONS;

const STYLE: &str = include_str!("../assets/page.css");
const SCRIPT: &str = include_str!("../assets/page.js");

/// Draws the report as one self-contained page: no network, no font, no script from elsewhere.
///
/// Everything is in the HTML, charts included; the script only adds sorting, filtering, tooltips and copying. The
/// report's JSON is in the element `report-data`, for the download button and for programs.
///
/// **Threat: stored XSS.** Names in logs are chosen by strangers, and this page is opened by people with access. So
/// every foreign text is escaped by a writer that cannot write markup from a value, the script inserts foreign text by
/// `textContent` only (never `innerHTML`), the JSON is ASCII without `<`, and a content security policy names the one
/// style and the one script by their hashes: what slipped through all of that would still not run.
pub fn html(summary: &Summary) -> String {
    let mut page = Markup::document();
    page.element("html", &[("lang", "en")], |page| {
        head(page, summary);
        page.element("body", &[], |page| {
            page.leaf("a", &[("class", "skip"), ("href", "#findings")], "Skip to the findings");
            navigation(page, summary);
            page.element("main", &[], |page| body(page, summary));
            page.element("script", &[("type", "application/json"), ("id", "report-data")], |page| page.json(summary));
            page.element("script", &[], |page| page.asset(SCRIPT));
        });
    });
    page.finish()
}

fn head(page: &mut Markup, summary: &Summary) {
    let policy = format!(
        "default-src 'none'; style-src {}; script-src {}; base-uri 'none'; form-action 'none'",
        sha256::source(STYLE),
        sha256::source(SCRIPT)
    );
    page.element("head", &[], |page| {
        page.void("meta", &[("charset", "utf-8")]);
        page.void("meta", &[("http-equiv", "Content-Security-Policy"), ("content", &policy)]);
        page.void("meta", &[("name", "referrer"), ("content", "no-referrer")]);
        page.void("meta", &[("name", "viewport"), ("content", "width=device-width, initial-scale=1")]);
        page.void("meta", &[("name", "color-scheme"), ("content", "light dark")]);
        page.leaf("title", &[], &format!("Fathom: {}", tables::span(summary).headline()));
        page.element("style", &[], |page| page.asset(STYLE));
    });
}

fn navigation(page: &mut Markup, summary: &Summary) {
    let counts = [
        summary.findings.len(),
        0,
        0,
        0,
        0,
        summary.traffic.denied_sources.len(),
        summary.traffic.exposed.len(),
        summary.intel.hits.len(),
        summary.health.problems.len() + summary.health.silent.len(),
    ];
    page.element("nav", &[("aria-label", "Sections")], |page| {
        page.element("div", &[("class", "brand")], |page| {
            page.element(
                "svg",
                &[("viewBox", "0 0 24 24"), ("width", "22"), ("height", "22"), ("aria-hidden", "true")],
                |page| {
                    page.leaf("path", &[("class", "wave"), ("d", "M1 6q2.75-3 5.5 0t5.5 0 5.5 0 5.5 0")], "");
                    page.leaf("path", &[("class", "line"), ("d", "M12 6v11")], "");
                    page.leaf("path", &[("class", "lead"), ("d", "M12 16l3 5.5h-6z")], "");
                },
            );
            page.leaf("span", &[], "Fathom");
        });
        page.element("ul", &[], |page| {
            for ((id, title), count) in
                SECTIONS.iter().zip(counts).filter(|((id, _), _)| overview::is_shown(summary, id))
            {
                page.element("li", &[], |page| {
                    page.element("a", &[("href", &format!("#{id}"))], |page| {
                        page.text(title);
                        if count > 0 {
                            page.leaf("span", &[("class", "count")], &units::count(count as u64));
                        }
                    });
                });
            }
        });
        page.element("div", &[("class", "tools"), ("hidden", "")], |page| {
            page.void(
                "input",
                &[
                    ("type", "search"),
                    ("id", "filter"),
                    ("placeholder", "Filter: address, name, port"),
                    ("aria-label", "Show only what contains this text"),
                ],
            );
            page.element("div", &[("class", "buttons")], |page| {
                page.leaf("button", &[("type", "button"), ("id", "theme")], "Light / dark");
                page.leaf("button", &[("type", "button"), ("id", "download")], "JSON");
            });
        });
    });
}

fn body(page: &mut Markup, summary: &Summary) {
    overview::headline(page, summary);
    page.leaf("p", &[("class", "filtered"), ("role", "status"), ("hidden", "")], "");
    section(page, summary, 0, |page| {
        findings::draw(page, &summary.findings, tables::span(summary));
        if let Some(note) = words::behaviour_note(summary) {
            page.leaf("p", &[("class", "note")], &note);
        }
        if let Some(profile) = &summary.profile {
            grid::draw(page, &tables_profile::habits(profile));
            week::draw(page, profile);
            if tables_profile::has_usual_hours(profile) {
                grid::draw(page, &tables_profile::unusual_hours(profile));
            }
        }
    });
    section(page, summary, 1, |page| page.element("div", &[("class", "block")], |page| svg::timeline(page, summary)));
    section(page, summary, 2, |page| {
        grid::draw(page, &tables::conversations(summary));
        grid::draw(page, &tables::talkers(summary));
    });
    section(page, summary, 3, |page| {
        page.element("div", &[("class", "pair")], |page| {
            grid::draw(page, &tables::services(summary));
            overview::matrix(page, summary);
        });
        let applications = tables::applications(summary);
        if !applications.rows.is_empty() {
            grid::draw(page, &applications);
        }
        if !summary.alerts.is_empty() {
            grid::draw(page, &tables::alerts(summary));
        }
    });
    section(page, summary, 4, |page| transfer(page, summary));
    section(page, summary, 5, |page| rejected(page, summary));
    section(page, summary, 6, |page| grid::draw(page, &tables::exposed(summary)));
    section(page, summary, 7, |page| intel(page, summary));
    section(page, summary, 8, |page| logs(page, summary));
    page.element("footer", &[], |page| {
        page.leaf("p", &[], &format!("{} {}", summary.traffic.counting_rule, units::BYTES_RULE));
        page.leaf(
            "p",
            &[],
            &format!("Written by Fathom, schema {}. This page loads nothing and sends nothing.", summary.schema),
        );
    });
}

fn section(page: &mut Markup, summary: &Summary, index: usize, inside: impl FnOnce(&mut Markup)) {
    let (id, title) = SECTIONS[index];
    if !overview::is_shown(summary, id) {
        return;
    }
    let heading = format!("{id}-heading");
    page.element("section", &[("id", id), ("aria-labelledby", &heading)], |page| {
        page.leaf("h2", &[("id", &heading)], title);
        inside(page);
    });
}

/// Pairs of hosts shown of each class of transfer.
const PAIRS_EACH: usize = 10;

fn transfer(page: &mut Markup, summary: &Summary) {
    if let Some(transfer) = &summary.transfer {
        grid::draw(page, &tables_transfer::classes(transfer));
        grid::draw(page, &tables_transfer::pairs(transfer, PAIRS_EACH));
    }
}

fn rejected(page: &mut Markup, summary: &Summary) {
    let got_in = tables::got_in(summary);
    if !got_in.rows.is_empty() {
        grid::draw(page, &got_in);
    }
    grid::draw(page, &tables::denied_sources(summary));
    page.element("div", &[("class", "pair")], |page| {
        overview::verdicts(page, summary);
        grid::draw(page, &tables::denied_ports(summary));
    });
}

fn intel(page: &mut Markup, summary: &Summary) {
    if !summary.intel.lists.is_empty() || !summary.intel.hits.is_empty() {
        grid::draw(page, &tables::intel_hits(summary));
    }
    let rejected = summary.intel.rejected_inbound;
    if rejected > 0 {
        let text = format!(
            "{} from listed addresses rejected at the door: a number, not an alarm.",
            units::counted(rejected, "attempt", "attempts")
        );
        page.leaf("p", &[("class", "note")], &text);
    }
    grid::draw(page, &tables_health::intel_lists(summary));
}

fn logs(page: &mut Markup, summary: &Summary) {
    grid::draw(page, &tables_health::problems(summary));
    grid::draw(page, &tables_health::silences(summary));
    if overview::is_shown(summary, "network") {
        grid::draw(page, &tables_health::vantages(summary));
    }
    page.element("div", &[("class", "pair")], |page| {
        grid::draw(page, &tables_health::health_counts(summary));
        grid::draw(page, &tables_health::formats(summary));
    });
    let inputs = &summary.inputs;
    let text = format!(
        "{} read, {} skipped, {} stored, {} decoded; {} read, {} of them in this report.",
        units::counted(inputs.objects_read, "object", "objects"),
        units::count(inputs.objects_skipped),
        units::bytes(inputs.bytes_stored),
        units::bytes(inputs.bytes_decoded),
        units::counted(inputs.records_read, "record", "records"),
        units::count(inputs.records),
    );
    grid::draw(page, &tables_health::objects(summary));
    page.leaf("p", &[("class", "note")], &text);
}

#[cfg(test)]
mod tests;
