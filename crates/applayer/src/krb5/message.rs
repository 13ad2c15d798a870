//! Messages (RFC 4120, section 5): sequences of numbered fields, each with its message's own tag.

use super::name::{encryption, number, principal, string};
use super::ticket::Ticket;
use crate::der::{Der, Tag};

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A client wants its first ticket.
    AsRequest,
    /// It gets it.
    AsReply,
    /// A client wants a ticket for a service.
    TgsRequest,
    /// It gets it.
    TgsReply,
    /// A client shows its ticket to the service.
    ApRequest,
    /// The service shows who it is.
    ApReply,
    /// No ticket.
    Error,
    /// Another one, by its tag's number.
    Other(u8),
}

impl Kind {
    fn of(tag: Tag) -> Kind {
        match tag.0 & 0x1f {
            10 => Kind::AsRequest,
            11 => Kind::AsReply,
            12 => Kind::TgsRequest,
            13 => Kind::TgsReply,
            14 => Kind::ApRequest,
            15 => Kind::ApReply,
            30 => Kind::Error,
            other => Kind::Other(other),
        }
    }

    /// Its number (RFC 4120, section 7.5.7).
    pub const fn number(self) -> u8 {
        match self {
            Kind::AsRequest => 10,
            Kind::AsReply => 11,
            Kind::TgsRequest => 12,
            Kind::TgsReply => 13,
            Kind::ApRequest => 14,
            Kind::ApReply => 15,
            Kind::Error => 30,
            Kind::Other(other) => other,
        }
    }

    /// Its name, as EVE has it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::AsRequest => "KRB_AS_REQ",
            Kind::AsReply => "KRB_AS_REP",
            Kind::TgsRequest => "KRB_TGS_REQ",
            Kind::TgsReply => "KRB_TGS_REP",
            Kind::ApRequest => "KRB_AP_REQ",
            Kind::ApReply => "KRB_AP_REP",
            Kind::Error => "KRB_ERROR",
            Kind::Other(_) => "UNKNOWN",
        }
    }
}

/// What a message says in the clear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) kind: Kind,
    pub(super) client: Option<Vec<Vec<u8>>>,
    pub(super) realm: Option<Vec<u8>>,
    pub(super) service: Option<Vec<Vec<u8>>>,
    pub(super) encryption: Option<i64>,
    pub(super) ticket_encryption: Option<i64>,
    pub(super) error_code: Option<i64>,
}

/// Reads one; `None` where it is malformed.
pub(super) fn parse(bytes: &[u8]) -> Option<Message> {
    let (tag, body) = Der::new(bytes).any()?;
    let kind = Kind::of(tag);
    let fields = Der::new(body).inner(Tag::SEQUENCE)?;
    let mut message = Message {
        kind,
        client: None,
        realm: None,
        service: None,
        encryption: None,
        ticket_encryption: None,
        error_code: None,
    };
    for (tag, value) in fields.elements() {
        message.field(tag.0 & 0x1f, value)?;
    }
    Some(message)
}

impl Message {
    fn field(&mut self, field: u8, value: &[u8]) -> Option<()> {
        match (self.kind, field) {
            (Kind::AsReply | Kind::TgsReply, 3) => self.realm = Some(string(value)?.to_vec()),
            (Kind::AsReply | Kind::TgsReply, 4) => self.client = Some(principal(value)?),
            (Kind::AsReply | Kind::TgsReply, 5) => {
                let ticket = Ticket::parse(value)?;
                self.service = Some(ticket.service);
                self.ticket_encryption = ticket.encryption;
            }
            (Kind::AsReply | Kind::TgsReply, 6) => self.encryption = encryption(value),
            (Kind::ApRequest, 3) => {
                let ticket = Ticket::parse(value)?;
                (self.realm, self.service) = (Some(ticket.realm), Some(ticket.service));
                self.ticket_encryption = ticket.encryption;
            }
            (Kind::Error, 6) => self.error_code = Some(number(value)?),
            (Kind::Error, 7) => self.realm = Some(string(value)?.to_vec()),
            (Kind::Error, 8) => self.client = Some(principal(value)?),
            (Kind::Error, 10) => self.service = Some(principal(value)?),
            (Kind::AsRequest | Kind::TgsRequest, 4) => self.body(value)?,
            _ => {}
        }
        Some(())
    }

    /// Of a request (section 5.4.1).
    fn body(&mut self, value: &[u8]) -> Option<()> {
        for (tag, value) in Der::new(value).inner(Tag::SEQUENCE)?.elements() {
            match tag.0 & 0x1f {
                1 => self.client = Some(principal(value)?),
                2 => self.realm = Some(string(value)?.to_vec()),
                3 => self.service = Some(principal(value)?),
                _ => {}
            }
        }
        Some(())
    }
}
