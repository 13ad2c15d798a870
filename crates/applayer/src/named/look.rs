//! Words in which fingerprints are written.

use crate::protocol::Probe;

/// What one byte may be: from, to.
pub(crate) type Byte = (u8, u8);

/// Any byte.
pub(crate) const ANY: Byte = (0, 255);

/// This byte.
pub(crate) const fn is(byte: u8) -> Byte {
    (byte, byte)
}

/// The verdict of a proof.
pub(crate) const fn proof(holds: bool) -> Probe {
    if holds { Probe::Yes } else { Probe::No }
}

/// The verdict of a hint, which needs the port beside it.
pub(crate) const fn hint(holds: bool) -> Probe {
    if holds { Probe::Maybe } else { Probe::No }
}

/// A proof that becomes a hint.
pub(crate) const fn weak(probe: Probe) -> Probe {
    match probe {
        Probe::Yes => Probe::Maybe,
        other => other,
    }
}

/// Do the bytes begin with this?
pub(crate) fn begins(head: &[u8], text: &[u8]) -> Probe {
    let length = head.len().min(text.len());
    match head[..length] == text[..length] {
        true if length == text.len() => Probe::Yes,
        true => Probe::NeedMore,
        false => Probe::No,
    }
}

/// As [`begins`], small and capital letters alike.
pub(crate) fn begins_word(head: &[u8], text: &[u8]) -> Probe {
    let length = head.len().min(text.len());
    match head[..length].eq_ignore_ascii_case(&text[..length]) {
        true if length == text.len() => Probe::Yes,
        true => Probe::NeedMore,
        false => Probe::No,
    }
}

/// Do the bytes begin with one of these?
pub(crate) fn begins_any(head: &[u8], texts: &[&[u8]]) -> Probe {
    texts.iter().map(|text| begins(head, text)).fold(Probe::No, either)
}

/// Are the first bytes what they may be, one by one?
pub(crate) fn shape(head: &[u8], bytes: &[Byte]) -> Probe {
    let fits = head.iter().zip(bytes).all(|(byte, (from, to))| (from..=to).contains(&byte));
    match fits {
        true if head.len() >= bytes.len() => Probe::Yes,
        true => Probe::NeedMore,
        false => Probe::No,
    }
}

/// Is this at that offset?
pub(crate) fn has_at(head: &[u8], at: usize, text: &[u8]) -> Probe {
    match head.get(at..) {
        Some(rest) => begins(rest, text),
        None => Probe::NeedMore,
    }
}

/// The better of two.
pub(crate) const fn either(one: Probe, other: Probe) -> Probe {
    match (one, other) {
        (Probe::Yes, _) | (_, Probe::Yes) => Probe::Yes,
        (Probe::NeedMore, _) | (_, Probe::NeedMore) => Probe::NeedMore,
        (Probe::Maybe, _) | (_, Probe::Maybe) => Probe::Maybe,
        (Probe::No, Probe::No) => Probe::No,
    }
}

/// The worse of two.
pub(crate) const fn both(one: Probe, other: Probe) -> Probe {
    match (one, other) {
        (Probe::No, _) | (_, Probe::No) => Probe::No,
        (Probe::NeedMore, _) | (_, Probe::NeedMore) => Probe::NeedMore,
        (Probe::Maybe, _) | (_, Probe::Maybe) => Probe::Maybe,
        (Probe::Yes, Probe::Yes) => Probe::Yes,
    }
}

/// A number of two bytes, the highest first.
pub(crate) fn be16(bytes: &[u8], at: usize) -> Option<usize> {
    Some(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?).into())
}

/// A number of two bytes, the lowest first.
pub(crate) fn le16(bytes: &[u8], at: usize) -> Option<usize> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?).into())
}

/// A number of four bytes, the highest first.
pub(crate) fn be32(bytes: &[u8], at: usize) -> Option<usize> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?) as usize)
}

/// A number of four bytes, the lowest first.
pub(crate) fn le32(bytes: &[u8], at: usize) -> Option<usize> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?) as usize)
}

/// The first line, without its end; a line longer than `bytes_max` is none.
pub(crate) fn line(head: &[u8], bytes_max: usize) -> Result<&[u8], Probe> {
    match head.iter().take(bytes_max).position(|byte| *byte == b'\n') {
        Some(end) => Ok(head[..end].trim_ascii_end()),
        None if head.len() < bytes_max && is_text(head) => Err(Probe::NeedMore),
        None => Err(Probe::No),
    }
}

/// Printable ASCII, tabs, line ends?
pub(crate) fn is_text(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| matches!(byte, 0x20..=0x7e | b'\t' | b'\r' | b'\n'))
}

/// Is this somewhere in it?
pub(crate) fn contains(head: &[u8], text: &[u8]) -> bool {
    memchr::memmem::find(head, text).is_some()
}

/// A header of BER (X.690 section 8.1): tag, length of the content, offset of the content. `Err` where more is needed or
/// it is none.
pub(crate) fn ber(bytes: &[u8], at: usize) -> Result<(u8, usize, usize), Probe> {
    let (Some(&tag), Some(&first)) = (bytes.get(at), bytes.get(at + 1)) else { return Err(Probe::NeedMore) };
    match first {
        0..=0x7f => Ok((tag, first.into(), at + 2)),
        0x81..=0x84 => {
            let end = at + 2 + usize::from(first & 0x7f);
            let length = bytes.get(at + 2..end).ok_or(Probe::NeedMore)?;
            Ok((tag, length.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), end))
        }
        _ => Err(Probe::No),
    }
}
