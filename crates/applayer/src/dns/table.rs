//! The tables `dns`, `mdns` and `llmnr`: a row is a message.

use crate::tree::{Column, Table};
use model::FieldType::{self, Int32, Int64, Text};

pub(super) static DNS: &[Table] =
    &[Table { name: "dns", doc: "Requests and responses of DNS, one message a row", columns: DNS_COLUMNS }];
pub(super) static MDNS: &[Table] =
    &[Table { name: "mdns", doc: "Messages of multicast DNS", columns: MULTICAST_COLUMNS }];
pub(super) static LLMNR: &[Table] =
    &[Table { name: "llmnr", doc: "Messages of link-local multicast name resolution", columns: MULTICAST_COLUMNS }];

const fn column(name: &'static str, path: &'static str, field_type: FieldType, doc: &'static str) -> Column {
    Column { name, path, field_type, doc }
}

const DNS_COLUMNS: &[Column] = &[
    column("type", "type", Text, "request or response"),
    column("id", "id", Int32, "What ties a response to its request"),
    column("query", "queries[].rrname", Text, "The name that is asked for"),
    column("query_type", "queries[].rrtype", Text, "The record type that is asked for: A, AAAA, MX"),
    column("rcode", "rcode", Text, "How it went: NOERROR, NXDOMAIN, SERVFAIL"),
    column("opcode", "opcode", Int32, "0 for a query, 4 for a notification, 5 for an update"),
    column("flags", "flags", Text, "The header's flags in hexadecimal"),
    column("aa", "aa", Int32, "1 where the server answers for its own zone"),
    column("tc", "tc", Int32, "1 where the message was cut"),
    column("rd", "rd", Int32, "1 where the server shall ask others"),
    column("ra", "ra", Int32, "1 where the server can ask others"),
    column("answers", "answers[].rdata", Text, "The data of the answers"),
    column("answer_names", "answers[].rrname", Text, "The names of the answers"),
    column("answer_types", "answers[].rrtype", Text, "The record types of the answers"),
    column("ttls", "answers[].ttl", Text, "For how many seconds each answer may be kept"),
    column("authorities", "authorities[].rdata", Text, "The data of the authorities"),
    column("additionals", "additionals[].rdata", Text, "The data of the additional records"),
    column("edns_udp_bytes_max", "edns.udp_bytes_max", Int32, "The longest datagram that the sender takes"),
    column("edns_dnssec_ok", "edns.dnssec_ok", Int32, "1 where the sender wants signatures"),
    column("edns_client_subnet", "edns.client_subnet", Text, "The network for which a resolver asks"),
    column("edns_cookie", "edns.cookie", Text, "The cookies of client and server in hexadecimal"),
    column("edns_extended_error", "edns.extended_error", Int32, "Why it failed (RFC 8914)"),
    column("request_tx_id", "timing.request_tx_id", Int64, "The tx_id of the request that is answered or repeated"),
    column("latency_ns", "timing.latency_ns", Int64, "From the first request to this response"),
    column("retries", "timing.retries", Int32, "How often the request was sent again before this response"),
    column("retry", "timing.retry", Int32, "Of a request that was sent before: which repetition it is, from 1"),
    column("is_unsolicited", "timing.is_unsolicited", Int32, "1 for a response to nothing that was asked"),
];

const MULTICAST_COLUMNS: &[Column] = &[
    column("type", "type", Text, "request or response"),
    column("id", "id", Int32, "What ties a response to its request"),
    column("query", "queries[].rrname", Text, "The names that are asked for"),
    column("query_type", "queries[].rrtype", Text, "The record types that are asked for"),
    column("answers", "answers[].rdata", Text, "The data of the answers"),
    column("answer_names", "answers[].rrname", Text, "The names of the answers"),
    column("answer_types", "answers[].rrtype", Text, "The record types of the answers"),
    column("ttls", "answers[].ttl", Text, "For how many seconds each answer may be kept"),
    column("additionals", "additionals[].rdata", Text, "The data of the additional records"),
    column("additional_names", "additionals[].rrname", Text, "The names of the additional records"),
];
