//! Where observers are: zone, region and subnet of an interface, as its records have them.

use arrow_array::RecordBatch;
use model::FlowField;
use table::read::Texts;

/// Where an observer is; empty where its records do not say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Location {
    /// Zone, region, subnet.
    texts: [Box<str>; 3],
    /// The text by which rows are compared, and its column; a shortcut that says nothing of its own.
    last: Option<[u64; 4]>,
    /// Its records name two zones, so that it is more than one interface.
    is_several: bool,
}

impl Location {
    /// Zone, region and subnet; nothing where the records contradict each other.
    pub(crate) fn texts(&self) -> [&str; 3] {
        if self.is_several { [""; 3] } else { self.texts.each_ref().map(|text| &**text) }
    }

    /// Takes what a row or a later part says.
    fn learn(&mut self, texts: [&str; 3]) {
        for (mine, text) in self.texts.iter_mut().zip(texts) {
            if text.is_empty() || **mine == *text {
                continue;
            }
            if mine.is_empty() {
                *mine = text.into();
            } else {
                self.is_several = true;
            }
        }
    }

    /// Joins what the same observer said later.
    pub(crate) fn merge(&mut self, later: &Location) {
        self.is_several |= later.is_several;
        self.learn(later.texts.each_ref().map(|text| &**text));
    }
}

/// The columns that say where observers are.
pub(crate) struct LocationColumns<'a> {
    columns: [Texts<'a>; 3],
    /// The column by which a row is compared with what is known: who is in one zone is in one region, and in AWS who is
    /// in one subnet is in one zone.
    finder: usize,
}

impl<'a> LocationColumns<'a> {
    /// The columns of a batch, if any of them has a value.
    pub(crate) fn of(batch: &'a RecordBatch) -> Option<LocationColumns<'a>> {
        let columns = [FlowField::Zone, FlowField::Region, FlowField::SubnetId].map(|field| Texts::of(batch, field));
        let finder = [0, 2, 1].into_iter().find(|&column| !columns[column].is_absent())?;
        Some(LocationColumns { columns, finder })
    }

    /// Takes a row of an observer.
    #[inline]
    pub(crate) fn learn(&self, row: usize, location: &mut Location) {
        let words = self.columns[self.finder].words(row);
        if words.is_none() || words != location.last {
            location.last = words;
            location.learn(self.columns.each_ref().map(|column| column.text(row)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Projection;
    use proptest::prelude::*;
    use table::FlowColumns;

    fn learnt(rows: &[usize]) -> Location {
        const PLACES: [[&str; 3]; 3] = [
            [""; 3],
            ["euw1-az1", "eu-west-1", "subnet-1"],
            ["a zone whose name is longer than words hold", "somewhere", "subnet-2"],
        ];
        let mut flows = FlowColumns::new(Projection::all());
        for &place in rows {
            flows.set_text(FlowField::Zone, PLACES[place][0]);
            flows.set_text(FlowField::Region, PLACES[place][1]);
            flows.set_text(FlowField::SubnetId, PLACES[place][2]);
            flows.end_row();
        }
        let (batch, mut location) = (flows.take_batch(), Location::default());
        if let Some(columns) = LocationColumns::of(&batch) {
            (0..rows.len()).for_each(|row| columns.learn(row, &mut location));
        }
        location
    }

    proptest! {
        #[test]
        fn any_order_and_any_cut_say_the_same(
            mut rows in prop::collection::vec(0..3_usize, 1..8),
            cut in any::<prop::sample::Index>(),
        ) {
            let whole = learnt(&rows);
            let mut parts = learnt(&rows[..cut.index(rows.len())]);
            parts.merge(&learnt(&rows[cut.index(rows.len())..]));
            prop_assert_eq!(parts.texts(), whole.texts());
            rows.reverse();
            let reversed = learnt(&rows);
            prop_assert_eq!(reversed.texts(), whole.texts());
        }
    }
}
