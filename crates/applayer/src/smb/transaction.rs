//! What is kept of a request and its response.

use super::header::{FileId, Status, Version};
use super::message::{Created, Host};
use super::ntlmssp::NtlmAuthentication;
use super::{names, tell};
use crate::buffer::Field;
use crate::dcerpc::Call;
use crate::krb5::Ticket;
use crate::tree::{Transaction, Tree};
use model::packet::{Side, Timestamp};
use std::any::Any;
use std::borrow::Cow;
use std::sync::Arc;

/// A request and its response; of files and pipes what many of them come to.
#[derive(Clone, Debug)]
pub struct SmbTransaction {
    /// The version of the request.
    pub version: Version,
    /// Its command.
    pub command: u16,
    /// How it went; none where no response was seen.
    pub status: Option<Status>,
    /// The session, or of SMB 1 the user's number.
    pub session_id: u64,
    /// The connection to a share.
    pub tree_id: u32,
    /// The dialect that is spoken; empty where it is not known.
    pub dialect: Arc<str>,
    /// What it is about.
    pub details: Details,
    pub(super) id: u64,
    pub(super) started: Timestamp,
    pub(super) ended: Option<Timestamp>,
}

/// What a transaction is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Details {
    /// Nothing that is told.
    Plain,
    /// What both speak.
    Negotiate(Box<Negotiation>),
    /// Who logs in.
    SessionSetup(Box<SessionSetup>),
    /// Which share is connected to.
    TreeConnect(TreeConnect),
    /// Which file, folder or pipe is opened.
    Create(Box<Create>),
    /// A file that is read or written.
    File(File),
    /// A file gets another name.
    Rename(Rename),
    /// A file is to be deleted when it is closed, or not.
    Disposition(Disposition),
    /// A call in a pipe, and the pipe's name.
    Pipe(Box<Call>, Arc<[u8]>),
    /// A control of a file system.
    Control(u32),
}

/// What both sides can speak.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Negotiation {
    /// What the client can.
    pub client_dialects: Vec<Vec<u8>>,
    /// Which client it is.
    pub client_guid: Option<[u8; 16]>,
    /// Which server it is.
    pub server_guid: Option<[u8; 16]>,
    /// Bytes of one READ; 0 where it is not said.
    pub read_bytes_max: u32,
    /// Bytes of one WRITE; 0 where it is not said.
    pub write_bytes_max: u32,
}

/// A login, or a step of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionSetup {
    /// Who logs in by NTLM.
    pub ntlm: Option<NtlmAuthentication>,
    /// The ticket, with Kerberos.
    pub ticket: Option<Ticket>,
    /// What the client says of itself in SMB 1.
    pub client: Option<Host>,
    /// What the server says.
    pub server: Option<Host>,
}

/// A share that is connected to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TreeConnect {
    /// The share's path.
    pub path: Arc<[u8]>,
    /// Is it the share of pipes?
    pub is_pipe: bool,
    /// What is shared: 1 files, 2 pipes, 3 a printer; 0 where it is not known.
    pub share_type: u8,
    /// SMB 1: the kind that the client asks for, and the one that the server has.
    pub services: [Option<Vec<u8>>; 2],
}

/// A file, folder or pipe that is opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Create {
    /// Its path in the share.
    pub name: Arc<[u8]>,
    /// Is it a folder?
    pub is_directory: bool,
    /// Is it deleted when it is closed?
    pub is_deleted_on_close: bool,
    /// What to do where there is one, or none.
    pub disposition: u32,
    /// What the server says of it.
    pub created: Option<Created>,
}

/// A file that is read or written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its path in the share.
    pub name: Arc<[u8]>,
    /// The share's path.
    pub share: Arc<[u8]>,
    /// Its identifier, if it is known.
    pub file: Option<FileId>,
    /// Bytes of it that were seen.
    pub bytes: u64,
}

/// A file that gets another name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rename {
    /// Its identifier; none where it is not open.
    pub file: Option<FileId>,
    /// Its name before.
    pub from: Vec<u8>,
    /// Its name behind.
    pub to: Vec<u8>,
}

/// Whether a file is deleted when it is closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disposition {
    /// Its path.
    pub name: Vec<u8>,
    /// Its identifier; none where it is not open.
    pub file: Option<FileId>,
    /// Is it to be deleted?
    pub is_deletion: bool,
    /// SMB 1: the subcommand of TRANS2.
    pub subcommand: u16,
    /// SMB 1: the level of information.
    pub level: u16,
}

impl SmbTransaction {
    /// The command's name, as EVE has it.
    pub fn command_name(&self) -> String {
        names::command(self.version, self.command)
    }
}

impl Transaction for SmbTransaction {
    fn table(&self) -> &'static str {
        "smb"
    }

    fn id(&self) -> u64 {
        self.id
    }

    fn started(&self) -> Timestamp {
        self.started
    }

    fn sender(&self) -> Side {
        Side::Client
    }

    fn tell(&self, tree: &mut dyn Tree) {
        tell::tell(self, tree);
    }

    fn buffer(&self, field: Field, sender: Side, place: usize) -> Option<Cow<'_, [u8]>> {
        self.bytes_of(field, sender, place)
    }

    fn number(&self, field: Field, _sender: Side, place: usize) -> Option<u64> {
        self.number_of(field, place)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
