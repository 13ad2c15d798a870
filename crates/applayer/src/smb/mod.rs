//! SMB 1 to 3 ([MS-CIFS], [MS-SMB], [MS-SMB2]) over NetBIOS sessions (RFC 1002) and TCP: who logs in, which shares, files
//! and pipes are opened, and the files that are read and written. Calls in named pipes are those of [`crate::dcerpc`].
//!
//! Content is passed on as it comes: only what a message says before it is held. What is encrypted or compressed (SMB 3) is
//! skipped.

mod buffers;
mod frames;
mod framing;
mod header;
mod message;
mod names;
mod ntlmssp;
mod parser;
mod pipe;
mod probe;
mod requests;
mod responses;
mod security;
mod smb1;
mod smb2;
mod state;
mod status;
mod tell;
#[cfg(test)]
mod tests;
mod transaction;

use crate::protocol::{Parser, Probe, Protocol, Start, Transport};
use crate::tree::{Column, Table};
use model::FieldType::{Int64, Text};
use model::packet::Side;

pub use header::{FileId, Status, Version};
pub use ntlmssp::NtlmAuthentication;
pub use transaction::{Details, SmbTransaction};

/// The row of SMB.
pub struct SmbProtocol;

impl Protocol for SmbProtocol {
    fn name(&self) -> &'static str {
        "smb"
    }

    fn transports(&self) -> &'static [Transport] {
        &[Transport::Tcp]
    }

    fn ports(&self) -> &'static [u16] {
        &[139, 445]
    }

    fn first_sender(&self) -> Option<Side> {
        Some(Side::Client)
    }

    fn probe(&self, head: &[u8], sender: Side, _transport: Transport) -> Probe {
        probe::probe(head, sender)
    }

    fn parser(&self, _start: Start<'_>) -> Box<dyn Parser> {
        Box::new(parser::Smb::default())
    }

    fn tables(&self) -> &'static [Table] {
        TABLES
    }
}

const fn column(name: &'static str, path: &'static str, field_type: model::FieldType, doc: &'static str) -> Column {
    Column { name, path, field_type, doc }
}

static TABLES: &[Table] = &[Table { name: "smb", doc: "Requests of SMB and their responses", columns: COLUMNS }];

#[rustfmt::skip]
const COLUMNS: &[Column] = &[
    column("dialect", "dialect", Text, "What both speak: 2.02, 3.11, NT LM 0.12"),
    column("command", "command", Text, "The request's command"),
    column("status", "status", Text, "How it went"),
    column("status_code", "status_code", Text, "The same as a number"),
    column("session_id", "session_id", Int64, "The session"),
    column("tree_id", "tree_id", Int64, "The connection to a share"),
    column("client_dialects", "client_dialects[]", Text, "What the client speaks"),
    column("client_guid", "client_guid", Text, "Which client it is"),
    column("server_guid", "server_guid", Text, "Which server it is"),
    column("domain", "ntlmssp.domain", Text, "The domain of who logs in by NTLM"),
    column("user", "ntlmssp.user", Text, "Who logs in by NTLM"),
    column("host", "ntlmssp.host", Text, "From which workstation"),
    column("client_version", "ntlmssp.version", Text, "The client's version of Windows"),
    column("realm", "kerberos.realm", Text, "The realm of the ticket, with Kerberos"),
    column("service", "kerberos.snames[]", Text, "For whom the ticket is"),
    column("request_os", "request.native_os", Text, "The client's operating system, as SMB 1 says"),
    column("request_software", "request.native_lm", Text, "The client's software, as SMB 1 says"),
    column("response_os", "response.native_os", Text, "The server's operating system, as SMB 1 says"),
    column("response_software", "response.native_lm", Text, "The server's software, as SMB 1 says"),
    column("share", "share", Text, "The share"),
    column("share_type", "share_type", Text, "FILE, PIPE or PRINT"),
    column("named_pipe", "named_pipe", Text, "The share of pipes"),
    column("filename", "filename", Text, "The file"),
    column("directory", "directory", Text, "The folder"),
    column("disposition", "disposition", Text, "What opening does: FILE_OPEN, FILE_CREATE"),
    column("access", "access", Text, "normal, or delete on close"),
    column("created", "created", Int64, "When the file was made, in seconds since 1970"),
    column("accessed", "accessed", Int64, "When it was read last"),
    column("modified", "modified", Int64, "When it was written last"),
    column("changed", "changed", Int64, "When anything of it changed last"),
    column("size", "size", Int64, "Its bytes"),
    column("fuid", "fuid", Text, "The open file's identifier"),
    column("rename_from", "rename.from", Text, "The old name of a file"),
    column("rename_to", "rename.to", Text, "Its new name"),
    column("function", "function", Text, "Which control is called"),
    column("rpc_request", "dcerpc.request", Text, "In a pipe: the kind of the question"),
    column("rpc_response", "dcerpc.response", Text, "In a pipe: the kind of the answer"),
    column("rpc_opnum", "dcerpc.opnum", Int64, "In a pipe: the operation that is called"),
    column("rpc_interface", "dcerpc.interfaces[].uuid", Text, "In a pipe: the interface that is bound or called"),
    column("rpc_service", "dcerpc.interfaces[].service", Text, "In a pipe: the name of its service, where it is known"),
    column("rpc_call_id", "dcerpc.call_id", Int64, "In a pipe: the call's number"),
    column("pipe", "pipe", Text, "The pipe's name"),
    column("bytes", "bytes", Int64, "Bytes of the file that were seen"),
    column("response_ns", "timing.response_ns", Int64, "From the request to its response"),
];
