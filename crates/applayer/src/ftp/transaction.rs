//! A command and its reply.

use crate::buffer::Field;
use crate::tree::{Extra, Transaction, Tree};
use model::packet::{Side, Timestamp};
use std::any::Any;
use std::borrow::Cow;

/// Lines of a reply that are kept.
const REPLY_LINES_MAX: usize = 256;

/// Users whose password is no secret: it is their mail address by custom.
const GUESTS: [&[u8]; 4] = [b"anonymous", b"ftp", b"ftpuser", b"guest"];

/// A command and its reply, as far as they came; or the server's greeting.
#[derive(Debug, Default)]
pub struct Command {
    pub(super) id: u64,
    pub(super) started: Timestamp,
    /// In capitals; empty for the greeting.
    pub(super) name: Vec<u8>,
    pub(super) data: Vec<u8>,
    pub(super) user: Vec<u8>,
    pub(super) replies: Vec<ReplyLine>,
    pub(super) dynamic_port: Option<u16>,
    pub(super) is_command_cut: bool,
    pub(super) is_reply_cut: bool,
    pub(super) is_answered: bool,
    pub(super) first_reply: Option<Timestamp>,
    pub(super) last_reply: Option<Timestamp>,
}

/// A line of a reply, its code apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ReplyLine {
    pub(super) code: Option<[u8; 3]>,
    pub(super) text: Vec<u8>,
}

impl Command {
    /// The command in capitals; empty for the greeting.
    pub fn name(&self) -> &[u8] {
        &self.name
    }

    /// What stands behind the command, but for passwords: those of guests only.
    pub fn data(&self) -> &[u8] {
        let is_secret = match &self.name[..] {
            b"PASS" => !GUESTS.iter().any(|guest| self.user.eq_ignore_ascii_case(guest)),
            b"ACCT" | b"ADAT" => true,
            _ => false,
        };
        if is_secret && !self.data.is_empty() { b"<hidden>" } else { &self.data }
    }

    pub(super) fn add_reply(&mut self, now: Timestamp, line: ReplyLine) {
        self.first_reply.get_or_insert(now);
        self.last_reply = Some(now);
        if self.replies.len() < REPLY_LINES_MAX {
            self.replies.push(line);
        } else {
            self.is_reply_cut = true;
        }
    }

    pub(super) fn mode(&self) -> Option<&'static str> {
        match &self.name[..] {
            b"PORT" | b"EPRT" | b"LPRT" => Some("active"),
            b"PASV" | b"EPSV" | b"LPSV" => Some("passive"),
            _ => None,
        }
    }

    fn tell_command(&self, tree: &mut dyn Tree) {
        if tree.wants(Extra::Own) && !self.user.is_empty() {
            tree.text("user", &self.user);
        }
        if self.name.is_empty() {
            return;
        }
        tree.text("command", &self.name);
        if !self.data().is_empty() {
            tree.text("command_data", self.data());
        }
        if self.is_command_cut {
            tree.boolean("command_truncated", true);
        }
    }

    fn tell_replies(&self, tree: &mut dyn Tree) {
        if self.replies.is_empty() {
            return;
        }
        tree.open_list("completion_code");
        self.replies.iter().filter_map(|line| line.code).for_each(|code| tree.text("", &code));
        tree.close_list();
        tree.open_list("reply");
        self.replies.iter().for_each(|line| tree.text("", &line.text));
        tree.close_list();
        if self.is_reply_cut {
            tree.boolean("reply_truncated", true);
        }
    }

    fn tell_timing(&self, tree: &mut dyn Tree) {
        let (Some(first), Some(last)) = (self.first_reply, self.last_reply) else { return };
        tree.open_object("timing");
        tree.signed("reply_ns", first.since_ns(self.started));
        tree.signed("transaction_ns", last.since_ns(self.started));
        tree.close_object();
    }
}

impl Transaction for Command {
    fn table(&self) -> &'static str {
        "ftp"
    }

    fn id(&self) -> u64 {
        self.id
    }

    fn started(&self) -> Timestamp {
        self.started
    }

    fn tell(&self, tree: &mut dyn Tree) {
        self.tell_command(tree);
        self.tell_replies(tree);
        if let Some(port) = self.dynamic_port {
            tree.number("dynamic_port", port.into());
        }
        if let Some(mode) = self.mode() {
            tree.text("mode", mode.as_bytes());
        }
        tree.text("reply_received", if self.is_answered { b"yes" } else { b"no" });
        if tree.wants(Extra::Own) {
            self.tell_timing(tree);
        }
    }

    fn buffer(&self, field: Field, sender: Side, place: usize) -> Option<Cow<'_, [u8]>> {
        self.bytes_of(field, sender, place)
    }

    fn number(&self, field: Field, _sender: Side, place: usize) -> Option<u64> {
        self.number_of(field, place)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
