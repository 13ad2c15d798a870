//! The first look: a message that is read to its end, and fits, is proof.

use super::message::{HEADER_BYTES, Header, Message, Section};
use super::name;
use crate::protocol::{Probe, Transport};

/// The highest opcode in use (RFC 8490).
const OPCODE_MAX: u8 = 6;

/// Is this a message of DNS, or what looks like it on a port of DNS?
pub(super) fn probe(head: &[u8], transport: Transport) -> Probe {
    match transport {
        Transport::Udp => datagram(head),
        Transport::Tcp => stream(head),
    }
}

fn datagram(bytes: &[u8]) -> Probe {
    let Some(header) = Header::parse(bytes).filter(is_sane) else { return Probe::No };
    if header.counts == [0; 4] {
        // An error may be all that a server says.
        let is_error = header.is_response() && header.rcode() != 0 && bytes.len() == HEADER_BYTES;
        return if is_error { Probe::Maybe } else { Probe::No };
    }
    if header.message_bytes_min() > bytes.len() {
        return Probe::No;
    }
    let Some(message) = Message::parse(bytes) else { return Probe::No };
    let questions = message.section(Section::Questions);
    if message.faults.broken == Some(Section::Questions) || is_netbios(bytes, &message) {
        return Probe::No;
    }
    let are_classes_known = questions.iter().all(|question| is_class(question.class));
    let faults = &message.faults;
    let is_whole = faults.broken.is_none() && !faults.has_malformed_data && !faults.has_trailing_bytes;
    let is_odd = faults.oddities != name::Oddities::default();
    match is_whole && are_classes_known && !is_odd && header.flags & 0x40 == 0 {
        true => Probe::Yes,
        false => Probe::Maybe,
    }
}

/// Length, header and the first question.
fn stream(head: &[u8]) -> Probe {
    let Some((prefix, message)) = head.split_first_chunk::<2>() else { return Probe::NeedMore };
    let length = usize::from(u16::from_be_bytes(*prefix));
    if length < HEADER_BYTES {
        return Probe::No;
    }
    // Byte by byte: most of what is no DNS is known by its flags and counts.
    if let [_, _, flags, ..] = message
        && flags >> 3 & 0xf > OPCODE_MAX
    {
        return Probe::No;
    }
    let Some(header) = Header::parse(message) else { return Probe::NeedMore };
    if !is_sane(&header) || header.message_bytes_min() > length {
        return Probe::No;
    }
    if header.counts[0] == 0 {
        return if header.counts == [0; 4] { Probe::No } else { Probe::Maybe };
    }
    let message = &message[..message.len().min(length)];
    match name::walk(message, HEADER_BYTES) {
        Some(walked) => match message.get(walked.end + 2..walked.end + 4) {
            Some(class) if is_class(u16::from_be_bytes([class[0], class[1]])) => Probe::Yes,
            Some(_) => Probe::No,
            None if message.len() < length => Probe::NeedMore,
            None => Probe::No,
        },
        None if message.len() < length && is_begin_of_name(&message[HEADER_BYTES..]) => {
            // So many labels in a row are no chance, however long the name goes on.
            if message.len() > HEADER_BYTES + name::NAME_BYTES_MAX { Probe::Yes } else { Probe::NeedMore }
        }
        None => Probe::No,
    }
}

fn is_sane(header: &Header) -> bool {
    header.opcode() <= OPCODE_MAX
}

/// Internet, Chaos, Hesiod, none, any; the highest bit asks for a unicast answer (RFC 6762 section 5.4).
fn is_class(class: u16) -> bool {
    matches!(class & 0x7fff, 1 | 3 | 4 | 254 | 255)
}

/// Labels, as far as they came.
fn is_begin_of_name(mut bytes: &[u8]) -> bool {
    while let [length, rest @ ..] = bytes {
        match length {
            0..=63 => bytes = rest.get(usize::from(*length)..).unwrap_or_default(),
            0xc0.. => return true,
            _ => return false,
        }
    }
    true
}

/// NetBIOS names are 32 letters from A to P, and have types of their own (RFC 1002 section 4.2).
fn is_netbios(bytes: &[u8], message: &Message) -> bool {
    let Some(label) = bytes.get(HEADER_BYTES + 1..HEADER_BYTES + 33) else { return false };
    let is_name = bytes[HEADER_BYTES] == 32 && label.iter().all(|letter| (b'A'..=b'P').contains(letter));
    let first = [Section::Questions, Section::Answers].into_iter().flat_map(|section| message.section(section)).next();
    is_name && first.is_some_and(|record| matches!(record.record_type, 32 | 33 | 10))
}
