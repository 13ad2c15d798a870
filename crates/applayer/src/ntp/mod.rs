//! NTP 1 to 4 (RFC 5905) and its control messages (RFC 9327): each packet is a transaction of table `ntp`. Suricata has
//! no event of it.

mod packet;
#[cfg(test)]
mod tests;
mod transaction;

use crate::protocol::{Gap, Input, Parser, Probe, Progress, Protocol, Start, Transport};
use crate::sink::Sink;
use crate::tree::{Column, Table};
use model::FieldType::{self, Int32, Int64, Text};
use model::packet::{Side, Timestamp};
use packet::Packet;
pub use transaction::NtpTransaction;

/// The row of [`crate::PROTOCOLS`].
#[derive(Debug)]
pub struct Ntp;

impl Protocol for Ntp {
    fn name(&self) -> &'static str {
        "ntp"
    }

    fn transports(&self) -> &'static [Transport] {
        &[Transport::Udp]
    }

    fn ports(&self) -> &'static [u16] {
        &[123]
    }

    fn probe(&self, head: &[u8], _sender: Side, _transport: Transport) -> Probe {
        // Nothing in it is a proof: much else is 48 bytes long.
        if Packet::parse(head).is_some_and(|packet| packet.is_plausible()) { Probe::Maybe } else { Probe::No }
    }

    fn parser(&self, _start: Start<'_>) -> Box<dyn Parser> {
        Box::new(NtpParser::default())
    }

    fn resume(&self, _start: Start<'_>, word: u32) -> Box<dyn Parser> {
        Box::new(NtpParser { transactions: word, asked: None })
    }

    fn tables(&self) -> &'static [Table] {
        TABLES
    }
}

const fn column(name: &'static str, path: &'static str, field_type: FieldType, doc: &'static str) -> Column {
    Column { name, path, field_type, doc }
}

static TABLES: &[Table] = &[Table {
    name: "ntp",
    doc: "Packets of NTP",
    columns: &[
        column("version", "version", Int32, "1 to 4"),
        column(
            "mode",
            "mode",
            Text,
            "client, server, broadcast, symmetric_active, symmetric_passive, control, private",
        ),
        column("leap", "leap", Int32, "1: the day's last minute has 61 seconds, 2: 59, 3: the clock is not set"),
        column("stratum", "stratum", Int32, "How far from a clock: 1 has one, 0 says none, 16 is not set"),
        column(
            "reference_id",
            "reference_id",
            Text,
            "The clock, or the server's own server; of stratum 0 why not (RATE)",
        ),
        column("poll_exponent", "poll_exponent", Int32, "Seconds between requests, as a power of 2"),
        column("precision_exponent", "precision_exponent", Int32, "Seconds between the clock's ticks, as a power of 2"),
        column("root_delay_ns", "root_delay_ns", Int64, "There and back to the clock"),
        column("root_dispersion_ns", "root_dispersion_ns", Int64, "How wrong the clock may be"),
        column("reference_time", "reference_time_ns", FieldType::Time, "When the sender's clock was last set"),
        column("origin_time", "origin_time_ns", FieldType::Time, "When the request was sent, by its sender's clock"),
        column(
            "receive_time",
            "receive_time_ns",
            FieldType::Time,
            "When the request was received, by the sender's clock",
        ),
        column("transmit_time", "transmit_time_ns", FieldType::Time, "When this was sent, by the sender's clock"),
        column("control_operation", "control_operation", Int32, "What a control message or private message asks for"),
        column("latency_ns", "timing.latency_ns", Int64, "From the request to this response"),
        column("offset_ns", "timing.offset_ns", Int64, "The server's clock minus the capture's clock"),
    ],
}];

/// A client's packet that waits for its response.
struct Asked {
    at: Timestamp,
    /// What the response repeats as its origin.
    transmitted: u64,
}

/// The state of one flow.
#[derive(Default)]
struct NtpParser {
    transactions: u32,
    asked: Option<Asked>,
}

impl Parser for NtpParser {
    fn push(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Progress {
        let Some(packet) = Packet::parse(input.bytes) else {
            sink.anomaly(input.now, "malformed_data", self.transactions.checked_sub(1).map(u64::from));
            return Progress::all(input.bytes);
        };
        let id = u64::from(self.transactions);
        self.transactions = self.transactions.wrapping_add(1);
        let mut transaction = NtpTransaction::new(id, input.now, input.sender, packet);
        if packet.mode == packet::mode::CLIENT {
            self.asked = Some(Asked { at: input.now, transmitted: packet.transmit });
        } else if packet.mode == packet::mode::SERVER
            && let Some(asked) = self.asked.take_if(|asked| asked.transmitted == packet.origin)
        {
            transaction.answers(asked.at);
        }
        sink.transaction(input.now, &transaction);
        Progress::all(input.bytes)
    }

    fn gap(&mut self, _gap: Gap<'_>, _sink: &mut dyn Sink) {}

    fn finish(&mut self, _now: Timestamp, _sink: &mut dyn Sink) {}

    fn rest(&self) -> Option<u32> {
        self.asked.is_none().then_some(self.transactions)
    }
}
