//! One connection: commands wait in a queue for their responses.

use super::command::Command;
use super::transaction::{Pop3Transaction, Response};
use crate::http1::lines::{Line, Lines};
use crate::protocol::{Gap, Input, Parser, Progress};
use crate::sink::{Handover, Sink};
use model::packet::{Side, Timestamp};
use std::collections::VecDeque;

/// Longer lines are cut.
const LINE_BYTES_MAX: usize = 4 << 10;

/// A command with its end, RFC 2449, section 4.
const COMMAND_BYTES_MAX: usize = 255;

/// The first line of a response with its end, RFC 1939, section 3.
const RESPONSE_BYTES_MAX: usize = 512;

/// Commands that wait for a response; beyond them the oldest is told without one.
const PENDING_MAX: usize = 256;

/// What the client's line is.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Dialogue {
    /// A command.
    #[default]
    Commands,
    /// What AUTH was asked for (RFC 5034, section 4).
    Challenge,
    /// A command; TLS follows if the answer to STLS allows it.
    MayUpgrade,
}

#[derive(Default)]
pub(super) struct Pop3 {
    lines: [Lines; 2],
    begun: u64,
    pending: VecDeque<Pop3Transaction>,
    /// The response at the head of the queue goes on line by line.
    is_in_lines: bool,
    dialogue: Dialogue,
    /// The client has sent bytes that wait for the answer to STLS.
    client_waits: bool,
    is_handed_over: bool,
}

impl Pop3 {
    fn begin(&mut self, now: Timestamp, command: Option<Command>) -> Pop3Transaction {
        let id = self.begun;
        self.begun += 1;
        Pop3Transaction { command, response: None, id, started: now, ended: now }
    }

    fn command(&mut self, now: Timestamp, line: &[u8], is_cut: bool, sink: &mut dyn Sink) {
        if self.dialogue == Dialogue::Challenge {
            self.dialogue = Dialogue::Commands;
            return;
        }
        let command = Command::parse(line);
        let id = Some(self.begun);
        if is_cut || line.len() + 2 > COMMAND_BYTES_MAX {
            sink.anomaly(now, "request_too_long", id);
        }
        if let Some(name) = command.oddity() {
            sink.anomaly(now, name, id);
        }
        if command.is(b"STLS") {
            self.dialogue = Dialogue::MayUpgrade;
        }
        let transaction = self.begin(now, Some(command));
        self.pending.push_back(transaction);
        if self.pending.len() > PENDING_MAX {
            sink.anomaly(now, "too_many_transactions", id);
            self.pending.pop_front().inspect(|oldest| sink.transaction(now, oldest));
            self.is_in_lines = false;
        }
    }

    fn response(&mut self, now: Timestamp, line: &[u8], is_cut: bool, sink: &mut dyn Sink) {
        if self.is_in_lines {
            return self.further_line(now, line, sink);
        }
        if line == b"+" || line.starts_with(b"+ ") {
            self.dialogue = Dialogue::Challenge;
            return;
        }
        let mut transaction = match self.pending.pop_front() {
            Some(transaction) => transaction,
            None => self.begin(now, None),
        };
        if is_cut || line.len() + 2 > RESPONSE_BYTES_MAX {
            sink.anomaly(now, "response_too_long", Some(transaction.id));
        }
        let is_success = line.starts_with(b"+");
        let header = behind_word(line).to_vec();
        transaction.response = Some(Response { is_success, header, ..Response::default() });
        transaction.ended = now;
        if is_success && transaction.command.as_ref().is_some_and(Command::has_lines) {
            self.is_in_lines = true;
            return self.pending.push_front(transaction);
        }
        self.end(now, &transaction, sink);
    }

    /// RFC 1939, section 3: a dot alone ends them, and one is put in before a dot that begins a line.
    fn further_line(&mut self, now: Timestamp, line: &[u8], sink: &mut dyn Sink) {
        let Some(transaction) = self.pending.front_mut() else { return };
        transaction.ended = now;
        if line != b"." {
            let line = line.strip_prefix(b".").unwrap_or(line);
            return transaction.response.get_or_insert_default().add(line);
        }
        self.is_in_lines = false;
        if let Some(transaction) = self.pending.pop_front() {
            self.end(now, &transaction, sink);
        }
    }

    fn end(&mut self, now: Timestamp, transaction: &Pop3Transaction, sink: &mut dyn Sink) {
        sink.transaction(now, transaction);
        let Some(command) = &transaction.command else { return };
        if command.is(b"AUTH") {
            self.dialogue = Dialogue::Commands;
        }
        if command.is(b"STLS") {
            self.dialogue = Dialogue::Commands;
            self.is_handed_over = transaction.response.as_ref().is_some_and(|response| response.is_success);
        }
        if self.is_handed_over {
            sink.hand_over(now, Handover::Upgrade { protocol: "tls", about: b"" });
        }
    }

    fn line(&mut self, input: Input<'_>, line: &[u8], is_cut: bool, sink: &mut dyn Sink) {
        match input.sender {
            Side::Client => self.command(input.now, line, is_cut, sink),
            Side::Server => self.response(input.now, line, is_cut, sink),
        }
    }

    /// Behind STLS the client's bytes are TLS or commands: the answer says which.
    fn must_wait(&mut self, sender: Side) -> bool {
        let may_upgrade = self.dialogue == Dialogue::MayUpgrade;
        if sender == Side::Client {
            self.client_waits = may_upgrade;
        }
        self.client_waits && may_upgrade == (sender == Side::Client)
    }
}

/// What is behind the first word.
fn behind_word(line: &[u8]) -> &[u8] {
    let end = line.iter().position(|byte| *byte == b' ').unwrap_or(line.len());
    line[end..].trim_ascii()
}

impl Parser for Pop3 {
    fn push(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Progress {
        let nothing = Progress { consumed: 0, needed: 0 };
        if self.is_handed_over {
            return nothing;
        }
        if self.must_wait(input.sender) {
            return Progress::AFTER_OTHER_SIDE;
        }
        match self.lines[input.sender.index()].next(input.bytes, LINE_BYTES_MAX) {
            Line::NeedMore => nothing,
            Line::Rest(length) => Progress { consumed: length, needed: 0 },
            Line::Cut(line) => {
                self.line(input, line, true, sink);
                Progress { consumed: line.len(), needed: 0 }
            }
            Line::Whole { text, length } => {
                self.line(input, text, false, sink);
                Progress { consumed: length, needed: 0 }
            }
        }
    }

    fn gap(&mut self, gap: Gap<'_>, _sink: &mut dyn Sink) {
        self.lines[gap.sender.index()] = Lines::default();
        if self.dialogue == Dialogue::MayUpgrade {
            (self.dialogue, self.client_waits) = (Dialogue::Commands, false);
        }
    }

    fn finish(&mut self, now: Timestamp, sink: &mut dyn Sink) {
        self.pending.drain(..).for_each(|transaction| sink.transaction(now, &transaction));
    }
}
