//! What is kept of a message.

use super::message::{FirstLine, Head, Header, find};
use super::sdp::Sdp;
use crate::buffer::Field;
use crate::tree::{Extra, Transaction, Tree};
use model::packet::{Side, Timestamp};
use std::any::Any;
use std::borrow::Cow;

/// A message.
#[derive(Clone, Debug)]
pub struct SipTransaction {
    /// Its first line.
    pub first_line: FirstLine,
    /// Its header fields.
    pub headers: Vec<Header>,
    /// What it offers, if it does.
    pub sdp: Option<Sdp>,
    /// Who sent it.
    pub sender: Side,
    id: u64,
    started: Timestamp,
}

impl SipTransaction {
    /// Does the side that asks send a request, and the other one a response? The phone that is called may ask too.
    pub(super) fn is_expected(&self) -> bool {
        matches!(
            (&self.first_line, self.sender),
            (FirstLine::Request(..), Side::Client) | (FirstLine::Response(..), Side::Server)
        )
    }

    pub(super) fn new(id: u64, now: Timestamp, sender: Side, head: Head, sdp: Option<Sdp>) -> SipTransaction {
        let Head { first_line, fields } = head;
        SipTransaction { first_line, headers: fields, sdp, sender, id, started: now }
    }
}

impl Transaction for SipTransaction {
    fn table(&self) -> &'static str {
        "sip"
    }

    fn id(&self) -> u64 {
        self.id
    }

    fn started(&self) -> Timestamp {
        self.started
    }

    fn sender(&self) -> Side {
        self.sender
    }

    fn tell(&self, tree: &mut dyn Tree) {
        match &self.first_line {
            FirstLine::Request(method, uri, version) => {
                tree.text("method", method);
                tree.text("uri", uri);
                tree.text("version", version);
                tree.text("request_line", &[&method[..], uri, version].join(&b' '));
            }
            FirstLine::Response(version, code, reason) => {
                tree.text("version", version);
                tree.text("code", code);
                tree.text("reason", reason);
                tree.text("response_line", &[&version[..], code, reason].join(&b' '));
            }
        }
        if let Some(sdp) = &self.sdp {
            sdp.tell(tree);
        }
        if tree.wants(Extra::Own) {
            let fields = [
                ("call_id", "Call-ID", "i"),
                ("from", "From", "f"),
                ("to", "To", "t"),
                ("user_agent", "User-Agent", ""),
            ];
            for (told, name, short) in fields {
                if let Some(value) = find(&self.headers, name, short) {
                    tree.text(told, value);
                }
            }
        }
    }

    fn is_in_eve(&self) -> bool {
        self.is_expected()
    }

    fn buffer(&self, field: Field, sender: Side, place: usize) -> Option<Cow<'_, [u8]>> {
        if sender == self.sender { self.bytes_of(field, place) } else { None }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
