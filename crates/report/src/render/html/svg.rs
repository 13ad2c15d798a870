//! Charts as SVG, complete without a script: shapes stretch with the page, text does not.
//!
//! Positions are percentages in attributes, because the page's policy allows no inline style.

use super::markup::Markup;
use crate::render::ticks::ticks;
use crate::render::units::{self, Moment, Span};
use crate::render::words::Severity;
use crate::summary::{Finding, Summary, Timeline};

/// Labels on the time axis.
const TICKS: usize = 8;
/// Findings with a lane of their own under the chart.
const LANES: usize = 24;

/// A share as a percentage for an attribute.
pub(super) fn percent(share: f64) -> String {
    format!("{:.2}%", share.clamp(0.0, 1.0) * 100.0)
}

/// A thin bar.
pub(super) fn bar(page: &mut Markup, share: f64) {
    page.element("svg", &[("class", "bar"), ("aria-hidden", "true"), ("width", "100%"), ("height", "3")], |page| {
        let length = percent(if share > 0.0 { share.max(0.02) } else { 0.0 });
        page.leaf("rect", &[("width", &length), ("height", "3"), ("rx", "1.5")], "");
    });
}

/// A bar of several parts with one class each.
pub(super) fn stack(page: &mut Markup, label: &str, parts: &[(&'static str, f64)]) {
    page.element(
        "svg",
        &[("class", "stack"), ("role", "img"), ("aria-label", label), ("width", "100%"), ("height", "14")],
        |page| {
            let mut at = 0.0;
            for (class, share) in parts {
                page.leaf(
                    "rect",
                    &[("class", class), ("x", &percent(at)), ("width", &percent(*share)), ("height", "14")],
                    "",
                );
                at += share;
            }
        },
    );
}

/// Where in the report's span a finding lies.
pub(super) fn strip(page: &mut Markup, finding: &Finding, span: Span) {
    let (Some(from), Some(to)) = (span.position(&finding.first_seen), span.position(&finding.last_seen)) else {
        return;
    };
    let (at, length) = lane(from, to);
    page.element("svg", &[("class", "strip"), ("aria-hidden", "true"), ("width", "100%"), ("height", "6")], |page| {
        page.leaf("rect", &[("class", "rail"), ("y", "2"), ("width", "100%"), ("height", "2"), ("rx", "1")], "");
        page.leaf("rect", &[("class", "when"), ("x", &at), ("width", &length), ("height", "6"), ("rx", "2")], "");
    });
}

/// Start and length of a stretch of time, never too short to see.
fn lane(from: f64, to: f64) -> (String, String) {
    let length = (to - from).max(0.006);
    (percent(from.min(1.0 - length)), percent(length))
}

/// Traffic over time: bytes, denials, and the findings below, all on one axis.
pub(super) fn timeline(page: &mut Markup, summary: &Summary) {
    let timeline = &summary.traffic.timeline;
    let Some(start) = timeline.start.as_deref().and_then(Moment::parse).filter(|_| !timeline.bytes.is_empty()) else {
        page.leaf("p", &[("class", "empty")], "No record has a time.");
        return;
    };
    let seconds = timeline.bucket_s.saturating_mul(timeline.bytes.len() as u64);
    let count = timeline.bytes.len().to_string();
    let bucket = timeline.bucket_s.to_string();
    let first = start.unix_s.to_string();
    let about = about(timeline, start);
    let attributes = [
        ("class", "chart"),
        ("id", "timeline"),
        ("data-count", count.as_str()),
        ("data-bucket", &bucket),
        ("data-start", &first),
        ("tabindex", "0"),
        ("role", "img"),
        ("aria-label", &about),
    ];
    page.leaf("p", &[("class", "note")], &about);
    page.element("div", &attributes, |page| {
        page.element("div", &[("class", "plot bytes")], |page| area(page, "bytes", &timeline.bytes, 150, units::bytes));
        page.element("div", &[("class", "plot denied")], |page| {
            area(page, "denied", &timeline.denied, 46, units::count_short)
        });
        lanes(page, summary, start, seconds);
        axis(page, start, seconds);
        page.leaf("div", &[("class", "cursor"), ("hidden", "")], "");
        page.leaf("div", &[("class", "tip"), ("role", "status"), ("hidden", "")], "");
    });
}

/// The chart in words.
fn about(timeline: &Timeline, start: Moment) -> String {
    let peak = |values: &[u64]| {
        let most = values.iter().copied().max().unwrap_or(0);
        let at = values.iter().position(|value| *value == most).unwrap_or(0) as u64;
        let at = Moment { unix_s: start.unix_s.saturating_add_unsigned(at.saturating_mul(timeline.bucket_s)) };
        (most, format!("{} {}", at.day(), at.clock()))
    };
    let ((bytes, bytes_at), (denied, denied_at)) = (peak(&timeline.bytes), peak(&timeline.denied));
    let mut out = format!(
        "One step is {}. Most bytes: {} at {bytes_at}.",
        units::duration(timeline.bucket_s),
        units::bytes(bytes)
    );
    if denied > 0 {
        out.push_str(&format!(" Most denials: {} at {denied_at}.", units::count(denied)));
    }
    out
}

/// A labelled area of steps.
fn area(page: &mut Markup, name: &'static str, values: &[u64], height: u64, label: fn(u64) -> String) {
    let top = nice(values.iter().copied().max().unwrap_or(0));
    page.element("div", &[("class", "scale"), ("aria-hidden", "true")], |page| {
        page.leaf("span", &[], &label(top));
        if height > 100 {
            page.leaf("span", &[], &label(top / 2));
        }
        page.leaf("span", &[], if name == "denied" { "denied" } else { "0" });
    });
    let (width, high) = (values.len().max(1), 1000u64);
    let frame = format!("0 0 {width} {high}");
    let shown_height = height.to_string();
    let attributes = [
        ("viewBox", frame.as_str()),
        ("preserveAspectRatio", "none"),
        ("width", "100%"),
        ("height", &shown_height),
        ("aria-hidden", "true"),
    ];
    page.element("svg", &attributes, |page| {
        for line in [0, high / 2] {
            let path = format!("M0 {line}H{width}");
            page.leaf("path", &[("class", "grid"), ("d", &path)], "");
        }
        let mut path = String::new();
        for (at, value) in values.iter().enumerate() {
            let y = high
                - u64::try_from(u128::from(*value) * u128::from(high) / u128::from(top.max(1)))
                    .unwrap_or(high)
                    .min(high);
            let step = if at == 0 { format!("M0 {y}H1") } else { format!("V{y}H{}", at + 1) };
            path.push_str(&step);
        }
        let filled = format!("{path}V{high}H0Z");
        page.leaf("path", &[("class", "fill"), ("d", &filled)], "");
        page.leaf("path", &[("class", "edge"), ("d", &path)], "");
    });
}

/// The next round number: 1, 2, 3, 4, 5, 6, 8 or 10 times a power of ten.
fn nice(value: u64) -> u64 {
    let mut power = 1u64;
    while value / power >= 10 {
        power *= 10;
    }
    let round = [1, 2, 3, 4, 5, 6, 8, 10].into_iter().map(|digit: u64| digit.saturating_mul(power));
    round.into_iter().find(|round| *round >= value).unwrap_or(value)
}

/// One thin line per finding, each a link to its card.
fn lanes(page: &mut Markup, summary: &Summary, start: Moment, seconds: u64) {
    let end = Moment { unix_s: start.unix_s.saturating_add_unsigned(seconds) };
    let span = Span { ends: Some((start, end)) };
    let placed: Vec<_> = summary
        .findings
        .iter()
        .enumerate()
        .take(LANES)
        .filter_map(|(index, finding)| {
            Some((index, finding, span.position(&finding.first_seen)?, span.position(&finding.last_seen)?))
        })
        .collect();
    if placed.is_empty() {
        return;
    }
    page.element("div", &[("class", "plot lanes")], |page| {
        page.element("div", &[("class", "scale"), ("aria-hidden", "true")], |page| page.leaf("span", &[], "findings"));
        let height = (placed.len() * 9 + 2).to_string();
        page.element("svg", &[("width", "100%"), ("height", &height)], |page| {
            for (row, (index, finding, from, to)) in placed.iter().enumerate() {
                let (at, length) = lane(*from, *to);
                let (link, y) = (format!("#finding-{}", index + 1), (row * 9 + 2).to_string());
                let severity = Severity::of(finding).name();
                let said = format!("{severity}: {}", finding.title);
                page.element("a", &[("href", &link), ("class", severity), ("aria-label", &said)], |page| {
                    page.element(
                        "rect",
                        &[("x", &at), ("y", &y), ("width", &length), ("height", "6"), ("rx", "2")],
                        |page| {
                            page.leaf("title", &[], &said);
                        },
                    );
                });
            }
        });
    });
}

fn axis(page: &mut Markup, start: Moment, seconds: u64) {
    page.element("div", &[("class", "plot axis"), ("aria-hidden", "true")], |page| {
        page.leaf("div", &[("class", "scale")], "");
        page.element("svg", &[("width", "100%"), ("height", "20")], |page| {
            for (index, tick) in ticks(start, seconds, TICKS).into_iter().enumerate() {
                let at = percent(tick.position);
                page.leaf("line", &[("x1", &at), ("x2", &at), ("y1", "0"), ("y2", "5")], "");
                let anchor = if tick.position < 0.03 {
                    "start"
                } else if tick.position > 0.95 {
                    "end"
                } else {
                    "middle"
                };
                let class = if index % 2 == 0 { "" } else { "odd" };
                page.leaf("text", &[("x", &at), ("y", "17"), ("text-anchor", anchor), ("class", class)], &tick.label);
            }
        });
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_end_at_round_numbers() {
        assert_eq!([0, 7, 11, 43, 66_430].map(nice), [1, 8, 20, 50, 80_000]);
        assert!(nice(u64::MAX) >= u64::MAX / 2);
    }

    #[test]
    fn an_area_is_one_path_of_steps() {
        let mut page = Markup::default();
        area(&mut page, "bytes", &[0, 5, 10], 150, units::bytes);
        assert!(page.finish().contains("d=\"M0 1000H1V500H2V0H3\""));
    }
}
