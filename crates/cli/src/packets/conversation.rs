//! What the ends of sessions said, as text or as hexadecimal.

use anyhow::Result;
use flow::{Endpoint, Flow};
use model::packet::Side;
use std::io::Write;
use std::net::SocketAddr;

const HEX_ROW_BYTES: usize = 16;

/// Prints what is said, with a line wherever the speaker changes.
pub(crate) struct Conversation {
    in_hexadecimal: bool,
    in_color: bool,
    /// Who spoke last: the session's number and the side.
    speaker: Option<(u64, Side)>,
}

impl Conversation {
    pub(crate) fn new(in_hexadecimal: bool, in_color: bool) -> Conversation {
        Conversation { in_hexadecimal, in_color, speaker: None }
    }

    /// Bytes that a side said.
    pub(crate) fn said(&mut self, flow: &Flow, sender: Side, bytes: &[u8], out: &mut impl Write) -> Result<()> {
        self.turn(flow, sender, out)?;
        if self.in_hexadecimal {
            return bytes.chunks(HEX_ROW_BYTES).try_for_each(|row| hexadecimal(row, out));
        }
        let text: String = String::from_utf8_lossy(bytes).chars().map(printable).collect();
        let (color, plain) = self.color(sender);
        Ok(write!(out, "{color}{text}{plain}")?)
    }

    /// Bytes that a side said and nobody captured.
    pub(crate) fn gap(&mut self, flow: &Flow, sender: Side, bytes: u64, out: &mut impl Write) -> Result<()> {
        self.turn(flow, sender, out)?;
        Ok(writeln!(out, "\n[{bytes} bytes were not captured]")?)
    }

    fn turn(&mut self, flow: &Flow, sender: Side, out: &mut impl Write) -> Result<()> {
        let speaker = (flow.number, sender);
        if self.speaker == Some(speaker) {
            return Ok(());
        }
        let before = if self.speaker.is_some() { "\n" } else { "" };
        self.speaker = Some(speaker);
        let (from, to) = match sender {
            Side::Client => (flow.client(), flow.server()),
            Side::Server => (flow.server(), flow.client()),
        };
        let (color, plain) = self.color(sender);
        let name = if sender == Side::Client { "client" } else { "server" };
        Ok(writeln!(out, "{before}{color}── {name} {} → {}{plain}", socket(from), socket(to))?)
    }

    fn color(&self, sender: Side) -> (&'static str, &'static str) {
        match (self.in_color, sender) {
            (false, _) => ("", ""),
            (true, Side::Client) => ("\x1b[31m", "\x1b[0m"),
            (true, Side::Server) => ("\x1b[34m", "\x1b[0m"),
        }
    }
}

fn socket(end: Endpoint) -> SocketAddr {
    SocketAddr::new(end.address, end.port)
}

/// What others said must not move the cursor or change colours.
fn printable(character: char) -> char {
    match character {
        '\n' | '\t' => character,
        '\r' => ' ',
        other if other.is_control() || other == '\u{fffd}' => '.',
        other => other,
    }
}

/// `47 45 54 20 ...  GET ...`
fn hexadecimal(row: &[u8], out: &mut impl Write) -> Result<()> {
    for place in 0..HEX_ROW_BYTES {
        match row.get(place) {
            Some(byte) => write!(out, "{byte:02x} ")?,
            None => write!(out, "   ")?,
        }
    }
    let text: String =
        row.iter().map(|byte| if byte.is_ascii_graphic() || *byte == b' ' { *byte as char } else { '.' }).collect();
    Ok(writeln!(out, " {text}")?)
}
