//! The layers between stored bytes and the bytes a decoder wants, found by content.

use std::io::{self, BufRead, BufReader, Read};

use crate::gzip::{self, Gzip};

/// Bytes read at once, and the size of a chunk of plain data.
pub(crate) const CHUNK: usize = 256 * 1024;

/// Bytes as stored, read through a buffer.
pub(crate) struct Stored {
    input: Box<dyn Read + Send>,
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
    /// Bytes consumed.
    consumed: u64,
}

impl Stored {
    pub(crate) fn new(input: Box<dyn Read + Send>) -> Stored {
        Stored { input, buffer: vec![0; CHUNK].into_boxed_slice(), start: 0, end: 0, consumed: 0 }
    }

    /// Reads once, behind what is buffered. False at the end.
    fn read_more(&mut self) -> io::Result<bool> {
        loop {
            match self.input.read(&mut self.buffer[self.end..]) {
                Ok(count) => {
                    self.end += count;
                    return Ok(count > 0);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// The first bytes, before any is consumed: `wanted` of them unless there are fewer.
    fn head(&mut self, wanted: usize) -> io::Result<&[u8]> {
        while self.end < wanted && self.read_more()? {}
        Ok(&self.buffer[..self.end])
    }
}

impl BufRead for Stored {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
            self.read_more()?;
        }
        Ok(&self.buffer[self.start..self.end])
    }

    fn consume(&mut self, amount: usize) {
        let amount = amount.min(self.end - self.start);
        self.start += amount;
        self.consumed += amount as u64;
    }
}

impl Read for Stored {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(out)?;
        self.consume(count);
        Ok(count)
    }
}

/// Stored bytes, or a decompressor over another layer.
pub(crate) enum Layer {
    Stored(Stored),
    Gzip(Box<Gzip<Layer>>),
    Zstd(Box<BufReader<zstd::Decoder<'static, Layer>>>),
    /// Only while one layer is wrapped in the next.
    Nothing,
}

/// What the first bytes of a layer say about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    Plain,
    Gzip,
    Zstd,
    /// Packed in a way that is not read: its name, and the command that unpacks it.
    Unsupported(&'static str, &'static str),
}

/// Formats told by their first bytes. Adding one is one row.
const MAGICS: &[(&[u8], Content)] = &[
    (&gzip::MAGIC, Content::Gzip),
    (&[0x28, 0xb5, 0x2f, 0xfd], Content::Zstd),
    (b"PK\x03\x04", Content::Unsupported("a zip archive", "unzip")),
    (b"\xfd7zXZ\0", Content::Unsupported("xz data", "xz -d")),
    (b"BZh91AY&SY", Content::Unsupported("bzip2 data", "bzip2 -d")),
    (&[0x04, 0x22, 0x4d, 0x18], Content::Unsupported("lz4 data", "lz4 -d")),
    (b"\xff\x06\0\0sNaPpY", Content::Unsupported("framed snappy data", "snzip -d")),
    (b"7z\xbc\xaf\x27\x1c", Content::Unsupported("a 7z archive", "7z x")),
];

/// The longest magic.
const HEAD: usize = 10;

impl Content {
    fn of(head: &[u8]) -> Content {
        let row = MAGICS.iter().find(|(magic, _)| head.starts_with(magic));
        row.map_or(Content::Plain, |&(_, content)| content)
    }
}

impl Layer {
    /// What is in this layer; nothing may be consumed yet.
    pub(crate) fn content(&mut self) -> io::Result<Content> {
        Ok(match self {
            Layer::Stored(stored) => Content::of(stored.head(HEAD)?),
            // The decoder fills its window, so the head is there in one piece.
            Layer::Gzip(gzip) => Content::of(gzip.fill_buf()?),
            Layer::Zstd(_) | Layer::Nothing => Content::Plain,
        })
    }

    /// Puts the decompressor for `content` on top.
    pub(crate) fn wrap(&mut self, content: Content, zstd_window_log_max: u32) -> io::Result<()> {
        let below = std::mem::replace(self, Layer::Nothing);
        *self = match content {
            Content::Gzip => Layer::Gzip(Box::new(Gzip::new(below))),
            Content::Zstd => {
                let mut decoder = zstd::Decoder::with_buffer(below)?;
                decoder.window_log_max(zstd_window_log_max)?;
                Layer::Zstd(Box::new(BufReader::with_capacity(CHUNK, decoder)))
            }
            Content::Plain | Content::Unsupported(..) => below,
        };
        Ok(())
    }

    /// What `fill_buf` has read and `consume` has not taken.
    pub(crate) fn buffered(&self) -> &[u8] {
        match self {
            Layer::Stored(stored) => &stored.buffer[stored.start..stored.end],
            Layer::Gzip(gzip) => gzip.buffered(),
            Layer::Zstd(zstd) => zstd.buffer(),
            Layer::Nothing => &[],
        }
    }

    /// Stored bytes used.
    pub(crate) fn consumed(&self) -> u64 {
        match self {
            Layer::Stored(stored) => stored.consumed,
            Layer::Gzip(gzip) => match gzip.get_ref() {
                Layer::Stored(_) => gzip.compressed_offset(),
                below => below.consumed(),
            },
            Layer::Zstd(zstd) => zstd.get_ref().get_ref().consumed(),
            Layer::Nothing => 0,
        }
    }

    /// Where unreadable bytes begin after the compressed data of the outermost layer.
    pub(crate) fn trailing_garbage(&self) -> Option<u64> {
        match self {
            Layer::Gzip(gzip) => gzip.get_ref().trailing_garbage().or(gzip.trailing_garbage()),
            Layer::Zstd(_) | Layer::Stored(_) | Layer::Nothing => None,
        }
    }

    pub(crate) fn is_stored(&self) -> bool {
        matches!(self, Layer::Stored(_))
    }
}

impl BufRead for Layer {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        match self {
            Layer::Stored(stored) => stored.fill_buf(),
            Layer::Gzip(gzip) => gzip.fill_buf(),
            Layer::Zstd(zstd) => zstd.fill_buf(),
            Layer::Nothing => Ok(&[]),
        }
    }

    fn consume(&mut self, amount: usize) {
        match self {
            Layer::Stored(stored) => stored.consume(amount),
            Layer::Gzip(gzip) => gzip.consume(amount),
            Layer::Zstd(zstd) => zstd.consume(amount),
            Layer::Nothing => {}
        }
    }
}

impl Read for Layer {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(out)?;
        self.consume(count);
        Ok(count)
    }
}
