//! Row groups to a file.

use crate::group::{EncodedGroup, GroupBuilder, GroupChunk};
use crate::layout::Layout;
use crate::limits::Limits;
use arrow_array::RecordBatch;
use parquet::errors::Result;
use parquet::file::writer::SerializedFileWriter;
use std::io::Write;

/// Writes batches to a file, row group after row group. Call [`BatchWriter::finish`] at the end.
pub struct BatchWriter<W: Write + Send> {
    file: SerializedFileWriter<W>,
    group: GroupBuilder,
}

impl<W: Write + Send> BatchWriter<W> {
    /// Begins a file.
    ///
    /// # Errors
    /// When the output does not take it.
    pub fn new(layout: &Layout, limits: Limits, output: W) -> Result<Self> {
        let file = SerializedFileWriter::new(output, layout.columns.root_schema_ptr(), layout.properties.clone())?;
        Ok(BatchWriter { file, group: GroupBuilder::new(layout, limits)? })
    }

    /// Appends a batch.
    ///
    /// # Errors
    /// When the batch has another schema, the output does not take it, or there are 32,767 row groups
    /// already: a footer counts them in 16 bits.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let mut rest = self.group.push(batch)?;
        while self.group.is_full() {
            self.end_group()?;
            if let Some(batch) = rest.take() {
                rest = self.group.push(&batch)?;
            }
        }
        Ok(())
    }

    /// Appends a row group that was encoded elsewhere, after all rows so far.
    ///
    /// # Errors
    /// When the output does not take it.
    pub fn append(&mut self, group: EncodedGroup) -> Result<()> {
        self.end_group()?;
        append(&mut self.file, group)
    }

    fn end_group(&mut self) -> Result<()> {
        match self.group.rows() {
            0 => Ok(()),
            _ => append(&mut self.file, self.group.finish()?),
        }
    }

    /// Writes what is left and the footer, and gives back the output.
    ///
    /// # Errors
    /// When the output does not take it.
    pub fn finish(mut self) -> Result<W> {
        self.end_group()?;
        self.file.into_inner()
    }
}

fn append<W: Write + Send>(file: &mut SerializedFileWriter<W>, group: EncodedGroup) -> Result<()> {
    let mut writer = file.next_row_group()?;
    for chunk in group.chunks {
        match chunk {
            GroupChunk::Own(chunk) => writer.append_column(&chunk.bytes, chunk.close)?,
            GroupChunk::Arrow(chunk) => chunk.append_to_row_group(&mut writer)?,
        }
    }
    writer.close()?;
    Ok(())
}
