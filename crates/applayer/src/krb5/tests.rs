use super::Krb5Protocol;
use crate::testing::{Scene, client, server};

/// An element of DER, shorter than 128 bytes.
fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    [&[tag, content.len() as u8][..], &content].concat()
}

fn name(parts: &[&str]) -> Vec<u8> {
    let parts: Vec<u8> = parts.iter().flat_map(|part| element(0x1b, &[part.as_bytes()])).collect();
    element(0x30, &[&element(0xa0, &[b"\x02\x01\x01"]), &element(0xa1, &[&element(0x30, &[&parts])])])
}

fn number(field: u8, number: u8) -> Vec<u8> {
    element(field, &[&[2, 1, number]])
}

fn realm(field: u8) -> Vec<u8> {
    element(field, &[&element(0x1b, &[b"R"])])
}

fn request() -> Vec<u8> {
    let body = element(0xa4, &[&element(0x30, &[&element(0xa1, &[&name(&["me"])]), &realm(0xa2)])]);
    element(0x6a, &[&element(0x30, &[&number(0xa1, 5), &number(0xa2, 10), &body])])
}

fn error(code: u8) -> Vec<u8> {
    let service = element(0xaa, &[&name(&["krbtgt", "R"])]);
    element(
        0x7e,
        &[&element(0x30, &[&number(0xa0, 5), &number(0xa1, 30), &number(0xa6, code), &realm(0xa9), &service])],
    )
}

fn reply() -> Vec<u8> {
    let encrypted = |kind: u8| element(0x30, &[&number(0xa0, kind), &element(0xa2, &[&element(4, &[b"?"])])]);
    let service = element(0xa2, &[&name(&["cifs", "s"])]);
    let ticket = element(
        0x61,
        &[&element(0x30, &[&number(0xa0, 5), &realm(0xa1), &service, &element(0xa3, &[&encrypted(23)])])],
    );
    let client = element(0xa4, &[&name(&["me"])]);
    let parts = [
        number(0xa0, 5),
        number(0xa1, 11),
        realm(0xa3),
        client,
        element(0xa5, &[&ticket]),
        element(0xa6, &[&encrypted(18)]),
    ];
    // Longer than 127 bytes: the lengths have a byte more.
    let content = parts.concat();
    let sequence = [&[0x30, 0x81, content.len() as u8][..], &content].concat();
    [&[0x6b, 0x81, sequence.len() as u8][..], &sequence].concat()
}

fn record(message: &[u8]) -> Vec<u8> {
    [&(message.len() as u32).to_be_bytes(), message].concat()
}

const ASKED: &str = "krb5 0 {\"msg_type\":\"KRB_AS_REQ\",\"cname\":\"me\",\"realm\":\"R\",\"sname\":\"<empty>\",\
    \"encryption\":\"<none>\",\"weak_encryption\":false}\n";
const REFUSED: &str = "krb5 1 {\"msg_type\":\"KRB_ERROR\",\"failed_request\":\"KRB_AS_REQ\",\
    \"error_code\":\"KDC_ERR_PREAUTH_REQUIRED\",\"cname\":\"<empty>\",\"realm\":\"<empty>\",\"sname\":\"krbtgt/R\",\
    \"encryption\":\"<none>\",\"weak_encryption\":false}\n";
const GIVEN: &str = "{\"msg_type\":\"KRB_AS_REP\",\"cname\":\"me\",\"realm\":\"R\",\"sname\":\"cifs/s\",\
    \"encryption\":\"aes256-cts-hmac-sha1-96\",\"weak_encryption\":false,\"ticket_encryption\":\"rc4-hmac\",\
    \"ticket_weak_encryption\":true}\n";

#[test]
fn over_tcp() {
    let messages = [record(&request()), record(&error(25)), record(&request()), record(&reply())];
    let steps = [client(&messages[0]), server(&messages[1]), client(&messages[2]), server(&messages[3])];
    let scene = Scene::tcp(&Krb5Protocol, 88);
    assert_eq!(
        scene.transcript(&steps),
        [ASKED, REFUSED, &ASKED.replace("krb5 0", "krb5 2"), "krb5 3 ", GIVEN].concat()
    );
    scene.assert_cuts_change_nothing(&steps);
}

#[test]
fn over_udp() {
    let messages = [request(), error(25), reply()];
    let steps = [client(&messages[0]), server(&messages[1]), server(&messages[2]), server("none")];
    let transcript = Scene::udp(&Krb5Protocol, 88).transcript(&steps);
    assert_eq!(transcript, [ASKED, REFUSED, "krb5 2 ", GIVEN, "anomaly malformed_data 2\n"].concat());
}
