//! Is it IMAP?

use crate::named::look::{begins_any, hint, line, proof};
use crate::protocol::Probe;
use model::packet::Side;

/// A line that is longer is none.
const LINE_BYTES_MAX: usize = 1024;

/// The server's greeting; a tag and a command.
pub(super) fn probe(head: &[u8], sender: Side) -> Probe {
    if sender == Side::Server {
        return begins_any(head, &[b"* OK ", b"* PREAUTH ", b"* BYE "]);
    }
    const COMMANDS: [&[u8]; 6] = [b"CAPABILITY", b"LOGIN", b"AUTHENTICATE", b"STARTTLS", b"NOOP", b"ID"];
    let line = match line(head, LINE_BYTES_MAX) {
        Ok(line) => line,
        Err(other) => return other,
    };
    let mut words = line.split(|byte| *byte == b' ');
    let (tag, command) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let is_tag = (1..=16).contains(&tag.len()) && tag.iter().all(u8::is_ascii_alphanumeric);
    let has_digit = tag.iter().any(u8::is_ascii_digit);
    let is_command = COMMANDS.iter().any(|known| command.eq_ignore_ascii_case(known));
    if has_digit { proof(is_tag && is_command) } else { hint(is_tag && is_command) }
}
