//! The tables of one host's profile.

use super::table::{Cell, Column, Table, Tone};
use super::units;
use crate::summary::{Habit, Profile, ProfileHour};

/// Peers or services that a row names.
const NAMES_SHOWN: usize = 4;

/// Peers and services: how many there usually are, which are new, which are missing.
pub(super) fn habits(profile: &Profile) -> Table {
    let row = |habit: &Habit| {
        vec![
            Cell::text(habit.kind),
            Cell::count(habit.now),
            Cell::count(habit.usual),
            named(habit.new_total, &habit.new).tone_if(profile.history.is_some(), Tone::Warn),
            named(habit.missing_total, &habit.missing).tone(Tone::Quiet),
        ]
    };
    Table {
        id: "habits",
        title: "Profile",
        note: note(profile),
        empty: "It has no habits.",
        columns: vec![
            Column::text("what", Column::ALWAYS, 8),
            Column::number("now", Column::ALWAYS),
            Column::number("usual", 9),
            Column::name(if profile.history.is_some() { "new" } else { "which" }, Column::ALWAYS, 20),
            Column::name("missing", 5, 12),
        ],
        rows: profile.habits.iter().map(row).collect(),
    }
}

/// A few of them, and how many more there are.
fn named(total: u64, names: &[String]) -> Cell {
    let shown = &names[..names.len().min(NAMES_SHOWN)];
    match total.saturating_sub(shown.len() as u64) {
        0 => Cell::text(&shown.join(", ")),
        more => Cell::text(&format!("{} and {more} more", shown.join(", "))),
    }
}

fn note(profile: &Profile) -> String {
    let entity = units::clean(&profile.entity);
    match (&profile.history, profile.is_seen) {
        (_, false) => format!("{entity} is no host of ours that did anything in this time."),
        (Some((first, last)), true) => format!("{entity}, beside what it did from {first} to {last}."),
        (None, true) => format!("{entity}. No baseline knows it: give --baseline logs of a normal time."),
    }
}

/// Is it known what its hours usually are?
pub(super) fn has_usual_hours(profile: &Profile) -> bool {
    profile.hours.iter().any(|hour| hour.sent_usual.is_some() || hour.refused_usual.is_some())
}

/// Hours that depart from what is usual.
pub(super) fn unusual_hours(profile: &Profile) -> Table {
    let usual =
        |value: Option<u64>, told: fn(u64) -> Cell| value.map_or_else(|| Cell::text("-"), told).tone(Tone::Quiet);
    let row = |hour: &ProfileHour| {
        vec![
            Cell::time(short(&hour.hour), &hour.hour, &hour.hour).tone(Tone::Warn),
            Cell::bytes(hour.sent).tone(Tone::Strong),
            usual(hour.sent_usual, Cell::bytes),
            Cell::count(hour.refused).tone(Tone::Strong),
            usual(hour.refused_usual, Cell::count),
        ]
    };
    Table {
        id: "unusual-hours",
        title: "Hours unlike the usual",
        note: String::new(),
        empty: "No hour departs from what is usual.",
        columns: vec![
            Column::text("hour", Column::ALWAYS, 0),
            Column::number("sent", Column::ALWAYS),
            Column::number("usually", 9),
            Column::number("refused", 8),
            Column::number("usually", 7),
        ],
        rows: profile.hours.iter().filter(|hour| hour.is_unusual).map(row).collect(),
    }
}

/// `03-01 13:00`
fn short(hour: &str) -> String {
    hour.get(5..16).unwrap_or_default().replace('T', " ")
}
