//! DNS over UDP and TCP (RFC 1035), and its relatives on a link: mDNS (RFC 6762) and LLMNR (RFC 4795).
//!
//! Each message is a transaction, as in Suricata 8. A response knows the request of its flow that it answers, by id, name
//! and type: `timing`. A request that no response points to was not answered.

mod buffers;
mod data;
mod edns;
mod message;
mod multicast;
mod name;
mod parser;
mod presentation;
mod probe;
mod registry;
mod table;
mod tell;
#[cfg(test)]
mod tests;
mod transaction;

use crate::protocol::{Parser, Ports, Probe, Protocol, Start, Transport};
use crate::tree::Table;
pub use message::{Header, Message, Record, Section};
use model::packet::Side;
use parser::DnsParser;
pub use registry::record_type_of;
pub use transaction::{Answered, DnsTransaction, Variant};

/// A row of [`crate::PROTOCOLS`].
#[derive(Debug)]
pub struct Dns {
    variant: Variant,
    ports: &'static [u16],
}

/// DNS.
pub const DNS: Dns = Dns { variant: Variant::Dns, ports: &[53] };
/// Multicast DNS.
pub const MDNS: Dns = Dns { variant: Variant::Mdns, ports: &[5353] };
/// Link-local multicast name resolution.
pub const LLMNR: Dns = Dns { variant: Variant::Llmnr, ports: &[5355] };

impl Protocol for Dns {
    fn name(&self) -> &'static str {
        self.variant.name()
    }

    fn transports(&self) -> &'static [Transport] {
        match self.variant {
            Variant::Mdns => &[Transport::Udp],
            Variant::Dns | Variant::Llmnr => &[Transport::Udp, Transport::Tcp],
        }
    }

    fn ports(&self) -> &'static [u16] {
        self.ports
    }

    fn probe(&self, head: &[u8], _sender: Side, transport: Transport) -> Probe {
        probe::probe(head, transport)
    }

    /// Their messages are the same: the port says whose they are.
    fn is_possible_at(&self, ports: Ports) -> bool {
        let is_at = |own: &[u16]| own.contains(&ports.server) || own.contains(&ports.client);
        match self.variant {
            Variant::Dns => !is_at(MDNS.ports) && !is_at(LLMNR.ports),
            Variant::Mdns | Variant::Llmnr => is_at(self.ports),
        }
    }

    fn parser(&self, start: Start<'_>) -> Box<dyn Parser> {
        Box::new(DnsParser::new(self.variant, start))
    }

    fn resume(&self, start: Start<'_>, word: u32) -> Box<dyn Parser> {
        Box::new(DnsParser::resume(self.variant, start, word))
    }

    fn tables(&self) -> &'static [Table] {
        match self.variant {
            Variant::Dns => table::DNS,
            Variant::Mdns => table::MDNS,
            Variant::Llmnr => table::LLMNR,
        }
    }
}
