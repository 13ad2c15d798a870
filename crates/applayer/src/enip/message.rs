//! The encapsulation (CIP Networks Library, volume 2, chapter 2): a header, and items behind it.

use super::cip::{self, Cip};
use crate::reader::Reader;

/// Bytes of a header.
pub(super) const HEADER_BYTES: usize = 24;

/// Items of one message that are read.
const ITEMS_MAX: usize = 64;

/// Commands.
pub(super) mod command {
    pub(in super::super) const LIST_SERVICES: u16 = 0x04;
    pub(in super::super) const LIST_IDENTITY: u16 = 0x63;
    pub(in super::super) const LIST_INTERFACES: u16 = 0x64;
    pub(in super::super) const REGISTER_SESSION: u16 = 0x65;
    pub(in super::super) const SEND_RR_DATA: u16 = 0x6f;
    pub(in super::super) const SEND_UNIT_DATA: u16 = 0x70;
}

/// Types of items.
mod item {
    pub(super) const IDENTITY: u16 = 0x0c;
    pub(super) const SERVICES: u16 = 0x100;
    pub(super) const CONNECTED: u16 = 0xb1;
    pub(super) const UNCONNECTED: u16 = 0xb2;
}

/// Bytes of an item's type and length.
const ITEM_HEADER_BYTES: usize = 4;

/// Bytes before the items of data: an interface and a time.
const DATA_HEADER_BYTES: usize = 6;

/// Bytes before a service over a connection.
const SEQUENCE_BYTES: usize = 2;

/// What a device says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// Version of the encapsulation.
    pub protocol_version: u16,
    /// Who made it.
    pub vendor: u16,
    /// What it is.
    pub device_type: u16,
    /// Which product of its maker.
    pub product_code: u16,
    /// Its revision.
    pub revision: (u8, u8),
    /// Bits of its status.
    pub status: u16,
    /// Its serial number.
    pub serial: u32,
    /// What its maker calls it.
    pub product_name: Vec<u8>,
    /// Its state.
    pub state: u8,
}

/// A service of the encapsulation that a device has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Service {
    /// Version of the encapsulation.
    pub protocol_version: u16,
    /// Bits of what it can.
    pub capabilities: u16,
    /// Its name.
    pub name: Vec<u8>,
}

/// An item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// What a device says of itself.
    Identity(Identity),
    /// A service it has.
    Service(Service),
    /// A service that is asked of an object, or its answer.
    Cip(Cip),
    /// Anything else, by its type.
    Other(u16),
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// What is asked or answered.
    pub command: u16,
    /// What became of it.
    pub status: u32,
    /// The session.
    pub session: u32,
    /// What the client wants to have back.
    pub context: [u8; 8],
    /// Of a session that begins: version and options.
    pub registration: Option<(u16, u16)>,
    /// What it carries.
    pub items: Vec<Item>,
}

/// Reads a whole message, and says whether its data could be read.
pub(super) fn parse(bytes: &[u8]) -> Option<(Message, bool)> {
    let mut reader = Reader::new(bytes);
    let (command, _length, session, status) = (reader.le16()?, reader.le16()?, reader.le32()?, reader.le32()?);
    let (context, _options) = (reader.array()?, reader.le32()?);
    let mut message = Message { command, status, session, context, registration: None, items: Vec::new() };
    let is_read = reader.is_empty() || message.read(reader).is_some();
    Some((message, is_read))
}

impl Message {
    fn read(&mut self, mut reader: Reader<'_>) -> Option<()> {
        match self.command {
            command::REGISTER_SESSION => self.registration = Some((reader.le16()?, reader.le16()?)),
            command::LIST_SERVICES | command::LIST_IDENTITY | command::LIST_INTERFACES => self.read_items(reader)?,
            command::SEND_RR_DATA | command::SEND_UNIT_DATA => {
                let (_interface, _timeout) = (reader.le32()?, reader.le16()?);
                self.read_items(reader)?;
            }
            _ => {}
        }
        Some(())
    }

    fn read_items(&mut self, reader: Reader<'_>) -> Option<()> {
        each_item(reader, &mut |kind, _, content| {
            self.items.push(Item::read(kind, content)?);
            Some(())
        })
    }

    /// The services of CIP that it carries, those within others too.
    pub(super) fn each_cip<'a>(&'a self, visit: &mut dyn FnMut(&'a Cip)) {
        for item in &self.items {
            if let Item::Cip(cip) = item {
                cip.each(visit);
            }
        }
    }
}

/// Walks over items: `each` gets their types, their bytes, and those without type and length.
fn each_item<'a>(mut reader: Reader<'a>, each: &mut dyn FnMut(u16, &'a [u8], &'a [u8]) -> Option<()>) -> Option<()> {
    let count = reader.le16()?;
    for _ in 0..usize::from(count).min(ITEMS_MAX) {
        let whole = reader.rest();
        let (kind, length) = (reader.le16()?, reader.le16()?);
        let content = reader.take(length.into())?;
        each(kind, &whole[..ITEM_HEADER_BYTES + content.len()], content)?;
    }
    Some(())
}

/// The pieces of a message that rules can look into, by their names.
pub(super) fn frames(message: &[u8]) -> Vec<(&'static str, &[u8])> {
    let (header, data) = message.split_at(message.len().min(HEADER_BYTES));
    let mut frames = vec![("pdu", message), ("hdr", header), ("data", data)];
    let skip = match header.first_chunk().map(|command| u16::from_le_bytes(*command)) {
        Some(command::LIST_SERVICES | command::LIST_IDENTITY | command::LIST_INTERFACES) => 0,
        Some(command::SEND_RR_DATA | command::SEND_UNIT_DATA) => DATA_HEADER_BYTES,
        _ => return frames,
    };
    let items = Reader::new(data.get(skip..).unwrap_or_default());
    // What is cut has the frames before the cut.
    let _ = each_item(items, &mut |kind, item, content| {
        frames.push(("enip.item", item));
        let service = match kind {
            item::CONNECTED => content.get(SEQUENCE_BYTES..).unwrap_or_default(),
            item::UNCONNECTED => content,
            _ => return Some(()),
        };
        frames.push(("cip", service));
        frames.extend(cip::within(service).into_iter().map(|inner| ("cip", inner)));
        Some(())
    });
    frames
}

impl Item {
    fn read(kind: u16, bytes: &[u8]) -> Option<Item> {
        let mut reader = Reader::new(bytes);
        match kind {
            item::IDENTITY => Identity::read(&mut reader).map(Item::Identity),
            item::SERVICES => {
                let (protocol_version, capabilities) = (reader.le16()?, reader.le16()?);
                let name = reader.rest().split(|byte| *byte == 0).next().unwrap_or_default().to_vec();
                Some(Item::Service(Service { protocol_version, capabilities, name }))
            }
            item::CONNECTED => {
                let _sequence = reader.le16()?;
                // A connection may carry anything: what is no service is the devices' own business.
                Some(Cip::parse(reader.rest()).map_or(Item::Other(kind), Item::Cip))
            }
            item::UNCONNECTED => Cip::parse(bytes).map(Item::Cip),
            _ => Some(Item::Other(kind)),
        }
    }
}

impl Identity {
    fn read(reader: &mut Reader<'_>) -> Option<Identity> {
        const ADDRESS_BYTES: usize = 16;
        let protocol_version = reader.le16()?;
        reader.skip(ADDRESS_BYTES)?;
        let (vendor, device_type, product_code) = (reader.le16()?, reader.le16()?, reader.le16()?);
        let revision = (reader.u8()?, reader.u8()?);
        let (status, serial) = (reader.le16()?, reader.le32()?);
        let product_name = reader.vector8()?.to_vec();
        let state = reader.u8()?;
        Some(Identity {
            protocol_version,
            vendor,
            device_type,
            product_code,
            revision,
            status,
            serial,
            product_name,
            state,
        })
    }
}
