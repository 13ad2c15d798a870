//! Flows as a Parquet file, with row groups encoded on the threads that decode.

use crate::in_turn::{Turn, Waiting, in_turn};
use crate::inputs::Inputs;
use crate::scan::{ObjectScan, Wanted};
use crate::write::WriteError;
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use rowgroup::{BatchWriter, EncodedGroup, GroupBuilder, Layout, Limits};
use std::collections::VecDeque;
use std::io::Write;

/// Rows of an object that begin a row group of their own. Fewer share one with the rows of their
/// neighbours: a day may be thousands of small objects, and small row groups compress badly.
const OWN_GROUP_ROWS_MIN: usize = 32 << 10;
/// Bytes of later objects that wait for their turn, encoded or not.
const AHEAD_BYTES_MAX: usize = 64 << 20;
/// About the memory of a row that is not encoded yet.
const ROW_BYTES: usize = 300;

/// What becomes of the flows of a batch before they are written.
pub type Keep<'a> = dyn Fn(RecordBatch) -> Result<RecordBatch, WriteError> + Sync + 'a;

/// Some rows of one object, or why there are none.
enum Part {
    Group(EncodedGroup),
    Rows(Vec<RecordBatch>),
    Failed(WriteError),
}

impl Waiting for Part {
    fn bytes(&self) -> usize {
        match self {
            Part::Group(group) => group.bytes(),
            Part::Rows(batches) => count_rows(batches) * ROW_BYTES,
            Part::Failed(_) => 0,
        }
    }
}

fn count_rows<'a>(batches: impl IntoIterator<Item = &'a RecordBatch>) -> usize {
    batches.into_iter().map(RecordBatch::num_rows).sum()
}

/// Writes the flows of all objects, in their order; `keep` makes batches of `schema` of them. The bytes do not
/// depend on the number of threads.
///
/// # Errors
/// When the output does not take it, or `keep` fails.
pub fn write_flows<W: Write + Send>(
    inputs: &Inputs,
    wanted: &Wanted,
    schema: &SchemaRef,
    keep: &Keep<'_>,
    output: W,
) -> Result<W, WriteError> {
    let layout = Layout::new(schema)?;
    let mut writer = BatchWriter::new(&layout, Limits::default(), output)?;
    let mut outcome = Ok(());
    let take = |part| {
        outcome = match part {
            Part::Group(group) => writer.append(group).map_err(WriteError::from),
            Part::Rows(batches) => batches.iter().try_for_each(|batch| writer.write(batch)).map_err(WriteError::from),
            Part::Failed(error) => Err(error),
        };
        outcome.is_ok()
    };
    let work = |thread: &mut Option<GroupBuilder>, object: usize, turn: &Turn<'_, _, _>| {
        let give = |part| turn.give(part);
        let mut encode = || -> Result<(), WriteError> {
            let group = match thread {
                Some(group) => group,
                None => thread.insert(GroupBuilder::new(&layout, Limits::default())?),
            };
            Encoder { group, pending: VecDeque::new(), give: &give }
                .encode(ObjectScan::open(inputs, object, wanted), keep)
        };
        if let Err(error) = encode() {
            give(Part::Failed(error));
        }
    };
    in_turn(inputs.objects.len(), inputs.options.threads, AHEAD_BYTES_MAX, || None, work, take);
    outcome?;
    Ok(writer.finish()?)
}

/// Encodes one object.
struct Encoder<'a> {
    /// Empty, unless the rows of a row group were begun.
    group: &'a mut GroupBuilder,
    /// Too few rows to begin a row group with.
    pending: VecDeque<RecordBatch>,
    /// Returns false when no more are wanted.
    give: &'a dyn Fn(Part) -> bool,
}

impl Encoder<'_> {
    fn encode(mut self, scan: ObjectScan, keep: &Keep<'_>) -> Result<(), WriteError> {
        for batches in scan {
            self.pending.push_back(keep(batches.flows)?);
            if !self.push_pending()? {
                return Ok(());
            }
        }
        let part = match self.group.rows() {
            0 => Part::Rows(self.pending.into()),
            _ => Part::Group(self.group.finish()?),
        };
        (self.give)(part);
        Ok(())
    }

    /// Moves what is pending into row groups, as long as it is enough. False when no more are wanted.
    fn push_pending(&mut self) -> Result<bool, WriteError> {
        if self.group.rows() == 0 && !self.is_enough() {
            return Ok(true);
        }
        while let Some(batch) = self.pending.pop_front() {
            if let Some(rest) = self.group.push(&batch)? {
                self.pending.push_front(rest);
            }
            if self.group.is_full() {
                let goes_on = (self.give)(Part::Group(self.group.finish()?));
                if !goes_on || !self.is_enough() {
                    return Ok(goes_on);
                }
            }
        }
        Ok(true)
    }

    fn is_enough(&self) -> bool {
        count_rows(&self.pending) >= OWN_GROUP_ROWS_MIN
    }
}
