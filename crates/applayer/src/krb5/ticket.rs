//! Tickets, as far as they are in the clear (RFC 4120, section 5.3).

use super::name;
use crate::der::{Der, Tag};

/// What a ticket says without its key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ticket {
    /// The realm that gave it.
    pub realm: Vec<u8>,
    /// The service it is for, in parts: `cifs`, `server.example.org`.
    pub service: Vec<Vec<u8>>,
    /// How it is encrypted.
    pub encryption: Option<i64>,
}

const APPLICATION_1: Tag = Tag(0x61);

impl Ticket {
    /// Reads one.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Ticket> {
        let fields = Der::new(bytes).inner(APPLICATION_1)?.inner(Tag::SEQUENCE)?;
        let mut ticket = Ticket::default();
        for (tag, value) in fields.elements() {
            match tag.0 {
                0xa1 => ticket.realm = name::string(value)?.to_vec(),
                0xa2 => ticket.service = name::principal(value)?,
                0xa3 => ticket.encryption = name::encryption(value),
                _ => {}
            }
        }
        Some(ticket)
    }
}
