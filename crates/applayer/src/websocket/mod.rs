//! WebSocket (RFC 6455). It follows an upgrade of HTTP/1; a frame is a transaction, as Suricata has it.

#[cfg(test)]
mod tests;
mod transaction;

use crate::frame::{close_frames, continue_frames, open_frames, tell_frames};
use crate::protocol::{Gap, Input, Parser, Probe, Progress, Protocol, Start, Transport};
use crate::sink::Sink;
use crate::tree::{Column, Table};
use model::FieldType::{Int64, Text};
use model::packet::{Side, Timestamp};
pub use transaction::Frame;

/// The row of WebSocket.
pub struct WebSocketProtocol;

impl Protocol for WebSocketProtocol {
    fn name(&self) -> &'static str {
        "websocket"
    }

    fn transports(&self) -> &'static [Transport] {
        &[Transport::Tcp]
    }

    fn ports(&self) -> &'static [u16] {
        &[]
    }

    /// Its bytes prove nothing: it is only what HTTP hands over.
    fn probe(&self, _head: &[u8], _sender: Side, _transport: Transport) -> Probe {
        Probe::No
    }

    fn parser(&self, _start: Start<'_>) -> Box<dyn Parser> {
        Box::new(WebSocket::default())
    }

    fn tables(&self) -> &'static [Table] {
        TABLES
    }
}

static TABLES: &[Table] = &[Table {
    name: "websocket",
    doc: "WebSocket frames",
    columns: &[
        Column { name: "fin", path: "fin", field_type: Text, doc: "Is it the last frame of its message?" },
        Column { name: "mask", path: "mask", field_type: Int64, doc: "The mask of the payload; clients have one" },
        Column { name: "opcode", path: "opcode", field_type: Text, doc: "What the frame is: text, binary, ping, ..." },
        Column { name: "sender", path: "sender", field_type: Text, doc: "Who sent it: client or server" },
        Column { name: "payload_bytes", path: "payload_bytes", field_type: Int64, doc: "Bytes of its payload" },
    ],
}];

/// Payload that is kept of a frame; the rest is counted.
const PAYLOAD_BYTES_MAX: u64 = 64 << 10;

/// The state of one flow.
#[derive(Default)]
struct WebSocket {
    readers: [Reader; 2],
    transactions: u64,
}

#[derive(Default)]
struct Reader {
    frame: Frame,
    /// Bytes of the payload that did not come; none outside a frame.
    left: Option<u64>,
    /// Bytes of the payload are missing.
    has_gap: bool,
    is_lost: bool,
}

impl WebSocket {
    /// Takes a frame's header, or bytes of its payload.
    fn step(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Progress {
        let reader = &mut self.readers[input.sender.index()];
        let Some(left) = reader.left else { return self.header(input, sink) };
        let bytes = &input.bytes[..usize::try_from(left).unwrap_or(usize::MAX).min(input.bytes.len())];
        continue_frames(Input { bytes, ..input }, sink);
        reader.frame.append(bytes);
        reader.left = Some(left - bytes.len() as u64);
        self.tell_if_over(input, sink);
        Progress { consumed: bytes.len(), needed: 0 }
    }

    fn header(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Progress {
        let reader = &mut self.readers[input.sender.index()];
        let needed = header_bytes(input.bytes);
        let Some(header) = input.bytes.get(..needed) else { return Progress { consumed: 0, needed } };
        let payload_bytes = payload_bytes(header);
        reader.frame.begin(self.transactions, input, header, payload_bytes);
        self.transactions += 1;
        reader.left = Some(payload_bytes);
        let header = Input { bytes: header, ..input };
        tell_frames(header, Some(reader.frame.id), &[("header", header.bytes)], sink);
        open_frames(header, Some(reader.frame.id), &["pdu"], sink);
        continue_frames(header, sink);
        open_frames(header, Some(reader.frame.id), &["data"], sink);
        if payload_bytes > PAYLOAD_BYTES_MAX {
            sink.anomaly(input.now, "skip_end_of_payload", Some(reader.frame.id));
        }
        self.tell_if_over(input, sink);
        Progress { consumed: needed, needed: 0 }
    }

    fn tell_if_over(&mut self, input: Input<'_>, sink: &mut dyn Sink) {
        let reader = &mut self.readers[input.sender.index()];
        if reader.left == Some(0) {
            reader.left = None;
            close_frames(input, !reader.has_gap, &["pdu", "data"], sink);
            reader.has_gap = false;
            sink.transaction(input.now, &reader.frame);
        }
    }
}

impl Parser for WebSocket {
    fn push(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Progress {
        if self.readers[input.sender.index()].is_lost {
            return Progress::all(input.bytes);
        }
        let mut consumed = 0;
        while consumed < input.bytes.len() {
            let progress = self.step(Input { bytes: &input.bytes[consumed..], ..input }, sink);
            if progress.consumed == 0 {
                return Progress { consumed, needed: progress.needed };
            }
            consumed += progress.consumed;
        }
        Progress { consumed, needed: 0 }
    }

    fn gap(&mut self, gap: Gap<'_>, sink: &mut dyn Sink) {
        if gap.bytes == 0 {
            return;
        }
        let reader = &mut self.readers[gap.sender.index()];
        match reader.left {
            Some(left) if gap.bytes <= left => {
                reader.left = Some(left - gap.bytes);
                reader.has_gap = true;
                self.tell_if_over(Input { now: gap.now, sender: gap.sender, bytes: b"" }, sink);
            }
            _ => reader.is_lost = true,
        }
    }

    fn finish(&mut self, now: Timestamp, sink: &mut dyn Sink) {
        for (reader, sender) in self.readers.iter_mut().zip(Side::BOTH) {
            if reader.left.take().is_some() {
                close_frames(Input { now, sender, bytes: b"" }, false, &["pdu", "data"], sink);
                sink.transaction(now, &reader.frame);
            }
        }
    }
}

/// Bytes of the header that begins here (RFC 6455, section 5.2), as far as its first two say.
fn header_bytes(bytes: &[u8]) -> usize {
    let Some(second) = bytes.get(1) else { return 2 };
    let length = match second & 0x7f {
        126 => 2,
        127 => 8,
        _ => 0,
    };
    2 + length + if second & 0x80 != 0 { 4 } else { 0 }
}

/// The length of the payload, of a whole header.
fn payload_bytes(header: &[u8]) -> u64 {
    let extended = |length: usize| header[2..2 + length].iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
    match header[1] & 0x7f {
        126 => extended(2),
        127 => extended(8),
        length => length.into(),
    }
}
