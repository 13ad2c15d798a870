//! The tables of what moving bytes costs.

use super::table::{Cell, Column, Table, Tone};
use super::{units, words};
use crate::summary::{Summary, Transfer, TransferClass, TransferPair};

/// Bytes of classes that are charged from which the section is shown without prices.
const SHOWN_BYTES_MIN: u64 = 1_000_000_000;

/// Is there something to say?
pub(super) fn is_shown(summary: &Summary) -> bool {
    let Some(transfer) = &summary.transfer else { return false };
    let costly = transfer.classes.iter().filter(|class| class.is_charged).map(|class| class.bytes);
    transfer.cost.is_some() || costly.fold(0, u64::saturating_add) >= SHOWN_BYTES_MIN
}

/// Bytes by class.
pub(super) fn classes(transfer: &Transfer) -> Table {
    let most = transfer.classes.iter().map(|class| class.bytes).max().unwrap_or(0).max(1);
    let row = |class: &TransferClass| {
        let quiet = |cell: Cell| cell.tone_if(!class.is_charged, Tone::Quiet);
        vec![
            quiet(Cell::text(class.label)),
            Cell::bytes(class.bytes).share(units::share(class.bytes, most)).tone(Tone::Strong),
            Cell::text(&units::percent(class.bytes, transfer.bytes)).tone(Tone::Quiet),
            Cell::count(class.conversations),
            Cell::text(&rests_on(class)).tone(Tone::Quiet),
            money(class.cost, class.bytes_unpriced),
            money(class.cost_month, 0),
        ]
    };
    Table {
        id: "transfer-classes",
        title: "What transfer costs by",
        note: note(transfer),
        empty: "No cloud moved bytes.",
        columns: vec![
            Column::text("bytes went", Column::ALWAYS, 16),
            Column::number("bytes", Column::ALWAYS),
            Column::number("of all", 6),
            Column::number("conversations", 3),
            Column::text("told by", 4, 8),
            Column::number("cost", 9),
            Column::number("a month", 8),
        ],
        rows: transfer.classes.iter().map(row).collect(),
    }
}

/// What most of a class rests on.
fn rests_on(class: &TransferClass) -> String {
    let most = class.evidence.iter().max_by_key(|(_, bytes)| **bytes);
    let (name, bytes) = most.map_or(("", 0), |(name, bytes)| (*name, *bytes));
    let told = match name {
        "record" => "the record",
        "interface" => "both interfaces",
        "inventory" => "the inventory",
        "inferred" => "other traffic",
        "address" => "the address",
        _ => "",
    };
    if bytes < class.bytes { format!("mostly {told}") } else { told.to_owned() }
}

/// An amount of money; `+` where part of it has no price.
fn money(amount: Option<f64>, unpriced: u64) -> Cell {
    let Some(amount) = amount else { return Cell::default() };
    let more = if unpriced > 0 { "+" } else { "" };
    Cell { text: format!("{}{more}", cents(amount)), sort: Some((amount * 100.0) as u64), ..Cell::default() }
}

/// `1,234.50`
fn cents(amount: f64) -> String {
    let all = (amount * 100.0).round() as u64;
    format!("{}.{:02}", units::count(all / 100), all % 100)
}

fn note(transfer: &Transfer) -> String {
    let rule = "Where bytes went, each once; then what they passed, which is charged besides.";
    let currency = units::clean(&transfer.currency);
    match (transfer.cost, transfer.cost_month) {
        (None, _) => format!("{rule} Prices were not given (--prices)."),
        (Some(cost), Some(month)) => {
            format!(
                "{rule} By the prices given {} {currency} in all, {} a month at this rate.",
                cents(cost),
                cents(month)
            )
        }
        (Some(cost), None) => format!("{rule} By the prices given {} {currency} in all.", cents(cost)),
    }
}

/// Who causes what is charged: of each class that weighs something the first `each` that weigh something in it.
pub(super) fn pairs(transfer: &Transfer, each: usize) -> Table {
    let weighs = |part: u64, whole: u64| part >= whole / 100;
    let costly = transfer.classes.iter().filter(|class| class.is_charged && weighs(class.bytes, transfer.bytes));
    let row = |class: &TransferClass, pair: &TransferPair| {
        vec![
            Cell::text(class.label),
            Cell::text(&words::owned(&pair.from, &pair.from_owner)),
            Cell::text(&words::owned(&pair.to, &pair.to_owner)),
            Cell::text(&pair.service),
            Cell::bytes(pair.bytes).share(units::share(pair.bytes, class.bytes)).tone(Tone::Strong),
            Cell::text(&units::percent(pair.bytes, class.bytes)).tone(Tone::Quiet),
            Cell::count(pair.peers),
            Cell::text(&zones(pair)).tone(Tone::Quiet),
        ]
    };
    let rows = costly.flat_map(|class| {
        let pairs = class.pairs.iter().take(each).filter(move |pair| weighs(pair.bytes, class.bytes));
        pairs.map(move |pair| row(class, pair))
    });
    Table {
        id: "transfer-pairs",
        title: "Who causes it",
        note: String::new(),
        empty: "Nothing moved that is usually charged.",
        columns: vec![
            Column::text("bytes went", Column::ALWAYS, 14),
            Column::name("from", Column::ALWAYS, 13),
            Column::name("to", Column::ALWAYS, 10),
            Column::text("service", 6, 8),
            Column::number("bytes", Column::ALWAYS),
            Column::number("of these", 7),
            Column::number("peers", 3),
            Column::text("zones", 4, 8),
        ],
        rows: rows.collect(),
    }
}

fn zones(pair: &TransferPair) -> String {
    match (pair.from_zone.as_str(), pair.to_zone.as_str()) {
        ("", _) => String::new(),
        (from, "") => from.to_owned(),
        (from, to) => format!("{from} to {to}"),
    }
}
