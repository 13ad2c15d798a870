//! A body on its way: its codings taken off, told as a file, or as the files of a form.

use super::multipart::Multipart;
use super::range::ContentRange;
use crate::decompress::{Coding, Decompressor, Failure, Limits};
use crate::sink::{FileEvent, Sink};
use model::packet::{Side, Timestamp};

/// Whom a body is told to, and for which transaction.
pub(crate) struct Report<'a> {
    pub(crate) now: Timestamp,
    pub(crate) sender: Side,
    pub(crate) transaction: u64,
    /// Files of this flow so far.
    pub(crate) files: &'a mut u64,
    /// Anomalies of this transaction so far: each is told once.
    pub(crate) told: &'a mut Vec<&'static str>,
    pub(crate) sink: &'a mut dyn Sink,
}

impl Report<'_> {
    /// Tells an anomaly, once in a transaction.
    pub(crate) fn anomaly(&mut self, name: &'static str) {
        if !self.told.contains(&name) {
            self.told.push(name);
            self.sink.anomaly(self.now, name, Some(self.transaction));
        }
    }

    pub(crate) fn open_file(&mut self, name: &[u8], announced_bytes: Option<u64>, range: Option<(u64, u64)>) -> u64 {
        let id = *self.files;
        *self.files += 1;
        let (sender, transaction) = (self.sender, self.transaction);
        self.sink.file(self.now, FileEvent::Open { id, sender, name, announced_bytes, range, transaction });
        id
    }

    pub(crate) fn file(&mut self, event: FileEvent<'_>) {
        self.sink.file(self.now, event);
    }
}

/// A body.
#[derive(Default)]
pub(crate) struct Content {
    decompressor: Option<Box<Decompressor>>,
    destination: Destination,
    entity_bytes: u64,
    /// The anomaly that tells damaged compression.
    damaged: &'static str,
}

/// Where the decoded bytes go.
#[derive(Default)]
enum Destination {
    /// There is no body.
    #[default]
    Nowhere,
    /// A file that begins with the first byte.
    Awaited { name: Vec<u8>, announced_bytes: Option<u64>, range: Option<(u64, u64)> },
    /// The file of this id.
    File(u64),
    /// The parts of a form.
    Form(Box<Multipart>),
}

impl Content {
    /// A body of this name. `announced_bytes` counts as it is sent.
    pub(crate) fn file(name: &[u8], announced_bytes: Option<u64>) -> Content {
        let destination = Destination::Awaited { name: name.to_vec(), announced_bytes, range: None };
        Content { destination, ..Content::default() }
    }

    /// The part of a file that a Content-Range says.
    pub(crate) fn of_range(mut self, content_range: Option<&[u8]>) -> Content {
        if let Destination::Awaited { range, .. } = &mut self.destination {
            *range = content_range.and_then(ContentRange::read).and_then(|range| range.start.zip(range.end));
        }
        self
    }

    /// A form.
    pub(crate) fn form(boundary: &[u8]) -> Content {
        Content { destination: Destination::Form(Box::new(Multipart::new(boundary))), ..Content::default() }
    }

    /// The codings that a Content-Encoding says are taken off; `damaged` is the anomaly where that fails.
    pub(crate) fn decode(&mut self, encoding: &[u8], limits: Limits, damaged: &'static str, report: &mut Report<'_>) {
        self.damaged = damaged;
        let mut codings = Vec::new();
        for name in encoding.split(|byte| matches!(byte, b',' | b' ' | b'\t')).filter(|name| !name.is_empty()) {
            match Coding::named(name) {
                Some(coding) => codings.push(coding),
                None if is_no_coding(name) => {}
                None => report.anomaly("abnormal_ce_header"),
            }
            if codings.len() > limits.layers_max {
                report.anomaly("too_many_encoding_layers");
                return;
            }
        }
        if codings.is_empty() {
            return;
        }
        self.decompressor = Decompressor::new(&codings, limits).map(Box::new);
        if let Destination::Awaited { announced_bytes, .. } = &mut self.destination {
            *announced_bytes = None;
        }
    }

    /// Bytes so far, codings taken off.
    pub(crate) fn entity_bytes(&self) -> u64 {
        self.entity_bytes
    }

    /// The next bytes.
    pub(crate) fn push(&mut self, bytes: &[u8], report: &mut Report<'_>) {
        let Some(decompressor) = &mut self.decompressor else {
            self.entity_bytes += bytes.len() as u64;
            return self.destination.push(bytes, report);
        };
        let (destination, entity_bytes) = (&mut self.destination, &mut self.entity_bytes);
        let result = decompressor.push(bytes, &mut |decoded| {
            *entity_bytes += decoded.len() as u64;
            destination.push(decoded, report);
        });
        match result {
            Ok(()) => {}
            Err(Failure::Bomb) => report.anomaly("compression_bomb"),
            Err(Failure::Damaged | Failure::NotCompressed) => report.anomaly(self.damaged),
        }
    }

    /// So many bytes are missing. What is compressed behind them makes no sense any more.
    pub(crate) fn gap(&mut self, bytes: u64, report: &mut Report<'_>) {
        if let Some(decompressor) = &mut self.decompressor {
            decompressor.give_up();
        }
        self.destination.gap(bytes, report);
    }

    /// The body is over.
    pub(crate) fn finish(&mut self, is_complete: bool, report: &mut Report<'_>) {
        if let Some(mut decompressor) = self.decompressor.take() {
            let (destination, entity_bytes) = (&mut self.destination, &mut self.entity_bytes);
            decompressor.finish(&mut |decoded| {
                *entity_bytes += decoded.len() as u64;
                destination.push(decoded, report);
            });
        }
        std::mem::take(&mut self.destination).finish(is_complete, report);
    }
}

impl Destination {
    fn push(&mut self, bytes: &[u8], report: &mut Report<'_>) {
        if bytes.is_empty() {
            return;
        }
        report.sink.body(report.now, report.transaction, report.sender, bytes);
        if let Destination::Awaited { name, announced_bytes, range } = self {
            *self = Destination::File(report.open_file(name, *announced_bytes, *range));
        }
        match self {
            Destination::File(id) => report.file(FileEvent::Data { id: *id, bytes }),
            Destination::Form(form) => form.push(bytes, report),
            Destination::Nowhere | Destination::Awaited { .. } => {}
        }
    }

    fn gap(&mut self, bytes: u64, report: &mut Report<'_>) {
        if let Destination::Awaited { name, announced_bytes, range } = self {
            *self = Destination::File(report.open_file(name, *announced_bytes, *range));
        }
        match self {
            Destination::File(id) => report.file(FileEvent::Gap { id: *id, bytes }),
            Destination::Form(form) => form.gap(bytes, report),
            Destination::Nowhere | Destination::Awaited { .. } => {}
        }
    }

    fn finish(self, is_complete: bool, report: &mut Report<'_>) {
        match self {
            Destination::File(id) => report.file(FileEvent::Close { id, is_complete }),
            Destination::Form(mut form) => form.finish(report),
            Destination::Nowhere | Destination::Awaited { .. } => {}
        }
    }
}

/// Names that say: not encoded.
fn is_no_coding(name: &[u8]) -> bool {
    [&b"identity"[..], b"none", b"inflate"].iter().any(|known| known.eq_ignore_ascii_case(name))
}
