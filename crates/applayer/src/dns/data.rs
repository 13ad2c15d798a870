//! Data of records, as EVE tells it.

use super::message::{Message, Record};
use super::registry::record_type as t;
use crate::tree::Tree;
use std::net::{Ipv4Addr, Ipv6Addr};

/// Character strings (RFC 1035 section 3.3), one after the other.
pub(super) struct Strings<'a>(pub(super) &'a [u8]);

impl<'a> Iterator for Strings<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let (length, rest) = self.0.split_first()?;
        let (string, rest) = rest.split_at(usize::from(*length).min(rest.len()));
        self.0 = rest;
        Some(string)
    }
}

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// A number in hexadecimal, without zeros in front.
pub(super) fn hex_number(number: u16, text: &mut [u8; 4]) -> &[u8] {
    for (place, digit) in text.iter_mut().enumerate() {
        *digit = DIGITS[usize::from(number >> (12 - 4 * place) & 0xf)];
    }
    let zeros = (number.leading_zeros() / 4).min(3) as usize;
    &text[zeros..]
}

/// Bytes in hexadecimal.
pub(super) fn push_hex(bytes: &[u8], text: &mut Vec<u8>) {
    for byte in bytes {
        text.extend_from_slice(&[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 0xf)]]);
    }
}

/// Is the data of this type one text: an address, a name, or bytes as they are?
pub(super) fn has_text(record_type: u16) -> bool {
    matches!(record_type, t::A | t::AAAA | t::NS | t::CNAME | t::PTR | t::MX | t::NULL)
}

/// Appends the data of a type that is one text.
pub(super) fn push_text(message: &Message, record: &Record, text: &mut Vec<u8>) {
    match record.record_type {
        t::A | t::AAAA => push_address(message.data(record), text),
        t::NULL => text.extend_from_slice(message.data(record)),
        t::MX => message.push_data_name(record, 2, text),
        _ => message.push_data_name(record, 0, text),
    }
}

/// An address; of IPv6 all eight groups with their zeros.
pub(super) fn push_address(bytes: &[u8], text: &mut Vec<u8>) {
    if let Ok(octets) = <[u8; 4]>::try_from(bytes) {
        for (place, octet) in octets.into_iter().enumerate() {
            if place > 0 {
                text.push(b'.');
            }
            push_number(octet.into(), text);
        }
    } else if bytes.len() == 16 {
        for (place, group) in bytes.chunks_exact(2).enumerate() {
            if place > 0 {
                text.push(b':');
            }
            push_hex(group, text);
        }
    }
}

/// The short form of an address.
pub(super) fn push_short_address(bytes: &[u8], text: &mut Vec<u8>) {
    if let Ok(octets) = <[u8; 4]>::try_from(bytes) {
        text.extend_from_slice(Ipv4Addr::from(octets).to_string().as_bytes());
    } else if let Ok(octets) = <[u8; 16]>::try_from(bytes) {
        text.extend_from_slice(Ipv6Addr::from(octets).to_string().as_bytes());
    }
}

/// A number in decimal.
pub(super) fn push_number(number: u32, text: &mut Vec<u8>) {
    let (mut digits, mut at, mut rest) = ([0; 10], 10, number);
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    text.extend_from_slice(&digits[at..]);
}

fn long(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..at + 4).map_or(0, |word| u32::from_be_bytes([word[0], word[1], word[2], word[3]]).into())
}

fn word(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..at + 2).map_or(0, |word| u16::from_be_bytes([word[0], word[1]]).into())
}

/// Tells a name in a record's data; returns the offset behind it.
fn tell_data_name(
    name: &'static str,
    message: &Message,
    (record, offset): (&Record, usize),
    tree: &mut dyn Tree,
    text: &mut Vec<u8>,
) -> usize {
    text.clear();
    message.push_data_name(record, offset, text);
    tree.text(name, text);
    message.walk_data(record, offset).map_or(0, |walked| walked.end - usize::from(record.data_at))
}

/// Start of authority (RFC 1035 section 3.3.13).
pub(super) fn tell_soa(
    name: &'static str,
    message: &Message,
    record: &Record,
    tree: &mut dyn Tree,
    text: &mut Vec<u8>,
) {
    tree.open_object(name);
    let behind = tell_data_name("mname", message, (record, 0), tree, text);
    let behind = tell_data_name("rname", message, (record, behind), tree, text);
    for (place, name) in ["serial", "refresh", "retry", "expire", "minimum"].into_iter().enumerate() {
        tree.number(name, long(message.data(record), behind + 4 * place));
    }
    tree.close_object();
}

/// A service's host (RFC 2782).
pub(super) fn tell_srv(
    name: &'static str,
    message: &Message,
    record: &Record,
    tree: &mut dyn Tree,
    text: &mut Vec<u8>,
) {
    tree.open_object(name);
    for (place, name) in ["priority", "weight", "port"].into_iter().enumerate() {
        tree.number(name, word(message.data(record), 2 * place));
    }
    tell_data_name("name", message, (record, 6), tree, text);
    tree.close_object();
}

/// The fingerprint of an SSH server's key (RFC 4255).
pub(super) fn tell_sshfp(
    name: &'static str,
    message: &Message,
    record: &Record,
    tree: &mut dyn Tree,
    text: &mut Vec<u8>,
) {
    let [algorithm, kind, fingerprint @ ..] = message.data(record) else { return };
    text.clear();
    for (place, byte) in fingerprint.iter().enumerate() {
        if place > 0 {
            text.push(b':');
        }
        push_hex(&[*byte], text);
    }
    tree.open_object(name);
    tree.text("fingerprint", text);
    tree.number("algo", (*algorithm).into());
    tree.number("type", (*kind).into());
    tree.close_object();
}

/// The options of EDNS (RFC 6891 section 6.1.2): code and data.
pub(super) struct Options<'a>(pub(super) &'a [u8]);

impl<'a> Iterator for Options<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<(u16, &'a [u8])> {
        let (&[a, b, c, d], rest) = self.0.split_first_chunk()?;
        let (data, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes([c, d])))?;
        self.0 = rest;
        Some((u16::from_be_bytes([a, b]), data))
    }
}

/// The options of EDNS.
pub(super) fn tell_opt(
    name: &'static str,
    message: &Message,
    record: &Record,
    tree: &mut dyn Tree,
    text: &mut Vec<u8>,
) {
    tree.open_list(name);
    for (code, data) in Options(message.data(record)) {
        text.clear();
        push_hex(data, text);
        tree.open_object("");
        tree.number("code", code.into());
        tree.text("data", text);
        tree.close_object();
    }
    tree.close_list();
}
