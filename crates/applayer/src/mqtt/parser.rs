//! One connection.

use super::packet::{self, Header, Packet, Payload, Read};
use super::transaction::MqttTransaction;
use crate::frame::tell_frames;
use crate::protocol::{Gap, Input, Parser, Progress};
use crate::sink::Sink;
use model::packet::{Side, Timestamp};

/// A packet is held until it is whole, if it is not longer than this.
const HELD_BYTES_MAX: u32 = 192 << 10;

/// Transactions that wait for an answer; beyond them the oldest is told without one.
const OPEN_MAX: usize = 256;

#[derive(Default)]
pub(super) struct Mqtt {
    version: u8,
    is_connected: bool,
    open: Vec<MqttTransaction>,
    begun: u64,
    skips: [u64; 2],
    /// A side's bytes are not understood any more.
    is_dark: [bool; 2],
}

/// What a packet is to transactions.
enum Role {
    /// It begins one that waits for an answer.
    Opens,
    /// It begins one, and ends it.
    Alone,
    /// It belongs to the one that the other side, or the same one, began: packets of which one is its first, and whether it
    /// is the last. The name is of the anomaly where there is none.
    Answers { first: u8, is_last: bool, missing: &'static str },
}

fn role(packet: &Packet) -> Role {
    let answers = |first, is_last, missing| Role::Answers { first, is_last, missing };
    match &packet.payload {
        Payload::Connect(_) | Payload::Subscribe(..) | Payload::Unsubscribe(..) => Role::Opens,
        Payload::Publish(..) if packet.qos > 0 => Role::Opens,
        Payload::ConnAck(..) => answers(packet::CONNECT, true, "missing_connect"),
        Payload::Acknowledge(kind, ..) => {
            answers(packet::PUBLISH, matches!(*kind, packet::PUBACK | packet::PUBCOMP), "missing_publish")
        }
        Payload::Granted(packet::SUBACK, ..) => answers(packet::SUBSCRIBE, true, "missing_subscribe"),
        Payload::Granted(..) => answers(packet::UNSUBSCRIBE, true, "missing_unsubscribe"),
        Payload::Publish(..) | Payload::Plain(..) | Payload::Skipped(..) => Role::Alone,
    }
}

/// Who began the transaction to which a packet belongs: of PUBREL its sender, of other answers the other side.
fn initiator(packet: &Packet, sender: Side) -> Side {
    match packet.payload {
        Payload::Acknowledge(packet::PUBREL, ..) => sender,
        _ => sender.other(),
    }
}

/// The number that packets of one transaction share.
fn number(payload: &Payload) -> Option<u16> {
    match payload {
        Payload::Publish(_, id, ..) => *id,
        Payload::Acknowledge(_, id, ..)
        | Payload::Subscribe(id, ..)
        | Payload::Granted(_, id, ..)
        | Payload::Unsubscribe(id, ..) => Some(*id),
        Payload::Connect(_) | Payload::ConnAck(..) | Payload::Plain(..) | Payload::Skipped(..) => None,
    }
}

impl Mqtt {
    fn packet(&mut self, now: Timestamp, sender: Side, packet: Packet, sink: &mut dyn Sink) {
        let role = role(&packet);
        if let Some(name) = self.note_connection(&packet) {
            sink.anomaly(now, name, Some(self.begun));
        }
        if packet.qos == 3 {
            sink.anomaly(now, "invalid_qos_level", Some(self.begun));
        }
        match role {
            Role::Opens => {
                let transaction = self.begin(now, sender, packet);
                self.open.push(transaction);
                if self.open.len() > OPEN_MAX {
                    sink.anomaly(now, "too_many_transactions", self.begun.checked_sub(1));
                    let oldest = self.open.remove(0);
                    sink.transaction(now, &oldest);
                }
            }
            Role::Alone => {
                let transaction = self.begin(now, sender, packet);
                sink.transaction(now, &transaction);
            }
            Role::Answers { first, is_last, missing } => match self.place(&packet, sender, first) {
                Some(place) => self.answer(now, place, packet, is_last, sink),
                None => {
                    sink.anomaly(now, missing, Some(self.begun));
                    let transaction = self.begin(now, sender, packet);
                    sink.transaction(now, &transaction);
                }
            },
        }
    }

    /// What a packet says of the connection; the anomaly's name where it should not have come.
    fn note_connection(&mut self, packet: &Packet) -> Option<&'static str> {
        match &packet.payload {
            Payload::Connect(connect) => {
                self.version = connect.version;
                self.is_connected.then_some("double_connect")
            }
            Payload::ConnAck(..) => {
                self.is_connected = true;
                None
            }
            _ => (!self.is_connected).then_some("unintroduced_message"),
        }
    }

    fn begin(&mut self, now: Timestamp, initiator: Side, packet: Packet) -> MqttTransaction {
        self.begun += 1;
        let (id, version) = (self.begun - 1, self.version);
        MqttTransaction { packets: vec![packet], initiator, version, id, started: now, ended: now }
    }

    fn place(&self, packet: &Packet, sender: Side, first: u8) -> Option<usize> {
        let (initiator, wanted) = (initiator(packet, sender), number(&packet.payload));
        self.open.iter().position(|open| {
            let begin = &open.packets[0].payload;
            open.initiator == initiator && packet::kind(begin) == first && number(begin) == wanted
        })
    }

    fn answer(&mut self, now: Timestamp, place: usize, packet: Packet, is_last: bool, sink: &mut dyn Sink) {
        let open = &mut self.open[place];
        open.packets.push(packet);
        open.ended = now;
        // PUBLISH, PUBREC, PUBREL, PUBCOMP: what repeats itself ends too.
        const PACKETS_MAX: usize = 8;
        if is_last || open.packets.len() >= PACKETS_MAX {
            let transaction = self.open.remove(place);
            sink.transaction(now, &transaction);
        }
    }

    fn fail(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Progress {
        sink.anomaly(input.now, "malformed_traffic", self.begun.checked_sub(1));
        self.is_dark[input.sender.index()] = true;
        Progress::all(input.bytes)
    }

    fn skip(&mut self, input: Input<'_>, skip: u64) -> Progress {
        let consumed = input.bytes.len().min(usize::try_from(skip).unwrap_or(usize::MAX));
        self.skips[input.sender.index()] = skip - consumed as u64;
        Progress { consumed, needed: 0 }
    }

    fn whole(&mut self, input: Input<'_>, header: Header, sink: &mut dyn Sink) -> Progress {
        let length = header.bytes + header.remaining as usize;
        let Some(body) = input.bytes.get(header.bytes..length) else { return Progress { consumed: 0, needed: length } };
        let frames = [("pdu", &input.bytes[..length]), ("header", &input.bytes[..header.bytes]), ("data", body)];
        tell_frames(input, Some(self.begun), &frames, sink);
        match packet::parse(header, body, self.version) {
            Some(packet) => self.packet(input.now, input.sender, packet, sink),
            None => {
                let is_known = (packet::CONNECT..=packet::AUTH).contains(&header.kind);
                let name = if is_known { "malformed_traffic" } else { "unassigned_msg_type" };
                sink.anomaly(input.now, name, self.begun.checked_sub(1));
            }
        }
        Progress { consumed: length, needed: 0 }
    }
}

impl Parser for Mqtt {
    fn push(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Progress {
        let side = input.sender.index();
        if self.is_dark[side] {
            return Progress::all(input.bytes);
        }
        if self.skips[side] > 0 {
            return self.skip(input, self.skips[side]);
        }
        match Header::read(input.bytes) {
            Read::NeedMore => Progress { consumed: 0, needed: input.bytes.len() + 1 },
            Read::Malformed => self.fail(input, sink),
            Read::Header(header) if header.remaining <= HELD_BYTES_MAX => self.whole(input, header, sink),
            Read::Header(header) => {
                let payload = Payload::Skipped(header.kind, header.remaining);
                let (qos, is_retained, is_duplicate) = (header.qos(), header.is_retained(), header.is_duplicate());
                self.packet(input.now, input.sender, Packet { qos, is_retained, is_duplicate, payload }, sink);
                self.skip(input, header.bytes as u64 + u64::from(header.remaining))
            }
        }
    }

    fn gap(&mut self, gap: Gap<'_>, _sink: &mut dyn Sink) {
        let side = gap.sender.index();
        let left = match Header::read(gap.unparsed) {
            _ if self.skips[side] > 0 => self.skips[side].checked_sub(gap.bytes),
            Read::Header(header) => {
                (header.bytes as u64 + u64::from(header.remaining)).checked_sub(gap.unparsed.len() as u64 + gap.bytes)
            }
            _ => None,
        };
        self.skips[side] = left.unwrap_or(0);
        // Nothing marks where a packet begins.
        self.is_dark[side] |= left.is_none();
    }

    fn finish(&mut self, now: Timestamp, sink: &mut dyn Sink) {
        self.open.drain(..).for_each(|transaction| sink.transaction(now, &transaction));
    }
}
