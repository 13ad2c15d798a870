//! One malformed frame for each anomaly.

use crate::encapsulations::{DATAGRAM, before, ipv4, ipv6, udp};
use crate::samples::Sample;
use model::packet::LinkType;
use wire::DecodeConfig;

#[track_caller]
fn check(link_type: LinkType, bytes: &[u8], expected: &[&str]) {
    let sample = Sample { link_type, bytes: bytes.to_vec(), wire_length: bytes.len() as u32 };
    let packet = sample.decode(&DecodeConfig::every_overlay());
    assert_eq!(packet.anomalies.iter().map(|anomaly| anomaly.name).collect::<Vec<_>>(), expected, "{packet:?}");
    // What the capture left out is no anomaly.
    let cut = Sample { wire_length: sample.wire_length + 1500, ..sample };
    let _ = cut.decode(&DecodeConfig::default());
}

fn raw(bytes: &[u8], expected: &[&str]) {
    check(LinkType::RAW, bytes, expected);
}

/// Ethernet with an EtherType and what follows.
fn ethernet(tail: &[u8], expected: &[&str]) {
    check(LinkType::ETHERNET, &before(&[4; 12], tail), expected);
}

/// An IPv4 header with eight bytes of options before ICMP.
fn options(options: [u8; 8], expected: &[&str]) {
    let header = [0x47, 0, 0, 36, 0, 0, 0, 0, 64, 1, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2];
    raw(&[&header[..], &options, &[8, 0, 0, 0, 0, 0, 0, 0]].concat(), expected);
}

/// A TCP header with eight bytes of options.
fn tcp(offset: u8, options: [u8; 8], expected: &[&str]) {
    let header = [0, 80, 0, 81, 0, 0, 0, 1, 0, 0, 0, 0, offset << 4, 2, 0, 0, 0, 0, 0, 0];
    raw(&ipv4(6, &before(&header, &options)), expected);
}

#[test]
fn links() {
    check(LinkType::ETHERNET, &[4; 13], &["ethernet.pkt_too_small"]);
    ethernet(&[0x90, 0x00, 1, 2], &["ethernet.unknown_ethertype"]);
    ethernet(&[0x81, 0x00, 0], &["vlan.header_too_small"]);
    ethernet(&[0x81, 0x00, 0, 7, 0x90, 0], &["vlan.unknown_type", "ethernet.unknown_ethertype"]);
    ethernet(&[0x08, 0x06, 0, 1], &["arp.pkt_too_small"]);
    ethernet(&[0x88, 0x47, 0, 1, 0], &["mpls.header_too_small"]);
    ethernet(&[0x88, 0x47, 0, 1, 1, 64], &["mpls.pkt_too_small"]);
    ethernet(&[0x88, 0x47, 0, 0, 0x11, 64, 0], &["mpls.bad_label_router_alert"]);
    ethernet(&[0x88, 0x47, 0, 0, 0x31, 64, 0], &["mpls.bad_label_implicit_null"]);
    ethernet(&[0x88, 0x47, 0, 0, 0x41, 64, 0], &["mpls.bad_label_reserved"]);
    ethernet(&[0x88, 0x47, 0, 1, 1, 64, 0x90, 0], &["mpls.unknown_payload_type"]);
    ethernet(&[0x88, 0x64, 0x11, 0], &["pppoe.pkt_too_small"]);
    ethernet(&[0x88, 0x64, 0x11, 9, 0, 1, 0, 0], &["pppoe.wrong_code"]);
    ethernet(&[0x88, 0x63, 0x11, 9, 0, 0, 0, 4, 1, 1, 0, 9], &["pppoe.malformed_tags"]);
    ethernet(&[0x89, 0x4f, 0], &["nsh.header_too_small"]);
    ethernet(&[0x89, 0x4f, 0x0f, 0xc2, 2, 9, 0, 0, 0, 0], &["nsh.unknown_payload"]);
    check(LinkType::PPP, &[0xff, 3, 0], &["ppp.pkt_too_small"]);
    check(LinkType::PPP, &[0, 0x21, 0x45], &["ppp.ip4_pkt_too_small"]);
    check(LinkType::PPP, &[0, 0x57, 0x60], &["ppp.ip6_pkt_too_small"]);
    check(LinkType::PPP, &[0, 0x2f, 0x45], &["ppp.vju_pkt_too_small"]);
    check(LinkType::PPP, &[0, 0x2b, 0], &["ppp.unsup_proto"]);
    check(LinkType::PPP, &[0x10, 0x10, 0], &["ppp.wrong_type"]);
    check(LinkType::PPP, &[0xff, 3, 0xc0, 0x21, 1], &[]);
    check(LinkType::C_HDLC, &[0x0f, 0], &["chdlc.pkt_too_small"]);
    check(LinkType::LINUX_SLL, &[0; 15], &["sll.pkt_too_small"]);
    check(LinkType::LINUX_SLL2, &[0; 19], &["sll2.pkt_too_small"]);
    check(LinkType::NULL, &[2, 0, 0], &["ltnull.pkt_too_small"]);
    check(LinkType::NULL, &[7, 0, 0, 0], &["ltnull.unsupported_type"]);
    check(LinkType(9999), &[7, 0, 0, 0], &["link.unsupported_type"]);
}

#[test]
fn network() {
    raw(&[0x95; 40], &["ipraw.invalid_ip_version"]);
    raw(&[0x45; 19], &["ipv4.pkt_too_small"]);
    raw(&before(&[0x44], &DATAGRAM[1..]), &["ipv4.hlen_too_small"]);
    raw(&before(&[0x45, 0, 0, 19], &DATAGRAM[4..]), &["ipv4.iplen_smaller_than_hlen"]);
    raw(&before(&[0x45, 0, 0, 33], &DATAGRAM[4..]), &["ipv4.trunc_pkt"]);
    raw(&ipv4(58, &[128, 0, 0, 0, 0, 0, 0, 0]), &["ipv4.icmpv6"]);
    ethernet(&before(&[8, 0, 0x65], &DATAGRAM[1..]), &["ipv4.wrong_ip_version"]);
    options([7, 2, 0, 0, 0, 0, 0, 0], &["ipv4.opt_invalid_len"]);
    options([7, 9, 4, 0, 0, 0, 0, 0], &["ipv4.opt_invalid_len"]);
    options([7, 7, 2, 0, 0, 0, 0, 0], &["ipv4.opt_invalid"]);
    options([1, 1, 1, 1, 1, 1, 1, 7], &["ipv4.opt_eol_required"]);
    options([148, 4, 0, 0, 148, 4, 0, 0], &["ipv4.opt_duplicate"]);
    options([200, 8, 0, 0, 0, 0, 0, 0], &["ipv4.opt_unknown"]);
    options([148, 4, 0, 0, 0, 0, 0, 0], &[]);
    raw(&[0x60; 39], &["ipv6.pkt_too_small"]);
    raw(&before(&[0x60, 0, 0, 0, 0, 9, 59, 1], &[0; 32]), &["ipv6.trunc_pkt"]);
    ethernet(&before(&[0x86, 0xdd, 0x40], &[0; 40]), &["ipv6.wrong_ip_version"]);
    raw(&ipv6(1, &[8, 0, 0, 0, 0, 0, 0, 0]), &["ipv6.icmpv4"]);
    raw(&ipv6(4, &[0x45]), &["ipv6.ipv4_in_ipv6_too_small"]);
    raw(&ipv6(4, &[0x55; 20]), &["ipv6.ipv4_in_ipv6_wrong_version"]);
    raw(&ipv6(41, &[0x60]), &["ipv6.ipv6_in_ipv6_too_small"]);
    raw(&ipv6(41, &[0x55; 40]), &["ipv6.ipv6_in_ipv6_wrong_version"]);
    raw(&ipv6(200, &[0]), &["ipv6.unknown_next_header"]);
}

#[test]
fn extension_headers() {
    const PADDED: [u8; 8] = [59, 0, 1, 4, 0, 0, 0, 0];
    raw(&ipv6(0, &[59]), &["ipv6.trunc_exthdr"]);
    raw(&ipv6(0, &PADDED), &["ipv6.hopopts_only_padding"]);
    raw(&ipv6(60, &PADDED), &["ipv6.dstopts_only_padding"]);
    raw(&ipv6(0, &[59, 0, 0x3e, 4, 0, 0, 0, 0]), &["ipv6.hopopts_unknown_opt"]);
    raw(&ipv6(60, &[59, 0, 0x3e, 4, 0, 0, 0, 0]), &["ipv6.dstopts_unknown_opt"]);
    raw(&ipv6(60, &[59, 0, 1, 9, 0, 0, 0, 0]), &["ipv6.exthdr_invalid_optlen"]);
    raw(&ipv6(0, &[59, 0, 5, 2, 0, 0, 1, 0]), &["ipv6.zero_len_padn"]);
    raw(&ipv6(59, &[1]), &["ipv6.data_after_none_header"]);
    raw(&ipv6(43, &[59, 0, 0, 0, 0, 0, 0, 0]), &["ipv6.rh_type_0"]);
    raw(&ipv6(43, &[43, 0, 2, 0, 0, 0, 0, 0, 59, 0, 2, 0, 0, 0, 0, 0]), &["ipv6.exthdr_dupl_rh"]);
    raw(&ipv6(44, &[59, 0, 0, 0, 0, 0, 0, 1]), &["ipv6.exthdr_useless_fh"]);
    raw(&ipv6(44, &[59, 1, 0, 8, 0, 0, 0, 1]), &["ipv6.fh_non_zero_reserved_field"]);
    raw(&ipv6(44, &[17, 0, 0, 1, 0, 0, 0, 1, 0]), &["ipv6.frag_invalid_length"]);
    raw(&ipv6(51, &[59, 1, 0, 9, 0, 0, 0, 1, 0, 0, 0, 1]), &["ipv6.exthdr_ah_res_not_null"]);
}

#[test]
fn transports() {
    raw(&ipv4(1, &[8, 0]), &["icmpv4.pkt_too_small"]);
    raw(&ipv4(1, &[99, 0, 0, 0, 0, 0, 0, 0]), &["icmpv4.unknown_type"]);
    raw(&ipv4(1, &[5, 9, 0, 0, 0, 0, 0, 0]), &["icmpv4.unknown_code"]);
    raw(&ipv4(1, &[3, 1, 0, 0, 0, 0, 0, 0, 0x45]), &["icmpv4.ipv4_trunc_pkt"]);
    raw(&ipv4(1, &before(&[3, 1, 0, 0, 0, 0, 0, 0], &[0x65; 20])), &["icmpv4.ipv4_unknown_ver"]);
    raw(&ipv6(58, &[8, 0]), &["icmpv6.pkt_too_small"]);
    raw(&ipv6(58, &[255, 0, 0, 0, 0, 0, 0, 0]), &["icmpv6.unknown_type"]);
    raw(&ipv6(58, &[99, 0, 0, 0, 0, 0, 0, 0]), &["icmpv6.unassigned_type"]);
    raw(&ipv6(58, &[200, 0, 0, 0, 0, 0, 0, 0]), &["icmpv6.experimentation_type"]);
    raw(&ipv6(58, &[128, 1, 0, 0, 0, 0, 0, 0]), &["icmpv6.unknown_code"]);
    raw(&ipv6(58, &[143, 0, 0, 0, 0, 0, 0, 0]), &["icmpv6.mld_message_with_invalid_hl"]);
    raw(&ipv6(58, &[1, 0, 0, 0, 0, 0, 0, 0, 0x60]), &["icmpv6.ipv6_trunc_pkt"]);
    raw(&ipv6(58, &before(&[1, 0, 0, 0, 0, 0, 0, 0], &[0x40; 40])), &["icmpv6.ipv6_unknown_version"]);
    raw(&ipv4(6, &[0; 19]), &["tcp.pkt_too_small"]);
    tcp(4, [0; 8], &["tcp.hlen_too_small"]);
    tcp(15, [0; 8], &["tcp.hlen_too_small"]);
    tcp(7, [2, 9, 0, 0, 0, 0, 0, 0], &["tcp.opt_invalid_len"]);
    tcp(7, [2, 3, 0, 0, 0, 0, 0, 0], &["tcp.invalid_optlen"]);
    tcp(7, [3, 3, 1, 3, 3, 1, 0, 0], &["tcp.opt_duplicate"]);
    tcp(7, [2, 4, 5, 0xb4, 1, 3, 3, 7], &[]);
    raw(&ipv4(17, &[0; 7]), &["udp.hlen_too_small"]);
    raw(&ipv4(17, &[0, 1, 0, 2, 0, 7, 0, 0]), &["udp.len_invalid"]);
    raw(&ipv4(17, &[0, 1, 0, 2, 0, 9, 0, 0]), &["udp.pkt_too_small"]);
    raw(&ipv4(132, &[0; 11]), &["sctp.pkt_too_small"]);
    raw(&ipv4(50, &[0; 7]), &["esp.pkt_too_small"]);
    raw(&ipv4(51, &[17, 4, 0, 0, 0, 0]), &["ah.pkt_too_small"]);
}

#[test]
fn tunnels() {
    raw(&ipv4(47, &[0, 0, 8]), &["gre.pkt_too_small"]);
    raw(&ipv4(47, &[0, 2, 8, 0]), &["gre.wrong_version"]);
    raw(&ipv4(47, &[0x20, 0, 8, 0, 0]), &["gre.version0_hdr_too_big"]);
    raw(&ipv4(47, &[0x40, 0, 8, 0, 0, 0, 0, 0, 8]), &["gre.version0_malformed_sre_hdr"]);
    raw(&ipv4(47, &[0x20, 1, 0x88, 0x0b, 0]), &["gre.version1_hdr_too_big"]);
    raw(&ipv4(47, &[0x10, 0, 0x88, 0xbe, 0, 0, 0, 0, 0x10]), &["erspan.header_too_small"]);
    raw(&ipv4(47, &before(&[0x10, 0, 0x88, 0xbe, 0, 0, 0, 0, 0x30], &[0; 21])), &["erspan.unsupported_version"]);
    raw(&udp(4790, &[0x0c, 0, 0, 9, 0, 0, 1, 0]), &["vxlan.unknown_payload_type"]);
    raw(&udp(6081, &[0, 0, 0x99, 0x99, 0, 0, 1, 0]), &["geneve.unknown_payload_type"]);
    let critical = [1, 0, 8, 0, 0, 0, 1, 0, 0xff, 0xff, 0x80, 0];
    raw(&udp(6081, &before(&critical, &DATAGRAM)), &["geneve.unknown_critical_option"]);
}
