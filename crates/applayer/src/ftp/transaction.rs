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

/// Commands that Suricata knows, in order; it tells no others, but for their replies.
#[rustfmt::skip]
const KNOWN: [&[u8]; 48] = [
    b"ABOR", b"ACCT", b"ALLO", b"APPE", b"CDUP", b"CHMOD", b"CWD", b"DELE", b"EPRT", b"EPSV", b"HELP", b"IDLE", b"LIST",
    b"LPRT", b"LPSV", b"MAIL", b"MDTM", b"MKD", b"MLFL", b"MODE", b"MRCP", b"MRSQ", b"MSAM", b"MSND", b"MSOM", b"NLST",
    b"NOOP", b"PASS", b"PASV", b"PORT", b"PWD", b"QUIT", b"REIN", b"REST", b"RETR", b"RMD", b"RNFR", b"RNTO", b"SITE",
    b"SIZE", b"SMNT", b"STAT", b"STOR", b"STOU", b"STRU", b"SYST", b"TYPE", b"USER",
];

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

/// A line of a reply. The last one has its code apart; those before it are whole.
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
        let is_eve = !tree.wants(Extra::Own);
        if self.name.is_empty() || (is_eve && KNOWN.binary_search(&&self.name[..]).is_err()) {
            return;
        }
        tree.text("command", &self.name);
        if !self.data.is_empty() {
            // EVE is what rules are written and judged with, and has passwords.
            tree.text("command_data", if is_eve { &self.data } else { self.data() });
            tree.boolean("command_truncated", self.is_command_cut);
        }
    }

    fn tell_replies(&self, tree: &mut dyn Tree) {
        if self.replies.is_empty() {
            return;
        }
        if self.replies.iter().any(|line| line.code.is_some()) {
            tree.open_list("completion_code");
            self.replies.iter().filter_map(|line| line.code).for_each(|code| tree.text("", &code));
            tree.close_list();
        }
        tree.open_list("reply");
        self.replies.iter().for_each(|line| tree.text("", &line.text));
        tree.close_list();
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
        if !self.replies.is_empty() {
            tree.boolean("reply_truncated", self.is_reply_cut);
        }
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
