use super::DcerpcProtocol;
use crate::protocol::Probe;
use crate::testing::{Scene, Step, client, server};
use model::packet::Side;

const BIND: &[u8] = b"\x05\0\x0b\x03\x10\0\0\0\x48\0\0\0\x01\0\0\0\xb8\x10\xb8\x10\0\0\0\0\x01\0\0\0\x01\0\x01\0\
    \x08\x83\xaf\xe1\x1f\x5d\xc9\x11\x91\xa4\x08\0\x2b\x14\xa0\xfa\x03\0\0\0\
    \x04\x5d\x88\x8a\xeb\x1c\xc9\x11\x9f\xe8\x08\0\x2b\x10\x48\x60\x02\0\0\0";
const BIND_ACK: &[u8] = b"\x05\0\x0c\x03\x10\0\0\0\x3c\0\0\0\x01\0\0\0\xb8\x10\xb8\x10\x01\0\0\0\x04\x00135\0\0\0\
    \x01\0\0\0\0\0\0\0\x04\x5d\x88\x8a\xeb\x1c\xc9\x11\x9f\xe8\x08\0\x2b\x10\x48\x60\x02\0\0\0";
const FIRST: &[u8] = b"\x05\0\0\x01\x10\0\0\0\x1a\0\0\0\x02\0\0\0\x02\0\0\0\x01\0\x03\0hi";
const LAST: &[u8] = b"\x05\0\0\x02\x10\0\0\0\x1b\0\0\0\x02\0\0\0\x02\0\0\0\x01\0\x03\0you";
const RESPONSE: &[u8] = b"\x05\0\x02\x03\x10\0\0\0\x1c\0\0\0\x02\0\0\0\x02\0\0\0\x01\0\0\0okay";

#[track_caller]
fn check(steps: &[Step<'_>], expected: &str) {
    let scene = Scene::tcp(&DcerpcProtocol, 135);
    assert_eq!(expected, scene.transcript(steps));
    scene.assert_cuts_change_nothing(steps);
}

const BOUND: &str = "dcerpc 0 {\"request\":\"BIND\",\"interfaces\":[{\"uuid\":\"e1af8308-5d1f-11c9-91a4-08002b14a0fa\",\
    \"version\":\"3.0\",\"ack_result\":0}],\"response\":\"BINDACK\",\"call_id\":1,\"rpc_version\":\"5.0\"}\n";

#[test]
fn a_call_in_two_fragments() {
    let called = "dcerpc 1 {\"request\":\"REQUEST\",\"req\":{\"opnum\":3,\"frag_cnt\":2,\"stub_data_size\":5},\
        \"interfaces\":[{\"uuid\":\"e1af8308-5d1f-11c9-91a4-08002b14a0fa\",\"version\":\"3.0\",\"ack_result\":0}],\
        \"response\":\"RESPONSE\",\"res\":{\"frag_cnt\":1,\"stub_data_size\":4},\"call_id\":2,\"rpc_version\":\"5.0\"}\n";
    let steps = [client(BIND), server(BIND_ACK), client(FIRST), client(LAST), server(RESPONSE)];
    check(&steps, &[BOUND, called].concat());
}

#[test]
fn questions_and_answers_alone() {
    check(
        &[client(LAST), client(FIRST)],
        "dcerpc 0 {\"request\":\"REQUEST\",\"req\":{\"opnum\":3,\"frag_cnt\":1,\"stub_data_size\":2},\
         \"response\":\"UNREPLIED\",\"call_id\":2,\"rpc_version\":\"5.0\"}\n",
    );
    check(
        &[server(RESPONSE)],
        "dcerpc 0 {\"request\":\"REQUEST_LOST\",\"response\":\"RESPONSE\",\
         \"res\":{\"frag_cnt\":1,\"stub_data_size\":4},\"call_id\":2,\"rpc_version\":\"5.0\"}\n",
    );
}

#[test]
fn what_is_no_message_is_passed_over() {
    check(
        &[client("no message, but long enough"), client(BIND), server(BIND_ACK)],
        &format!("anomaly malformed_data -\n{BOUND}"),
    );
    let (begin, rest) = BIND.split_at(40);
    let gap = [client(begin), Step::Gap(Side::Client, rest.len() as u64), client(BIND), server(BIND_ACK)];
    check(&gap, BOUND);
}

fn datagram(kind: u8, flags: u8, stub: &[u8]) -> Vec<u8> {
    let mut bytes = vec![4, kind, flags, 0, 0x10, 0, 0, 0];
    bytes.extend([0; 32]);
    bytes.extend(1..=16);
    bytes.extend([0; 8]);
    bytes.extend([5, 0, 0, 0, 7, 0, 0, 0, 0, 0]);
    bytes.extend((stub.len() as u16).to_le_bytes());
    bytes.extend([0; 4]);
    bytes.extend(stub);
    bytes
}

#[test]
fn over_udp() {
    let [first, last, answer] = [datagram(0, 4, b"abc"), datagram(0, 6, b"de"), datagram(2, 0, b"f")];
    let transcript = Scene::udp(&DcerpcProtocol, 1_025).transcript(&[client(&first), client(&last), server(&answer)]);
    assert_eq!(
        transcript,
        "dcerpc 0 {\"request\":\"REQUEST\",\"req\":{\"opnum\":7,\"frag_cnt\":2,\"stub_data_size\":5},\
         \"response\":\"RESPONSE\",\"res\":{\"frag_cnt\":1,\"stub_data_size\":1},\
         \"activityuuid\":\"04030201-0605-0807-090a-0b0c0d0e0f10\",\"seqnum\":5,\"rpc_version\":\"4.0\"}\n"
    );
}

#[test]
fn first_bytes() {
    let cases: [(&[u8], Side, Probe); 5] = [
        (BIND, Side::Client, Probe::Yes),
        (&BIND[..10], Side::Client, Probe::NeedMore),
        (BIND, Side::Server, Probe::No),
        // SOCKS 5: the method, and the answer to a request.
        (b"\x05\0\x05\0\0\x01", Side::Server, Probe::No),
        (b"\x05\x02\0\x01", Side::Client, Probe::No),
    ];
    for (head, sender, expected) in cases {
        assert_eq!(super::probe_stream(head, sender), expected, "{}", head.escape_ascii());
    }
}
