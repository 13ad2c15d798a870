//! What a message is made of: payloads, each of which names the next one's type.

use super::attribute::Attribute;
use crate::reader::Reader;

/// Payloads of one message that are read.
const PAYLOADS_MAX: usize = 128;

/// Transforms of one message that are read.
pub(super) const TRANSFORMS_MAX: usize = 256;

/// Attributes of one transform that are read.
const ATTRIBUTES_MAX: usize = 32;

/// Types of payloads.
pub(super) mod kind {
    /// There is no further one.
    pub(in super::super) const NONE: u8 = 0;
    pub(in super::super) const PROPOSAL: u8 = 2;
    pub(in super::super) const TRANSFORM: u8 = 3;
    /// Encrypted: nothing that follows can be read.
    pub(in super::super) const ENCRYPTED: u8 = 46;
    /// A piece of the former (RFC 7383).
    pub(in super::super) const ENCRYPTED_FRAGMENT: u8 = 53;
}

/// A way to protect traffic.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transform {
    /// Of version 2: encryption 1, pseudo-random function 2, integrity 3, group 4, extended sequence numbers 5. Of version 1
    /// its number.
    pub kind: u8,
    /// Of version 2: the algorithm.
    pub id: u16,
    /// What it is besides; in version 1 all that counts.
    pub attributes: Vec<Attribute>,
}

/// Transforms that go together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proposal {
    /// What it protects: IKE itself 1, AH 2, ESP 3.
    pub protocol: u8,
    /// In version 1 one of these, in version 2 one of each kind.
    pub transforms: Vec<Transform>,
}

/// Walks over payloads: `each` gets the type and the content of each, and the type that comes next; it says `None` where that
/// is malformed.
pub(super) fn walk(
    first: u8,
    mut reader: Reader<'_>,
    each: &mut dyn FnMut(u8, Reader<'_>, u8) -> Option<()>,
) -> Option<()> {
    let mut kind = first;
    for _ in 0..PAYLOADS_MAX {
        if kind == kind::NONE {
            return Some(());
        }
        let (next, _, length) = (reader.u8()?, reader.u8()?, reader.u16()?);
        let content = reader.take(usize::from(length).checked_sub(4)?)?;
        each(kind, Reader::new(content), next)?;
        if matches!(kind, kind::ENCRYPTED | kind::ENCRYPTED_FRAGMENT) {
            return Some(());
        }
        kind = next;
    }
    None
}

impl Proposal {
    /// All proposals of a security association, behind what stands before them.
    pub(super) fn read_all(reader: Reader<'_>, version: u8) -> Option<Vec<Proposal>> {
        let (mut proposals, mut room) = (Vec::new(), TRANSFORMS_MAX);
        let first = if reader.is_empty() { kind::NONE } else { kind::PROPOSAL };
        walk(first, reader, &mut |kind, content, next| {
            let is_next = matches!(next, kind::NONE | kind::PROPOSAL);
            proposals.push(Proposal::read(content, version, &mut room).filter(|_| kind == kind::PROPOSAL && is_next)?);
            Some(())
        })?;
        Some(proposals)
    }

    fn read(mut reader: Reader<'_>, version: u8, room: &mut usize) -> Option<Proposal> {
        let (_number, protocol, spi_bytes, count) = (reader.u8()?, reader.u8()?, reader.u8()?, reader.u8()?);
        reader.skip(spi_bytes.into())?;
        let mut transforms = Vec::new();
        let first = if count == 0 { kind::NONE } else { kind::TRANSFORM };
        walk(first, reader, &mut |_, content, _| {
            *room = room.checked_sub(1)?;
            transforms.push(Transform::read(content, version)?);
            Some(())
        })?;
        Some(Proposal { protocol, transforms })
    }
}

impl Transform {
    fn read(mut reader: Reader<'_>, version: u8) -> Option<Transform> {
        let kind = reader.u8()?;
        // Of version 1 an identifier of one byte and two reserved ones, of version 2 a reserved one and two bytes.
        let (id, _) = if version == 1 { (reader.u8()?.into(), reader.u16()?) } else { (u16::from(reader.u8()?), 0) };
        let id = if version == 1 { id } else { reader.u16()? };
        let mut attributes = Vec::new();
        while !reader.is_empty() && attributes.len() < ATTRIBUTES_MAX {
            attributes.push(Attribute::read(&mut reader)?);
        }
        Some(Transform { kind, id, attributes })
    }
}
