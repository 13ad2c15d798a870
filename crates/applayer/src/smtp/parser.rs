//! One flow: commands wait in a queue for their replies, and a mail is told with its last byte.

use super::command::{self, Command};
use super::data::{Content, Framing, Step};
use super::mail::Mail;
use super::reply;
use crate::frame::{close_frames, continue_frames, open_frames, tell_frames};
use crate::http::content::Report;
use crate::http1::lines::{Line, Lines};
use crate::mime::Status;
use crate::protocol::{Gap, Input, MailLinks, Parser, Progress};
use crate::sink::{Handover, Sink, Stage};
use model::packet::{Side, Timestamp};
use std::collections::VecDeque;

/// Longer lines are cut.
const LINE_BYTES_MAX: usize = 4 << 10;
/// Longer lines break RFC 5321, section 4.5.3.1.
const LINE_BYTES_NORMAL: usize = 512;
/// Commands that wait for a reply.
const PENDING_MAX: usize = 256;

#[derive(Default)]
pub(super) struct Smtp {
    lines: [Lines; 2],
    helo: Vec<u8>,
    user: Vec<u8>,
    next_id: u64,
    files: u64,
    mail: Option<Mail>,
    content: Option<Content>,
    pending: VecDeque<Pending>,
    /// What the client sends next depends on the reply to this.
    awaited: Option<Pending>,
    /// There are bytes of the client that wait for that reply. What the server says behind it may answer them.
    client_waits: bool,
    login: Option<Login>,
    /// Anomalies of the flow that were told.
    told: Vec<&'static str>,
    server_has_spoken: bool,
    is_server_lost: bool,
    /// Content is being told as a frame.
    is_framed: bool,
    is_handed_over: bool,
    /// Which links of mails are told.
    links: MailLinks,
}

/// What a reply will answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pending {
    Other,
    Recipient,
    Data,
    StartTls,
    Auth,
}

/// A login on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Login {
    /// The next line of the client is the user of LOGIN.
    User,
    /// The next line of the client is the response of PLAIN.
    Plain,
    /// The next lines are nobody's business.
    Secret,
}

impl Smtp {
    pub(super) fn new(links: MailLinks) -> Smtp {
        Smtp { links, ..Smtp::default() }
    }

    fn anomaly(&mut self, now: Timestamp, name: &'static str, sink: &mut dyn Sink) {
        let (told, id) = match &mut self.mail {
            Some(mail) => (&mut mail.told, Some(mail.id)),
            None => (&mut self.told, None),
        };
        if !told.contains(&name) {
            told.push(name);
            sink.anomaly(now, name, id);
        }
    }

    /// The mail that is spoken about, a new one if the last one is over.
    fn mail(&mut self, now: Timestamp) -> &mut Mail {
        self.mail.get_or_insert_with(|| {
            self.next_id += 1;
            Mail::new(self.next_id - 1, now, self.links)
        })
    }

    fn tell_mail(&mut self, now: Timestamp, sink: &mut dyn Sink) {
        if let Some(mut mail) = self.mail.take() {
            mail.ended = now;
            (mail.helo, mail.user) = (self.helo.clone(), self.user.clone());
            sink.transaction(now, &mail);
        }
    }

    /// The client's bytes that are not content: a line.
    fn client_line(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> usize {
        let (line, length, is_cut) = match self.lines[0].next(input.bytes, LINE_BYTES_MAX) {
            Line::NeedMore => return 0,
            Line::Rest(length) => return length,
            Line::Cut(text) => (text, text.len(), true),
            // The line end counts.
            Line::Whole { length, .. } if length > LINE_BYTES_MAX => (&input.bytes[..LINE_BYTES_MAX], length, true),
            Line::Whole { text, length } => (text, length, false),
        };
        self.client_text(input.now, line, is_cut, sink);
        length
    }

    fn client_text(&mut self, now: Timestamp, line: &[u8], is_cut: bool, sink: &mut dyn Sink) {
        if let Some(login) = self.login {
            return self.credentials(login, line);
        }
        let command = command::parse(line);
        // These two begin no mail.
        if self.mail.is_none() && matches!(command, Command::Reset | Command::StartTls) {
            return self.command(now, command, sink);
        }
        self.mail(now);
        if !self.server_has_spoken {
            self.anomaly(now, "no_server_welcome_message", sink);
        }
        if is_cut {
            self.anomaly(now, "truncated_line", sink);
        } else if line.len() + 2 > LINE_BYTES_NORMAL {
            self.anomaly(now, "max_command_line_len_exceeded", sink);
        }
        self.command(now, command, sink);
    }

    fn command(&mut self, now: Timestamp, command: Command<'_>, sink: &mut dyn Sink) {
        let pending = match command {
            Command::Hello(name) => {
                self.helo = name.to_vec();
                Pending::Other
            }
            Command::MailFrom(path) => {
                if self.mail(now).mail_from.replace(path.to_vec()).is_some() {
                    self.anomaly(now, "duplicate_fields", sink);
                }
                Pending::Other
            }
            Command::RcptTo(path) => {
                if !self.mail(now).add_recipient(path) {
                    self.anomaly(now, "too_many_recipients", sink);
                }
                Pending::Recipient
            }
            Command::Data => Pending::Data,
            Command::Bdat(bytes, is_last) => {
                self.begin_chunk(now, bytes, is_last, sink);
                Pending::Other
            }
            Command::StartTls => Pending::StartTls,
            Command::Auth(mechanism, response) => {
                self.begin_login(mechanism, response);
                Pending::Auth
            }
            Command::Reset => {
                self.tell_mail(now, sink);
                Pending::Other
            }
            Command::Quit | Command::Other => Pending::Other,
        };
        self.expect_reply(now, pending, sink);
    }

    fn expect_reply(&mut self, now: Timestamp, pending: Pending, sink: &mut dyn Sink) {
        if self.pending.len() >= PENDING_MAX {
            self.anomaly(now, "too_many_pending_commands", sink);
            self.pending.pop_front();
        }
        self.pending.push_back(pending);
        if !matches!(pending, Pending::Data | Pending::StartTls | Pending::Auth) {
            return;
        }
        if self.server_has_spoken && !self.is_server_lost {
            self.awaited = Some(pending);
        } else {
            // Only the client is heard: the server is taken to agree.
            self.agree(pending);
        }
    }

    /// The server says go ahead, or is not heard.
    fn agree(&mut self, pending: Pending) {
        if pending == Pending::Data {
            self.content = Some(Content::new(Framing::Dots));
        }
    }

    fn begin_login(&mut self, mechanism: &[u8], response: Option<&[u8]>) {
        self.login = match (mechanism.eq_ignore_ascii_case(b"PLAIN"), mechanism.eq_ignore_ascii_case(b"LOGIN")) {
            (true, _) => Some(Login::Plain),
            (_, true) => Some(Login::User),
            _ => Some(Login::Secret),
        };
        if let (Some(login), Some(response)) = (self.login, response) {
            self.credentials(login, response);
        }
        if !self.server_has_spoken || self.is_server_lost {
            self.login = None;
        }
    }

    /// A line of the client that answers a challenge. Users are kept, secrets are not.
    fn credentials(&mut self, login: Login, line: &[u8]) {
        let user = match login {
            Login::User => command::login_user(line),
            Login::Plain => command::plain_user(line),
            Login::Secret => None,
        };
        self.user = user.unwrap_or(std::mem::take(&mut self.user));
        self.login = Some(Login::Secret);
        self.awaited = Some(Pending::Auth).filter(|_| !self.is_server_lost);
    }

    fn begin_chunk(&mut self, now: Timestamp, left: u64, is_last: bool, sink: &mut dyn Sink) {
        let framing = Framing::Chunk { left, is_last };
        match &mut self.content {
            Some(content) => content.framing = framing,
            None => self.content = Some(Content::new(framing)),
        }
        self.mail(now).message();
        if left == 0 && is_last {
            self.end_mail(now, sink);
        }
    }

    /// The client's bytes that are content.
    fn client_content(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> usize {
        let step = self.with_content(input.now, sink, |content, mail, report| content.push(input.bytes, mail, report));
        self.tell_head(input.now, sink);
        match step {
            Some(Step::Taken(length) | Step::ChunkOver(length)) => length,
            Some(Step::MailOver(length)) => {
                self.end_mail(input.now, sink);
                length
            }
            Some(Step::NeedMore) | None => 0,
        }
    }

    /// Calls with what is needed to go on in the content.
    fn with_content<T>(
        &mut self,
        now: Timestamp,
        sink: &mut dyn Sink,
        call: impl FnOnce(&mut Content, &mut crate::mime::Message, &mut Report<'_>) -> T,
    ) -> Option<T> {
        self.mail(now).message();
        let (mail, content) = (self.mail.as_mut()?, self.content.as_mut()?);
        let (transaction, files, told) = (mail.id, &mut self.files, &mut mail.told);
        let mut report = Report { now, sender: Side::Client, transaction, files, told, sink };
        Some(call(content, mail.message.as_mut()?, &mut report))
    }

    /// The fields of the mail itself are there.
    fn tell_head(&mut self, now: Timestamp, sink: &mut dyn Sink) {
        let Some(mail) = self.mail.as_mut().filter(|mail| !mail.has_told_head) else { return };
        if mail.email().is_some_and(|email| email.status() != Status::Header) {
            mail.has_told_head = true;
            (mail.helo, mail.user) = (self.helo.clone(), self.user.clone());
            sink.progress(now, mail, Side::Client, Stage::Head);
        }
    }

    /// The last byte of a mail was there.
    fn end_mail(&mut self, now: Timestamp, sink: &mut dyn Sink) {
        self.close_content(now, b"", true, sink);
        self.tell_mail(now, sink);
        // The reply to it.
        if self.pending.len() < PENDING_MAX {
            self.pending.push_back(Pending::Other);
        }
    }

    fn close_content(&mut self, now: Timestamp, unparsed: &[u8], is_complete: bool, sink: &mut dyn Sink) {
        self.with_content(now, sink, |content, message, report| {
            content.finish(unparsed, message, report);
            message.finish(is_complete, report);
        });
        self.content = None;
    }

    fn must_wait(&mut self) -> bool {
        self.client_waits = self.awaited.is_some();
        self.client_waits
    }

    fn is_in_content(&self) -> bool {
        match self.content.as_ref().map(|content| &content.framing) {
            None | Some(Framing::Chunk { left: 0, .. }) => false,
            Some(_) => true,
        }
    }

    fn server_line(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> usize {
        let (line, length) = match self.lines[1].next(input.bytes, LINE_BYTES_MAX) {
            Line::NeedMore => return 0,
            Line::Rest(length) => return length,
            Line::Cut(text) => (text, text.len()),
            Line::Whole { text, length } => (text, length),
        };
        self.server_text(input.now, line, sink);
        length
    }

    fn server_text(&mut self, now: Timestamp, line: &[u8], sink: &mut dyn Sink) {
        if line.len() + 2 > LINE_BYTES_NORMAL {
            self.anomaly(now, "max_reply_line_len_exceeded", sink);
        }
        let Some(reply) = reply::parse(line) else { return self.invalid_reply(now, sink) };
        if !reply.is_last {
            return;
        }
        if !std::mem::replace(&mut self.server_has_spoken, true) && (reply.code == 220 || self.pending.is_empty()) {
            return;
        }
        if let Some(mail) = &mut self.mail {
            mail.last_reply = line.to_vec();
        }
        match self.pending.pop_front() {
            Some(pending) => self.reply(now, pending, reply.code, sink),
            // A server may say by itself that it closes (RFC 5321, section 3.8).
            None if reply.code == 421 => {}
            None => self.anomaly(now, "unable_to_match_reply_with_request", sink),
        }
    }

    /// Whatever it says, it answers something.
    fn invalid_reply(&mut self, now: Timestamp, sink: &mut dyn Sink) {
        let name = if self.mail.is_some() { "invalid_reply" } else { "invalid_reply_outside_transaction" };
        if !self.told.contains(&name) {
            self.told.push(name);
            sink.anomaly(now, name, self.mail.as_ref().map(|mail| mail.id));
        }
        self.server_has_spoken = true;
        if let Some(pending) = self.pending.pop_front() {
            self.reply(now, pending, 500, sink);
        }
    }

    fn reply(&mut self, now: Timestamp, pending: Pending, code: u16, sink: &mut dyn Sink) {
        let is_good = code / 100 == 2;
        match pending {
            Pending::Other => {}
            Pending::Recipient => {
                if let Some(mail) = self.mail.as_mut().filter(|_| !is_good) {
                    mail.rejected_recipients += 1;
                }
            }
            Pending::Data if code == 354 => self.agree(pending),
            Pending::Data => self.anomaly(now, "data_command_rejected", sink),
            Pending::StartTls if code == 220 => {
                self.is_handed_over = true;
                sink.hand_over(now, Handover::Upgrade { protocol: "tls", about: b"" });
            }
            Pending::StartTls => self.anomaly(now, "tls_rejected", sink),
            Pending::Auth if code == 334 => {
                self.pending.push_front(Pending::Auth);
            }
            Pending::Auth => self.login = None,
        }
        if self.awaited == Some(pending) {
            self.awaited = None;
        }
    }
}

impl Smtp {
    /// What the next bytes of a side are a frame of.
    fn frame_name(&self, sender: Side) -> &'static str {
        match sender {
            Side::Server => "response_line",
            Side::Client if self.is_in_content() => "data",
            Side::Client => "command_line",
        }
    }

    /// Lines are frames of their own; content is one as long as it lasts.
    fn cut(&mut self, name: &'static str, taken: Input<'_>, sink: &mut dyn Sink) {
        if taken.bytes.is_empty() {
            return;
        }
        if name != "data" {
            return tell_frames(taken, None, &[(name, taken.bytes)], sink);
        }
        if !std::mem::replace(&mut self.is_framed, true) {
            open_frames(taken, None, &[name], sink);
        }
        continue_frames(taken, sink);
        if !self.is_in_content() {
            self.close_frame(taken, true, sink);
        }
    }

    fn close_frame(&mut self, at: Input<'_>, is_complete: bool, sink: &mut dyn Sink) {
        if std::mem::take(&mut self.is_framed) {
            close_frames(at, is_complete, &["data"], sink);
        }
    }
}

impl Parser for Smtp {
    fn push(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Progress {
        let name = self.frame_name(input.sender);
        let consumed = match input.sender {
            _ if self.is_handed_over => 0,
            Side::Server if self.client_waits && self.awaited.is_none() => return Progress::AFTER_OTHER_SIDE,
            Side::Server => self.server_line(input, sink),
            Side::Client if self.must_wait() => return Progress::AFTER_OTHER_SIDE,
            Side::Client if self.is_in_content() => self.client_content(input, sink),
            Side::Client => self.client_line(input, sink),
        };
        self.cut(name, Input { bytes: &input.bytes[..consumed], ..input }, sink);
        Progress { consumed, needed: 0 }
    }

    fn gap(&mut self, gap: Gap<'_>, sink: &mut dyn Sink) {
        if self.is_handed_over {
            return;
        }
        self.lines[gap.sender.index()] = Lines::default();
        self.client_waits = false;
        if gap.sender == Side::Server {
            return self.server_gap(gap, sink);
        }
        self.close_frame(Input { now: gap.now, sender: gap.sender, bytes: b"" }, false, sink);
        if let Some(awaited) = self.awaited.take() {
            // Nobody says what it is: it is what it was meant to be.
            self.login = None;
            self.agree(awaited);
        }
        let rest = self.go_on(gap.now, gap.unparsed, sink);
        self.lines[gap.sender.index()] = Lines::default();
        if self.is_in_content() {
            let left = self
                .with_content(gap.now, sink, |content, message, report| content.gap(gap.bytes, rest, message, report));
            let is_over = matches!(
                self.content.as_ref().map(|content| &content.framing),
                Some(Framing::Chunk { left: 0, is_last: true })
            );
            if is_over || left.is_some_and(|left| left > 0) {
                self.end_mail(gap.now, sink);
            }
        } else if gap.bytes == 0 && !rest.is_empty() {
            self.client_text(gap.now, rest, false, sink);
        }
    }

    fn finish(&mut self, now: Timestamp, sink: &mut dyn Sink) {
        self.close_frame(Input { now, sender: Side::Client, bytes: b"" }, false, sink);
        if self.content.is_some() {
            self.close_content(now, b"", false, sink);
        }
        self.tell_mail(now, sink);
    }
}

impl Smtp {
    /// Takes what can be taken of the client's bytes, without waiting; returns the rest.
    fn go_on<'a>(&mut self, now: Timestamp, mut bytes: &'a [u8], sink: &mut dyn Sink) -> &'a [u8] {
        while !bytes.is_empty() {
            let input = Input { now, sender: Side::Client, bytes };
            let consumed =
                if self.is_in_content() { self.client_content(input, sink) } else { self.client_line(input, sink) };
            if let Some(awaited) = self.awaited.take() {
                self.login = None;
                self.agree(awaited);
            }
            if consumed == 0 {
                break;
            }
            bytes = &bytes[consumed..];
        }
        bytes
    }

    /// Replies are missing: which command the next ones answer is not known.
    fn server_gap(&mut self, gap: Gap<'_>, sink: &mut dyn Sink) {
        if gap.bytes == 0 {
            return self.server_text(gap.now, gap.unparsed.trim_ascii_end(), sink);
        }
        self.is_server_lost = true;
        self.pending.clear();
        self.login = None;
        if let Some(awaited) = self.awaited.take() {
            self.agree(awaited);
        }
    }
}
