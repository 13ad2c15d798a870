//! Rows with delimiters, with a header, with the header in a comment, or with none.

use std::borrow::Cow;

use super::collector::{Collector, Remarks};
use super::columns::{self, Meaning};
use super::indicator::{self, Indicator};
use super::{SkipReason, text};

/// Which column holds what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Layout {
    delimiter: char,
    addresses: Vec<usize>,
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
    [',', ';', '\t', '|'].into_iter().find(|&d| sample.iter().filter(|line| line.contains(d)).count() >= enough)
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
    let mut found = false;
    for &column in &layout.addresses {
        for token in field(Some(column)).unwrap_or_default().split([' ', ';', '|']).filter(|token| !token.is_empty()) {
            found = true;
            collector.indicator(token, remarks);
        }
    }
    if !found {
        collector.skip(SkipReason::NoAddress, n, line);
    }
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
                let in_banner = banner.iter().rev().map(|line| Layout::named(delimiter, &split(line, delimiter)));
                in_banner.flatten().next().unwrap_or(Layout { delimiter, ..Layout::default() })
            }
        };
        if layout.addresses.is_empty() {
            layout.addresses = most_addresses(&rows).into_iter().collect();
        }
        if layout.label.is_none() {
            layout.label = last_text(&rows, &layout);
        }
        layout
    }

    /// The layout a header names; `None` if the row is no header.
    fn named(delimiter: char, header: &[Cow<'_, str>]) -> Option<Layout> {
        let mut layout = Layout { delimiter, ..Layout::default() };
        let mut best_label = usize::MAX;
        for (column, name) in header.iter().enumerate() {
            match columns::meaning(name) {
                Meaning::Address => layout.addresses.push(column),
                Meaning::Port => layout.port = layout.port.or(Some(column)),
                Meaning::Score => layout.score = layout.score.or(Some(column)),
                Meaning::Expiry => layout.expiry = layout.expiry.or(Some(column)),
                Meaning::Label(rank) if rank < best_label => {
                    (best_label, layout.label) = (rank, Some(column));
                }
                Meaning::Label(_) | Meaning::Other => {}
            }
        }
        (header.len() > 1 && !layout.addresses.is_empty()).then_some(layout)
    }
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
        letters * 2 > field.len() && indicator::read(field) == Indicator::Unknown
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
