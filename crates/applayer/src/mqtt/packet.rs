//! Control packets (version 5.0, sections 2 and 3).

use super::property::{Property, properties};
use crate::protocol::Probe;
use crate::reader::Reader;
use model::packet::Side;

pub(super) const CONNECT: u8 = 1;
pub(super) const CONNACK: u8 = 2;
pub(super) const PUBLISH: u8 = 3;
pub(super) const PUBACK: u8 = 4;
pub(super) const PUBREC: u8 = 5;
pub(super) const PUBREL: u8 = 6;
pub(super) const PUBCOMP: u8 = 7;
pub(super) const SUBSCRIBE: u8 = 8;
pub(super) const SUBACK: u8 = 9;
pub(super) const UNSUBSCRIBE: u8 = 10;
pub(super) const UNSUBACK: u8 = 11;
pub(super) const PINGREQ: u8 = 12;
pub(super) const PINGRESP: u8 = 13;
pub(super) const DISCONNECT: u8 = 14;
pub(super) const AUTH: u8 = 15;

/// Topics of one packet that are kept.
const TOPICS_MAX: usize = 256;

/// The first bytes of a packet: its kind, flags and length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) kind: u8,
    pub(super) flags: u8,
    /// Bytes of the header.
    pub(super) bytes: usize,
    /// Bytes behind the header.
    pub(super) remaining: u32,
}

/// What became of reading a header.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Read {
    Header(Header),
    NeedMore,
    Malformed,
}

impl Header {
    pub(super) fn read(bytes: &[u8]) -> Read {
        let Some((first, rest)) = bytes.split_first() else { return Read::NeedMore };
        let mut reader = Reader::new(rest);
        match variable(&mut reader) {
            Some(remaining) => {
                let bytes = bytes.len() - reader.rest().len();
                Read::Header(Header { kind: first >> 4, flags: first & 0xf, bytes, remaining })
            }
            None if rest.len() < 4 => Read::NeedMore,
            None => Read::Malformed,
        }
    }

    pub(super) fn is_duplicate(self) -> bool {
        self.flags & 8 != 0
    }

    pub(super) fn qos(self) -> u8 {
        self.flags >> 1 & 3
    }

    pub(super) fn is_retained(self) -> bool {
        self.flags & 1 != 0
    }
}

/// A control packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    /// How surely it is to arrive.
    pub qos: u8,
    /// Is it kept for those who come later?
    pub is_retained: bool,
    /// Was it sent before?
    pub is_duplicate: bool,
    /// What it says.
    pub payload: Payload,
}

/// What a packet says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payload {
    /// A client connects.
    Connect(Box<Connect>),
    /// The server's answer: whether there is a session, a code, properties.
    ConnAck(bool, u8, Option<Vec<Property>>),
    /// A message: topic, number, properties, content.
    Publish(Vec<u8>, Option<u16>, Option<Vec<Property>>, Vec<u8>),
    /// An acknowledgement of a message: which kind of packet, number, reason, properties.
    Acknowledge(u8, u16, Option<u8>, Option<Vec<Property>>),
    /// Topics with the wanted quality: number, topics, properties.
    Subscribe(u16, Vec<(Vec<u8>, u8)>, Option<Vec<Property>>),
    /// The granted qualities, or reasons: which kind of packet, number, codes, properties.
    Granted(u8, u16, Vec<u8>, Option<Vec<Property>>),
    /// Topics no longer wanted: number, topics, properties.
    Unsubscribe(u16, Vec<Vec<u8>>, Option<Vec<Property>>),
    /// A packet of this kind with a reason and properties at most: AUTH, DISCONNECT, PINGREQ, PINGRESP.
    Plain(u8, Option<u8>, Option<Vec<Property>>),
    /// A packet of this kind that was too long to be read: so many bytes were skipped.
    Skipped(u8, u32),
}

/// A client's first packet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Connect {
    /// `MQTT`, or `MQIsdp` of version 3.1.
    pub protocol: Vec<u8>,
    /// 3 is 3.1, 4 is 3.1.1, 5 is 5.0.
    pub version: u8,
    /// User, password, what is kept of a will, a will, a new session: bits 7, 6, 5, 2, 1.
    pub flags: u8,
    /// The client's identifier.
    pub client_id: Vec<u8>,
    /// Of version 5.
    pub properties: Option<Vec<Property>>,
    /// What is published when the client is lost.
    pub will: Option<Will>,
    /// The user.
    pub username: Option<Vec<u8>>,
    /// The password.
    pub password: Option<Vec<u8>>,
}

/// What is published when a client is lost.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Will {
    /// Under which topic.
    pub topic: Vec<u8>,
    /// The message.
    pub message: Vec<u8>,
    /// Of version 5.
    pub properties: Option<Vec<Property>>,
}

/// A packet's kind.
pub(super) fn kind(payload: &Payload) -> u8 {
    match payload {
        Payload::Connect(_) => CONNECT,
        Payload::Publish(..) => PUBLISH,
        Payload::Subscribe(..) => SUBSCRIBE,
        Payload::Unsubscribe(..) => UNSUBSCRIBE,
        Payload::Acknowledge(kind, ..)
        | Payload::Granted(kind, ..)
        | Payload::Plain(kind, ..)
        | Payload::Skipped(kind, ..) => *kind,
        Payload::ConnAck(..) => CONNACK,
    }
}

/// A number of up to four bytes, seven bits in each, the lowest first (section 1.5.5).
pub(super) fn variable(reader: &mut Reader<'_>) -> Option<u32> {
    let mut number = 0;
    for place in 0..4 {
        let byte = reader.u8()?;
        number |= u32::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

pub(super) fn text(reader: &mut Reader<'_>) -> Option<Vec<u8>> {
    reader.vector16().map(<[u8]>::to_vec)
}

pub(super) fn binary(reader: &mut Reader<'_>) -> Option<Vec<u8>> {
    text(reader)
}

/// Only version 5 has them.
fn optional_properties(reader: &mut Reader<'_>, version: u8) -> Option<Option<Vec<Property>>> {
    if version < 5 { Some(None) } else { properties(reader).map(Some) }
}

/// A reason, and properties, which may be left out.
fn reason(reader: &mut Reader<'_>, version: u8) -> Option<(Option<u8>, Option<Vec<Property>>)> {
    if version < 5 || reader.is_empty() {
        return Some((None, None));
    }
    let reason = reader.u8();
    let properties = if reader.is_empty() { None } else { Some(properties(reader)?) };
    Some((reason, properties))
}

/// A whole packet behind its header; `None` where it is malformed. `version` is that of the connection.
pub(super) fn parse(header: Header, body: &[u8], version: u8) -> Option<Packet> {
    let mut reader = Reader::new(body);
    let payload = match header.kind {
        CONNECT => Payload::Connect(Box::new(connect(&mut reader)?)),
        CONNACK => {
            let (flags, code) = (reader.u8()?, reader.u8()?);
            let properties = if reader.is_empty() { None } else { optional_properties(&mut reader, version)? };
            Payload::ConnAck(flags & 1 != 0, code, properties)
        }
        PUBLISH => publish(header, &mut reader, version)?,
        PUBACK..=PUBCOMP => {
            let id = reader.u16()?;
            let (reason, properties) = reason(&mut reader, version)?;
            Payload::Acknowledge(header.kind, id, reason, properties)
        }
        SUBSCRIBE => {
            let (id, properties) = (reader.u16()?, optional_properties(&mut reader, version)?);
            Payload::Subscribe(id, topics(&mut reader, |reader| Some((text(reader)?, reader.u8()?)))?, properties)
        }
        SUBACK | UNSUBACK => {
            let (id, properties) = (reader.u16()?, optional_properties(&mut reader, version)?);
            Payload::Granted(header.kind, id, topics(&mut reader, Reader::u8)?, properties)
        }
        UNSUBSCRIBE => {
            let (id, properties) = (reader.u16()?, optional_properties(&mut reader, version)?);
            Payload::Unsubscribe(id, topics(&mut reader, text)?, properties)
        }
        PINGREQ | PINGRESP => Payload::Plain(header.kind, None, None),
        DISCONNECT | AUTH => {
            let (reason, properties) = reason(&mut reader, version)?;
            // What is left out is success. Suricata takes a reason of DISCONNECT with nothing behind it for left out too.
            let reason = reason.filter(|_| header.kind == AUTH || body.len() > 1);
            let reason = reason.or(if version >= 5 { Some(0) } else { None });
            Payload::Plain(header.kind, reason, properties)
        }
        _ => return None,
    };
    let (qos, is_retained, is_duplicate) = (header.qos(), header.is_retained(), header.is_duplicate());
    Some(Packet { qos, is_retained, is_duplicate, payload })
}

/// Items up to the packet's end.
fn topics<'a, T>(reader: &mut Reader<'a>, item: impl Fn(&mut Reader<'a>) -> Option<T>) -> Option<Vec<T>> {
    let mut items = Vec::new();
    while !reader.is_empty() {
        let item = item(reader)?;
        if items.len() < TOPICS_MAX {
            items.push(item);
        }
    }
    Some(items)
}

fn publish(header: Header, reader: &mut Reader<'_>, version: u8) -> Option<Payload> {
    let topic = text(reader)?;
    let id = if header.qos() > 0 { Some(reader.u16()?) } else { None };
    let properties = optional_properties(reader, version)?;
    Some(Payload::Publish(topic, id, properties, reader.rest().to_vec()))
}

fn connect(reader: &mut Reader<'_>) -> Option<Connect> {
    const WILL: u8 = 0x4;
    const PASSWORD: u8 = 0x40;
    const USER: u8 = 0x80;
    let (protocol, version, flags) = (text(reader)?, reader.u8()?, reader.u8()?);
    reader.skip(2)?;
    let properties = optional_properties(reader, version)?;
    let client_id = text(reader)?;
    let mut connect = Connect { protocol, version, flags, client_id, properties, ..Connect::default() };
    if flags & WILL != 0 {
        let properties = optional_properties(reader, version)?;
        connect.will = Some(Will { topic: text(reader)?, message: binary(reader)?, properties });
    }
    if flags & USER != 0 {
        connect.username = Some(text(reader)?);
    }
    if flags & PASSWORD != 0 {
        connect.password = Some(binary(reader)?);
    }
    Some(connect)
}

/// A CONNECT with the protocol's name is a proof; other packets are hints.
pub(super) fn probe(head: &[u8], sender: Side) -> Probe {
    match head.first().map(|first| first >> 4) {
        Some(CONNECT) if sender == Side::Client => probe_connect(head),
        Some(_) => fits(head),
        None => Probe::NeedMore,
    }
}

fn probe_connect(head: &[u8]) -> Probe {
    let header = match Header::read(head) {
        Read::Header(header) if header.flags == 0 => header,
        Read::NeedMore => return Probe::NeedMore,
        _ => return Probe::No,
    };
    let name = &head[header.bytes..];
    let names: [&[u8]; 2] = [b"\0\x04MQTT", b"\0\x06MQIsdp"];
    match names.iter().find(|known| known[..known.len().min(name.len())] == name[..known.len().min(name.len())]) {
        Some(known) if name.len() >= known.len() => Probe::Yes,
        Some(_) => Probe::NeedMore,
        None => Probe::No,
    }
}

/// Can a packet begin so? Flags are fixed but for PUBLISH (section 2.1.3), and most packets are short.
pub(super) fn fits(head: &[u8]) -> Probe {
    let header = match Header::read(head) {
        Read::Header(header) => header,
        Read::NeedMore if head.first().is_none_or(|first| has_known_flags(first >> 4, first & 0xf)) => {
            return Probe::NeedMore;
        }
        _ => return Probe::No,
    };
    let has_known_length = match header.kind {
        PINGREQ | PINGRESP => header.remaining == 0,
        CONNACK | PUBACK..=SUBACK | UNSUBSCRIBE | UNSUBACK => header.remaining >= 2,
        _ => true,
    };
    match has_known_flags(header.kind, header.flags) && has_known_length {
        true => Probe::Maybe,
        false => Probe::No,
    }
}

fn has_known_flags(kind: u8, flags: u8) -> bool {
    match kind {
        0 => false,
        PUBLISH => flags >> 1 & 3 != 3,
        PUBREL | SUBSCRIBE | UNSUBSCRIBE => flags & 0xd == 0,
        _ => flags == 0,
    }
}
