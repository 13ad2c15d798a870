use super::*;
use crate::testing::{Scene, Step, client, server};
use crate::tree::Extra;

fn check(steps: &[Step<'_>], expected: &str) {
    let scene = Scene::tcp(&WebSocketProtocol, 80);
    let expected: String = expected.trim().lines().map(|line| line.trim().to_owned() + "\n").collect();
    assert_eq!(scene.clone().with(&[Extra::Own]).transcript(steps), expected);
    scene.assert_cuts_change_nothing(steps);
}

#[test]
fn frames() {
    let masked = [0x81, 0x85, 1, 2, 3, 4, b'h' ^ 1, b'e' ^ 2, b'l' ^ 3, b'l' ^ 4, b'o' ^ 1];
    let long = [&[0x02, 126, 1, 0][..], &[0; 256], &[0x80, 0, 0x8b, 0]].concat();
    check(
        &[client(&masked), server(&long)],
        r#"websocket 0 {"fin":true,"mask":16909060,"opcode":"text","sender":"client","payload_bytes":5}
        websocket 1 {"fin":false,"opcode":"binary","sender":"server","payload_bytes":256}
        websocket 2 {"fin":true,"opcode":"continuation","sender":"server","payload_bytes":0}
        websocket 3 {"fin":true,"opcode":"unknown-11","sender":"server","payload_bytes":0}"#,
    );
}

#[test]
fn long_cut_and_lost() {
    let header = [0x82, 127, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
    check(
        &[server(&header), server("some"), Step::Gap(Side::Server, 1 << 40), server("more")],
        r#"anomaly skip_end_of_payload 0
        websocket 0 {"fin":true,"opcode":"binary","sender":"server","payload_bytes":18446744073709551615}"#,
    );
    check(&[server(&[0x82]), Step::Gap(Side::Server, 3), server("more")], "");
}

#[test]
fn payloads_are_unmasked_and_bounded() {
    let mut frame = Frame::default();
    let input = Input { now: Timestamp(0), sender: Side::Client, bytes: b"" };
    frame.begin(0, input, &[0x81, 0x85, 1, 2, 3, 4], 100_005);
    frame.append(&[1, 2]);
    frame.append(&[3, 4, 1]);
    assert_eq!(frame.payload(), [0; 5]);
    frame.append(&[0; 100_000]);
    assert_eq!(frame.payload().len() as u64, PAYLOAD_BYTES_MAX);
}
