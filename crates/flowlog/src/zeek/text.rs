//! `conn.log` as text: header lines, then one record per line.

use super::fields::{Slot, Slots, Values, is_kept, known_field};
use super::others::Others;
use super::{PROVIDER, SOURCE_KIND, record};
use crate::columns::Columns;
use crate::filter::Filter;
use crate::format::{DecodeOptions, Decoder, Format, Likeness, Origin};
use crate::health::{Place, excerpt};
use crate::json::Text;
use crate::line_decoder::{LineDecoder, LineRecords};
use memchr::memmem;
use model::FlowField as F;
use model::vocabulary::HealthKind;
use table::{FlowColumns, Tables};

/// Zeek's `conn.log` as text.
pub struct ZeekText;

impl Format for ZeekText {
    fn name(&self) -> &'static str {
        "zeek_text"
    }

    fn describe(&self) -> &'static str {
        "Zeek conn.log as text with header lines, also with labels (other logs of Zeek are passed over)"
    }

    fn sniff(&self, head: &[u8]) -> Likeness {
        let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
        let is_header = |line: &[u8]| line.starts_with(b"#separator ") || line.starts_with(b"#fields\t");
        match head.split(|byte| *byte == b'\n').take(32).any(is_header) {
            true => Likeness::Sure,
            false => Likeness::No,
        }
    }

    fn decoder(&self, options: &DecodeOptions) -> Box<dyn Decoder> {
        Box::new(LineDecoder::new(ConnLines::new(options), options.limits))
    }
}

/// The header lines in force.
struct Header {
    separator: u8,
    /// What stands for a field that is not set.
    unset: Vec<u8>,
    /// What stands for an empty text or set.
    empty: Vec<u8>,
    /// The log's name: `conn`, `dns`, ...
    path: Vec<u8>,
    /// `#fields`, until its `#types` have come.
    names: Vec<u8>,
}

impl Default for Header {
    fn default() -> Self {
        Header {
            separator: b'\t',
            unset: b"-".to_vec(),
            empty: b"(empty)".to_vec(),
            path: Vec::new(),
            names: Vec::new(),
        }
    }
}

/// The columns of the records under a `#fields` line.
struct Layout {
    is_conn: bool,
    /// Columns that the separator separates.
    columns: usize,
    /// In the last of them are further ones, separated by this: IoT-23's labels.
    inner_separator: Option<Vec<u8>>,
    /// All columns' names.
    names: Vec<Box<str>>,
    /// Columns with a slot, addresses always among them.
    slots: Vec<(usize, Slot)>,
    /// Columns that go to `ext`.
    kept: Vec<usize>,
}

impl Layout {
    fn new(header: &Header, types: &[u8], needed: Slots) -> Layout {
        let columns: Vec<&[u8]> = header.names.split(|byte| *byte == header.separator).collect();
        let last = columns.last().copied().unwrap_or_default();
        let inner_separator = inner_separator(last, header.separator);
        let mut names: Vec<&[u8]> = columns.clone();
        if let Some(separator) = &inner_separator {
            names.pop();
            names.extend(parts(last, separator));
        }
        let types: Vec<&[u8]> = types.split(|byte| *byte == header.separator).collect();
        let fields: Vec<_> = (0..names.len()).map(|column| field_of(column, &names, &types)).collect();
        let has = |slot: Slot| fields.iter().flatten().any(|known| *known == slot);
        let is_path = header.path == b"conn" || (header.path.is_empty() && has(Slot::ConnState));
        let is_needed = |slot: Slot| needed.contains(slot) || matches!(slot, Slot::OrigAddress | Slot::RespAddress);
        let slots = fields.iter().enumerate().filter_map(|(column, slot)| Some((column, (*slot)?)));
        let is_kept = |column: &usize| is_kept(fields[*column].and(known_field(names[*column])));
        Layout {
            is_conn: is_path && has(Slot::OrigAddress) && has(Slot::RespAddress),
            columns: columns.len(),
            slots: slots.filter(|(_, slot)| is_needed(*slot)).collect(),
            kept: (0..names.len()).filter(is_kept).collect(),
            names: names.iter().map(|name| String::from_utf8_lossy(name).into()).collect(),
            inner_separator,
        }
    }

    /// The text of a column, an inner one among them.
    #[inline]
    fn get<'a>(&self, columns: Columns<'a>, column: usize) -> &'a [u8] {
        match &self.inner_separator {
            Some(separator) if column + 1 >= self.columns => {
                let last = self.names.len() - 1;
                inner_part(columns.get(self.columns - 1), separator, column + 1 - self.columns, column == last)
            }
            _ => columns.get(column),
        }
    }
}

/// The slot of a column: by its name, or, where names were mapped to others, by its type. Each slot is taken once.
fn field_of(column: usize, names: &[&[u8]], types: &[&[u8]]) -> Option<Slot> {
    if let Some(field) = known_field(names[column]) {
        let is_first =
            names[..column].iter().all(|name| known_field(name).is_none_or(|other| other.slot != field.slot));
        return Some(field.slot).filter(|_| is_first);
    }
    let by_type = |wanted: &[u8], slots: [Slot; 2]| {
        let is_known = |name: &&[u8]| known_field(name).is_some_and(|field| slots.contains(&field.slot));
        let before = types.iter().take(column).filter(|kind| **kind == wanted).count();
        let is_mapped = types.get(column) == Some(&wanted) && !names.iter().any(is_known);
        slots.get(before).copied().filter(|_| is_mapped)
    };
    by_type(b"addr", [Slot::OrigAddress, Slot::RespAddress])
        .or_else(|| by_type(b"port", [Slot::OrigPort, Slot::RespPort]))
}

/// The run of spaces between names that stand in one column.
fn inner_separator(name: &[u8], separator: u8) -> Option<Vec<u8>> {
    let name = name.trim_ascii();
    let start = name.iter().position(|byte| *byte == b' ').filter(|_| separator != b' ')?;
    let length = name[start..].iter().take_while(|byte| **byte == b' ').count();
    Some(name[start..start + length].to_vec())
}

fn parts<'a>(text: &'a [u8], separator: &[u8]) -> Vec<&'a [u8]> {
    let mut rest = text;
    let mut parts = Vec::new();
    while let Some(at) = memmem::find(rest, separator) {
        parts.push(&rest[..at]);
        rest = &rest[at + separator.len()..];
    }
    parts.push(rest);
    parts
}

/// One part of a text, the last with all that follows; empty if there are fewer.
fn inner_part<'a>(text: &'a [u8], separator: &[u8], number: usize, is_last: bool) -> &'a [u8] {
    let mut rest = text;
    for _ in 0..number {
        let Some(at) = memmem::find(rest, separator) else { return &[] };
        rest = &rest[at + separator.len()..];
    }
    match memmem::find(rest, separator) {
        Some(end) if !is_last => &rest[..end],
        _ => rest,
    }
}

/// Decodes lines of a Zeek log.
struct ConnLines {
    origin: Origin,
    filters: Vec<Filter>,
    header: Header,
    layout: Option<Layout>,
    needed: Slots,
    others: Others,
    ends: Vec<u32>,
    scratch: String,
}

impl ConnLines {
    fn new(options: &DecodeOptions) -> ConnLines {
        ConnLines {
            origin: Origin { provider: PROVIDER, source_kind: SOURCE_KIND, object: options.object.clone() },
            filters: options.filters.clone(),
            header: Header::default(),
            layout: None,
            needed: Slots::default(),
            others: Others::default(),
            ends: Vec::new(),
            scratch: String::new(),
        }
    }

    /// A line that begins with `#`.
    fn header_line(&mut self, line: &[u8], out: &mut Tables) {
        if let Some(separator) = line.strip_prefix(b"#separator ") {
            self.header = Header { separator: separator_of(separator), ..Header::default() };
            self.layout = None;
            return;
        }
        let Some(end) = line.iter().position(|byte| *byte == self.header.separator) else { return };
        let (name, value) = (&line[..end], &line[end + 1..]);
        match name {
            b"#unset_field" => self.header.unset = value.to_vec(),
            b"#empty_field" => self.header.empty = value.to_vec(),
            b"#path" => self.header.path = value.to_vec(),
            b"#fields" => {
                self.header.names = value.to_vec();
                self.use_layout(b"", out);
            }
            b"#types" if self.layout.as_ref().is_some_and(|layout| !layout.is_conn) => self.use_layout(value, out),
            _ => {}
        }
    }

    fn use_layout(&mut self, types: &[u8], out: &mut Tables) {
        record::set_constants(&self.origin, &mut out.flows);
        self.needed = Slots::of(out.flows.projection(), &self.filters);
        self.layout = Some(Layout::new(&self.header, types, self.needed));
    }

    /// A record whose count of columns may not be the header's.
    fn record(&mut self, columns: Columns<'_>, place: Place, is_complete: bool, out: &mut Tables) {
        let unreadable = if is_complete { HealthKind::ParseError } else { HealthKind::Truncated };
        let Some(layout) = &self.layout else {
            let detail = format!("a line without a #fields line before it: {}", excerpt(columns.raw()));
            return place.note(unreadable, &detail, &self.origin, out);
        };
        if !layout.is_conn {
            return self.others.count(&self.header.path, place);
        }
        let (has, due) = (columns.len(), layout.columns);
        if has != due {
            let detail = format!("record has {has} of {due} columns: {}", excerpt(columns.raw()));
            if has * 2 < due || (has < due && !is_complete) {
                return place.note(unreadable, &detail, &self.origin, out);
            }
            place.note(HealthKind::FieldError, &detail, &self.origin, out);
        }
        self.connection(columns, place, unreadable, out);
    }

    /// A record of `conn`.
    #[inline]
    fn connection(&mut self, columns: Columns<'_>, place: Place, unreadable: HealthKind, out: &mut Tables) {
        let Some(layout) = &self.layout else { return };
        let mut values = Values::new();
        for (column, slot) in &layout.slots {
            let text = layout.get(columns, *column);
            if text != self.header.unset && !text.is_empty() {
                values.set(*slot, plain(if text == self.header.empty { b"" } else { text }));
            }
        }
        if !record::has_ends(&values) {
            let detail = format!("not a record of a connection: {}", excerpt(columns.raw()));
            return place.note(unreadable, &detail, &self.origin, out);
        }
        if !record::passes(&values, &self.filters) {
            return;
        }
        if out.flows.wants(F::Ext) {
            self.keep(columns, &mut out.flows);
        }
        record::write(&values, self.needed, place, &self.origin, &mut self.scratch, out);
    }

    /// Everything that no column has.
    fn keep(&self, columns: Columns<'_>, flows: &mut FlowColumns) {
        let Some(layout) = &self.layout else { return };
        for column in &layout.kept {
            let text = layout.get(columns, *column);
            if text != self.header.unset && !text.is_empty() {
                let text = if text == self.header.empty { b"" } else { text };
                flows.insert(F::Ext, &layout.names[*column], &String::from_utf8_lossy(text));
            }
        }
        for column in layout.columns..columns.len() {
            let name = format!("column_{}", column + 1);
            flows.insert(F::Ext, &name, &String::from_utf8_lossy(columns.get(column)));
        }
    }
}

fn plain(raw: &[u8]) -> Text<'_> {
    Text { raw, escaped: false }
}

/// `\x09`, or the byte itself.
fn separator_of(text: &[u8]) -> u8 {
    let digits = text.strip_prefix(b"\\x").and_then(|digits| std::str::from_utf8(digits.get(..2)?).ok());
    let escaped = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
    let separator = escaped.or(text.first().copied()).unwrap_or(b'\t');
    // A line feed ends the line, whatever the header says.
    if separator == b'\n' { b'\t' } else { separator }
}

impl LineRecords for ConnLines {
    const MERGES_DELIMITERS: bool = false;

    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn delimiter(&self) -> u8 {
        self.header.separator
    }

    fn tidiness(_text: &[u8], _delimiter: u8) -> impl Fn(&[u8]) -> bool {
        |line| !matches!(line.first(), None | Some(b'#' | b'\xef' | b'\r')) && line.last() != Some(&b'\r')
    }

    #[inline]
    fn push_columns(&mut self, columns: Columns<'_>, place: Place, out: &mut Tables) {
        match &self.layout {
            Some(layout) if layout.is_conn && layout.columns == columns.len() => {
                self.connection(columns, place, HealthKind::ParseError, out);
            }
            _ => self.record(columns, place, true, out),
        }
    }

    fn push_untidy(&mut self, line: &[u8], place: Place, is_complete: bool, out: &mut Tables) {
        let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.first() == Some(&b'#') {
            return self.header_line(line, out);
        }
        if line.is_empty() {
            return;
        }
        let mut ends = std::mem::take(&mut self.ends);
        ends.clear();
        ends.extend(memchr::memchr_iter(self.header.separator, line).map(|at| at as u32));
        ends.push(line.len() as u32);
        self.record(Columns::new(line, 0, &ends), place, is_complete, out);
        self.ends = ends;
    }

    fn finish(&mut self, out: &mut Tables) {
        self.others.tell(&self.origin, out);
    }
}
