//! The header line, and one record per line.

use super::fields::{Slot, Values, is_header, known_field, needed_slots};
use super::{PROVIDER, SOURCE_KIND, record};
use crate::columns::Columns;
use crate::filter::Filter;
use crate::format::{DecodeOptions, Decoder, Format, Likeness, Origin};
use crate::health::{Place, excerpt};
use crate::line_decoder::{LineDecoder, LineRecords};
use memchr::memchr;
use model::FlowField as F;
use model::vocabulary::HealthKind;
use table::{FlowColumns, Tables};

/// Argus flow records as CSV.
pub struct ArgusCsv;

/// What stands between columns: `ra -c ,`, or `ra -c '\t'`.
fn delimiter_of(line: &[u8]) -> u8 {
    if memchr(b'\t', line).is_some() { b'\t' } else { b',' }
}

impl Format for ArgusCsv {
    fn name(&self) -> &'static str {
        "argus_csv"
    }

    fn describe(&self) -> &'static str {
        "Argus flow records as CSV with a header line (binetflow)"
    }

    fn sniff(&self, head: &[u8]) -> Likeness {
        let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
        match head.split(|byte| *byte == b'\n').take(8).any(is_header_line) {
            true => Likeness::Sure,
            false => Likeness::No,
        }
    }

    fn decoder(&self, options: &DecodeOptions) -> Box<dyn Decoder> {
        let lines = FlowLines {
            origin: Origin { provider: PROVIDER, source_kind: SOURCE_KIND, object: options.object.clone() },
            filters: options.filters.clone(),
            delimiter: b',',
            layout: None,
            ends: Vec::new(),
        };
        Box::new(LineDecoder::new(lines, options.limits))
    }
}

fn is_header_line(line: &[u8]) -> bool {
    let delimiter = delimiter_of(line);
    is_header(line.split(|byte| *byte == delimiter).map(trimmed))
}

/// A column without the spaces that pad it, and without quotes.
fn trimmed(column: &[u8]) -> &[u8] {
    let column = column.trim_ascii();
    column.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")).unwrap_or(column)
}

/// The columns of the records under a header line.
struct Layout {
    names: Vec<Box<str>>,
    /// Columns with a slot.
    slots: Vec<(usize, Slot)>,
    /// Columns that go to `ext`.
    kept: Vec<usize>,
    needed: u32,
}

impl Layout {
    fn new(names: Vec<&[u8]>, needed: u32) -> Layout {
        let slot_of = |column: usize| {
            let slot = known_field(names[column])?.slot;
            // A name that stands twice keeps its first place; the copy goes to `ext`.
            let is_first =
                !names[..column].iter().any(|name| known_field(name).is_some_and(|other| other.slot == slot));
            is_first.then_some(slot)
        };
        let is_kept = |column: &usize| {
            slot_of(*column).is_none() || known_field(names[*column]).is_some_and(|field| field.keeps_text)
        };
        Layout {
            slots: (0..names.len()).filter_map(|column| Some((column, slot_of(column)?))).collect(),
            kept: (0..names.len()).filter(is_kept).collect(),
            names: names.iter().map(|name| String::from_utf8_lossy(name).into()).collect(),
            needed,
        }
    }
}

/// Decodes lines of Argus records.
struct FlowLines {
    origin: Origin,
    filters: Vec<Filter>,
    delimiter: u8,
    layout: Option<Layout>,
    ends: Vec<u32>,
}

impl FlowLines {
    fn use_layout(&mut self, columns: Columns<'_>, out: &mut Tables) {
        let needed = needed_slots(out.flows.projection(), &self.filters);
        self.layout = Some(Layout::new(columns.iter().map(trimmed).collect(), needed));
        record::set_constants(&self.origin, &mut out.flows);
    }

    /// A line whose count of columns may not be the header's.
    fn record(&self, columns: Columns<'_>, place: Place, is_complete: bool, out: &mut Tables) {
        let unreadable = if is_complete { HealthKind::ParseError } else { HealthKind::Truncated };
        let Some(layout) = &self.layout else {
            let detail = format!("a line without a header line before it: {}", excerpt(columns.raw()));
            return place.note(unreadable, &detail, &self.origin, out);
        };
        let (has, due) = (columns.len(), layout.names.len());
        if has != due {
            let detail = format!("record has {has} of {due} columns: {}", excerpt(columns.raw()));
            if has * 2 < due || (has < due && !is_complete) {
                return place.note(unreadable, &detail, &self.origin, out);
            }
            place.note(HealthKind::FieldError, &detail, &self.origin, out);
        }
        self.flow(layout, columns, place, unreadable, out);
    }

    #[inline]
    fn flow(&self, layout: &Layout, columns: Columns<'_>, place: Place, unreadable: HealthKind, out: &mut Tables) {
        let mut values = Values::new();
        for (column, slot) in &layout.slots {
            values.set(*slot, trimmed(columns.get(*column)));
        }
        if !record::has_ends(&values) {
            let detail = format!("not a record of a flow: {}", excerpt(columns.raw()));
            return place.note(unreadable, &detail, &self.origin, out);
        }
        if !record::passes(&values, &self.filters) {
            return;
        }
        if out.flows.wants(F::Ext) {
            keep(layout, columns, &mut out.flows);
        }
        record::write(&values, layout.needed, place, &self.origin, out);
    }
}

/// Everything that no column has.
fn keep(layout: &Layout, columns: Columns<'_>, flows: &mut FlowColumns) {
    for column in &layout.kept {
        let text = trimmed(columns.get(*column));
        if !text.is_empty() {
            flows.insert(F::Ext, &layout.names[*column], &String::from_utf8_lossy(text));
        }
    }
    for column in layout.names.len()..columns.len() {
        let name = format!("column_{}", column + 1);
        flows.insert(F::Ext, &name, &String::from_utf8_lossy(columns.get(column)));
    }
}

impl LineRecords for FlowLines {
    const MERGES_DELIMITERS: bool = false;

    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn delimiter(&self) -> u8 {
        self.delimiter
    }

    /// A record begins with a digit; the header line, and whatever else, does not.
    fn tidiness(_text: &[u8], _delimiter: u8) -> impl Fn(&[u8]) -> bool {
        |line| line.first().is_some_and(u8::is_ascii_digit) && line.last() != Some(&b'\r')
    }

    #[inline]
    fn push_columns(&mut self, columns: Columns<'_>, place: Place, out: &mut Tables) {
        match &self.layout {
            Some(layout) if layout.names.len() == columns.len() => {
                self.flow(layout, columns, place, HealthKind::ParseError, out);
            }
            _ => self.record(columns, place, true, out),
        }
    }

    fn push_untidy(&mut self, line: &[u8], place: Place, is_complete: bool, out: &mut Tables) {
        let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.trim_ascii().is_empty() {
            return;
        }
        let mut ends = std::mem::take(&mut self.ends);
        // Only a header line says what its delimiter is.
        let is_header_line = !line.first().is_some_and(u8::is_ascii_digit) && is_header_line(line);
        let delimiter = if is_header_line { delimiter_of(line) } else { self.delimiter };
        ends.clear();
        ends.extend(memchr::memchr_iter(delimiter, line).map(|at| at as u32));
        ends.push(line.len() as u32);
        let columns = Columns::new(line, 0, &ends);
        self.delimiter = delimiter;
        match is_header_line {
            true => self.use_layout(columns, out),
            false => self.record(columns, place, is_complete, out),
        }
        self.ends = ends;
    }
}
