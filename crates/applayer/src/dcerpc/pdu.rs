//! Messages over a connection, version 5 (The Open Group C706, section 12.6): a header of 16 bytes, then what its kind needs.

use crate::reader::Reader;

/// Bytes of the header.
pub(crate) const HEADER_BYTES: usize = 16;

pub(crate) const REQUEST: u8 = 0;
pub(crate) const RESPONSE: u8 = 2;
pub(crate) const BIND: u8 = 11;
pub(crate) const BIND_ACK: u8 = 12;
pub(crate) const ALTER_CONTEXT: u8 = 14;
pub(crate) const ALTER_CONTEXT_RESPONSE: u8 = 15;
pub(crate) const AUTH3: u8 = 16;
pub(crate) const CO_CANCEL: u8 = 18;
pub(crate) const ORPHANED: u8 = 19;

/// The last kind that is known.
pub(crate) const KIND_MAX: u8 = 20;

const FIRST_FRAGMENT: u8 = 0x01;
const LAST_FRAGMENT: u8 = 0x02;
const HAS_OBJECT: u8 = 0x80;

/// A kind's name, as EVE has it.
pub(crate) fn kind_name(kind: u8) -> &'static str {
    const NAMES: [&str; KIND_MAX as usize + 1] = [
        "REQUEST",
        "PING",
        "RESPONSE",
        "FAULT",
        "WORKING",
        "NOCALL",
        "REJECT",
        "ACK",
        "CL_CANCEL",
        "FACK",
        "CANCEL_ACK",
        "BIND",
        "BINDACK",
        "BINDNAK",
        "ALTER_CONTEXT",
        "ALTER_CONTEXT_RESP",
        "AUTH3",
        "SHUTDOWN",
        "CO_CANCEL",
        "ORPHANED",
        "RTS",
    ];
    NAMES.get(usize::from(kind)).copied().unwrap_or("UNKNOWN")
}

/// The header of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) minor: u8,
    pub(crate) kind: u8,
    flags: u8,
    is_little_endian: bool,
    /// Of the whole message, this header with it.
    pub(crate) bytes: u16,
    pub(crate) call_id: u32,
}

impl Header {
    /// Reads it; `None` where these are not its bytes, or too few of them.
    pub(crate) fn parse(head: &[u8]) -> Option<Header> {
        let (&[major, minor, kind, flags, representation, float, _, _, l0, l1, _, _, c0, c1, c2, c3], _) =
            head.split_first_chunk::<HEADER_BYTES>()?;
        let is_little_endian = representation & 0xf0 != 0;
        let order = if is_little_endian { Order::Little } else { Order::Big };
        let bytes = order.u16([l0, l1]);
        let is_valid = major == 5 && minor <= 1 && float <= 3 && usize::from(bytes) >= HEADER_BYTES;
        let call_id = order.u32([c0, c1, c2, c3]);
        is_valid.then_some(Header { minor, kind, flags, is_little_endian, bytes, call_id })
    }

    pub(crate) const fn is_first(&self) -> bool {
        self.flags & FIRST_FRAGMENT != 0
    }

    pub(crate) const fn is_last(&self) -> bool {
        self.flags & LAST_FRAGMENT != 0
    }

    pub(crate) const fn order(&self) -> Order {
        if self.is_little_endian { Order::Little } else { Order::Big }
    }
}

/// The order of a number's bytes, as the sender's machine has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Big,
    Little,
}

impl Order {
    pub(crate) fn u16(self, bytes: [u8; 2]) -> u16 {
        if self == Order::Little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) }
    }

    pub(crate) fn u32(self, bytes: [u8; 4]) -> u32 {
        if self == Order::Little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) }
    }

    /// A UUID as it is written: its first three parts are numbers.
    pub(crate) fn uuid(self, bytes: [u8; 16]) -> Uuid {
        let [a, b, c, d, e, f, g, h, rest @ ..] = bytes;
        let numbers = if self == Order::Little { [d, c, b, a, f, e, h, g] } else { [a, b, c, d, e, f, g, h] };
        let mut uuid = [0; 16];
        uuid[..8].copy_from_slice(&numbers);
        uuid[8..].copy_from_slice(&rest);
        Uuid(uuid)
    }
}

/// A universally unique identifier, its bytes as they are written (RFC 9562).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Uuid(pub [u8; 16]);

impl std::fmt::Display for Uuid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (place, byte) in self.0.iter().enumerate() {
            let dash = if matches!(place, 4 | 6 | 8 | 10) { "-" } else { "" };
            write!(f, "{dash}{byte:02x}")?;
        }
        Ok(())
    }
}

/// A whole message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pdu<'a> {
    pub(crate) header: Header,
    body: &'a [u8],
}

/// An interface that a client wants to call, in a presentation context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Context {
    pub(crate) id: u16,
    pub(crate) uuid: Uuid,
    pub(crate) major: u16,
    pub(crate) minor: u16,
}

/// What a request says of its call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Request<'a> {
    pub(crate) context: u16,
    pub(crate) opnum: u16,
    pub(crate) stub: &'a [u8],
}

impl<'a> Pdu<'a> {
    /// The message at the begin of these bytes, as far as they go.
    pub(crate) fn parse(bytes: &'a [u8]) -> Option<Pdu<'a>> {
        let header = Header::parse(bytes)?;
        let end = bytes.len().min(header.bytes.into());
        Some(Pdu { header, body: &bytes[HEADER_BYTES..end] })
    }

    fn u16(&self, reader: &mut Reader<'a>) -> Option<u16> {
        reader.array().map(|bytes| self.header.order().u16(bytes))
    }

    /// The contexts of a BIND or ALTER_CONTEXT, and whether they are all that it announces.
    pub(crate) fn contexts(&self) -> (Vec<Context>, bool) {
        let mut reader = Reader::new(self.body);
        let Some(count) = reader.skip(8).and_then(|()| reader.u8()) else { return (Vec::new(), false) };
        let mut contexts = Vec::new();
        let is_whole = reader.skip(3).is_some()
            && (0..count).all(|_| self.context(&mut reader).map(|context| contexts.push(context)).is_some());
        (contexts, is_whole)
    }

    fn context(&self, reader: &mut Reader<'a>) -> Option<Context> {
        let id = self.u16(reader)?;
        let transfer_syntaxes = reader.u8()?;
        reader.skip(1)?;
        let uuid = self.header.order().uuid(reader.array()?);
        let (major, minor) = (self.u16(reader)?, self.u16(reader)?);
        reader.skip(usize::from(transfer_syntaxes) * 20)?;
        Some(Context { id, uuid, major, minor })
    }

    /// Result and reason for each context, of a BINDACK or ALTER_CONTEXT_RESP.
    pub(crate) fn results(&self) -> Option<Vec<(u16, u16)>> {
        let mut reader = Reader::new(self.body);
        reader.skip(8)?;
        let address_bytes = self.u16(&mut reader)?;
        reader.skip(address_bytes.into())?;
        reader.skip(reader.rest().len() % 4)?;
        let count = reader.u8()?;
        reader.skip(3)?;
        (0..count).map(|_| self.result(&mut reader)).collect()
    }

    fn result(&self, reader: &mut Reader<'a>) -> Option<(u16, u16)> {
        let result = (self.u16(reader)?, self.u16(reader)?);
        reader.skip(20)?;
        Some(result)
    }

    /// A request's call.
    pub(crate) fn request(&self) -> Option<Request<'a>> {
        let mut reader = Reader::new(self.body);
        reader.skip(4)?;
        let (context, opnum) = (self.u16(&mut reader)?, self.u16(&mut reader)?);
        if self.header.flags & HAS_OBJECT != 0 {
            reader.skip(16)?;
        }
        Some(Request { context, opnum, stub: reader.rest() })
    }

    /// A response's results.
    pub(crate) fn response_stub(&self) -> Option<&'a [u8]> {
        self.body.get(8..)
    }
}
