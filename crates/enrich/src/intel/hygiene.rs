//! What no list may flag: special space and the resolvers everybody uses.

use std::net::{Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use crate::address::{AddressClass, SPECIAL_V4, SPECIAL_V6};
use crate::segments::Number;

/// What is to be done with a prefix of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Match,
    Special,
    PublicDns,
    TooWide,
}

/// Judges a prefix (its host bits clear). One that merely contains special space or resolvers passes: the matcher cuts
/// those out of it.
pub(super) fn judge(prefix: IpNet) -> Verdict {
    match prefix {
        IpNet::V4(net) => {
            let (start, length) = (net.network().to_bits(), net.prefix_len());
            let (special, dns) = (special_v4(start, length), length == 32 && RESOLVERS_V4.contains(&net.network()));
            verdict(special, dns, length < WIDEST_V4)
        }
        IpNet::V6(net) => {
            let (start, length) = (net.network().to_bits(), net.prefix_len());
            let (special, dns) = (special_v6(start, length), length == 128 && RESOLVERS_V6.contains(&net.network()));
            verdict(special, dns, length < WIDEST_V6)
        }
    }
}

/// The ranges no list matches in, as (first, last): special space and resolvers.
pub(super) fn never_v4() -> Vec<(u32, u32)> {
    let special = SPECIAL_V4.iter().filter(|row| row.2 != AddressClass::Documentation);
    let special = special.map(|&(start, length, _)| (start, start.last(length)));
    special.chain(RESOLVERS_V4.iter().map(|address| (address.to_bits(), address.to_bits()))).collect()
}

/// The same for IPv6.
pub(super) fn never_v6() -> Vec<(u128, u128)> {
    let special = SPECIAL_V6.iter().filter(|row| row.2 != AddressClass::Documentation);
    let special = special.map(|&(start, length, _)| (start, start.last(length)));
    special.chain(RESOLVERS_V6.iter().map(|address| (address.to_bits(), address.to_bits()))).collect()
}

fn verdict(special: bool, public_dns: bool, too_wide: bool) -> Verdict {
    match (special, public_dns, too_wide) {
        (true, ..) => Verdict::Special,
        (_, true, _) => Verdict::PublicDns,
        (.., true) => Verdict::TooWide,
        _ => Verdict::Match,
    }
}

fn special_v4(start: u32, length: u8) -> bool {
    // Multicast and everything above it, as FireHOL writes it: 224.0.0.0/3.
    let top = start >= 0xe000_0000;
    // A lone documentation address was written by somebody who tries the program; a whole block is a bogon list.
    let holds = |&&(first, wide, class): &&(u32, u8, AddressClass)| {
        wide <= length
            && start.wrapping_sub(first) <= first.last(wide) - first
            && (class != AddressClass::Documentation || length < 32)
    };
    top || SPECIAL_V4.iter().any(|row| holds(&row))
}

fn special_v6(start: u128, length: u8) -> bool {
    let documentation = AddressClass::of(&start.to_be_bytes()) == Some(AddressClass::Documentation);
    let unicast = start >> 125 == 1 || start >> 64 == 0x0064_ff9b << 32;
    if documentation || !unicast {
        return !(documentation && length == 128);
    }
    SPECIAL_V6.iter().any(|&(first, wide, _)| wide <= length && (start ^ first) >> (128 - wide) == 0)
}

/// Shorter prefixes than these are not matched. No registry gave anybody more than a /8, or a /19 of IPv6.
pub(super) const WIDEST_V4: u8 = 8;
pub(super) const WIDEST_V6: u8 = 19;

#[rustfmt::skip]
const RESOLVERS_V4: &[Ipv4Addr] = &[
    // Google
    Ipv4Addr::new(8, 8, 8, 8), Ipv4Addr::new(8, 8, 4, 4),
    // Cloudflare, plain, malware and family
    Ipv4Addr::new(1, 1, 1, 1), Ipv4Addr::new(1, 0, 0, 1), Ipv4Addr::new(1, 1, 1, 2), Ipv4Addr::new(1, 0, 0, 2),
    Ipv4Addr::new(1, 1, 1, 3), Ipv4Addr::new(1, 0, 0, 3),
    // Quad9
    Ipv4Addr::new(9, 9, 9, 9), Ipv4Addr::new(149, 112, 112, 112), Ipv4Addr::new(9, 9, 9, 10),
    Ipv4Addr::new(149, 112, 112, 10), Ipv4Addr::new(9, 9, 9, 11), Ipv4Addr::new(149, 112, 112, 11),
    // OpenDNS
    Ipv4Addr::new(208, 67, 222, 222), Ipv4Addr::new(208, 67, 220, 220), Ipv4Addr::new(208, 67, 222, 123),
    Ipv4Addr::new(208, 67, 220, 123), Ipv4Addr::new(208, 67, 222, 220), Ipv4Addr::new(208, 67, 220, 222),
    // Level 3
    Ipv4Addr::new(4, 2, 2, 1), Ipv4Addr::new(4, 2, 2, 2), Ipv4Addr::new(4, 2, 2, 3), Ipv4Addr::new(4, 2, 2, 4),
    Ipv4Addr::new(4, 2, 2, 5), Ipv4Addr::new(4, 2, 2, 6), Ipv4Addr::new(209, 244, 0, 3), Ipv4Addr::new(209, 244, 0, 4),
    // Quad101, AdGuard, Yandex
    Ipv4Addr::new(101, 101, 101, 101), Ipv4Addr::new(101, 102, 103, 104), Ipv4Addr::new(94, 140, 14, 14),
    Ipv4Addr::new(94, 140, 15, 15), Ipv4Addr::new(94, 140, 14, 15), Ipv4Addr::new(94, 140, 15, 16),
    Ipv4Addr::new(94, 140, 14, 140), Ipv4Addr::new(94, 140, 14, 141), Ipv4Addr::new(176, 103, 130, 130),
    Ipv4Addr::new(176, 103, 130, 131), Ipv4Addr::new(77, 88, 8, 8), Ipv4Addr::new(77, 88, 8, 1),
    Ipv4Addr::new(77, 88, 8, 88), Ipv4Addr::new(77, 88, 8, 2), Ipv4Addr::new(77, 88, 8, 7), Ipv4Addr::new(77, 88, 8, 3),
    // CleanBrowsing, Comodo, Verisign/UltraDNS, DNS.WATCH, Control D, NextDNS, DNS.SB, dns0.eu, Mullvad
    Ipv4Addr::new(185, 228, 168, 168), Ipv4Addr::new(185, 228, 169, 168), Ipv4Addr::new(185, 228, 168, 9),
    Ipv4Addr::new(185, 228, 169, 9), Ipv4Addr::new(185, 228, 168, 10), Ipv4Addr::new(185, 228, 169, 11),
    Ipv4Addr::new(8, 26, 56, 26), Ipv4Addr::new(8, 20, 247, 20), Ipv4Addr::new(64, 6, 64, 6), Ipv4Addr::new(64, 6, 65, 6),
    Ipv4Addr::new(156, 154, 70, 1), Ipv4Addr::new(156, 154, 71, 1), Ipv4Addr::new(84, 200, 69, 80),
    Ipv4Addr::new(84, 200, 70, 40), Ipv4Addr::new(76, 76, 2, 0), Ipv4Addr::new(76, 76, 10, 0),
    Ipv4Addr::new(45, 90, 28, 0), Ipv4Addr::new(45, 90, 30, 0), Ipv4Addr::new(185, 222, 222, 222),
    Ipv4Addr::new(45, 11, 45, 11), Ipv4Addr::new(193, 110, 81, 0), Ipv4Addr::new(185, 253, 5, 0),
    Ipv4Addr::new(194, 242, 2, 2), Ipv4Addr::new(74, 82, 42, 42), Ipv4Addr::new(195, 46, 39, 39),
    Ipv4Addr::new(195, 46, 39, 40), Ipv4Addr::new(76, 76, 19, 19), Ipv4Addr::new(76, 223, 122, 150),
    // China: 114DNS, AliDNS, DNSPod, Baidu, CNNIC
    Ipv4Addr::new(114, 114, 114, 114), Ipv4Addr::new(114, 114, 115, 115), Ipv4Addr::new(223, 5, 5, 5),
    Ipv4Addr::new(223, 6, 6, 6), Ipv4Addr::new(119, 29, 29, 29), Ipv4Addr::new(182, 254, 116, 116),
    Ipv4Addr::new(180, 76, 76, 76), Ipv4Addr::new(1, 2, 4, 8), Ipv4Addr::new(210, 2, 4, 8),
];

#[rustfmt::skip]
const RESOLVERS_V6: &[Ipv6Addr] = &[
    // Google
    Ipv6Addr::new(0x2001, 0x4860, 0x4860, 0, 0, 0, 0, 0x8888), Ipv6Addr::new(0x2001, 0x4860, 0x4860, 0, 0, 0, 0, 0x8844),
    Ipv6Addr::new(0x2001, 0x4860, 0x4860, 0, 0, 0, 0, 0x64), Ipv6Addr::new(0x2001, 0x4860, 0x4860, 0, 0, 0, 0, 0x6464),
    // Cloudflare
    Ipv6Addr::new(0x2606, 0x4700, 0x4700, 0, 0, 0, 0, 0x1111), Ipv6Addr::new(0x2606, 0x4700, 0x4700, 0, 0, 0, 0, 0x1001),
    Ipv6Addr::new(0x2606, 0x4700, 0x4700, 0, 0, 0, 0, 0x1112), Ipv6Addr::new(0x2606, 0x4700, 0x4700, 0, 0, 0, 0, 0x1002),
    Ipv6Addr::new(0x2606, 0x4700, 0x4700, 0, 0, 0, 0, 0x1113), Ipv6Addr::new(0x2606, 0x4700, 0x4700, 0, 0, 0, 0, 0x1003),
    Ipv6Addr::new(0x2606, 0x4700, 0x4700, 0, 0, 0, 0, 0x64), Ipv6Addr::new(0x2606, 0x4700, 0x4700, 0, 0, 0, 0, 0x6400),
    // Quad9
    Ipv6Addr::new(0x2620, 0xfe, 0, 0, 0, 0, 0, 0xfe), Ipv6Addr::new(0x2620, 0xfe, 0, 0, 0, 0, 0, 9),
    Ipv6Addr::new(0x2620, 0xfe, 0, 0, 0, 0, 0, 0x10), Ipv6Addr::new(0x2620, 0xfe, 0, 0, 0, 0, 0xfe, 0x10),
    Ipv6Addr::new(0x2620, 0xfe, 0, 0, 0, 0, 0, 0x11), Ipv6Addr::new(0x2620, 0xfe, 0, 0, 0, 0, 0xfe, 0x11),
    // OpenDNS, AdGuard, Yandex, Quad101, AliDNS
    Ipv6Addr::new(0x2620, 0x119, 0x35, 0, 0, 0, 0, 0x35), Ipv6Addr::new(0x2620, 0x119, 0x53, 0, 0, 0, 0, 0x53),
    Ipv6Addr::new(0x2a10, 0x50c0, 0, 0, 0, 0, 0xad1, 0xff), Ipv6Addr::new(0x2a10, 0x50c0, 0, 0, 0, 0, 0xad2, 0xff),
    Ipv6Addr::new(0x2a02, 0x6b8, 0, 0, 0, 0, 0xfeed, 0xff), Ipv6Addr::new(0x2a02, 0x6b8, 0, 1, 0, 0, 0xfeed, 0xff),
    Ipv6Addr::new(0x2001, 0xde4, 0, 0, 0, 0, 0, 0x101), Ipv6Addr::new(0x2001, 0xde4, 0, 0, 0, 0, 0, 0x102),
    Ipv6Addr::new(0x2400, 0x3200, 0, 0, 0, 0, 0, 1), Ipv6Addr::new(0x2400, 0x3200, 0xbaba, 0, 0, 0, 0, 1),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts() {
        for (text, expected) in [
            ("10.0.0.0/8", Verdict::Special),
            ("10.1.2.3/32", Verdict::Special),
            ("224.0.0.0/3", Verdict::Special),
            ("192.168.5.0/24", Verdict::Special),
            ("0.0.0.0/8", Verdict::Special),
            ("0.0.0.0/0", Verdict::TooWide),
            ("198.51.100.7/32", Verdict::Match),
            ("198.51.100.0/24", Verdict::Special),
            ("8.8.8.8/32", Verdict::PublicDns),
            ("8.8.8.0/24", Verdict::Match),
            ("192.0.0.0/8", Verdict::Match),
            ("128.0.0.0/7", Verdict::TooWide),
            ("172.16.0.0/12", Verdict::Special),
            ("172.0.0.0/8", Verdict::Match),
            ("5.0.0.0/8", Verdict::Match),
            ("fe80::/64", Verdict::Special),
            ("2a12:2640::/29", Verdict::Match),
            ("2001:db8::/32", Verdict::Special),
            ("2001:db8::1/128", Verdict::Match),
            ("2000::/3", Verdict::TooWide),
            ("::/0", Verdict::Special),
            ("2001:4860:4860::8888/128", Verdict::PublicDns),
            ("fc00::/7", Verdict::Special),
            ("::1/128", Verdict::Special),
        ] {
            assert_eq!(judge(text.parse().unwrap()), expected, "{text}");
        }
    }
}
