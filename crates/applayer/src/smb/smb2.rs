//! Bodies of SMB 2 and 3 ([MS-SMB2] 2.2). Offsets in them count from the message's first byte.

use super::header::{FileId, HEADER2_BYTES, Header};
use super::message::{Choice, Created, Request, Response, Write};
use crate::reader::Reader;
use crate::utf16;

pub(super) const NEGOTIATE: u16 = 0;
pub(super) const SESSION_SETUP: u16 = 1;
pub(super) const TREE_CONNECT: u16 = 3;
pub(super) const TREE_DISCONNECT: u16 = 4;
pub(super) const CREATE: u16 = 5;
pub(super) const CLOSE: u16 = 6;
pub(super) const READ: u16 = 8;
pub(super) const WRITE: u16 = 9;
pub(super) const IOCTL: u16 = 11;
pub(super) const CANCEL: u16 = 12;
pub(super) const GET_INFO: u16 = 16;
pub(super) const SET_INFO: u16 = 17;

const PIPE_TRANSCEIVE: u32 = 0x0011_c017;

/// Dialects of one NEGOTIATE that are kept.
const DIALECTS_MAX: usize = 64;

/// A whole request; `None` where it is malformed.
pub(super) fn request<'a>(header: &Header, message: &'a [u8]) -> Option<Request<'a>> {
    let body = Reader::new(message.get(HEADER2_BYTES..)?);
    match header.command {
        NEGOTIATE => negotiate(body),
        SESSION_SETUP => session_setup(body, message),
        TREE_CONNECT => tree_connect(body, message),
        TREE_DISCONNECT => Some(Request::TreeDisconnect),
        CREATE => create(body, message),
        CLOSE => close(body),
        READ => read(body),
        WRITE => write(message),
        IOCTL => ioctl(body, message),
        CANCEL => Some(Request::Unanswered),
        SET_INFO => set_info(body, message),
        _ => Some(Request::Other),
    }
}

/// A whole response that is no error; `None` where it is malformed.
pub(super) fn response<'a>(header: &Header, message: &'a [u8]) -> Option<Response<'a>> {
    let body = Reader::new(message.get(HEADER2_BYTES..)?);
    match header.command {
        NEGOTIATE => negotiated(body),
        SESSION_SETUP => Some(Response::SessionSetup { host: None }),
        TREE_CONNECT => tree_connected(body),
        CREATE => created(body),
        READ => read_response(message),
        IOCTL => ioctl_response(body, message),
        _ => Some(Response::Other),
    }
}

/// A part of the message; an empty one may be anywhere.
fn part(message: &[u8], offset: usize, length: usize) -> Option<&[u8]> {
    if length == 0 { Some(b"") } else { message.get(offset..offset.checked_add(length)?) }
}

/// Offset and length, of two bytes each, and the part that they say.
fn part16<'a>(body: &mut Reader<'_>, message: &'a [u8]) -> Option<&'a [u8]> {
    let (offset, length) = (body.le16()?, body.le16()?);
    part(message, offset.into(), length.into())
}

/// Offset and length, of four bytes each, and the part that they say.
fn part32<'a>(body: &mut Reader<'_>, message: &'a [u8]) -> Option<&'a [u8]> {
    let (offset, length) = (body.le32()?, body.le32()?);
    part(message, offset as usize, length as usize)
}

fn negotiate(mut body: Reader<'_>) -> Option<Request<'_>> {
    body.skip(2)?;
    let count = body.le16()?;
    body.skip(8)?;
    let client_guid = body.array()?;
    body.skip(8)?;
    let dialects = body.take(usize::from(count) * 2)?.chunks_exact(2).take(DIALECTS_MAX);
    let name = |pair: &[u8]| super::names::dialect(u16::from_le_bytes([pair[0], pair[1]])).into_bytes();
    let dialects = dialects.map(name).collect();
    Some(Request::Negotiate { dialects, client_guid: Some(client_guid), has_bad_dialects: false })
}

fn session_setup<'a>(mut body: Reader<'a>, message: &'a [u8]) -> Option<Request<'a>> {
    body.skip(12)?;
    Some(Request::SessionSetup { blob: part16(&mut body, message)?, host: None })
}

fn tree_connect<'a>(mut body: Reader<'a>, message: &'a [u8]) -> Option<Request<'a>> {
    body.skip(4)?;
    Some(Request::TreeConnect { path: utf16::to_utf8(part16(&mut body, message)?), service: None })
}

fn create<'a>(mut body: Reader<'a>, message: &'a [u8]) -> Option<Request<'a>> {
    body.skip(36)?;
    let (disposition, options) = (body.le32()?, body.le32()?);
    Some(Request::Create { name: utf16::to_utf8(part16(&mut body, message)?), disposition, options })
}

fn close(mut body: Reader<'_>) -> Option<Request<'_>> {
    body.skip(8)?;
    Some(Request::Close { file: FileId::Long(body.array()?) })
}

fn read(mut body: Reader<'_>) -> Option<Request<'_>> {
    body.skip(4)?;
    let (length, offset) = (body.le32()?, body.le64()?);
    Some(Request::Read { file: FileId::Long(body.array()?), offset, length })
}

/// Of a message that has all before the content, and perhaps some of it.
pub(super) fn write(message: &[u8]) -> Option<Request<'_>> {
    let mut body = Reader::new(message.get(HEADER2_BYTES..)?);
    body.skip(2)?;
    let place = body.le16()?;
    let (length, offset) = (body.le32()?, body.le64()?);
    let file = FileId::Long(body.array()?);
    let bytes = content(message, place.into(), length);
    Some(Request::Write(Write { file, offset, length, bytes, is_last: false }))
}

/// Of a message that has all before the content, and perhaps some of it.
pub(super) fn read_response(message: &[u8]) -> Option<Response<'_>> {
    let mut body = Reader::new(message.get(HEADER2_BYTES..)?);
    body.skip(2)?;
    let place = body.u8()?;
    body.skip(1)?;
    let length = body.le32()?;
    Some(Response::Read { length, bytes: content(message, place.into(), length) })
}

/// As much of it as is here.
fn content(message: &[u8], place: usize, length: u32) -> &[u8] {
    let bytes = message.get(place..).unwrap_or_default();
    &bytes[..bytes.len().min(length as usize)]
}

fn ioctl<'a>(mut body: Reader<'a>, message: &'a [u8]) -> Option<Request<'a>> {
    body.skip(4)?;
    let function = body.le32()?;
    let file = FileId::Long(body.array()?);
    let bytes = part32(&mut body, message)?;
    match function {
        PIPE_TRANSCEIVE => Some(Request::PipeCall { file, bytes }),
        _ => Some(Request::Ioctl { function }),
    }
}

fn ioctl_response<'a>(mut body: Reader<'a>, message: &'a [u8]) -> Option<Response<'a>> {
    body.skip(4)?;
    let function = body.le32()?;
    body.skip(24)?;
    let bytes = part32(&mut body, message)?;
    Some(if function == PIPE_TRANSCEIVE { Response::PipeAnswer { bytes } } else { Response::Other })
}

fn set_info<'a>(mut body: Reader<'a>, message: &'a [u8]) -> Option<Request<'a>> {
    const OF_FILE: u8 = 1;
    const RENAME: u8 = 10;
    const DISPOSITION: u8 = 13;
    body.skip(2)?;
    let (kind, class) = (body.u8()?, body.u8()?);
    let (length, offset) = (body.le32()?, body.le16()?);
    body.skip(6)?;
    let file = Some(FileId::Long(body.array()?));
    let mut information = Reader::new(part(message, offset.into(), length as usize)?);
    match (kind, class) {
        (OF_FILE, RENAME) => {
            information.skip(16)?;
            let length = information.le32()?;
            let to = utf16::to_utf8(information.take(length as usize)?);
            Some(Request::Rename { file, from: None, to })
        }
        (OF_FILE, DISPOSITION) => {
            let is_deletion = information.u8()? & 1 != 0;
            let (subcommand, level) = (kind.into(), class.into());
            Some(Request::Dispose { file, path: None, is_deletion, subcommand, level })
        }
        _ => Some(Request::Other),
    }
}

fn negotiated(mut body: Reader<'_>) -> Option<Response<'_>> {
    body.skip(4)?;
    let choice = Choice::Revision(body.le16()?);
    body.skip(2)?;
    let server_guid = Some(body.array()?);
    body.skip(8)?;
    let (read_bytes_max, write_bytes_max) = (body.le32()?, body.le32()?);
    Some(Response::Negotiated { choice, server_guid, read_bytes_max, write_bytes_max })
}

fn tree_connected(mut body: Reader<'_>) -> Option<Response<'_>> {
    body.skip(2)?;
    Some(Response::TreeConnected { share_type: body.u8()?, service: None })
}

fn created(mut body: Reader<'_>) -> Option<Response<'_>> {
    body.skip(8)?;
    let times = [body.le64()?, body.le64()?, body.le64()?, body.le64()?];
    body.skip(8)?;
    let size = body.le64()?;
    body.skip(8)?;
    Some(Response::Created(Created { file: Some(FileId::Long(body.array()?)), times, size }))
}
