//! A table before it is drawn: columns that know how much they matter, cells that know what they mean.
//!
//! Knows nothing of: terminals, HTML. Every text in a [`Cell`] is already cleaned of hostile characters.

use super::units;

/// What a cell says beyond its text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Tone {
    /// Nothing.
    #[default]
    Plain,
    /// Background information.
    Quiet,
    /// The row's name.
    Strong,
    /// Look at it.
    Warn,
    /// Act on it.
    Bad,
}

/// Where a text that is too long is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cut {
    /// `the end of th…`.
    End,
    /// `the e…e end`: for names whose end tells them apart.
    Middle,
}

/// A column.
#[derive(Clone, Debug)]
pub(super) struct Column {
    /// Its heading.
    pub(super) head: &'static str,
    /// Numbers stand at the right.
    pub(super) is_number: bool,
    /// When space runs out the column with the lowest value goes first; [`Column::ALWAYS`] never goes.
    pub(super) keep: u8,
    /// It may be shortened to this width; 0: never.
    pub(super) min: usize,
    /// How it is shortened.
    pub(super) cut: Cut,
    /// Addresses, names, objects: set in a fixed-width font.
    pub(super) is_mono: bool,
}

impl Column {
    /// The value of `keep` of a column that never goes.
    pub(super) const ALWAYS: u8 = u8::MAX;

    /// A number or a size.
    pub(super) fn number(head: &'static str, keep: u8) -> Column {
        Column { head, is_number: true, keep, min: 0, cut: Cut::End, is_mono: false }
    }

    /// A text that may be cut at its end.
    pub(super) fn text(head: &'static str, keep: u8, min: usize) -> Column {
        Column { head, is_number: false, keep, min, cut: Cut::End, is_mono: false }
    }

    /// A name or an address; cut in the middle.
    pub(super) fn name(head: &'static str, keep: u8, min: usize) -> Column {
        Column { head, is_number: false, keep, min, cut: Cut::Middle, is_mono: true }
    }
}

/// A cell.
#[derive(Clone, Debug, Default)]
pub(super) struct Cell {
    /// What it says.
    pub(super) text: String,
    /// The exact value, where `text` is a rounded or shortened one; else empty.
    pub(super) exact: String,
    /// What to sort by; `None` sorts by `text`.
    pub(super) sort: Option<u64>,
    /// Its tone.
    pub(super) tone: Tone,
    /// Its part of the table's largest value, for a bar.
    pub(super) share: Option<f64>,
}

impl Cell {
    /// Foreign text.
    pub(super) fn text(foreign: &str) -> Cell {
        Cell { text: units::clean(foreign), ..Cell::default() }
    }

    /// A count; zero is quiet.
    pub(super) fn count(value: u64) -> Cell {
        Cell { text: units::count(value), sort: Some(value), ..Cell::default() }.quiet_if(value == 0)
    }

    /// A size.
    pub(super) fn bytes(value: u64) -> Cell {
        let exact = format!("{} bytes", units::count(value));
        Cell { text: units::bytes(value), exact, sort: Some(value), ..Cell::default() }.quiet_if(value == 0)
    }

    /// A moment or a range of them: short text, full text.
    pub(super) fn time(short: String, from: &str, to: &str) -> Cell {
        let exact =
            if from == to || to.is_empty() { units::clean(from) } else { units::clean(&format!("{from} – {to}")) };
        let sort = units::Moment::parse(from).and_then(|moment| u64::try_from(moment.unix_s).ok());
        Cell { text: short, exact, sort, ..Cell::default() }
    }

    /// With a tone.
    pub(super) fn tone(self, tone: Tone) -> Cell {
        Cell { tone, ..self }
    }

    /// With a tone, if so.
    pub(super) fn tone_if(self, is_so: bool, tone: Tone) -> Cell {
        if is_so { self.tone(tone) } else { self }
    }

    /// Quiet, if so.
    fn quiet_if(self, is_so: bool) -> Cell {
        self.tone_if(is_so, Tone::Quiet)
    }

    /// With a bar.
    pub(super) fn share(self, share: f64) -> Cell {
        Cell { share: Some(share), ..self }
    }
}

/// A table.
#[derive(Clone, Debug)]
pub(super) struct Table {
    /// What the page calls it in an address: `talkers`.
    pub(super) id: &'static str,
    /// Its title.
    pub(super) title: &'static str,
    /// A sentence under the title, or empty.
    pub(super) note: String,
    /// What to say if there are no rows.
    pub(super) empty: &'static str,
    /// Its columns.
    pub(super) columns: Vec<Column>,
    /// Its rows, each as long as `columns`.
    pub(super) rows: Vec<Vec<Cell>>,
}
