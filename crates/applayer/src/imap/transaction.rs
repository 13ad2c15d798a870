//! What is kept of a command and its answer.

use super::line::{split_word, unquoted};
use crate::tree::{Extra, Transaction, Tree};
use model::packet::Timestamp;
use std::any::Any;

/// A command and its answer.
#[derive(Clone, Debug, Default)]
pub struct ImapTransaction {
    /// What the client calls it; empty where the server spoke by itself, as in its greeting.
    pub tag: Vec<u8>,
    /// The command in capitals.
    pub command: Vec<u8>,
    /// What is behind it.
    pub arguments: Vec<u8>,
    /// Lines and literals that came before the answer.
    pub data_lines: u64,
    /// Bytes of these.
    pub data_bytes: u64,
    /// The answer: OK, NO, BAD; of a greeting PREAUTH or BYE too.
    pub status: Vec<u8>,
    /// What the server says behind it.
    pub text: Vec<u8>,
    pub(super) id: u64,
    pub(super) started: Timestamp,
    pub(super) ended: Timestamp,
}

impl ImapTransaction {
    fn tell_request(&self, tree: &mut dyn Tree) {
        tree.open_object("request");
        tree.text("tag", &self.tag);
        tree.text("command", &self.command);
        let is_login = self.command == b"LOGIN" && !tree.wants(Extra::Password);
        let arguments = if is_login { unquoted(split_word(&self.arguments).0) } else { &self.arguments };
        if !arguments.is_empty() {
            tree.text("arguments", arguments);
        }
        tree.close_object();
    }
}

impl Transaction for ImapTransaction {
    fn table(&self) -> &'static str {
        "imap"
    }

    fn id(&self) -> u64 {
        self.id
    }

    fn started(&self) -> Timestamp {
        self.started
    }

    fn tell(&self, tree: &mut dyn Tree) {
        if !self.command.is_empty() {
            self.tell_request(tree);
        }
        tree.open_object("response");
        if !self.status.is_empty() {
            tree.text("status", &self.status);
            tree.text("text", &self.text);
        }
        tree.number("data_lines", self.data_lines);
        tree.number("data_bytes", self.data_bytes);
        tree.close_object();
        if tree.wants(Extra::Own) && !self.status.is_empty() {
            tree.open_object("timing");
            tree.signed("response_ns", self.ended.since_ns(self.started));
            tree.close_object();
        }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
