//! Results of calls, as far as they name files or bring content.

use super::call::handle;
use super::procedure::Procedure;
use super::rpc::{cut_opaque, opaque};
use crate::reader::Reader;

/// Entries of one folder's list whose names are taken.
const ENTRIES_MAX: usize = 1_024;

/// What a reply says.
#[derive(Debug, Default)]
pub(super) struct Results<'a> {
    pub(super) status: Option<u32>,
    /// Of LOOKUP and CREATE: the file's handle.
    pub(super) handle: Option<Vec<u8>>,
    /// Of READDIRPLUS: names and handles.
    pub(super) entries: Vec<(Vec<u8>, Vec<u8>)>,
    /// Of READ: the content's length, and as much of it as is here.
    pub(super) content: Option<(u32, &'a [u8])>,
    /// Of READ: is it the end of the file?
    pub(super) is_end: bool,
}

/// `None` where they are malformed.
pub(super) fn results(version: u32, procedure: Procedure, mut reader: Reader<'_>) -> Option<Results<'_>> {
    let mut results = Results::default();
    if matches!(procedure, Procedure::Null) {
        return Some(results);
    }
    let status = reader.u32()?;
    results.status = Some(status);
    if status != 0 || version > 3 {
        return Some(results);
    }
    match procedure {
        Procedure::Lookup => results.handle = handle(version, &mut reader),
        Procedure::Create | Procedure::MkDir => {
            let has_handle = version == 2 || reader.u32()? != 0;
            results.handle = if has_handle { handle(version, &mut reader) } else { None };
        }
        Procedure::Read => read(version, &mut reader, &mut results)?,
        Procedure::ReadDirPlus => {
            entries(&mut reader, &mut results);
        }
        _ => {}
    }
    Some(results)
}

fn attributes(reader: &mut Reader<'_>) -> Option<()> {
    let bytes = if reader.u32()? == 0 { 0 } else { 84 };
    reader.skip(bytes)
}

fn read<'a>(version: u32, reader: &mut Reader<'a>, results: &mut Results<'a>) -> Option<()> {
    if version == 2 {
        reader.skip(68)?;
    } else {
        attributes(reader)?;
        reader.skip(4)?;
        results.is_end = reader.u32()? != 0;
    }
    results.content = Some(cut_opaque(reader)?);
    Some(())
}

/// As far as they are here.
fn entries(reader: &mut Reader<'_>, results: &mut Results<'_>) -> Option<()> {
    attributes(reader)?;
    reader.skip(8)?;
    while reader.u32()? != 0 && results.entries.len() < ENTRIES_MAX {
        reader.skip(8)?;
        let name = opaque(reader)?.to_vec();
        reader.skip(8)?;
        attributes(reader)?;
        if reader.u32()? != 0 {
            results.entries.push((name, handle(3, reader)?));
        }
    }
    Some(())
}
