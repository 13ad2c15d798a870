//! One connection: commands wait for the answers that have their tags.

use super::line::{literal_bytes, split_word};
use super::transaction::ImapTransaction;
use crate::http1::lines::{Line, Lines};
use crate::protocol::{Gap, Input, Parser, Progress};
use crate::sink::{Handover, Sink};
use model::packet::{Side, Timestamp};

/// Longer lines are cut.
const LINE_BYTES_MAX: usize = 8 << 10;

/// Bytes of a command's arguments, or of an answer, that are kept.
const TEXT_BYTES_MAX: usize = 1 << 10;

/// Commands that wait for an answer; beyond them the oldest is told without one.
const OPEN_MAX: usize = 256;

#[derive(Default)]
pub(super) struct Imap {
    lines: [Lines; 2],
    /// Bytes of a literal that are still to come.
    literals: [u64; 2],
    /// The line that comes goes on behind a literal.
    is_continued: [bool; 2],
    open: Vec<ImapTransaction>,
    begun: u64,
    /// The server has asked for something: the client's line is no command.
    is_challenged: bool,
    /// The client asked for TLS: what it sends then depends on the answer.
    may_upgrade: bool,
    /// The client has sent bytes that wait for that answer.
    client_waits: bool,
    is_handed_over: bool,
}

fn kept(text: &[u8]) -> Vec<u8> {
    text[..text.len().min(TEXT_BYTES_MAX)].to_vec()
}

impl Imap {
    fn begin(&mut self, now: Timestamp, tag: &[u8]) -> ImapTransaction {
        let id = self.begun;
        self.begun += 1;
        ImapTransaction { tag: kept(tag), id, started: now, ended: now, ..ImapTransaction::default() }
    }

    fn command(&mut self, now: Timestamp, line: &[u8], sink: &mut dyn Sink) {
        if std::mem::take(&mut self.is_challenged) {
            return;
        }
        let (tag, rest) = split_word(line);
        let (command, arguments) = split_word(rest);
        if command.is_empty() {
            // `DONE` ends IDLE (RFC 2177); anything else is none.
            if !line.is_empty() && !line.eq_ignore_ascii_case(b"DONE") {
                sink.anomaly(now, "malformed_command", self.begun.checked_sub(1));
            }
            return;
        }
        let mut transaction = self.begin(now, tag);
        (transaction.command, transaction.arguments) = (kept(command).to_ascii_uppercase(), kept(arguments));
        self.may_upgrade |= transaction.command == b"STARTTLS";
        self.open.push(transaction);
        if self.open.len() > OPEN_MAX {
            let oldest = self.open.remove(0);
            sink.anomaly(now, "too_many_transactions", Some(oldest.id));
            sink.transaction(now, &oldest);
        }
    }

    fn response(&mut self, now: Timestamp, line: &[u8], sink: &mut dyn Sink) {
        let (tag, rest) = split_word(line);
        match tag {
            // Others wait for a literal, which says itself how long it is.
            b"+" => self.is_challenged = self.open.iter().any(|open| open.command == b"AUTHENTICATE"),
            b"*" if self.begun == 0 => {
                let greeting = self.begin(now, b"");
                self.answer(now, greeting, rest, sink);
            }
            b"*" => self.note_data(line.len()),
            tag => match self.open.iter().position(|open| open.tag == tag) {
                Some(place) => {
                    let transaction = self.open.remove(place);
                    self.answer(now, transaction, rest, sink);
                }
                None => self.note_data(line.len()),
            },
        }
    }

    /// What comes before an answer belongs to the oldest command.
    fn note_data(&mut self, bytes: usize) {
        if let Some(oldest) = self.open.first_mut() {
            oldest.data_lines += 1;
            oldest.data_bytes += bytes as u64;
        }
    }

    fn answer(&mut self, now: Timestamp, mut transaction: ImapTransaction, rest: &[u8], sink: &mut dyn Sink) {
        let (status, text) = split_word(rest);
        (transaction.status, transaction.text) = (kept(status).to_ascii_uppercase(), kept(text));
        transaction.ended = now;
        sink.transaction(now, &transaction);
        if transaction.command == b"STARTTLS" {
            self.may_upgrade = false;
            self.is_handed_over = transaction.status == b"OK";
        }
        if transaction.command == b"AUTHENTICATE" {
            self.is_challenged = false;
        }
        if self.is_handed_over {
            sink.hand_over(now, Handover::Upgrade { protocol: "tls", about: b"" });
        }
    }

    fn line(&mut self, input: Input<'_>, line: &[u8], sink: &mut dyn Sink) {
        let side = input.sender.index();
        let literal = literal_bytes(line);
        let is_continued = std::mem::replace(&mut self.is_continued[side], literal.is_some());
        self.literals[side] = literal.unwrap_or(0);
        match input.sender {
            _ if is_continued => {}
            Side::Client => self.command(input.now, line, sink),
            Side::Server => self.response(input.now, line, sink),
        }
    }

    /// Bytes of a literal.
    fn literal(&mut self, input: Input<'_>) -> Progress {
        let left = &mut self.literals[input.sender.index()];
        let consumed = input.bytes.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
        *left -= consumed as u64;
        if let (Side::Server, Some(oldest)) = (input.sender, self.open.first_mut()) {
            oldest.data_bytes += consumed as u64;
        }
        Progress { consumed, needed: 0 }
    }

    /// Behind STARTTLS the client's bytes are TLS or commands: the answer says which.
    fn must_wait(&mut self, sender: Side) -> bool {
        if sender == Side::Client {
            self.client_waits = self.may_upgrade;
        }
        self.client_waits && self.may_upgrade == (sender == Side::Client)
    }
}

impl Parser for Imap {
    fn push(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Progress {
        let nothing = Progress { consumed: 0, needed: 0 };
        if self.is_handed_over {
            return nothing;
        }
        if self.must_wait(input.sender) {
            return Progress::AFTER_OTHER_SIDE;
        }
        if self.literals[input.sender.index()] > 0 {
            return self.literal(input);
        }
        match self.lines[input.sender.index()].next(input.bytes, LINE_BYTES_MAX) {
            Line::NeedMore => nothing,
            Line::Rest(length) => Progress { consumed: length, needed: 0 },
            Line::Cut(line) => {
                sink.anomaly(input.now, "line_too_long", self.begun.checked_sub(1));
                self.line(input, line, sink);
                Progress { consumed: line.len(), needed: 0 }
            }
            Line::Whole { text, length } => {
                self.line(input, text, sink);
                Progress { consumed: length, needed: 0 }
            }
        }
    }

    fn gap(&mut self, gap: Gap<'_>, _sink: &mut dyn Sink) {
        let side = gap.sender.index();
        self.lines[side] = Lines::default();
        self.literals[side] = self.literals[side].saturating_sub(gap.bytes);
        self.is_continued[side] &= self.literals[side] > 0;
        (self.may_upgrade, self.client_waits) = (false, false);
    }

    fn finish(&mut self, now: Timestamp, sink: &mut dyn Sink) {
        self.open.drain(..).for_each(|transaction| sink.transaction(now, &transaction));
    }
}
