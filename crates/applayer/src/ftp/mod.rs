//! FTP (RFC 959, 2428, 4217): commands with their replies, the data channels that they announce, and what is sent there.

mod buffers;
mod channel;
mod data;
mod endpoint;
mod parser;
#[cfg(test)]
mod tests;
mod transaction;

use crate::protocol::{Parser, Probe, Protocol, Start, Transport};
use crate::tree::{Column, Table};
use memchr::memchr;
use model::FieldType::{Int32, Int64, Text};
use model::packet::Side;

pub use data::{FtpDataProtocol, Transfer};
pub use transaction::Command;

/// The row of FTP's control channel.
pub struct FtpProtocol;

/// A greeting is looked at for the word FTP to here.
const GREETING_BYTES_MAX: usize = 512;

/// Commands that no other protocol begins with.
const OWN_COMMANDS: [&[u8]; 8] = [b"FEAT", b"SYST", b"PASV", b"EPSV", b"PORT", b"EPRT", b"AUTH TLS", b"AUTH SSL"];

impl Protocol for FtpProtocol {
    fn name(&self) -> &'static str {
        "ftp"
    }

    fn transports(&self) -> &'static [Transport] {
        &[Transport::Tcp]
    }

    fn ports(&self) -> &'static [u16] {
        &[21]
    }

    fn probe(&self, head: &[u8], sender: Side, _transport: Transport) -> Probe {
        match sender {
            Side::Client => probe_client(head),
            Side::Server => probe_server(head),
        }
    }

    fn parser(&self, _start: Start<'_>) -> Box<dyn Parser> {
        Box::new(parser::Ftp::default())
    }

    fn tables(&self) -> &'static [Table] {
        TABLES
    }
}

fn probe_client(head: &[u8]) -> Probe {
    let word = head.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    match head.get(word) {
        None if word <= 4 => return Probe::NeedMore,
        Some(b' ' | b'\r' | b'\n') if (3..=4).contains(&word) => {}
        _ => return Probe::No,
    }
    let Some(end) = memchr(b'\n', head) else {
        return if head.len() < GREETING_BYTES_MAX { Probe::NeedMore } else { Probe::No };
    };
    let line = head[..end].trim_ascii_end();
    let is_own = |command: &&[u8]| {
        line.get(..command.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(command))
            && line.get(command.len()).is_none_or(|behind| *behind == b' ')
    };
    if OWN_COMMANDS.iter().any(is_own) { Probe::Yes } else { Probe::Maybe }
}

/// The greeting of a mail server looks the same, but for what it says of itself.
fn probe_server(head: &[u8]) -> Probe {
    let digits = head.iter().take(3).take_while(|byte| byte.is_ascii_digit()).count();
    if digits < 3.min(head.len()) {
        return Probe::No;
    }
    match head.get(3) {
        None => return Probe::NeedMore,
        Some(b' ' | b'-') => {}
        Some(_) => return Probe::No,
    }
    let line = &head[..head.len().min(GREETING_BYTES_MAX)];
    let end = memchr(b'\n', line);
    if end.is_none() && line.len() < GREETING_BYTES_MAX {
        return Probe::NeedMore;
    }
    let line = line[..end.unwrap_or(line.len())].to_ascii_lowercase();
    let says = |word: &[u8]| memchr::memmem::find(&line, word).is_some();
    match (head.starts_with(b"220"), says(b"ftp"), says(b"smtp")) {
        (true, true, false) => Probe::Yes,
        (_, _, true) => Probe::No,
        _ => Probe::Maybe,
    }
}

const fn column(name: &'static str, path: &'static str, field_type: model::FieldType, doc: &'static str) -> Column {
    Column { name, path, field_type, doc }
}

static TABLES: &[Table] = &[Table { name: "ftp", doc: "FTP commands and their replies", columns: COLUMNS }];

#[rustfmt::skip]
const COLUMNS: &[Column] = &[
    column("user", "user", Text, "The user who is logged in or logs in"),
    column("command", "command", Text, "The command in capitals; none for the server's greeting"),
    column("command_data", "command_data", Text, "What stands behind it; passwords but those of guests are hidden"),
    column("completion_code", "completion_code[]", Text, "Codes of the reply's lines"),
    column("reply", "reply[]", Text, "Lines of the reply"),
    column("dynamic_port", "dynamic_port", Int32, "The port of the data channel that was agreed on"),
    column("mode", "mode", Text, "active, where the server opens the data channel; else passive"),
    column("reply_received", "reply_received", Text, "yes or no"),
    column("reply_ns", "timing.reply_ns", Int64, "From the command to the first line of its reply"),
    column("transaction_ns", "timing.transaction_ns", Int64, "From the command to the last line of its reply"),
];
