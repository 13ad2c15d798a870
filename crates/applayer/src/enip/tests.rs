use super::EnipProtocol;
use crate::testing::{Scene, Step, client, server};

/// A message: its command, its status, and its data.
fn message(command: u16, status: u32, data: &[u8]) -> Vec<u8> {
    let length = (data.len() as u16).to_le_bytes();
    let (session, context, options) = ([7, 0, 0, 0], [9; 8], [0; 4]);
    [&command.to_le_bytes()[..], &length, &session, &status.to_le_bytes(), &context, &options, data].concat()
}

/// Data with one item that carries a service of an object.
fn unconnected(service: &[u8]) -> Vec<u8> {
    let length = (service.len() as u16).to_le_bytes();
    [&[0; 6][..], &[2, 0, 0, 0, 0, 0, 0xb2, 0], &length, service].concat()
}

#[track_caller]
fn check(steps: &[Step<'_>], expected: &str) {
    let scene = Scene::tcp(&EnipProtocol, 44_818);
    assert_eq!(scene.transcript(steps), expected);
    scene.assert_cuts_change_nothing(steps);
}

#[test]
fn a_device_says_what_it_is() {
    let identity = b"\x01\0\x0c\0\x25\0\x01\0\0\x02\xaf\x12\x0a\0\0\x01\0\0\0\0\0\0\0\0\
                     \x01\0\x0e\0\x36\0\x14\x0b\x60\x31\x1a\x06\x6c\0\x03PLC\xff";
    check(
        &[client(&message(0x63, 0, b"")), server(&message(0x63, 0, identity))],
        "enip 0 {\"request\":{\"command\":\"list_identity\"},\
         \"response\":{\"command\":\"list_identity\",\"status\":\"success\",\
         \"identity\":{\"protocol_version\":1,\"revision\":\"20.11\",\"vendor_id\":\"Rockwell Automation/Allen-Bradley\",\
         \"device_type\":\"Programmable Logic Controller\",\"product_code\":54,\"status\":12640,\"serial\":7079450,\
         \"product_name\":\"PLC\",\"state\":255}}}\n",
    );
}

#[test]
fn sessions_and_services() {
    let services = b"\x01\0\0\x01\x13\0\x01\0\x20\x01Communications\0";
    check(
        &[
            client(&message(0x65, 0, b"\x01\0\0\0")),
            server(&message(0x65, 0x69, b"\x01\0\0\0")),
            client(&message(0x04, 0, b"")),
            server(&message(0x04, 0, services)),
            client(&message(0x66, 0, b"")),
        ],
        "enip 0 {\"request\":{\"command\":\"register_session\",\"register_session\":{\"protocol_version\":1,\"options\":0}},\
         \"response\":{\"command\":\"register_session\",\"status\":\"unsupported_prot_rev\",\
         \"register_session\":{\"protocol_version\":1,\"options\":0}}}\n\
         enip 1 {\"request\":{\"command\":\"list_services\"},\
         \"response\":{\"command\":\"list_services\",\"status\":\"success\",\
         \"list_services\":{\"protocol_version\":1,\"capabilities\":288,\"service_name\":\"Communications\"}}}\n\
         enip 2 {\"request\":{\"command\":\"unregister_session\"}}\n",
    );
}

#[test]
fn services_within_services() {
    // Class 2, instance 1; within it: get attribute 1 of class 1, instance 1.
    let ask = unconnected(b"\x0a\x02\x20\x02\x24\x01\x01\0\x04\0\x0e\x03\x20\x01\x24\x01\x30\x01");
    let answer = unconnected(b"\x8a\0\x1e\0\x01\0\x04\0\x8e\0\x05\x01\x02\x03");
    check(
        &[client(&message(0x6f, 0, &ask)), server(&message(0x6f, 0, &answer))],
        "enip 0 {\"request\":{\"command\":\"send_rr_data\",\"cip\":{\"service\":\"Multiple Service Packet\",\
         \"path\":[{\"segment_type\":\"class\",\"value\":2},{\"segment_type\":\"instance\",\"value\":1}],\
         \"class_name\":\"Message Router\",\"multiple\":[{\"service\":\"Get Attribute Single\",\
         \"path\":[{\"segment_type\":\"class\",\"value\":1},{\"segment_type\":\"instance\",\"value\":1},\
         {\"segment_type\":\"attribute\",\"value\":1}],\"class_name\":\"Identity\"}]}},\
         \"response\":{\"command\":\"send_rr_data\",\"status\":\"success\",\"cip\":{\"service\":\"Multiple Service Packet\",\
         \"status\":\"Embedded service error\",\"multiple\":[{\"service\":\"Get Attribute Single\",\
         \"status\":\"Path destination unknown\",\"status_extended\":\"770\"}]}}}\n",
    );
}

#[test]
fn what_cannot_be_read_is_said() {
    check(
        &[client(&message(0x6f, 0, b"\0\0")), server(&message(0x70, 0, b"\0\0"))],
        "anomaly invalid_pdu 0\nanomaly invalid_pdu 1\n\
         enip 1 {\"response\":{\"command\":\"send_unit_data\",\"status\":\"success\"}}\n\
         enip 0 {\"request\":{\"command\":\"send_rr_data\"}}\n",
    );
}

#[test]
fn what_rules_see() {
    use crate::buffer::Field::{CipService, CipServiceAttribute, EnipCipClass, EnipCommand};
    let ask = unconnected(b"\x0a\x02\x20\x02\x24\x01\x01\0\x04\0\x0e\x03\x20\xf6\x24\x01\x30\x06");
    let scene = Scene::udp(&EnipProtocol, 44_818).fields(&[EnipCommand, EnipCipClass, CipService, CipServiceAttribute]);
    let transcript = scene.transcript(&[client(&message(0x6f, 0, &ask))]);
    let seen: Vec<_> = transcript.lines().filter(|line| line.starts_with("  ")).collect();
    let expected = [
        "  enip.command of client 111".to_owned(),
        "  enip.cip_class of client 2 246".to_owned(),
        "  cip_service of client 10 14".to_owned(),
        format!("  cip_service.attribute of client {}", 14_u64 << 48 | 246 << 32 | 6),
    ];
    assert_eq!(seen, expected, "{transcript}");
}
