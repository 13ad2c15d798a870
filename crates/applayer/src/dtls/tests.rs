//! Conversations of DTLS, and what is told of them.

use super::Dtls;
use crate::protocol::{Probe, Protocol, Transport};
use crate::testing::{Scene, client, server};
use crate::tls::samples::{Hello, certificate, certificates, extension, server_hello, vector};
use crate::tree::Extra;
use model::packet::Side;
use proptest::prelude::*;

fn scene() -> Scene<'static> {
    Scene::udp(&Dtls, 4433).with(&[Extra::Own])
}

fn record(kind: u8, epoch: u16, content: &[u8]) -> Vec<u8> {
    [&[kind, 0xfe, 0xfd][..], &epoch.to_be_bytes(), &[0; 6], &vector(2, content)].concat()
}

/// A fragment of a handshake message.
fn fragment(kind: u8, sequence: u16, body: &[u8], from: usize, to: usize) -> Vec<u8> {
    let number = |number: usize| (number as u32).to_be_bytes()[1..].to_vec();
    [vec![kind], number(body.len()), sequence.to_be_bytes().to_vec(), number(from), vector(3, &body[from..to])].concat()
}

fn whole(kind: u8, sequence: u16, body: &[u8]) -> Vec<u8> {
    record(22, 0, &fragment(kind, sequence, body, 0, body.len()))
}

fn hello(cookie: &[u8]) -> Vec<u8> {
    Hello { cookie: Some(cookie.to_vec()), ..Hello::plain(0xfefd) }.body()
}

/// The server asks for a cookie; its certificate comes in fragments, the last one first, one twice.
#[test]
fn handshake() {
    let chain = certificates(&[certificate("dtls.example")]);
    let (first, second) = (whole(1, 0, &hello(&[])), whole(1, 1, &hello(&[8; 20])));
    let verify = whole(3, 0, &[0xfe, 0xff, 2, 8, 8]);
    let answer = whole(2, 1, &server_hello([5; 32], &[], 0xc02f, &[]));
    let part = |from, to| record(22, 0, &fragment(11, 2, &chain, from, to));
    let parts = [part(110, chain.len()), part(0, 60), part(30, 90), part(0, 60), part(80, 120)];
    let finish = [record(20, 0, &[1]), record(22, 1, &[0xee; 40])].concat();
    let mut steps = vec![client(&first), server(&verify), client(&second), server(&answer)];
    steps.extend(parts.iter().map(server));
    steps.extend([client(&finish), server(&finish), client(&finish)]);
    let transcript = scene().transcript(&steps);
    for part in [
        r#"dtls 0 {"subject":"CN=dtls.example""#,
        r#""sni":"a.example","version":"TLS 1.2","#,
        r#""string":"65277,49199-47,0,,""#,
        r#""ja4_foxio":"dd2d020100_37f356531c84_e3b0c44298fc""#,
        r#""established":true,"timing":{"server_hello_ns":3000000,"handshake_ns":10000000}"#,
    ] {
        assert!(transcript.contains(part), "{part} in {transcript}");
    }
    assert_eq!(transcript.lines().count(), 1, "{transcript}");
}

/// Versions count down, and the encrypted records of DTLS 1.3 have another header.
#[test]
fn dtls13() {
    let extensions = extension(43, &vector(1, &[0xfe, 0xfc, 0xfe, 0xfd]));
    let hello = Hello { cookie: Some(Vec::new()), extensions, ..Hello::plain(0xfefd) }.body();
    let first = whole(1, 0, &hello);
    let answer =
        [whole(2, 0, &server_hello([5; 32], &[], 0x1301, &extension(43, &[0xfe, 0xfc]))), vec![0x2e; 90]].concat();
    let finish = [0x2f; 60];
    let transcript = scene().transcript(&[client(&first), server(&answer), client(&finish)]);
    assert!(transcript.contains(r#""version":"DTLS 1.3""#), "{transcript}");
    assert!(transcript.contains(r#""ja4":"dd3i020100"#), "{transcript}");
    assert!(transcript.contains(r#""established":true"#), "{transcript}");
}

#[test]
fn anomalies() {
    let check = |datagram: &[u8], expected: &str| assert_eq!(scene().transcript(&[client(datagram)]), expected);
    check(&[22, 3, 3, 0, 0], "anomaly invalid_tls_header 0\n");
    check(&[0x80; 40], "");
    check(&record(22, 0, &[1, 0]), "anomaly invalid_handshake_message 0\n");
    check(&record(22, 0, &fragment(99, 0, &[1], 0, 1)), "anomaly invalid_handshake_message 0\n");
    check(&record(21, 0, &[1]), "anomaly invalid_alert_message 0\n");
    let beyond = [&[1, 0, 0, 5, 0, 0, 0, 0, 4][..], &vector(3, &[1, 1, 1])].concat();
    check(&record(22, 0, &beyond), "anomaly handshake_invalid_length 0\n");
    let many: Vec<u8> = (0..9).flat_map(|sequence| record(22, 0, &fragment(11, sequence, &[0; 50], 0, 10))).collect();
    check(&many, "anomaly handshake_invalid_length 0\n");
}

#[test]
fn probes() {
    let check = |head: &[u8], sender, expected| assert_eq!(Dtls.probe(head, sender, Transport::Udp), expected);
    check(&whole(1, 0, &hello(&[])), Side::Client, Probe::Yes);
    check(&whole(3, 0, &[0xfe, 0xff, 0]), Side::Server, Probe::Yes);
    check(&whole(11, 0, &[0; 9]), Side::Server, Probe::Maybe);
    check(&record(23, 1, &[0; 9]), Side::Client, Probe::Maybe);
    check(&[22, 3, 3, 0, 5, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0], Side::Client, Probe::No);
    check(b"\x12\x34\x01\x00\x00\x01", Side::Client, Probe::No);
}

proptest! {
    #[test]
    fn damage_is_data(place in 0usize..400, value: u8, bytes in proptest::collection::vec(any::<u8>(), 0..90)) {
        let mut datagram = [whole(1, 0, &hello(&[1, 2])), whole(11, 1, &certificates(&[certificate("a")]))].concat();
        let place = place % datagram.len();
        datagram[place] = value;
        scene().transcript(&[client(&datagram), server(&datagram), client(&bytes), server(&bytes)]);
    }
}
