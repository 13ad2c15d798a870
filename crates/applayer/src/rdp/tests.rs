use super::RdpProtocol;
use crate::testing::{Scene, Step, client, server};

/// A packet of the connection's setup: what is behind its frame.
fn packet(content: &[u8]) -> Vec<u8> {
    let length = (4 + content.len()) as u16;
    [&[3, 0][..], &length.to_be_bytes(), content].concat()
}

/// A connection's request (0xe0) or its answer (0xd0), and what it says besides.
fn connection(kind: u8, rest: &[u8]) -> Vec<u8> {
    packet(&[&[6 + rest.len() as u8, kind, 0, 0, 0, 0, 0][..], rest].concat())
}

/// Text as Windows writes it, filled up.
fn wide(text: &str, bytes: usize) -> Vec<u8> {
    let mut wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    wide.resize(bytes, 0);
    wide
}

/// A client of Windows XP that asks for two channels.
fn connect_request() -> Vec<u8> {
    let core = [
        &[4, 0, 8, 0, 0x80, 4, 0x60, 3, 1, 0xca, 3, 0xaa, 9, 4, 0, 0, 0x28, 0x0a, 0, 0][..],
        &wide("ISD2-KM84178", 32),
        &[4, 0, 0, 0, 0, 0, 0, 0, 12, 0, 0, 0],
        &[0; 64],
        &[1, 0xca, 1, 0, 0, 0, 0, 0, 15, 0, 7, 0, 1, 0],
        &wide("55274-OEM", 64),
        &[0, 0, 0, 0, 0, 0],
    ]
    .concat();
    let network = b"\x02\0\0\0rdpdr\0\0\0\0\0\0\0cliprdr\0\0\0\0\0";
    let block =
        |kind: u8, content: &[u8]| [&[kind, 0xc0][..], &(4 + content.len() as u16).to_le_bytes(), content].concat();
    let blocks = [block(1, &core), block(3, network)].concat();
    let length = (blocks.len() as u16 | 0x8000).to_be_bytes();
    packet(
        &[
            &b"\x02\xf0\x80\x7f\x65\x82\x01\0\0\x05\0\x14\x7c\0\x01\x81\0\0\x08\0\x10\0\x01\xc0\0Duca"[..],
            &length,
            &blocks,
        ]
        .concat(),
    )
}

#[track_caller]
fn check(steps: &[Step<'_>], expected: &str) {
    let scene = Scene::tcp(&RdpProtocol, 3389);
    assert_eq!(scene.transcript(steps), expected);
    scene.assert_cuts_change_nothing(steps);
}

#[test]
fn without_encryption_the_client_says_what_it_is() {
    check(
        &[
            client(&connection(0xe0, b"Cookie: mstshash=A70067\r\n")),
            server(&connection(0xd0, b"")),
            client(&connect_request()),
            server(&packet(b"\x02\xf0\x80\x7f\x66\x82\x01\x45")),
            client(&packet(b"\x02\xf0\x80\x04\x01\0\x01\0")),
        ],
        "rdp 0 {\"tx_id\":1,\"event_type\":\"initial_request\",\"cookie\":\"A70067\"}\n\
         rdp 1 {\"tx_id\":2,\"event_type\":\"initial_response\"}\n\
         rdp 2 {\"tx_id\":3,\"event_type\":\"connect_request\",\"client\":{\"version\":\"v5\",\"desktop_width\":1152,\
         \"desktop_height\":864,\"color_depth\":15,\"keyboard_layout\":\"en-US\",\"build\":\"Windows XP\",\
         \"client_name\":\"ISD2-KM84178\",\"keyboard_type\":\"enhanced\",\"function_keys\":12,\"product_id\":1,\
         \"capabilities\":[\"support_errinfo_pdf\"],\"id\":\"55274-OEM\"},\"channels\":[\"rdpdr\",\"cliprdr\"]}\n\
         rdp 3 {\"tx_id\":4,\"event_type\":\"connect_response\"}\n",
    );
}

#[test]
fn what_is_negotiated_and_refused() {
    check(
        &[
            client(&connection(0xe0, b"\x01\x01\x08\0\x03\0\0\0")),
            server(&connection(0xd0, b"\x03\0\x08\0\x05\0\0\0")),
            client("\x16\x03\x01\0\x02ab"),
        ],
        "rdp 0 {\"tx_id\":1,\"event_type\":\"initial_request\",\"flags\":[\"restricted_admin_mode_required\"]}\n\
         rdp 1 {\"tx_id\":2,\"event_type\":\"initial_response\",\"error_code\":5,\"reason\":\"hybrid required by server\"}\n",
    );
}

#[test]
fn what_is_too_short_is_said() {
    check(&[client(b"\x03\0\0\x05\x01")], "anomaly invalid_length -\n");
}
