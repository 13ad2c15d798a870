//! One connection.

use super::answer::{self, EOF, EOF_BYTES_MAX, ERROR, LOCAL_FILE, OK};
use super::command::{self, Follows, capability};
use super::transaction::{Login, MysqlTransaction};
use crate::protocol::{Gap, Input, Parser, Progress};
use crate::sink::{Handover, Sink};
use model::packet::{Side, Timestamp};
use std::collections::VecDeque;

/// Bytes of a header: a length of three bytes, and a number.
const HEADER_BYTES: usize = 4;

/// Bytes of a packet that are waited for; the rest is passed over.
const PACKET_BYTES_MAX: usize = 16 << 10;

/// Bytes of a statement that are kept.
const STATEMENT_BYTES_MAX: usize = 8 << 10;

/// Commands that wait for their answers; beyond them the oldest is told without one.
const OPEN_MAX: usize = 256;

#[derive(Default)]
pub(super) struct Mysql {
    skips: [u64; 2],
    is_dark: [bool; 2],
    is_handed_over: bool,
    has_logged_in: bool,
    server_version: Vec<u8>,
    /// What both ends can.
    capabilities: u32,
    open: VecDeque<(MysqlTransaction, Answer)>,
    begun: u64,
}

/// What comes next of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    /// The end of a login: OK or an error, after any number of other packets.
    Login,
    /// Its first packet.
    First(Follows),
    /// So many definitions, and an EOF behind them where there is one; then rows follow, or nothing.
    Definitions { left: u64, then_rows: bool },
    /// So many definitions of parameters, then of columns.
    Parameters { left: u64, columns: u64 },
    /// Rows, up to their end.
    Rows,
    /// Definitions, up to an EOF.
    Fields,
}

impl Mysql {
    fn begin(&mut self, now: Timestamp, command: &'static str) -> MysqlTransaction {
        let id = self.begun;
        self.begun += 1;
        MysqlTransaction { command, id, started: now, ended: now, ..MysqlTransaction::default() }
    }

    fn wait(&mut self, now: Timestamp, transaction: MysqlTransaction, answer: Answer, sink: &mut dyn Sink) {
        self.open.push_back((transaction, answer));
        if self.open.len() > OPEN_MAX
            && let Some((oldest, _)) = self.open.pop_front()
        {
            sink.anomaly(now, "too_many_transactions", Some(oldest.id));
            sink.transaction(now, &oldest);
        }
    }

    fn from_client(&mut self, now: Timestamp, number: u8, packet: &[u8], sink: &mut dyn Sink) {
        if !self.has_logged_in {
            return self.log_in(now, packet, sink);
        }
        // Others go on with what has begun: a proof, a file.
        let (0, [number, text @ ..]) = (number, packet) else { return };
        let (name, follows) = command::of(*number);
        let mut transaction = self.begin(now, name);
        if command::has_text(*number) {
            let is_query = *number == 0x03;
            let text = if is_query { command::statement(text, self.capabilities) } else { text };
            transaction.statement = text[..text.len().min(STATEMENT_BYTES_MAX)].to_vec();
        }
        match follows {
            Follows::Nothing => sink.transaction(now, &transaction),
            Follows::Stream => {
                self.is_dark = [true; 2];
                sink.transaction(now, &transaction);
            }
            follows if *number == 0x11 => {
                let user = text.split(|byte| *byte == 0).next().unwrap_or_default().to_vec();
                transaction.login = Some(Login { user, ..Login::default() });
                let answer = if follows == Follows::Result { Answer::Login } else { Answer::First(follows) };
                self.wait(now, transaction, answer, sink);
            }
            follows => self.wait(now, transaction, Answer::First(follows), sink),
        }
    }

    fn log_in(&mut self, now: Timestamp, packet: &[u8], sink: &mut dyn Sink) {
        let Some((capabilities, login)) = command::login(packet) else {
            self.is_dark = [true; 2];
            return sink.anomaly(now, "malformed_login", None);
        };
        self.has_logged_in = true;
        self.capabilities = capabilities;
        let mut transaction = self.begin(now, "login");
        let is_tls = login.is_tls;
        transaction.login = Some(Login { server_version: self.server_version.clone(), ..login });
        if is_tls {
            sink.transaction(now, &transaction);
            self.is_handed_over = true;
            return sink.hand_over(now, Handover::Upgrade { protocol: "tls", about: b"" });
        }
        self.wait(now, transaction, Answer::Login, sink);
    }

    fn from_server(&mut self, now: Timestamp, packet: &[u8], length: usize, sink: &mut dyn Sink) {
        let first = packet.first().copied().unwrap_or(OK);
        let Some((mut transaction, answer)) = self.open.pop_front() else {
            return self.unasked(now, first, packet, sink);
        };
        transaction.ended = now;
        if first == ERROR {
            transaction.is_success = Some(false);
            transaction.failure = Some(answer::failure(packet));
            return sink.transaction(now, &transaction);
        }
        let is_eof = first == EOF && length <= EOF_BYTES_MAX;
        let next = match answer {
            Answer::Login => self.login_answer(first),
            Answer::First(follows) => first_answer(&mut transaction, follows, first, packet),
            Answer::Definitions { left, then_rows } => self.after_definition(left, then_rows, is_eof),
            Answer::Parameters { left, columns } => match self.after_definition(left, false, is_eof) {
                Some(Answer::Definitions { left, .. }) => Some(Answer::Parameters { left, columns }),
                _ => definitions(columns, false),
            },
            Answer::Rows if is_end_of_rows(first, length, is_eof, self.capabilities) => {
                let has_more =
                    if is_eof && !self.has_no_eof() { answer::eof_has_more(packet) } else { answer::ok(packet).1 };
                has_more.then_some(Answer::First(Follows::Result))
            }
            Answer::Rows => {
                *transaction.rows.get_or_insert(0) += 1;
                Some(Answer::Rows)
            }
            Answer::Fields => (!is_eof).then_some(Answer::Fields),
        };
        match next {
            Some(next) => self.open.push_front((transaction, next)),
            None => self.end(now, transaction, sink),
        }
    }

    fn end(&mut self, now: Timestamp, mut transaction: MysqlTransaction, sink: &mut dyn Sink) {
        transaction.is_success = Some(true);
        sink.transaction(now, &transaction);
        // What follows the login is compressed, and not read.
        let is_compressed = transaction.login.is_some() && self.capabilities & capability::COMPRESS != 0;
        self.is_dark = [self.is_dark[0] || is_compressed, self.is_dark[1] || is_compressed];
    }

    /// The greeting; or the server's refusal of whoever comes.
    fn unasked(&mut self, now: Timestamp, first: u8, packet: &[u8], sink: &mut dyn Sink) {
        const PROTOCOL_10: u8 = 10;
        if first == ERROR {
            let mut transaction = self.begin(now, "login");
            (transaction.is_success, transaction.failure) = (Some(false), Some(answer::failure(packet)));
            sink.transaction(now, &transaction);
        } else if first == PROTOCOL_10 && !self.has_logged_in {
            match answer::greeting(packet) {
                Some((version, _)) => self.server_version = version,
                None => sink.anomaly(now, "malformed_greeting", None),
            }
        }
    }

    /// Other packets ask for more proof.
    fn login_answer(&self, first: u8) -> Option<Answer> {
        (first != OK).then_some(Answer::Login)
    }

    fn has_no_eof(&self) -> bool {
        self.capabilities & capability::NO_EOF != 0
    }

    /// A definition has come, or the EOF behind the last one.
    fn after_definition(&self, left: u64, then_rows: bool, is_eof: bool) -> Option<Answer> {
        let rows = then_rows.then_some(Answer::Rows);
        match left {
            0 => rows,
            1 if self.has_no_eof() => rows,
            _ if is_eof => rows,
            left => Some(Answer::Definitions { left: left - 1, then_rows }),
        }
    }

    fn packet(&mut self, input: Input<'_>, number: u8, packet: &[u8], length: usize, sink: &mut dyn Sink) {
        match input.sender {
            Side::Client => self.from_client(input.now, number, packet, sink),
            Side::Server => self.from_server(input.now, packet, length, sink),
        }
    }
}

fn definitions(left: u64, then_rows: bool) -> Option<Answer> {
    (left > 0).then_some(Answer::Definitions { left, then_rows })
}

/// Rows end with an EOF, or with an OK that begins as one.
fn is_end_of_rows(first: u8, length: usize, is_eof: bool, capabilities: u32) -> bool {
    const PACKET_MAX: usize = 0x00ff_ffff;
    if capabilities & capability::NO_EOF != 0 { first == EOF && length < PACKET_MAX } else { is_eof }
}

/// The first packet of an answer; what follows it.
fn first_answer(transaction: &mut MysqlTransaction, follows: Follows, first: u8, packet: &[u8]) -> Option<Answer> {
    match (follows, first) {
        (Follows::Prepared, OK) => {
            let (parameters, columns) = answer::prepared(packet).unwrap_or_default();
            let (left, columns) = (u64::from(parameters), u64::from(columns));
            if left > 0 { Some(Answer::Parameters { left, columns }) } else { definitions(columns, false) }
        }
        (Follows::Fields, EOF) => None,
        (Follows::Fields, _) => Some(Answer::Fields),
        (Follows::Text | Follows::Prepared, _) | (Follows::Nothing | Follows::Stream, _) => None,
        (Follows::Result, OK | EOF) => {
            let (affected, has_more) = answer::ok(packet);
            transaction.affected_rows = affected;
            has_more.then_some(Answer::First(Follows::Result))
        }
        // The client sends a file, and then there is an answer.
        (Follows::Result, LOCAL_FILE) => Some(Answer::First(Follows::Result)),
        (Follows::Result, _) => {
            transaction.rows.get_or_insert(0);
            let columns = answer::length_encoded(&mut crate::reader::Reader::new(packet)).unwrap_or(0);
            definitions(columns, true)
        }
    }
}

impl Parser for Mysql {
    fn push(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Progress {
        let side = input.sender.index();
        if self.is_handed_over {
            return Progress { consumed: 0, needed: 0 };
        }
        if self.is_dark[side] {
            return Progress::all(input.bytes);
        }
        if self.skips[side] > 0 {
            let consumed = input.bytes.len().min(usize::try_from(self.skips[side]).unwrap_or(usize::MAX));
            self.skips[side] -= consumed as u64;
            return Progress { consumed, needed: 0 };
        }
        let Some(&[a, b, c, number]) = input.bytes.first_chunk::<HEADER_BYTES>() else {
            return Progress { consumed: 0, needed: HEADER_BYTES };
        };
        let length = u32::from_le_bytes([a, b, c, 0]) as usize;
        let head = length.min(PACKET_BYTES_MAX);
        let end = HEADER_BYTES + head;
        let Some(packet) = input.bytes.get(HEADER_BYTES..end) else { return Progress { consumed: 0, needed: end } };
        self.packet(input, number, packet, length, sink);
        self.skips[side] = (length - head) as u64;
        Progress { consumed: end, needed: 0 }
    }

    fn gap(&mut self, gap: Gap<'_>, _sink: &mut dyn Sink) {
        let side = gap.sender.index();
        let is_within = gap.bytes < self.skips[side];
        self.skips[side] = self.skips[side].saturating_sub(gap.bytes);
        // Nothing marks where a packet begins.
        self.is_dark[side] |= !is_within && (gap.bytes > 0 || !gap.unparsed.is_empty());
    }

    fn finish(&mut self, now: Timestamp, sink: &mut dyn Sink) {
        self.open.drain(..).for_each(|(transaction, _)| sink.transaction(now, &transaction));
    }
}
