//! What is kept of a command and its answer.

use crate::tree::{Extra, Transaction, Tree};
use model::packet::Timestamp;
use std::any::Any;

/// Who logs in, and to what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Login {
    /// What the server says that it is.
    pub server_version: Vec<u8>,
    /// Who.
    pub user: Vec<u8>,
    /// The database that is asked for.
    pub database: Vec<u8>,
    /// How the user proves who it is.
    pub plugin: Vec<u8>,
    /// Does TLS follow?
    pub is_tls: bool,
}

/// Why a command failed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Failure {
    /// The server's number for it.
    pub code: u16,
    /// SQLSTATE.
    pub state: Vec<u8>,
    /// In words.
    pub message: Vec<u8>,
}

/// A command and its answer.
#[derive(Clone, Debug, Default)]
pub struct MysqlTransaction {
    /// Its name; `login` for the beginning.
    pub command: &'static str,
    /// What it is about, as far as it is kept.
    pub statement: Vec<u8>,
    /// Of a login.
    pub login: Option<Login>,
    /// Was it answered, and how did it end?
    pub is_success: Option<bool>,
    /// Rows that were answered.
    pub rows: Option<u64>,
    /// Rows that were changed.
    pub affected_rows: Option<u64>,
    /// Why it failed.
    pub failure: Option<Failure>,
    pub(super) id: u64,
    pub(super) started: Timestamp,
    pub(super) ended: Timestamp,
}

impl MysqlTransaction {
    fn tell_login(&self, login: &Login, tree: &mut dyn Tree) {
        tree.open_object("login");
        let fields = [
            ("server_version", &login.server_version),
            ("user", &login.user),
            ("database", &login.database),
            ("plugin", &login.plugin),
        ];
        fields.into_iter().filter(|(_, text)| !text.is_empty()).for_each(|(name, text)| tree.text(name, text));
        tree.boolean("tls", login.is_tls);
        tree.close_object();
    }
}

impl Transaction for MysqlTransaction {
    fn table(&self) -> &'static str {
        "mysql"
    }

    fn id(&self) -> u64 {
        self.id
    }

    fn started(&self) -> Timestamp {
        self.started
    }

    fn tell(&self, tree: &mut dyn Tree) {
        tree.text("command", self.command.as_bytes());
        if !self.statement.is_empty() {
            tree.text("statement", &self.statement);
        }
        if let Some(login) = &self.login {
            self.tell_login(login, tree);
        }
        if let Some(is_success) = self.is_success {
            tree.text("status", if is_success { b"ok" } else { b"error" });
        }
        for (name, number) in [("rows", self.rows), ("affected_rows", self.affected_rows)] {
            number.iter().for_each(|number| tree.number(name, *number));
        }
        if let Some(failure) = &self.failure {
            tree.open_object("error");
            tree.number("code", failure.code.into());
            tree.text("state", &failure.state);
            tree.text("message", &failure.message);
            tree.close_object();
        }
        if tree.wants(Extra::Own) && self.is_success.is_some() {
            tree.open_object("timing");
            tree.signed("response_ns", self.ended.since_ns(self.started));
            tree.close_object();
        }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
