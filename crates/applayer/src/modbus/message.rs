//! Messages: a header, a function, and what is behind it.

use super::body::{self, Body};
use super::function::{self, Category};
use model::packet::Side;

/// Bytes of a header, up to its length.
pub(super) const LENGTH_ENDS: usize = 6;

/// What is wrong with a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Errors {
    /// A value that cannot be.
    pub value: bool,
    /// Bytes are missing, or too many.
    pub length: bool,
    /// An exception that is not defined.
    pub exception: bool,
    /// A function that is not defined.
    pub function: bool,
    /// Another protocol than Modbus.
    pub protocol: bool,
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Tells requests of a connection apart.
    pub transaction: u16,
    /// 0 is Modbus.
    pub protocol: u16,
    /// The device behind the server.
    pub unit: u8,
    /// What is asked; in a response the highest bit says that it is refused.
    pub function: u8,
    /// What it says besides.
    pub body: Body,
    /// What is wrong with it.
    pub errors: Errors,
}

impl Message {
    /// Reads a whole message.
    pub(super) fn parse(bytes: &[u8], sender: Side) -> Option<Message> {
        let &[t0, t1, p0, p1, _, _, unit, function, ref rest @ ..] = bytes else { return None };
        let protocol = u16::from_be_bytes([p0, p1]);
        let mut errors = Errors { protocol: protocol != 0, ..Errors::default() };
        let is_refused = function & 0x80 != 0;
        errors.function = !function::is_known(function & 0x7f) || is_refused && sender == Side::Client;
        let body = match (sender, rest) {
            (Side::Server, [code, ..]) if is_refused => {
                errors.exception = !function::is_exception(*code);
                Body::Exception(*code)
            }
            (Side::Client, _) => body::request(function, rest, &mut errors),
            (Side::Server, _) => body::response(function, rest, &mut errors),
        };
        Some(Message { transaction: u16::from_be_bytes([t0, t1]), protocol, unit, function, body, errors })
    }

    /// The function within the function, where there is one.
    pub fn subfunction(&self) -> Option<u16> {
        match &self.body {
            Body::Diagnostic(subfunction, _) => Some(*subfunction),
            Body::Encapsulated(kind, _) => Some((*kind).into()),
            _ => None,
        }
    }

    pub(super) fn category(&self) -> Category {
        Category::of(self.function & 0x7f, self.subfunction())
    }

    /// Can this answer that request? What does not fit, by its name.
    pub(super) fn mismatch(&self, request: &Message) -> Option<&'static str> {
        if self.unit != request.unit {
            return Some("invalid_unit_identifier");
        }
        let is_fitting = self.function & 0x7f == request.function
            && match (&request.body, &self.body) {
                (_, Body::Exception(_)) => true,
                (Body::Read(_, quantity), Body::Data(data)) => data.len() == read_bytes(request.function, *quantity),
                (Body::ReadWrite((_, quantity), _), Body::Data(data)) => data.len() == usize::from(*quantity) * 2,
                (Body::WriteMany(address, quantity, _), body) => *body == Body::WriteOne(*address, *quantity),
                (Body::WriteOne(..) | Body::Mask(..), body) => request.body == *body,
                _ => true,
            };
        (!is_fitting).then_some("value_mismatch")
    }
}

/// Coils and discretes are bits, registers have two bytes.
fn read_bytes(function: u8, quantity: u16) -> usize {
    if function <= 2 { usize::from(quantity).div_ceil(8) } else { usize::from(quantity) * 2 }
}
