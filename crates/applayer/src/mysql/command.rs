//! What a client sends.

use super::answer::length_encoded;
use super::transaction::Login;
use crate::reader::Reader;

/// Bits of what both ends can (Client/Server Protocol, capabilities).
pub(super) mod capability {
    pub(in super::super) const DATABASE: u32 = 0x0008;
    pub(in super::super) const COMPRESS: u32 = 0x0020;
    pub(in super::super) const PROTOCOL_41: u32 = 0x0200;
    pub(in super::super) const TLS: u32 = 0x0800;
    pub(in super::super) const SECURE: u32 = 0x8000;
    pub(in super::super) const PLUGIN: u32 = 0x0008_0000;
    pub(in super::super) const LENGTH_ENCODED: u32 = 0x0020_0000;
    /// Rows end with an OK instead of an EOF.
    pub(in super::super) const NO_EOF: u32 = 0x0100_0000;
    /// Attributes stand before a statement.
    pub(in super::super) const QUERY_ATTRIBUTES: u32 = 0x0800_0000;
}

/// Names of commands by their numbers.
const NAMES: &[(u8, &str)] = &[
    (0x01, "quit"),
    (0x02, "init_db"),
    (0x03, "query"),
    (0x04, "field_list"),
    (0x05, "create_db"),
    (0x06, "drop_db"),
    (0x07, "refresh"),
    (0x08, "shutdown"),
    (0x09, "statistics"),
    (0x0a, "process_info"),
    (0x0c, "process_kill"),
    (0x0d, "debug"),
    (0x0e, "ping"),
    (0x11, "change_user"),
    (0x12, "binlog_dump"),
    (0x15, "register_slave"),
    (0x16, "stmt_prepare"),
    (0x17, "stmt_execute"),
    (0x18, "stmt_send_long_data"),
    (0x19, "stmt_close"),
    (0x1a, "stmt_reset"),
    (0x1b, "set_option"),
    (0x1c, "stmt_fetch"),
    (0x1e, "binlog_dump_gtid"),
    (0x1f, "reset_connection"),
];

/// What follows a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Follows {
    /// No answer.
    Nothing,
    /// An OK, an error, or rows.
    Result,
    /// As many definitions as the first packet says.
    Prepared,
    /// Definitions up to an EOF.
    Fields,
    /// One packet of text.
    Text,
    /// Packets without end.
    Stream,
}

/// The name of a command, and what follows it.
pub(super) fn of(number: u8) -> (&'static str, Follows) {
    let name = NAMES.iter().find(|(known, _)| *known == number).map_or("unknown", |(_, name)| *name);
    let follows = match number {
        0x01 | 0x18 | 0x19 => Follows::Nothing,
        0x04 => Follows::Fields,
        0x09 => Follows::Text,
        0x12 | 0x1e => Follows::Stream,
        0x16 => Follows::Prepared,
        _ => Follows::Result,
    };
    (name, follows)
}

/// The statement of a query, behind its attributes; all of it where these cannot be read.
pub(super) fn statement(text: &[u8], capabilities: u32) -> &[u8] {
    let has_attributes = capabilities & capability::QUERY_ATTRIBUTES != 0;
    let mut reader = Reader::new(text);
    match has_attributes.then(|| skip_attributes(&mut reader)) {
        Some(Some(())) => reader.rest(),
        _ => text,
    }
}

/// Passes over attributes: how many, which are nothing, their types and names, their values.
fn skip_attributes(reader: &mut Reader<'_>) -> Option<()> {
    const ATTRIBUTES_MAX: u64 = 1 << 12;
    let (count, _sets) = (length_encoded(reader)?, length_encoded(reader)?);
    if count == 0 {
        return Some(());
    }
    let count = usize::try_from(count.min(ATTRIBUTES_MAX)).ok()?;
    let nothing = reader.take(count.div_ceil(8))?;
    reader.skip(1)?;
    let mut kinds = Vec::with_capacity(count);
    for _ in 0..count {
        let (kind, _flags) = (reader.u8()?, reader.u8()?);
        let name_bytes = length_encoded(reader)?;
        reader.skip(usize::try_from(name_bytes).ok()?)?;
        kinds.push(kind);
    }
    let has_value = |place: &usize| nothing[place / 8] >> (place % 8) & 1 == 0;
    (0..count).filter(has_value).try_for_each(|place| skip_value(kinds[place], reader))
}

/// Passes over a value of a type (binary protocol).
fn skip_value(kind: u8, reader: &mut Reader<'_>) -> Option<()> {
    let bytes = match kind {
        0x06 => 0,
        0x01 => 1,
        0x02 | 0x0d => 2,
        0x03 | 0x04 | 0x09 => 4,
        0x05 | 0x08 => 8,
        0x07 | 0x0a..=0x0c => reader.u8()?.into(),
        _ => usize::try_from(length_encoded(reader)?).ok()?,
    };
    reader.skip(bytes)
}

/// Does text follow its number?
pub(super) fn has_text(number: u8) -> bool {
    matches!(number, 0x02 | 0x03 | 0x05 | 0x06 | 0x16)
}

/// A client's first packet: what it can, and who it is. Of one before 4.1 nothing is known.
pub(super) fn login(packet: &[u8]) -> Option<(u32, Login)> {
    const RESERVED_BYTES: usize = 23;
    let mut reader = Reader::new(packet);
    let capabilities = reader.le32()?;
    if capabilities & capability::PROTOCOL_41 == 0 {
        return Some((capabilities, Login::default()));
    }
    let (_packet_bytes_max, _character_set) = (reader.le32()?, reader.u8()?);
    reader.skip(RESERVED_BYTES)?;
    let mut login = Login { is_tls: capabilities & capability::TLS != 0, ..Login::default() };
    if !reader.is_empty() {
        login.is_tls = false;
        // What is cut is told as far as it came.
        let _ = who(&mut login, capabilities, &mut reader);
    }
    Some((capabilities, login))
}

fn who(login: &mut Login, capabilities: u32, reader: &mut Reader<'_>) -> Option<()> {
    login.user = reader.zero_ended()?.to_vec();
    if capabilities & capability::LENGTH_ENCODED != 0 {
        let length = length_encoded(reader)?;
        reader.skip(usize::try_from(length).ok()?)?;
    } else if capabilities & capability::SECURE != 0 {
        reader.vector8()?;
    } else {
        reader.zero_ended()?;
    }
    if capabilities & capability::DATABASE != 0 {
        login.database = reader.zero_ended()?.to_vec();
    }
    if capabilities & capability::PLUGIN != 0 {
        login.plugin = reader.zero_ended()?.to_vec();
    }
    Some(())
}
