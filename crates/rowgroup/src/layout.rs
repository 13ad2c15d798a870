//! What all row groups of a file have in common.

use arrow_schema::SchemaRef;
use parquet::arrow::{ArrowSchemaConverter, add_encoded_arrow_schema_to_metadata};
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::Result;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesPtr, WriterVersion};
use parquet::schema::types::SchemaDescriptor;
use std::sync::Arc;

use crate::chunk::ZSTD_LEVEL;

/// The schema of a file, as Arrow and as Parquet sees it.
#[derive(Clone)]
pub struct Layout {
    pub(crate) schema: SchemaRef,
    pub(crate) columns: Arc<SchemaDescriptor>,
    pub(crate) properties: WriterPropertiesPtr,
}

impl Layout {
    /// The layout of batches of this schema.
    ///
    /// # Errors
    /// When Parquet has no type for one of its fields.
    pub fn new(schema: &SchemaRef) -> Result<Layout> {
        let mut properties = WriterProperties::builder()
            .set_writer_version(WriterVersion::PARQUET_2_0)
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(ZSTD_LEVEL)?))
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .set_offset_index_disabled(true)
            .set_created_by("fathom".to_owned())
            .build();
        add_encoded_arrow_schema_to_metadata(schema, &mut properties);
        let columns = ArrowSchemaConverter::new().convert(schema)?.into();
        Ok(Layout { schema: schema.clone(), columns, properties: properties.into() })
    }
}
