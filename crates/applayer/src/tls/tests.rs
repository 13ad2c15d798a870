//! Conversations of TLS, and what is told of them.

use super::samples::*;
use super::*;
use crate::protocol::Probe;
use crate::testing::{Scene, Step, client, server};
use crate::tree::Extra;
use proptest::prelude::*;
use std::borrow::Cow;

fn scene() -> Scene<'static> {
    Scene::tcp(&Tls, 443)
}

/// What is told when own leaves are wanted, and that cuts change nothing.
#[track_caller]
fn check(steps: &[Step<'_>], expected: &str) {
    let scene = scene().with(&[Extra::Own]);
    assert_eq!(scene.transcript(steps), expected);
    scene.assert_cuts_change_nothing(steps);
}

/// Only these anomalies, whatever else is told.
#[track_caller]
fn check_anomalies(steps: &[Step<'_>], expected: &[&str]) {
    let transcript = scene().transcript(steps);
    let lines = transcript.lines().filter_map(|line| line.strip_prefix("anomaly ")?.strip_suffix(" 0"));
    assert_eq!(lines.collect::<Vec<_>>(), expected);
    scene().assert_cuts_change_nothing(steps);
}

fn full_server_flight() -> Vec<u8> {
    let messages = [
        message(2, &server_hello([5; 32], &[1; 32], 0xc02f, &protocols(&["h2"]))),
        message(11, &certificates(&[certificate("a.example"), certificate("issuer")])),
        message(12, &[3, 0, 0x1d, 0]),
        message(14, &[]),
    ];
    record(22, &messages.concat())
}

#[test]
fn full_handshake() {
    let hello = handshake(1, &Hello::plain(0x0303).body());
    let flight = full_server_flight();
    let (key, finish) = (handshake(16, &[0; 66]), finished());
    let data = record(23, &[0xaa; 3000]);
    check(
        &[
            client(&hello),
            server(&flight),
            client(&key),
            client(&finish),
            server(&finish),
            client(&data),
            server(&data),
        ],
        concat!(
            r#"tls 0 {"subject":"CN=a.example","issuerdn":"C=DE, O=Test","subjectaltname":["a.example","192.0.2.1"],"#,
            r#""serial":"0A:1B","fingerprint":"dd:00:e2:2b:0b:2b:a6:c8:11:02:5d:be:f4:2e:05:85:f9:3e:f2:56","#,
            r#""notbefore":"2020-02-29T12:34:56","notafter":"2050-01-01T00:00:00","#,
            r#""sni":"a.example","version":"TLS 1.2","#,
            r#""ja3":{"hash":"50e352c015ac39e50956e3f8d9a46503","string":"771,49199-47,0,,"},"#,
            r#""ja3s":{"hash":"896415616b22361262d7a961b6325cfd","string":"771,49199,16"},"#,
            r#""ja4":"t12d020100_37f356531c84_d2e2adf7177b","ja4_foxio":"t12d020100_37f356531c84_e3b0c44298fc","#,
            r#""server_alpns":["h2"],"cipher":"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256","group":"x25519","#,
            r#""chain_sha256":["80d179dcaf91ec10fb6db09721c93fd08f0cc8a1f7f7b59b99c69d0fe370e191","#,
            r#""a6c9047ad514191537098562c3a7a0ee4c44552279a7f35bacfc46cb03cfb265"],"established":true,"#,
            r#""timing":{"server_hello_ns":1000000,"handshake_ns":4000000}}"#,
            "\n"
        ),
    );
}

/// A message in many records, records that hold many messages, and a chain longer than a record.
#[test]
fn messages_and_records_are_cut_independently() {
    let hello: Vec<u8> = message(1, &Hello::chrome().body()).chunks(7).flat_map(|part| record(22, part)).collect();
    let chain = certificates(&vec![certificate("a.example"); 30]);
    let flight = [message(2, &server_hello([5; 32], &[], 0x2f, &[])), message(11, &chain), message(14, &[])].concat();
    let flight: Vec<u8> = flight.chunks(4_000).flat_map(|part| record(22, part)).collect();
    let steps = [client(&hello), server(&flight)];
    let transcript = scene().transcript(&steps);
    assert!(transcript.contains(r#""subject":"CN=a.example""#), "{transcript}");
    assert!(transcript.contains(r#""sni":"example.com""#), "{transcript}");
    scene().assert_cuts_change_nothing(&steps);
}

#[test]
fn another_hello_is_asked_for() {
    let tls13 = extension(43, &[3, 4]);
    let retry = [&tls13[..], &extension(51, &[0, 23])].concat();
    let chosen = [&tls13[..], &extension(51, &[&[0, 23][..], &vector(2, &[1; 65])].concat())].concat();
    let hello = handshake(1, &Hello::chrome().body());
    let asked = [handshake(2, &server_hello(RETRY, &[7; 32], 0x1301, &retry)), record(20, &[1])].concat();
    let again = [record(20, &[1]), hello.clone()].concat();
    let answer = [handshake(2, &server_hello([5; 32], &[7; 32], 0x1302, &chosen)), record(23, &[0; 90])].concat();
    let finish = record(23, &[0; 53]);
    let steps = [client(&hello), server(&asked), client(&again), server(&answer), client(&finish)];
    let transcript = scene().with(&[Extra::Own]).transcript(&steps);
    for part in [
        r#""version":"TLS 1.3""#,
        r#""string":"771,4866,43-51""#,
        r#""cipher":"TLS_AES_256_GCM_SHA384","group":"secp256r1""#,
        r#""hello_retry":true,"established":true"#,
        r#""timing":{"server_hello_ns":3000000,"handshake_ns":4000000}"#,
    ] {
        assert!(transcript.contains(part), "{part} in {transcript}");
    }
    assert!(!transcript.contains("session_resumed"), "{transcript}");
    scene().assert_cuts_change_nothing(&steps);
}

/// JA4 as FoxIO's example has it; JA3 without GREASE.
#[test]
fn fingerprints() {
    let body = Hello::chrome().body();
    let hello = ClientHello::parse(&body, Carrier::Stream).unwrap();
    assert_eq!(ja4(hello, Carrier::Stream, Ja4Form::FoxIo), "t13d1516h2_8daaf6152771_e5627efa2ab1");
    assert_eq!(ja4(hello, Carrier::Quic, Ja4Form::Suricata), "q13d1516h2_8daaf6152771_e5627efa2ab1");
    assert_eq!(
        Ja3::of_client(hello).string,
        "771,4865-4866-4867-49195-49199-49196-49200-52393-52392-49171-49172-156-157-47-53,\
         0-23-65281-10-11-35-16-5-13-18-51-45-43-27-17513-21,29-23-24,0"
    );
}

/// Where something is missing, FoxIO's rule and Suricata's differ.
#[test]
fn fingerprints_of_little() {
    let check = |hello: Hello, foxio: &str, suricata: &str| {
        let body = hello.body();
        let hello = ClientHello::parse(&body, Carrier::Stream).unwrap();
        assert_eq!(ja4(hello, Carrier::Stream, Ja4Form::FoxIo), foxio);
        assert_eq!(ja4(hello, Carrier::Stream, Ja4Form::Suricata), suricata);
    };
    let nothing = || Hello { extensions: Vec::new(), cipher_suites: Vec::new(), ..Hello::plain(0x0301) };
    check(nothing(), "t10i000000_000000000000_000000000000", "t10i000000_e3b0c44298fc_d2e2adf7177b");
    // The client of Suricata's own case.
    let old = [5, 10, 11, 35, 23, 65281].map(|kind| extension(kind, &[])).concat();
    let old = Hello { cipher_suites: vec![49162, 49161, 49172, 49171, 53, 47, 10], extensions: old, ..nothing() };
    check(old, "t10i070600_c50f5591e341_c39ab67fec8e", "t10i070600_c50f5591e341_ce66f3b797c1");
    let with = |protocol| Hello { extensions: protocols(&[protocol]), ..nothing() };
    check(with("h"), "t10i0001hh_000000000000_e3b0c44298fc", "t10i0001hh_e3b0c44298fc_d2e2adf7177b");
    check(with("\u{1}z"), "t10i00010a_000000000000_e3b0c44298fc", "t10i00010a_e3b0c44298fc_d2e2adf7177b");
}

#[track_caller]
fn check_resumed(hello: Hello, answer: &[u8], expected: bool) {
    let steps = [client(&handshake(1, &hello.body())).owned(), server(answer).owned(), server(&finished()).owned()];
    let transcript = scene().with(&[Extra::Own]).transcript(&steps);
    assert_eq!(transcript.contains(r#""session_resumed":true"#), expected, "{transcript}");
}

#[test]
fn resumption() {
    let hello = |session_id: &[u8], ticket: &[u8]| Hello {
        session_id: session_id.to_vec(),
        extensions: extension(35, ticket),
        ..Hello::plain(0x0303)
    };
    let answer =
        |session_id: &[u8], extensions: &[u8]| handshake(2, &server_hello([5; 32], session_id, 0x2f, extensions));
    let certificate = handshake(11, &certificates(&[certificate("a")]));
    check_resumed(hello(&[1; 32], &[]), &answer(&[1; 32], &[]), true);
    check_resumed(hello(&[1; 32], &[]), &answer(&[2; 32], &[]), false);
    check_resumed(hello(&[], &[1; 100]), &answer(&[], &[]), true);
    check_resumed(hello(&[], &[]), &answer(&[], &[]), false);
    check_resumed(hello(&[], &[1; 100]), &[answer(&[], &[]), certificate].concat(), false);
    // In TLS 1.3 the session id is only sent back.
    let tls13 = extension(43, &[3, 4]);
    check_resumed(hello(&[1; 32], &[]), &answer(&[1; 32], &tls13), false);
    check_resumed(hello(&[1; 32], &[]), &answer(&[1; 32], &[tls13, extension(41, &[0, 0])].concat()), true);
}

#[test]
fn old_hello() {
    let hello = [&[0x80, 0x1f, 1, 3, 1, 0, 6, 0, 0, 0, 16][..], &[0, 0, 0x2f, 1, 0, 0x80], &[9; 16]].concat();
    let flight = full_server_flight();
    let steps = [client(&hello), server(&flight)];
    let transcript = scene().transcript(&steps);
    assert!(transcript.contains(r#""subject":"CN=a.example""#) && !transcript.contains(r#""ja3":"#), "{transcript}");
    scene().assert_cuts_change_nothing(&steps);
    assert_eq!(Tls.probe(&hello, Side::Client, Transport::Tcp), Probe::Yes);
}

#[test]
fn ssl2_on_both_sides() {
    let hello = [&[0x80, 0x1c, 1, 0, 2, 0, 3, 0, 0, 0, 16][..], &[1, 0, 0x80], &[9; 16]].concat();
    let der = certificate("old");
    let body = [&[4, 0, 1, 0, 2][..], &numbers(&[der.len() as u16, 3, 16]), &der, &[1, 0, 0x80], &[1; 16]].concat();
    let answer = [&(body.len() as u16 | 0x8000).to_be_bytes()[..], &body].concat();
    let key = [0xff; 300];
    let steps = [client(&hello), server(&answer), client(&key)];
    let transcript = scene().transcript(&steps);
    assert!(transcript.contains(r#""version":"SSLv2""#) && transcript.contains("CN=old"), "{transcript}");
    scene().assert_cuts_change_nothing(&steps);
}

#[test]
fn anomalies() {
    let hello = handshake(1, &Hello::plain(0x0303).body());
    let with = |extensions: Vec<u8>| handshake(1, &Hello { extensions, ..Hello::plain(0x0303) }.body());
    check_anomalies(&[client(&hello)], &[]);
    check_anomalies(&[client(&with([server_name("a"), server_name("b")].concat()))], &["multiple_sni_extensions"]);
    check_anomalies(&[client(&with(extension(0, &[0, 9, 0, 0, 6, b'a'])))], &["invalid_sni_length"]);
    check_anomalies(&[client(&with(extension(0, &[0, 4, 7, 0, 1, b'a'])))], &["invalid_sni_type"]);
    check_anomalies(&[client(&with(vec![0, 5, 0, 200, 1]))], &["handshake_invalid_length"]);
    check_anomalies(&[client(&with(extension(7, &[]).repeat(257)))], &["too_many_extensions"]);
    check_anomalies(&[client(&handshake(1, &[3, 3, 1]))], &["invalid_handshake_message"]);
    check_anomalies(&[client(&handshake(99, &[]))], &["invalid_handshake_message"]);
    check_anomalies(&[client(&record(22, &[1, 0xff, 0xff, 0xff, 0]))], &["handshake_invalid_length"]);
    check_anomalies(&[client(&hello), client(b"GET / HTTP/1.1\r\n\r\n")], &["invalid_record_type"]);
    check_anomalies(&[client(&hello), client(&[22, 3, 3, 0xff, 0xff, 0])], &["invalid_record_length"]);
    check_anomalies(&[client(&hello), client(&[22, 9, 9, 0, 1, 0])], &["invalid_record_version"]);
    check_anomalies(&[client(&[22, 3, 7, 0, 1, 0])], &["invalid_record_version"]);
    check_anomalies(&[client(b"\x7f\x00\x01")], &["invalid_tls_header"]);
    check_anomalies(&[client(b"\x80\x03\x09\x00\x00")], &["invalid_sslv2_header"]);
    check_anomalies(&[server(b"\x80\x03\x00\x00\x01")], &["error_message_encountered"]);
    check_anomalies(&[client(&record(21, &[2]))], &["invalid_alert_message"]);
    check_anomalies(&[server(&handshake(11, &[0, 0, 0]))], &["certificate_invalid_length"]);
    check_anomalies(
        &[server(&handshake(11, &certificates(&[vec![certificate("a")], vec![vec![]; 32]].concat())))],
        &["too_many_certificates"],
    );
    check_anomalies(&[server(&handshake(11, &certificates(&[vec![1, 2]])))], &["certificate_invalid_der"]);
}

#[test]
fn heartbeats() {
    let beat = |kind: u8, payload: u16, bytes: usize| {
        record(24, &[&[kind][..], &payload.to_be_bytes(), &vec![0; bytes]].concat())
    };
    let finish = finished();
    let opaque = |bytes: usize| record(24, &vec![1; bytes]);
    check_anomalies(&[client(&beat(1, 4, 20))], &["heartbeat_message"]);
    check_anomalies(&[client(&beat(1, 0x4000, 0))], &["heartbeat_message", "overflow_heartbeat_message"]);
    check_anomalies(&[client(&beat(1, 4, 10))], &["heartbeat_message", "invalid_heartbeat_message"]);
    check_anomalies(&[client(&record(24, &[9]))], &["heartbeat_message", "invalid_heartbeat_message"]);
    check_anomalies(
        &[client(&finish), server(&finish), client(&opaque(61)), server(&opaque(500))],
        &["heartbeat_message", "heartbeat_message", "dataleak_heartbeat_mismatch"],
    );
    check_anomalies(
        &[client(&finish), server(&finish), client(&opaque(61)), server(&opaque(61))],
        &["heartbeat_message", "heartbeat_message"],
    );
}

/// A gap inside a record leaves the next one found; any other ends the side. What was said is told.
#[test]
fn gaps() {
    let hello = handshake(1, &Hello::plain(0x0303).body());
    let (flight, finish) = (full_server_flight(), finished());
    let (begin, end) = flight.split_at(flight.len() - 20);
    let check = |steps: &[Step<'_>], established: bool, cipher: bool| {
        let transcript = scene().with(&[Extra::Own]).transcript(steps);
        assert!(transcript.contains(&format!(r#""established":{established}"#)), "{transcript}");
        assert_eq!(transcript.contains(r#""cipher""#), cipher, "{transcript}");
        assert_eq!(transcript.lines().count(), 1, "{transcript}");
    };
    let lost = (begin.len() - 150) as u64;
    let gap = Step::Gap(Side::Server, lost);
    check(&[client(&hello), server(&begin[..150]), gap, server(end), server(&finish), client(&finish)], true, true);
    let gap = Step::Gap(Side::Server, lost + 1000);
    check(&[client(&hello), server(&begin[..150]), gap, server(end), server(&finish), client(&finish)], false, true);
    let gap = Step::Gap(Side::Server, 5);
    check(&[client(&hello), gap, server(end)], false, false);
}

#[test]
fn probes() {
    let hello = handshake(1, &Hello::plain(0x0301).body());
    let check =
        |head: &[u8], sender, expected| assert_eq!(Tls.probe(head, sender, Transport::Tcp), expected, "{head:?}");
    check(&hello, Side::Client, Probe::Yes);
    (0..6).for_each(|length| check(&hello[..length.min(5)], Side::Client, Probe::NeedMore));
    check(&full_server_flight(), Side::Server, Probe::Yes);
    check(&hello, Side::Server, Probe::Maybe);
    check(&record(23, &[1; 10]), Side::Client, Probe::Maybe);
    check(b"\x16\x03\x01\x00\x00\x01", Side::Client, Probe::No);
    check(b"GET / HTTP/1.1", Side::Client, Probe::No);
    check(b"SSH-2.0-x", Side::Server, Probe::No);
    check(&[0x80; 40], Side::Client, Probe::No);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Whatever is wrong with a conversation, nothing panics, and cuts change nothing.
    #[test]
    fn damage_is_data(
        damage in proptest::collection::vec((any::<bool>(), 0usize..1200, any::<u8>()), 0..6),
        size in 1usize..40,
    ) {
        let mut hello = handshake(1, &Hello::chrome().body());
        let mut flight = [full_server_flight(), finished(), record(23, &[1; 50])].concat();
        for (is_client, place, value) in damage {
            let bytes = if is_client { &mut hello } else { &mut flight };
            let place = place % bytes.len();
            bytes[place] = value;
        }
        let steps = [client(&hello), server(&flight)];
        let scene = scene().with(&[Extra::Dump, Extra::Own]);
        prop_assert_eq!(scene.transcript(&steps), scene.transcript_cut(&steps, |_, _| size));
    }

    #[test]
    fn certificates_never_panic(
        place in 0usize..400,
        value: u8,
        bytes in proptest::collection::vec(any::<u8>(), 0..64),
    ) {
        let mut der = certificate("a.example");
        let place = place % der.len();
        der[place] = value;
        for der in [&der, &bytes] {
            if let Ok(certificate) = Certificate::parse(der) {
                let names = certificate.alternative_names().count();
                prop_assert!(names <= der.len());
                certificate.subject();
                certificate.issuer();
            }
        }
    }
}

impl Step<'_> {
    fn owned(self) -> Step<'static> {
        match self {
            Step::Send(side, bytes) => Step::Send(side, Cow::Owned(bytes.into_owned())),
            Step::Gap(side, bytes) => Step::Gap(side, bytes),
        }
    }
}
