//! Traffic over time in block characters: bytes above, denials below, round times at the axis.

use super::screen::{Ink, Screen, part, width};
use crate::render::ticks;
use crate::render::units::{self, Moment};
use crate::summary::Timeline;

/// Columns left of the axis.
const MARGIN: usize = 10;
/// Rows of the byte chart and of the denial chart.
const ROWS: (usize, usize) = (6, 2);
/// Heights of a character, from none to whole.
pub(super) const BLOCKS: [&str; 9] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/// Values summed so that each stands in one or more whole columns.
struct Columns {
    /// One value per column, repeated where a bucket is wider.
    values: Vec<u64>,
    /// Seconds per column, as a fraction.
    bucket_s: u64,
    repeat: usize,
}

impl Columns {
    fn of(buckets: &[u64], bucket_s: u64, room: usize) -> Columns {
        let per_column = buckets.len().div_ceil(room.max(1)).max(1);
        let sums: Vec<u64> = buckets
            .chunks(per_column)
            .map(|chunk| chunk.iter().fold(0, |sum: u64, value| sum.saturating_add(*value)))
            .collect();
        let repeat = (room / sums.len().max(1)).clamp(1, 8);
        let values = sums.iter().flat_map(|value| std::iter::repeat_n(*value, repeat)).collect();
        Columns { values, bucket_s: bucket_s.saturating_mul(per_column as u64), repeat }
    }

    fn peak(&self) -> (usize, u64) {
        let peak = self.values.iter().copied().max().unwrap_or(0);
        (self.values.iter().position(|value| *value == peak).unwrap_or(0) / self.repeat, peak)
    }

    /// The moment a bucket starts.
    fn moment(&self, start: Option<Moment>, bucket: usize) -> Option<Moment> {
        start.map(|start| Moment {
            unix_s: start.unix_s.saturating_add_unsigned(self.bucket_s.saturating_mul(bucket as u64)),
        })
    }
}

/// Draws the timeline.
pub(super) fn draw(screen: &mut Screen, timeline: &Timeline) {
    let room = screen.width() - MARGIN - 1;
    let bytes = Columns::of(&timeline.bytes, timeline.bucket_s, room);
    let denied = Columns::of(&timeline.denied, timeline.bucket_s, room);
    let start = timeline.start.as_deref().and_then(Moment::parse);
    let every = units::duration(bytes.bucket_s);
    screen.title("Traffic over time", &format!("one step is {every}"));
    let (peak_at, peak) = bytes.peak();
    if timeline.bytes.is_empty() || start.is_none() {
        screen.line(&[part(Ink::Dim, "  No record has a time.")]);
        return;
    }
    let when = |at: Option<Moment>| at.map_or(String::new(), |at| format!(" at {} {}", at.day(), at.clock()));
    screen
        .line(&[part(Ink::Dim, format!("  bytes, peak {}{}", units::bytes(peak), when(bytes.moment(start, peak_at))))]);
    let labels = |row: usize| match row {
        0 => units::bytes(peak),
        row if row * 2 == ROWS.0 => units::bytes(peak / 2),
        _ => String::new(),
    };
    plot(screen, &bytes, ROWS.0, Ink::Cyan, labels);
    axis(screen, &bytes, start);
    let (denied_at, most) = denied.peak();
    if most == 0 {
        screen.line(&[part(Ink::Dim, "  nothing was denied")]);
        return;
    }
    screen.line(&[part(
        Ink::Dim,
        format!("  denied records, peak {}{}", units::count(most), when(denied.moment(start, denied_at))),
    )]);
    plot(screen, &denied, ROWS.1, Ink::Red, |row| if row == 0 { units::count_short(most) } else { String::new() });
}

/// Draws columns of values, `rows` high.
fn plot(screen: &mut Screen, columns: &Columns, rows: usize, ink: Ink, label: impl Fn(usize) -> String) {
    let peak = columns.peak().1.max(1);
    let eighths = |value: u64| {
        let exact = (u128::from(value) * (rows * 8) as u128).div_ceil(u128::from(peak));
        usize::try_from(exact).unwrap_or(0)
    };
    for row in 0..rows {
        let floor = (rows - 1 - row) * 8;
        let blocks: String =
            columns.values.iter().map(|value| BLOCKS[eighths(*value).saturating_sub(floor).min(8)]).collect();
        let label = label(row);
        let tick = if label.is_empty() { "│" } else { "┤" };
        let blank = " ".repeat((MARGIN - 1).saturating_sub(width(&label)));
        screen.line(&[part(Ink::Dim, format!("{blank}{label} {tick}")), part(ink, blocks)]);
    }
}

/// Draws the time axis with labels at round times.
fn axis(screen: &mut Screen, columns: &Columns, start: Option<Moment>) {
    let Some(start) = start else { return };
    let length = columns.values.len();
    let seconds = columns.bucket_s.saturating_mul((length / columns.repeat) as u64);
    let (mut ruler, mut labels) = (vec!["─"; length], String::new());
    for tick in ticks::ticks(start, seconds, (length / 9).max(1)) {
        let column = (tick.position * length as f64).round() as usize;
        if column < length && width(&labels) <= column && column + width(&tick.label) <= length.max(6) {
            ruler[column] = "┬";
            labels.push_str(&" ".repeat(column - width(&labels)));
            labels.push_str(&tick.label);
            labels.push(' ');
        }
    }
    let blank = " ".repeat(MARGIN);
    screen.line(&[part(Ink::Dim, format!("{blank}└{}", ruler.concat()))]);
    screen.line(&[part(Ink::Dim, format!("{blank} {labels}"))]);
}
