use super::TftpProtocol;
use crate::protocol::{Probe, Protocol, Transport};
use crate::testing::{Scene, client, server};
use model::packet::Side;

#[test]
fn requests() {
    let steps =
        [client(b"\0\x01boot.img\0octet\0blksize\x001428\0"), client(b"\0\x02a\0mail\0"), server(b"\0\x05\0\x01no\0")];
    assert_eq!(
        Scene::udp(&TftpProtocol, 69).transcript(&steps),
        "tftp 0 {\"packet\":\"read\",\"file\":\"boot.img\",\"mode\":\"octet\"}\n\
         tftp 1 {\"packet\":\"write\",\"file\":\"a\",\"mode\":\"mail\"}\n"
    );
}

#[test]
fn first_bytes() {
    let cases: [(&[u8], Probe); 5] = [
        (b"\0\x01boot.img\0octet\0", Probe::Yes),
        (b"\0\x02boot.img\0NetASCII\0", Probe::Yes),
        (b"\0\x01boot.img\0octet", Probe::No),
        (b"\0\x01\0octet\0", Probe::No),
        (b"\0\x03\0\x01data", Probe::No),
    ];
    for (head, expected) in cases {
        assert_eq!(TftpProtocol.probe(head, Side::Client, Transport::Udp), expected, "{}", head.escape_ascii());
    }
}
