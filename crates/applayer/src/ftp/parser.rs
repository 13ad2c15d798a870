//! The control channel: commands wait in a queue for their replies.

use super::channel::{Channel, is_transfer};
use super::endpoint::{self, Endpoint};
use super::transaction::{Command, ReplyLine};
use crate::http1::lines::{Line, Lines};
use crate::protocol::{Gap, Input, Parser, Progress};
use crate::sink::{Handover, Sink};
use model::packet::{Side, Timestamp};
use std::collections::VecDeque;

/// Longer lines are cut.
const LINE_BYTES_MAX: usize = 4 << 10;

/// Commands that wait for a reply.
const PENDING_MAX: usize = 64;

#[derive(Default)]
pub(super) struct Ftp {
    lines: [Lines; 2],
    next_id: u64,
    user: Vec<u8>,
    pending: VecDeque<Command>,
    /// The code of a reply of several lines that is not over.
    open_reply: Option<[u8; 3]>,
    channel: Channel,
    /// The client asked for TLS: what it sends then depends on the reply.
    has_asked_for_tls: bool,
    /// There are bytes of the client that wait for that reply. What the server says behind it may answer them.
    client_waits: bool,
    is_handed_over: bool,
}

impl Ftp {
    /// Something that waits for a reply.
    fn begin(&mut self, now: Timestamp, name: Vec<u8>, data: &[u8]) -> Command {
        let id = self.next_id;
        self.next_id += 1;
        Command { id, started: now, name, data: data.to_vec(), user: self.user.clone(), ..Command::default() }
    }

    fn command(&mut self, now: Timestamp, line: &[u8], is_cut: bool, sink: &mut dyn Sink) {
        let line = line.trim_ascii_start();
        if line.is_empty() {
            return;
        }
        let end = line.iter().position(u8::is_ascii_whitespace).unwrap_or(line.len());
        let (name, data) = (line[..end].to_ascii_uppercase(), line[end..].trim_ascii());
        if name == b"USER" {
            self.user = data.to_vec();
        }
        let mut command = self.begin(now, name, data);
        command.is_command_cut = is_cut;
        if is_cut {
            sink.anomaly(now, "request_command_too_long", Some(command.id));
        }
        self.act_on_command(now, &mut command, sink);
        self.pending.push_back(command);
        if self.pending.len() > PENDING_MAX {
            sink.anomaly(now, "too_many_pending_commands", None);
            self.pending.pop_front().inspect(|oldest| sink.transaction(now, oldest));
        }
    }

    fn act_on_command(&mut self, now: Timestamp, command: &mut Command, sink: &mut dyn Sink) {
        let announced = match &command.name[..] {
            b"PORT" => endpoint::of_port(&command.data),
            b"EPRT" => endpoint::of_extended(&command.data),
            b"LPRT" => endpoint::of_long(&command.data),
            b"AUTH" => {
                self.has_asked_for_tls = is_tls(&command.data);
                None
            }
            name if is_transfer(name) => {
                if matches!(name, b"RETR" | b"STOR") && !self.is_port_known() {
                    sink.anomaly(now, "file_before_port", Some(command.id));
                }
                self.channel.transfer(now, [name, &command.data].join(&b' '), sink);
                None
            }
            _ => None,
        };
        self.listen(now, command, Side::Client, announced, sink);
    }

    /// Where a file goes has to be agreed on before it is asked for; the server's side of it may still be on its way.
    fn is_port_known(&self) -> bool {
        let asks = |command: &Command| matches!(&command.name[..], b"PASV" | b"EPSV" | b"LPSV");
        self.channel.is_announced() || self.pending.iter().any(asks)
    }

    fn listen(&mut self, now: Timestamp, command: &mut Command, side: Side, at: Option<Endpoint>, sink: &mut dyn Sink) {
        let Some(endpoint) = at else { return };
        command.dynamic_port = Some(endpoint.1);
        self.channel.listen(now, side, endpoint, sink);
    }

    fn reply(&mut self, now: Timestamp, line: &[u8], is_cut: bool, sink: &mut dyn Sink) {
        let code = code(line);
        let text = if code.is_some() { line.get(4..).unwrap_or_default() } else { line };
        let is_open = code.is_some() && line.get(3) == Some(&b'-');
        let own_code = code.filter(|_| !is_open);
        let own_text = if is_open { line } else { text };
        let is_greeting = self.pending.is_empty();
        let mut command = match self.pending.pop_front() {
            Some(command) => command,
            None => self.begin(now, Vec::new(), b""),
        };
        if is_cut {
            command.is_reply_cut = true;
            sink.anomaly(now, "response_command_too_long", Some(command.id));
        }
        command.add_reply(now, ReplyLine { code: own_code, text: own_text.trim_ascii_end().to_vec() });
        let is_single = self.open_reply.is_none();
        if !self.is_last_line(line, code) {
            return self.pending.push_front(command);
        }
        self.open_reply = None;
        self.act_on_reply(now, code, text, &mut command, sink);
        // A preliminary reply is followed by another one (RFC 959, section 4.2). One of several lines ends the exchange in EVE.
        if code.is_some_and(|code| code[0] == b'1') && is_single && !is_greeting {
            return self.pending.push_front(command);
        }
        command.is_answered = true;
        sink.transaction(now, &command);
    }

    /// The last line of a reply of several has the code of the first, and a blank (RFC 959, section 4.2).
    fn is_last_line(&mut self, line: &[u8], code: Option<[u8; 3]>) -> bool {
        let is_open = line.get(3) == Some(&b'-');
        match (self.open_reply, code) {
            (Some(open), Some(code)) => open == code && !is_open,
            (Some(_), None) => false,
            (None, Some(_)) if is_open => {
                self.open_reply = code;
                false
            }
            (None, _) => true,
        }
    }

    fn act_on_reply(
        &mut self,
        now: Timestamp,
        code: Option<[u8; 3]>,
        text: &[u8],
        command: &mut Command,
        sink: &mut dyn Sink,
    ) {
        let announced = match code.as_ref().map_or(&b""[..], |code| code) {
            b"227" => endpoint::of_port(text),
            b"228" => endpoint::of_long(text),
            b"229" => endpoint::in_parentheses(text).and_then(endpoint::of_extended),
            b"234" if command.name == b"AUTH" && self.has_asked_for_tls => {
                self.is_handed_over = true;
                None
            }
            _ => None,
        };
        if command.name == b"AUTH" {
            self.has_asked_for_tls = false;
        }
        self.listen(now, command, Side::Server, announced, sink);
    }

    fn line(&mut self, input: Input<'_>, line: &[u8], is_cut: bool, sink: &mut dyn Sink) {
        match input.sender {
            Side::Client => self.command(input.now, line, is_cut, sink),
            Side::Server => self.reply(input.now, line, is_cut, sink),
        }
        if self.is_handed_over {
            sink.hand_over(input.now, Handover::Upgrade { protocol: "tls", about: b"" });
        }
    }
}

/// Names of TLS in AUTH (RFC 4217, section 15).
fn is_tls(mechanism: &[u8]) -> bool {
    [&b"TLS"[..], b"TLS-C", b"SSL", b"TLS-P"].iter().any(|name| mechanism.eq_ignore_ascii_case(name))
}

fn code(line: &[u8]) -> Option<[u8; 3]> {
    let code = *line.first_chunk()?;
    let is_code = code.iter().all(u8::is_ascii_digit) && matches!(line.get(3), None | Some(b' ' | b'-'));
    is_code.then_some(code)
}

impl Parser for Ftp {
    fn push(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Progress {
        let nothing = Progress { consumed: 0, needed: 0 };
        if self.is_handed_over {
            return nothing;
        }
        if input.sender == Side::Client {
            self.client_waits = self.has_asked_for_tls;
        }
        if self.client_waits && self.has_asked_for_tls == (input.sender == Side::Client) {
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

    fn gap(&mut self, gap: Gap<'_>, sink: &mut dyn Sink) {
        if self.is_handed_over {
            return;
        }
        // Nobody answered the wish for TLS, or the last line has no end.
        (self.has_asked_for_tls, self.client_waits) = (false, false);
        self.lines[gap.sender.index()] = Lines::default();
        let input = Input { now: gap.now, sender: gap.sender, bytes: gap.unparsed };
        for line in gap.unparsed.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            self.line(input, line.trim_ascii_end(), false, sink);
            if self.is_handed_over {
                return;
            }
        }
        if gap.bytes > 0 {
            self.open_reply = None;
        }
    }

    fn finish(&mut self, now: Timestamp, sink: &mut dyn Sink) {
        for command in std::mem::take(&mut self.pending) {
            sink.transaction(now, &command);
        }
    }
}
