//! Distinguished names as text, in the form of Suricata's `tls.subject`: `C=US, O=Example, CN=www.example.com`.

use crate::der::{Der, Tag, dotted};

/// A name (RFC 5280, section 4.1.2.4) as text: attributes in the order of the certificate, `, ` between relative names,
/// ` + ` between the attributes of one. What an attribute's text holds is not escaped, as Suricata does not either.
pub(crate) fn distinguished_name(sequence: &[u8]) -> String {
    let mut text = String::new();
    for (_, relative) in Der::new(sequence).elements() {
        for (place, (_, attribute)) in Der::new(relative).elements().enumerate() {
            if !text.is_empty() {
                text.push_str(if place == 0 { ", " } else { " + " });
            }
            push_attribute(&mut text, Der::new(attribute));
        }
    }
    text
}

fn push_attribute(text: &mut String, mut attribute: Der<'_>) {
    let Some(kind) = attribute.expect(Tag::OBJECT_IDENTIFIER) else { return };
    match ATTRIBUTES.iter().find(|row| row.0 == kind) {
        Some((_, name)) => text.push_str(name),
        None => text.push_str(&dotted(kind)),
    }
    text.push('=');
    if let Some((tag, value)) = attribute.any() {
        text.push_str(&string(tag, value));
    }
}

/// A string of any kind that names use.
fn string(tag: Tag, value: &[u8]) -> String {
    match tag {
        Tag::BMP_STRING => {
            let units: Vec<u16> = value.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
            String::from_utf16_lossy(&units)
        }
        Tag::T61_STRING => value.iter().copied().map(char::from).collect(),
        _ => String::from_utf8_lossy(value).into_owned(),
    }
}

/// Attributes that have a name (RFC 4519; ITU-T X.520; CA/Browser Forum's EV Guidelines), by their encoded identifier.
const ATTRIBUTES: &[(&[u8], &str)] = &[
    (&[0x55, 4, 3], "CN"),
    (&[0x55, 4, 6], "C"),
    (&[0x55, 4, 7], "L"),
    (&[0x55, 4, 8], "ST"),
    (&[0x55, 4, 10], "O"),
    (&[0x55, 4, 11], "OU"),
    (&[0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 25], "DC"),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1], "Email"),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 2], "unstructuredName"),
    (&[0x55, 4, 4], "surname"),
    (&[0x55, 4, 5], "serialNumber"),
    (&[0x55, 4, 9], "streetAddress"),
    (&[0x55, 4, 12], "title"),
    (&[0x55, 4, 13], "description"),
    (&[0x55, 4, 15], "businessCategory"),
    (&[0x55, 4, 17], "postalCode"),
    (&[0x55, 4, 41], "name"),
    (&[0x55, 4, 42], "givenName"),
    (&[0x55, 4, 43], "initials"),
    (&[0x55, 4, 44], "generationQualifier"),
    (&[0x55, 4, 45], "x500UniqueIdentifier"),
    (&[0x55, 4, 46], "dnQualifier"),
    (&[0x55, 4, 65], "pseudonym"),
    (&[0x55, 4, 97], "organizationIdentifier"),
    (&[0x2b, 6, 1, 4, 1, 0x82, 0x37, 60, 2, 1, 1], "jurisdictionL"),
    (&[0x2b, 6, 1, 4, 1, 0x82, 0x37, 60, 2, 1, 2], "jurisdictionST"),
    (&[0x2b, 6, 1, 4, 1, 0x82, 0x37, 60, 2, 1, 3], "jurisdictionC"),
];
