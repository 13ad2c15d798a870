//! A file of row groups.

use crate::group::{EncodedGroup, GroupChunk};
use crate::layout::Layout;
use parquet::errors::Result;
use parquet::file::writer::SerializedFileWriter;
use std::io::Write;

/// Writes row groups one after the other. Call [`GroupWriter::finish`] at the end.
pub struct GroupWriter<W: Write + Send> {
    file: SerializedFileWriter<W>,
}

impl<W: Write + Send> GroupWriter<W> {
    /// Begins a file.
    ///
    /// # Errors
    /// When the output does not take it.
    pub fn new(layout: &Layout, output: W) -> Result<Self> {
        let file = SerializedFileWriter::new(output, layout.columns.root_schema_ptr(), layout.properties.clone())?;
        Ok(GroupWriter { file })
    }

    /// Appends a row group of the same layout.
    ///
    /// # Errors
    /// When the output does not take it, or there are 32,767 row groups already (the footer counts them in 16 bits).
    pub fn append(&mut self, group: EncodedGroup) -> Result<()> {
        let mut writer = self.file.next_row_group()?;
        for chunk in group.chunks {
            match chunk {
                GroupChunk::Own(chunk) => writer.append_column(&chunk.bytes, chunk.close)?,
                GroupChunk::Arrow(chunk) => chunk.append_to_row_group(&mut writer)?,
            }
        }
        writer.close()?;
        Ok(())
    }

    /// Writes the footer and gives back the output.
    ///
    /// # Errors
    /// When the output does not take it.
    pub fn finish(self) -> Result<W> {
        self.file.into_inner()
    }
}
