//! Every way in which headers depart from their specification, as one table.
//!
//! Names are those of Suricata's decoder events, without `decoder.`, where it has one for the matter; those marked "ours"
//! have no counterpart there.

use model::packet::{Anomaly, AnomalyLayer};

/// A row of [`ANOMALIES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnomalyKind {
    /// The name in rules, records and tables.
    pub name: &'static str,
    /// What it means, in one line.
    pub meaning: &'static str,
}

/// Why a header could not be read: the name of its anomaly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed(pub(crate) &'static str);

impl From<Malformed> for Anomaly {
    fn from(malformed: Malformed) -> Anomaly {
        Anomaly { layer: AnomalyLayer::Decode, name: malformed.0 }
    }
}

macro_rules! anomalies {
    ($($constant:ident = $name:literal: $meaning:literal;)*) => {
        $(pub(crate) const $constant: Malformed = Malformed($name);)*

        /// Every anomaly that decoding can find.
        pub const ANOMALIES: &[AnomalyKind] = &[$(AnomalyKind { name: $name, meaning: $meaning }),*];
    };
}

anomalies! {
    ETHERNET_PKT_TOO_SMALL = "ethernet.pkt_too_small": "fewer bytes than an Ethernet header";
    ETHERNET_UNKNOWN_ETHERTYPE = "ethernet.unknown_ethertype": "an EtherType that is not decoded";
    VLAN_HEADER_TOO_SMALL = "vlan.header_too_small": "a VLAN tag is cut";
    VLAN_UNKNOWN_TYPE = "vlan.unknown_type": "an EtherType behind a VLAN tag that is not decoded";
    VLAN_TOO_MANY_LAYERS = "vlan.too_many_layers": "more than three VLAN tags";
    VNTAG_HEADER_TOO_SMALL = "vntag.header_too_small": "a VN-Tag is cut";
    ETAG_HEADER_TOO_SMALL = "etag.header_too_small": "an 802.1BR E-Tag is cut";
    IEEE8021AH_HEADER_TOO_SMALL = "ieee8021ah.header_too_small": "an 802.1ah service tag is cut";
    DCE_PKT_TOO_SMALL = "dce.pkt_too_small": "a FabricPath header is cut";
    METADATA_HEADER_TOO_SMALL = "cisco_metadata.header_too_small": "a Cisco metadata header is cut (ours)";
    MACSEC_HEADER_TOO_SMALL = "macsec.header_too_small": "an 802.1AE security tag is cut (ours)";
    ARP_PKT_TOO_SMALL = "arp.pkt_too_small": "an ARP message is cut";
    ARP_UNSUPPORTED_HARDWARE = "arp.unsupported_hardware": "ARP for other hardware than Ethernet";
    ARP_UNSUPPORTED_PROTOCOL = "arp.unsupported_protocol": "ARP for another protocol than IPv4";
    ARP_INVALID_HARDWARE_SIZE = "arp.invalid_hardware_size": "ARP for Ethernet with addresses of other than six bytes";
    ARP_INVALID_PROTOCOL_SIZE = "arp.invalid_protocol_size": "ARP for IPv4 with addresses of other than four bytes";
    ARP_UNSUPPORTED_OPCODE = "arp.unsupported_opcode": "an ARP operation that is not defined";
    MPLS_HEADER_TOO_SMALL = "mpls.header_too_small": "an MPLS label is cut";
    MPLS_PKT_TOO_SMALL = "mpls.pkt_too_small": "nothing behind the bottom MPLS label";
    MPLS_BAD_LABEL_ROUTER_ALERT = "mpls.bad_label_router_alert": "the router alert label at the bottom of an MPLS stack";
    MPLS_BAD_LABEL_IMPLICIT_NULL = "mpls.bad_label_implicit_null": "the implicit null label on the wire";
    MPLS_BAD_LABEL_RESERVED = "mpls.bad_label_reserved": "a reserved MPLS label at the bottom of the stack";
    MPLS_UNKNOWN_PAYLOAD_TYPE = "mpls.unknown_payload_type": "neither IP nor Ethernet behind an MPLS stack";
    PPPOE_PKT_TOO_SMALL = "pppoe.pkt_too_small": "a PPPoE header is cut";
    PPPOE_WRONG_CODE = "pppoe.wrong_code": "a PPPoE code that is not defined";
    PPPOE_MALFORMED_TAGS = "pppoe.malformed_tags": "a tag of PPPoE discovery is longer than its message";
    PPP_PKT_TOO_SMALL = "ppp.pkt_too_small": "a PPP header is cut";
    PPP_VJU_PKT_TOO_SMALL = "ppp.vju_pkt_too_small": "less than an IPv4 header in uncompressed Van Jacobson TCP/IP";
    PPP_IP4_PKT_TOO_SMALL = "ppp.ip4_pkt_too_small": "less than an IPv4 header in PPP";
    PPP_IP6_PKT_TOO_SMALL = "ppp.ip6_pkt_too_small": "less than an IPv6 header in PPP";
    PPP_WRONG_TYPE = "ppp.wrong_type": "a PPP protocol that is not defined";
    PPP_UNSUP_PROTO = "ppp.unsup_proto": "a PPP protocol that is not decoded";
    CHDLC_PKT_TOO_SMALL = "chdlc.pkt_too_small": "a Cisco HDLC header is cut";
    SLL_PKT_TOO_SMALL = "sll.pkt_too_small": "a Linux cooked header is cut";
    SLL2_PKT_TOO_SMALL = "sll2.pkt_too_small": "a Linux cooked header of version 2 is cut";
    LTNULL_PKT_TOO_SMALL = "ltnull.pkt_too_small": "a loopback header is cut";
    LTNULL_UNSUPPORTED_TYPE = "ltnull.unsupported_type": "a loopback address family that is not IP";
    NFLOG_HEADER_TOO_SMALL = "nflog.header_too_small": "a header of Linux's packet log is cut (ours)";
    IEEE80211_HEADER_TOO_SMALL = "ieee80211.header_too_small": "an 802.11 or radiotap header is cut (ours)";
    LINK_UNSUPPORTED = "link.unsupported_type": "frames of a link type that is not decoded (ours)";
    IPRAW_INVALID_IP_VERSION = "ipraw.invalid_ip_version": "neither IPv4 nor IPv6 where an IP header has to be";
    IPV4_PKT_TOO_SMALL = "ipv4.pkt_too_small": "fewer bytes than an IPv4 header";
    IPV4_WRONG_IP_VERSION = "ipv4.wrong_ip_version": "another version than 4 in an IPv4 header";
    IPV4_HLEN_TOO_SMALL = "ipv4.hlen_too_small": "an IPv4 header length below 20";
    IPV4_IPLEN_SMALLER_THAN_HLEN = "ipv4.iplen_smaller_than_hlen": "an IPv4 total length below the header length";
    IPV4_TRUNC_PKT = "ipv4.trunc_pkt": "an IPv4 total length beyond what was sent";
    IPV4_ICMPV6 = "ipv4.icmpv6": "ICMPv6 in IPv4";
    IPV4_OPT_INVALID = "ipv4.opt_invalid": "an IPv4 option whose content is not valid";
    IPV4_OPT_INVALID_LEN = "ipv4.opt_invalid_len": "an IPv4 option with a length that it cannot have";
    IPV4_OPT_EOL_REQUIRED = "ipv4.opt_eol_required": "IPv4 options that end within the header without an end of list";
    IPV4_OPT_DUPLICATE = "ipv4.opt_duplicate": "an IPv4 option more than once";
    IPV4_OPT_UNKNOWN = "ipv4.opt_unknown": "an IPv4 option that is not defined";
    IPV6_PKT_TOO_SMALL = "ipv6.pkt_too_small": "fewer bytes than an IPv6 header";
    IPV6_WRONG_IP_VERSION = "ipv6.wrong_ip_version": "another version than 6 in an IPv6 header";
    IPV6_TRUNC_PKT = "ipv6.trunc_pkt": "an IPv6 payload length beyond what was sent";
    IPV6_TRUNC_EXTHDR = "ipv6.trunc_exthdr": "an IPv6 extension header is cut";
    IPV6_EXTHDR_DUPL_FH = "ipv6.exthdr_dupl_fh": "more than one fragment header";
    IPV6_EXTHDR_USELESS_FH = "ipv6.exthdr_useless_fh": "a fragment header on a datagram that is not fragmented";
    IPV6_EXTHDR_DUPL_RH = "ipv6.exthdr_dupl_rh": "more than one routing header";
    IPV6_EXTHDR_DUPL_HH = "ipv6.exthdr_dupl_hh": "more than one hop-by-hop header";
    IPV6_EXTHDR_DUPL_DH = "ipv6.exthdr_dupl_dh": "more than two destination options headers";
    IPV6_EXTHDR_DUPL_AH = "ipv6.exthdr_dupl_ah": "more than one authentication header";
    IPV6_EXTHDR_INVALID_OPTLEN = "ipv6.exthdr_invalid_optlen": "an option of an extension header is longer than it can be";
    IPV6_EXTHDR_AH_RES_NOT_NULL = "ipv6.exthdr_ah_res_not_null": "reserved bits of an authentication header are set";
    IPV6_HOPOPTS_UNKNOWN_OPT = "ipv6.hopopts_unknown_opt": "a hop-by-hop option that is not defined";
    IPV6_HOPOPTS_ONLY_PADDING = "ipv6.hopopts_only_padding": "nothing but padding in a hop-by-hop header";
    IPV6_DSTOPTS_UNKNOWN_OPT = "ipv6.dstopts_unknown_opt": "a destination option that is not defined";
    IPV6_DSTOPTS_ONLY_PADDING = "ipv6.dstopts_only_padding": "nothing but padding in a destination options header";
    IPV6_RH_TYPE_0 = "ipv6.rh_type_0": "a routing header of type 0, which RFC 5095 forbids";
    IPV6_ZERO_LEN_PADN = "ipv6.zero_len_padn": "a PadN option of no length";
    IPV6_FH_NON_ZERO_RESERVED_FIELD = "ipv6.fh_non_zero_reserved_field": "reserved bits of a fragment header are set";
    IPV6_DATA_AFTER_NONE_HEADER = "ipv6.data_after_none_header": "bytes behind \"no next header\"";
    IPV6_UNKNOWN_NEXT_HEADER = "ipv6.unknown_next_header": "a next header that is not assigned";
    IPV6_ICMPV4 = "ipv6.icmpv4": "ICMP of IPv4 in IPv6";
    IPV6_FRAG_INVALID_LENGTH = "ipv6.frag_invalid_length": "a fragment that is not the last and whose length is no multiple of 8";
    IPV4_IN_IPV6_TOO_SMALL = "ipv6.ipv4_in_ipv6_too_small": "less than an IPv4 header in IPv6";
    IPV4_IN_IPV6_WRONG_VERSION = "ipv6.ipv4_in_ipv6_wrong_version": "another version than 4 where IPv6 announces IPv4";
    IPV6_IN_IPV6_TOO_SMALL = "ipv6.ipv6_in_ipv6_too_small": "less than an IPv6 header in IPv6";
    IPV6_IN_IPV6_WRONG_VERSION = "ipv6.ipv6_in_ipv6_wrong_version": "another version than 6 where IPv6 announces IPv6";
    ICMPV4_PKT_TOO_SMALL = "icmpv4.pkt_too_small": "fewer bytes than an ICMP header";
    ICMPV4_UNKNOWN_TYPE = "icmpv4.unknown_type": "an ICMP type that is not defined";
    ICMPV4_UNKNOWN_CODE = "icmpv4.unknown_code": "an ICMP code that its type does not have";
    ICMPV4_IPV4_TRUNC_PKT = "icmpv4.ipv4_trunc_pkt": "less than an IPv4 header in an ICMP error";
    ICMPV4_IPV4_UNKNOWN_VER = "icmpv4.ipv4_unknown_ver": "no IPv4 header in an ICMP error";
    ICMPV6_PKT_TOO_SMALL = "icmpv6.pkt_too_small": "fewer bytes than an ICMPv6 header";
    ICMPV6_UNKNOWN_TYPE = "icmpv6.unknown_type": "an ICMPv6 type that is reserved";
    ICMPV6_UNKNOWN_CODE = "icmpv6.unknown_code": "an ICMPv6 code that its type does not have";
    ICMPV6_IPV6_TRUNC_PKT = "icmpv6.ipv6_trunc_pkt": "less than an IPv6 header in an ICMPv6 error";
    ICMPV6_IPV6_UNKNOWN_VERSION = "icmpv6.ipv6_unknown_version": "no IPv6 header in an ICMPv6 error";
    ICMPV6_MLD_INVALID_HL = "icmpv6.mld_message_with_invalid_hl": "multicast listener discovery with a hop limit other than 1";
    ICMPV6_UNASSIGNED_TYPE = "icmpv6.unassigned_type": "an ICMPv6 type that is not assigned";
    ICMPV6_EXPERIMENTATION_TYPE = "icmpv6.experimentation_type": "an ICMPv6 type of private experimentation";
    TCP_PKT_TOO_SMALL = "tcp.pkt_too_small": "fewer bytes than a TCP header";
    TCP_HLEN_TOO_SMALL = "tcp.hlen_too_small": "a TCP header length below 20 or beyond the segment";
    TCP_INVALID_OPTLEN = "tcp.invalid_optlen": "a TCP option with a length that it cannot have";
    TCP_OPT_INVALID_LEN = "tcp.opt_invalid_len": "a TCP option that is longer than the header";
    TCP_OPT_DUPLICATE = "tcp.opt_duplicate": "a TCP option more than once";
    UDP_PKT_TOO_SMALL = "udp.pkt_too_small": "a UDP length beyond the datagram";
    UDP_HLEN_TOO_SMALL = "udp.hlen_too_small": "fewer bytes than a UDP header";
    UDP_LEN_INVALID = "udp.len_invalid": "a UDP length below 8";
    SCTP_PKT_TOO_SMALL = "sctp.pkt_too_small": "fewer bytes than an SCTP header";
    ESP_PKT_TOO_SMALL = "esp.pkt_too_small": "fewer bytes than an ESP header";
    AH_PKT_TOO_SMALL = "ah.pkt_too_small": "an authentication header is cut (ours)";
    GRE_PKT_TOO_SMALL = "gre.pkt_too_small": "a GRE header is cut";
    GRE_WRONG_VERSION = "gre.wrong_version": "a GRE version other than 0 and 1";
    GRE_VERSION0_RECUR = "gre.version0_recur": "recursion control set in GRE version 0";
    GRE_VERSION0_FLAGS = "gre.version0_flags": "reserved flags set in GRE version 0";
    GRE_VERSION0_HDR_TOO_BIG = "gre.version0_hdr_too_big": "a GRE header that is longer than its datagram";
    GRE_VERSION0_MALFORMED_SRE_HDR = "gre.version0_malformed_sre_hdr": "a GRE source route that cannot be read";
    GRE_VERSION1_CHKSUM = "gre.version1_chksum": "a checksum in GRE version 1";
    GRE_VERSION1_ROUTE = "gre.version1_route": "a source route in GRE version 1";
    GRE_VERSION1_SSR = "gre.version1_ssr": "a strict source route in GRE version 1";
    GRE_VERSION1_RECUR = "gre.version1_recur": "recursion control set in GRE version 1";
    GRE_VERSION1_FLAGS = "gre.version1_flags": "reserved flags set in GRE version 1";
    GRE_VERSION1_NO_KEY = "gre.version1_no_key": "GRE version 1 without a key";
    GRE_VERSION1_WRONG_PROTOCOL = "gre.version1_wrong_protocol": "GRE version 1 with something else than PPP";
    GRE_VERSION1_HDR_TOO_BIG = "gre.version1_hdr_too_big": "a GRE header of version 1 that is longer than its datagram";
    ERSPAN_HEADER_TOO_SMALL = "erspan.header_too_small": "an ERSPAN header is cut";
    ERSPAN_UNSUPPORTED_VERSION = "erspan.unsupported_version": "an ERSPAN version that its GRE protocol does not have";
    VXLAN_UNKNOWN_PAYLOAD_TYPE = "vxlan.unknown_payload_type": "a VXLAN-GPE protocol that is not decoded";
    GENEVE_UNKNOWN_PAYLOAD_TYPE = "geneve.unknown_payload_type": "a GENEVE protocol that is not decoded";
    GENEVE_CRITICAL_OPTION = "geneve.unknown_critical_option": "a critical GENEVE option that is not known (ours)";
    NSH_HEADER_TOO_SMALL = "nsh.header_too_small": "a network service header is cut";
    NSH_UNSUPPORTED_VERSION = "nsh.unsupported_version": "a network service header of another version than 0";
    NSH_BAD_HEADER_LENGTH = "nsh.bad_header_length": "a network service header of a length that its type does not have";
    NSH_RESERVED_TYPE = "nsh.reserved_type": "a network service header of a reserved type";
    NSH_UNSUPPORTED_TYPE = "nsh.unsupported_type": "a network service header of a type that is not defined";
    NSH_UNKNOWN_PAYLOAD = "nsh.unknown_payload": "a network service header before something that is not decoded";
    TOO_MANY_LAYERS = "too_many_layers": "more headers in headers, or tunnels in tunnels, than the limit";
}

#[cfg(test)]
mod tests {
    use super::ANOMALIES;
    use std::collections::HashSet;

    #[test]
    fn every_name_is_there_once() {
        let names: HashSet<_> = ANOMALIES.iter().map(|kind| kind.name).collect();
        assert_eq!(names.len(), ANOMALIES.len());
        assert!(ANOMALIES.iter().all(|kind| !kind.meaning.is_empty()));
    }
}
