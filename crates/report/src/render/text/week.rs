//! A profile's hours: a line a day, a character an hour.

use super::chart::BLOCKS;
use super::screen::{Ink, Part, Screen, part, width};
use crate::render::units;
use crate::render::week::{self, Day, HOURS};
use crate::summary::{Profile, ProfileHour};

/// Columns of a day's name with the blanks around it.
const MARGIN: usize = 13;
/// Columns of a sum.
const SUM: usize = 10;

/// What is drawn of an hour.
struct Series {
    name: &'static str,
    value: fn(&ProfileHour) -> u64,
    told: fn(u64) -> String,
    ink: Ink,
    peak: u64,
}

/// Draws the days.
pub(super) fn draw(screen: &mut Screen, profile: &Profile) {
    let days = week::days(profile);
    if days.is_empty() {
        return;
    }
    screen.title("Its hours", "one mark is an hour, UTC");
    let sent = |hour: &ProfileHour| hour.sent;
    let refused = |hour: &ProfileHour| hour.refused;
    let series = [
        Series { name: "sent", value: sent, told: units::bytes, ink: Ink::Cyan, peak: week::peak(profile, sent) },
        Series {
            name: "refused",
            value: refused,
            told: units::count_short,
            ink: Ink::Red,
            peak: week::peak(profile, refused),
        },
    ];
    let has_refused = profile.hours.iter().any(|hour| hour.refused > 0);
    let both = MARGIN + 2 * (HOURS + SUM + 2);
    if !has_refused || screen.width() >= both {
        draw_series(screen, &days, &series[..1 + usize::from(has_refused)]);
    } else {
        series.iter().for_each(|one| draw_series(screen, &days, std::slice::from_ref(one)));
    }
    if let Some(hour) = profile.hours.iter().max_by_key(|hour| hour.sent).filter(|hour| hour.sent > 0) {
        let at = units::Moment::parse(&hour.hour).map_or(String::new(), |at| format!(", {} {}", at.day(), at.clock()));
        screen.flow(2, &[part(Ink::Dim, format!("  The most in an hour: {} sent{at}.", units::bytes(hour.sent)))]);
    }
}

fn draw_series(screen: &mut Screen, days: &[Day<'_>], series: &[Series]) {
    let has_sums = screen.width() >= MARGIN + HOURS + SUM;
    let corner = if has_sums { "" } else { series[0].name };
    let mut ruler = vec![part(Ink::Dim, format!("{corner:>width$} ", width = MARGIN - 1))];
    for one in series {
        let name = if has_sums { format!("{:>SUM$}  ", one.name) } else { String::new() };
        ruler.push(part(Ink::Dim, format!("00    06    12    18    {name}")));
    }
    screen.line(&trimmed(ruler));
    for day in days {
        let blank = " ".repeat((MARGIN - 3).saturating_sub(width(&day.label)));
        let mut parts = vec![part(Ink::Plain, format!("  {blank}{} ", day.label))];
        for one in series {
            parts.extend(day.hours.iter().map(|hour| mark(*hour, one)));
            if has_sums {
                parts.push(part(Ink::Plain, format!("{:>SUM$}  ", (one.told)(day.total(one.value)))));
            }
        }
        screen.line(&trimmed(parts));
    }
}

/// One hour. Those that depart from what is usual have a colour of their own; a table names them.
fn mark(hour: Option<&ProfileHour>, series: &Series) -> Part {
    let Some(hour) = hour else { return part(Ink::Plain, " ") };
    let value = (series.value)(hour);
    let ink = if hour.is_unusual { Ink::Yellow } else { series.ink };
    match value {
        0 => part(Ink::Dim, "·"),
        value => part(ink, BLOCKS[week::level(value, series.peak, 8)]),
    }
}

/// Without blanks at the end.
fn trimmed(mut parts: Vec<Part>) -> Vec<Part> {
    while let Some((_, last)) = parts.last_mut() {
        last.truncate(last.trim_end().len());
        if !last.is_empty() {
            break;
        }
        parts.pop();
    }
    parts
}
