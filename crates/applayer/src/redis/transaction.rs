//! What is kept of a command and its reply.

use super::item::Item;
use crate::tree::{Extra, Transaction, Tree};
use model::packet::Timestamp;
use std::any::Any;

/// A command and its reply.
#[derive(Clone, Debug, Default)]
pub struct RedisTransaction {
    /// Its name in capitals; empty where the server spoke by itself.
    pub command: Vec<u8>,
    /// Its first arguments.
    pub arguments: Vec<Vec<u8>>,
    /// How many arguments there are.
    pub argument_count: u64,
    /// Bytes of the command.
    pub request_bytes: u64,
    /// What was replied.
    pub reply: Option<Item>,
    pub(super) id: u64,
    pub(super) started: Timestamp,
    pub(super) ended: Timestamp,
    /// Replies that still belong to it.
    pub(super) replies_left: u64,
}

impl RedisTransaction {
    /// How many of the first arguments are no secrets.
    fn open_arguments(&self) -> usize {
        let is = |place: usize, word: &[u8]| self.arguments.get(place).is_some_and(|it| it.eq_ignore_ascii_case(word));
        match &self.command[..] {
            b"AUTH" => 0,
            b"HELLO" => 1,
            b"ACL" if is(0, b"SETUSER") => 2,
            b"CONFIG" if is(0, b"SET") && (is(1, b"requirepass") || is(1, b"masterauth")) => 2,
            b"MIGRATE" => 5,
            _ => usize::MAX,
        }
    }

    fn tell_reply(&self, reply: &Item, tree: &mut dyn Tree) {
        let kind = match reply.kind {
            _ if reply.is_null => "null",
            b'+' => "status",
            b'-' | b'!' => "error",
            b':' | b'(' => "integer",
            b'$' | b'=' => "bulk",
            b'*' => "array",
            b'%' => "map",
            b'~' => "set",
            b'>' => "push",
            b'#' => "boolean",
            _ => "double",
        };
        tree.text("status", if kind == "error" { b"error" } else { b"ok" });
        tree.open_object("reply");
        tree.text("type", kind.as_bytes());
        if let Some(first) = reply.texts.first() {
            tree.text("value", first);
        }
        tree.number("count", reply.count);
        tree.number("bytes", reply.bytes);
        tree.close_object();
    }
}

impl Transaction for RedisTransaction {
    fn table(&self) -> &'static str {
        "redis"
    }

    fn id(&self) -> u64 {
        self.id
    }

    fn started(&self) -> Timestamp {
        self.started
    }

    fn tell(&self, tree: &mut dyn Tree) {
        if !self.command.is_empty() {
            tree.text("command", &self.command);
            let shown = if tree.wants(Extra::Password) { usize::MAX } else { self.open_arguments() };
            if !self.arguments.is_empty() && shown > 0 {
                tree.open_list("arguments");
                self.arguments.iter().take(shown).for_each(|argument| tree.text("", argument));
                tree.close_list();
            }
            tree.number("argument_count", self.argument_count);
            tree.number("request_bytes", self.request_bytes);
        }
        let Some(reply) = &self.reply else { return };
        self.tell_reply(reply, tree);
        if tree.wants(Extra::Own) {
            tree.open_object("timing");
            tree.signed("response_ns", self.ended.since_ns(self.started));
            tree.close_object();
        }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
