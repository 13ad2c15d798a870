//! Tables in HTML: real tables, sortable if a script runs, stacked into cards on a narrow screen.

use super::markup::Markup;
use super::svg;
use crate::render::table::{Cell, Column, Table, Tone};

/// Texts up to this length stay on one line.
const SHORT: usize = 24;

/// Draws a table with its heading.
pub(super) fn draw(page: &mut Markup, table: &Table) {
    let heading = format!("{}-title", table.id);
    page.element("div", &[("class", "block"), ("id", table.id)], |page| {
        page.leaf("h3", &[("id", &heading)], table.title);
        if table.rows.is_empty() {
            page.leaf("p", &[("class", "empty")], table.empty);
            return;
        }
        if !table.note.is_empty() {
            page.leaf("p", &[("class", "note")], &table.note);
        }
        page.element("div", &[("class", "wide")], |page| rows(page, table, &heading));
    });
}

fn rows(page: &mut Markup, table: &Table, heading: &str) {
    let used: Vec<usize> =
        (0..table.columns.len()).filter(|at| table.rows.iter().any(|row| !row[*at].text.is_empty())).collect();
    page.element("table", &[("role", "table"), ("aria-labelledby", heading)], |page| {
        page.element("thead", &[("role", "rowgroup")], |page| {
            page.element("tr", &[("role", "row")], |page| {
                for column in used.iter().map(|at| &table.columns[*at]) {
                    let class = if column.is_number { "n" } else { "" };
                    page.leaf("th", &[("scope", "col"), ("role", "columnheader"), ("class", class)], column.head);
                }
            });
        });
        page.element("tbody", &[("role", "rowgroup")], |page| {
            for row in &table.rows {
                page.element("tr", &[("role", "row")], |page| {
                    for at in &used {
                        cell(page, &table.columns[*at], &row[*at]);
                    }
                });
            }
        });
    });
}

fn cell(page: &mut Markup, column: &Column, cell: &Cell) {
    let tone = match cell.tone {
        Tone::Plain => "",
        Tone::Quiet => " quiet",
        Tone::Strong => " strong",
        Tone::Warn => " warn",
        Tone::Bad => " bad",
    };
    let is_short = column.min == 0 || cell.text.len() <= SHORT;
    let kind = if column.is_number {
        "n"
    } else if column.is_mono && cell.text.len() <= SHORT {
        "m f"
    } else if column.is_mono {
        "m"
    } else if is_short {
        "f"
    } else {
        "t"
    };
    let class = format!("{kind}{tone}{}", if cell.text.is_empty() { " none" } else { "" });
    let sort = cell.sort.map(|sort| sort.to_string()).unwrap_or_default();
    let mut attributes = vec![("role", "cell"), ("class", class.as_str()), ("data-label", column.head)];
    if !sort.is_empty() {
        attributes.push(("data-sort", &sort));
    }
    if !cell.exact.is_empty() {
        attributes.push(("title", &cell.exact));
    }
    page.element("td", &attributes, |page| {
        page.leaf("span", &[], &cell.text);
        if let Some(share) = cell.share {
            svg::bar(page, share);
        }
    });
}
