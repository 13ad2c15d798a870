use crate::http1::Http1Protocol;
use crate::protocol::{Probe, Protocol, Transport};
use model::packet::Side;

#[test]
fn first_bytes() {
    let check = |sender: Side, head: &str, expected: Probe| {
        assert_eq!(Http1Protocol.probe(head.as_bytes(), sender, Transport::Tcp), expected, "{head}");
    };
    check(Side::Client, "GET / HTTP/1.1\r\n", Probe::Yes);
    check(Side::Client, "GET /a/long/target/that/is/cut", Probe::Yes);
    check(Side::Client, "GET ", Probe::NeedMore);
    check(Side::Client, "G", Probe::NeedMore);
    check(Side::Client, "GETX", Probe::No);
    check(Side::Client, "\r\nPOST /x HTTP/1.0\r\n", Probe::Yes);
    check(Side::Client, "OPTIONS sip:a@b SIP/2.0\r\n", Probe::No);
    check(Side::Client, "OPTIONS sip:a", Probe::NeedMore);
    check(Side::Client, "OPTIONS rtsp://a RTSP/1.0\r\n", Probe::No);
    check(Side::Client, "OPTIONS * HTTP/1.1\r\n", Probe::Yes);
    check(Side::Client, "FOO / HTTP/1.1\r\n", Probe::Yes);
    check(Side::Client, "FOO / HTTP", Probe::NeedMore);
    check(Side::Client, "EHLO a\r\n", Probe::No);
    check(Side::Client, "SSH-2.0-x\r\n", Probe::No);
    check(Side::Client, "PRI * HTTP/2.0\r\n", Probe::No);
    check(Side::Client, "\x16\x03\x01", Probe::No);
    check(Side::Server, "HTTP/1.1 200", Probe::Yes);
    check(Side::Server, "HTT", Probe::NeedMore);
    check(Side::Server, "220 hello", Probe::No);
}
