//! One connection, up to where it is encrypted.

use super::client::Client;
use super::negotiation::{Request, Response};
use super::transaction::{RdpTransaction, Step};
use crate::protocol::{Gap, Input, Parser, Progress};
use crate::sink::Sink;
use crate::tls::certificate::{Certificate, chain};
use model::packet::{Side, Timestamp};

/// Bytes of a packet's frame (RFC 1006) and of what says which kind it is.
const TPKT_BYTES: usize = 4;
const HEAD_BYTES: usize = TPKT_BYTES + 3;

/// Bytes of the server's handshake that are put together.
const HANDSHAKE_BYTES_MAX: usize = 64 << 10;

#[derive(Default)]
pub(super) struct Rdp {
    begun: u64,
    /// What a side sends is not read any more.
    is_dark: [bool; 2],
    /// What the server has sent of its handshake.
    handshake: Vec<u8>,
}

impl Rdp {
    fn step(&mut self, now: Timestamp, step: Step, sink: &mut dyn Sink) {
        let id = self.begun;
        self.begun += 1;
        sink.transaction(now, &RdpTransaction { step, id, started: now });
    }

    /// One packet of the connection's setup (X.224, section 13).
    fn packet(&mut self, input: Input<'_>, packet: &[u8], sink: &mut dyn Sink) {
        const BEHIND_FIXED_PART: usize = 11;
        let rest = packet.get(BEHIND_FIXED_PART..).unwrap_or_default();
        match (packet[5] & 0xf0, input.sender) {
            (0xe0, Side::Client) => self.step(input.now, Step::Request(Request::parse(rest)), sink),
            (0xd0, Side::Server) => self.step(input.now, Step::Response(Response::parse(rest)), sink),
            (0xf0, sender) => self.data(input, sender, packet.get(HEAD_BYTES..).unwrap_or_default(), sink),
            _ => {}
        }
    }

    /// The first data: who connects, and the answer (T.125, application 101 and 102). What follows is of no interest here.
    fn data(&mut self, input: Input<'_>, sender: Side, data: &[u8], sink: &mut dyn Sink) {
        match (data, sender) {
            ([0x7f, 0x65, ..], Side::Client) => {
                if let Some(client) = Client::parse(data) {
                    self.step(input.now, Step::ConnectRequest(Box::new(client)), sink);
                }
            }
            ([0x7f, 0x66, ..], Side::Server) => self.step(input.now, Step::ConnectResponse, sink),
            _ => {}
        }
        self.is_dark[sender.index()] = true;
    }

    /// A record of TLS.
    fn record(&mut self, input: Input<'_>, content: &[u8], sink: &mut dyn Sink) {
        const HANDSHAKE: u8 = 0x16;
        if input.sender == Side::Client || input.bytes[0] != HANDSHAKE {
            self.is_dark[input.sender.index()] = true;
            return;
        }
        if self.handshake.len() + content.len() > HANDSHAKE_BYTES_MAX {
            self.is_dark[input.sender.index()] = true;
            return;
        }
        self.handshake.extend_from_slice(content);
        if let Some(serials) = serials(&self.handshake) {
            self.is_dark[input.sender.index()] = true;
            self.handshake = Vec::new();
            self.step(input.now, Step::Tls(serials), sink);
        }
    }
}

/// The serial numbers in the Certificate message of a handshake, once it is there.
fn serials(mut handshake: &[u8]) -> Option<Vec<String>> {
    const CERTIFICATE: u8 = 11;
    const HEADER_BYTES: usize = 4;
    loop {
        let &[kind, a, b, c] = handshake.first_chunk()?;
        let end = HEADER_BYTES + u32::from_be_bytes([0, a, b, c]) as usize;
        let message = handshake.get(HEADER_BYTES..end)?;
        if kind == CERTIFICATE {
            let certificates = chain(message).filter_map(|der| Certificate::parse(der).ok());
            return Some(certificates.map(|it| serial(&it)).collect());
        }
        handshake = &handshake[end..];
    }
}

/// As one number in hex.
fn serial(certificate: &Certificate<'_>) -> String {
    let digits: String = certificate.serial().chars().filter(|digit| *digit != ':').collect();
    digits.trim_start_matches('0').to_ascii_lowercase()
}

impl Parser for Rdp {
    fn push(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Progress {
        if self.is_dark[input.sender.index()] {
            return Progress::all(input.bytes);
        }
        let needed = |needed| Progress { consumed: 0, needed };
        match *input.bytes {
            [3, 0, high, low, ..] => {
                let end = usize::from(u16::from_be_bytes([high, low]));
                if end < HEAD_BYTES {
                    self.is_dark[input.sender.index()] = true;
                    sink.anomaly(input.now, "invalid_length", self.begun.checked_sub(1));
                    return Progress::all(input.bytes);
                }
                let Some(packet) = input.bytes.get(..end) else { return needed(end) };
                self.packet(input, packet, sink);
                Progress { consumed: end, needed: 0 }
            }
            [0x14..=0x17, 3, _, high, low, ..] => {
                let end = 5 + usize::from(u16::from_be_bytes([high, low]));
                let Some(content) = input.bytes.get(5..end) else { return needed(end) };
                self.record(input, content, sink);
                Progress { consumed: end, needed: 0 }
            }
            [3] | [3, 0] | [3, 0, _] => needed(TPKT_BYTES),
            [0x14..=0x17] | [0x14..=0x17, 3] | [0x14..=0x17, 3, _] | [0x14..=0x17, 3, _, _] => needed(5),
            _ => {
                self.is_dark[input.sender.index()] = true;
                Progress::all(input.bytes)
            }
        }
    }

    fn gap(&mut self, gap: Gap<'_>, _sink: &mut dyn Sink) {
        self.is_dark[gap.sender.index()] |= gap.bytes > 0;
    }

    fn finish(&mut self, _now: Timestamp, _sink: &mut dyn Sink) {}
}
