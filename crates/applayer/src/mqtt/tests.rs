use super::MqttProtocol;
use crate::protocol::Probe;
use crate::testing::{Scene, Step, client, server};
use model::packet::Side;

const CONNECT: &[u8] = b"\x10\x10\0\x04MQTT\x04\x02\0\x3c\0\x04test";
const CONNACK: &[u8] = b"\x20\x02\0\0";

#[track_caller]
fn check(steps: &[Step<'_>], expected: &str) {
    let scene = Scene::tcp(&MqttProtocol, 1883);
    assert_eq!(expected, scene.transcript(steps));
    scene.assert_cuts_change_nothing(steps);
}

const CONNECTED: &str = "mqtt 0 {\"connect\":{\"qos\":0,\"retain\":false,\"dup\":false,\"protocol_string\":\"MQTT\",\
    \"protocol_version\":4,\"flags\":{\"username\":false,\"password\":false,\"will_retain\":false,\"will\":false,\
    \"clean_session\":true},\"client_id\":\"test\"},\"connack\":{\"qos\":0,\"retain\":false,\"dup\":false,\
    \"session_present\":false,\"return_code\":0}}\n";

#[test]
fn a_message_that_arrives_exactly_once() {
    let steps = [
        client(CONNECT),
        server(CONNACK),
        client(b"\x34\x0a\0\x03a/b\0\x07yes"),
        server(b"\x50\x02\0\x07"),
        client(b"\x62\x02\0\x07"),
        server(b"\x70\x02\0\x07"),
    ];
    let published = "mqtt 1 {\"publish\":{\"qos\":2,\"retain\":false,\"dup\":false,\"topic\":\"a/b\",\"message_id\":7,\
        \"message\":\"yes\"},\"pubrec\":{\"qos\":0,\"retain\":false,\"dup\":false,\"message_id\":7},\
        \"pubrel\":{\"qos\":1,\"retain\":false,\"dup\":false,\"message_id\":7},\
        \"pubcomp\":{\"qos\":0,\"retain\":false,\"dup\":false,\"message_id\":7}}\n";
    check(&steps, &[CONNECTED, published].concat());
}

#[test]
fn both_sides_publish_under_the_same_number() {
    let steps = [
        client(CONNECT),
        server(CONNACK),
        client(b"\x32\x06\0\x01c\0\x01C"),
        server(b"\x32\x06\0\x01s\0\x01S"),
        client(b"\x40\x02\0\x01"),
        server(b"\x40\x02\0\x01"),
    ];
    let of = |id: u32, topic: &str, message: &str| {
        format!(
            "mqtt {id} {{\"publish\":{{\"qos\":1,\"retain\":false,\"dup\":false,\"topic\":\"{topic}\",\"message_id\":1,\
             \"message\":\"{message}\"}},\"puback\":{{\"qos\":0,\"retain\":false,\"dup\":false,\"message_id\":1}}}}\n"
        )
    };
    check(&steps, &[CONNECTED, &of(2, "s", "S"), &of(1, "c", "C")].concat());
}

#[test]
fn properties_of_version_5() {
    let steps = [
        client(b"\x10\x1d\0\x04MQTT\x05\0\0\x3c\x0d\x21\0\x14\x26\0\x03key\0\x02on\0\x03dev"),
        server(b"\x20\x03\0\x87\0"),
    ];
    let transcript = Scene::tcp(&MqttProtocol, 1883).transcript(&steps);
    assert!(transcript.contains("\"properties\":{\"receive_maximum\":20,\"key\":\"on\"}"), "{transcript}");
    assert!(transcript.contains("\"return_code\":135"), "{transcript}");
}

#[test]
fn what_should_not_come() {
    check(
        &[client(b"\xc0\0"), server(b"\x40\x02\0\x09")],
        "anomaly unintroduced_message 0\n\
         mqtt 0 {\"pingreq\":{\"qos\":0,\"retain\":false,\"dup\":false}}\n\
         anomaly unintroduced_message 1\n\
         anomaly missing_publish 1\n\
         mqtt 1 {\"puback\":{\"qos\":0,\"retain\":false,\"dup\":false,\"message_id\":9}}\n",
    );
    check(
        &[client(CONNECT), server(CONNACK), client(b"\x82\x03\0\x01\0")],
        &format!("{CONNECTED}anomaly malformed_traffic 0\n"),
    );
    check(&[client(b"\x30\xff\xff\xff\xff\x01"), client(CONNECT)], "anomaly malformed_traffic -\n");
}

#[test]
fn a_message_too_long_to_be_held() {
    let long = [b"\x30\xc0\x84\x3d".as_slice(), &vec![b'x'; 1_000_000]].concat();
    let steps = [client(CONNECT), server(CONNACK), client(&long), client(b"\xe0\0")];
    let skipped = "mqtt 1 {\"truncated\":{\"qos\":0,\"retain\":false,\"dup\":false,\"skipped_length\":1000000}}\n\
        mqtt 2 {\"disconnect\":{\"qos\":0,\"retain\":false,\"dup\":false}}\n";
    assert_eq!(Scene::tcp(&MqttProtocol, 1883).transcript(&steps), [CONNECTED, skipped].concat());
}

#[test]
fn a_gap_within_a_packet() {
    let steps = [
        client(CONNECT),
        server(CONNACK),
        client(b"\x30\x0a\0\x03a"),
        Step::Gap(Side::Client, 7),
        client(b"\xe0\0"),
        Step::Gap(Side::Client, 1),
        client(CONNECT),
    ];
    let ended = "mqtt 1 {\"disconnect\":{\"qos\":0,\"retain\":false,\"dup\":false}}\n";
    check(&steps, &[CONNECTED, ended].concat());
}

#[test]
fn first_bytes() {
    let cases: [(&[u8], Side, Probe); 6] = [
        (CONNECT, Side::Client, Probe::Yes),
        (&CONNECT[..6], Side::Client, Probe::NeedMore),
        (CONNACK, Side::Server, Probe::Maybe),
        (b"\xc0\0", Side::Client, Probe::Maybe),
        (b"\xc0\x01", Side::Client, Probe::No),
        (b"GET / HTTP/1.1", Side::Client, Probe::No),
    ];
    for (head, sender, expected) in cases {
        assert_eq!(super::packet::probe(head, sender), expected, "{}", head.escape_ascii());
    }
}

#[test]
fn what_rules_see() {
    use crate::buffer::Field::*;
    let fields = [MqttType, MqttFlags, MqttProtocolVersion, MqttReasonCode, MqttConnectClientId, MqttSubscribeTopic];
    let scene = Scene::tcp(&MqttProtocol, 1883).fields(&fields);
    let subscribe = b"\x82\x0a\0\x01\0\x01a\0\0\x01b\0";
    let transcript =
        scene.transcript(&[client(CONNECT), server(CONNACK), client(subscribe), server(b"\x90\x04\0\x01\0\x80")]);
    let seen: Vec<_> = transcript.lines().filter(|line| line.starts_with("  ")).collect();
    let version = 4;
    assert_eq!(seen[0], "  mqtt.type of client 1 2");
    assert_eq!(seen[2], format!("  mqtt.protocol_version of client {version}"));
    let of_subscribe = [
        "  mqtt.type of client 8 9",
        "  mqtt.flags of client 2 0",
        &format!("  mqtt.protocol_version of client {version}"),
        "  mqtt.reason_code of client 0 128",
        r#"  mqtt.subscribe.topic of client "a" "b""#,
    ];
    assert_eq!(seen[seen.len() - 5..], of_subscribe);
}
