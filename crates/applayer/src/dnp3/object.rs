//! Objects of an application message (IEEE 1815, clause 4 and 11): a header that says which points, and their values.

use super::point::{self, Layout};
use crate::reader::Reader;

/// Objects of one message that are read.
const OBJECTS_MAX: usize = 256;

/// Points of one message that are read.
const POINTS_MAX: u32 = 16 << 10;

/// What stands before the points of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ObjectHeader {
    /// What they are.
    pub group: u8,
    /// How they are written.
    pub variation: u8,
    /// How they are prefixed and counted.
    pub qualifier: u8,
    /// The first point.
    pub start: u32,
    /// The last point.
    pub stop: u32,
    /// How many.
    pub count: u32,
    /// Where their values begin in the message.
    pub(super) at: usize,
    /// Are values there at all?
    pub(super) has_values: bool,
}

impl ObjectHeader {
    /// What stands before each point: nothing 0, an index 1 to 3, a size 4 to 6.
    pub fn prefix_code(&self) -> u8 {
        self.qualifier >> 4 & 0x07
    }

    /// How points are counted.
    pub fn range_code(&self) -> u8 {
        self.qualifier & 0x0f
    }

    fn read(reader: &mut Reader<'_>) -> Option<ObjectHeader> {
        let (group, variation, qualifier) = (reader.u8()?, reader.u8()?, reader.u8()?);
        let mut object =
            ObjectHeader { group, variation, qualifier, start: 0, stop: 0, count: 0, at: 0, has_values: false };
        match object.range_code() {
            code @ 0..=2 => {
                (object.start, object.stop) = (number(reader, code)?, number(reader, code)?);
                object.count = object.stop.checked_sub(object.start)?.checked_add(1)?;
            }
            6 => {}
            code @ 7..=9 => object.count = number(reader, code - 7)?,
            0x0b => object.count = number(reader, 0)?,
            _ => return None,
        }
        Some(object)
    }
}

/// A number of one, two or four bytes.
pub(super) fn number(reader: &mut Reader<'_>, code: u8) -> Option<u32> {
    match code {
        0 => reader.u8().map(u32::from),
        1 => reader.le16().map(u32::from),
        _ => reader.le32(),
    }
}

/// The objects of a message, and what is odd about them where they are not whole.
pub(super) fn read_all(message: &[u8], at: usize, has_values: bool) -> (Vec<ObjectHeader>, Option<&'static str>) {
    let (mut objects, mut points) = (Vec::new(), 0_u32);
    let mut reader = Reader::new(message.get(at..).unwrap_or_default());
    while !reader.is_empty() {
        if objects.len() >= OBJECTS_MAX {
            return (objects, Some("too_many_objects"));
        }
        let Some(mut object) = ObjectHeader::read(&mut reader) else { return (objects, Some("malformed")) };
        object.at = message.len() - reader.rest().len();
        object.has_values = object.count > 0 && (has_values || (4..=6).contains(&object.prefix_code()));
        points = points.saturating_add(object.count);
        let oddity = match object.has_values {
            _ if points > POINTS_MAX => Some("too_many_points"),
            true => skip_points(&object, &mut reader),
            false => None,
        };
        object.has_values &= oddity.is_none();
        objects.push(object);
        if oddity.is_some() {
            return (objects, oddity);
        }
    }
    (objects, None)
}

/// Takes the points of an object; says why it could not.
fn skip_points(object: &ObjectHeader, reader: &mut Reader<'_>) -> Option<&'static str> {
    let Some(layout) = Layout::of(object) else { return Some("unknown_object") };
    match point::walk(object, layout, reader, &mut |_, _| ()) {
        Some(()) => None,
        None => Some("malformed"),
    }
}
