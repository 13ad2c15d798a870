//! Which columns somebody wants.

use crate::FieldIndex;
use std::marker::PhantomData;

/// A set of columns of one table. Decoders do no work for a column outside of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Projection<I> {
    bits: u128,
    table: PhantomData<I>,
}

impl<I: FieldIndex> Projection<I> {
    /// Every column.
    pub fn all() -> Self {
        let count = I::FIELDS.len();
        let bits = if count >= 128 { u128::MAX } else { (1 << count) - 1 };
        Projection { bits, table: PhantomData }
    }

    /// No column: records are only counted.
    pub fn none() -> Self {
        Projection { bits: 0, table: PhantomData }
    }

    /// These columns.
    pub fn of(fields: impl IntoIterator<Item = I>) -> Self {
        let mut projection = Self::none();
        fields.into_iter().for_each(|field| projection.insert(field));
        projection
    }

    /// Adds a column.
    pub fn insert(&mut self, field: I) {
        self.bits |= 1 << field.index();
    }

    /// Is this column wanted?
    #[inline]
    pub fn contains(&self, field: I) -> bool {
        self.bits >> field.index() & 1 == 1
    }

    /// Is any of these columns wanted?
    pub fn contains_any(&self, fields: &[I]) -> bool {
        fields.iter().any(|field| self.contains(*field))
    }

    /// The wanted columns, in the table's order.
    pub fn iter(&self) -> impl Iterator<Item = I> + '_ {
        (0..I::FIELDS.len()).filter_map(I::from_index).filter(|field| self.contains(*field))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FLOW_FIELDS, FlowField};

    #[test]
    fn every_table_fits_into_the_set() {
        assert!(FLOW_FIELDS.len() <= 128, "Projection holds 128 columns");
        assert_eq!(Projection::<FlowField>::all().iter().count(), FLOW_FIELDS.len());
    }

    #[test]
    fn names_are_unique() {
        for (index, field) in FLOW_FIELDS.iter().enumerate() {
            assert_eq!(FlowField::from_name(field.name).map(|f| f.index()), Some(index));
        }
    }
}
