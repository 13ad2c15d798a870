//! The top of the page, and the parts that are no plain table: key numbers, verdicts, the matrix of zones.

use super::grid;
use super::markup::Markup;
use super::svg;
use crate::render::tables;
use crate::render::tables_transfer;
use crate::render::units;
use crate::render::words::{self, Severity};
use crate::summary::{Summary, ZonePair};

/// The sections: id, title.
pub(super) const SECTIONS: [(&str, &str); 9] = [
    ("findings", "Findings"),
    ("time", "Traffic over time"),
    ("network", "Conversations"),
    ("services", "Services and zones"),
    ("transfer", "Transfer costs"),
    ("rejected", "Turned away"),
    ("exposure", "Internet exposure"),
    ("intel", "Blacklists"),
    ("logs", "Logs and inputs"),
];

/// Is there something to say in a section? Without records only the findings and the logs are left.
pub(super) fn is_shown(summary: &Summary, section: &str) -> bool {
    match section {
        "findings" | "logs" => true,
        "transfer" => tables_transfer::is_shown(summary),
        _ => summary.inputs.records > 0,
    }
}

/// The verdict and what the report is about.
pub(super) fn headline(page: &mut Markup, summary: &Summary) {
    let (inputs, span) = (&summary.inputs, tables::span(summary));
    page.element("header", &[("class", "top")], |page| {
        page.leaf("h1", &[], &words::verdict(summary));
        page.element("p", &[("class", "about")], |page| {
            let mut facts = Vec::new();
            if span.ends.is_some() {
                facts.push(format!("{} ({})", span.headline(), units::duration(span.seconds())));
            }
            let clouds = words::clouds(summary);
            if !clouds.is_empty() {
                facts.push(clouds);
            }
            facts.push(units::counted(inputs.records, "record", "records"));
            facts.push(format!(
                "{} in {}",
                units::counted(inputs.formats.len() as u64, "format", "formats"),
                units::counted(inputs.objects_read, "object", "objects")
            ));
            for fact in facts {
                page.leaf("span", &[], &fact);
            }
        });
    });
    page.element("div", &[("class", "tiles")], |page| tiles(page, summary));
}

/// A key number that links to its section.
struct Tile {
    section: &'static str,
    name: &'static str,
    value: String,
    note: String,
    is_bad: bool,
}

fn tiles(page: &mut Markup, summary: &Summary) {
    let all = [finding_tile, moved_tile, denied_tile, exposed_tile, intel_tile, health_tile].map(|tile| tile(summary));
    for tile in all.iter().filter(|tile| is_shown(summary, tile.section)) {
        let class = if tile.is_bad { "tile bad" } else { "tile" };
        page.element("a", &[("class", class), ("href", &format!("#{}", tile.section))], |page| {
            page.leaf("span", &[("class", "name")], tile.name);
            page.leaf("span", &[("class", "value")], &tile.value);
            page.leaf("span", &[("class", "hint")], &tile.note);
        });
    }
}

fn finding_tile(summary: &Summary) -> Tile {
    let tally = words::severities(&summary.findings);
    let note = tally
        .iter()
        .take(2)
        .map(|(severity, count)| format!("{count} {}", severity.name()))
        .collect::<Vec<_>>()
        .join(", ");
    let is_bad = tally.first().is_some_and(|(severity, _)| *severity <= Severity::High);
    Tile {
        section: "findings",
        name: "Findings",
        value: summary.findings.len().to_string(),
        note: if note.is_empty() { "none".into() } else { note },
        is_bad,
    }
}

fn moved_tile(summary: &Summary) -> Tile {
    let note = format!("{} conversations", units::count_short(summary.traffic.conversations));
    Tile { section: "time", name: "Moved", value: units::bytes(summary.traffic.bytes), note, is_bad: false }
}

fn denied_tile(summary: &Summary) -> Tile {
    let of = |verdict: &str| summary.traffic.verdicts.get(verdict).copied().unwrap_or(0);
    let denied = of("denied").saturating_add(of("dropped"));
    let came_in = summary.traffic.denied_sources.iter().filter(|source| !source.got_in.is_empty()).count();
    let note = if came_in > 0 {
        format!("▲ {came_in} got in later")
    } else {
        format!("{} records", units::count_short(denied))
    };
    Tile {
        section: "rejected",
        name: "Turned away",
        value: units::percent(denied, summary.inputs.records),
        note,
        is_bad: came_in > 0,
    }
}

fn exposed_tile(summary: &Summary) -> Tile {
    let exposed = &summary.traffic.exposed;
    let sensitive = exposed.iter().filter(|exposure| exposure.is_sensitive).count();
    let note = if sensitive > 0 { format!("▲ {sensitive} sensitive") } else { "none sensitive".into() };
    Tile { section: "exposure", name: "Internet-facing", value: exposed.len().to_string(), note, is_bad: sensitive > 0 }
}

fn intel_tile(summary: &Summary) -> Tile {
    let intel = &summary.intel;
    let answered = intel.hits.iter().filter(|hit| hit.outcome == "answered").count();
    let (value, note) = match (intel.lists.len(), answered) {
        (0, _) => ("–".into(), "no list given".into()),
        (_, 0) => (intel.hits.len().to_string(), "none answered".into()),
        (_, answered) => (intel.hits.len().to_string(), format!("▲ {answered} answered")),
    };
    Tile { section: "intel", name: "Blacklisted peers", value, note, is_bad: answered > 0 }
}

fn health_tile(summary: &Summary) -> Tile {
    let (health, silent) = (&summary.health, summary.health.silent.len() as u64);
    let value = if health.is_partial {
        "partial"
    } else if silent > 0 {
        "gaps"
    } else {
        "complete"
    };
    let problems = health.problems.iter().fold(0u64, |sum, problem| sum.saturating_add(problem.count));
    let note = match (problems, silent) {
        (0, 0) => "nothing lost, nothing silent".into(),
        (0, silent) => format!("{silent} silent"),
        (problems, 0) => units::counted(problems, "problem", "problems"),
        (problems, silent) => format!("{}, {silent} silent", units::counted(problems, "problem", "problems")),
    };
    Tile {
        section: "logs",
        name: "Logs",
        value: value.into(),
        note,
        is_bad: health.is_partial || health.silent.iter().any(|silence| silence.peers_still_saw_it),
    }
}

/// Records by verdict, as a bar with a legend.
pub(super) fn verdicts(page: &mut Markup, summary: &Summary) {
    let verdicts = &summary.traffic.verdicts;
    let total = verdicts.values().fold(0u64, |sum, count| sum.saturating_add(*count));
    if total == 0 {
        return;
    }
    let class = |name: &str| match name {
        "allowed" => "allowed",
        "denied" => "denied",
        "dropped" => "dropped",
        _ => "unknown",
    };
    let parts: Vec<_> = verdicts.iter().map(|(name, count)| (class(name), units::share(*count, total))).collect();
    let told =
        |(name, count): (&String, &u64)| format!("{} {name} ({})", units::count(*count), units::percent(*count, total));
    let legend: Vec<String> = verdicts.iter().map(told).collect();
    page.element("div", &[("class", "block"), ("id", "verdicts")], |page| {
        page.leaf("h3", &[], "Records by verdict");
        svg::stack(page, &legend.join(", "), &parts);
        page.element("ul", &[("class", "legend")], |page| {
            for (text, (class, _)) in legend.iter().zip(&parts) {
                page.leaf("li", &[("class", class)], text);
            }
        });
    });
}

/// Who sends to whom as a matrix: darker is more, denials in words.
pub(super) fn matrix(page: &mut Markup, summary: &Summary) {
    let zones = &summary.traffic.zones;
    let mut names: Vec<&str> = Vec::new();
    for name in zones.iter().flat_map(|zone| [zone.from.as_str(), zone.to.as_str()]) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.truncate(8);
    names.sort_by_key(|name| match *name {
        "internet" => 0,
        "private" => 2,
        _ => 1,
    });
    let most = zones.iter().map(|zone| zone.bytes).max().unwrap_or(0);
    page.element("div", &[("class", "block")], |page| {
        page.leaf("h3", &[("id", "matrix-title")], "Between inside, outside and clouds");
        if zones.is_empty() {
            page.leaf("p", &[("class", "empty")], "No zone is known.");
            return;
        }
        let note = "From the row to the column; darker is more bytes.";
        page.leaf("p", &[("class", "note")], note);
        page.element("table", &[("class", "matrix"), ("aria-labelledby", "matrix-title")], |page| {
            page.element("thead", &[], |page| {
                page.element("tr", &[], |page| {
                    page.leaf("td", &[("class", "corner")], "from ↓ to →");
                    for name in &names {
                        page.leaf("th", &[("scope", "col")], &words::zone(name));
                    }
                });
            });
            page.element("tbody", &[], |page| {
                for from in &names {
                    page.element("tr", &[], |page| {
                        page.leaf("th", &[("scope", "row")], &words::zone(from));
                        for to in &names {
                            zone(page, zones.iter().find(|zone| zone.from == *from && zone.to == *to), most);
                        }
                    });
                }
            });
        });
        page.element("details", &[("class", "list")], |page| {
            page.leaf("summary", &[], "As a list, with what was accepted");
            grid::draw(page, &tables::zones(summary));
        });
    });
}

fn zone(page: &mut Markup, zone: Option<&ZonePair>, most: u64) {
    let Some(zone) = zone else {
        page.leaf("td", &[("class", "heat0 none")], "–");
        return;
    };
    let level = (units::share(zone.bytes, most).sqrt() * 6.0).ceil() as usize;
    let class = ["heat0", "heat1", "heat2", "heat3", "heat4", "heat5", "heat6"][level.min(6)];
    let title = format!(
        "{} bytes, {} accepted, {} denied",
        units::count(zone.bytes),
        units::count(zone.allowed),
        units::count(zone.denied)
    );
    page.element("td", &[("class", class), ("title", &title)], |page| {
        page.leaf("b", &[], &units::bytes(zone.bytes));
        if zone.denied > 0 {
            page.leaf("span", &[], &format!("{} denied", units::count_short(zone.denied)));
        }
    });
}
