//! Captures in which sessions differ, and why.

/// Packets and bytes.
pub(crate) const ARKIME: &[(&str, &str)] = &[
    (
        "gre-erspan-vxlan.pcap",
        "a VXLAN inside ERSPAN that nothing listens to is left on here, so that its conversation is not seen",
    ),
    ("gtp-iphone.pcap", "bytes are counted from the innermost frame on; Arkime counts the tunnel too"),
    ("ipv6-gtp6.pcap", "as gtp-iphone.pcap"),
    ("ospf.pcap", ICMP),
    ("single-packets.pcap", "one packet of a server: Arkime shows it as sent by the other end"),
    ("v6.pcap", ICMP),
    ("vxlan.pcap", "Arkime shows a conversation without ports that has no session here"),
    ("wireshark-dhcp.pcap", "Arkime ties DHCP's answers to the broadcast that asked"),
    ("wireshark-dhcpv6.pcap", "as wireshark-dhcp.pcap"),
];

/// Community IDs.
pub(crate) const COMMUNITY_ID: &[(&str, &str)] = &[];

/// Names of applications.
pub(crate) const NDPI_NAMES: &[(&str, &str)] = &[
    ("anyconnect-vpn.pcap", "TLS from its middle on, which is not claimed here"),
    ("capwap.pcap", "what CAPWAP carries is left inside"),
    ("coap_mqtt.pcap", "MQTT from its middle on, which is not claimed here"),
    ("false_positives.pcapng", "a WebSocket upgrade: the last protocol is told, nDPI tells the first"),
    ("gquic_only_from_server.pcap", "Google's QUIC from the server alone is left open"),
    (
        "netbios_wildcard_dns_query.pcap",
        "DNS that asks for a name in the coding of NetBIOS is told as NetBIOS: nDPI is right",
    ),
    ("quic-fuzz-overflow.pcapng", "a header that lies about its length is no flow here"),
    (
        "quic_interop_V.pcapng",
        "an Initial that only an ICMP error answers leaves the flow without a name: nDPI is right",
    ),
    ("rdp_over_tls.pcap", "what TLS carries is told: RDP"),
    ("stun.pcap", STUN),
    ("stun_dtls_rtp.pcapng", STUN),
    ("stun_dtls_unidirectional_client.pcap", STUN),
    ("stun_dtls_unidirectional_server.pcap", STUN),
];

/// Packets.
pub(crate) const NDPI_PACKETS: &[(&str, &str)] = &[
    ("ajp.pcap", "copies inside Cisco FabricPath are counted too"),
    ("anyconnect-vpn.pcap", ICMP),
    ("capwap.pcap", "what CAPWAP carries is left inside"),
    ("fuzz-2006-09-29-28586.pcap", "headers that lie about their lengths are no flow here"),
    ("ip_fragmented_garbage.pcap", "fragments count as the datagram that they become"),
    ("iphone.pcap", ICMP),
    ("quic-fuzz-overflow.pcapng", "a header that lies about its length is no flow here"),
    ("quic_interop_V.pcapng", ICMP),
    ("reasm_crash_anon.pcapng", "tshark has as many packets as here, but for one; nDPI has fewer"),
    ("someip_sd_sample.pcap", "the link type PPI is not read"),
    ("stun.pcap", ICMP),
    ("stun_signal.pcapng", ICMP),
    ("stun_wa_call.pcapng", ICMP),
    ("teredo.pcap", "Teredo is taken off: the flow is the inner one"),
    ("whatsapp_login_call.pcap", ICMP),
    ("zoom.pcap", ICMP),
    ("zoom_p2p.pcapng", ICMP),
];

const ICMP: &str = "an ICMP error is a packet of the flow it is about, as in Suricata";
const STUN: &str = "a flow that begins with STUN is told as STUN, whatever follows";
