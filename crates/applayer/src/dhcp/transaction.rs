//! A message in the names of EVE's `dhcp`, with its extended fields.

use super::message::{Item, Message};
use crate::buffer::Field;
use crate::tree::{Extra, Transaction, Tree};
use model::packet::{Side, Timestamp};
use std::any::Any;

/// Codes of options (IANA, "BOOTP Vendor Extensions and DHCP Options").
mod code {
    pub(super) const SUBNET_MASK: u8 = 1;
    pub(super) const ROUTERS: u8 = 3;
    pub(super) const DNS_SERVERS: u8 = 6;
    pub(super) const HOST_NAME: u8 = 12;
    pub(super) const DOMAIN: u8 = 15;
    pub(super) const REQUESTED_ADDRESS: u8 = 50;
    pub(super) const LEASE_TIME: u8 = 51;
    pub(super) const MESSAGE_TYPE: u8 = 53;
    pub(super) const SERVER: u8 = 54;
    pub(super) const PARAMETERS: u8 = 55;
    pub(super) const MESSAGE: u8 = 56;
    pub(super) const RENEWAL_TIME: u8 = 58;
    pub(super) const REBINDING_TIME: u8 = 59;
    pub(super) const VENDOR_CLASS: u8 = 60;
    pub(super) const CLIENT_ID: u8 = 61;
    pub(super) const FULL_NAME: u8 = 81;
}

/// One message.
#[derive(Debug)]
pub struct DhcpTransaction {
    pub(super) id: u64,
    pub(super) now: Timestamp,
    pub(super) sender: Side,
    pub(super) message: Message,
}

/// Is an option's data as long as its code says?
pub(super) fn is_fitting(code: u8, data: &[u8]) -> bool {
    match code {
        code::SUBNET_MASK
        | code::REQUESTED_ADDRESS
        | code::SERVER
        | code::LEASE_TIME
        | code::RENEWAL_TIME
        | code::REBINDING_TIME => data.len() == 4,
        code::ROUTERS | code::DNS_SERVERS => !data.is_empty() && data.len().is_multiple_of(4),
        code::MESSAGE_TYPE => data.len() == 1,
        code::CLIENT_ID => data.len() >= 2,
        _ => true,
    }
}

impl Transaction for DhcpTransaction {
    fn table(&self) -> &'static str {
        "dhcp"
    }

    fn id(&self) -> u64 {
        self.id
    }

    fn started(&self) -> Timestamp {
        self.now
    }

    fn sender(&self) -> Side {
        self.sender
    }

    fn tell(&self, tree: &mut dyn Tree) {
        let message = &self.message;
        let is_reply = message.op() == 2;
        tree.text("type", if is_reply { b"reply" } else { b"request" });
        tree.number("id", message.id().into());
        tree.text("client_mac", colons(message.hardware_address()).as_bytes());
        tell_address("assigned_ip", message.assigned(), tree);
        tell_address("client_ip", message.client(), tree);
        if is_reply {
            tell_address("relay_ip", message.relay(), tree);
            tell_address("next_server_ip", message.next_server(), tree);
        }
        for item in message.items() {
            if let Item::Option(code, data) = item
                && is_fitting(code, data)
            {
                tell_option(code, data, tree);
            }
        }
        if tree.wants(Extra::Own) {
            tell_own(message, tree);
        }
    }

    fn number(&self, field: Field, sender: Side, place: usize) -> Option<u64> {
        let wanted = match field {
            Field::DhcpLeaseTime => code::LEASE_TIME,
            Field::DhcpRenewalTime => code::RENEWAL_TIME,
            Field::DhcpRebindingTime => code::REBINDING_TIME,
            _ => return None,
        };
        if sender != self.sender || place > 0 {
            return None;
        }
        self.message.items().find_map(|item| match item {
            Item::Option(code, data) if code == wanted => Some(u32::from_be_bytes(data.try_into().ok()?).into()),
            _ => None,
        })
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn tell_option(code: u8, data: &[u8], tree: &mut dyn Tree) {
    match code {
        code::CLIENT_ID => tree.text("client_id", colons(&data[1..]).as_bytes()),
        code::LEASE_TIME => tell_number("lease_time", data, tree),
        code::REBINDING_TIME => tell_number("rebinding_time", data, tree),
        code::RENEWAL_TIME => tell_number("renewal_time", data, tree),
        code::SUBNET_MASK => tell_addresses("subnet_mask", data, tree),
        code::REQUESTED_ADDRESS => tell_addresses("requested_ip", data, tree),
        code::HOST_NAME if !data.is_empty() => tree.text("hostname", data),
        code::VENDOR_CLASS if !data.is_empty() => tree.text("vendor_class_identifier", data),
        code::MESSAGE_TYPE => tree.text("dhcp_type", type_name(data[0]).as_bytes()),
        code::PARAMETERS => tell_parameters(data, tree),
        code::DNS_SERVERS => tell_list("dns_servers", data, tree),
        code::ROUTERS => tell_list("routers", data, tree),
        _ => {}
    }
}

/// What EVE has no name for.
fn tell_own(message: &Message, tree: &mut dyn Tree) {
    tree.number("seconds", message.seconds().into());
    for (code, name) in [(code::DOMAIN, "domain"), (code::MESSAGE, "message")] {
        if let Some(data) = message.option(code) {
            tree.text(name, data);
        }
    }
    if let Some(data) = message.option(code::SERVER).filter(|data| data.len() == 4) {
        tell_addresses("server_id", data, tree);
    }
    if let Some([_, _, _, name @ ..]) = message.option(code::FULL_NAME) {
        tree.text("fqdn", name);
    }
    if let Some(numbers) = message.option(code::PARAMETERS) {
        tree.open_list("parameter_numbers");
        numbers.iter().for_each(|number| tree.number("", (*number).into()));
        tree.close_list();
    }
}

fn tell_number(name: &'static str, data: &[u8], tree: &mut dyn Tree) {
    tree.number(name, data.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)));
}

fn tell_address(name: &'static str, [a, b, c, d]: [u8; 4], tree: &mut dyn Tree) {
    tree.text(name, format!("{a}.{b}.{c}.{d}").as_bytes());
}

/// One address.
fn tell_addresses(name: &'static str, data: &[u8], tree: &mut dyn Tree) {
    if let Ok(address) = data.try_into() {
        tell_address(name, address, tree);
    }
}

fn tell_list(name: &'static str, data: &[u8], tree: &mut dyn Tree) {
    tree.open_list(name);
    data.chunks_exact(4).for_each(|address| tell_addresses("", address, tree));
    tree.close_list();
}

/// Of what the client asks for, what Suricata has a name for.
fn tell_parameters(codes: &[u8], tree: &mut dyn Tree) {
    tree.open_list("params");
    for code in codes {
        let name: &[u8] = match code {
            1 => b"subnet_mask",
            3 => b"router",
            6 => b"dns_server",
            15 => b"domain",
            35 => b"arp_timeout",
            42 => b"ntp_server",
            66 => b"tftp_server_name",
            150 => b"tftp_server_ip",
            _ => continue,
        };
        tree.text("", name);
    }
    tree.close_list();
}

fn type_name(number: u8) -> &'static str {
    match number {
        1 => "discover",
        2 => "offer",
        3 => "request",
        4 => "decline",
        5 => "ack",
        6 => "nak",
        7 => "release",
        8 => "inform",
        _ => "unknown",
    }
}

/// `00:11:22:33:44:55`.
fn colons(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(":")
}
