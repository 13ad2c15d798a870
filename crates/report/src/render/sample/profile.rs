//! A week of one host, in the story.

use crate::summary::{Habit, Profile, ProfileHour};

/// More by day than by night, less at the weekend, one night unlike the others.
fn hour(number: u64) -> ProfileHour {
    let (day, clock) = (number / 24, number % 24);
    let is_busy = (8..18).contains(&clock) && day < 5;
    let usual = if is_busy { 40_000_000 + clock * 1_000_000 } else { 300_000 * (clock % 3) };
    let is_unusual = day == 2 && (2..4).contains(&clock);
    ProfileHour {
        hour: format!("2026-03-{:02}T{clock:02}:00:00Z", day + 2),
        sent: if is_unusual { 61_000_000 } else { usual },
        sent_usual: Some(usual),
        refused: u64::from(clock == 4) * 3,
        refused_usual: Some(0),
        is_unusual,
    }
}

pub(super) fn profile() -> Profile {
    Profile {
        entity: "10.0.4.17".into(),
        is_seen: true,
        history: Some(("2026-02-02T00:00:00Z".into(), "2026-03-01T23:59:59Z".into())),
        habits: vec![Habit {
            kind: "servers outside",
            usual: 12,
            now: 13,
            new_total: 1,
            new: vec!["198.51.100.7".into()],
            ..Habit::default()
        }],
        hours: (7..7 * 24).map(hour).collect(),
    }
}
