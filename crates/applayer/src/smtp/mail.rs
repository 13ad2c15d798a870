//! A mail, or a dialogue that came to none.

use crate::buffer::Field;
use crate::mime::{Limits, Message};
use crate::protocol::MailLinks;
use crate::tree::{Extra, Transaction, Tree};
use model::packet::{Side, Timestamp};
use std::any::Any;
use std::borrow::Cow;

/// Receivers of a mail that are kept.
const RECIPIENTS_MAX: usize = 1_000;

/// A mail with its envelope, as far as it came.
#[derive(Debug, Default)]
pub struct Mail {
    pub(super) id: u64,
    pub(super) started: Timestamp,
    pub(super) ended: Timestamp,
    pub(super) helo: Vec<u8>,
    pub(super) user: Vec<u8>,
    pub(super) mail_from: Option<Vec<u8>>,
    pub(super) rcpt_to: Vec<Vec<u8>>,
    pub(super) rejected_recipients: u64,
    pub(super) last_reply: Vec<u8>,
    pub(super) message: Option<Box<Message>>,
    /// Was it told that its fields are there?
    pub(super) has_told_head: bool,
    /// Which links are told.
    pub(super) links: MailLinks,
    /// Anomalies that were told.
    pub(super) told: Vec<&'static str>,
}

impl Mail {
    pub(super) fn new(id: u64, now: Timestamp, links: MailLinks) -> Mail {
        Mail { id, links, started: now, ended: now, ..Mail::default() }
    }

    /// Adds a receiver; `false` where there are too many.
    pub(super) fn add_recipient(&mut self, path: &[u8]) -> bool {
        let has_room = self.rcpt_to.len() < RECIPIENTS_MAX;
        if has_room {
            self.rcpt_to.push(path.to_vec());
        }
        has_room
    }

    /// The mail's content begins, or goes on.
    pub(super) fn message(&mut self) -> &mut Message {
        self.message.get_or_insert_with(|| Box::new(Message::new(Limits { links: self.links, ..Limits::default() })))
    }

    /// What is in it, if anything of it came.
    pub fn email(&self) -> Option<&crate::mime::Email> {
        self.message.as_ref().map(|message| message.email())
    }
}

impl Transaction for Mail {
    fn table(&self) -> &'static str {
        "smtp"
    }

    fn id(&self) -> u64 {
        self.id
    }

    fn started(&self) -> Timestamp {
        self.started
    }

    fn tell(&self, tree: &mut dyn Tree) {
        if !self.helo.is_empty() {
            tree.text("helo", &self.helo);
        }
        if let Some(path) = &self.mail_from {
            tree.text("mail_from", path);
        }
        if !self.rcpt_to.is_empty() {
            tree.open_list("rcpt_to");
            self.rcpt_to.iter().for_each(|path| tree.text("", path));
            tree.close_list();
        }
        if tree.wants(Extra::Own) {
            self.tell_own(tree);
        }
    }

    fn tell_beside(&self, tree: &mut dyn Tree) {
        if let Some(email) = self.email() {
            email.tell(tree);
        }
    }

    fn buffer(&self, field: Field, sender: Side, place: usize) -> Option<Cow<'_, [u8]>> {
        self.bytes_of(field, sender, place)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Mail {
    fn tell_own(&self, tree: &mut dyn Tree) {
        if !self.user.is_empty() {
            tree.text("user", &self.user);
        }
        if self.rejected_recipients > 0 {
            tree.number("rejected_recipients", self.rejected_recipients);
        }
        if !self.last_reply.is_empty() {
            tree.text("last_reply", &self.last_reply);
        }
        tree.signed("transaction_ns", self.ended.since_ns(self.started));
    }
}
