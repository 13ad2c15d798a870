//! What is kept of a command and its response.

use super::command::Command;
use crate::tree::{Extra, Transaction, Tree};
use model::packet::Timestamp;
use std::any::Any;

/// Bytes of one response's lines that are kept.
const DATA_BYTES_MAX: usize = 8 << 10;

/// What the server said.
#[derive(Clone, Debug, Default)]
pub struct Response {
    /// `+OK`, and not `-ERR`?
    pub is_success: bool,
    /// What is behind it on its line.
    pub header: Vec<u8>,
    /// The first lines that follow, without the dots that were put in.
    pub data: Vec<Vec<u8>>,
    /// All lines that follow.
    pub data_lines: u64,
    /// Bytes of all of them, without their ends.
    pub data_bytes: u64,
}

impl Response {
    /// The next line of several.
    pub(super) fn add(&mut self, line: &[u8]) {
        self.data_lines += 1;
        self.data_bytes += line.len() as u64;
        if self.data_bytes <= DATA_BYTES_MAX as u64 {
            self.data.push(line.to_vec());
        }
    }
}

/// A command and its response.
#[derive(Clone, Debug)]
pub struct Pop3Transaction {
    /// What the client asked; nothing where the server spoke by itself, as in its greeting.
    pub command: Option<Command>,
    /// What the server answered, as far as it came.
    pub response: Option<Response>,
    pub(super) id: u64,
    pub(super) started: Timestamp,
    pub(super) ended: Timestamp,
}

impl Transaction for Pop3Transaction {
    fn table(&self) -> &'static str {
        "pop3"
    }

    fn id(&self) -> u64 {
        self.id
    }

    fn started(&self) -> Timestamp {
        self.started
    }

    fn tell(&self, tree: &mut dyn Tree) {
        if let Some(command) = &self.command {
            tell_command(command, tree);
        }
        let Some(response) = &self.response else { return };
        tree.open_object("response");
        tree.boolean("success", response.is_success);
        tree.text("status", if response.is_success { b"OK" } else { b"ERR" });
        tree.text("header", &response.header);
        tree.open_list("data");
        response.data.iter().for_each(|line| tree.text("", line));
        tree.close_list();
        tree.close_object();
        if tree.wants(Extra::Own) {
            tree.open_object("timing");
            tree.number("data_lines", response.data_lines);
            tree.number("data_bytes", response.data_bytes);
            tree.signed("response_ns", self.ended.since_ns(self.started));
            tree.close_object();
        }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn tell_command(command: &Command, tree: &mut dyn Tree) {
    tree.open_object("request");
    tree.text("command", &command.keyword);
    let is_secret = command.is(b"PASS") && tree.wants(Extra::Own) && !tree.wants(Extra::Password);
    if !is_secret {
        tree.open_list("args");
        command.arguments.iter().for_each(|argument| tree.text("", argument));
        tree.close_list();
    }
    tree.close_object();
}
