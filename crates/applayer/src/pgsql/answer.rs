//! What servers send.

use crate::reader::Reader;

/// Fields of one error that are kept.
const FIELDS_MAX: usize = 32;
/// Bytes of one text that are kept.
const TEXT_BYTES_MAX: usize = 4 << 10;

/// A part of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Is what follows encrypted?
    Encryption(bool),
    /// What the client has to prove, or that it has.
    Authentication(Authentication, Vec<u8>),
    /// A parameter of the session: name, value.
    Parameter(Vec<u8>, Vec<u8>),
    /// What it takes to cancel a query of this session: process and key.
    BackendKey(u32, u32),
    /// Columns of the rows that follow.
    Fields(u16),
    /// Rows, and bytes of their values.
    Rows(u64, u64),
    /// What was done.
    Completed(Vec<u8>),
    /// An error or a notice: its fields by their letters.
    Error(Vec<(u8, Vec<u8>)>),
    /// Another session says something: process, channel, text.
    Notification(u32, Vec<u8>, Vec<u8>),
    /// The client may copy data to the server: columns.
    CopyIn(u16),
    /// The server will copy data to the client: columns.
    CopyOut(u16),
    /// Data that was copied to the client: messages, bytes.
    CopiedOut(u64, u64),
    /// The server waits for the next request.
    Ready,
    /// Nothing that is told.
    Other,
}

/// A step of authentication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authentication {
    /// It is done.
    Ok,
    /// The password as it is.
    ClearText,
    /// A hash of it.
    Md5,
    /// By Windows.
    Sspi,
    /// By one of these mechanisms of SASL.
    Sasl,
    /// The next message of SASL.
    SaslContinue,
    /// The last one.
    SaslFinal,
    /// Another one, by its number.
    Other(u32),
}

/// One message behind its length; `None` where it is malformed.
pub(super) fn parse(kind: u8, body: &[u8]) -> Option<Answer> {
    let mut reader = Reader::new(body);
    Some(match kind {
        b'R' => authentication(&mut reader)?,
        b'S' => Answer::Parameter(text(reader.zero_ended()?), text(reader.zero_ended()?)),
        b'K' => Answer::BackendKey(reader.u32()?, reader.u32()?),
        b'T' => Answer::Fields(reader.u16()?),
        b'D' => Answer::Rows(1, row_bytes(&mut reader)?),
        b'C' => Answer::Completed(text(reader.zero_ended()?)),
        b'E' | b'N' => Answer::Error(fields(&mut reader)?),
        b'A' => Answer::Notification(reader.u32()?, text(reader.zero_ended()?), text(reader.zero_ended()?)),
        b'G' => copy(&mut reader).map(Answer::CopyIn)?,
        b'H' | b'W' => copy(&mut reader).map(Answer::CopyOut)?,
        b'd' => Answer::CopiedOut(1, body.len() as u64),
        b'Z' => Answer::Ready,
        b'1' | b'2' | b'3' | b'c' | b'I' | b'n' | b's' | b't' | b'v' | b'V' => Answer::Other,
        _ => return None,
    })
}

fn text(bytes: &[u8]) -> Vec<u8> {
    bytes[..bytes.len().min(TEXT_BYTES_MAX)].to_vec()
}

fn authentication(reader: &mut Reader<'_>) -> Option<Answer> {
    let step = match reader.u32()? {
        0 => Authentication::Ok,
        3 => Authentication::ClearText,
        5 => Authentication::Md5,
        9 => Authentication::Sspi,
        10 => Authentication::Sasl,
        11 => Authentication::SaslContinue,
        12 => Authentication::SaslFinal,
        other => Authentication::Other(other),
    };
    Some(Answer::Authentication(step, text(reader.rest())))
}

/// Bytes of all values; a length of -1 is no value.
fn row_bytes(reader: &mut Reader<'_>) -> Option<u64> {
    let columns = reader.u16()?;
    let mut bytes = 0;
    for _ in 0..columns {
        let length = reader.u32()?;
        if length != u32::MAX {
            reader.skip(length as usize)?;
            bytes += u64::from(length);
        }
    }
    Some(bytes)
}

/// How the data is written, and its columns.
fn copy(reader: &mut Reader<'_>) -> Option<u16> {
    reader.skip(1)?;
    reader.u16()
}

fn fields(reader: &mut Reader<'_>) -> Option<Vec<(u8, Vec<u8>)>> {
    let mut fields = Vec::new();
    loop {
        match reader.u8()? {
            0 => return Some(fields),
            kind => {
                let value = text(reader.zero_ended()?);
                if fields.len() < FIELDS_MAX {
                    fields.push((kind, value));
                }
            }
        }
    }
}
