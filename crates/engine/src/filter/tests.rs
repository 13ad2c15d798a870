use super::*;

/// Ethernet, these tags, IPv4 10.1.2.3 to 192.0.2.7, TCP 4000 to 80 with SYN, 40 bytes of IP.
fn tcp(tags: &[u16]) -> Vec<u8> {
    let mut frame = vec![2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1];
    tags.iter().for_each(|tag| frame.extend([0x81, 0, (tag >> 8) as u8, *tag as u8]));
    frame.extend([8, 0, 0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0, 10, 1, 2, 3, 192, 0, 2, 7]);
    frame.extend([0x0f, 0xa0, 0, 80, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 0, 0, 0, 0, 0, 0]);
    frame
}

#[track_caller]
fn check(filter: &str, frame: &[u8], expected: bool) {
    let compiled = Filter::compile(filter).unwrap_or_else(|error| panic!("{filter}: {error}"));
    assert_eq!(compiled.admits(LinkType::ETHERNET, frame, frame.len() as u32), expected, "{filter}");
}

#[test]
fn frames_pass_by_what_their_headers_say() {
    for (filter, expected) in [
        ("", true),
        ("tcp", true),
        ("udp or icmp", false),
        ("host 10.1.2.3", true),
        ("src host 192.0.2.7", false),
        ("dst 192.0.2.7", true),
        ("src or dst host 192.0.2.7", true),
        ("src and dst net 10", false),
        ("net 10.1", true),
        ("net 10.0.0.0/8 and not net 10.2.0.0/16", true),
        ("net 10.0.0.0 mask 255.0.0.0", true),
        ("0.0.0.0/0", true),
        ("tcp port http", true),
        ("udp port 80", false),
        ("port (22 or 80)", true),
        ("dst port 22 or 80", true),
        ("portrange 70-90", true),
        ("src portrange 70-90", false),
        ("ip proto \\tcp", true),
        ("ip6 or arp", false),
        ("ether host 02:00:00:00:00:01", true),
        ("ether dst 02:00:00:00:00:01", false),
        ("ether proto 0x800", true),
        ("len = 54", true),
        ("greater 54 and less 54", true),
        ("tcp[tcpflags] & (tcp-syn|tcp-ack) == tcp-syn", true),
        ("tcp[13] & 2 != 0", true),
        ("tcp[13] & 0x10 != 0", false),
        ("(ip[2:2] - ((ip[0]&0xf)<<2)) - ((tcp[12]&0xf0)>>2) = 0", true),
        ("ip[8] - 1 < 64 and !(udp[0] > 0)", true),
        ("not tcp[9999] = 0", false),
        ("ip[0] / (ip[6] - ip[6]) = 1", false),
        // From the left: (udp and tcp) or ip.
        ("udp and tcp or ip", true),
        ("vlan", false),
        ("multicast or broadcast or ip multicast", false),
    ] {
        check(filter, &tcp(&[]), expected);
    }
}

#[test]
fn a_tag_hides_what_is_behind_it_until_vlan_goes_past() {
    for (filter, expected) in [
        ("tcp", false),
        ("vlan", true),
        ("vlan and tcp", true),
        ("vlan 7 and port 80", false),
        ("vlan 7 and vlan 9 and port 80", true),
        ("vlan 9", false),
    ] {
        let tags: &[u16] = if filter.contains('7') || filter == "vlan 9" { &[7, 9] } else { &[5] };
        check(filter, &tcp(tags), expected);
    }
}

#[test]
fn what_is_no_filter_is_told_with_its_place() {
    for (filter, offset) in [
        ("host", 4),
        ("port 99999", 5),
        ("host example.org", 5),
        ("tcp and", 7),
        ("(tcp", 4),
        ("tcp)", 3),
        ("net 10.1.2.3/8", 4),
        ("arp port 4", 9),
        ("mpls 5", 0),
        ("tcp port 80 x", 12),
        ("tcp[1:3] = 4", 6),
        ("{", 0),
    ] {
        let error = Filter::compile(filter).expect_err(filter);
        assert_eq!(error.offset, offset, "{filter}: {error}");
    }
    assert!(Filter::compile(&"(".repeat(100_000)).is_err());
    assert!(Filter::compile(&"not ".repeat(4_000)).is_err());
}

mod properties {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_words_and_any_frame_are_taken(
            words in proptest::collection::vec(prop_oneof![
                Just("tcp"), Just("("), Just(")"), Just("not"), Just("and"), Just("or"), Just("["), Just("]"), Just("13"),
                Just("="), Just("ip"), Just("src"), Just("net"), Just("10.0.0.0"), Just("/"), Just("8"), Just("vlan"), Just("-"),
                Just("len"), Just("&"), Just("port"), Just(":"), Just("é"),
            ], 0..24),
            frame in proptest::collection::vec(any::<u8>(), 0..80),
            link in prop_oneof![Just(0u16), Just(1), Just(101), Just(113), Just(276)],
        ) {
            if let Ok(filter) = Filter::compile(&words.join(" ")) {
                filter.admits(LinkType(link), &frame, 80);
            }
        }
    }
}
