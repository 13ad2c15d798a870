//! Attributes of a transform (RFC 2408, section 3.3).

use crate::reader::Reader;

/// One attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// What it says (RFC 2409, appendix A).
    pub kind: u16,
    /// Its value, where it is a number of at most eight bytes.
    pub value: Option<u64>,
}

impl Attribute {
    pub(super) const ENCRYPTION: u16 = 1;
    pub(super) const HASH: u16 = 2;
    pub(super) const AUTHENTICATION: u16 = 3;
    pub(super) const GROUP: u16 = 4;
    pub(super) const PRF: u16 = 13;

    /// The next one: short ones have their value where long ones have its length.
    pub(super) fn read(reader: &mut Reader<'_>) -> Option<Attribute> {
        const IS_SHORT: u16 = 0x8000;
        let (first, second) = (reader.u16()?, reader.u16()?);
        if first & IS_SHORT != 0 {
            return Some(Attribute { kind: first & !IS_SHORT, value: Some(second.into()) });
        }
        let bytes = reader.take(second.into())?;
        let number = bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
        Some(Attribute { kind: first, value: (bytes.len() <= 8).then_some(number) })
    }
}
