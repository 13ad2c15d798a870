//! FTP's data channel: a file, or a list of files, in one direction and until the flow ends.

use crate::buffer::Field;
use crate::protocol::{Gap, Input, Parser, Probe, Progress, Protocol, Start, Transport};
use crate::sink::{FileEvent, Sink, Stage};
use crate::tree::{Column, Extra, Table, Transaction, Tree};
use model::FieldType::{Int64, Text};
use model::packet::{Side, Timestamp};
use std::any::Any;
use std::borrow::Cow;

/// The row of FTP's data channel. It is never found by its bytes, only by what the control channel says.
pub struct FtpDataProtocol;

impl Protocol for FtpDataProtocol {
    fn name(&self) -> &'static str {
        "ftp-data"
    }

    fn transports(&self) -> &'static [Transport] {
        &[Transport::Tcp]
    }

    fn ports(&self) -> &'static [u16] {
        &[]
    }

    fn probe(&self, _head: &[u8], _sender: Side, _transport: Transport) -> Probe {
        Probe::No
    }

    fn parser(&self, start: Start<'_>) -> Box<dyn Parser> {
        Box::new(Channel { transfer: Transfer::new(start.about), ..Channel::default() })
    }

    fn tables(&self) -> &'static [Table] {
        TABLES
    }
}

static TABLES: &[Table] = &[Table {
    name: "ftp_data",
    doc: "Transfers over FTP",
    columns: &[
        Column { name: "filename", path: "filename", field_type: Text, doc: "The file's path as the command names it" },
        Column { name: "command", path: "command", field_type: Text, doc: "The command: RETR, STOR, LIST" },
        Column { name: "bytes", path: "bytes", field_type: Int64, doc: "Bytes of the file that were seen" },
        Column { name: "transfer_ns", path: "transfer_ns", field_type: Int64, doc: "From its first byte to its last" },
    ],
}];

/// One transfer.
#[derive(Debug, Default)]
pub struct Transfer {
    command: Vec<u8>,
    file_name: Vec<u8>,
    bytes: u64,
    started: Option<Timestamp>,
    ended: Option<Timestamp>,
}

impl Transfer {
    /// Command and file, a blank between them.
    fn new(about: &[u8]) -> Transfer {
        let end = memchr::memchr(b' ', about).unwrap_or(about.len());
        let file_name = about.get(end + 1..).unwrap_or_default().to_vec();
        Transfer { command: about[..end].to_vec(), file_name, ..Transfer::default() }
    }

    /// Is it a file, and no list of files?
    fn is_file(&self) -> bool {
        matches!(&self.command[..], b"RETR" | b"STOR" | b"STOU" | b"APPE")
    }
}

impl Transaction for Transfer {
    fn table(&self) -> &'static str {
        "ftp_data"
    }

    fn id(&self) -> u64 {
        0
    }

    fn started(&self) -> Timestamp {
        self.started.unwrap_or_default()
    }

    fn tell(&self, tree: &mut dyn Tree) {
        if !self.file_name.is_empty() {
            tree.text("filename", &self.file_name);
        }
        tree.text("command", &self.command);
        if tree.wants(Extra::Own) {
            tree.number("bytes", self.bytes);
            if let (Some(started), Some(ended)) = (self.started, self.ended) {
                tree.signed("transfer_ns", ended.since_ns(started));
            }
        }
    }

    /// It is of both sides: either may be the one that the rule is about.
    fn buffer(&self, field: Field, _sender: Side, place: usize) -> Option<Cow<'_, [u8]>> {
        (field == Field::FtpDataCommand && place == 0).then_some(Cow::Borrowed(&self.command[..]))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

#[derive(Default)]
struct Channel {
    transfer: Transfer,
    sender: Option<Side>,
    has_gaps: bool,
}

impl Channel {
    fn begin(&mut self, now: Timestamp, sender: Side, sink: &mut dyn Sink) {
        self.transfer.ended = Some(now);
        if self.sender.is_some() {
            return;
        }
        self.sender = Some(sender);
        self.transfer.started = Some(now);
        sink.progress(now, &self.transfer, sender, Stage::Head);
        if self.transfer.is_file() {
            let name = &self.transfer.file_name;
            sink.file(now, FileEvent::Open { id: 0, sender, name, announced_bytes: None, range: None, transaction: 0 });
        }
    }
}

impl Parser for Channel {
    fn push(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Progress {
        self.begin(input.now, input.sender, sink);
        if self.sender == Some(input.sender) {
            self.transfer.bytes += input.bytes.len() as u64;
            if self.transfer.is_file() {
                sink.file(input.now, FileEvent::Data { id: 0, bytes: input.bytes });
            }
        }
        Progress::all(input.bytes)
    }

    fn gap(&mut self, gap: Gap<'_>, sink: &mut dyn Sink) {
        if gap.bytes == 0 {
            return;
        }
        self.begin(gap.now, gap.sender, sink);
        if self.sender == Some(gap.sender) && self.transfer.is_file() {
            self.has_gaps = true;
            sink.file(gap.now, FileEvent::Gap { id: 0, bytes: gap.bytes });
        }
    }

    fn finish(&mut self, now: Timestamp, sink: &mut dyn Sink) {
        if self.sender.is_none() {
            return;
        }
        if self.transfer.is_file() {
            sink.file(now, FileEvent::Close { id: 0, is_complete: !self.has_gaps });
        }
        sink.transaction(now, &self.transfer);
    }
}
