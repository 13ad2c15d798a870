//! DCE/RPC (The Open Group C706) over TCP and UDP: what is bound, which operation is called, and how it ends. Inside named
//! pipes of SMB it is read by [`crate::smb`], with the same [`Call`]s.

mod buffers;
mod call;
mod datagram;
mod parser;
pub(crate) mod pdu;
mod services;
#[cfg(test)]
mod tests;
mod transaction;

use crate::protocol::{Parser, Probe, Protocol, Start, Transport};
use crate::tree::{Column, Table};
use model::FieldType::{Int32, Int64, Text};
use model::packet::Side;

pub(crate) use call::{Association, Carrier};
pub use call::{Call, Interface, Stub};
pub use pdu::Uuid;
pub use transaction::{Datagram, DcerpcTransaction};

/// The row of DCE/RPC.
pub struct DcerpcProtocol;

impl Protocol for DcerpcProtocol {
    fn name(&self) -> &'static str {
        "dcerpc"
    }

    fn transports(&self) -> &'static [Transport] {
        &[Transport::Tcp, Transport::Udp]
    }

    fn ports(&self) -> &'static [u16] {
        &[135]
    }

    fn first_sender(&self) -> Option<Side> {
        Some(Side::Client)
    }

    fn probe(&self, head: &[u8], sender: Side, transport: Transport) -> Probe {
        match transport {
            Transport::Tcp => probe_stream(head, sender),
            Transport::Udp => datagram::probe(head),
        }
    }

    fn parser(&self, start: Start<'_>) -> Box<dyn Parser> {
        match start.transport {
            Transport::Tcp => Box::new(parser::Connection::default()),
            Transport::Udp => Box::new(datagram::Activities::default()),
        }
    }

    fn tables(&self) -> &'static [Table] {
        TABLES
    }
}

/// The first ten bytes of a header: version, a kind that this side sends, flags, the representation of numbers, a length.
fn probe_stream(head: &[u8], sender: Side) -> Probe {
    let fits =
        |place: usize, is_right: fn(u8, Side) -> bool| head.get(place).is_none_or(|byte| is_right(*byte, sender));
    let is_possible = fits(0, |major, _| major == 5)
        && fits(1, |minor, _| minor <= 1)
        && fits(2, is_kind_of)
        && fits(4, |representation, _| matches!(representation, 0 | 1 | 0x10 | 0x11))
        && fits(5, |float, _| float <= 3)
        && fits(6, |reserved, _| reserved == 0)
        && fits(7, |reserved, _| reserved == 0);
    match head.len() {
        _ if !is_possible => Probe::No,
        0..16 => Probe::NeedMore,
        _ => pdu::Header::parse(head).map_or(Probe::No, |_| Probe::Yes),
    }
}

fn is_kind_of(kind: u8, sender: Side) -> bool {
    match sender {
        Side::Client => matches!(kind, 0 | 11 | 14 | 16..=20),
        Side::Server => matches!(kind, 2 | 3 | 12 | 13 | 15 | 17 | 20),
    }
}

const fn column(name: &'static str, path: &'static str, field_type: model::FieldType, doc: &'static str) -> Column {
    Column { name, path, field_type, doc }
}

static TABLES: &[Table] = &[Table { name: "dcerpc", doc: "Calls over DCE/RPC", columns: COLUMNS }];

#[rustfmt::skip]
const COLUMNS: &[Column] = &[
    column("request", "request", Text, "The kind of the question: BIND, REQUEST"),
    column("response", "response", Text, "The kind of the answer: BINDACK, RESPONSE, FAULT; UNREPLIED without one"),
    column("call_id", "call_id", Int64, "The call's number, of TCP"),
    column("opnum", "req.opnum", Int32, "The operation that is called"),
    column("request_fragments", "req.frag_cnt", Int32, "Messages that brought the parameters"),
    column("request_bytes", "req.stub_data_size", Int64, "Bytes of parameters"),
    column("response_fragments", "res.frag_cnt", Int32, "Messages that brought the results"),
    column("response_bytes", "res.stub_data_size", Int64, "Bytes of results"),
    column("interface", "interfaces[].uuid", Text, "The interface that is bound or called"),
    column("interface_version", "interfaces[].version", Text, "Its version"),
    column("service", "interfaces[].service", Text, "The name of its service, where it is known"),
    column("ack_result", "interfaces[].ack_result", Text, "0 where the server accepted it"),
    column("activity", "activityuuid", Text, "The activity, of UDP"),
    column("sequence", "seqnum", Int64, "The call's number in its activity, of UDP"),
    column("rpc_version", "rpc_version", Text, "The protocol's version"),
    column("response_ns", "timing.response_ns", Int64, "From the question's first byte to the answer's last"),
];
