use super::RfbProtocol;
use crate::testing::{Scene, Step, client, server};
use model::packet::Side;

#[track_caller]
fn check(steps: &[Step<'_>], expected: &str) {
    let scene = Scene::tcp(&RfbProtocol, 5900);
    assert_eq!(expected, scene.transcript(steps));
    scene.assert_cuts_change_nothing(steps);
}

const VERSIONS: &str = "\"server_protocol_version\":{\"major\":\"003\",\"minor\":\"008\"},\
    \"client_protocol_version\":{\"major\":\"003\",\"minor\":\"008\"}";

#[test]
fn a_password_and_a_screen() {
    let init = b"\x03\x20\x02\x58\x20\x18\0\x01\0\xff\0\xff\0\xff\x10\x08\0\0\0\0\0\0\0\x04desk";
    let steps = [
        server("RFB 003.008\n"),
        client("RFB 003.008\n"),
        server(b"\x02\x01\x02"),
        client(b"\x02"),
        server("0123456789abcdef"),
        client("fedcba9876543210"),
        server(b"\0\0\0\0"),
        client(b"\x01"),
        server(init),
        server("pictures"),
        client("keys"),
    ];
    check(
        &steps,
        &format!(
            "rfb 0 {{{VERSIONS},\"authentication\":{{\"security_type\":2,\"vnc\":{{\"challenge\":\"30313233343536373839616263646566\",\
             \"response\":\"66656463626139383736353433323130\"}},\"security_result\":\"OK\"}},\"screen_shared\":true,\
             \"framebuffer\":{{\"width\":800,\"height\":600,\"name\":\"desk\",\"pixel_format\":{{\"bits_per_pixel\":32,\"depth\":24,\
             \"big_endian\":false,\"true_color\":true,\"red_max\":255,\"green_max\":255,\"blue_max\":255,\
             \"red_shift\":16,\"green_shift\":8,\"blue_shift\":0}}}}}}\n"
        ),
    );
}

#[test]
fn a_server_that_refuses() {
    let steps = [server("RFB 003.008\n"), client("RFB 003.008\n"), server(b"\0\0\0\0\x04full")];
    check(&steps, &format!("rfb 0 {{{VERSIONS},\"server_security_failure_reason\":\"full\"}}\n"));
}

#[test]
fn what_cannot_be_read() {
    let steps = [server("RFB 003.008\n"), client("no version"), client("!!")];
    let version = "\"server_protocol_version\":{\"major\":\"003\",\"minor\":\"008\"}";
    check(&steps, &format!("anomaly malformed_message 0\nrfb 0 {{{version}}}\n"));
    let steps = [server("RFB 003.008\n"), Step::Gap(Side::Client, 12), server(b"\x01\x01")];
    check(&steps, &format!("rfb 0 {{{version}}}\n"));
}
