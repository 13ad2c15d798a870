//! Google's own handshake ("QUIC Crypto"), in the versions before TLS was used: messages of tags and values, in frames
//! of the stream 1.

use super::packet::QuicVersion;
use crate::reader::Reader;
use crate::tls::hex;
use md5::{Digest, Md5};

/// A message, such as a client's `CHLO`: a view of its bytes, all of whose entries fit.
#[derive(Clone, Copy, Debug)]
pub struct CryptoMessage<'a> {
    entries: &'a [u8],
    values: &'a [u8],
}

impl<'a> CryptoMessage<'a> {
    /// Reads a message that fills its bytes. `None` if it does not, or if a value does not fit.
    pub fn parse(bytes: &'a [u8]) -> Option<CryptoMessage<'a>> {
        let mut reader = Reader::new(bytes);
        if !MESSAGES.contains(&&reader.array::<4>()?) {
            return None;
        }
        let [low, high, _, _] = reader.array()?;
        let entries = reader.take(usize::from(u16::from_le_bytes([low, high])) * ENTRY_BYTES)?;
        let message = CryptoMessage { entries, values: reader.rest() };
        let mut end = 0;
        for (_, next) in message.ends() {
            if next < end || next > message.values.len() {
                return None;
            }
            end = next;
        }
        (end == message.values.len()).then_some(message)
    }

    fn ends(self) -> impl Iterator<Item = (&'a [u8], usize)> {
        self.entries.chunks_exact(ENTRY_BYTES).map(|entry| {
            let end = u32::from_le_bytes([entry[4], entry[5], entry[6], entry[7]]);
            (&entry[..4], end as usize)
        })
    }

    /// Each tag without its padding, and its value, in the order of the message.
    pub fn tags(self) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
        let mut start = 0;
        self.ends().map(move |(tag, end)| {
            let value = &self.values[start..end];
            start = end;
            let length = tag.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
            (&tag[..length], value)
        })
    }

    /// The value of a tag.
    pub fn value(self, tag: &[u8]) -> Option<&'a [u8]> {
        self.tags().find(|(found, _)| *found == tag).map(|(_, value)| value)
    }

    /// CYU (Salesforce), which there is for Q043 to Q046: the version and the tags of a message; its MD5, and the text
    /// itself.
    pub fn cyu(self, version: QuicVersion) -> Option<(String, String)> {
        // Q045 is written as the version before it, as Suricata does.
        let version = match version.google()? {
            43 => 43,
            44 | 45 => 44,
            46 => 46,
            _ => return None,
        };
        let tags: Vec<_> = self.tags().map(|(tag, _)| String::from_utf8_lossy(tag)).collect();
        let string = format!("{version},{}", tags.join("-"));
        Some((hex(&Md5::digest(&string)), string))
    }
}

/// The bytes of the message in the first frame of a packet in the clear, if that is a stream's. A client's first
/// packet begins with it. Before Q039 numbers were little-endian.
pub(crate) fn stream_message(version: QuicVersion, frames: &[u8]) -> Option<&[u8]> {
    let mut reader = Reader::new(frames);
    let kind = reader.u8()?;
    if kind & STREAM == 0 {
        return None;
    }
    reader.take(usize::from(kind & 3) + 1)?;
    let offset_bytes = usize::from(kind >> 2 & 7);
    reader.take(if offset_bytes == 0 { 0 } else { offset_bytes + 1 })?;
    let data = match (kind & STREAM_HAS_LENGTH != 0, version.google()) {
        (false, _) => reader.rest(),
        (true, Some(0..39)) => {
            let length = u16::from_le_bytes(reader.array()?);
            reader.take(usize::from(length))?
        }
        (true, _) => reader.vector16()?,
    };
    CryptoMessage::parse(data).is_some().then_some(data)
}

/// Client hello, server hello, rejection, and what configures and proves.
const MESSAGES: &[&[u8; 4]] = &[b"CHLO", b"SHLO", b"REJ\0", b"SREJ", b"SCUP", b"PRST"];
/// A tag, and the end of its value.
const ENTRY_BYTES: usize = 8;
const STREAM: u8 = 0x80;
const STREAM_HAS_LENGTH: u8 = 0x20;
