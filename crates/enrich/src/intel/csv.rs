//! Rows with delimiters, with a header, with the header in a comment, or with none.

use std::borrow::Cow;

use super::collector::{Collector, Remarks};
use super::columns::{self, Meaning};
use super::indicator::{self, Indicator};
use super::{SkipReason, text};
use std::net::{IpAddr, Ipv4Addr};

/// Which column holds what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Layout {
    delimiter: char,
    addresses: Vec<usize>,
    /// The columns of first and last address, where rows are ranges.
    range: Option<(usize, usize)>,
    /// Are these columns called addresses (`ip_from`), so that a number in them is one?
    numbers: bool,
    port: Option<usize>,
    label: Option<usize>,
    score: Option<usize>,
    expiry: Option<usize>,
    /// The header as it stands among the data, to be passed over.
    header: Option<String>,
}

/// The delimiter that most rows have; `None` if these are no rows.
pub(super) fn delimiter(sample: &[&str]) -> Option<char> {
    let enough = (sample.len() * 3).div_ceil(5);
    // At the end of a line it is a mark of the end.
    let inside = |line: &str, d: char| line.trim_end().strip_suffix(d).unwrap_or(line).contains(d);
    let is_in_most =
        |d: &char| sample.iter().filter(|line| inside(line, *d) || d == &',' && line.contains(',')).count() >= enough;
    [',', ';', '\t', '|'].into_iter().find(is_in_most)
}

/// Reads rows.
pub(super) fn read(text: &str, layout: &Layout, collector: &mut Collector<'_>) {
    text::each_line(text, collector, |line, n, collector| {
        if layout.header.as_deref() == Some(line) {
            collector.list.report.comments += 1;
        } else {
            row(&split(line, layout.delimiter), n, line, layout, collector);
        }
    });
}

fn row(fields: &[Cow<'_, str>], n: u32, line: &str, layout: &Layout, collector: &mut Collector<'_>) {
    let field = |column: Option<usize>| fields.get(column?).map(|field| field.trim()).filter(|field| !field.is_empty());
    let remarks = Remarks {
        port: field(layout.port).and_then(|port| port.parse().ok()),
        label: field(layout.label),
        score: field(layout.score).and_then(columns::score),
        valid_until: field(layout.expiry).and_then(columns::seconds),
        line: n,
    };
    let end = |column| field(Some(column)).and_then(|cell| end(cell, layout.numbers));
    let ends = layout.range.and_then(|(from, to)| end(from).zip(end(to)));
    if let Some((from, to)) = ends {
        return collector.range(from, to, remarks);
    }
    let cells = layout.addresses.iter().filter_map(|&column| field(Some(column)).filter(|cell| !is_nothing(cell)));
    let found = cells.map(|cell| self::cell(cell, remarks, collector)).count();
    if found == 0 {
        collector.skip(SkipReason::NoAddress, n, line);
    }
}

/// Takes what stands in one cell: one indicator, or several.
fn cell(cell: &str, remarks: Remarks<'_>, collector: &mut Collector<'_>) {
    if indicator::read(cell) != Indicator::Unknown {
        return collector.indicator(cell, remarks);
    }
    let tokens = cell.split([' ', ';', '|', ',', '\t']);
    let known: Vec<&str> = tokens.filter(|token| indicator::read(token) != Indicator::Unknown).collect();
    match known.is_empty() {
        true => collector.skip(SkipReason::Unrecognised, remarks.line, cell),
        false => known.into_iter().for_each(|token| collector.indicator(token, remarks)),
    }
}

/// What stands where there is nothing.
fn is_nothing(cell: &str) -> bool {
    ["-", "none", "null", "n/a", "na", "nan"].iter().any(|nothing| cell.eq_ignore_ascii_case(nothing))
}

/// One end of a range: an address, also as the number that it is.
fn end(cell: &str, numbers: bool) -> Option<IpAddr> {
    let number = || cell.parse::<u32>().ok().filter(|number| numbers && *number >= 1 << 24);
    indicator::ip(cell).or_else(|| Some(Ipv4Addr::from_bits(number()?).into()))
}

impl Layout {
    /// Finds the columns by their names, else by what they hold.
    pub(super) fn of(banner: &[&str], sample: &[&str]) -> Layout {
        let delimiter = delimiter(sample).unwrap_or(',');
        let rows: Vec<Vec<Cow<'_, str>>> = sample.iter().map(|line| split(line.trim(), delimiter)).collect();
        let first = sample.first().copied().unwrap_or_default().trim();
        let in_data = rows.first().filter(|row| !row.iter().any(|field| is_address(field)));
        let in_data = in_data.and_then(|row| Layout::named(delimiter, row));
        let mut layout = match in_data {
            Some(layout) => Layout { header: Some(first.to_owned()), ..layout },
            None => {
                // Zeek marks the line of the names: `#fields`.
                let names = banner.iter().rev().map(|line| line.strip_prefix("fields\t").unwrap_or(line));
                let in_banner = names.map(|line| Layout::named(delimiter, &split(line, delimiter)));
                in_banner.flatten().next().unwrap_or(Layout { delimiter, ..Layout::default() })
            }
        };
        let data = &rows[usize::from(layout.header.is_some())..];
        layout.check(data);
        if layout.label.is_none() {
            layout.label = last_text(&rows, &layout);
        }
        layout
    }

    /// The layout a header names; `None` if the row is no header.
    fn named(delimiter: char, header: &[Cow<'_, str>]) -> Option<Layout> {
        let mut layout = Layout { delimiter, ..Layout::default() };
        let (mut best_label, mut first, mut last) = (usize::MAX, None, None);
        for (column, name) in header.iter().enumerate() {
            match columns::meaning(name) {
                Meaning::Address => layout.addresses.push(column),
                Meaning::Port => layout.port = layout.port.or(Some(column)),
                Meaning::Score => layout.score = layout.score.or(Some(column)),
                Meaning::Expiry => layout.expiry = layout.expiry.or(Some(column)),
                Meaning::Label(rank) if rank < best_label => {
                    (best_label, layout.label) = (rank, Some(column));
                }
                Meaning::First => first = first.or(Some(column)),
                Meaning::Last => last = last.or(Some(column)),
                Meaning::Label(_) | Meaning::Other => {}
            }
        }
        layout.range = first.zip(last);
        let is_ip = |column: usize| header[column].to_ascii_lowercase().contains("ip");
        layout.numbers = layout.range.is_some_and(|(from, to)| is_ip(from) && is_ip(to));
        (header.len() > 1 && (!layout.addresses.is_empty() || layout.range.is_some())).then_some(layout)
    }

    /// Holds the names against what is in the columns, and finds by that what has no name.
    fn check(&mut self, rows: &[Vec<Cow<'_, str>>]) {
        self.range = self.range.filter(|&(from, to)| are_ranges(rows, from, to, self.numbers));
        let is_named = self.header.is_some() || !self.addresses.is_empty();
        if self.range.is_none() && !is_named {
            self.range = nameless_range(rows);
        }
        self.addresses.retain(|&column| self.range.is_none() && !is_something_else(rows, column));
        if self.range.is_some() || holds_address(rows, &self.addresses) {
            return;
        }
        let columns = 0..rows.iter().map(Vec::len).max().unwrap_or(0);
        let is_all = |column: usize| rows.iter().all(|row| row.get(column).is_none_or(|field| is_address(field)));
        if columns.clone().all(is_all) {
            // Nothing but addresses, several in a line.
            self.addresses = columns.collect();
        } else if is_named && columns.clone().any(|column| holds_address(rows, &[column])) {
            // The names do not stand above what they name.
            self.addresses = columns.filter(|&column| holds_address(rows, &[column])).collect();
        } else if self.addresses.is_empty() {
            self.addresses = most_addresses(rows).into_iter().collect();
        }
    }
}

fn holds_address(rows: &[Vec<Cow<'_, str>>], columns: &[usize]) -> bool {
    let fields = rows.iter().flat_map(|row| columns.iter().filter_map(|&column| row.get(column)));
    fields.into_iter().any(|field| is_address(field))
}

/// Has the column text, and in no row an indicator, whatever its name says?
fn is_something_else(rows: &[Vec<Cow<'_, str>>], column: usize) -> bool {
    let fields = rows.iter().filter_map(|row| row.get(column)).filter(|field| !field.is_empty() && !is_nothing(field));
    let mut words =
        fields.map(|field| field.split([' ', ';', '|', ',']).any(|word| indicator::read(word) != Indicator::Unknown));
    let first = words.next();
    first == Some(false) && !words.any(|is_indicator| is_indicator)
}

/// Do nearly all rows hold a first and a last address there?
fn are_ranges(rows: &[Vec<Cow<'_, str>>], from: usize, to: usize, numbers: bool) -> bool {
    let is_range = |row: &&Vec<Cow<'_, str>>| {
        let ends = row.get(from).zip(row.get(to)).and_then(|(from, to)| end(from, numbers).zip(end(to, numbers)));
        ends.is_some_and(|(from, to)| from <= to && from.is_ipv4() == to.is_ipv4())
    };
    !rows.is_empty() && rows.iter().filter(is_range).count() * 5 >= rows.len() * 4
}

/// Without names: the first two columns, where each row has a first and a last address less than a /12 apart. Two
/// addresses that only stand beside each other are that in one row of some thousand.
fn nameless_range(rows: &[Vec<Cow<'_, str>>]) -> Option<(usize, usize)> {
    let near = |row: &Vec<Cow<'_, str>>| match (indicator::ip(row.first()?)?, indicator::ip(row.get(1)?)?) {
        (IpAddr::V4(from), IpAddr::V4(to)) => Some(to.to_bits().checked_sub(from.to_bits())? < 1 << 20),
        (IpAddr::V6(from), IpAddr::V6(to)) => Some(from <= to),
        _ => None,
    };
    let are_near = !rows.is_empty() && rows.iter().all(|row| near(row) == Some(true));
    are_near.then_some((0, 1))
}

/// Without names: the column with the most addresses, failing that the most indicators of any kind.
fn most_addresses(rows: &[Vec<Cow<'_, str>>]) -> Option<usize> {
    let columns = rows.iter().map(Vec::len).max()?;
    let points = |column: usize| -> usize {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|field| match indicator::read(field) {
                Indicator::Net(..) | Indicator::Range(..) => 1000,
                Indicator::Domain | Indicator::Url | Indicator::Hash => 1,
                _ => 0,
            })
            .sum()
    };
    // The first of the best: `max_by_key` gives the last, so the columns are taken from behind.
    (0..columns).rev().max_by_key(|&column| points(column)).filter(|&column| points(column) > 0)
}

/// Without names: the last column that is text in most rows.
fn last_text(rows: &[Vec<Cow<'_, str>>], layout: &Layout) -> Option<usize> {
    let columns = rows.iter().map(Vec::len).max()?;
    let is_text = |field: &str| {
        let letters = field.chars().filter(|c| c.is_alphabetic()).count();
        // Two capitals are the code of a country.
        let is_country = field.len() == 2 && field.bytes().all(|byte| byte.is_ascii_uppercase());
        letters * 2 > field.len() && !is_country && indicator::read(field) == Indicator::Unknown
    };
    (0..columns).rev().filter(|column| !layout.addresses.contains(column)).find(|&column| {
        rows.iter().filter(|row| row.get(column).is_some_and(|field| is_text(field.trim()))).count() * 2 > rows.len()
    })
}

fn is_address(field: &str) -> bool {
    matches!(indicator::read(field), Indicator::Net(..) | Indicator::Range(..))
}

/// Splits one row; quotes may hold delimiters and doubled quotes. A quote that is not closed ends with its line, so one
/// bad row cannot swallow the file.
pub(crate) fn split(line: &str, delimiter: char) -> Vec<Cow<'_, str>> {
    let mut fields = Vec::new();
    let mut rest = line;
    loop {
        let start = rest.trim_start_matches(' ');
        let (field, after) = match start.strip_prefix('"') {
            Some(quoted) => unquote(quoted, delimiter),
            None => match rest.split_once(delimiter) {
                Some((field, after)) => (Cow::Borrowed(field.trim()), Some(after)),
                None => (Cow::Borrowed(rest.trim()), None),
            },
        };
        fields.push(field);
        match after {
            Some(after) => rest = after,
            None => return fields,
        }
    }
}

fn unquote(quoted: &str, delimiter: char) -> (Cow<'_, str>, Option<&str>) {
    let mut from = 0;
    while let Some(at) = quoted[from..].find('"').map(|at| from + at) {
        if quoted[at + 1..].starts_with('"') {
            from = at + 2;
            continue;
        }
        let field = &quoted[..at];
        let field = if from == 0 { Cow::Borrowed(field) } else { Cow::Owned(field.replace("\"\"", "\"")) };
        return (field, quoted[at + 1..].split_once(delimiter).map(|(_, after)| after));
    }
    (Cow::Borrowed(quoted), None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows() {
        assert_eq!(split(r#""a","b, ""c""", d ,"#, ','), ["a", "b, \"c\"", "d", ""]);
        assert_eq!(split(r#""open,b"#, ','), ["open,b"]);
        assert_eq!(split("", ','), [""]);
        assert_eq!(split("a;b", ';'), ["a", "b"]);
    }

    #[test]
    fn layouts() {
        let feodo = [
            "\"first_seen_utc\",\"dst_ip\",\"dst_port\",\"c2_status\",\"last_online\",\"malware\"",
            "\"x\",\"1.2.3.4\",\"80\",\"online\",\"x\",\"Pikabot\"",
        ];
        let layout = Layout::of(&[], &feodo);
        assert_eq!((layout.addresses, layout.port, layout.label), (vec![1], Some(2), Some(5)));
        let layout = Layout::of(&["abuse.ch SSL IPBL", "DstIP,DstPort"], &["1.2.3.4,443,URLzone C&C"]);
        assert_eq!((layout.addresses, layout.port, layout.label), (vec![0], Some(1), Some(2)));
        let layout = Layout::of(&[], &["7,x,1.2.3.4", "8,y,evil.com"]);
        assert_eq!((layout.addresses, layout.port, layout.label), (vec![2], None, Some(1)));
    }
}
