//! SSH (RFC 4253): banners, what is negotiated in the clear with HASSH, the host's key, and how the login went as far as
//! the sizes of what is encrypted tell.

mod buffers;
mod kex;
mod login;
mod packet;
mod parser;
#[cfg(test)]
mod tests;
mod transaction;

use crate::protocol::{Parser, Probe, Protocol, Start, Transport};
use crate::tree::{Column, Table};
use model::FieldType::{Int32, Int64, Text};
use model::packet::Side;

pub use kex::KeyExchangeInit;
pub use login::Login;
pub use transaction::{Banner, Handshake, HostKey};

/// The row of SSH.
pub struct SshProtocol;

impl Protocol for SshProtocol {
    fn name(&self) -> &'static str {
        "ssh"
    }

    fn transports(&self) -> &'static [Transport] {
        &[Transport::Tcp]
    }

    fn ports(&self) -> &'static [u16] {
        &[22]
    }

    fn probe(&self, head: &[u8], _sender: Side, _transport: Transport) -> Probe {
        const BEGIN: &[u8] = b"SSH-";
        let length = head.len().min(BEGIN.len());
        match head[..length] == BEGIN[..length] {
            true if length == BEGIN.len() => Probe::Yes,
            true => Probe::NeedMore,
            false => Probe::No,
        }
    }

    fn parser(&self, _start: Start<'_>) -> Box<dyn Parser> {
        Box::new(parser::Ssh::default())
    }

    fn tables(&self) -> &'static [Table] {
        TABLES
    }
}

const fn column(name: &'static str, path: &'static str, field_type: model::FieldType, doc: &'static str) -> Column {
    Column { name, path, field_type, doc }
}

static TABLES: &[Table] = &[
    Table { name: "ssh", doc: "SSH handshakes", columns: HANDSHAKE_COLUMNS },
    Table {
        name: "ssh_login",
        doc: "How logins over SSH went, by the sizes of encrypted packets",
        columns: LOGIN_COLUMNS,
    },
];

#[rustfmt::skip]
const HANDSHAKE_COLUMNS: &[Column] = &[
    column("client_version", "client.proto_version", Text, "The client's version of the protocol"),
    column("client_software", "client.software_version", Text, "The client's software"),
    column("client_comments", "client.comments", Text, "What stands behind the client's software"),
    column("hassh", "client.hassh.hash", Text, "HASSH: MD5 of what the client offers"),
    column("hassh_string", "client.hassh.string", Text, "What HASSH is the MD5 of"),
    column("server_version", "server.proto_version", Text, "The server's version of the protocol"),
    column("server_software", "server.software_version", Text, "The server's software"),
    column("server_comments", "server.comments", Text, "What stands behind the server's software"),
    column("hassh_server", "server.hassh.hash", Text, "HASSHServer: MD5 of what the server offers"),
    column("hassh_server_string", "server.hassh.string", Text, "What HASSHServer is the MD5 of"),
    column("kex_algorithm", "negotiated.kex", Text, "The key exchange that both sides know"),
    column("host_key_algorithm", "negotiated.host_key", Text, "The kind of host key that both sides know"),
    column("cipher_to_server", "negotiated.cipher_to_server", Text, "The cipher of what the client sends"),
    column("cipher_to_client", "negotiated.cipher_to_client", Text, "The cipher of what the server sends"),
    column("mac_to_server", "negotiated.mac_to_server", Text, "The integrity check of what the client sends"),
    column("mac_to_client", "negotiated.mac_to_client", Text, "The integrity check of what the server sends"),
    column("compression_to_server", "negotiated.compression_to_server", Text, "The compression of what the client sends"),
    column("compression_to_client", "negotiated.compression_to_client", Text, "The compression of what the server sends"),
    column("host_key_type", "host_key.type", Text, "The kind of key that the server showed"),
    column("host_key_md5", "host_key.md5", Text, "MD5 of that key, as old clients show it"),
    column("host_key_sha256", "host_key.sha256", Text, "SHA-256 of that key in Base64, as OpenSSH shows it"),
    column("kex_ns", "timing.kex_ns", Int64, "From the first banner to the last NEWKEYS"),
];

#[rustfmt::skip]
const LOGIN_COLUMNS: &[Column] = &[
    column("result", "result", Text, "success, failure or unknown: a guess"),
    column("attempts", "attempts", Int32, "Attempts, the one without credentials counted"),
    column("login_ns", "login_ns", Int64, "From the client's first encrypted byte to the result"),
];
