//! Conversations of QUIC, and what is told of them.

use super::keys::InitialKeys;
use super::{Quic, QuicVersion};
use crate::protocol::{Probe, Protocol, Transport};
use crate::testing::{Scene, client, server};
use crate::tls::samples::{Hello, extension, message, server_hello, vector};
use crate::tree::Extra;
use model::packet::Side;
use proptest::prelude::*;

fn scene() -> Scene<'static> {
    Scene::udp(&Quic, 443).with(&[Extra::Own])
}

/// A connection that a client begins.
struct Connection {
    version: QuicVersion,
    keys: InitialKeys,
}

const CLIENTS_CHOICE: &[u8] = &[0x83, 0x94, 0xc8, 0xf0, 0x3e, 0x51, 0x57, 0x08];

impl Connection {
    fn new(version: QuicVersion, destination: &[u8]) -> Connection {
        Connection { version, keys: InitialKeys::derive(version, destination).unwrap() }
    }

    /// An Initial packet, padded as a client's has to be.
    fn initial(&self, sender: Side, destination: &[u8], frames: &[u8]) -> Vec<u8> {
        let mut plain = frames.to_vec();
        plain.resize(plain.len().max(1100), 0);
        let first = if self.version == QuicVersion::V2 { 0xd3 } else { 0xc3 };
        let length = (plain.len() + 4 + 16) as u16 | 0x4000;
        let header = [
            vec![first],
            self.version.0.to_be_bytes().to_vec(),
            vector(1, destination),
            vector(1, &[9; 5]),
            vec![0],
            length.to_be_bytes().to_vec(),
            vec![0, 0, 0, 2],
        ];
        self.keys.seal(sender, &header.concat(), &plain)
    }
}

fn crypto(offset: usize, bytes: &[u8]) -> Vec<u8> {
    let number = |number: usize| (number as u16 | 0x4000).to_be_bytes();
    [&[6][..], &number(offset), &number(bytes.len()), bytes].concat()
}

fn client_hello() -> Vec<u8> {
    message(1, &Hello::chrome().body())
}

fn answer() -> Vec<u8> {
    let extensions = [extension(43, &[3, 4]), extension(51, &[&[0, 29][..], &vector(2, &[1; 32])].concat())].concat();
    message(2, &server_hello([5; 32], &[], 0x1301, &extensions))
}

/// RFC 9001, appendix A.1, and RFC 9369, appendix A.1.
#[test]
fn keys_of_the_specifications() {
    let check = |version, sender, expected: &str| {
        let keys = InitialKeys::derive(version, CLIENTS_CHOICE).unwrap();
        assert_eq!(keys.nonce(sender), expected);
    };
    check(QuicVersion::V1, Side::Client, "fa044b2f42a3fd3b46fb255c");
    check(QuicVersion::V1, Side::Server, "0ac1493ca1905853b0bba03e");
    check(QuicVersion::V2, Side::Client, "91f73e2351d8fa91660e909f");
    check(QuicVersion::V2, Side::Server, "dd13c276499c0249d3310652");
}

/// A hello over three packets, the last one first; both sides told, nothing else looked at.
#[test]
fn hellos() {
    for version in [QuicVersion::V1, QuicVersion::V2, QuicVersion(0xff00_001d), QuicVersion(0x5430_3530)] {
        let connection = Connection::new(version, CLIENTS_CHOICE);
        let hello = client_hello();
        let (begin, rest) = hello.split_at(200);
        let (middle, end) = rest.split_at(100);
        let third = connection.initial(Side::Client, CLIENTS_CHOICE, &crypto(300, end));
        let first = connection.initial(Side::Client, CLIENTS_CHOICE, &[&[1][..], &crypto(0, begin)].concat());
        let second = connection.initial(Side::Client, CLIENTS_CHOICE, &crypto(200, middle));
        // An acknowledgement before the hello, another packet behind it in the datagram.
        let frames = [&[2, 2, 0, 0, 0][..], &crypto(0, &answer())].concat();
        let reply = [connection.initial(Side::Server, &[9; 5], &frames), vec![0x40; 60]].concat();
        let transcript =
            scene().transcript(&[client(&third), client(&first), client(&second), server(&reply), client(&reply)]);
        let lines: Vec<&str> = transcript.lines().collect();
        assert_eq!(lines.len(), 4, "{transcript}");
        // What is whole is not there yet.
        assert!(lines[..2].iter().all(|line| !line.contains("sni")), "{transcript}");
        let name = version.name();
        assert!(
            lines[2].starts_with(&format!(r#"quic 2 {{"version":"{name}","sni":"example.com","ja3":"#)),
            "{}",
            lines[2]
        );
        assert!(lines[2].contains(r#""ja4":"q13d1516h2_8daaf6152771_e5627efa2ab1""#), "{}", lines[2]);
        assert!(lines[2].contains(r#"{"name":"alpn","type":16,"values":["h2","http/1.1"]}"#), "{}", lines[2]);
        assert!(lines[3].starts_with(&format!(r#"quic 3 {{"version":"{name}","ja3s":{{"hash":"#)), "{}", lines[3]);
        assert!(lines[3].ends_with(r#""session_resumed":false,"timing":{"server_hello_ns":3000000}}"#), "{}", lines[3]);
    }
}

/// After Retry the server's connection id makes the keys.
#[test]
fn retry() {
    let before = Connection::new(QuicVersion::V1, CLIENTS_CHOICE);
    let after = Connection::new(QuicVersion::V1, &[1; 8]);
    let hello = before.initial(Side::Client, CLIENTS_CHOICE, &crypto(0, &client_hello()));
    let retry = [&[0xf0, 0, 0, 0, 1, 5, 9, 9, 9, 9, 9, 8][..], &[1; 8], &[7; 40]].concat();
    let again = after.initial(Side::Client, &[1; 8], &crypto(0, &client_hello()));
    let reply = after.initial(Side::Server, &[9; 5], &crypto(0, &answer()));
    let transcript = scene().transcript(&[client(&hello), server(&retry), client(&again), server(&reply)]);
    let lines: Vec<&str> = transcript.lines().collect();
    assert_eq!(lines.len(), 3, "{transcript}");
    assert!(lines[1].contains(r#"{"version":"1","sender":"server"}"#), "{transcript}");
    assert!(lines[2].contains(r#""ja3s""#), "{transcript}");
}

#[test]
fn version_negotiation() {
    let packet = [&[0x80, 0, 0, 0, 0, 0, 0][..], &[0, 0, 0, 1]].concat();
    assert_eq!(Quic.probe(&packet, Side::Server, Transport::Udp), Probe::Yes);
    assert_eq!(scene().transcript(&[server(&packet)]), "quic 0 {\"version\":\"0\",\"sender\":\"server\"}\n");
}

/// Google's QUIC: the tags of its hello, and the fingerprint of them that Salesforce gives as an example.
#[test]
fn google() {
    let tags = ["PAD", "SNI", "VER", "CCS", "PDMD", "ICSL", "MIDS", "CFCW", "SFCW"];
    let (mut entries, mut values) = (Vec::new(), Vec::new());
    for tag in tags {
        values.extend_from_slice(if tag == "SNI" { b"www.example.com" } else { b"xx" });
        entries.extend_from_slice(tag.as_bytes());
        entries.resize(entries.len().next_multiple_of(4), 0);
        entries.extend_from_slice(&(values.len() as u32).to_le_bytes());
    }
    let hello = [&b"CHLO"[..], &[tags.len() as u8, 0, 0, 0], &entries, &values].concat();
    let packet = [&[0x0d][..], &[5; 8], b"Q043", &[1], &[0; 12], &[0xa0, 1], &vector(2, &hello), &[0; 99]].concat();
    assert_eq!(Quic.probe(&packet, Side::Client, Transport::Udp), Probe::Yes);
    assert_eq!(
        scene().transcript(&[client(&packet), client(&packet)]),
        concat!(
            r#"quic 0 {"version":"Q043","sni":"www.example.com","cyu":[{"hash":"e030dea1f2eea44ac7db5fe4de792acd","#,
            r#""string":"43,PAD-SNI-VER-CCS-PDMD-ICSL-MIDS-CFCW-SFCW"}],"sender":"client"}"#,
            "\n"
        )
    );
}

#[test]
fn anomalies() {
    let connection = Connection::new(QuicVersion::V1, CLIENTS_CHOICE);
    let check = |datagram: &[u8], expected: &str| {
        let told = "quic 0 {\"version\":\"1\",\"sender\":\"client\"}\n";
        assert_eq!(scene().transcript(&[client(datagram), client(datagram)]), format!("{expected}{told}"));
    };
    let initial = |frames: &[u8]| connection.initial(Side::Client, CLIENTS_CHOICE, frames);
    check(&initial(&[0x30]), "anomaly error_on_data -\n");
    check(&initial(&[6, 0, 0x7f, 0xff]), "anomaly error_on_data -\n");
    check(&initial(&[2, 0, 0, 0xbf, 0xff, 0xff, 0xff]), "anomaly error_on_data -\n");
    check(&initial(&[&[6, 0x80, 1, 0, 0][..], &vector(1, &[1])].concat()), "anomaly crypto_frame_too_long -\n");
    let mut broken = initial(&[]);
    *broken.last_mut().unwrap() ^= 1;
    check(&broken, "anomaly failed_decrypt -\n");
    let one_by_one = (0..3).map(|id| format!("quic {id} {{\"version\":\"1\",\"sender\":\"client\"}}\n"));
    let empty = initial(&[]);
    assert_eq!(scene().transcript(&[client(&empty), client(&empty)]), one_by_one.collect::<String>());
}

#[test]
fn probes() {
    let connection = Connection::new(QuicVersion::V1, CLIENTS_CHOICE);
    let check = |head: &[u8], expected| assert_eq!(Quic.probe(head, Side::Client, Transport::Udp), expected);
    let initial = connection.initial(Side::Client, CLIENTS_CHOICE, &[1]);
    check(&initial, Probe::Yes);
    check(&initial[..900], Probe::No);
    let mut reserved = initial.clone();
    reserved[1..5].copy_from_slice(&[0x1a, 0x2a, 0x3a, 0x4a]);
    check(&reserved, Probe::Maybe);
    check(&[0x40; 1200], Probe::No);
    check(b"\x12\x34\x01\x00\x00\x01\x00\x00", Probe::No);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn damage_is_data(place in 0usize..1300, value: u8, frames in proptest::collection::vec(any::<u8>(), 0..90)) {
        let connection = Connection::new(QuicVersion::V1, CLIENTS_CHOICE);
        let mut datagram = connection.initial(Side::Client, CLIENTS_CHOICE, &crypto(0, &client_hello()));
        let place = place % datagram.len();
        datagram[place] = value;
        let odd = connection.initial(Side::Client, CLIENTS_CHOICE, &frames);
        let reply = connection.initial(Side::Server, &[9; 5], &frames);
        scene().transcript(&[client(&datagram), client(&odd), server(&reply), server(&frames)]);
    }
}
