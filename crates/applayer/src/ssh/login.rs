//! Whether a login went well, from sizes alone.
//!
//! A login is a dialogue (RFC 4252): SERVICE_REQUEST and SERVICE_ACCEPT, then requests and their answers. SERVICE_ACCEPT has a
//! payload of 17 bytes and SUCCESS one of 1: with every cipher whose block is 8 or 16 bytes the one is 16 bytes shorter
//! than the other, whatever the MAC adds. Bytes are counted by turns of the dialogue, so it does not matter how they are cut.

use crate::tree::{Transaction, Tree};
use model::packet::{Side, Timestamp};
use std::any::Any;

/// SERVICE_ACCEPT is so many bytes longer than SUCCESS.
const ACCEPT_MINUS_SUCCESS: u64 = 16;

/// After so many answers nobody logs in any more: OpenSSH gives up after 6 failures.
const ANSWERS_MAX: u32 = 64;

/// The dialogue so far.
#[derive(Debug, Default)]
pub struct Login {
    started: Option<Timestamp>,
    ended: Option<Timestamp>,
    turn: Option<Side>,
    turn_bytes: u64,
    answers: u32,
    /// Bytes of SERVICE_ACCEPT.
    accept_bytes: u64,
    /// Bytes of FAILURE: of the first answer that is no success.
    failure_bytes: u64,
    attempts: u32,
    is_successful: bool,
}

impl Login {
    /// Encrypted bytes of a side.
    pub(super) fn see(&mut self, now: Timestamp, sender: Side, bytes: u64) {
        if self.is_over() || self.turn.is_none() && sender == Side::Server {
            // What a server says before the client is EXT_INFO (RFC 8308).
            return;
        }
        self.started.get_or_insert(now);
        if self.turn != Some(sender) {
            self.end_turn();
            self.turn = Some(sender);
        }
        self.turn_bytes += bytes;
        if sender == Side::Server && !self.is_over() {
            self.ended = Some(now);
        }
    }

    /// Is nothing more to be learned?
    pub(super) fn is_over(&self) -> bool {
        self.is_successful || self.answers >= ANSWERS_MAX
    }

    /// The flow is over: so is the turn.
    pub(super) fn finish(&mut self) {
        if !self.is_over() {
            self.end_turn();
        }
    }

    /// Was anything encrypted answered?
    pub(super) fn is_worth_telling(&self) -> bool {
        self.answers > 0
    }

    fn end_turn(&mut self) {
        let bytes = std::mem::take(&mut self.turn_bytes);
        if self.turn == Some(Side::Server) && bytes > 0 {
            self.answers += 1;
            self.answer(bytes);
        }
    }

    fn answer(&mut self, bytes: u64) {
        if self.answers == 1 {
            self.accept_bytes = bytes;
        } else if bytes + ACCEPT_MINUS_SUCCESS == self.accept_bytes {
            self.attempts += 1;
            self.is_successful = true;
        } else if self.failure_bytes == 0 || bytes == self.failure_bytes {
            self.failure_bytes = bytes;
            self.attempts += 1;
        }
    }

    fn result(&self) -> &'static str {
        match self.attempts {
            _ if self.is_successful => "success",
            // One failure is the question which methods there are; who then leaves has not tried.
            0 | 1 => "unknown",
            _ => "failure",
        }
    }
}

impl Transaction for Login {
    fn table(&self) -> &'static str {
        "ssh_login"
    }

    fn id(&self) -> u64 {
        0
    }

    fn started(&self) -> Timestamp {
        self.started.unwrap_or_default()
    }

    fn tell(&self, tree: &mut dyn Tree) {
        tree.text("result", self.result().as_bytes());
        tree.number("attempts", self.attempts.into());
        if let (Some(started), Some(ended)) = (self.started, self.ended) {
            tree.signed("login_ns", ended.since_ns(started));
        }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
