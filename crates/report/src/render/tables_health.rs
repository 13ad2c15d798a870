//! The tables about the logging itself: what was lost, what fell silent, which lists and inputs there were.

use super::table::{Cell, Column, Table, Tone};
use super::tables::span;
use super::units::{self, Moment};
use super::words;
use crate::summary::{IntelList, Silence, Summary};
use model::vocabulary::HealthKind;

/// The lists, and what of them is not matched.
pub(super) fn intel_lists(summary: &Summary) -> Table {
    let row = |list: &IntelList| {
        let skipped = list.skipped.iter().fold(0u64, |sum, (_, count, _)| sum.saturating_add(*count));
        let reasons = list.skipped.iter().map(|(reason, count, example)| {
            let example = if example.is_empty() { String::new() } else { format!(" (such as {example})") };
            format!("{} {reason}{example}", units::count(*count))
        });
        vec![
            Cell::text(&list.name),
            Cell::text(&list.format).tone(Tone::Quiet),
            Cell::count(list.entries).tone(if list.entries == 0 { Tone::Bad } else { Tone::Strong }),
            Cell::count(skipped).tone_if(skipped > 0, Tone::Warn),
            Cell::text(&reasons.collect::<Vec<_>>().join("; ")).tone(Tone::Quiet),
        ]
    };
    Table {
        id: "intel-lists",
        title: "The lists themselves",
        note: "Entries that would match everybody, or that are no address, are left out and counted.".into(),
        empty: "No blacklist was given.",
        columns: vec![
            Column::name("list", Column::ALWAYS, 12),
            Column::text("format", 4, 6),
            Column::number("entries", Column::ALWAYS),
            Column::number("left out", 8),
            Column::text("why", 7, 20),
        ],
        rows: summary.intel.lists.iter().map(row).collect(),
    }
}

/// Rows of `health` per kind.
pub(super) fn health_counts(summary: &Summary) -> Table {
    let row = |(kind, count): (&String, &u64)| {
        let known = HealthKind::ALL.iter().find(|known| known.name() == kind);
        let tone = if known.is_some_and(|known| known.is_loss()) { Tone::Bad } else { Tone::Plain };
        let tone = if kind == "skip_data" || kind == "gap" { Tone::Warn } else { tone };
        vec![
            Cell::text(kind).tone(tone),
            Cell::count(*count).tone(Tone::Strong),
            Cell::text(known.map_or("", |known| known.meaning())).tone(Tone::Quiet),
        ]
    };
    Table {
        id: "health-counts",
        title: "What was not a flow",
        note: String::new(),
        empty: "Every row of the input was a flow.",
        columns: vec![
            Column::name("kind", Column::ALWAYS, 10),
            Column::number("rows", Column::ALWAYS),
            Column::text("meaning", 9, 16),
        ],
        rows: summary.health.counts.iter().map(row).collect(),
    }
}

/// Problems with the first place each.
pub(super) fn problems(summary: &Summary) -> Table {
    let row = |problem: &crate::summary::Problem| {
        vec![
            Cell::text(&problem.kind).tone(Tone::Bad),
            Cell::count(problem.count).tone(Tone::Strong),
            Cell { text: words::place(&problem.object, problem.record_no, problem.offset), ..Cell::default() },
            Cell::text(&problem.detail).tone(Tone::Quiet),
        ]
    };
    Table {
        id: "problems",
        title: "What could not be read",
        note: "The first place of each: object:line @byte offset.".into(),
        empty: "Everything could be read.",
        columns: vec![
            Column::name("kind", Column::ALWAYS, 10),
            Column::number("count", Column::ALWAYS),
            Column::name("first place", Column::ALWAYS, 20),
            Column::text("what it says", 6, 20),
        ],
        rows: summary.health.problems.iter().map(row).collect(),
    }
}

/// Interfaces that fell silent.
pub(super) fn silences(summary: &Summary) -> Table {
    let span = span(summary);
    let row = |silence: &Silence| {
        let length = Moment::parse(&silence.from).zip(Moment::parse(&silence.to));
        let seconds = length.map_or(0, |(from, to)| u64::try_from(to.unix_s - from.unix_s).unwrap_or(0));
        let (note, tone) = match (silence.peers_still_saw_it, silence.until_end) {
            (true, true) => ("▲ peers still saw it; not back", Tone::Bad),
            (true, false) => ("▲ peers still saw it", Tone::Bad),
            (false, true) => ("not back", Tone::Warn),
            (false, false) => ("came back", Tone::Quiet),
        };
        vec![
            Cell::text(&silence.if_id),
            Cell { text: words::provider(&silence.provider), ..Cell::default() }.tone(Tone::Quiet),
            Cell { text: units::duration(seconds), sort: Some(seconds), ..Cell::default() }.tone(Tone::Strong),
            Cell::time(span.range(&silence.from, &silence.to), &silence.from, &silence.to),
            Cell::text(note).tone(tone),
            Cell {
                text: words::few(&silence.addresses, 2),
                exact: words::few(&silence.addresses, 20),
                ..Cell::default()
            },
        ]
    };
    Table {
        id: "silences",
        title: "Interfaces that fell silent",
        note: "While others went on. If its peers still saw it, the interface lived and its log did not.".into(),
        empty: "No interface fell silent.",
        columns: vec![
            Column::name("interface", Column::ALWAYS, 14),
            Column::text("cloud", 4, 0),
            Column::number("for", Column::ALWAYS),
            Column::text("time", 6, 0),
            Column::text("what else", 9, 0),
            Column::name("addresses", 3, 12),
        ],
        rows: summary.health.silent.iter().map(row).collect(),
    }
}

/// Totals per vantage.
pub(super) fn vantages(summary: &Summary) -> Table {
    let row = |vantage: &crate::summary::VantageTotal| {
        let counts = match vantage.bytes_semantics.as_str() {
            "l3_packet" => "whole packets",
            "l4_payload" => "payload only",
            other => other,
        };
        vec![
            Cell { text: words::provider(&vantage.provider), ..Cell::default() }.tone(Tone::Strong),
            Cell::text(&vantage.account_id),
            Cell::text(&vantage.network),
            Cell::text(&vantage.source_kind).tone(Tone::Quiet),
            Cell::count(vantage.interfaces),
            Cell::count(vantage.records),
            Cell::bytes(vantage.bytes_in),
            Cell::bytes(vantage.bytes_out),
            Cell::count(vantage.denied).tone_if(vantage.denied > 0, Tone::Warn),
            Cell::text(counts).tone(Tone::Quiet),
        ]
    };
    Table {
        id: "vantages",
        title: "Where it was seen",
        note: "As the logs count it: a conversation between two logged interfaces is in both of their rows.".into(),
        empty: "No vantage is known.",
        columns: vec![
            Column::text("cloud", Column::ALWAYS, 0),
            Column::name("account", 8, 10),
            Column::name("network", 7, 10),
            Column::text("log", 5, 0),
            Column::number("interfaces", 4),
            Column::number("records", Column::ALWAYS),
            Column::number("in", 9),
            Column::number("out", 9),
            Column::number("denied", 6),
            Column::text("bytes count", 3, 0),
        ],
        rows: summary.traffic.vantages.iter().map(row).collect(),
    }
}

/// Records per format.
pub(super) fn formats(summary: &Summary) -> Table {
    let row = |format: &crate::summary::FormatCount| {
        vec![
            Cell { text: words::source_kind(&format.source_kind), ..Cell::default() },
            Cell::count(format.objects),
            Cell::count(format.records).tone(Tone::Strong),
        ]
    };
    Table {
        id: "formats",
        title: "Formats",
        note: String::new(),
        empty: "No flow log was recognised.",
        columns: vec![
            Column::text("format", Column::ALWAYS, 12),
            Column::number("objects", 5),
            Column::number("records", Column::ALWAYS),
        ],
        rows: summary.inputs.formats.iter().map(row).collect(),
    }
}

/// Every object.
pub(super) fn objects(summary: &Summary) -> Table {
    let row = |object: &crate::summary::ObjectCount| {
        let format = if object.format.is_empty() {
            Cell::text("skipped").tone(Tone::Warn)
        } else {
            Cell::text(&object.format).tone(Tone::Quiet)
        };
        vec![Cell::text(&object.name), format, Cell::count(object.records), Cell::count(object.health)]
    };
    let unlisted = summary.inputs.objects_unlisted;
    Table {
        id: "objects",
        title: "Objects",
        note: if unlisted == 0 {
            String::new()
        } else {
            format!("{} more are counted, not listed.", units::count(unlisted))
        },
        empty: "No object was read.",
        columns: vec![
            Column::name("object", Column::ALWAYS, 20),
            Column::text("format", 8, 0),
            Column::number("records", Column::ALWAYS),
            Column::number("health", 6),
        ],
        rows: summary.inputs.objects.iter().map(row).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_as_long_as_its_table_is_wide() {
        let summary = crate::render::sample::story();
        let tables = [
            intel_lists(&summary),
            health_counts(&summary),
            problems(&summary),
            silences(&summary),
            vantages(&summary),
            formats(&summary),
            objects(&summary),
        ];
        for table in tables {
            assert!(!table.rows.is_empty(), "{}", table.id);
            assert!(table.rows.iter().all(|row| row.len() == table.columns.len()), "{}", table.id);
        }
    }
}
