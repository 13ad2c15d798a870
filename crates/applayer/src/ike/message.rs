//! Messages: a header, and payloads behind it.

use super::payload::{self, Proposal, kind};
use crate::reader::Reader;

/// What every message begins with (RFC 2408, section 3.1; RFC 7296, section 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The initiator's name of the association.
    pub initiator_spi: [u8; 8],
    /// The responder's.
    pub responder_spi: [u8; 8],
    /// 1 or 2, and what is behind the point.
    pub version: (u8, u8),
    /// What is exchanged.
    pub exchange: u8,
    /// Of version 1 encrypted 1; of version 2 from the initiator 8, a response 32.
    pub flags: u8,
    /// Tells exchanges apart.
    pub message_id: u32,
    /// The type of the first payload.
    pub first_payload: u8,
}

impl Header {
    /// Reads it. `None` where it is none.
    fn read(reader: &mut Reader<'_>) -> Option<Header> {
        let (initiator_spi, responder_spi) = (reader.array()?, reader.array()?);
        let (first_payload, version) = (reader.u8()?, reader.u8()?);
        let (exchange, flags, message_id, _length) = (reader.u8()?, reader.u8()?, reader.u32()?, reader.u32()?);
        let version = (version >> 4, version & 0x0f);
        Some(Header { initiator_spi, responder_spi, version, exchange, flags, message_id, first_payload })
    }

    /// Does the initiator of the association send it (of version 2)?
    pub fn is_of_initiator(&self) -> bool {
        self.flags & 8 != 0
    }
}

/// A message, as far as it can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its header.
    pub header: Header,
    /// Are its payloads encrypted (of version 1)?
    pub is_encrypted: bool,
    /// The types of its payloads, in order; of version 2 the last one says that none follows.
    pub payloads: Vec<u8>,
    /// What is proposed, or chosen.
    pub proposals: Vec<Proposal>,
    /// The domain in which these have a meaning (of version 1).
    pub domain: Option<u32>,
    /// The public value of the key exchange.
    pub key_exchange: Vec<u8>,
    /// A number that is used once.
    pub nonce: Vec<u8>,
    /// What its sender says that it is.
    pub vendors: Vec<Vec<u8>>,
    /// What it notifies of.
    pub notifications: Vec<u16>,
}

/// Reads a message; the header is told even where what follows is malformed.
pub(super) fn parse(bytes: &[u8]) -> Option<(Message, bool)> {
    let mut reader = Reader::new(bytes);
    let header = Header::read(&mut reader).filter(|header| matches!(header.version.0, 1 | 2))?;
    let mut message = Message {
        header,
        is_encrypted: header.version.0 == 1 && header.flags & 1 != 0,
        payloads: Vec::new(),
        proposals: Vec::new(),
        domain: None,
        key_exchange: Vec::new(),
        nonce: Vec::new(),
        vendors: Vec::new(),
        notifications: Vec::new(),
    };
    if message.is_encrypted {
        return Some((message, true));
    }
    if header.version.0 == 2 {
        message.payloads.push(header.first_payload);
    }
    let is_whole = payload::walk(header.first_payload, reader, &mut |kind, content, next| {
        let read = if header.version.0 == 1 { message.take_v1(kind, content) } else { message.take_v2(kind, content) };
        if header.version.0 == 2 {
            message.payloads.push(next);
        }
        read
    });
    Some((message, is_whole.is_some()))
}

impl Message {
    /// RFC 2408, section 3.4.
    fn take_v1(&mut self, kind: u8, mut content: Reader<'_>) -> Option<()> {
        self.note(kind);
        match kind {
            1 => {
                self.domain = Some(content.u32()?);
                content.skip(4)?;
                self.propose(Proposal::read_all(content, 1)?);
            }
            4 => self.key_exchange = content.rest().to_vec(),
            10 => self.nonce = content.rest().to_vec(),
            11 => {
                let (_domain, _protocol, _spi_bytes) = (content.u32()?, content.u8()?, content.u8()?);
                self.notifications.push(content.u16()?);
            }
            13 => self.vendors.push(content.rest().to_vec()),
            _ => {}
        }
        Some(())
    }

    /// RFC 7296, section 3.2.
    fn take_v2(&mut self, kind: u8, mut content: Reader<'_>) -> Option<()> {
        match kind {
            33 => self.proposals.extend(Proposal::read_all(content, 2)?),
            34 => {
                let (_group, _) = (content.u16()?, content.u16()?);
                self.key_exchange = content.rest().to_vec();
            }
            40 => self.nonce = content.rest().to_vec(),
            41 => {
                let (_protocol, _spi_bytes) = (content.u8()?, content.u8()?);
                self.notifications.push(content.u16()?);
            }
            43 => self.vendors.push(content.rest().to_vec()),
            _ => {}
        }
        Some(())
    }

    fn propose(&mut self, proposals: Vec<Proposal>) {
        if !proposals.is_empty() {
            self.note(kind::PROPOSAL);
        }
        if proposals.iter().any(|proposal| !proposal.transforms.is_empty()) {
            self.note(kind::TRANSFORM);
        }
        self.proposals.extend(proposals);
    }

    /// Of version 1 each type counts once.
    fn note(&mut self, kind: u8) {
        if !self.payloads.contains(&kind) {
            self.payloads.push(kind);
        }
    }
}
