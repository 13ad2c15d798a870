//! Application protocols: bytes of a conversation in, transactions, files and anomalies out.
//!
//! Knows nothing of: packets, TCP, captures, storage, rules, the clock.
//! Start at: [`Protocol`] (what a protocol is), [`PROTOCOLS`] (every one), [`Session`] (one flow from its first byte to its
//! last), [`Detection`] (which protocol it is), [`Conversation`] (its bytes through one parser), [`Transaction`] (what comes out), [`Tree`] (how it is told: once, for EVE, SQL and logs alike).
//!
//! Adding a protocol is one folder (`mod.rs` the row and the state, `parse.rs` bytes to messages, `transaction.rs`
//! what is kept, `tests.rs`) and one line in [`PROTOCOLS`]. Its tests are conversations run by [`testing::Scene`]: what came
//! out stands there as text, and cutting the bytes anywhere changes nothing.

mod conversation;
pub mod decompress;
mod detection;
pub mod dtls;
pub mod ftp;
pub mod http;
pub mod http1;
pub mod http2;
pub mod mime;
mod protocol;
pub mod quic;
mod session;
mod sink;
pub mod smtp;
pub mod socks;
pub mod ssh;
pub mod testing;
pub mod tls;
mod tree;
pub mod websocket;

pub use conversation::{Conversation, Limits};
pub use detection::{Circumstances, Detection, HEAD_BYTES_MAX, Outcome};
pub use protocol::{Gap, Input, Parser, Ports, Probe, Progress, Protocol, Start, Transport};
pub use session::Session;
pub use sink::{FileEvent, Handover, Sink};
pub use tree::{Column, Extra, Table, Transaction, Tree};

/// Every protocol. The order says nothing: content decides, and where two claim the same bytes, the longer proof.
#[rustfmt::skip]
pub const PROTOCOLS: &[&dyn Protocol] = &[
    &dtls::Dtls,
    &ftp::FtpProtocol,
    &ftp::FtpDataProtocol,
    &http1::Http1Protocol,
    &http2::Http2Protocol,
    &quic::Quic,
    &smtp::SmtpProtocol,
    &socks::SocksProtocol,
    &ssh::SshProtocol,
    &tls::Tls,
    &websocket::WebSocketProtocol,
];
