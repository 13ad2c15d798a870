//! Names of the counters that `stats` has even where there was nothing to count, as Suricata 8 has them.

/// Where they stand, and their names with blanks between them.
#[rustfmt::skip]
pub(super) const ALWAYS: &[(&str, &str)] = &[
    ("decoder",
     "pkts bytes invalid ipv4 ipv6 ethernet arp unknown_ethertype raw null sll sll2 tcp udp sctp esp \
      icmpv4 icmpv6 ppp pppoe geneve gre vlan vlan_qinq vlan_qinqinq vxlan ieee8021ah teredo \
      ipv4_in_ipv4 ipv6_in_ipv4 ipv4_in_ipv6 ipv6_in_ipv6 mpls avg_pkt_size max_pkt_size erspan nsh"),
    ("decoder.event.ipv4",
     "pkt_too_small hlen_too_small iplen_smaller_than_hlen trunc_pkt opt_invalid opt_invalid_len \
      opt_malformed opt_pad_required opt_eol_required opt_duplicate opt_unknown wrong_ip_version \
      icmpv6 frag_pkt_too_large frag_overlap frag_ignored"),
    ("decoder.event.icmpv4", "pkt_too_small unknown_type unknown_code ipv4_trunc_pkt ipv4_unknown_ver"),
    ("decoder.event.icmpv6",
     "unknown_type unknown_code pkt_too_small ipv6_unknown_version ipv6_trunc_pkt \
      mld_message_with_invalid_hl unassigned_type experimentation_type"),
    ("decoder.event.ipv6",
     "pkt_too_small trunc_pkt trunc_exthdr exthdr_dupl_fh exthdr_useless_fh exthdr_dupl_rh \
      exthdr_dupl_hh exthdr_dupl_dh exthdr_dupl_ah exthdr_dupl_eh exthdr_invalid_optlen \
      wrong_ip_version exthdr_ah_res_not_null hopopts_unknown_opt hopopts_only_padding \
      dstopts_unknown_opt dstopts_only_padding rh_type_0 zero_len_padn fh_non_zero_reserved_field \
      data_after_none_header unknown_next_header icmpv4 frag_pkt_too_large frag_overlap \
      frag_invalid_length frag_ignored ipv4_in_ipv6_too_small ipv4_in_ipv6_wrong_version \
      ipv6_in_ipv6_too_small ipv6_in_ipv6_wrong_version"),
    ("decoder.event.tcp", "pkt_too_small hlen_too_small invalid_optlen opt_invalid_len opt_duplicate"),
    ("decoder.event.udp", "pkt_too_small hlen_too_small hlen_invalid len_invalid"),
    ("decoder.event.sll", "pkt_too_small"),
    ("decoder.event.sll2", "pkt_too_small"),
    ("decoder.event.ethernet", "pkt_too_small unknown_ethertype"),
    ("decoder.event.ppp", "pkt_too_small vju_pkt_too_small ip4_pkt_too_small ip6_pkt_too_small wrong_type unsup_proto"),
    ("decoder.event.pppoe", "pkt_too_small wrong_code malformed_tags"),
    ("decoder.event.gre",
     "pkt_too_small wrong_version version0_recur version0_flags version0_hdr_too_big \
      version0_malformed_sre_hdr version1_chksum version1_route version1_ssr version1_recur \
      version1_flags version1_no_key version1_wrong_protocol version1_malformed_sre_hdr \
      version1_hdr_too_big"),
    ("decoder.event.vlan", "header_too_small unknown_type too_many_layers"),
    ("decoder.event.ieee8021ah", "header_too_small"),
    ("decoder.event.vntag", "header_too_small unknown_type"),
    ("decoder.event.ipraw", "invalid_ip_version"),
    ("decoder.event.ltnull", "pkt_too_small unsupported_type"),
    ("decoder.event.sctp", "pkt_too_small"),
    ("decoder.event.esp", "pkt_too_small"),
    ("decoder.event.mpls",
     "header_too_small pkt_too_small bad_label_router_alert bad_label_implicit_null bad_label_reserved \
      unknown_payload_type"),
    ("decoder.event.vxlan", "unknown_payload_type"),
    ("decoder.event.geneve", "unknown_payload_type"),
    ("decoder.event.erspan", "header_too_small unsupported_version too_many_vlan_layers"),
    ("decoder.event.dce", "pkt_too_small"),
    ("decoder.event.chdlc", "pkt_too_small"),
    ("decoder.event.nsh",
     "header_too_small unsupported_version bad_header_length reserved_type unsupported_type \
      unknown_payload"),
    ("defrag.ipv4", "fragments reassembled"),
    ("defrag.ipv6", "fragments reassembled"),
    ("flow", "total tcp udp icmpv4 icmpv6 tcp_reuse"),
    ("flow.end.state", "new established closed local_bypassed"),
    ("flow.end.tcp_state",
     "none syn_sent syn_recv established fin_wait1 fin_wait2 time_wait last_ack close_wait closing \
      closed"),
    ("tcp", "syn synack rst urg sessions midstream_pickups reassembly_gap"),
    ("app_layer.flow",
     "failed_tcp http ftp smtp tls ssh imap smb dcerpc_tcp dns_tcp nfs_tcp ntp ftp-data tftp ike \
      krb5_tcp quic dhcp sip_tcp rfb mqtt telnet websocket ldap_tcp doh2 rdp http2 bittorrent-dht pop3 \
      mdns snmp failed_udp dcerpc_udp dns_udp nfs_udp krb5_udp sip_udp ldap_udp"),
    ("app_layer.tx",
     "http ftp smtp tls ssh smb dcerpc_tcp dns_tcp nfs_tcp ftp-data krb5_tcp sip_tcp rfb mqtt telnet \
      websocket ldap_tcp doh2 rdp http2 pop3 dcerpc_udp dns_udp nfs_udp ntp tftp ike krb5_udp quic \
      dhcp sip_udp ldap_udp bittorrent-dht mdns snmp"),
];
pub(super) const ALWAYS_OF_RULES: &[&str] =
    &["detect.alert", "detect.alert_queue_overflow", "detect.alerts_suppressed"];
pub(super) const ALWAYS_OF_IPS: &[&str] =
    &["ips.blocked", "ips.drop_reason.flow_drop", "ips.drop_reason.rules", "ips.rejected"];
