//! The part of DER and BER (ITU-T X.690) that certificates, Kerberos, LDAP and SNMP are written in.

/// What an element is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tag(pub(crate) u8);

impl Tag {
    pub(crate) const INTEGER: Tag = Tag(0x02);
    pub(crate) const OCTET_STRING: Tag = Tag(0x04);
    pub(crate) const OBJECT_IDENTIFIER: Tag = Tag(0x06);
    pub(crate) const BMP_STRING: Tag = Tag(0x1e);
    pub(crate) const T61_STRING: Tag = Tag(0x14);
    pub(crate) const UTC_TIME: Tag = Tag(0x17);
    pub(crate) const GENERALIZED_TIME: Tag = Tag(0x18);
    pub(crate) const SEQUENCE: Tag = Tag(0x30);

    /// A context-specific, constructed element such as `[3] EXPLICIT`.
    pub(crate) const fn context(number: u8) -> Tag {
        Tag(0xa0 | number)
    }
}

/// Elements, one behind the other. Every read either takes a whole element or takes nothing and says `None`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Der<'a> {
    rest: &'a [u8],
}

impl<'a> Der<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Der<'a> {
        Der { rest: bytes }
    }

    /// What is not read yet.
    pub(crate) const fn rest(self) -> &'a [u8] {
        self.rest
    }

    /// The next element.
    pub(crate) fn any(&mut self) -> Option<(Tag, &'a [u8])> {
        let (tag, length, rest) = header(self.rest)?;
        let (value, rest) = rest.split_at_checked(length)?;
        self.rest = rest;
        Some((tag, value))
    }

    /// Does what is here end before it says how long the next element is?
    pub(crate) fn is_header_cut(self) -> bool {
        header(self.rest).is_none()
    }

    /// Does it end before the next element, which is one of these, does?
    pub(crate) fn is_cut(self, tag: Tag) -> bool {
        header(self.rest).is_some_and(|(found, length, value)| found == tag && length > value.len())
    }

    /// The next element, if it is one of these.
    pub(crate) fn expect(&mut self, tag: Tag) -> Option<&'a [u8]> {
        let mut ahead = *self;
        let (found, value) = ahead.any()?;
        (found == tag).then(|| {
            *self = ahead;
            value
        })
    }

    /// The elements in the next element, if it is one of these.
    pub(crate) fn inner(&mut self, tag: Tag) -> Option<Der<'a>> {
        self.expect(tag).map(Der::new)
    }

    /// The rest, element by element.
    pub(crate) fn elements(mut self) -> impl Iterator<Item = (Tag, &'a [u8])> {
        std::iter::from_fn(move || self.any())
    }
}

/// A whole number with sign of at most eight bytes.
pub(crate) fn integer(value: &[u8]) -> Option<i64> {
    if value.is_empty() || value.len() > 8 {
        return None;
    }
    let sign = if value[0] & 0x80 == 0 { 0 } else { -1 };
    Some(value.iter().fold(sign, |number, byte| number << 8 | i64::from(*byte)))
}

/// Tag, length and what is behind. Tags of more than one byte and indefinite lengths are not read.
pub(crate) fn header(bytes: &[u8]) -> Option<(Tag, usize, &[u8])> {
    let (&[tag, length], rest) = bytes.split_first_chunk()?;
    if tag & 0x1f == 0x1f {
        return None;
    }
    if length < 0x80 {
        return Some((Tag(tag), usize::from(length), rest));
    }
    let (length, rest) = rest.split_at_checked(usize::from(length & 0x7f))?;
    if length.is_empty() || length.len() > 4 {
        return None;
    }
    let length = length.iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
    Some((Tag(tag), length, rest))
}

/// An object identifier in dotted decimal, such as `2.5.4.3`.
pub(crate) fn dotted(identifier: &[u8]) -> String {
    let mut text = String::new();
    let mut arc: u64 = 0;
    for byte in identifier {
        arc = arc.wrapping_shl(7) | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            push_arc(&mut text, arc);
            arc = 0;
        }
    }
    text
}

/// The first number of an identifier is two arcs (X.690, section 8.19.4).
fn push_arc(text: &mut String, arc: u64) {
    if text.is_empty() {
        let root = (arc / 40).min(2);
        *text = format!("{root}.{}", arc - root * 40);
    } else {
        text.push_str(&format!(".{arc}"));
    }
}
