//! What stands behind a function's number.

use super::message::Errors;
use crate::reader::Reader;

/// Units that one message may read or write (MODBUS Application Protocol, section 6).
const COILS_READ_MAX: u16 = 2000;
const REGISTERS_READ_MAX: u16 = 125;
const COILS_WRITTEN_MAX: u16 = 1968;
const REGISTERS_WRITTEN_MAX: u16 = 123;
const REGISTERS_EXCHANGED_MAX: u16 = 121;

/// What a message says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// Nothing, or bytes that are not read further.
    Bytes(Vec<u8>),
    /// Why a request is refused.
    Exception(u8),
    /// A diagnostic function and its data.
    Diagnostic(u16, Vec<u8>),
    /// Another protocol within (MEI), and its data.
    Encapsulated(u8, Vec<u8>),
    /// From which address how many are read.
    Read(u16, u16),
    /// What was read.
    Data(Vec<u8>),
    /// One is written, or has been; or so many have been, from this address on.
    WriteOne(u16, u16),
    /// From which address how many are written, and what.
    WriteMany(u16, u16, Vec<u8>),
    /// Bits of a register are changed: address, those that are kept, those that are set.
    Mask(u16, u16, u16),
    /// From which address how many are read; from which how many are written, and what.
    ReadWrite((u16, u16), (u16, u16, Vec<u8>)),
}

/// Reads a request.
pub(super) fn request(function: u8, bytes: &[u8], errors: &mut Errors) -> Body {
    let mut reader = Reader::new(bytes);
    let read = match function {
        1 | 2 => read(&mut reader, COILS_READ_MAX, errors),
        3 | 4 => read(&mut reader, REGISTERS_READ_MAX, errors),
        5 => one(&mut reader).inspect(|body| check_coil(body, errors)),
        6 => one(&mut reader),
        15 => many(&mut reader, COILS_WRITTEN_MAX, |quantity| quantity.div_ceil(8), errors),
        16 => many(&mut reader, REGISTERS_WRITTEN_MAX, |quantity| quantity * 2, errors),
        22 => mask(&mut reader),
        23 => read_write(&mut reader, errors),
        _ => other(function, &mut reader),
    };
    finish(read, bytes, reader, errors)
}

/// Reads a response.
pub(super) fn response(function: u8, bytes: &[u8], errors: &mut Errors) -> Body {
    let mut reader = Reader::new(bytes);
    let read = match function {
        1..=4 | 23 => reader.vector8().map(|data| {
            errors.value |= data.is_empty();
            Body::Data(data.to_vec())
        }),
        5 => one(&mut reader).inspect(|body| check_coil(body, errors)),
        6 | 15 | 16 => one(&mut reader),
        22 => mask(&mut reader),
        _ => other(function, &mut reader),
    };
    finish(read, bytes, reader, errors)
}

fn finish(read: Option<Body>, bytes: &[u8], reader: Reader<'_>, errors: &mut Errors) -> Body {
    errors.length |= read.is_none() || !reader.is_empty();
    read.unwrap_or_else(|| Body::Bytes(bytes.to_vec()))
}

fn read(reader: &mut Reader<'_>, most: u16, errors: &mut Errors) -> Option<Body> {
    let (address, quantity) = (reader.u16()?, reader.u16()?);
    errors.value |= !(1..=most).contains(&quantity);
    Some(Body::Read(address, quantity))
}

fn one(reader: &mut Reader<'_>) -> Option<Body> {
    Some(Body::WriteOne(reader.u16()?, reader.u16()?))
}

/// A coil is on or off, and nothing else.
fn check_coil(body: &Body, errors: &mut Errors) {
    errors.value |= matches!(body, Body::WriteOne(_, value) if !matches!(value, 0 | 0xff00));
}

fn many(reader: &mut Reader<'_>, most: u16, bytes: fn(u16) -> u16, errors: &mut Errors) -> Option<Body> {
    let (address, quantity) = (reader.u16()?, reader.u16()?);
    let data = reader.vector8()?;
    let is_right = (1..=most).contains(&quantity) && usize::from(bytes(quantity)) == data.len();
    errors.value |= !is_right;
    Some(Body::WriteMany(address, quantity, data.to_vec()))
}

fn mask(reader: &mut Reader<'_>) -> Option<Body> {
    Some(Body::Mask(reader.u16()?, reader.u16()?, reader.u16()?))
}

fn read_write(reader: &mut Reader<'_>, errors: &mut Errors) -> Option<Body> {
    let Body::Read(read_address, read_quantity) = read(reader, REGISTERS_READ_MAX, errors)? else { return None };
    match many(reader, REGISTERS_EXCHANGED_MAX, |quantity| quantity * 2, errors)? {
        Body::WriteMany(address, quantity, data) => {
            Some(Body::ReadWrite((read_address, read_quantity), (address, quantity, data)))
        }
        _ => None,
    }
}

fn other(function: u8, reader: &mut Reader<'_>) -> Option<Body> {
    match function {
        8 => Some(Body::Diagnostic(reader.u16()?, take_rest(reader))),
        43 => Some(Body::Encapsulated(reader.u8()?, take_rest(reader))),
        _ => Some(Body::Bytes(take_rest(reader))),
    }
}

fn take_rest(reader: &mut Reader<'_>) -> Vec<u8> {
    let rest = reader.rest().to_vec();
    *reader = Reader::default();
    rest
}
