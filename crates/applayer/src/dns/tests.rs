use super::message::Section;
use super::{DNS, LLMNR, MDNS, Message};
use crate::testing::{Scene, Step, client, server};
use crate::tree::Extra;
use crate::{Probe, Protocol, Transport};
use model::packet::Side;
use proptest::prelude::*;

const IN: u16 = 1;

/// A name on the wire.
fn name(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for label in text.split('.').filter(|label| !label.is_empty()) {
        bytes.push(label.len() as u8);
        bytes.extend_from_slice(label.as_bytes());
    }
    bytes.push(0);
    bytes
}

fn words(words: &[u16]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_be_bytes()).collect()
}

fn question(text: &str, record_type: u16) -> Vec<u8> {
    [name(text), words(&[record_type, IN])].concat()
}

/// A record whose name points to the first question.
fn record(record_type: u16, data: &[u8]) -> Vec<u8> {
    [&words(&[0xc00c, record_type, IN, 0, 300, data.len() as u16])[..], data].concat()
}

fn message(id: u16, flags: u16, counts: [u16; 4], parts: &[Vec<u8>]) -> Vec<u8> {
    [words(&[id, flags]), words(&counts), parts.concat()].concat()
}

fn request(id: u16, text: &str, record_type: u16) -> Vec<u8> {
    message(id, 0x0100, [1, 0, 0, 0], &[question(text, record_type)])
}

fn response(id: u16, text: &str, record_type: u16, answers: &[Vec<u8>]) -> Vec<u8> {
    let parts = [vec![question(text, record_type)], answers.to_vec()].concat();
    message(id, 0x8180, [1, answers.len() as u16, 0, 0], &parts)
}

fn prefixed(message: &[u8]) -> Vec<u8> {
    [&(message.len() as u16).to_be_bytes()[..], message].concat()
}

#[track_caller]
fn check(steps: &[Step<'_>], expected: &[&str]) {
    let transcript = Scene::udp(&DNS, 53).transcript(steps);
    assert_eq!(transcript.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn exchange() {
    let answer = response(7, "a.example", 1, &[record(5, &[1, b'b', 0xc0, 0x0e]), record(1, &[192, 0, 2, 1])]);
    check(
        &[client(&request(7, "a.example", 1)), server(&answer)],
        &[
            r#"dns 0 {"version":3,"type":"request","tx_id":0,"id":7,"flags":"100","rd":true,"opcode":0,"rcode":"NOERROR","queries":[{"rrname":"a.example","rrtype":"A"}]}"#,
            r#"dns 1 {"version":3,"type":"response","tx_id":1,"id":7,"flags":"8180","qr":true,"rd":true,"ra":true,"opcode":0,"rcode":"NOERROR","queries":[{"rrname":"a.example","rrtype":"A"}],"answers":[{"rrname":"a.example","rrtype":"CNAME","ttl":300,"rdata":"b.example"},{"rrname":"a.example","rrtype":"A","ttl":300,"rdata":"192.0.2.1"}],"grouped":{"CNAME":["b.example"],"A":["192.0.2.1"]}}"#,
        ],
    );
}

/// What an answer of a type looks like in `answers`, with own names.
#[track_caller]
fn check_data(record_type: u16, data: &[u8], expected: &str) {
    let answer = response(7, "a.example", record_type, &[record(record_type, data)]);
    let transcript = Scene::udp(&DNS, 53).with(&[Extra::Own]).transcript(&[server(&answer)]);
    let begin = transcript.find(r#""ttl":300,"#).unwrap() + r#""ttl":300,"#.len();
    let end = transcript.find(r#"}],"grouped""#).unwrap();
    assert_eq!(&transcript[begin..end], expected, "type {record_type}");
}

#[test]
fn data() {
    check_data(
        28,
        &[&[0x20, 1, 0xd, 0xb8][..], &[0; 11], &[1]].concat(),
        r#""rdata":"2001:0db8:0000:0000:0000:0000:0000:0001""#,
    );
    check_data(15, &[&[0, 10][..], &name("mx.b")].concat(), r#""rdata":"mx.b""#);
    check_data(10, b"a\xff", r#""rdata":"a\xff""#);
    check_data(44, &[1, 2, 0xab, 0xcd], r#""sshfp":{"fingerprint":"ab:cd","algo":1,"type":2},"rdata":"1 2 abcd""#);
    check_data(
        33,
        &[words(&[10, 1, 5060]), name("sip.b")].concat(),
        r#""srv":{"priority":10,"weight":1,"port":5060,"name":"sip.b"},"rdata":"10 1 5060 sip.b""#,
    );
    check_data(
        6,
        &[name("ns.b"), name("hostmaster.b"), words(&[0, 1, 0, 2, 0, 3, 0, 4, 1, 5])].concat(),
        r#""soa":{"mname":"ns.b","rname":"hostmaster.b","serial":1,"refresh":2,"retry":3,"expire":4,"minimum":65541},"rdata":"ns.b hostmaster.b 1 2 3 4 65541""#,
    );
    check_data(257, b"\x00\x05issueca.b", r#""rdata":"0 issue \"ca.b\"""#);
    check_data(43, &[0, 5, 8, 2, 0xaa], r#""rdata":"5 8 2 aa""#);
    check_data(48, &[1, 1, 3, 8, 1, 2, 3], r#""rdata":"257 3 8 AQID""#);
    check_data(
        46,
        &[&[0, 1, 8, 2, 0, 0, 0, 60, 0, 0, 0, 2, 0, 0, 0, 1, 0, 9][..], &name("b"), &[1, 2, 3]].concat(),
        r#""rdata":"A 8 2 60 2 1 9 b AQID""#,
    );
    check_data(47, &[&name("c.b")[..], &[0, 4, 0x62, 1, 0x80, 8]].concat(), r#""rdata":"c.b A NS SOA MX TXT AAAA""#);
    check_data(50, &[1, 0, 0, 10, 1, 0xab, 5, 1, 2, 3, 4, 5, 0, 1, 0x40], r#""rdata":"1 0 10 ab 04106105 A""#);
    check_data(
        35,
        &[&[0, 1, 0, 2][..], b"\x01u\x07E2U+sip\x00", &name("")].concat(),
        r#""rdata":"1 2 \"u\" \"E2U+sip\" \"\" .""#,
    );
    check_data(
        65,
        &[0, 1, 0, 0, 1, 0, 3, 2, b'h', b'3', 0, 3, 0, 2, 1, 0xbb, 0, 4, 0, 4, 192, 0, 2, 1],
        r#""rdata":"1 . alpn=h3 port=443 ipv4hint=192.0.2.1""#,
    );
    check_data(4660, &[0xab], r##""rdata":"\# 1 ab""##.replace('\\', "\\\\").as_str());
    // Not what its type says.
    check_data(43, &[0, 5], r##""rdata":"\# 2 0005""##.replace('\\', "\\\\").as_str());
}

#[test]
fn texts_stand_one_by_one() {
    let answer = response(7, "a", 16, &[record(16, b"\x01x\x00\x02yz")]);
    let transcript = Scene::udp(&DNS, 53).transcript(&[server(&answer)]);
    for expected in [r#""rdata":"x"}"#, r#""rdata":""}"#, r#""rdata":"yz"}"#, r#""grouped":{"TXT":["x","","yz"]}"#] {
        assert!(transcript.contains(expected), "{transcript}");
    }
}

#[test]
fn edns() {
    let opt = |options: &[u8]| [&[0][..], &words(&[41, 1232, 0x0000, 0x8000, options.len() as u16]), options].concat();
    let ask = |options: &[u8]| message(7, 0x0100, [1, 0, 0, 1], &[question("a", 1), opt(options)]);
    let scene = Scene::udp(&DNS, 53).with(&[Extra::Own]);
    let transcript = scene.transcript(&[client(&ask(&[]))]);
    assert!(
        transcript.contains(r#""edns":{"udp_bytes_max":1232,"version":0,"dnssec_ok":true,"rcode":"NOERROR"}"#),
        "{transcript}"
    );
    assert!(!transcript.contains("additionals"), "{transcript}");
    let options = [
        &[0, 8, 0, 7, 0, 1, 24, 0, 192, 0, 2][..],
        &[0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8],
        &[0, 15, 0, 4, 0, 22, b'n', b'o'],
    ];
    let transcript = scene.transcript(&[client(&ask(&options.concat()))]);
    for expected in [
        r#""additionals":[{"rrname":"","rrtype":"OPT","ttl":32768,"opt":[{"code":8,"data":"00011800c00002"},{"code":10,"data":"0102030405060708"},"#,
        r#""client_subnet":"192.0.2.0/24","client_subnet_scope_bits":0,"cookie":"0102030405060708","extended_error":22,"extended_error_text":"no""#,
    ] {
        assert!(transcript.contains(expected), "{transcript}");
    }
}

#[test]
fn timing() {
    let timings = |steps: &[Step<'_>]| {
        let transcript = Scene::udp(&DNS, 53).with(&[Extra::Own]).transcript(steps);
        let timing =
            |line: &str| line.split_once(r#""timing":{"#).map_or(String::new(), |(_, rest)| rest.replace("}}", ""));
        transcript.lines().map(timing).collect::<Vec<_>>()
    };
    let (a, b) = (request(1, "a", 1), request(2, "b", 1));
    // Names are the same in small and capital letters.
    let (to_a, to_b) = (response(1, "A", 1, &[]), response(2, "b", 1, &[]));
    let other = response(1, "c", 1, &[]);
    let unasked = r#""is_unsolicited":true"#;
    assert_eq!(
        timings(&[client(&a), client(&b), client(&a), server(&to_b), server(&other), server(&to_a), server(&to_a)]),
        [
            "",
            "",
            r#""request_tx_id":0,"retry":1"#,
            r#""request_tx_id":1,"latency_ns":2000000,"retries":0"#,
            unasked,
            r#""request_tx_id":0,"latency_ns":5000000,"retries":1"#,
            unasked
        ]
    );
    let error = message(1, 0x8181, [0; 4], &[]);
    assert_eq!(timings(&[client(&a), server(&error)])[1], r#""request_tx_id":0,"latency_ns":1000000,"retries":0"#);
}

#[test]
fn anomalies() {
    let check = |steps: &[Step<'_>], expected: &[&str]| {
        let transcript = Scene::udp(&DNS, 53).transcript(steps);
        let anomalies: Vec<_> = transcript.lines().filter_map(|line| line.strip_prefix("anomaly ")).collect();
        assert_eq!(anomalies, expected, "{transcript}");
    };
    let ask = request(1, "a", 1);
    check(&[client("short")], &["malformed_data -"]);
    check(&[client(&ask), client(&ask[..14])], &["malformed_data 0"]);
    check(&[client(&ask), server(&ask)], &["not_response 1"]);
    check(&[client(&ask), client(&response(1, "a", 1, &[]))], &["not_request 1"]);
    check(&[server(&response(1, "a", 1, &[])), client(&ask)], &[]);
    check(&[client(&message(1, 0x0140, [1, 0, 0, 0], &[question("a", 1)]))], &["z_flag_set 0"]);
    check(&[client(&message(1, 0x3900, [1, 0, 0, 0], &[question("a", 1)]))], &["invalid_opcode 0"]);
    check(&[server(&response(1, "a", 1, &[record(1, &[1, 2, 3])]))], &["malformed_data 0"]);
    check(&[server(&message(1, 0x8180, [1, 1, 0, 0], &[question("a", 1)]))], &["malformed_data 0"]);
    check(&[server(&message(1, 0x8180, [1, 0, 1, 0], &[question("a", 1)]))], &["invalid_authorities 0"]);
    check(&[server(&message(1, 0x8180, [1, 0, 0, 1], &[question("a", 1)]))], &["invalid_additionals 0"]);
    check(&[client(&message(1, 0, [1, 0, 0, 0], &[words(&[0xc00c, 1, 1])]))], &["infinite_loop 0"]);
    let many = "a.".repeat(256);
    check(&[client(&request(1, &many, 1))], &["too_many_labels 0"]);
    let long = format!("{}.", "x".repeat(63)).repeat(17);
    check(&[client(&request(1, &long, 1))], &["name_too_long 0"]);
    let transcript = Scene::udp(&DNS, 53).transcript(&[client(&request(1, &long, 1))]);
    let cut = format!(r#""rrname":"{}","rrtype":"A","rrname_truncated":true"#, &long[..1025]);
    assert!(transcript.contains(&cut), "{transcript}");
}

#[test]
fn stream() {
    let ask = [prefixed(&request(1, "a", 1)), prefixed(&request(2, "b", 28))].concat();
    let answer =
        [prefixed(&response(1, "a", 1, &[record(1, &[1, 2, 3, 4])])), prefixed(&response(2, "b", 28, &[]))].concat();
    let scene = Scene::tcp(&DNS, 53);
    assert_eq!(scene.transcript(&[client(&ask), server(&answer)]).lines().count(), 4);
    scene.assert_cuts_change_nothing(&[client(&ask), server(&answer), client(&prefixed(b"short"))]);
    Scene::found(53).assert_cuts_change_nothing(&[client(&ask), server(&answer)]);
    // Behind a gap, messages begin where one can.
    let steps = [client(&ask), Step::Gap(Side::Server, 10), server("rubbish"), server(&answer)];
    let transcript = scene.transcript(&steps);
    assert_eq!(transcript.lines().count(), 4, "{transcript}");
}

#[test]
fn multicast() {
    let ask = message(
        0,
        0,
        [1, 1, 0, 0],
        &[[name("_x._tcp.local"), words(&[12, 0x8001])].concat(), record(12, &name("y._x._tcp.local"))],
    );
    let answer = message(
        0,
        0x8400,
        [0, 1, 0, 0],
        &[[name("y.local"), words(&[16, 0x8001, 0, 120, 4]), b"\x03a=b".to_vec()].concat()],
    );
    let transcript = Scene::udp(&MDNS, 5353).transcript(&[client(&ask), client(&answer)]);
    assert_eq!(
        transcript.lines().collect::<Vec<_>>(),
        [
            r#"mdns 0 {"type":"request","id":0,"opcode":0,"rcode":0,"queries":[{"rrname":"_x._tcp.local","rrtype":"ptr"}],"answers":[{"rrname":"_x._tcp.local","ptr":"y._x._tcp.local"}]}"#,
            r#"mdns 1 {"type":"response","id":0,"flags":["aa"],"opcode":0,"rcode":0,"answers":[{"rrname":"y.local","txt":["a=b"]}]}"#,
        ]
    );
    let ask = message(9, 0x0100, [1, 0, 0, 0], &[question("pc", 1)]);
    let transcript = Scene::udp(&LLMNR, 5355).transcript(&[client(&ask)]);
    assert_eq!(
        transcript,
        "llmnr 0 {\"type\":\"request\",\"id\":9,\"flags\":[\"t\"],\"opcode\":0,\"queries\":[{\"rrname\":\"pc\",\"rrtype\":\"a\"}]}\n"
    );
}

#[test]
fn probes() {
    let check =
        |head: &[u8], transport, expected| assert_eq!(DNS.probe(head, Side::Client, transport), expected, "{head:x?}");
    let ask = request(1, "a.example", 1);
    check(&ask, Transport::Udp, Probe::Yes);
    check(&ask[..ask.len() - 1], Transport::Udp, Probe::No);
    check(&[&ask[..], &[0]].concat(), Transport::Udp, Probe::Maybe);
    check(&message(1, 0x8185, [0; 4], &[]), Transport::Udp, Probe::Maybe);
    check(&message(1, 0, [0; 4], &[]), Transport::Udp, Probe::No);
    check(b"GET / HTTP/1.1\r\n\r\n", Transport::Udp, Probe::No);
    check(&message(1, 0x0110, [1, 0, 0, 0], &[question(&"CA".repeat(16), 32)]), Transport::Udp, Probe::No);
    let ask = prefixed(&ask);
    for length in 0..25 {
        check(&ask[..length], Transport::Tcp, Probe::NeedMore);
    }
    check(&ask, Transport::Tcp, Probe::Yes);
    check(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\x00\x00\x00\x00", Transport::Tcp, Probe::No);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever comes is read without panic, and told in proportion.
    #[test]
    fn rubbish(flags: u16, counts: [u8; 4], types in prop::collection::vec(0..260_u16, 1..8), tail in prop::collection::vec(any::<u8>(), 0..200)) {
        let records: Vec<_> = types.iter().map(|record_type| record(*record_type, &tail)).collect();
        let parts = [vec![question("a.b", 1)], records, vec![tail]].concat();
        let bytes = message(1, flags, counts.map(|count| u16::from(count % 4)), &parts);
        for protocol in [DNS, MDNS, LLMNR] {
            Scene::udp(&protocol, 53).with(&[Extra::Own]).transcript(&[client(&bytes), server(&bytes)]);
        }
        if let Some(message) = Message::parse(&bytes) {
            prop_assert!(message.section(Section::Answers).len() <= 3);
        }
    }
}
