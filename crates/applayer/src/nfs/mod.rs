//! NFS 2 and 3 (RFC 1094, RFC 1813) over RPC (RFC 5531): what is asked of which file, and the files that are read and
//! written. Of NFS 4 only the calls are told.

mod call;
mod frames;
mod parser;
mod procedure;
mod reply;
mod rpc;
#[cfg(test)]
mod tests;
mod transaction;

use crate::named::files::rpc_call;
use crate::protocol::{Parser, Probe, Protocol, Start, Transport};
use crate::tree::{Column, Table};
use model::FieldType::{Int32, Int64, Text};
use model::packet::Side;

pub use rpc::Credentials;
pub use transaction::NfsTransaction;

/// The program's number in RPC.
pub(crate) const PROGRAM: usize = 100_003;

/// The row of NFS.
pub struct NfsProtocol;

impl Protocol for NfsProtocol {
    fn name(&self) -> &'static str {
        "nfs"
    }

    fn transports(&self) -> &'static [Transport] {
        &[Transport::Tcp, Transport::Udp]
    }

    fn ports(&self) -> &'static [u16] {
        &[2049]
    }

    fn first_sender(&self) -> Option<Side> {
        Some(Side::Client)
    }

    fn probe(&self, head: &[u8], sender: Side, transport: Transport) -> Probe {
        match sender {
            Side::Client => rpc_call(head, transport, |program| program == PROGRAM),
            Side::Server => Probe::No,
        }
    }

    /// A reply says nothing of its program.
    fn fits(&self, _head: &[u8], _sender: Side, _transport: Transport) -> Probe {
        Probe::Maybe
    }

    fn parser(&self, start: Start<'_>) -> Box<dyn Parser> {
        Box::new(parser::Nfs::new(start.transport))
    }

    fn tables(&self) -> &'static [Table] {
        TABLES
    }
}

const fn column(name: &'static str, path: &'static str, field_type: model::FieldType, doc: &'static str) -> Column {
    Column { name, path, field_type, doc }
}

static TABLES: &[Table] = &[Table { name: "nfs", doc: "Calls of NFS and their replies", columns: COLUMNS }];

#[rustfmt::skip]
const COLUMNS: &[Column] = &[
    column("version", "version", Int32, "2, 3 or 4"),
    column("procedure", "procedure", Text, "What is called: LOOKUP, READ, WRITE, REMOVE"),
    column("filename", "filename", Text, "The file, if its name is known"),
    column("handle_crc32", "hhash", Text, "A checksum of the file's handle, or of its folder's"),
    column("status", "status", Text, "How it went: OK, ERR_NOENT"),
    column("rename_to", "rename.to", Text, "The new name"),
    column("bytes", "bytes", Int64, "Bytes of the file that were seen"),
    column("xid", "rpc.xid", Int64, "The call's number"),
    column("rpc_status", "rpc.status", Text, "Was the call accepted?"),
    column("auth_type", "rpc.auth_type", Text, "How the caller says who it is"),
    column("machine", "rpc.creds.machine_name", Text, "The caller's machine, as it says"),
    column("uid", "rpc.creds.uid", Int64, "The user's number"),
    column("gid", "rpc.creds.gid", Int64, "The group's number"),
    column("response_ns", "timing.response_ns", Int64, "From the call to its reply; of a file to its last"),
];
