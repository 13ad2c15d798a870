//! Column chunks: pages with their headers, and what the footer says about them.

use bytes::Bytes;
use parquet::basic::{Compression, Encoding, PageType, ZstdLevel};
use parquet::column::page::{CompressedPage, Page, PageWriter};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{ColumnChunkMetaData, PageEncodingStats};
use parquet::file::statistics::Statistics;
use parquet::file::writer::{SerializedPageWriter, TrackedWrite};
use parquet::schema::types::ColumnDescPtr;
use zstd::bulk::Compressor;

/// Of higher levels, the second is 1.5 and the third 3 times as slow, and neither is 2 % smaller.
pub(crate) const ZSTD_LEVEL: i32 = 1;
/// Bytes that are not worth compressing: a frame of zstd has about ten of its own.
const COMPRESSED_MIN: usize = 128;

/// A finished column chunk; its offsets count from its own first byte.
pub(crate) struct Chunk {
    pub(crate) bytes: Bytes,
    pub(crate) close: ColumnCloseResult,
}

/// Levels of a data page, encoded.
#[derive(Default)]
pub(crate) struct PageLevels {
    /// Repetition levels, then definition levels.
    pub(crate) bytes: Vec<u8>,
    pub(crate) repetition_bytes: usize,
    pub(crate) rows: usize,
    pub(crate) nulls: usize,
}

/// Compresses; one for all chunks of a thread.
pub(crate) struct Codec {
    compressor: Compressor<'static>,
    compressed: Vec<u8>,
}

impl Codec {
    pub(crate) fn new() -> Result<Codec> {
        Ok(Codec { compressor: Compressor::new(ZSTD_LEVEL).map_err(external)?, compressed: Vec::new() })
    }

    /// The bytes, compressed.
    pub(crate) fn compress(&mut self, bytes: &[u8]) -> Result<&[u8]> {
        self.compressed.clear();
        self.compressed.reserve(zstd::zstd_safe::compress_bound(bytes.len()));
        self.compressor.compress_to_buffer(bytes, &mut self.compressed).map_err(external)?;
        Ok(&self.compressed)
    }

    /// The bytes, compressed if that makes them smaller by a thirty-second at least.
    fn compress_if_smaller(&mut self, bytes: &[u8]) -> Result<Option<&[u8]>> {
        if bytes.len() < COMPRESSED_MIN {
            return Ok(None);
        }
        let compressed = self.compress(bytes)?;
        Ok(Some(compressed).filter(|compressed| compressed.len() + bytes.len() / 32 < bytes.len()))
    }
}

fn external(error: std::io::Error) -> ParquetError {
    ParquetError::External(Box::new(error))
}

/// Buffers of the chunk being made, for the next one to use again.
pub(crate) struct Scratch {
    pub(crate) codec: Codec,
    pub(crate) dictionary: Vec<u8>,
    pub(crate) values: Vec<u8>,
}

/// Values of a chunk, encoded and not compressed.
pub(crate) struct Encoded<'a> {
    /// The dictionary in plain encoding, and its number of values.
    pub(crate) dictionary: Option<(&'a [u8], usize)>,
    pub(crate) encoding: Encoding,
    pub(crate) values: &'a [u8],
}

/// Makes a chunk of one data page.
pub(crate) fn finish_chunk(
    column: &ColumnDescPtr,
    levels: &PageLevels,
    encoded: &Encoded<'_>,
    statistics: Statistics,
    codec: &mut Codec,
) -> Result<Chunk> {
    let zstd = Compression::ZSTD(ZstdLevel::try_new(ZSTD_LEVEL)?);
    let compressed = codec.compress_if_smaller(encoded.values)?;
    let is_data_compressed = compressed.is_some();
    let mut data = Vec::with_capacity(levels.bytes.len() + compressed.unwrap_or(encoded.values).len());
    data.extend_from_slice(&levels.bytes);
    data.extend_from_slice(compressed.unwrap_or(encoded.values));
    let mut compression = if is_data_compressed { zstd } else { Compression::UNCOMPRESSED };
    let mut pages = Pages::default();
    if let Some((dictionary, count)) = encoded.dictionary {
        // A dictionary page has no mark of its own that it is not compressed; it is as the chunk is.
        let is_compressed = is_data_compressed || codec.compress_if_smaller(dictionary)?.is_some();
        let bytes = if is_compressed { codec.compress(dictionary)? } else { dictionary };
        pages.reserve(bytes.len() + data.len());
        pages.push_dictionary(bytes, dictionary.len(), count)?;
        compression = if is_compressed { zstd } else { compression };
    } else {
        pages.reserve(data.len());
    }
    pages.push_data(levels, encoded, data, is_data_compressed)?;
    pages.finish(column, levels, encoded, statistics, compression)
}

/// Pages one after the other.
struct Pages {
    bytes: TrackedWrite<Vec<u8>>,
    uncompressed_bytes: usize,
    data_offset: u64,
}

impl Default for Pages {
    fn default() -> Self {
        Pages { bytes: TrackedWrite::new(Vec::new()), uncompressed_bytes: 0, data_offset: 0 }
    }
}

/// About the most that the headers of two pages have.
const HEADER_BYTES: usize = 128;

impl Pages {
    fn reserve(&mut self, bytes: usize) {
        self.bytes.inner_mut().reserve(bytes + HEADER_BYTES);
    }

    fn push(&mut self, page: Page, uncompressed_bytes: usize) -> Result<()> {
        let mut writer = SerializedPageWriter::new(&mut self.bytes);
        self.uncompressed_bytes += writer.write_page(CompressedPage::new(page, uncompressed_bytes))?.uncompressed_size;
        Ok(())
    }

    fn push_dictionary(&mut self, bytes: &[u8], uncompressed_bytes: usize, count: usize) -> Result<()> {
        let page = Page::DictionaryPage {
            buf: Bytes::copy_from_slice(bytes),
            num_values: count as u32,
            encoding: Encoding::PLAIN,
            is_sorted: false,
        };
        self.push(page, uncompressed_bytes)?;
        self.data_offset = self.bytes.bytes_written() as u64;
        Ok(())
    }

    /// `data` is the levels and the values, these compressed or not.
    fn push_data(
        &mut self,
        levels: &PageLevels,
        encoded: &Encoded<'_>,
        data: Vec<u8>,
        is_compressed: bool,
    ) -> Result<()> {
        let page = Page::DataPageV2 {
            buf: data.into(),
            num_values: levels.rows as u32,
            encoding: encoded.encoding,
            num_nulls: levels.nulls as u32,
            num_rows: levels.rows as u32,
            def_levels_byte_len: (levels.bytes.len() - levels.repetition_bytes) as u32,
            rep_levels_byte_len: levels.repetition_bytes as u32,
            is_compressed,
            statistics: None,
        };
        self.push(page, levels.bytes.len() + encoded.values.len())
    }

    fn finish(
        self,
        column: &ColumnDescPtr,
        levels: &PageLevels,
        encoded: &Encoded<'_>,
        statistics: Statistics,
        compression: Compression,
    ) -> Result<Chunk> {
        let stats = |page_type, encoding| PageEncodingStats { page_type, encoding, count: 1 };
        let mut encodings = vec![encoded.encoding, Encoding::RLE];
        let mut page_stats = vec![stats(PageType::DATA_PAGE_V2, encoded.encoding)];
        if encoded.dictionary.is_some() {
            encodings.push(Encoding::PLAIN);
            page_stats.insert(0, stats(PageType::DICTIONARY_PAGE, Encoding::PLAIN));
        }
        let bytes = self.bytes.into_inner()?;
        let metadata = ColumnChunkMetaData::builder(column.clone())
            .set_encodings(encodings)
            .set_page_encoding_stats(page_stats)
            .set_compression(compression)
            .set_num_values(levels.rows as i64)
            .set_total_compressed_size(bytes.len() as i64)
            .set_total_uncompressed_size(self.uncompressed_bytes as i64)
            .set_data_page_offset(self.data_offset as i64)
            .set_dictionary_page_offset(encoded.dictionary.map(|_| 0))
            .set_statistics(statistics)
            .build()?;
        let close = ColumnCloseResult {
            bytes_written: bytes.len() as u64,
            rows_written: levels.rows as u64,
            metadata,
            bloom_filter: None,
            column_index: None,
            offset_index: None,
        };
        Ok(Chunk { bytes: bytes.into(), close })
    }
}
