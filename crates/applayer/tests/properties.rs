//! What holds for every protocol on whatever comes: no panic, and cutting the bytes changes nothing.

use applayer::testing::{Scene, Step};
use applayer::{Extra, PROTOCOLS, Transport};
use model::packet::Side;
use proptest::prelude::*;

/// Pieces of which conversations are made, so that parsers come further than their first byte.
const PIECES: &[&[u8]] = &[
    b"GET / HTTP/1.1\r\n",
    b"POST /a?b HTTP/1.0\r\n",
    b"GET /\r\n",
    b"CONNECT a:1 HTTP/1.1\r\n",
    b"HEAD http://b:81/ HTTP/1.1\n",
    b"HTTP/1.1 200 OK\r\n",
    b"HTTP/1.1 100 Continue\r\n",
    b"HTTP/1.0 304 \r\n",
    b"HTTP/1.1 101 S\r\n",
    b"Host: a\r\n",
    b"Content-Length: 5\r\n",
    b"content-length: 3\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Content-Encoding: gzip\r\n",
    b"Content-Encoding: br, deflate\r\n",
    b"Content-Type: multipart/form-data; boundary=B\r\n",
    b"Content-Disposition: form-data; filename=x\r\n",
    b"Upgrade: h2c\r\n",
    b"Upgrade: websocket\r\n",
    b"Expect: 100-continue\r\n",
    b" folded\r\n",
    b"\r\n",
    b"\n",
    b"\r",
    b"--B\r\n",
    b"--B--",
    b"5\r\nhello\r\n",
    b"0\r\n",
    b"3;x\r\n",
    b"\x1f\x8b\x08\0\0\0\0\0\0\x03\xcb\x48\xcd\xc9\xc9\x07\0",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"\0\0\0\x04\0\0\0\0\0",
    b"\0\0\x03\x01\x05\0\0\0\x01\x82\x84\x86",
    b"\0\0\x02\x01\x04\0\0\0\x01\x88\xbe",
    b"\0\0\x05\0\x09\0\0\0\x01\x01he\0",
    b"\0\0\x04\x09\x04\0\0\0\x01\x40\x01a\x01",
    b"\0\0\x04\x03\0\0\0\0\x01\0\0\0\x08",
    b"\0\0\x08\x07\0\0\0\0\0\0\0\0\0\0\0\0\0",
    b"\x05\x01\x00",
    b"\x05\x00",
    b"\x05\x01\x00\x01\x0a\x00\x00\x01\x00\x50",
    b"\x04\x01\x00\x50\x0a\x00\x00\x02me\0",
    b"\0\x5a\0\0\0\0\0\0",
    b"\x81\x85\x01\x02\x03\x04hello",
    b"\x82\x7e\0\x05hello",
    b"\0\x13\0\x01\x01\0\0\x01\0\0\0\0\0\0\x01a\0\0\x01\0\x01",
    b"\0\x23\0\x01\x81\x80\0\x01\0\x01\0\0\0\0\x01a\0\0\x01\0\x01\xc0\x0c\0\x01\0\x01\0\0\0\0\0\x04\x7f\0\0\x01",
    b"\0\x0c\0\x02\x81\x83\0\0\0\0\0\0\0\0",
    b"+OK ready\r\n",
    b"* OK ready\r\n",
    b"SSH-2.0-x y\r\n",
    b"\0\0\0\x0c\x0a\x15\0\0\0\0\0\0\0\0\0\0",
    b"\0\0\0\x06\x04\x63\0\0\0\0",
    b"220 x ESMTP\r\n",
    b"220-x FTP\r\n",
    b"250 ok\r\n",
    b"250-ok\r\n",
    b"334 \r\n",
    b"354 go\r\n",
    b"234 go\r\n",
    b"227 (10,0,0,1,4,1)\r\n",
    b"EHLO a\r\n",
    b"MAIL FROM:<a>\r\n",
    b"RCPT TO:<a>\r\n",
    b"DATA\r\n",
    b"BDAT 20\r\n",
    b"BDAT 7 LAST\r\n",
    b"RSET\r\n",
    b"STARTTLS\r\n",
    b"AUTH LOGIN\r\n",
    b"AUTH PLAIN AGEAYg==\r\n",
    b"AUTH TLS\r\n",
    b".\r\n",
    b"Content-Type: multipart/mixed; boundary=B\r\n",
    b"Content-Transfer-Encoding: base64\r\n",
    b"Content-Transfer-Encoding: quoted-printable\r\n",
    b"aGVsbG8=\r\n",
    b"a=\r\nb=C3\r\n",
    b"begin 644 a\r\n#0V%T\r\nend\r\n",
    b"\0\0\0\x40\xfeSMB\x40\0\0\0\0\0\0\0\x06\0",
    b"\0\0\0\x58\xfeSMB\x40\0\0\0\0\0\0\0\x06\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\
      \0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x18\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\0",
    b"\0\0\0\x75\xfeSMB\x40\0\0\0\0\0\0\0\x09\0\0\0\0\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\
      \0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x31\0\x70\0\x05\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\0\
      \0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0hello",
    b"\0\0\0\x2f\xffSMB\x72\0\0\0\0\x18\x01\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x0c\0\x02NT LM 0.12\0",
    b"\x05\0\x0b\x03\x10\0\0\0\x48\0\0\0\x01\0\0\0\xb8\x10\xb8\x10\0\0\0\0\x01\0\0\0\0\0\x01\0\x08\x83\xaf\xe1\x1f\x5d\xc9\x11\
      \x91\xa4\x08\0\x2b\x14\xa0\xfa\x03\0\0\0\x04\x5d\x88\x8a\xeb\x1c\xc9\x11\x9f\xe8\x08\0\x2b\x10\x48\x60\x02\0\0\0",
    b"\x05\0\0\x03\x10\0\0\0\x1a\0\0\0\x01\0\0\0\x02\0\0\0\0\0\x02\0hi",
    b"\x05\0\x02\x03\x10\0\0\0\x1a\0\0\0\x01\0\0\0\x02\0\0\0\0\0\0\0hi",
    b"\x10\x10\0\x04MQTT\x05\x02\0\x3c\0\0\x03abc",
    b"\x20\x03\0\0\0",
    b"\x32\x07\0\x01a\0\x01\0b",
    b"\x40\x02\0\x01",
    b"\x82\x07\0\x01\0\0\x01a\x01",
    b"\xe0\0",
    b"\0\0\0\x10\0\x03\0\0user\0a\0\0",
    b"\0\0\0\x08\x04\xd2\x16\x2f",
    b"R\0\0\0\x08\0\0\0\0",
    b"Q\0\0\0\x06a\0",
    b"C\0\0\0\x06b\0Z\0\0\0\x05I",
    b"d\0\0\0\x05x",
    b"S",
    b"RFB 003.008\n",
    b"RFB 003.003\n",
    b"\x01\x02",
    b"\0\0\0\0",
    b"\0\0\0\x0c\x6a\x0a\x30\x08\xa1\x03\x02\x01\x05\xa2\x01\x02",
    b"\x30\x0c\x02\x01\x01\x60\x07\x02\x01\x03\x04\0\x80\0",
    b"\x30\x0c\x02\x01\x01\x61\x07\x0a\x01\0\x04\0\x04\0",
    b"INVITE a SIP/2.0\r\n",
    b"SIP/2.0 200 OK\r\n",
    b"\x80\0\0\x28\0\0\0\x01\0\0\0\0\0\0\0\x02\0\x01\x86\xa3\0\0\0\x03\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
    b"\x80\0\0\x18\0\0\0\x01\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
    b"USER a\r\n",
    b"PASV\r\n",
    b"RETR a\r\n",
    b"USER a\r\nPASS b\r\nSTLS\r\nRETR 1\r\nAUTH PLAIN\r\n",
    b"+OK\r\n-ERR no\r\n+ \r\n1 5\r\n.\r\n",
    b"a1 LOGIN a b\r\na2 STARTTLS\r\na3 APPEND x {5}\r\n",
    b"* OK x {3}\r\n)\r\na1 NO\r\na2 OK go\r\n+ \r\n",
    b"\xff\xfd\x18\xff\xfa\x18\0vt\xff\xf0\xff\xff",
    b"login: \r\nPassword: ",
    b"me\x08\r\0",
    b"\x05\x64\x0b\xc4\x02\x00\x01\x00\x83\x24\xc0\xc3\x01\x3c\x02\x06\x5e\x85",
    b"\x05\x64\x05\xc0\x01\x00\x00\x04\xe9\x21",
    b"\0\x01\0\0\0\x06\x01\x03\0\x08\0\x01",
    b"\0\x01\0\0\0\x05\x01\x03\x02ab",
    b"\0\x02\0\0\0\x0b\x01\x10\0\0\0\x02\x04abcd",
    b"\x63\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
    b"\x6f\0\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x02\0\0\0\0\0\xb2\0\x04\0\x0e\x01\x20\x01",
    b"\x03\0\0\x13\x0e\xe0\0\0\0\0\0\x01\0\x08\0\x03\0\0\0",
    b"\x03\0\0\x0b\x06\xd0\0\0\0\0\0",
    b"\x16\x03\x03\0\x04\x0b\0\0\0",
    b"\x2c\0\0\0\x0a8.0\0\x01\0\0\0saltsalt\0\xff\xf7\x21\x02\0\xff\x81\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
    b"\x23\0\0\x01\x08\x82\0\0\0\0\0\x01\x21\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0me\0",
    b"\x07\0\0\x02\0\0\0\x02\0\0\0",
    b"\x02\0\0\0\x03x\x01\0\0\x01\x01\x02\0\0\x02\x03d\x05\0\0\x03\xfe\0\0\x02\0",
    b"*2\r\n$3\r\nGET\r\n$1\r\na\r\n",
    b"SUBSCRIBE a b\r\n",
    b"*1\r\n$-1\r\n:5\r\n%1\r\n+a\r\n_\r\n",
];

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        8 => prop::sample::select(PIECES).prop_map(<[u8]>::to_vec),
        1 => prop::collection::vec(any::<u8>(), 0..12),
    ];
    prop::collection::vec(piece, 1..8).prop_map(|pieces| pieces.concat())
}

fn step() -> impl Strategy<Value = Step<'static>> {
    let sender = prop_oneof![Just(Side::Client), Just(Side::Server)];
    prop_oneof![
        12 => (sender.clone(), bytes()).prop_map(|(sender, bytes)| Step::Send(sender, bytes.into())),
        1 => (sender, 1..20u64).prop_map(|(sender, bytes)| Step::Gap(sender, bytes)),
    ]
}

/// The same in any order: sides that wait for each other, the detection and the parser may change places.
fn check(scene: Scene<'_>, steps: &[Step<'_>], piece: usize) -> Result<(), TestCaseError> {
    let scene = scene.with(&[Extra::Dump, Extra::Own]);
    let sorted = |transcript: String| {
        let mut lines: Vec<_> = transcript.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    let whole = sorted(scene.transcript(steps));
    prop_assert_eq!(&whole, &sorted(scene.transcript_cut(steps, |_, _| 1)), "{:?}", steps);
    prop_assert_eq!(&whole, &sorted(scene.transcript_cut(steps, |_, _| piece)), "{:?}", steps);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn cuts_change_nothing(steps in prop::collection::vec(step(), 1..8), piece in 2..40usize) {
        for protocol in PROTOCOLS.iter().filter(|protocol| protocol.transports().contains(&Transport::Tcp)) {
            check(Scene::tcp(*protocol, 80), &steps, piece)?;
        }
    }

    #[test]
    fn cuts_change_nothing_where_the_protocol_is_found(
        steps in prop::collection::vec(step(), 1..8),
        piece in 2..40usize,
        is_midstream: bool,
    ) {
        let scene = Scene::found(80);
        check(if is_midstream { scene.midstream() } else { scene }, &steps, piece)?;
    }

    /// Datagrams of any kind do no harm.
    #[test]
    fn datagrams_are_taken(steps in prop::collection::vec(step(), 1..8)) {
        for protocol in PROTOCOLS.iter().filter(|protocol| protocol.transports().contains(&Transport::Udp)) {
            Scene::udp(*protocol, 53).with(&[Extra::Dump, Extra::Own]).transcript(&steps);
        }
    }
}
