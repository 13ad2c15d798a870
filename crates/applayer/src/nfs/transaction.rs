//! What is kept of a call and its reply; of a file what many of them come to.

use super::procedure::{Procedure, status_name};
use super::rpc::{Credentials, UNIX};
use crate::buffer::Field;
use crate::tree::{Extra, Transaction, Tree};
use model::packet::{Side, Timestamp};
use std::any::Any;

/// A call and its reply.
#[derive(Clone, Debug)]
pub struct NfsTransaction {
    /// 2, 3 or 4.
    pub version: u32,
    /// The file's name, or what is known of it.
    pub file_name: Vec<u8>,
    /// Its handle, or its folder's.
    pub handle: Vec<u8>,
    /// Is the handle that of a file that was looked up?
    pub(super) is_found: bool,
    /// The new name of a file that is renamed.
    pub rename_to: Option<Vec<u8>>,
    /// How it went; none without a reply.
    pub status: Option<u32>,
    /// Was the call accepted? None without a reply.
    pub is_accepted: Option<bool>,
    /// The call's number.
    pub xid: u32,
    /// Who called.
    pub credentials: Credentials,
    /// Of a file that is read or written: pieces, and their bytes.
    pub file: Option<(u32, u64)>,
    pub(super) procedure: Procedure,
    pub(super) id: u64,
    pub(super) started: Timestamp,
    pub(super) ended: Timestamp,
}

impl NfsTransaction {
    /// The procedure's name, as EVE has it.
    pub fn procedure_name(&self) -> String {
        self.procedure.name()
    }

    /// Is the handle told?
    fn has_hash(&self) -> bool {
        use Procedure::*;
        let told = [GetAttr, Access, Read, Write, Create, MkDir, Remove, RmDir, Rename, ReadDirPlus, Commit];
        (self.is_found || told.contains(&self.procedure)) && !self.handle.is_empty()
    }

    /// Has EVE a name of it? Suricata remembers no names for these.
    fn has_name(&self) -> bool {
        use Procedure::*;
        !matches!(self.procedure, SetAttr | Link | ReadLink | ReadDir)
    }

    fn tell_file(&self, tree: &mut dyn Tree) {
        let Some((chunks, bytes)) = self.file else { return };
        tree.open_object(if self.procedure == Procedure::Read { "read" } else { "write" });
        tree.boolean("first", true);
        tree.boolean("last", true);
        tree.number("last_xid", self.xid.into());
        tree.number("chunks", chunks.into());
        tree.close_object();
        if tree.wants(Extra::Own) {
            tree.number("bytes", bytes);
        }
    }
}

impl Transaction for NfsTransaction {
    fn table(&self) -> &'static str {
        "nfs"
    }

    fn id(&self) -> u64 {
        self.id
    }

    fn started(&self) -> Timestamp {
        self.started
    }

    fn sender(&self) -> Side {
        if self.is_accepted.is_some() { Side::Server } else { Side::Client }
    }

    fn tell(&self, tree: &mut dyn Tree) {
        tree.number("version", self.version.into());
        tree.text("procedure", self.procedure_name().as_bytes());
        tree.text("filename", if self.has_name() || tree.wants(Extra::Own) { &self.file_name } else { b"" });
        if self.has_hash() {
            tree.text("hhash", format!("{:x}", crc32fast::hash(&self.handle)).as_bytes());
        }
        // EVE counts from 1 here.
        tree.number("id", self.id + 1);
        tree.boolean("file_tx", self.file.is_some());
        // EVE says so of calls too, where an alert shows one before its reply.
        tree.text("type", b"response");
        tree.text("status", status_name(self.status.unwrap_or(0)).as_bytes());
        self.tell_file(tree);
        if let Some(to) = &self.rename_to {
            tree.open_object("rename");
            tree.text("from", &self.file_name);
            tree.text("to", to);
            tree.close_object();
        }
        if tree.wants(Extra::Own) && self.is_accepted.is_some() {
            tree.open_object("timing");
            tree.signed("response_ns", self.ended.since_ns(self.started));
            tree.close_object();
        }
    }

    fn tell_beside(&self, tree: &mut dyn Tree) {
        tree.open_object("rpc");
        tree.number("xid", self.xid.into());
        tree.text("status", if self.is_accepted.unwrap_or(true) { b"ACCEPTED" } else { b"DENIED" });
        let auth_type = match self.credentials.flavor {
            0 => "NULL".to_owned(),
            UNIX => "UNIX".to_owned(),
            6 => "GSS".to_owned(),
            other => other.to_string(),
        };
        tree.text("auth_type", auth_type.as_bytes());
        if self.credentials.flavor == UNIX {
            let Credentials { machine, uid, gid, in_eve, .. } = &self.credentials;
            let (uid, gid) = if tree.wants(Extra::Own) { (*uid, *gid) } else { *in_eve };
            tree.open_object("creds");
            tree.text("machine_name", machine);
            tree.number("uid", uid.into());
            tree.number("gid", gid.into());
            tree.close_object();
        }
        tree.close_object();
    }

    fn number(&self, field: Field, sender: Side, place: usize) -> Option<u64> {
        match (field, sender, place) {
            (Field::NfsVersion, Side::Client, 0) => Some(self.version.into()),
            (Field::NfsProcedure, Side::Client, 0) => Some(self.procedure.number(self.version).into()),
            _ => None,
        }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
