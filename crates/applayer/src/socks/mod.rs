//! SOCKS 4, 4a and 5 (RFC 1928, RFC 1929): whom the tunnel is for, and the hand-over to what is in it.

mod parse;
#[cfg(test)]
mod tests;
mod transaction;

use crate::protocol::{Gap, Input, Parser, Probe, Progress, Protocol, Start, Transport};
use crate::sink::{Handover, Sink};
use crate::tree::{Column, Table};
use model::FieldType::{Int32, Text};
use model::packet::{Side, Timestamp};
use parse::Parsed;
pub use transaction::{Address, Request};

/// The row of SOCKS.
pub struct SocksProtocol;

impl Protocol for SocksProtocol {
    fn name(&self) -> &'static str {
        "socks"
    }

    fn transports(&self) -> &'static [Transport] {
        &[Transport::Tcp]
    }

    fn ports(&self) -> &'static [u16] {
        &[1080, 9050, 9150]
    }

    fn first_sender(&self) -> Option<Side> {
        Some(Side::Client)
    }

    fn probe(&self, head: &[u8], sender: Side, _transport: Transport) -> Probe {
        match sender {
            Side::Client => parse::probe_client(head),
            Side::Server => parse::probe_server(head),
        }
    }

    fn parser(&self, _start: Start<'_>) -> Box<dyn Parser> {
        Box::new(Socks::default())
    }

    fn tables(&self) -> &'static [Table] {
        TABLES
    }
}

static TABLES: &[Table] = &[Table {
    name: "socks",
    doc: "Requests to SOCKS proxies",
    columns: &[
        Column { name: "version", path: "version", field_type: Int32, doc: "4 or 5" },
        Column { name: "command", path: "command", field_type: Text, doc: "connect, bind or udp_associate" },
        Column { name: "user", path: "user", field_type: Text, doc: "The user; passwords are not kept" },
        Column { name: "host", path: "host", field_type: Text, doc: "The name or address that was asked for" },
        Column { name: "port", path: "port", field_type: Int32, doc: "The port that was asked for" },
        Column { name: "status", path: "status", field_type: Text, doc: "What the proxy answered" },
        Column {
            name: "bound_host",
            path: "bound_host",
            field_type: Text,
            doc: "The proxy's address towards the host",
        },
        Column { name: "bound_port", path: "bound_port", field_type: Int32, doc: "The proxy's port towards the host" },
    ],
}];

/// The state of one flow.
#[derive(Default)]
struct Socks {
    request: Request,
    stage: Stage,
    is_told: bool,
}

/// Whose turn it is with what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stage {
    /// The client: SOCKS 4's request, or SOCKS 5's list of methods.
    #[default]
    Greeting,
    /// The server: which method.
    Method,
    /// The client: user and password.
    Credentials,
    /// The server: are they right?
    Verdict,
    /// The client: SOCKS 5's request.
    Request,
    /// The server: SOCKS 4's answer.
    Answer4,
    /// The server: SOCKS 5's answer.
    Answer5,
    /// Nothing more is understood.
    Over,
    /// It is handed over.
    HandedOver,
}

impl Stage {
    fn sender(self) -> Option<Side> {
        match self {
            Stage::Greeting | Stage::Credentials | Stage::Request => Some(Side::Client),
            Stage::Method | Stage::Verdict | Stage::Answer4 | Stage::Answer5 => Some(Side::Server),
            Stage::Over | Stage::HandedOver => None,
        }
    }
}

impl Socks {
    /// Takes one message, if it is whole.
    fn message(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Progress {
        self.request.see(input.now);
        let parsed = parse::message(self.stage, input.bytes, &mut self.request);
        match parsed {
            Parsed::NeedMore => Progress { consumed: 0, needed: 0 },
            Parsed::Invalid => {
                sink.anomaly(input.now, "malformed_data", Some(0));
                self.end(input.now, sink);
                Progress::all(input.bytes)
            }
            Parsed::Whole(consumed, next) => {
                self.stage = next;
                match next {
                    Stage::Over => self.end(input.now, sink),
                    Stage::HandedOver => {
                        self.end(input.now, sink);
                        self.stage = Stage::HandedOver;
                        sink.hand_over(input.now, Handover::Upgrade { protocol: "", about: b"" });
                    }
                    _ => {}
                }
                Progress { consumed, needed: 0 }
            }
        }
    }

    fn end(&mut self, now: Timestamp, sink: &mut dyn Sink) {
        self.stage = Stage::Over;
        if !self.is_told && self.request.is_worth_telling() {
            sink.transaction(now, &self.request);
        }
        self.is_told = true;
    }
}

impl Parser for Socks {
    fn push(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Progress {
        let mut consumed = 0;
        while consumed < input.bytes.len() {
            let rest = Input { bytes: &input.bytes[consumed..], ..input };
            let progress = match self.stage.sender() {
                Some(sender) if sender == input.sender => self.message(rest, sink),
                Some(_) => return Progress { consumed, ..Progress::AFTER_OTHER_SIDE },
                None if self.stage == Stage::HandedOver => break,
                None => Progress::all(rest.bytes),
            };
            if progress.consumed == 0 {
                break;
            }
            consumed += progress.consumed;
        }
        Progress { consumed, needed: 0 }
    }

    fn gap(&mut self, gap: Gap<'_>, sink: &mut dyn Sink) {
        if gap.bytes > 0 && self.stage != Stage::HandedOver {
            self.end(gap.now, sink);
        }
    }

    fn finish(&mut self, now: Timestamp, sink: &mut dyn Sink) {
        self.end(now, sink);
    }
}
