//! Arguments of calls, as far as they name files.

use super::procedure::Procedure;
use super::rpc::{cut_opaque, opaque};
use crate::reader::Reader;

/// What a call says.
#[derive(Debug, Default)]
pub(super) struct Arguments<'a> {
    /// The file's handle, or its folder's.
    pub(super) handle: Vec<u8>,
    pub(super) name: Option<Vec<u8>>,
    /// Of RENAME: the new name.
    pub(super) to: Option<Vec<u8>>,
    /// Of READ and WRITE.
    pub(super) offset: u64,
    /// Of WRITE: the content's length, and as much of it as is here.
    pub(super) content: Option<(u32, &'a [u8])>,
}

/// `None` where they are malformed.
pub(super) fn arguments(version: u32, procedure: Procedure, mut reader: Reader<'_>) -> Option<Arguments<'_>> {
    if version > 3 || matches!(procedure, Procedure::Null | Procedure::Unknown(_)) {
        return Some(Arguments::default());
    }
    let mut arguments = Arguments { handle: handle(version, &mut reader)?, ..Arguments::default() };
    match procedure {
        Procedure::Lookup | Procedure::Create | Procedure::MkDir | Procedure::Remove | Procedure::RmDir => {
            arguments.name = Some(opaque(&mut reader)?.to_vec());
        }
        Procedure::Rename => {
            arguments.name = Some(opaque(&mut reader)?.to_vec());
            handle(version, &mut reader)?;
            arguments.to = Some(opaque(&mut reader)?.to_vec());
        }
        Procedure::Read => arguments.offset = offset(version, &mut reader)?,
        Procedure::Write => {
            // Version 2 has an offset that is not used before it, and the length once more behind it.
            reader.skip(if version == 2 { 4 } else { 0 })?;
            arguments.offset = offset(version, &mut reader)?;
            reader.skip(if version == 2 { 4 } else { 8 })?;
            arguments.content = Some(cut_opaque(&mut reader)?);
        }
        _ => {}
    }
    Some(arguments)
}

fn offset(version: u32, reader: &mut Reader<'_>) -> Option<u64> {
    if version == 2 { reader.u32().map(u64::from) } else { reader.u64() }
}

/// Of version 2 it has 32 bytes; of version 3 up to 64.
pub(super) fn handle(version: u32, reader: &mut Reader<'_>) -> Option<Vec<u8>> {
    let handle = if version == 2 { reader.take(32)? } else { opaque(reader)? };
    (handle.len() <= 64).then(|| handle.to_vec())
}
