//! The IANA assigned internet protocol numbers.

/// The name of an IP protocol number, in lower case as flow tools print it (`tcp`, `icmp6`, `ospf`).
///
/// `None` for numbers without an assignment and for 255, which is reserved.
pub fn protocol_name(number: u8) -> Option<&'static str> {
    PROTOCOLS.get(usize::from(number)).copied().or(match number {
        253 | 254 => Some("experimental"),
        _ => None,
    })
}

/// The number of a protocol given by name or in digits: `tcp`, `ICMPv6`, `ipv6-icmp`, `47`.
pub fn protocol_number(name: &str) -> Option<u8> {
    if let Ok(number) = name.parse() {
        return Some(number);
    }
    let lower = name.to_ascii_lowercase();
    let alias = ALIASES.iter().find(|row| row.0 == lower).map_or(lower.as_str(), |row| row.1);
    PROTOCOLS.iter().position(|&known| known == alias).and_then(|number| u8::try_from(number).ok())
}

/// Other spellings seen in flow logs.
const ALIASES: &[(&str, &str)] = &[
    ("icmpv6", "icmp6"),
    ("ipv6-icmp", "icmp6"),
    ("ip-in-ip", "ipip"),
    ("ipencap", "ipip"),
    ("ipv4", "ipip"),
    ("6in4", "ipv6"),
    ("ospfigp", "ospf"),
    ("ipsec-esp", "esp"),
    ("ipsec-ah", "ah"),
    ("udp-lite", "udplite"),
];

/// The name of each number, from 0.
#[rustfmt::skip]
const PROTOCOLS: [&str; 148] = [
    "hopopt", "icmp", "igmp", "ggp", "ipip", "st", "tcp", "cbt", "egp", "igp", // 0
    "bbn-rcc-mon", "nvp-ii", "pup", "argus", "emcon", "xnet", "chaos", "udp", "mux", "dcn-meas", // 10
    "hmp", "prm", "xns-idp", "trunk-1", "trunk-2", "leaf-1", "leaf-2", "rdp", "irtp", "iso-tp4", // 20
    "netblt", "mfe-nsp", "merit-inp", "dccp", "3pc", "idpr", "xtp", "ddp", "idpr-cmtp", "tp++", // 30
    "il", "ipv6", "sdrp", "ipv6-route", "ipv6-frag", "idrp", "rsvp", "gre", "dsr", "bna", // 40
    "esp", "ah", "i-nlsp", "swipe", "narp", "mobile", "tlsp", "skip", "icmp6", "ipv6-nonxt", // 50
    "ipv6-opts", "any-host", "cftp", "any-network", "sat-expak", "kryptolan", "rvd", "ippc", "any-file", "sat-mon", // 60
    "visa", "ipcv", "cpnx", "cphb", "wsn", "pvp", "br-sat-mon", "sun-nd", "wb-mon", "wb-expak", // 70
    "iso-ip", "vmtp", "secure-vmtp", "vines", "ttp", "nsfnet-igp", "dgp", "tcf", "eigrp", "ospf", // 80
    "sprite-rpc", "larp", "mtp", "ax.25", "ipip-old", "micp", "scc-sp", "etherip", "encap", "any-encryption", // 90
    "gmtp", "ifmp", "pnni", "pim", "aris", "scps", "qnx", "a/n", "ipcomp", "snp", // 100
    "compaq-peer", "ipx-in-ip", "vrrp", "pgm", "any-0-hop", "l2tp", "ddx", "iatp", "stp", "srp", // 110
    "uti", "smp", "sm", "ptp", "isis", "fire", "crtp", "crudp", "sscopmce", "iplt", // 120
    "sps", "pipe", "sctp", "fc", "rsvp-e2e-ignore", "mobility", "udplite", "mpls-in-ip", "manet", "hip", // 130
    "shim6", "wesp", "rohc", "ethernet", "aggfrag", "nsh", "homa", "bit-emu", // 140
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names() {
        for (number, name) in [
            (0, "hopopt"),
            (1, "icmp"),
            (2, "igmp"),
            (4, "ipip"),
            (6, "tcp"),
            (17, "udp"),
            (41, "ipv6"),
            (47, "gre"),
            (50, "esp"),
            (51, "ah"),
            (58, "icmp6"),
            (88, "eigrp"),
            (89, "ospf"),
            (97, "etherip"),
            (103, "pim"),
            (108, "ipcomp"),
            (112, "vrrp"),
            (115, "l2tp"),
            (132, "sctp"),
            (136, "udplite"),
            (137, "mpls-in-ip"),
            (139, "hip"),
            (143, "ethernet"),
            (145, "nsh"),
            (253, "experimental"),
        ] {
            assert_eq!(protocol_name(number), Some(name));
            assert_eq!(protocol_number(name), Some(number).filter(|&number| number < 253));
        }
        assert_eq!(protocol_name(200), None);
        assert_eq!(protocol_number("IPv6-ICMP"), Some(58));
        assert_eq!(protocol_number("47"), Some(47));
        assert_eq!(protocol_number("nonsense"), None);
    }
}
