//! DTLS 1.0, 1.2 and 1.3 (RFC 4347, 6347, 9147): TLS in datagrams, with its handshake messages in fragments.
//!
//! A flow's handshake is one transaction of table `dtls`, with the fields of `tls`. Suricata has no such protocol.

mod parser;
#[cfg(test)]
mod tests;

use crate::protocol::{Parser, Probe, Protocol, Start, Transport};
use crate::tls::{COLUMNS, Limits};
use crate::tree::Table;
use model::packet::Side;

/// The row of [`crate::PROTOCOLS`].
#[derive(Debug)]
pub struct Dtls;

impl Protocol for Dtls {
    fn name(&self) -> &'static str {
        "dtls"
    }

    fn transports(&self) -> &'static [Transport] {
        &[Transport::Udp]
    }

    fn ports(&self) -> &'static [u16] {
        &[443, 853, 4433, 5349, 5684]
    }

    fn probe(&self, head: &[u8], sender: Side, _: Transport) -> Probe {
        parser::probe(head, sender)
    }

    fn parser(&self, _: Start<'_>) -> Box<dyn Parser> {
        Box::new(parser::DtlsParser::new(Limits::default()))
    }

    fn tables(&self) -> &'static [Table] {
        &[Table { name: "dtls", doc: "One handshake of DTLS.", columns: COLUMNS }]
    }
}
