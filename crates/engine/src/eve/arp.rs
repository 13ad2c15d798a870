//! The `arp` event: who asks for whose address, and who answers.

use super::header::mac;
use super::json::JsonLine;
use applayer::Tree;
use std::net::IpAddr;
use wire::Arp;

/// Operations by their numbers, RFC 826, RFC 903, RFC 2390.
const OPERATIONS: &[(u16, &str)] = &[
    (1, "request"),
    (2, "reply"),
    (3, "request_reverse"),
    (4, "reply_reverse"),
    (8, "request_inverse"),
    (9, "reply_inverse"),
];

/// The object `arp`.
pub(super) fn body(json: &mut JsonLine, arp: &Arp) {
    json.open_object("arp");
    // The decoder reads no other.
    json.plain("hw_type", "ethernet");
    json.plain("proto_type", "ipv4");
    let operation = OPERATIONS.iter().find(|(number, _)| *number == arp.operation);
    json.plain("opcode", operation.map_or("unknown", |(_, name)| name));
    mac(json, "src_mac", arp.sender_mac);
    json.address("src_ip", IpAddr::V4(arp.sender));
    mac(json, "dest_mac", arp.target_mac);
    json.address("dest_ip", IpAddr::V4(arp.target));
    json.close_object();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_told() {
        let arp = Arp {
            operation: 2,
            sender_mac: [2, 0, 0, 0, 0, 1],
            sender: [10, 0, 0, 1].into(),
            target_mac: [2, 0, 0, 0, 0, 2],
            target: [10, 0, 0, 2].into(),
        };
        let mut json = JsonLine::default();
        json.begin();
        body(&mut json, &arp);
        let expected = r#"{"arp":{"hw_type":"ethernet","proto_type":"ipv4","opcode":"reply","src_mac":"02:00:00:00:00:01","src_ip":"10.0.0.1","dest_mac":"02:00:00:00:00:02","dest_ip":"10.0.0.2"}}"#;
        assert_eq!(String::from_utf8_lossy(json.end()).trim_end(), expected);
    }
}
