//! Each row has first bytes that it is named by; no other row claims them, and what it has said it does not take back.

use super::NAMED;
use crate::protocol::{Probe, Protocol, Transport};
use crate::{Circumstances, Detection, Outcome, PROTOCOLS, Ports};
use model::packet::Side::{self, Client, Server};
use proptest::prelude::*;

/// A protocol, who speaks, and its first bytes in text with `\xHH`, or in hexadecimal; `*n` behind a byte repeats it.
type Case = (&'static str, Side, &'static [u8]);

#[rustfmt::skip]
const TCP: &[Case] = &[
    ("adb", Client, b"CNXN\x00\x00\x00\x01\x00\x00\x10\x00"),
    ("ads", Client, b"\0\0\x2c\0\0\0\x05\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f"),
    ("afp", Client, b"\0\x03\0\x01\0\0\0\0\0\0\0\0\0\0\0\0"),
    ("ajp", Client, b"\x12\x34\x00\xf2\x02\x02\x00\x08HTTP/1.1"),
    ("amqp", Client, b"AMQP\x00\x00\x09\x01"),
    ("bgp", Client, b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00\x1d\x01\x04\xfd\xe8"),
    ("bitcoin", Client, b"\xf9\xbe\xb4\xd9version\0\0\0\0\0"),
    ("bittorrent", Client, b"\x13BitTorrent protocol\0\0\0\0\0\0\0\0"),
    ("bolt", Client, b"\x60\x60\xb0\x17\x00\x00\x01\x05"),
    ("c37.118", Client, b"\xaa\x41\x00\x12\x00\x07\x5d\x00\x00\x00\x00\x00\x00\x00\x00\x02\xce\x00"),
    ("cassandra", Client, b"\x04\x00\x00\x00\x01\x00\x00\x00\x16\x00\x01\x00\x0bCQL_VERSION\x00\x053.0.0"),
    ("ceph", Server, b"ceph v027"),
    ("clickhouse", Client, b"\x00\x11ClickHouse client\x14"),
    ("diameter", Client, b"\x01\x00\x00\xc8\x80\x00\x01\x01\x00\x00\x00\x00"),
    ("drda", Client, b"\x00\x6e\xd0\x41\x00\x01\x00\x68\x10\x41"),
    ("edonkey", Client, b"\xe3\x56\x00\x00\x00\x01\x10abc"),
    ("elasticsearch", Client, b"ES\x00\x00\x00\x2e\x00\x00\x00\x00\x00\x00\x00\x05\x08\x00\x4d"),
    ("fastcgi", Client, b"\x01\x01\x00\x01\x00\x08\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00"),
    ("fins", Client, b"FINS\x00\x00\x00\x0c\x00\x00\x00\x00"),
    ("fix", Client, b"8=FIX.4.4\x019=65\x01"),
    ("gearman", Client, b"\0REQ\x00\x00\x00\x01\x00\x00\x00\x04echo"),
    ("giop", Client, b"GIOP\x01\x02\x01\x00"),
    ("git", Client, b"0033git-upload-pack /project.git\0host=example\0"),
    ("gnutella", Client, b"GNUTELLA CONNECT/0.6\r\n"),
    ("h323", Client, b"\x03\x00\x00\xec\x08\x02\x00\x01\x05\x04"),
    ("hart-ip", Client, b"\x01\x00\x00\x00\x00\x02\x00\x0d\x01\x00\x00\xea\x60\x00\x00\x00\x00"),
    ("hislip", Client, b"HS\x00\x00\x01\x00\x58\x58\x00\x00\x00\x00\x00\x00\x00\x07hislip0"),
    ("ica", Server, b"\x7f\x7fICA\x00"),
    ("iec104", Client, b"\x68\x04\x07\x00\x00\x00"),
    ("irc", Client, b"NICK me\r\nUSER me 0 * :Me\r\n"),
    ("jdwp", Client, b"JDWP-Handshake"),
    ("kafka", Client, b"\x00\x00\x00\x18\x00\x12\x00\x00\x00\x00\x00\x01\x00\x08producer\x00\x00"),
    ("knxnet-ip", Client, b"\x06\x10\x02\x05\x00\x1a\x08\x02"),
    ("ldp", Client, b"\x00\x01\x00\x20\x0a\x00\x00\x01\x00\x00\x02\x00\x00\x16"),
    ("lumberjack", Client, b"2W\x00\x00\x00\x012C\x00\x00"),
    ("megaco", Client, b"MEGACO/1 [192.0.2.1]:2944\n"),
    ("memcached", Client, b"set key 0 900 5\r\nvalue\r\n"),
    ("mms", Client, b"\x03\x00\x00\x16\x11\xe0\x00\x00\x00\x01\x00\xc0\x01\x0a\xc1\x02\x00\x01\xc2\x02\x00\x01\x03\x00\x00\xbb\x02\xf0\x80\x0d\xb2"),
    ("mongodb", Client, b"\x3a\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\xd4\x07\x00\x00\x00\x00\x00\x00admin.$cmd\0"),
    ("munin", Server, b"# munin node at localhost\n"),
    ("nats", Server, b"INFO {\"server_id\":\"a\"}\r\n"),
    ("nbd", Server, b"NBDMAGICIHAVEOPT"),
    ("nmf", Client, b"\x00\x01\x00\x01\x02\x02\x1cnet.tcp://example/service"),
    ("nntp", Server, b"200 news.example NNTP server ready\r\n"),
    ("opcua", Client, b"HELF\x38\x00\x00\x00\x00\x00\x00\x00"),
    ("openvpn", Client, b"\x00\x0e\x38\x01\x02\x03\x04\x05\x06\x07\x08\x00\x00\x00\x00\x00"),
    ("openwire", Client, b"\x00\x00\x01\x36\x01ActiveMQ\x00\x00\x00\x0c"),
    ("oscar", Client, b"*\x01\x00\x01\x00\x04\x00\x00\x00\x01"),
    ("pjl", Client, b"\x1b%-12345X@PJL JOB\r\n"),
    ("pptp", Client, b"\x00\x9c\x00\x01\x1a\x2b\x3c\x4d\x00\x01"),
    ("radmin", Client, b"\x01\x00\x00\x00\x01\x00\x00\x00\x08\x08"),
    ("rmi", Client, b"JRMI\x00\x02\x4b"),
    ("rpc", Client, b"\x80\x00\x00\x38\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x02\x00\x01\x86\xa0\x00\x00\x00\x02\x00\x00\x00\x03"),
    ("rsync", Server, b"@RSYNCD: 31.0\n"),
    ("rtmp", Client, b"\x03\x00\x00\x00\x01\x00\x00\x00\x00abcdef"),
    ("rtsp", Client, b"DESCRIBE rtsp://example/media RTSP/1.0\r\n"),
    ("s7comm", Client, b"\x03\x00\x00\x16\x11\xe0\x00\x00\x00\x01\x00\xc0\x01\x0a\xc1\x02\x01\x00\xc2\x02\x01\x02\x03\x00\x00\x19\x02\xf0\x80\x32\x01"),
    ("skinny", Client, b"\x5c\x00\x00\x00\x12\x00\x00\x00\x01\x00\x00\x00SEP001122334455"),
    ("slp", Client, b"\x02\x01\x00\x00\x36\x20\x00\x00\x00\x00\x00\x01\x00\x02en\x00\x00"),
    ("smpp", Client, b"\x00\x00\x00\x2f\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x01id\0"),
    ("spice", Client, b"REDQ\x02\x00\x00\x00\x02\x00\x00\x00"),
    ("splunk", Client, b"--splunk-cooked-mode-v3--"),
    ("stomp", Client, b"CONNECT\naccept-version:1.2\nhost:a\n\n\0"),
    ("stratum", Client, b"{\"id\": 1, \"method\": \"mining.subscribe\", \"params\": []}\n"),
    ("stun", Client, b"\x00\x01\x00\x00\x21\x12\xa4\x42abcdefghijkl"),
    ("syslog", Client, b"<34>1 2003-10-11T22:14:15.003Z host su - ID47 - text"),
    ("tacacs", Client, b"\xc0\x01\x01\x00\x01\x02\x03\x04\x00\x00\x00\x20"),
    ("tds", Client, b"\x12\x01\x00\x2f\x00\x00\x01\x00\x00\x00\x1a\x00\x06\x01\x00\x20"),
    ("teamviewer", Client, b"\x17\x24\x0a\x20\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f"),
    ("thrift", Client, b"\x80\x01\x00\x01\x00\x00\x00\x04ping\x00\x00\x00\x01\x00"),
    ("tinc", Client, b"0 alice 17.7\n"),
    ("tns", Client, b"\x00\xe1\x00\x00\x01\x00\x00\x00\x01\x39\x01\x2c"),
    ("tplink-shp", Client, b"\x00\x00\x00\x1d\xd0\xf2\x81\xf8\x8b\xff\x9a\xf7\xd5"),
    ("trdp", Client, b"\x00\x00\x00\x01\x01\x00Mr\x00\x00"),
    ("whois", Client, b"example.org\r\n"),
    ("x11", Client, b"l\x00\x0b\x00\x00\x00\x12\x00\x10\x00\x00\x00"),
    ("xmpp", Client, b"<?xml version='1.0'?><stream:stream to='example'"),
    ("ymsg", Client, b"YMSG\x00\x10\x00\x00"),
    ("zabbix", Client, b"ZBXD\x01\x05\x00\x00\x00"),
    ("zookeeper", Client, b"\x00\x00\x00\x2d\x00\x00\x00\x00\0\0\0\0\0\0\0\0\x00\x00\x75\x30\0\0\0\0\0\0\0\0\x00\x00\x00\x10abcd"),
];

#[rustfmt::skip]
const UDP: &[Case] = &[
    ("art-net", Client, b"Art-Net\0\x00\x20\x00\x0e"),
    ("bacnet", Client, b"\x81\x0b\x00\x0c\x01\x20\xff\xff\x00\xff\x10\x08"),
    ("bfd", Client, b"\x20\xc0\x03\x18\x00\x00\x00\x01\x00\x00\x00\x00\x00\x0f\x42\x40\x00\x0f\x42\x40\x00\x00\x00\x00"),
    ("bittorrent", Client, b"\x00\x00\x04\x17\x27\x10\x19\x80\x00\x00\x00\x00\x00\x00\x30\x39"),
    ("capwap", Client, b"\x00\x10\x02\x00\x00\x00\x00\x00\x00\x00\x00\x01"),
    ("coap", Client, b"\x40\x01\x12\x34\xb4test\xff"),
    ("coap", Client, b"\x40\x01\x12\x34\xb4test"),
    ("dhcpv6", Client, b"\x01\x01\x02\x03\x00\x08\x00\x02\x00\x00"),
    ("dlep", Client, b"DLEP\x00\x01\x00\x14"),
    ("dropbox", Client, b"{\"host_int\": 123, \"version\": [2, 0]}"),
    ("gtp-c", Client, b"\x48\x20\x00\x08\x00\x00\x00\x00\x00\x00\x01\x00"),
    ("hsrp", Client, b"\x00\x00\x10\x03\x0a\x64\x01\x00cisco\0\0\0\x0a\x00\x00\x01"),
    ("iax2", Client, b"\x80\x01\x00\x00\x00\x00\x00\x00\x00\x00\x06\x01"),
    ("ipfix", Client, b"\x00\x0a\x00\x18\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00\x00\x00\x02\x00\x08\x01\x00\x00\x00"),
    ("l2tp", Client, b"\xc8\x02\x00\x14\x00\x00\x00\x00\x00\x00\x00\x00\x80\x08\x00\x00\x00\x00\x00\x01"),
    ("memcached", Client, b"\x00\x01\x00\x00\x00\x01\x00\x00stats\r\n"),
    ("mgcp", Client, b"CRCX 1201 aaln/1@example MGCP 1.0\r\n"),
    ("nat-pmp", Client, b"\x00\x00"),
    ("nbdgm", Client, b"\x11\x02\x00\x01\xc0\x00\x02\x01\x00\x8a\x00\xbb"),
    ("nbns", Client, b"\x00\x01\x01\x10\x00\x01\x00\x00\x00\x00\x00\x00\x20CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\x00\x00\x21\x00\x01"),
    ("netflow", Client, b"\x00\x09\x00\x01\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x08\x01\x00\x00\x00"),
    ("pfcp", Client, b"\x20\x01\x00\x04\x00\x00\x01\x00"),
    ("ptp", Client, b"\x00\x02\x00\x22\x00\x00\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
    ("radius", Client, b"\x01\x01\x00\x1a0123456789abcdef\x01\x06user"),
    ("rip", Client, b"\x02\x02\x00\x00\x00\x02\x00\x00\x0a\x00\x00\x00\xff\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01"),
    ("roughtime", Client, b"ROUGHTIM\x00\x04\x00\x00"),
    ("rtcp", Client, b"\x80\xc9\x00\x01\x00\x00\x00\x01\x81\xca\x00\x01\x00\x00\x00\x01"),
    ("rtp", Client, b"\x80\x12\x00\x01\x00\x00\x00\x01\x01\x02\x03\x040123456789"),
    ("rtps", Client, b"RTPS\x02\x01\x01\x03"),
    ("sflow", Client, b"\x00\x00\x00\x05\x00\x00\x00\x01\xc0\x00\x02\x01\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00\x01\0\0\0\0"),
    ("someip", Client, b"\xff\xff\x81\x00\x00\x00\x00\x08\x00\x00\x00\x01\x01\x01\x02\x00"),
    ("spotify", Client, b"SpotUdp0abc"),
    ("ssdp", Client, b"M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\n\r\n"),
    ("syncthing", Client, b"\x2e\xa7\xd9\x0b\x0a\x20"),
    ("thrift", Client, b"\x82\x81\x01\x09emitBatch\x1c"),
    ("ws-discovery", Client, b"<?xml?><e xmlns:d=\"http://schemas.xmlsoap.org/ws/2005/04/discovery\"/>"),
    ("xdmcp", Client, b"\x00\x01\x00\x02\x00\x01\x00"),
];

/// Cases with long bodies.
fn long_cases() -> Vec<(&'static str, Transport, Vec<u8>)> {
    let iscsi = [&[0x43, 0x87, 0, 0, 0, 0][..], &[0; 42], b"InitiatorName=iqn.example"].concat();
    let wireguard = [&[1, 0, 0, 0][..], &[7; 144]].concat();
    let ethereum = [&[5; 96][..], &[1, 1, 0xc3, 1, 2, 3]].concat();
    vec![
        ("iscsi", Transport::Tcp, iscsi),
        ("wireguard", Transport::Udp, wireguard),
        ("ethereum", Transport::Udp, ethereum),
    ]
}

fn cases() -> Vec<(&'static str, Transport, Side, Vec<u8>)> {
    let of = |cases: &'static [Case], transport| {
        cases.iter().map(move |(name, side, head)| (*name, transport, *side, head.to_vec()))
    };
    let long = long_cases().into_iter().map(|(name, transport, head)| (name, transport, Client, head));
    of(TCP, Transport::Tcp)
        .chain(of(UDP, Transport::Udp))
        .chain(long)
        .filter(|(.., head)| !head.ends_with(b"\xff"))
        .collect()
}

fn row(name: &str) -> &'static super::Named {
    NAMED.iter().find(|row| row.name() == name).unwrap_or_else(|| panic!("{name} has no row"))
}

/// What the detection makes of one side's first bytes on a port.
fn detected(transport: Transport, side: Side, head: &[u8], server: u16) -> Option<&'static str> {
    let ports = Ports { client: 50_000, server };
    let mut detection = Detection::new(Circumstances { transport, ports, is_midstream: false });
    match detection.push(side, head, &mut |_| ()) {
        Outcome::Decided(protocol) => Some(protocol.name()),
        Outcome::Undecided | Outcome::Unknown => None,
    }
}

#[test]
fn each_is_named_on_its_port() {
    let mut failures = Vec::new();
    for (name, transport, side, head) in cases() {
        let port = row(name).ports().first().copied().unwrap_or(40_000);
        let found = detected(transport, side, &head, port);
        if found != Some(name) {
            failures.push(format!("{name} is {found:?}: {}", head.escape_ascii()));
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn no_other_claims_it_elsewhere() {
    let mut failures = Vec::new();
    for (name, transport, side, head) in cases() {
        let found = detected(transport, side, &head, 40_000);
        let is_proof = row(name).probe(&head, side, transport) == Probe::Yes;
        if found != is_proof.then_some(name) {
            failures.push(format!("{name} is {found:?}: {}", head.escape_ascii()));
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn each_has_a_case() {
    let cases = cases();
    for row in NAMED {
        assert!(cases.iter().any(|(name, ..)| *name == row.name()), "{} has no case", row.name());
        assert_eq!(
            PROTOCOLS.iter().filter(|other| other.name() == row.name()).count(),
            1,
            "{} has two rows",
            row.name()
        );
    }
}

/// Where bytes that come later change a verdict that was final.
fn change(row: &dyn Protocol, side: Side, head: &[u8]) -> Option<String> {
    let mut verdict = Probe::NeedMore;
    for length in 1..=head.len() {
        let next = row.probe(&head[..length], side, Transport::Tcp);
        if verdict != Probe::NeedMore && verdict != next {
            return Some(format!("{} was {verdict:?}, is {next:?} at {length} of {}", row.name(), head.escape_ascii()));
        }
        verdict = next;
    }
    None
}

#[test]
fn verdicts_are_final() {
    let mut changes = Vec::new();
    for (.., head) in cases() {
        let head = [&head[..], b"\r\n0123456789abcdefghijklmnopqrstuvwxyz\r\n"].concat();
        for row in PROTOCOLS.iter().filter(|row| row.transports().contains(&Transport::Tcp)) {
            changes.extend(Side::BOTH.into_iter().filter_map(|side| change(*row, side, &head)));
        }
    }
    assert!(changes.is_empty(), "{changes:#?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    /// Bytes by chance have no name, whatever the port is, but for the weakest hints.
    #[test]
    fn chance_has_no_name(head in prop::collection::vec(any::<u8>(), 32..200)) {
        for row in NAMED {
            for transport in row.transports() {
                prop_assert!(row.probe(&head, Client, *transport) != Probe::Yes, "{}", row.name());
            }
        }
    }

    #[test]
    fn no_head_is_too_short(place in 0..200_usize, length in 0..40_usize) {
        let cases = cases();
        let (.., head) = &cases[place % cases.len()];
        let head = &head[..length.min(head.len())];
        for row in NAMED {
            for side in Side::BOTH {
                row.probe(head, side, Transport::Udp);
                row.probe(head, side, Transport::Tcp);
            }
        }
    }
}
