//! Numbers by name: protocols, ports, fields of headers. Sources: pcap-filter(7), IANA's registries.

/// IP protocols that are words of the language: name, number, and whether they are looked for in IPv4 and IPv6.
pub(super) const PROTOCOLS: &[(&str, u8, [bool; 2])] = &[
    ("tcp", 6, [true, true]),
    ("udp", 17, [true, true]),
    ("sctp", 132, [true, true]),
    ("icmp", 1, [true, false]),
    ("icmp6", 58, [false, true]),
    ("igmp", 2, [true, false]),
    ("igrp", 9, [true, false]),
    ("pim", 103, [true, true]),
    ("vrrp", 112, [true, false]),
    ("carp", 112, [true, false]),
    ("ah", 51, [true, true]),
    ("esp", 50, [true, true]),
];

/// What `ip proto` takes besides [`PROTOCOLS`].
const OTHER_PROTOCOLS: &[(&str, u8)] = &[("ip", 0), ("egp", 8), ("gre", 47), ("ospf", 89), ("ipv6", 41), ("ipip", 4)];

/// What `ether proto` takes.
pub(super) const ETHER_TYPES: &[(&str, u16)] = &[
    ("ip", 0x0800),
    ("ip6", 0x86dd),
    ("arp", 0x0806),
    ("rarp", 0x8035),
    ("lat", 0x6004),
    ("atalk", 0x809b),
    ("aarp", 0x80f3),
    ("loopback", 0x9000),
    ("decnet", 0x6003),
    ("moprc", 0x6002),
    ("mopdl", 0x6001),
    ("sca", 0x6007),
];

/// Offsets of fields, bits and types, by the names that expressions may use.
const CONSTANTS: &[(&str, u32)] = &[
    ("tcpflags", 13),
    ("tcp-fin", 0x01),
    ("tcp-syn", 0x02),
    ("tcp-rst", 0x04),
    ("tcp-push", 0x08),
    ("tcp-ack", 0x10),
    ("tcp-urg", 0x20),
    ("tcp-ece", 0x40),
    ("tcp-cwr", 0x80),
    ("icmptype", 0),
    ("icmpcode", 1),
    ("icmp-echoreply", 0),
    ("icmp-unreach", 3),
    ("icmp-sourcequench", 4),
    ("icmp-redirect", 5),
    ("icmp-echo", 8),
    ("icmp-routeradvert", 9),
    ("icmp-routersolicit", 10),
    ("icmp-timxceed", 11),
    ("icmp-paramprob", 12),
    ("icmp-tstamp", 13),
    ("icmp-tstampreply", 14),
    ("icmp-ireq", 15),
    ("icmp-ireqreply", 16),
    ("icmp-maskreq", 17),
    ("icmp-maskreply", 18),
    ("icmp6type", 0),
    ("icmp6code", 1),
    ("icmp6-destinationunreach", 1),
    ("icmp6-packettoobig", 2),
    ("icmp6-timeexceeded", 3),
    ("icmp6-parameterproblem", 4),
    ("icmp6-echo", 128),
    ("icmp6-echoreply", 129),
    ("icmp6-routersolicit", 133),
    ("icmp6-routeradvert", 134),
    ("icmp6-neighborsolicit", 135),
    ("icmp6-neighboradvert", 136),
    ("icmp6-redirect", 137),
];

/// Ports that are asked for by name.
const PORTS: &[(&str, u16)] = &[
    ("ftp-data", 20),
    ("ftp", 21),
    ("ssh", 22),
    ("telnet", 23),
    ("smtp", 25),
    ("domain", 53),
    ("bootps", 67),
    ("bootpc", 68),
    ("tftp", 69),
    ("http", 80),
    ("kerberos", 88),
    ("pop3", 110),
    ("sunrpc", 111),
    ("ntp", 123),
    ("netbios-ns", 137),
    ("netbios-dgm", 138),
    ("netbios-ssn", 139),
    ("imap2", 143),
    ("snmp", 161),
    ("snmp-trap", 162),
    ("bgp", 179),
    ("ldap", 389),
    ("https", 443),
    ("microsoft-ds", 445),
    ("submission", 587),
    ("ldaps", 636),
    ("imaps", 993),
    ("pop3s", 995),
    ("mysql", 3306),
    ("postgresql", 5432),
    ("sip", 5060),
    ("mdns", 5353),
];

fn find<T: Copy>(table: &[(&str, T)], name: &str) -> Option<T> {
    table.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
}

/// Decimal, or hexadecimal behind `0x`, or octal behind `0`.
pub(super) fn number(text: &str) -> Option<u32> {
    if let Some(digits) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        return u32::from_str_radix(digits, 16).ok();
    }
    match text.strip_prefix('0').filter(|digits| !digits.is_empty()) {
        Some(digits) => u32::from_str_radix(digits, 8).ok(),
        None => text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten(),
    }
}

/// A number of an expression.
pub(super) fn constant(text: &str) -> Option<u32> {
    number(text).or_else(|| find(CONSTANTS, text))
}

/// A port.
pub(super) fn port(text: &str) -> Option<u16> {
    number(text).and_then(|port| u16::try_from(port).ok()).or_else(|| find(PORTS, text))
}

/// An IP protocol, with a backslash before it or not.
pub(super) fn protocol(text: &str) -> Option<u8> {
    let name = text.trim_start_matches('\\');
    let known = || PROTOCOLS.iter().find(|(known, ..)| *known == name).map(|(_, number, _)| *number);
    number(name).and_then(|number| u8::try_from(number).ok()).or_else(known).or_else(|| find(OTHER_PROTOCOLS, name))
}

/// An EtherType, with a backslash before it or not.
pub(super) fn ether_type(text: &str) -> Option<u16> {
    let name = text.trim_start_matches('\\');
    number(name).and_then(|number| u16::try_from(number).ok()).or_else(|| find(ETHER_TYPES, name))
}
