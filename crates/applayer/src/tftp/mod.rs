//! TFTP (RFC 1350): which file is asked for. The transfer itself goes to another port.

#[cfg(test)]
mod tests;

use crate::buffer::Field;
use crate::named::look::{is_text, proof};
use crate::protocol::{Gap, Input, Parser, Probe, Progress, Protocol, Start, Transport};
use crate::reader::Reader;
use crate::sink::Sink;
use crate::tree::{Column, Table, Transaction, Tree};
use model::FieldType::Text;
use model::packet::{Side, Timestamp};
use std::any::Any;
use std::borrow::Cow;

/// The row of TFTP.
pub struct TftpProtocol;

impl Protocol for TftpProtocol {
    fn name(&self) -> &'static str {
        "tftp"
    }

    fn transports(&self) -> &'static [Transport] {
        &[Transport::Udp]
    }

    fn ports(&self) -> &'static [u16] {
        &[69]
    }

    fn probe(&self, head: &[u8], _sender: Side, _transport: Transport) -> Probe {
        proof(Request::parse(head).is_some_and(|request| request.is_plausible()))
    }

    /// Data and errors come from other ports, but not always.
    fn fits(&self, _head: &[u8], _sender: Side, _transport: Transport) -> Probe {
        Probe::Maybe
    }

    fn parser(&self, _start: Start<'_>) -> Box<dyn Parser> {
        Box::new(Requests::default())
    }

    fn tables(&self) -> &'static [Table] {
        TABLES
    }
}

static TABLES: &[Table] = &[Table {
    name: "tftp",
    doc: "Files that are asked for by TFTP",
    columns: &[
        Column { name: "packet", path: "packet", field_type: Text, doc: "read or write" },
        Column { name: "file", path: "file", field_type: Text, doc: "The file" },
        Column { name: "mode", path: "mode", field_type: Text, doc: "How its bytes are sent: octet, netascii, mail" },
    ],
}];

/// A request to read or to write a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Request<'a> {
    is_write: bool,
    file: &'a [u8],
    mode: &'a [u8],
}

impl Request<'_> {
    fn parse(datagram: &[u8]) -> Option<Request<'_>> {
        let mut reader = Reader::new(datagram);
        let is_write = match reader.u16()? {
            1 => false,
            2 => true,
            _ => return None,
        };
        Some(Request { is_write, file: reader.zero_ended()?, mode: reader.zero_ended()? })
    }

    fn is_plausible(&self) -> bool {
        let is_mode = [&b"octet"[..], b"netascii", b"mail"].iter().any(|known| self.mode.eq_ignore_ascii_case(known));
        is_mode && !self.file.is_empty() && is_text(self.file)
    }
}

/// A file that is asked for.
#[derive(Clone, Debug)]
pub struct TftpTransaction {
    /// Is it to be written?
    pub is_write: bool,
    /// The file.
    pub file: Vec<u8>,
    /// How its bytes are sent.
    pub mode: Vec<u8>,
    id: u64,
    started: Timestamp,
}

impl Transaction for TftpTransaction {
    fn table(&self) -> &'static str {
        "tftp"
    }

    fn id(&self) -> u64 {
        self.id
    }

    fn started(&self) -> Timestamp {
        self.started
    }

    fn tell(&self, tree: &mut dyn Tree) {
        tree.text("packet", if self.is_write { b"write" } else { b"read" });
        tree.text("file", &self.file);
        tree.text("mode", &self.mode);
    }

    fn buffer(&self, field: Field, sender: Side, place: usize) -> Option<Cow<'_, [u8]>> {
        let is_it = (field, sender, place) == (Field::TftpFile, Side::Client, 0);
        is_it.then_some(Cow::Borrowed(&self.file[..]))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

#[derive(Default)]
struct Requests {
    begun: u64,
}

impl Parser for Requests {
    fn push(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Progress {
        if let (Side::Client, Some(request)) = (input.sender, Request::parse(input.bytes)) {
            let Request { is_write, file, mode } = request;
            let (file, mode) = (file.to_vec(), mode.to_vec());
            sink.transaction(input.now, &TftpTransaction { is_write, file, mode, id: self.begun, started: input.now });
            self.begun += 1;
        }
        Progress::all(input.bytes)
    }

    fn gap(&mut self, _gap: Gap<'_>, _sink: &mut dyn Sink) {}

    fn finish(&mut self, _now: Timestamp, _sink: &mut dyn Sink) {}
}
