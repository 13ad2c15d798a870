//! Tables that fit: columns are shortened, then dropped, then shortened more, and the room that is left becomes bars.

use super::screen::{Ink, Part, Screen, cut, part, width};
use crate::render::table::{Cell, Column, Table};
use crate::render::units;

/// Columns before the first one.
const INDENT: usize = 2;
/// Columns between two.
const GAP: usize = 2;
/// A shortened column keeps this much (but no more than a quarter of the screen) before any column is dropped.
const COMFORTABLE: usize = 26;
/// A bar is at least and at most this wide.
const BAR: std::ops::RangeInclusive<usize> = 6..=24;

/// Draws the first `most` rows of a table under its title, and says how many there are more.
pub(super) fn draw(screen: &mut Screen, table: &Table, most: usize) {
    screen.title(table.title, "");
    if table.rows.is_empty() {
        screen.line(&[part(Ink::Dim, format!("  {}", table.empty))]);
        return;
    }
    if !table.note.is_empty() {
        screen.flow(INDENT, &[part(Ink::Dim, table.note.clone())]);
    }
    let rows = &table.rows[..table.rows.len().min(most)];
    let layout = Layout::fit(table, rows, screen.width());
    layout.draw(screen, table, rows);
    if rows.len() < table.rows.len() {
        screen
            .line(&[part(Ink::Dim, format!("  … and {} more", units::count((table.rows.len() - rows.len()) as u64)))]);
    }
}

/// Which columns are shown, and how wide.
struct Layout {
    /// Index of the column, and its width.
    shown: Vec<(usize, usize)>,
    /// The column that a bar follows, and the bar's width.
    bar: Option<(usize, usize)>,
}

impl Layout {
    fn fit(table: &Table, rows: &[Vec<Cell>], screen: usize) -> Layout {
        let natural: Vec<usize> =
            table.columns.iter().enumerate().map(|(at, column)| natural(column, at, rows)).collect();
        let mut shown: Vec<(usize, usize)> = Vec::new();
        for (at, column) in table.columns.iter().enumerate() {
            let is_empty = column.keep != Column::ALWAYS && rows.iter().all(|row| row[at].text.is_empty());
            let comfortable = if column.min == 0 {
                natural[at]
            } else {
                natural[at].min(COMFORTABLE.min(screen / 4).max(column.min))
            };
            if !is_empty {
                shown.push((at, comfortable));
            }
        }
        let mut layout = Layout { shown, bar: None };
        while layout.total() > screen && layout.drop_one(table) {}
        layout.shrink(table, screen);
        layout.grow(&natural, screen);
        layout.add_bar(table, rows, screen);
        layout
    }

    fn total(&self) -> usize {
        let widths: usize = self.shown.iter().map(|(_, wide)| wide).sum();
        INDENT + widths + GAP * self.shown.len().saturating_sub(1)
    }

    /// Drops the column that matters least; `false` if none may go.
    fn drop_one(&mut self, table: &Table) -> bool {
        let least = (0..self.shown.len()).min_by_key(|at| table.columns[self.shown[*at].0].keep);
        match least {
            Some(at) if table.columns[self.shown[at].0].keep != Column::ALWAYS => {
                self.shown.remove(at);
                true
            }
            _ => false,
        }
    }

    /// Takes from the widest column that may be shortened until the rest fits.
    fn shrink(&mut self, table: &Table, screen: usize) {
        while self.total() > screen {
            let may_shrink =
                |(at, wide): &&mut (usize, usize)| table.columns[*at].min != 0 && *wide > table.columns[*at].min.min(8);
            match self.shown.iter_mut().filter(may_shrink).max_by_key(|(_, wide)| *wide) {
                Some((_, wide)) => *wide -= 1,
                None => return,
            }
        }
    }

    /// Gives room that is left back to shortened columns, narrowest first.
    fn grow(&mut self, natural: &[usize], screen: usize) {
        while self.total() < screen {
            match self.shown.iter_mut().filter(|(at, wide)| *wide < natural[*at]).min_by_key(|(_, wide)| *wide) {
                Some((_, wide)) => *wide += 1,
                None => return,
            }
        }
    }

    fn add_bar(&mut self, table: &Table, rows: &[Vec<Cell>], screen: usize) {
        let room = screen.saturating_sub(self.total() + GAP).min(*BAR.end());
        let has_share = |at: usize| rows.iter().any(|row| row[at].share.is_some());
        let column = self.shown.iter().map(|(at, _)| *at).find(|at| table.columns[*at].is_number && has_share(*at));
        self.bar = column.filter(|_| room >= *BAR.start() && rows.len() > 1).map(|at| (at, room));
    }

    fn draw(&self, screen: &mut Screen, table: &Table, rows: &[Vec<Cell>]) {
        let head = |at: usize| Cell { text: table.columns[at].head.into(), ..Cell::default() };
        let heads: Vec<Cell> = (0..table.columns.len()).map(head).collect();
        screen.line(&self.line(table, &heads, Some(Ink::Dim)));
        for row in rows {
            screen.line(&self.line(table, row, None));
        }
    }

    fn line(&self, table: &Table, row: &[Cell], ink: Option<Ink>) -> Vec<Part> {
        let mut parts = vec![part(Ink::Plain, " ".repeat(INDENT))];
        for (index, (at, wide)) in self.shown.iter().enumerate() {
            if index > 0 {
                parts.push(part(Ink::Plain, " ".repeat(GAP)));
            }
            let (cell, column) = (&row[*at], &table.columns[*at]);
            let text = cut(&cell.text, *wide, column.cut);
            let blank = " ".repeat(wide.saturating_sub(width(&text)));
            let text = if column.is_number { format!("{blank}{text}") } else { format!("{text}{blank}") };
            parts.push(part(ink.unwrap_or(Ink::of(cell.tone)), text));
            if let Some((_, bar_width)) = self.bar.filter(|(bar_at, _)| bar_at == at) {
                parts
                    .push(part(Ink::Blue, format!("{}{}", " ".repeat(GAP), bar(cell.share.unwrap_or(0.0), bar_width))));
            }
        }
        parts
    }
}

/// The width at which nothing of a column is cut.
fn natural(column: &Column, at: usize, rows: &[Vec<Cell>]) -> usize {
    rows.iter().map(|row| width(&row[at].text)).max().unwrap_or(0).max(width(column.head))
}

/// A bar with eighths, padded to `wide`.
pub(super) fn bar(share: f64, wide: usize) -> String {
    let eighths = ((share * wide as f64 * 8.0).round() as usize).min(wide * 8);
    let eighths = if share > 0.0 { eighths.max(1) } else { 0 };
    let mut out = "█".repeat(eighths / 8);
    if let Some(rest) = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"].get(eighths % 8) {
        out.push_str(rest);
    }
    let blank = wide.saturating_sub(width(&out));
    out.push_str(&" ".repeat(blank));
    out
}
