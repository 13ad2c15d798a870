//! Decompressed bytes of one object, in chunks.

use std::io::{self, BufRead, Read};

use crate::inflate::Corrupt;
use crate::layer::{Content, Layer, Stored};
use crate::{ErrorKind, Limits, Problem, Severity, SourceError};

/// The most that [`Reader::peek`] gives.
const PEEK_MAX: usize = 64 * 1024;

/// Reads one object: what it is compressed with is found by content, and undone.
///
/// A reader holds less than 1 MiB (256 KiB of input, 280 KiB for each layer of gzip, 64 KiB for `peek`), save for the
/// window that a zstd frame asks for, see [`Limits::zstd_window_log_max`].
pub struct Reader {
    name: String,
    layer: Layer,
    limits: Limits,
    /// The layers are found.
    ready: bool,
    /// First bytes that were peeked at, taken out of the layer and not given out yet.
    peeked: Vec<u8>,
    /// How many bytes of the layer's buffer were given out by the last call.
    lent: usize,
    decompressed: u64,
    failed: Option<SourceError>,
}

impl Reader {
    /// Reads `input`, which errors will call `name`.
    pub fn new(name: &str, input: Box<dyn Read + Send>, limits: Limits) -> Reader {
        Reader {
            name: name.to_owned(),
            layer: Layer::Stored(Stored::new(input)),
            limits,
            ready: false,
            peeked: Vec::new(),
            lent: 0,
            decompressed: 0,
            failed: None,
        }
    }

    /// The next bytes, never none of them, or `None` at the end. After an error, that error again.
    pub fn next_chunk(&mut self) -> Result<Option<&[u8]>, SourceError> {
        self.give_back();
        if self.decompressed == 0 && !self.peeked.is_empty() {
            self.decompressed = self.peeked.len() as u64;
            return Ok(Some(&self.peeked));
        }
        self.peeked = Vec::new();
        self.lent = self.fill()?;
        self.decompressed += self.lent as u64;
        self.check_limits()?;
        Ok(if self.lent == 0 { None } else { Some(self.layer.buffered()) })
    }

    /// The first `wanted` bytes (at most 64 KiB; fewer if there are not as many), which stay to be read. Only before
    /// the first chunk is taken; after that, nothing.
    ///
    /// An error is not reported here if some bytes precede it: [`Reader::next_chunk`] will.
    pub fn peek(&mut self, wanted: usize) -> Result<&[u8], SourceError> {
        let wanted = wanted.min(PEEK_MAX);
        if self.decompressed > 0 || self.lent > 0 {
            return Ok(&[]);
        }
        while self.peeked.len() < wanted {
            let available = match self.fill() {
                Ok(0) => break,
                Err(_) if !self.peeked.is_empty() => break,
                other => other?,
            };
            let count = available.min(wanted - self.peeked.len());
            self.peeked.extend_from_slice(&self.layer.buffered()[..count]);
            self.layer.consume(count);
        }
        Ok(&self.peeked[..wanted.min(self.peeked.len())])
    }

    /// Stored bytes used, for showing progress.
    pub fn consumed_bytes(&self) -> u64 {
        self.layer.consumed()
    }

    /// Decompressed bytes given out.
    pub fn decompressed_bytes(&self) -> u64 {
        self.decompressed
    }

    /// What is odd about an object that was read to its end.
    pub fn warnings(&self) -> Vec<Problem> {
        let garbage = self.layer.trailing_garbage().map(|at| Problem {
            severity: Severity::Note,
            what: format!("there is something else after the compressed data, at byte {at}"),
            path: self.name.clone(),
            why: "it does not begin like gzip data, so it was not read".to_owned(),
            hint: "if lines are missing, look at how the file was written or joined".to_owned(),
        });
        garbage.into_iter().collect()
    }

    /// Takes back what the last call lent.
    fn give_back(&mut self) {
        let lent = std::mem::take(&mut self.lent);
        self.layer.consume(lent);
    }

    /// Has the layer's buffer filled; says how many bytes it holds.
    fn fill(&mut self) -> Result<usize, SourceError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        if !self.ready {
            self.unwrap_layers()?;
            self.ready = true;
        }
        let filled = self.layer.fill_buf().map(<[u8]>::len);
        filled.map_err(|error| self.fail_reading(&error))
    }

    /// Puts a decompressor on every compressed layer.
    fn unwrap_layers(&mut self) -> Result<(), SourceError> {
        for _ in 0..self.limits.layers_max {
            let content = match self.layer.content() {
                Ok(content) => content,
                // A read error now comes again, after the bytes before it.
                Err(_) => return Ok(()),
            };
            match content {
                Content::Plain => return Ok(()),
                Content::Unsupported(what, tool) => {
                    let why = format!("it is {what}, which this version does not read");
                    return Err(self.fail(
                        ErrorKind::Unsupported,
                        "cannot decompress",
                        why,
                        format!("unpack it first, for example with `{tool}`"),
                    ));
                }
                Content::Gzip | Content::Zstd => {
                    let wrapped = self.layer.wrap(content, self.limits.zstd_window_log_max);
                    wrapped.map_err(|error| self.fail_reading(&error))?;
                }
            }
        }
        Ok(())
    }

    fn check_limits(&mut self) -> Result<(), SourceError> {
        let (made, used) = (self.decompressed, self.layer.consumed());
        let broken = if self.limits.decompressed_bytes_max.is_some_and(|most| made > most) {
            Some(format!("it has decompressed to more than the {made} bytes allowed"))
        } else if !self.layer.is_stored()
            && made > self.limits.ratio_free_bytes
            && made / self.limits.ratio_max.max(1) > used
        {
            Some(format!("{used} bytes decompress to more than {made}, beyond {}:1", self.limits.ratio_max))
        } else {
            None
        };
        let Some(why) = broken else {
            return Ok(());
        };
        self.decompressed -= self.lent as u64;
        let hint = "it may be a decompression bomb; if you trust it, raise the limit or decompress it first";
        Err(self.fail(ErrorKind::Limit, "stopped decompressing", why, hint.to_owned()))
    }

    fn fail_reading(&mut self, error: &io::Error) -> SourceError {
        let corrupt = error.get_ref().and_then(|inner| inner.downcast_ref::<Corrupt>());
        let cut = "the file is probably cut short: fetch it again; what came before was read";
        let damaged = "the file is damaged: fetch it again; what came before was read";
        let (kind, what, hint) = match corrupt {
            Some(Corrupt::Truncated) => (ErrorKind::Truncated, "cannot decompress further", cut),
            Some(_) => (ErrorKind::Corrupt, "cannot decompress further", damaged),
            None if error.raw_os_error().is_some() || self.layer.is_stored() => {
                (ErrorKind::Read, "cannot read further", "check the disk or the mount, and that you may read it")
            }
            None if error.kind() == io::ErrorKind::UnexpectedEof => {
                (ErrorKind::Truncated, "cannot decompress further", cut)
            }
            None => (ErrorKind::Corrupt, "cannot decompress further", damaged),
        };
        self.fail(kind, what, error.to_string(), hint.to_owned())
    }

    /// Remembers and returns an error at this point.
    fn fail(&mut self, kind: ErrorKind, what: &str, why: String, hint: String) -> SourceError {
        let error = SourceError {
            kind,
            object: self.name.clone(),
            compressed_offset: self.layer.consumed(),
            decompressed_offset: self.decompressed.max(self.peeked.len() as u64),
            what: what.to_owned(),
            why,
            hint,
        };
        self.lent = 0;
        self.failed = Some(error.clone());
        error
    }
}
