//! What is kept of a request and its response.

use super::body::Body;
use super::function::{self, Access};
use super::message::Message;
use super::tell;
use crate::buffer::Field;
use crate::tree::{Extra, Transaction, Tree};
use model::packet::{Side, Timestamp};
use std::any::Any;

/// A request and its response.
#[derive(Clone, Debug)]
pub struct ModbusTransaction {
    /// What was asked; nothing where a response came unasked.
    pub request: Option<Message>,
    /// What was answered, if anything was.
    pub response: Option<Message>,
    pub(super) id: u64,
    pub(super) started: Timestamp,
    pub(super) ended: Timestamp,
}

/// What is accessed: what [`Field::ModbusAccess`] begins with.
fn access_number((access, store): (Access, function::Store)) -> u64 {
    let direction = if access == Access::Read { 1 } else { 2 };
    direction << 4 | store as u64
}

/// From which address how many a request reads or writes.
fn span(body: &Body, access: Access) -> Option<(u16, u16)> {
    match (body, access) {
        (Body::Read(address, quantity) | Body::ReadWrite((address, quantity), _), Access::Read) => {
            Some((*address, *quantity))
        }
        (Body::WriteOne(address, _) | Body::Mask(address, ..), Access::WriteOne) => Some((*address, 1)),
        (Body::WriteMany(address, quantity, _) | Body::ReadWrite(_, (address, quantity, _)), Access::WriteMany) => {
            Some((*address, *quantity))
        }
        _ => None,
    }
}

/// The value that a request writes at the place of its span.
fn written(function: u8, body: &Body, place: usize) -> Option<u16> {
    match body {
        Body::WriteOne(_, value) => (place == 0).then_some(*value),
        Body::WriteMany(_, _, data) if function == 15 => Some((data.get(place / 8)? >> (place % 8) & 1).into()),
        Body::WriteMany(_, _, data) | Body::ReadWrite(_, (_, _, data)) => {
            Some(u16::from_be_bytes([*data.get(place * 2)?, *data.get(place * 2 + 1)?]))
        }
        _ => None,
    }
}

/// Addresses in rules begin at 1.
fn rule_address(address: u16, place: u16) -> u64 {
    u64::from(address) + u64::from(place) + 1
}

impl Message {
    /// The accesses with each of their addresses: kind of access, address, and the place in its span.
    fn address(&self, mut place: usize) -> Option<(u64, u64, (Access, usize))> {
        for access in function::accesses(self.function) {
            let Some((address, quantity)) = span(&self.body, access.0) else { continue };
            match u16::try_from(place).ok().filter(|place| *place < quantity) {
                Some(at) => return Some((access_number(*access), rule_address(address, at), (access.0, place))),
                None => place -= usize::from(quantity),
            }
        }
        None
    }

    fn number(&self, field: Field, place: usize) -> Option<u64> {
        match field {
            Field::ModbusUnit if place == 0 => Some(self.unit.into()),
            Field::ModbusFunction if place == 0 => Some(self.function.into()),
            Field::ModbusSubfunction if place == 0 => self.subfunction().map(u64::from),
            Field::ModbusCategory if place == 0 => Some(self.category() as u64),
            Field::ModbusAccess => function::accesses(self.function).get(place).map(|access| access_number(*access)),
            Field::ModbusAddress => self.address(place).map(|(access, address, _)| access << 32 | address),
            Field::ModbusValue => {
                let (access, address, (kind, at)) = self.address(place)?;
                let value = written(self.function, &self.body, at).filter(|_| kind != Access::Read);
                // What is read has an address, and no value: it stands for none that a rule can name.
                Some(value.map_or(u64::MAX, |value| access << 48 | address << 16 | u64::from(value)))
            }
            _ => None,
        }
    }
}

impl Transaction for ModbusTransaction {
    fn table(&self) -> &'static str {
        "modbus"
    }

    fn id(&self) -> u64 {
        self.id
    }

    fn started(&self) -> Timestamp {
        self.started
    }

    fn tell(&self, tree: &mut dyn Tree) {
        tree.number("id", self.id + 1);
        for (name, message) in [("request", &self.request), ("response", &self.response)] {
            if let Some(message) = message {
                tree.open_object(name);
                tell::tell(message, tree);
                tree.close_object();
            }
        }
        if tree.wants(Extra::Own) && self.response.is_some() {
            tree.open_object("timing");
            tree.signed("response_ns", self.ended.since_ns(self.started));
            tree.close_object();
        }
    }

    fn number(&self, field: Field, sender: Side, place: usize) -> Option<u64> {
        self.request.as_ref().filter(|_| sender == Side::Client)?.number(field, place)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
