//! What requests and responses say, whatever the version.

use super::header::FileId;

/// What a client says of itself in SMB 1, or a server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Host {
    /// The operating system.
    pub native_os: Vec<u8>,
    /// The software: the LAN manager.
    pub native_lm: Vec<u8>,
}

/// A request.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Request<'a> {
    Negotiate {
        dialects: Vec<Vec<u8>>,
        client_guid: Option<[u8; 16]>,
        has_bad_dialects: bool,
    },
    SessionSetup {
        blob: &'a [u8],
        host: Option<Host>,
    },
    TreeConnect {
        path: Vec<u8>,
        service: Option<Vec<u8>>,
    },
    TreeDisconnect,
    Create {
        name: Vec<u8>,
        disposition: u32,
        options: u32,
    },
    /// SMB 1: as [`Request::Create`], of which less is told.
    Open {
        name: Vec<u8>,
    },
    Close {
        file: FileId,
    },
    Read {
        file: FileId,
        offset: u64,
        length: u32,
    },
    Write(Write<'a>),
    /// Bytes for a pipe, with the answer in the response.
    PipeCall {
        file: FileId,
        bytes: &'a [u8],
    },
    Ioctl {
        function: u32,
    },
    Rename {
        file: Option<FileId>,
        from: Option<Vec<u8>>,
        to: Vec<u8>,
    },
    /// A file is to be deleted when it is closed, or not.
    Dispose {
        file: Option<FileId>,
        path: Option<Vec<u8>>,
        is_deletion: bool,
        subcommand: u16,
        level: u16,
    },
    /// It gets no response.
    Unanswered,
    Other,
}

/// Content for a file or a pipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Write<'a> {
    pub(super) file: FileId,
    pub(super) offset: u64,
    /// Of the content, as announced.
    pub(super) length: u32,
    /// As much of the content as is here.
    pub(super) bytes: &'a [u8],
    /// The file is closed behind it.
    pub(super) is_last: bool,
}

/// A response.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Response<'a> {
    Negotiated {
        choice: Choice,
        server_guid: Option<[u8; 16]>,
        read_bytes_max: u32,
        write_bytes_max: u32,
    },
    SessionSetup {
        host: Option<Host>,
    },
    TreeConnected {
        share_type: u8,
        service: Option<Vec<u8>>,
    },
    Created(Created),
    Opened {
        file: FileId,
    },
    /// Content: its length as announced, and as much of it as is here.
    Read {
        length: u32,
        bytes: &'a [u8],
    },
    PipeAnswer {
        bytes: &'a [u8],
    },
    Other,
}

/// The dialect that the server chose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    /// Its place in the client's list.
    Place(u16),
    /// Its number.
    Revision(u16),
}

/// An opened file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Created {
    pub(super) file: Option<FileId>,
    /// When it was created, read, written, changed: in units of 100 ns since 1601.
    pub(super) times: [u64; 4],
    pub(super) size: u64,
}
