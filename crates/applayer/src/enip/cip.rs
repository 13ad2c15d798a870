//! CIP: services that are asked of objects (CIP Networks Library, volume 1, chapter 2 and appendix C).

use crate::reader::Reader;

/// Services in one message that are read.
const SERVICES_MAX: usize = 256;
/// Services may have services within.
const DEPTH_MAX: usize = 3;
/// Segments of one path that are read.
const SEGMENTS_MAX: usize = 32;
/// Attributes of one list that are read.
const ATTRIBUTES_MAX: usize = 256;

const RESPONSE: u8 = 0x80;
const GET_ATTRIBUTE_LIST: u8 = 0x03;
const MULTIPLE_SERVICES: u8 = 0x0a;

/// What a number in a path is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SegmentKind {
    /// The class of an object.
    Class,
    /// Which object of its class.
    Instance,
    /// A part of an attribute.
    Member,
    /// Where connections are made.
    ConnectionPoint,
    /// An attribute of an object.
    Attribute,
}

/// A number in a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// What it is.
    pub kind: SegmentKind,
    /// Which one.
    pub value: u32,
}

/// A service that is asked for, or its answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cip {
    /// What is asked, without the bit of an answer.
    pub service: u8,
    /// Is it an answer?
    pub is_response: bool,
    /// Of a request: which object it is for.
    pub path: Vec<Segment>,
    /// Of an answer: what became of it.
    pub status: u8,
    /// Of an answer: more of that.
    pub extended_status: Vec<u16>,
    /// Of a request for a list of attributes: these.
    pub attributes: Vec<u16>,
    /// Services within.
    pub services: Vec<Cip>,
}

impl Cip {
    /// Reads a service.
    pub(super) fn parse(bytes: &[u8]) -> Option<Cip> {
        Cip::read(bytes, 0, &mut SERVICES_MAX.clone())
    }

    fn read(bytes: &[u8], depth: usize, room: &mut usize) -> Option<Cip> {
        *room = room.checked_sub(1)?;
        let mut reader = Reader::new(bytes);
        let service = reader.u8()?;
        let mut cip = Cip { service: service & !RESPONSE, is_response: service & RESPONSE != 0, ..Cip::default() };
        if cip.is_response {
            let (_reserved, status, words) = (reader.u8()?, reader.u8()?, reader.u8()?);
            let extended = reader.take(usize::from(words) * 2)?;
            cip.status = status;
            cip.extended_status = extended.chunks_exact(2).map(|word| u16::from_le_bytes([word[0], word[1]])).collect();
        } else {
            let words = reader.u8()?;
            cip.path = path(reader.take(usize::from(words) * 2)?);
        }
        match cip.service {
            MULTIPLE_SERVICES if depth < DEPTH_MAX => cip.services = several(reader.rest(), depth + 1, room),
            GET_ATTRIBUTE_LIST if !cip.is_response => cip.attributes = attributes(reader),
            _ => {}
        }
        Some(cip)
    }

    /// It and those within.
    pub(super) fn each<'a>(&'a self, visit: &mut dyn FnMut(&'a Cip)) {
        visit(self);
        self.services.iter().for_each(|service| service.each(visit));
    }

    /// The numbers of its path that are of this kind.
    pub(super) fn of_kind(&self, kind: SegmentKind) -> impl Iterator<Item = u32> + '_ {
        self.path.iter().filter(move |segment| segment.kind == kind).map(|segment| segment.value)
    }

    /// Attributes that are asked for, by its path or its list.
    pub(super) fn attributes(&self) -> impl Iterator<Item = u32> + '_ {
        self.of_kind(SegmentKind::Attribute).chain(self.attributes.iter().map(|attribute| (*attribute).into()))
    }
}

/// Services behind each other.
fn several(bytes: &[u8], depth: usize, room: &mut usize) -> Vec<Cip> {
    pieces(bytes).into_iter().map_while(|piece| Cip::read(piece, depth, room)).collect()
}

/// The bytes of services behind each other: how many, where each begins, and they themselves.
fn pieces(bytes: &[u8]) -> Vec<&[u8]> {
    let mut reader = Reader::new(bytes);
    let count = reader.le16().unwrap_or(0);
    let offsets = (0..usize::from(count).min(SERVICES_MAX)).map_while(|_| reader.le16());
    let offsets: Vec<usize> = offsets.map(usize::from).collect();
    let ends = offsets.iter().skip(1).copied().chain([bytes.len()]);
    offsets.iter().zip(ends).filter_map(|(begin, end)| bytes.get(*begin..end)).collect()
}

/// The bytes of the services within one, if it has such.
pub(super) fn within(bytes: &[u8]) -> Vec<&[u8]> {
    let words_at = if bytes.first().is_some_and(|service| service & RESPONSE != 0) { 3 } else { 1 };
    match (bytes.first(), bytes.get(words_at)) {
        (Some(service), Some(words)) if service & !RESPONSE == MULTIPLE_SERVICES => {
            let at = words_at + 1 + usize::from(*words) * 2;
            pieces(bytes.get(at..).unwrap_or_default())
        }
        _ => Vec::new(),
    }
}

fn attributes(mut reader: Reader<'_>) -> Vec<u16> {
    let count = reader.le16().unwrap_or(0);
    (0..count).map_while(|_| reader.le16()).take(ATTRIBUTES_MAX).collect()
}

/// The logical segments of a path; others are passed over.
fn path(bytes: &[u8]) -> Vec<Segment> {
    let mut reader = Reader::new(bytes);
    let mut segments = Vec::new();
    while segments.len() < SEGMENTS_MAX {
        match segment(&mut reader) {
            Some(Some(segment)) => segments.push(segment),
            Some(None) => {}
            None => break,
        }
    }
    segments
}

/// The next segment: nothing where it is no logical one; `None` at the end, or where it cannot be read.
fn segment(reader: &mut Reader<'_>) -> Option<Option<Segment>> {
    const SYMBOL: u8 = 0x91;
    const KEY: u8 = 0x34;
    let first = reader.u8()?;
    match first {
        0x20..=0x33 => {}
        SYMBOL => {
            let name = reader.vector8()?;
            if name.len() % 2 == 1 {
                reader.skip(1)?;
            }
            return Some(None);
        }
        KEY => {
            reader.skip(1 + 8)?;
            return Some(None);
        }
        // A port, and the address behind it.
        0x01..=0x0f => {
            reader.skip(1)?;
            return Some(None);
        }
        _ => return None,
    }
    let value = match first & 0x03 {
        0 => reader.u8()?.into(),
        1 => {
            reader.skip(1)?;
            reader.le16()?.into()
        }
        2 => {
            reader.skip(1)?;
            reader.le32()?
        }
        _ => return None,
    };
    let kind = match first >> 2 & 0x07 {
        0 => SegmentKind::Class,
        1 => SegmentKind::Instance,
        2 => SegmentKind::Member,
        3 => SegmentKind::ConnectionPoint,
        _ => SegmentKind::Attribute,
    };
    Some(Some(Segment { kind, value }))
}
