//! Bodies of SMB 1 ([MS-CIFS] 2.2.4, [MS-SMB] 2.2.4): words, and bytes behind them. Commands may be chained (AndX). Offsets
//! count from the message's first byte.

use super::header::{FileId, HEADER1_BYTES, Header};
use super::message::{Choice, Created, Host, Request, Response, Write};
use crate::reader::Reader;
use crate::utf16;

pub(super) const CLOSE: u16 = 0x04;
pub(super) const RENAME: u16 = 0x07;
pub(super) const WRITE: u16 = 0x0b;
pub(super) const LOCKING_ANDX: u16 = 0x24;
pub(super) const TRANS: u16 = 0x25;
pub(super) const WRITE_AND_CLOSE: u16 = 0x2c;
pub(super) const OPEN_ANDX: u16 = 0x2d;
pub(super) const READ_ANDX: u16 = 0x2e;
pub(super) const WRITE_ANDX: u16 = 0x2f;
pub(super) const TRANS2: u16 = 0x32;
pub(super) const TRANS2_SECONDARY: u16 = 0x33;
pub(super) const TREE_DISCONNECT: u16 = 0x71;
pub(super) const NEGOTIATE: u16 = 0x72;
pub(super) const SESSION_SETUP_ANDX: u16 = 0x73;
pub(super) const LOGOFF_ANDX: u16 = 0x74;
pub(super) const TREE_CONNECT_ANDX: u16 = 0x75;
pub(super) const NT_CREATE_ANDX: u16 = 0xa2;
pub(super) const NT_CANCEL: u16 = 0xa4;

/// Dialects of one NEGOTIATE that are kept.
const DIALECTS_MAX: usize = 64;

/// One command of a message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block<'a> {
    pub(super) command: u16,
    message: &'a [u8],
    words: &'a [u8],
    /// Where its bytes begin.
    bytes_at: usize,
    bytes: &'a [u8],
    is_unicode: bool,
}

/// The commands of a message, one behind the other. A chain only leads forward.
pub(super) fn blocks<'a>(header: &Header, message: &'a [u8]) -> impl Iterator<Item = Block<'a>> {
    let is_unicode = header.is_unicode;
    let mut next = Some((header.command, HEADER1_BYTES));
    std::iter::from_fn(move || {
        let (command, at) = next.take()?;
        let block = Block::parse(command, message, at, is_unicode)?;
        next = block.next().filter(|(_, offset)| *offset > at);
        Some(block)
    })
}

impl<'a> Block<'a> {
    /// The bytes may be fewer than announced, where the message is cut.
    fn parse(command: u16, message: &'a [u8], at: usize, is_unicode: bool) -> Option<Block<'a>> {
        let mut reader = Reader::new(message.get(at..)?);
        let words_bytes = usize::from(reader.u8()?) * 2;
        let words = reader.take(words_bytes)?;
        let announced = reader.le16().unwrap_or(0);
        let bytes_at = message.len() - reader.rest().len();
        let bytes = &reader.rest()[..reader.rest().len().min(announced.into())];
        Some(Block { command, message, words, bytes_at, bytes, is_unicode })
    }

    fn is_chained(&self) -> bool {
        let is_andx = matches!(
            self.command,
            LOCKING_ANDX
                | OPEN_ANDX
                | READ_ANDX
                | WRITE_ANDX
                | SESSION_SETUP_ANDX
                | LOGOFF_ANDX
                | TREE_CONNECT_ANDX
                | NT_CREATE_ANDX
        );
        is_andx && self.words.len() >= 4
    }

    fn next(&self) -> Option<(u16, usize)> {
        const NONE: u8 = 0xff;
        match self.words {
            [command, _, low, high, ..] if self.is_chained() && *command != NONE => {
                Some(((*command).into(), u16::from_le_bytes([*low, *high]).into()))
            }
            _ => None,
        }
    }

    /// The words behind those of the chain.
    fn own_words(&self) -> Option<Reader<'a>> {
        let skipped = if matches!(self.command, OPEN_ANDX..=WRITE_ANDX | SESSION_SETUP_ANDX..=TREE_CONNECT_ANDX | NT_CREATE_ANDX)
        {
            4
        } else {
            0
        };
        self.words.get(skipped..).map(Reader::new)
    }

    /// A text of the bytes, which ends with a zero or with them. `at` is its place in the bytes, and becomes the one behind.
    fn text(&self, at: &mut usize) -> Vec<u8> {
        if !self.is_unicode {
            return self.ascii(at);
        }
        // UTF-16 stands at even places of the message.
        *at += (self.bytes_at + *at) % 2;
        let bytes = self.bytes.get(*at..).unwrap_or_default();
        let (text, rest) = utf16::zero_ended(bytes);
        *at = self.bytes.len() - rest.len();
        utf16::to_utf8(text)
    }

    fn ascii(&self, at: &mut usize) -> Vec<u8> {
        let bytes = self.bytes.get(*at..).unwrap_or_default();
        let end = memchr::memchr(0, bytes).unwrap_or(bytes.len());
        *at += end + 1;
        bytes[..end].to_vec()
    }

    /// As much of a part of the message as is here.
    fn part(&self, offset: usize, length: usize) -> &'a [u8] {
        let bytes = self.message.get(offset..).unwrap_or_default();
        &bytes[..bytes.len().min(length)]
    }

    /// What the client asks; `None` where it is malformed.
    pub(super) fn request(&self) -> Option<Request<'a>> {
        match self.command {
            NEGOTIATE => Some(self.negotiate()),
            SESSION_SETUP_ANDX => self.session_setup(),
            TREE_CONNECT_ANDX => self.tree_connect(),
            TREE_DISCONNECT => Some(Request::TreeDisconnect),
            NT_CREATE_ANDX => self.create(),
            OPEN_ANDX => Some(Request::Open { name: self.text(&mut 0) }),
            CLOSE => Some(Request::Close { file: FileId::Short(self.own_words()?.le16()?) }),
            READ_ANDX => self.read(),
            WRITE_ANDX => self.write_andx(),
            WRITE | WRITE_AND_CLOSE => self.write(),
            TRANS => self.pipe_call(),
            TRANS2 => self.set_info(),
            RENAME => self.rename(),
            NT_CANCEL | TRANS2_SECONDARY | LOCKING_ANDX => Some(Request::Unanswered),
            _ => Some(Request::Other),
        }
    }

    /// What the server answers, if that is no error; `None` where it is malformed.
    pub(super) fn response(&self) -> Option<Response<'a>> {
        match self.command {
            NEGOTIATE => self.negotiated(),
            SESSION_SETUP_ANDX => self.session_setup_response(),
            TREE_CONNECT_ANDX => Some(self.tree_connected()),
            NT_CREATE_ANDX => self.created(),
            OPEN_ANDX => Some(Response::Opened { file: FileId::Short(self.own_words()?.le16()?) }),
            READ_ANDX => self.read_response(),
            TRANS => self.pipe_answer(),
            _ => Some(Response::Other),
        }
    }

    /// Each dialect has a byte of 2 before it, and a zero behind it.
    fn negotiate(&self) -> Request<'a> {
        let bytes = self.bytes.strip_suffix(&[0]).unwrap_or(self.bytes);
        let (mut dialects, mut has_bad_dialects) = (Vec::new(), false);
        for dialect in bytes.split(|byte| *byte == 0).take(DIALECTS_MAX) {
            has_bad_dialects |= dialect.len() < 2;
            dialects.extend(dialect.get(1..).map(<[u8]>::to_vec));
        }
        Request::Negotiate { dialects, client_guid: None, has_bad_dialects }
    }

    /// With a blob of security (12 words), with two passwords (13), or with one (10).
    fn session_setup(&self) -> Option<Request<'a>> {
        let mut words = self.own_words()?;
        words.skip(10)?;
        let first_bytes = usize::from(words.le16()?);
        let is_extended = self.words.len() == 24;
        let second_bytes = if self.words.len() == 26 { usize::from(words.le16()?) } else { 0 };
        let blob = if is_extended { self.bytes.get(..first_bytes)? } else { b"" };
        let mut at = first_bytes + second_bytes;
        if !is_extended {
            // The user and the domain.
            self.text(&mut at);
            self.text(&mut at);
        }
        let host = Host { native_os: self.text(&mut at), native_lm: self.text(&mut at) };
        Some(Request::SessionSetup { blob, host: Some(host) })
    }

    fn session_setup_response(&self) -> Option<Response<'a>> {
        let mut words = self.own_words()?;
        words.skip(2)?;
        let mut at = if self.words.len() >= 8 { words.le16()?.into() } else { 0 };
        let host = Host { native_os: self.text(&mut at), native_lm: self.text(&mut at) };
        Some(Response::SessionSetup { host: Some(host) })
    }

    fn tree_connect(&self) -> Option<Request<'a>> {
        let mut words = self.own_words()?;
        words.skip(2)?;
        let mut at = words.le16()?.into();
        let path = self.text(&mut at);
        Some(Request::TreeConnect { path, service: Some(self.ascii(&mut at)) })
    }

    fn tree_connected(&self) -> Response<'a> {
        let service = self.ascii(&mut 0);
        let share_type = match &service[..] {
            b"IPC" => 2,
            b"LPT1:" => 3,
            _ => 1,
        };
        Response::TreeConnected { share_type, service: Some(service) }
    }

    fn create(&self) -> Option<Request<'a>> {
        let mut words = self.own_words()?;
        words.skip(31)?;
        let (disposition, options) = (words.le32()?, words.le32()?);
        Some(Request::Create { name: self.text(&mut 0), disposition, options })
    }

    fn created(&self) -> Option<Response<'a>> {
        let mut words = self.own_words()?;
        words.skip(1)?;
        let file = Some(FileId::Short(words.le16()?));
        words.skip(4)?;
        let times = [words.le64()?, words.le64()?, words.le64()?, words.le64()?];
        words.skip(12)?;
        Some(Response::Created(Created { file, times, size: words.le64()? }))
    }

    fn read(&self) -> Option<Request<'a>> {
        let mut words = self.own_words()?;
        let file = FileId::Short(words.le16()?);
        let low = words.le32()?;
        let length = words.le16()?.into();
        words.skip(8)?;
        let offset = u64::from(words.le32().unwrap_or(0)) << 32 | u64::from(low);
        Some(Request::Read { file, offset, length })
    }

    fn read_response(&self) -> Option<Response<'a>> {
        let mut words = self.own_words()?;
        words.skip(6)?;
        let (low, place, high) = (words.le16()?, words.le16()?, words.le16()?);
        let length = u32::from(high) << 16 | u32::from(low);
        Some(Response::Read { length, bytes: self.part(place.into(), length as usize) })
    }

    fn write_andx(&self) -> Option<Request<'a>> {
        let mut words = self.own_words()?;
        let file = FileId::Short(words.le16()?);
        let low = words.le32()?;
        words.skip(8)?;
        let (length_high, length_low, place) = (words.le16()?, words.le16()?, words.le16()?);
        let length = u32::from(length_high) << 16 | u32::from(length_low);
        let offset = u64::from(words.le32().unwrap_or(0)) << 32 | u64::from(low);
        let bytes = self.part(place.into(), length as usize);
        Some(Request::Write(Write { file, offset, length, bytes, is_last: false }))
    }

    /// Before the content there is a byte of 1 and the length, or only a byte.
    fn write(&self) -> Option<Request<'a>> {
        let mut words = self.own_words()?;
        let file = FileId::Short(words.le16()?);
        let length = words.le16()?;
        let offset = words.le32()?.into();
        let is_last = self.command == WRITE_AND_CLOSE;
        let bytes = self.bytes.get(if is_last { 1 } else { 3 }..).unwrap_or_default();
        let bytes = &bytes[..bytes.len().min(length.into())];
        Some(Request::Write(Write { file, offset, length: length.into(), bytes, is_last }))
    }

    fn rename(&self) -> Option<Request<'a>> {
        const TEXT: u8 = 4;
        let mut at = 0;
        let mut name = || {
            let is_text = self.bytes.get(at) == Some(&TEXT);
            at += 1;
            is_text.then(|| self.text(&mut at))
        };
        let (from, to) = (name()?, name()?);
        Some(Request::Rename { file: None, from: Some(from), to })
    }

    /// Parameters, data and the words of the set-up of a transaction.
    fn transaction(&self) -> Option<(&'a [u8], &'a [u8], Reader<'a>)> {
        let mut words = self.own_words()?;
        words.skip(18)?;
        let [parameter_bytes, parameters_at] = [words.le16()?, words.le16()?].map(usize::from);
        let [data_bytes, data_at] = [words.le16()?, words.le16()?].map(usize::from);
        let count = words.u8()?;
        words.skip(1)?;
        let set_up = Reader::new(words.take(usize::from(count) * 2)?);
        Some((self.part(parameters_at, parameter_bytes), self.part(data_at, data_bytes), set_up))
    }

    fn pipe_call(&self) -> Option<Request<'a>> {
        const CALL: u16 = 0x26;
        let (_, bytes, mut set_up) = self.transaction()?;
        match (set_up.le16(), set_up.le16()) {
            (Some(CALL), Some(file)) => Some(Request::PipeCall { file: FileId::Short(file), bytes }),
            _ => Some(Request::Other),
        }
    }

    fn pipe_answer(&self) -> Option<Response<'a>> {
        let mut words = self.own_words()?;
        words.skip(12)?;
        let [data_bytes, data_at] = [words.le16()?, words.le16()?].map(usize::from);
        Some(Response::PipeAnswer { bytes: self.part(data_at, data_bytes) })
    }

    fn set_info(&self) -> Option<Request<'a>> {
        const SET_PATH_INFO: u16 = 6;
        const SET_FILE_INFO: u16 = 8;
        let (parameters, data, mut set_up) = self.transaction()?;
        let mut parameters = Reader::new(parameters);
        let subcommand = set_up.le16().unwrap_or(0);
        let (file, path, level) = match subcommand {
            SET_PATH_INFO => {
                let level = parameters.le16()?;
                parameters.skip(4)?;
                (None, Some(self.plain(parameters.rest())), level)
            }
            SET_FILE_INFO => (Some(FileId::Short(parameters.le16()?)), None, parameters.le16()?),
            _ => return Some(Request::Other),
        };
        information(subcommand, level, data, file, path)
    }

    fn plain(&self, text: &[u8]) -> Vec<u8> {
        if self.is_unicode {
            utf16::to_utf8(text)
        } else {
            text.split(|byte| *byte == 0).next().unwrap_or_default().to_vec()
        }
    }

    fn negotiated(&self) -> Option<Response<'a>> {
        const EXTENDED_SECURITY: u32 = 0x8000_0000;
        let mut words = self.own_words()?;
        let choice = Choice::Place(words.le16()?);
        let capabilities = words.skip(17).and_then(|()| words.le32());
        let is_extended = capabilities.is_some_and(|capabilities| capabilities & EXTENDED_SECURITY != 0);
        let server_guid = self.bytes.first_chunk().copied().filter(|_| is_extended);
        Some(Response::Negotiated { choice, server_guid, read_bytes_max: 0, write_bytes_max: 0 })
    }
}

/// What is set of a file.
fn information<'a>(
    subcommand: u16,
    level: u16,
    data: &[u8],
    file: Option<FileId>,
    path: Option<Vec<u8>>,
) -> Option<Request<'a>> {
    const RENAME: u16 = 1010;
    const DISPOSITION: u16 = 1013;
    let mut data = Reader::new(data);
    match level {
        DISPOSITION => {
            let is_deletion = data.u8()? & 1 != 0;
            Some(Request::Dispose { file, path, is_deletion, subcommand, level })
        }
        RENAME => {
            data.skip(8)?;
            let length = data.le32()?;
            let to = utf16::to_utf8(data.take(length as usize)?);
            Some(Request::Rename { file, from: path, to })
        }
        _ => Some(Request::Other),
    }
}
