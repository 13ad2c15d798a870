//! What is kept of an attempt to log in.

use crate::tree::{Extra, Transaction, Tree};
use model::packet::Timestamp;
use std::any::Any;

/// What became of an attempt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Status {
    /// Nothing was said.
    #[default]
    Unknown,
    /// The session goes on.
    Success,
    /// The server refuses, or asks again.
    Failure,
}

/// An attempt to log in.
#[derive(Clone, Debug, Default)]
pub struct TelnetTransaction {
    /// Who; nothing where only a password is asked for.
    pub user: Vec<u8>,
    /// With which password.
    pub password: Option<Vec<u8>>,
    /// What became of it.
    pub status: Status,
    /// The client's terminal, if it says so.
    pub terminal: Vec<u8>,
    pub(super) id: u64,
    pub(super) started: Timestamp,
    pub(super) ended: Timestamp,
}

impl Transaction for TelnetTransaction {
    fn table(&self) -> &'static str {
        "telnet"
    }

    fn id(&self) -> u64 {
        self.id
    }

    fn started(&self) -> Timestamp {
        self.started
    }

    fn tell(&self, tree: &mut dyn Tree) {
        tree.text("user", &self.user);
        if let Some(password) = self.password.as_ref().filter(|_| tree.wants(Extra::Password)) {
            tree.text("password", password);
        }
        let status = match self.status {
            Status::Unknown => "unknown",
            Status::Success => "success",
            Status::Failure => "failure",
        };
        tree.text("status", status.as_bytes());
        if !self.terminal.is_empty() {
            tree.text("terminal", &self.terminal);
        }
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
