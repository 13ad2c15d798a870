//! EDNS (RFC 6891) and what its options say: no names of EVE's.

use super::data::{Options, push_hex, push_short_address};
use super::message::{Message, Section};
use super::registry::{rcode_name, record_type as t};
use crate::tree::Tree;

/// The flag "DNSSEC OK" (RFC 3225).
const DNSSEC_OK: u32 = 0x8000;
/// The server's name for itself (RFC 5001).
const NSID: u16 = 3;
/// For whom is asked (RFC 7871).
const CLIENT_SUBNET: u16 = 8;
/// RFC 7873.
const COOKIE: u16 = 10;
/// Why it failed (RFC 8914).
const EXTENDED_ERROR: u16 = 15;

/// Tells the first OPT record of a message.
pub(super) fn tell(message: &Message, tree: &mut dyn Tree) {
    let mut additionals = message.section(Section::Additionals).iter();
    let Some(opt) = additionals.find(|record| record.record_type == t::OPT) else { return };
    tree.open_object("edns");
    tree.number("udp_bytes_max", opt.class.into());
    tree.number("version", (opt.ttl >> 16 & 0xff).into());
    tree.boolean("dnssec_ok", opt.ttl & DNSSEC_OK != 0);
    let rcode = (opt.ttl >> 24) as u16 * 16 + message.header().rcode();
    if let Some(name) = rcode_name(rcode) {
        tree.text("rcode", name.as_bytes());
    }
    let mut text = Vec::new();
    for (code, data) in Options(message.data(opt)) {
        text.clear();
        tell_option(code, data, tree, &mut text);
    }
    tree.close_object();
}

fn tell_option(code: u16, data: &[u8], tree: &mut dyn Tree, text: &mut Vec<u8>) {
    match (code, data) {
        (NSID, data) => tree.text("nsid", data),
        (CLIENT_SUBNET, [0, family @ (1 | 2), source_bits, scope_bits, address @ ..]) => {
            push_subnet(*family, *source_bits, address, text);
            tree.text("client_subnet", text);
            tree.number("client_subnet_scope_bits", (*scope_bits).into());
        }
        (COOKIE, data) => {
            push_hex(data, text);
            tree.text("cookie", text);
        }
        (EXTENDED_ERROR, [high, low, reason @ ..]) => {
            tree.number("extended_error", u16::from_be_bytes([*high, *low]).into());
            if !reason.is_empty() {
                tree.text("extended_error_text", reason);
            }
        }
        _ => {}
    }
}

/// `192.0.2.0/24`: zeros at the end of the address are left out on the wire.
fn push_subnet(family: u8, bits: u8, address: &[u8], text: &mut Vec<u8>) {
    let mut octets = [0; 16];
    let length = if family == 1 { 4 } else { 16 };
    let given = address.len().min(length);
    octets[..given].copy_from_slice(&address[..given]);
    push_short_address(&octets[..length], text);
    text.extend_from_slice(format!("/{bits}").as_bytes());
}
