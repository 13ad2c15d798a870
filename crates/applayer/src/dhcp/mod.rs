//! DHCP (RFC 2131) and its options (RFC 2132): each message is a transaction, as in Suricata.

mod message;
#[cfg(test)]
mod tests;
mod transaction;

use crate::protocol::{Gap, Input, Parser, Probe, Progress, Protocol, Start, Transport};
use crate::sink::Sink;
use crate::tree::{Column, Table};
use message::Message;
use model::FieldType::{self, Int32, Int64, Text};
use model::packet::{Side, Timestamp};
pub use transaction::DhcpTransaction;

/// The row of [`crate::PROTOCOLS`].
#[derive(Debug)]
pub struct Dhcp;

impl Protocol for Dhcp {
    fn name(&self) -> &'static str {
        "dhcp"
    }

    fn transports(&self) -> &'static [Transport] {
        &[Transport::Udp]
    }

    fn ports(&self) -> &'static [u16] {
        &[67, 68]
    }

    fn probe(&self, head: &[u8], _sender: Side, _transport: Transport) -> Probe {
        if message::is_dhcp(head) { Probe::Yes } else { Probe::No }
    }

    fn parser(&self, _start: Start<'_>) -> Box<dyn Parser> {
        Box::new(DhcpParser { transactions: 0 })
    }

    fn resume(&self, _start: Start<'_>, word: u32) -> Box<dyn Parser> {
        Box::new(DhcpParser { transactions: word })
    }

    fn tables(&self) -> &'static [Table] {
        TABLES
    }
}

const fn column(name: &'static str, path: &'static str, field_type: FieldType, doc: &'static str) -> Column {
    Column { name, path, field_type, doc }
}

static TABLES: &[Table] = &[Table {
    name: "dhcp",
    doc: "Messages of DHCP",
    columns: &[
        column("type", "type", Text, "request (by a client) or reply (by a server)"),
        column("dhcp_type", "dhcp_type", Text, "discover, offer, request, decline, ack, nak, release, inform"),
        column("id", "id", Int64, "What ties a reply to its request"),
        column("client_mac", "client_mac", Text, "The client's hardware address"),
        column("client_id", "client_id", Text, "What the client calls itself"),
        column("client_ip", "client_ip", Text, "The address the client has"),
        column("assigned_ip", "assigned_ip", Text, "The address the server gives"),
        column("requested_ip", "requested_ip", Text, "The address the client wants"),
        column("hostname", "hostname", Text, "The client's name"),
        column("fqdn", "fqdn", Text, "The client's full name (RFC 4702)"),
        column("vendor_class_identifier", "vendor_class_identifier", Text, "The client's maker and kind"),
        column("params", "params[]", Text, "The options that the client asks for, by name where Suricata has one"),
        column("parameter_numbers", "parameter_numbers[]", Text, "The options that the client asks for"),
        column("server_id", "server_id", Text, "The server"),
        column("next_server_ip", "next_server_ip", Text, "The server of the next boot stage"),
        column("relay_ip", "relay_ip", Text, "The relay agent"),
        column("subnet_mask", "subnet_mask", Text, "The mask of the client's network"),
        column("routers", "routers[]", Text, "The client's routers"),
        column("dns_servers", "dns_servers[]", Text, "The client's resolvers"),
        column("domain", "domain", Text, "The domain of the client's network"),
        column("lease_time", "lease_time", Int64, "For how many seconds the address is given"),
        column("renewal_time", "renewal_time", Int64, "After how many seconds the client asks its server again"),
        column("rebinding_time", "rebinding_time", Int64, "After how many seconds the client asks any server"),
        column("message", "message", Text, "What went wrong"),
        column("seconds", "seconds", Int32, "How long the client has been trying"),
    ],
}];

/// The state of one flow: how many messages it had.
struct DhcpParser {
    transactions: u32,
}

impl Parser for DhcpParser {
    fn push(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Progress {
        let Some(message) = Message::parse(input.bytes) else {
            sink.anomaly(input.now, "malformed_data", self.transactions.checked_sub(1).map(u64::from));
            return Progress::all(input.bytes);
        };
        let id = u64::from(self.transactions);
        self.transactions = self.transactions.wrapping_add(1);
        for name in message.anomalies() {
            sink.anomaly(input.now, name, Some(id));
        }
        sink.transaction(input.now, &DhcpTransaction { id, now: input.now, sender: input.sender, message });
        Progress::all(input.bytes)
    }

    fn gap(&mut self, _gap: Gap<'_>, _sink: &mut dyn Sink) {}

    fn finish(&mut self, _now: Timestamp, _sink: &mut dyn Sink) {}

    fn rest(&self) -> Option<u32> {
        Some(self.transactions)
    }
}
