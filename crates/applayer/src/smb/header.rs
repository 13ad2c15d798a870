//! The headers of messages ([MS-CIFS] 2.2.3.1, [MS-SMB2] 2.2.1).

use crate::reader::Reader;

pub(super) const HEADER1_BYTES: usize = 32;
pub(super) const HEADER2_BYTES: usize = 64;

/// A version's header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// SMB 1 and CIFS.
    #[default]
    V1,
    /// SMB 2 and 3.
    V2,
}

/// How a request went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// A code of Windows ([MS-ERREF] 2.3).
    Nt(u32),
    /// A class and a code of DOS ([MS-CIFS] 2.2.2.4).
    Dos(u8, u16),
}

/// An open file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileId {
    /// Of SMB 1.
    Short(u16),
    /// Of SMB 2.
    Long([u8; 16]),
}

/// How the bytes of a message begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Magic {
    Smb1,
    Smb2,
    Encrypted,
    Compressed,
}

impl Magic {
    pub(super) fn of(head: &[u8]) -> Option<Magic> {
        match head {
            [0xff, b'S', b'M', b'B', ..] => Some(Magic::Smb1),
            [0xfe, b'S', b'M', b'B', ..] => Some(Magic::Smb2),
            [0xfd, b'S', b'M', b'B', ..] => Some(Magic::Encrypted),
            [0xfc, b'S', b'M', b'B', ..] => Some(Magic::Compressed),
            _ => None,
        }
    }
}

/// What the header of a message says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) version: Version,
    pub(super) command: u16,
    pub(super) status: Status,
    pub(super) is_response: bool,
    /// SMB 2: it goes on with what the message before it in the same record did.
    pub(super) is_related: bool,
    /// SMB 2: it was announced as pending, and does not say its tree.
    pub(super) is_async: bool,
    /// SMB 1: text is UTF-16.
    pub(super) is_unicode: bool,
    pub(super) session_id: u64,
    pub(super) tree_id: u32,
    /// What a response has in common with its request.
    pub(super) message_id: u64,
    /// SMB 2: where the next message of the record begins; 0 for none.
    pub(super) next: u32,
}

const ASYNC: u32 = 0x2;
const RELATED: u32 = 0x4;

impl Header {
    pub(super) fn parse1(message: &[u8]) -> Option<Header> {
        let mut reader = Reader::new(message);
        reader.skip(4)?;
        let command = reader.u8()?.into();
        let status = reader.array::<4>()?;
        let (flags, flags2) = (reader.u8()?, reader.le16()?);
        let process_high = reader.le16()?;
        reader.skip(10)?;
        let [tree_id, process_low, user, multiplex] = [reader.le16()?, reader.le16()?, reader.le16()?, reader.le16()?];
        let [process_high, process_low, multiplex] = [process_high, process_low, multiplex].map(u64::from);
        Some(Header {
            version: Version::V1,
            command,
            status: status1(status, flags2),
            is_response: flags & 0x80 != 0,
            is_related: false,
            is_async: false,
            is_unicode: flags2 & 0x8000 != 0,
            session_id: user.into(),
            tree_id: tree_id.into(),
            message_id: process_high << 32 | process_low << 16 | multiplex,
            next: 0,
        })
    }

    pub(super) fn parse2(message: &[u8]) -> Option<Header> {
        let mut reader = Reader::new(message);
        reader.skip(8)?;
        let status = Status::Nt(reader.le32()?);
        let command = reader.le16()?;
        reader.skip(2)?;
        let (flags, next, message_id) = (reader.le32()?, reader.le32()?, reader.le64()?);
        reader.skip(4)?;
        let tree_id = reader.le32()?;
        let session_id = reader.le64()?;
        reader.skip(16)?;
        Some(Header {
            version: Version::V2,
            command,
            status,
            is_response: flags & 1 != 0,
            is_related: flags & RELATED != 0,
            is_async: flags & ASYNC != 0,
            is_unicode: true,
            session_id,
            // Otherwise its number stands there.
            tree_id: if flags & ASYNC != 0 { 0 } else { tree_id },
            message_id,
            next,
        })
    }

    /// Does the response say what was asked for? An error does not. A login that goes on does.
    pub(super) fn has_content(&self) -> bool {
        const SESSION_SETUPS: [(Version, u16); 2] = [(Version::V1, 0x73), (Version::V2, 1)];
        let is_login = SESSION_SETUPS.contains(&(self.version, self.command));
        match self.status {
            Status::Nt(status::SUCCESS | status::BUFFER_OVERFLOW) | Status::Dos(0, _) => true,
            Status::Nt(status::MORE_PROCESSING_REQUIRED) => is_login,
            _ => false,
        }
    }

    /// With the tree that the request says, if this does not say one.
    pub(super) fn of_tree(self, tree_id: u32) -> Header {
        if self.is_async { Header { tree_id, ..self } } else { self }
    }

    pub(super) fn is_pending(&self) -> bool {
        self.status == Status::Nt(status::PENDING)
    }
}

/// Which of the two ways of saying it, says bit 14 of the flags.
fn status1(status: [u8; 4], flags2: u16) -> Status {
    match (flags2 & 0x4000 != 0, status) {
        (true, code) => Status::Nt(u32::from_le_bytes(code)),
        (false, [class, _, low, high]) => Status::Dos(class, u16::from_le_bytes([low, high])),
    }
}

/// Codes that mean something to the parser.
pub(super) mod status {
    pub(in super::super) const SUCCESS: u32 = 0;
    pub(in super::super) const PENDING: u32 = 0x103;
    /// The rest of the answer has to be read.
    pub(in super::super) const BUFFER_OVERFLOW: u32 = 0x8000_0005;
    pub(in super::super) const MORE_PROCESSING_REQUIRED: u32 = 0xc000_0016;
    pub(in super::super) const END_OF_FILE: u32 = 0xc000_0011;
}
