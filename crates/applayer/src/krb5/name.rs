//! Names and other small parts of messages (RFC 4120, section 5.2).

use crate::der::{Der, Tag, integer};

const GENERAL_STRING: Tag = Tag(0x1b);

/// Parts of one name that are kept.
const PARTS_MAX: usize = 32;

/// A realm.
pub(super) fn string(bytes: &[u8]) -> Option<&[u8]> {
    Der::new(bytes).expect(GENERAL_STRING)
}

/// The parts of a principal's name.
pub(super) fn principal(bytes: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut fields = Der::new(bytes).inner(Tag::SEQUENCE)?;
    fields.expect(Tag::context(0))?;
    let parts = fields.inner(Tag::context(1))?.inner(Tag::SEQUENCE)?;
    Some(parts.elements().take(PARTS_MAX).map(|(_, part)| part.to_vec()).collect())
}

/// The kind of encryption of encrypted data.
pub(super) fn encryption(bytes: &[u8]) -> Option<i64> {
    number(Der::new(bytes).inner(Tag::SEQUENCE)?.expect(Tag::context(0))?)
}

/// A whole number.
pub(super) fn number(bytes: &[u8]) -> Option<i64> {
    integer(Der::new(bytes).expect(Tag::INTEGER)?)
}
