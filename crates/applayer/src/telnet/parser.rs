//! One connection: commands are taken out, and what is left is read as a person would.

use super::transaction::{Status, TelnetTransaction};
use crate::frame::{close_frames, continue_frames, open_frames, tell_frames};
use crate::protocol::{Gap, Input, Parser, Progress};
use crate::sink::Sink;
use model::packet::{Side, Timestamp};

/// Commands (RFC 854).
const IAC: u8 = 0xff;
const SUBNEGOTIATION: u8 = 0xfa;
const SUBNEGOTIATION_END: u8 = 0xf0;

/// Bytes of a subnegotiation that are waited for.
const SUBNEGOTIATION_BYTES_MAX: usize = 4 << 10;

/// Bytes of a line that are kept.
const LINE_BYTES_MAX: usize = 256;

#[derive(Default)]
pub(super) struct Telnet {
    begun: u64,
    /// The line that each side writes.
    lines: [Vec<u8>; 2],
    is_frame_open: [bool; 2],
    terminal: Vec<u8>,
    attempt: Option<TelnetTransaction>,
}

/// What the server asks for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Prompt {
    User,
    Password,
    Other,
}

/// What the server asks for with the last words of its line.
fn prompt(line: &[u8]) -> Prompt {
    let line = line.trim_ascii_end().to_ascii_lowercase();
    let ends = |words: &[&[u8]]| words.iter().any(|word| line.ends_with(word));
    match () {
        () if ends(&[b"login:", b"username:", b"user:", b"user name:", b"login as:"]) => Prompt::User,
        () if ends(&[b"password:", b"passwd:", b"passcode:"]) => Prompt::Password,
        () => Prompt::Other,
    }
}

/// Does the server say that it refuses?
fn is_refusal(line: &[u8]) -> bool {
    const WORDS: [&[u8]; 7] =
        [b"incorrect", b"failed", b"denied", b"invalid", b"bad password", b"fail!", b"not authorized"];
    let line = line.to_ascii_lowercase();
    WORDS.iter().any(|word| memchr::memmem::find(&line, word).is_some())
}

impl Telnet {
    /// A byte of text.
    fn text(&mut self, now: Timestamp, sender: Side, byte: u8, sink: &mut dyn Sink) {
        let line = &mut self.lines[sender.index()];
        match (byte, sender) {
            (b'\r', Side::Client) => self.client_line(now, sink),
            (b'\n' | b'\r', Side::Server) => {
                let line = std::mem::take(line);
                self.server_line(now, &line, sink);
            }
            (0 | b'\n', _) => {}
            (0x08 | 0x7f, Side::Client) => _ = line.pop(),
            (byte, _) if line.len() < LINE_BYTES_MAX => line.push(byte),
            _ => {}
        }
    }

    fn server_line(&mut self, now: Timestamp, line: &[u8], sink: &mut dyn Sink) {
        let is_judged = self.attempt.as_ref().is_some_and(|attempt| attempt.password.is_some());
        if is_judged && is_refusal(line) {
            self.judge(now, Status::Failure, sink);
        }
    }

    /// What the client answers to what the server has asked.
    fn client_line(&mut self, now: Timestamp, sink: &mut dyn Sink) {
        let answer = std::mem::take(&mut self.lines[Side::Client.index()]);
        let asked = prompt(&self.lines[Side::Server.index()]);
        let is_open = self.attempt.as_ref().is_some_and(|attempt| attempt.password.is_some());
        if is_open {
            // Who is asked again was refused.
            self.judge(now, if asked == Prompt::Other { Status::Success } else { Status::Failure }, sink);
        }
        match asked {
            Prompt::User => {
                let user = answer;
                self.attempt =
                    Some(TelnetTransaction { user, started: now, ended: now, ..TelnetTransaction::default() });
            }
            Prompt::Password => {
                let begun = TelnetTransaction { started: now, ended: now, ..TelnetTransaction::default() };
                self.attempt.get_or_insert(begun).password = Some(answer);
            }
            Prompt::Other => {}
        }
        self.lines[Side::Server.index()].clear();
    }

    fn judge(&mut self, now: Timestamp, status: Status, sink: &mut dyn Sink) {
        let Some(mut attempt) = self.attempt.take() else { return };
        (attempt.status, attempt.ended, attempt.id) = (status, now, self.begun);
        attempt.terminal.clone_from(&self.terminal);
        self.begun += 1;
        sink.transaction(now, &attempt);
    }

    /// A command, whole.
    fn command(&mut self, input: Input<'_>, command: &[u8], sink: &mut dyn Sink) {
        /// TERMINAL-TYPE IS (RFC 1091).
        const TERMINAL_IS: &[u8] = &[IAC, SUBNEGOTIATION, 24, 0];
        tell_frames(input, None, &[("pdu", command), ("ctl", command)], sink);
        let terminal = command.strip_prefix(TERMINAL_IS).and_then(|rest| rest.strip_suffix(&[IAC, SUBNEGOTIATION_END]));
        if let (Some(terminal), Side::Client) = (terminal, input.sender) {
            self.terminal = terminal[..terminal.len().min(LINE_BYTES_MAX)].to_vec();
        }
    }

    /// Text up to the end of its line, or the next command.
    fn run(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Progress {
        let end = input.bytes.iter().position(|byte| matches!(*byte, IAC | b'\n'));
        let is_line_end = end.is_some_and(|end| input.bytes[end] == b'\n');
        let consumed = end.map_or(input.bytes.len(), |end| end + usize::from(is_line_end));
        let bytes = &input.bytes[..consumed];
        let side = input.sender.index();
        if !std::mem::replace(&mut self.is_frame_open[side], true) {
            open_frames(input, None, &["pdu", "data"], sink);
        }
        continue_frames(Input { bytes, ..input }, sink);
        if is_line_end {
            self.is_frame_open[side] = false;
            close_frames(input, true, &["data", "pdu"], sink);
        }
        bytes.iter().for_each(|byte| self.text(input.now, input.sender, *byte, sink));
        Progress { consumed, needed: 0 }
    }
}

/// Where a command ends, once all of it is there; and whether more may come.
fn command_end(bytes: &[u8]) -> Option<usize> {
    match *bytes {
        [_, 0xfb..=0xfe, _, ..] => Some(3),
        [_, SUBNEGOTIATION, ..] => {
            let end = memchr::memmem::find(bytes, &[IAC, SUBNEGOTIATION_END]).map(|place| place + 2);
            end.or((bytes.len() > SUBNEGOTIATION_BYTES_MAX).then_some(SUBNEGOTIATION_BYTES_MAX))
        }
        [_, 0xfb..=0xfe] | [_] => None,
        _ => Some(2),
    }
}

impl Parser for Telnet {
    fn push(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Progress {
        match *input.bytes {
            // Data that looks like a command.
            [IAC, IAC, ..] => {
                self.text(input.now, input.sender, IAC, sink);
                Progress { consumed: 2, needed: 0 }
            }
            [IAC, ..] => match command_end(input.bytes) {
                Some(end) => {
                    self.command(input, &input.bytes[..end], sink);
                    Progress { consumed: end, needed: 0 }
                }
                None => Progress { consumed: 0, needed: input.bytes.len() + 1 },
            },
            _ => self.run(input, sink),
        }
    }

    fn gap(&mut self, gap: Gap<'_>, _sink: &mut dyn Sink) {
        self.lines[gap.sender.index()].clear();
    }

    fn finish(&mut self, now: Timestamp, sink: &mut dyn Sink) {
        self.judge(now, Status::Unknown, sink);
    }
}
