//! HTTP/2 (RFC 9113), with prior knowledge or after an upgrade; its header compression (RFC 7541).
//!
//! A stream is a transaction. Frames of the connection itself that say something (settings, the end) are transactions
//! of stream 0, as Suricata has them.

mod body;
mod connection;
mod dns;
mod frame;
mod frames;
mod hpack;
mod stream;
mod tell;
#[cfg(test)]
mod tests;
mod upgrade;

use crate::decompress;
use crate::http::{self, headers};
use crate::protocol::{Parser, Probe, Protocol, Start, Transport};
use crate::tree::Table;
pub use connection::Http2;
pub use dns::DNS_OVER_HTTP2;
use model::packet::Side;
pub use stream::{Half, Stream};

/// The row of HTTP/2.
pub struct Http2Protocol;

impl Protocol for Http2Protocol {
    fn name(&self) -> &'static str {
        "http2"
    }

    fn transports(&self) -> &'static [Transport] {
        &[Transport::Tcp]
    }

    fn ports(&self) -> &'static [u16] {
        &[]
    }

    fn probe(&self, head: &[u8], sender: Side, _transport: Transport) -> Probe {
        match sender {
            Side::Client => probe_preface(head),
            Side::Server => probe_settings(head),
        }
    }

    fn parser(&self, start: Start<'_>) -> Box<dyn Parser> {
        Box::new(Http2::new(start, Limits::default()))
    }

    fn tables(&self) -> &'static [Table] {
        http::TABLES
    }
}

fn probe_preface(head: &[u8]) -> Probe {
    let length = head.len().min(frame::PREFACE.len());
    match head[..length] == frame::PREFACE[..length] {
        true if length == frame::PREFACE.len() => Probe::Yes,
        true => Probe::NeedMore,
        false => Probe::No,
    }
}

/// A server begins with its settings: a frame of stream 0 of which the length is a few times six.
fn probe_settings(head: &[u8]) -> Probe {
    const LENGTH_MAX: u8 = 6 * 16;
    let fits = |(place, byte): (usize, &u8)| match place {
        0 | 1 | 5..=8 => *byte == 0,
        4 => *byte <= frame::FLAG_ACK,
        2 => *byte <= LENGTH_MAX && byte.is_multiple_of(6),
        3 => *byte == frame::SETTINGS,
        _ => true,
    };
    match head.iter().take(frame::HEADER_BYTES).enumerate().all(fits) {
        true if head.len() >= frame::HEADER_BYTES => Probe::Yes,
        true => Probe::NeedMore,
        false => Probe::No,
    }
}

/// What one flow may hold.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Streams that are open.
    pub streams_max: usize,
    /// Bytes of a frame that has to be whole; a longer one is skipped. Bodies are not meant.
    pub frame_bytes_max: usize,
    /// Bytes of a header block in all its frames.
    pub block_bytes_max: usize,
    /// Fields of a stream.
    pub headers: headers::Limits,
    /// Compressed bodies.
    pub decompress: decompress::Limits,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            streams_max: 1_024,
            frame_bytes_max: 64 << 10,
            block_bytes_max: 256 << 10,
            headers: headers::Limits::default(),
            decompress: decompress::Limits::default(),
        }
    }
}
