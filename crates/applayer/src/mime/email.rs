//! What is kept of a message, and how it is told.

use super::field::{addresses, joined, unfolded};
use super::word;
use crate::protocol::MailLinks;
use crate::tree::{Extra, Tree};

/// How far a message came, in Suricata's words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Status {
    /// In its header.
    #[default]
    Header,
    /// In its body.
    Body,
    /// It is over.
    Done,
}

impl Status {
    fn name(self) -> &'static str {
        match self {
            Status::Header => "HEADER_STARTED",
            Status::Body => "BODY_STARTED",
            Status::Done => "PARSE_DONE",
        }
    }
}

/// A message: its fields, the names of its attachments, its links.
#[derive(Debug, Default)]
pub struct Email {
    pub(super) status: Status,
    /// Fields of the message itself, in order; names in lower case, values with their folds.
    pub(super) fields: Vec<(Vec<u8>, Vec<u8>)>,
    pub(super) attachments: Vec<Vec<u8>>,
    /// Links in the order of the text.
    pub(super) urls: Vec<Vec<u8>>,
    pub(super) links: MailLinks,
    pub(super) parts: u32,
    pub(super) body_bytes: u64,
}

/// Fields that are told once: EVE's name, the field's.
const SINGLE: [(&str, &[u8]); 13] = [
    ("subject", b"subject"),
    ("date", b"date"),
    ("message_id", b"message-id"),
    ("reply_to", b"reply-to"),
    ("in_reply_to", b"in-reply-to"),
    ("references", b"references"),
    ("x_mailer", b"x-mailer"),
    ("user_agent", b"user-agent"),
    ("importance", b"importance"),
    ("priority", b"priority"),
    ("sensitivity", b"sensitivity"),
    ("organization", b"organization"),
    ("content_md5", b"content-md5"),
];

/// Fields of which each is told.
const REPEATED: [(&str, &[u8]); 2] = [("received", b"received"), ("x_originating_ip", b"x-originating-ip")];

impl Email {
    /// The first field of this name (in lower case), in one line.
    pub fn field(&self, name: &[u8]) -> Option<Vec<u8>> {
        self.raw(name).map(unfolded)
    }

    /// The names of the files in it.
    pub fn attachments(&self) -> &[Vec<u8>] {
        &self.attachments
    }

    /// The links in its text.
    pub fn urls(&self) -> &[Vec<u8>] {
        &self.urls
    }

    /// How far it came.
    pub fn status(&self) -> Status {
        self.status
    }

    /// The links that are asked for, the last one first.
    pub(super) fn shown_links(&self) -> impl Iterator<Item = &[u8]> {
        self.urls.iter().rev().filter_map(|url| self.links.shown(url))
    }

    fn raw(&self, name: &[u8]) -> Option<&[u8]> {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_slice())
    }

    /// Tells it as EVE's object `email`.
    pub fn tell(&self, tree: &mut dyn Tree) {
        tree.open_object("email");
        tree.text("status", self.status.name().as_bytes());
        self.tell_addresses(tree);
        self.tell_fields(tree);
        tell_list("attachment", self.attachments.iter().map(Vec::as_slice), tree);
        tell_list("url", self.shown_links(), tree);
        if tree.wants(Extra::Own) {
            self.tell_own(tree);
        }
        tree.close_object();
    }

    fn tell_addresses(&self, tree: &mut dyn Tree) {
        if let Some(from) = self.raw(b"from") {
            tree.text("from", &joined(from));
        }
        for (name, field) in [("to", &b"to"[..]), ("cc", b"cc"), ("bcc", b"bcc")] {
            if let Some(value) = self.raw(field) {
                tell_list(name, addresses(&joined(value)), tree);
            }
        }
    }

    fn tell_fields(&self, tree: &mut dyn Tree) {
        for (name, field) in SINGLE {
            if let Some(value) = self.raw(field) {
                tree.text(name, &joined(value));
            }
        }
        for (name, field) in REPEATED {
            let values: Vec<_> =
                self.fields.iter().filter(|(other, _)| other == field).map(|(_, it)| joined(it)).collect();
            tell_list(name, values.iter().map(Vec::as_slice), tree);
        }
    }

    fn tell_own(&self, tree: &mut dyn Tree) {
        for (name, field) in [("subject_decoded", &b"subject"[..]), ("from_decoded", b"from")] {
            if let Some(value) = self.field(field) {
                tree.text(name, &word::decoded(&value));
            }
        }
        tell_list("links", self.urls.iter().map(Vec::as_slice), tree);
        tree.number("parts", self.parts.into());
        tree.number("body_bytes", self.body_bytes);
    }
}

fn tell_list<'a>(name: &'static str, values: impl Iterator<Item = &'a [u8]>, tree: &mut dyn Tree) {
    let mut values = values.peekable();
    if values.peek().is_none() {
        return;
    }
    tree.open_list(name);
    values.for_each(|value| tree.text("", value));
    tree.close_list();
}
