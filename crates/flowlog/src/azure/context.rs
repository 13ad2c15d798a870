//! What all tuples of a record, or of a group in it, have in common.

use model::FlowField as F;
use std::ops::Range;
use table::FlowColumns;

/// Text columns and `ext` entries that are the same for every row, until they are taken back.
#[derive(Default)]
pub(crate) struct Context {
    text: String,
    columns: Vec<(F, Range<usize>)>,
    ext: Vec<(Range<usize>, Range<usize>)>,
    /// When the record was written.
    pub(crate) time_logged: Option<i64>,
}

/// How much a [`Context`] held.
#[derive(Clone, Copy)]
pub(crate) struct Mark {
    text: usize,
    columns: usize,
    ext: usize,
}

impl Context {
    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        self.restore(Mark { text: 0, columns: 0, ext: 0 });
        self.time_logged = None;
    }

    /// Remembers how much there is.
    pub(crate) fn mark(&self) -> Mark {
        Mark { text: self.text.len(), columns: self.columns.len(), ext: self.ext.len() }
    }

    /// Takes back what was added since.
    pub(crate) fn restore(&mut self, mark: Mark) {
        self.text.truncate(mark.text);
        self.columns.truncate(mark.columns);
        self.ext.truncate(mark.ext);
    }

    /// Sets a column, if it is wanted. The last value of a column stands.
    pub(crate) fn set(&mut self, field: F, value: &str, flows: &FlowColumns) {
        if flows.wants(field) {
            let range = self.push(value);
            self.columns.push((field, range));
        }
    }

    /// Adds an entry to `ext`; ask first whether it is wanted.
    pub(crate) fn insert(&mut self, key: &str, value: &str) {
        let (key, value) = (self.push(key), self.push(value));
        self.ext.push((key, value));
    }

    fn push(&mut self, text: &str) -> Range<usize> {
        let start = self.text.len();
        self.text.push_str(text);
        start..self.text.len()
    }

    /// Writes it to the row being built.
    #[inline]
    pub(crate) fn write(&self, flows: &mut FlowColumns) {
        for (field, range) in &self.columns {
            flows.set_text(*field, &self.text[range.clone()]);
        }
        for (key, value) in &self.ext {
            flows.insert(F::Ext, &self.text[key.clone()], &self.text[value.clone()]);
        }
    }
}
