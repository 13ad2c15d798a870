//! Application protocols: bytes of a conversation in, transactions, files and anomalies out.
//!
//! Knows nothing of: packets, TCP, captures, storage, rules, the clock.
//! Start at: [`Protocol`] (what a protocol is), [`PROTOCOLS`] (every one), [`Session`] (one flow from its first byte to its
//! last), [`Detection`] (which protocol it is), [`Conversation`] (its bytes through one parser), [`Transaction`] (what comes out), [`Tree`] (how it is told: once, for EVE, SQL and logs alike).
//!
//! Adding a protocol is one folder (`mod.rs` the row and the state, `parse.rs` bytes to messages, `transaction.rs`
//! what is kept, `tests.rs`) and one line in [`PROTOCOLS`]. Its tests are conversations run by [`testing::Scene`]: what came
//! out stands there as text, and cutting the bytes anywhere changes nothing.

pub mod bittorrent_dht;
mod buffer;
mod conversation;
pub mod dcerpc;
pub mod decompress;
pub(crate) mod der;
mod detection;
pub mod dhcp;
pub mod dnp3;
pub mod dns;
pub mod dtls;
pub mod enip;
mod frame;
pub mod ftp;
mod hex;
pub mod http;
pub mod http1;
pub mod http2;
pub mod ike;
pub mod imap;
pub mod krb5;
pub mod ldap;
pub mod mime;
pub mod modbus;
pub mod mqtt;
pub mod mysql;
pub mod named;
pub mod nfs;
pub mod ntp;
pub mod pgsql;
mod pieces;
pub mod pop3;
mod protocol;
mod protocol_set;
pub mod quic;
pub mod rdp;
pub(crate) mod reader;
pub mod redis;
pub mod rfb;
mod session;
mod sink;
pub mod sip;
pub mod smb;
pub mod smtp;
pub mod snmp;
pub mod socks;
pub mod ssh;
pub mod telnet;
pub mod testing;
pub mod tftp;
pub mod tls;
mod tree;
mod utf16;
pub mod websocket;

pub use buffer::Field;
pub use conversation::{Conversation, Limits};
pub use detection::{Circumstances, Detection, HEAD_BYTES_MAX, Outcome};
pub use frame::{FRAMES, FrameEvent};
pub use protocol::{Gap, Input, Parser, Ports, Probe, Progress, Protocol, Start, Transport};
pub use protocol_set::ProtocolSet;
pub use session::{Rest, Session};
pub use sink::{FileEvent, Handover, Sink, Stage};
pub use tree::{Column, Extra, Table, Transaction, Tree};

/// The protocols that are read. The order says nothing: content decides, and where two claim the same bytes, the earlier
/// proof.
#[rustfmt::skip]
const READ: &[&dyn Protocol] = &[
    &bittorrent_dht::BittorrentDhtProtocol,
    &dcerpc::DcerpcProtocol,
    &dhcp::Dhcp,
    &dnp3::Dnp3Protocol,
    &dns::DNS,
    &dns::LLMNR,
    &dns::MDNS,
    &dtls::Dtls,
    &enip::EnipProtocol,
    &ftp::FtpDataProtocol,
    &ftp::FtpProtocol,
    &http1::Http1Protocol,
    &http2::Http2Protocol,
    &ike::IkeProtocol,
    &imap::ImapProtocol,
    &krb5::Krb5Protocol,
    &ldap::LdapProtocol,
    &modbus::ModbusProtocol,
    &mqtt::MqttProtocol,
    &mysql::MysqlProtocol,
    &nfs::NfsProtocol,
    &ntp::Ntp,
    &pgsql::PgsqlProtocol,
    &pop3::Pop3Protocol,
    &quic::Quic,
    &rdp::RdpProtocol,
    &redis::RedisProtocol,
    &rfb::RfbProtocol,
    &sip::SipProtocol,
    &smb::SmbProtocol,
    &smtp::SmtpProtocol,
    &snmp::SnmpProtocol,
    &socks::SocksProtocol,
    &ssh::SshProtocol,
    &telnet::TelnetProtocol,
    &tftp::TftpProtocol,
    &tls::Tls,
    &websocket::WebSocketProtocol,
];

/// Every protocol: those that are read, then those that are only [`named`].
pub static PROTOCOLS: &[&dyn Protocol] = &EVERY;

static EVERY: [&dyn Protocol; READ.len() + named::NAMED.len()] = {
    let mut every = [READ[0]; READ.len() + named::NAMED.len()];
    let mut place = 1;
    while place < every.len() {
        every[place] = if place < READ.len() { READ[place] } else { &named::NAMED[place - READ.len()] };
        place += 1;
    }
    every
};
