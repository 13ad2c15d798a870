//! Protocols that are only named: a row of [`NAMED`] says by which first bytes one is known, and nothing reads further.
//!
//! A name needs a proof by content; where the content alone is too little (a length, a version), it is a hint that counts
//! on the protocol's own port only. What has neither (opaque media, encrypted peers) stays without a name: a wrong name is
//! worse than none. Names are Suricata's where it has one. Giving one of them a parser later is a folder of its own, and
//! this row less.

mod data_stores;
pub(crate) mod files;
mod industrial;
pub(crate) mod look;
mod mail_and_chat;
mod messaging;
mod networks;
mod operations;
mod peers;
mod remote;
#[cfg(test)]
mod tests;
mod tunnels;
mod voice;

use crate::protocol::{Gap, Input, Parser, Probe, Progress, Protocol, Start, Transport};
use crate::sink::Sink;
use crate::tree::Table;
use model::packet::{Side, Timestamp};

/// A protocol that is only named.
#[derive(Debug)]
pub struct Named {
    name: &'static str,
    transports: &'static [Transport],
    ports: &'static [u16],
    probe: fn(&[u8], Side, Transport) -> Probe,
}

/// Protocols that are read here, and of which Suricata 8 knows nothing.
const READ_BY_US_ALONE: [&str; 5] = ["dtls", "llmnr", "mysql", "redis", "socks"];

/// Is this a name that Suricata does not have, and nothing more? To it such a flow is of a protocol that it does not know.
pub fn is_ours_alone(name: &str) -> bool {
    // The most frequent ones first.
    !matches!(name, "dns" | "http" | "tls" | "failed")
        && (READ_BY_US_ALONE.contains(&name) || NAMED.iter().any(|row| row.name == name))
}

const T: &[Transport] = &[Transport::Tcp];
const U: &[Transport] = &[Transport::Udp];
const TU: &[Transport] = &[Transport::Tcp, Transport::Udp];

/// How a row's probe looks.
type ProbeBy = fn(&[u8], Side, Transport) -> Probe;

const fn row(name: &'static str, transports: &'static [Transport], ports: &'static [u16], probe: ProbeBy) -> Named {
    Named { name, transports, ports, probe }
}

/// Every protocol that is only named.
#[rustfmt::skip]
pub static NAMED: &[Named] = &[
    // Data stores.
    row("bolt", T, &[7687], data_stores::bolt),                          // Neo4j, Bolt Protocol handshake
    row("cassandra", T, &[9042], data_stores::cassandra),                // Apache Cassandra, native_protocol_v5.spec
    row("clickhouse", T, &[9000], data_stores::clickhouse),              // ClickHouse, native protocol, client hello
    row("drda", T, &[446, 50000], data_stores::drda),                    // The Open Group, DRDA volume 3 (DDM)
    row("elasticsearch", T, &[9300], data_stores::elasticsearch),        // Elasticsearch, transport TcpHeader
    row("memcached", TU, &[11211], data_stores::memcached),              // memcached, protocol.txt
    row("mongodb", T, &[27017], data_stores::mongodb),                   // MongoDB, Wire Protocol
    row("tds", T, &[1433], data_stores::tds),                            // Microsoft, MS-TDS 2.2
    row("tns", T, &[1521], data_stores::tns),                            // Oracle Net, connect packet
    row("zookeeper", T, &[2181], data_stores::zookeeper),                // Apache ZooKeeper, zookeeper.jute ConnectRequest
    // Messaging between programs.
    row("ajp", T, &[8009], messaging::ajp),                              // Apache Tomcat, AJPv13
    row("amqp", T, &[5672], messaging::amqp),                            // AMQP 0-9-1 section 4.2.2, AMQP 1.0 section 2.2
    row("fastcgi", T, &[9000], messaging::fastcgi),                      // FastCGI Specification 1.0 section 3.3
    row("fix", T, &[], messaging::fix),                                  // FIX Trading Community, FIX session layer
    row("gearman", T, &[4730], messaging::gearman),                      // Gearman, PROTOCOL
    row("giop", T, &[], messaging::giop),                                // OMG, CORBA 3.3 part 2 section 9.4
    row("jdwp", T, &[], messaging::jdwp),                                // Oracle, Java Debug Wire Protocol
    row("kafka", T, &[9092], messaging::kafka),                          // Apache Kafka, Protocol Guide
    row("lumberjack", T, &[5044], messaging::lumberjack),                // Elastic, Lumberjack protocol 2
    row("nats", T, &[4222], messaging::nats),                            // NATS, Client Protocol
    row("nmf", T, &[], messaging::nmf),                                  // Microsoft, MC-NMF 2.2.3
    row("openwire", T, &[61616], messaging::openwire),                   // Apache ActiveMQ, OpenWire WireFormatInfo
    row("rmi", T, &[1099], messaging::rmi),                              // Oracle, Java RMI Wire Protocol 10.2
    row("rtps", U, &[], messaging::rtps),                                // OMG, DDSI-RTPS 2.5 section 9.4.4
    row("smpp", T, &[2775], messaging::smpp),                            // SMPP 3.4 section 3.2
    row("someip", TU, &[30490], messaging::someip),                      // AUTOSAR, SOME/IP Protocol Specification
    row("stomp", T, &[61613], messaging::stomp),                         // STOMP 1.2
    row("thrift", TU, &[9090], messaging::thrift),                        // Apache Thrift, binary protocol
    // Remote control.
    row("adb", T, &[5555], remote::adb),                                 // Android, ADB protocol.txt
    row("ica", T, &[1494, 2598], remote::ica),                           // Citrix, ICA detection string; CGP
    row("radmin", T, &[4899], remote::radmin),                           // Radmin 3, first packet
    row("spice", T, &[5900], remote::spice),                             // SPICE, RedLinkMess
    row("teamviewer", TU, &[5938], remote::teamviewer),                  // TeamViewer, magic of its packets
    row("x11", T, &[6000, 6001, 6010], remote::x11),                     // X Window System Protocol, chapter 8
    row("xdmcp", U, &[177], remote::xdmcp),                              // X Display Manager Control Protocol
    // Mail, news and chat.
    row("irc", T, &[6667], mail_and_chat::irc),                          // RFC 2812 section 3.1
    row("nntp", T, &[119], mail_and_chat::nntp),                         // RFC 3977 section 5
    row("oscar", T, &[5190], mail_and_chat::oscar),                      // AOL, FLAP
    row("whois", T, &[43], mail_and_chat::whois),                        // RFC 3912
    row("xmpp", T, &[5222, 5269], mail_and_chat::xmpp),                  // RFC 6120 section 4
    row("ymsg", T, &[5050], mail_and_chat::ymsg),                        // Yahoo! Messenger, header
    // Voice and pictures.
    row("h323", T, &[1720], voice::h323),                                // ITU-T H.225.0, Q.931 in TPKT
    row("iax2", U, &[4569], voice::iax2),                                // RFC 5456 section 8.1
    row("mgcp", U, &[2427, 2727], voice::mgcp),                          // RFC 3435 section 3.2
    row("megaco", TU, &[2944], voice::megaco),                           // RFC 3525 annex B
    row("rtcp", U, &[], voice::rtcp),                                    // RFC 3550 section 6
    row("rtmp", T, &[1935], voice::rtmp),                                // Adobe, RTMP 1.0 section 5.2
    row("rtp", U, &[], voice::rtp),                                      // RFC 3550 section 5, RFC 3551
    row("rtsp", T, &[554, 8554], voice::rtsp),                           // RFC 7826 section 8
    row("skinny", T, &[2000], voice::skinny),                            // Cisco, SCCP header
    row("stun", TU, &[3478], voice::stun),                               // RFC 8489 section 5, RFC 3489
    // Files and sources.
    row("afp", T, &[548], files::afp),                                   // Apple, Data Stream Interface
    row("ceph", T, &[6789], files::ceph),                                // Ceph, msgr banner
    row("git", T, &[9418], files::git),                                  // Git, pack-protocol
    row("iscsi", T, &[3260], files::iscsi),                              // RFC 7143 section 11.12
    row("nbd", T, &[10809], files::nbd),                                 // NBD, proto.md
    row("rpc", TU, &[111], files::rpc),                                  // RFC 5531 section 9, other programs
    row("rsync", T, &[873], files::rsync),                               // rsync, daemon greeting
    // Naming, addressing, routing, directories.
    row("bfd", U, &[3784, 4784], networks::bfd),                         // RFC 5880 section 4.1
    row("bgp", T, &[179], networks::bgp),                                // RFC 4271 section 4.1
    row("capwap", U, &[5246, 5247], networks::capwap),                   // RFC 5415 section 4.3
    row("dhcpv6", U, &[546, 547], networks::dhcpv6),                     // RFC 8415 section 8
    row("diameter", T, &[3868], networks::diameter),                     // RFC 6733 section 3
    row("dlep", U, &[854], networks::dlep),                              // RFC 8175 section 11
    row("hsrp", U, &[1985, 2029], networks::hsrp),                       // RFC 2281 section 5; Cisco, HSRP version 2
    row("ldp", TU, &[646], networks::ldp),                               // RFC 5036 section 3.1
    row("nat-pmp", U, &[5350, 5351], networks::nat_pmp),                 // RFC 6886 section 3, RFC 6887 section 7
    row("nbdgm", U, &[138], networks::nbdgm),                            // RFC 1002 section 4.4
    row("nbns", U, &[137], networks::nbns),                              // RFC 1002 section 4.2
    row("ptp", U, &[319, 320], networks::ptp),                           // IEEE 1588-2019 clause 13
    row("radius", U, &[1812, 1813, 1645, 1646, 3799], networks::radius), // RFC 2865 section 3
    row("rip", U, &[520, 521], networks::rip),                           // RFC 2453 section 4, RFC 2080 section 2.1
    row("slp", TU, &[427], networks::slp),                               // RFC 2608 section 8, RFC 2165 section 4
    row("ssdp", U, &[1900], networks::ssdp),                             // UPnP Device Architecture 2.0 section 1
    row("tacacs", T, &[49], networks::tacacs),                           // RFC 8907 section 4.1
    row("ws-discovery", U, &[3702], networks::ws_discovery),             // OASIS, WS-Discovery 1.1
    // Watching and logging.
    row("ipfix", U, &[4739], operations::ipfix),                         // RFC 7011 section 3.1
    row("munin", T, &[4949], operations::munin),                         // Munin, node greeting
    row("netflow", U, &[2055, 9995], operations::netflow),               // Cisco, NetFlow 5; RFC 3954 section 5
    row("pjl", T, &[9100], operations::pjl),                             // HP, Printer Job Language
    row("sflow", U, &[6343], operations::sflow),                         // sFlow.org, sFlow version 5
    row("splunk", T, &[9997], operations::splunk),                       // Splunk, cooked mode
    row("syslog", TU, &[514, 601], operations::syslog),                  // RFC 5424 section 6, RFC 3164
    row("zabbix", T, &[10050, 10051], operations::zabbix),               // Zabbix, header
    // Tunnels.
    row("gtp-c", U, &[2123, 3386], tunnels::gtp_c),                      // 3GPP TS 29.060, TS 29.274
    row("l2tp", U, &[1701], tunnels::l2tp),                              // RFC 2661 section 3.1
    row("openvpn", TU, &[1194], tunnels::openvpn),                       // OpenVPN, protocol documentation
    row("pfcp", U, &[8805], tunnels::pfcp),                              // 3GPP TS 29.244 section 7.2
    row("pptp", T, &[1723], tunnels::pptp),                              // RFC 2637 section 2.1
    row("tinc", T, &[655], tunnels::tinc),                               // tinc, meta-protocol, ID
    row("wireguard", U, &[51820], tunnels::wireguard),                   // WireGuard, whitepaper section 5.4
    // Industry and buildings.
    row("ads", T, &[48898], industrial::ads),                            // Beckhoff, AMS/TCP header
    row("art-net", U, &[6454], industrial::art_net),                     // Artistic Licence, Art-Net 4
    row("bacnet", U, &[47808], industrial::bacnet),                      // ASHRAE 135 annex J
    row("c37.118", TU, &[4712, 4713], industrial::c37_118),              // IEEE C37.118.2
    row("coap", U, &[5683], industrial::coap),                           // RFC 7252 section 3
    row("fins", TU, &[9600], industrial::fins),                          // Omron, FINS commands
    row("hart-ip", TU, &[5094], industrial::hart_ip),                    // FieldComm Group, HCF_SPEC-85
    row("hislip", T, &[4880], industrial::hislip),                       // IVI Foundation, IVI-6.1
    row("iec104", T, &[2404], industrial::iec104),                       // IEC 60870-5-104 section 5
    row("knxnet-ip", TU, &[3671], industrial::knxnet_ip),                 // ISO 22510
    row("mms", T, &[102], industrial::mms),                              // ISO 9506 over RFC 1006
    row("opcua", T, &[4840], industrial::opcua),                         // OPC 10000-6 section 7.1
    row("s7comm", T, &[102], industrial::s7comm),                        // Siemens, S7 over RFC 1006
    row("trdp", TU, &[17224], industrial::trdp),                          // IEC 61375-2-3 annex A
    // Peer to peer, and programs of their own kind.
    row("bitcoin", T, &[8333], peers::bitcoin),                          // Bitcoin, protocol documentation
    row("bittorrent", TU, &[6881], peers::bittorrent),                   // BEP 3, BEP 15, BEP 29
    row("dropbox", U, &[17500], peers::dropbox),                         // Dropbox, LAN sync discovery
    row("edonkey", T, &[4662], peers::edonkey),                          // eDonkey2000, hello
    row("ethereum", U, &[30303], peers::ethereum),                       // Ethereum, discv4
    row("gnutella", TU, &[6346], peers::gnutella),                       // Gnutella 0.6 section 2.1
    row("roughtime", U, &[2002], peers::roughtime),                      // IETF draft, Roughtime
    row("spotify", U, &[57621], peers::spotify),                         // Spotify, local discovery
    row("stratum", T, &[3333], peers::stratum),                          // Stratum mining protocol
    row("syncthing", U, &[21027], peers::syncthing),                     // Syncthing, local discovery 4
    row("tplink-shp", TU, &[9999], peers::tplink_shp),                   // TP-Link, smart home protocol
];

impl Protocol for Named {
    fn name(&self) -> &'static str {
        self.name
    }

    fn transports(&self) -> &'static [Transport] {
        self.transports
    }

    fn ports(&self) -> &'static [u16] {
        self.ports
    }

    fn probe(&self, head: &[u8], sender: Side, transport: Transport) -> Probe {
        (self.probe)(head, sender, transport)
    }

    /// Nothing is known of the other side but its fingerprint, if it has one: it contradicts nothing.
    fn fits(&self, _head: &[u8], _sender: Side, _transport: Transport) -> Probe {
        Probe::Maybe
    }

    fn parser(&self, _start: Start<'_>) -> Box<dyn Parser> {
        Box::new(Unread)
    }

    fn tables(&self) -> &'static [Table] {
        &[]
    }
}

/// Takes everything, and tells nothing.
struct Unread;

impl Parser for Unread {
    fn push(&mut self, input: Input<'_>, _sink: &mut dyn Sink) -> Progress {
        Progress::all(input.bytes)
    }

    fn gap(&mut self, _gap: Gap<'_>, _sink: &mut dyn Sink) {}

    fn finish(&mut self, _now: Timestamp, _sink: &mut dyn Sink) {}

    fn rest(&self) -> Option<u32> {
        Some(0)
    }
}
