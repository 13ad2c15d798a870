//! Which rows of a column have a value.

use crate::hybrid::{push_levels, push_run};
use arrow_array::Array;
use arrow_buffer::BooleanBufferBuilder;

/// The definition levels of a flat column: while all rows are alike, only their number is kept.
#[derive(Default)]
pub(crate) struct Levels {
    rows: usize,
    nulls: usize,
    mixed: Option<BooleanBufferBuilder>,
}

impl Levels {
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    pub(crate) fn nulls(&self) -> usize {
        self.nulls
    }

    pub(crate) fn push(&mut self, array: &dyn Array) {
        let (rows, nulls) = (array.len(), array.null_count());
        let is_alike = match (nulls, self.nulls) {
            (0, 0) => true,
            (nulls, held) => nulls == rows && held == self.rows,
        };
        if !is_alike || self.mixed.is_some() {
            let (held_rows, held_nulls) = (self.rows, self.nulls);
            let mixed = self.mixed.get_or_insert_with(|| {
                let mut mixed = BooleanBufferBuilder::new(held_rows + rows);
                mixed.append_n(held_rows, held_nulls == 0);
                mixed
            });
            match array.nulls() {
                Some(valid) => mixed.append_buffer(valid.inner()),
                None => mixed.append_n(rows, true),
            }
        }
        self.rows += rows;
        self.nulls += nulls;
    }

    /// Appends the levels, encoded.
    pub(crate) fn push_encoded(&mut self, out: &mut Vec<u8>) {
        match &mut self.mixed {
            None => push_run(u32::from(self.nulls == 0), self.rows, 1, out),
            Some(mixed) => push_levels(&mixed.finish(), out),
        }
    }

    pub(crate) fn clear(&mut self) {
        *self = Levels::default();
    }
}
