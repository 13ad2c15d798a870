//! What of flows Suricata tells.

/// IP protocols whose packets make flows there: ICMP, IP in IP, TCP, UDP, IPv6 in IP, ESP, ICMPv6, SCTP.
pub(super) const FLOW_PROTOCOLS: [u8; 8] = [1, 4, 6, 17, 41, 50, 58, 132];

/// The counter of such a flow, where it has one of its own.
pub(super) const fn flow_counter(protocol: u8) -> Option<&'static str> {
    match protocol {
        1 => Some("flow.icmpv4"),
        6 => Some("flow.tcp"),
        17 => Some("flow.udp"),
        58 => Some("flow.icmpv6"),
        _ => None,
    }
}
