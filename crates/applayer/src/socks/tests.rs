use super::*;
use crate::testing::{Scene, Step, client, server};

fn check(steps: &[Step<'_>], expected: &str) {
    let scene = Scene::tcp(&SocksProtocol, 1080);
    let expected: String = expected.trim().lines().map(|line| line.trim().to_owned() + "\n").collect();
    assert_eq!(scene.transcript(steps), expected);
    scene.assert_cuts_change_nothing(steps);
}

#[test]
fn version_5_with_password() {
    check(
        &[
            client(b"\x05\x02\x00\x02"),
            client(b"\x01\x02me\x06secret"),
            server(b"\x05\x02\x01\x00"),
            client(b"\x05\x01\x00\x03\x09a.example\x01\xbb"),
            client("GET /"),
            server(b"\x05\x00\x00\x01\x0a\x00\x00\x01\x04\x38HTTP"),
        ],
        r#"socks 0 {"version":5,"command":"connect","user":"me","host":"a.example","port":443,"status":"succeeded","bound_host":"10.0.0.1","bound_port":1080}
        upgrade - """#,
    );
}

#[test]
fn version_4_and_4a() {
    check(
        &[client(b"\x04\x01\x00\x50\x0a\x00\x00\x02me\0"), server(b"\0\x5a\0\0\0\0\0\0")],
        r#"socks 0 {"version":4,"command":"connect","user":"me","host":"10.0.0.2","port":80,"status":"succeeded","bound_host":"0.0.0.0","bound_port":0}
        upgrade - """#,
    );
    check(
        &[client(b"\x04\x01\x00\x50\0\0\0\x01\0a.example\0"), server(b"\0\x5b\0\0\0\0\0\0")],
        r#"socks 0 {"version":4,"command":"connect","host":"a.example","port":80,"status":"rejected or failed","bound_host":"0.0.0.0","bound_port":0}"#,
    );
}

#[test]
fn refused_and_damaged() {
    check(&[client(b"\x05\x01\x00"), server(b"\x05\xff")], r#"socks 0 {"version":5}"#);
    check(
        &[client(b"\x05\x01\x02"), server(b"\x05\x02"), client(b"\x01\x01a\x01b"), server(b"\x01\x01")],
        r#"socks 0 {"version":5,"user":"a","status":"authentication failed"}"#,
    );
    check(&[client(b"\x05\x01\x00"), server(b"rubbish")], "anomaly malformed_data 0\nsocks 0 {\"version\":5}");
    check(&[client("rubbish")], "anomaly malformed_data 0");
}

#[test]
fn what_is_in_the_tunnel_is_found() {
    let steps = [
        client(b"\x05\x01\x00"),
        server(b"\x05\x00"),
        client(b"\x05\x01\x00\x01\x0a\x00\x00\x01\x00\x50"),
        server(b"\x05\x00\x00\x01\x0a\x00\x00\x01\x04\x38"),
        client("GET / HTTP/1.0\r\n\r\n"),
        server("HTTP/1.0 204 No\r\n\r\n"),
    ];
    let transcript = Scene::found(9_999).transcript(&steps);
    let lines: Vec<_> = transcript.lines().map(|line| line.split(' ').next().unwrap_or_default()).collect();
    assert_eq!(lines, ["socks", "upgrade", "http"], "{transcript}");
    Scene::found(9_999).assert_cuts_change_nothing(&steps);
}

#[test]
fn first_bytes() {
    let check = |sender: Side, head: &[u8], expected: Probe| {
        assert_eq!(SocksProtocol.probe(head, sender, Transport::Tcp), expected, "{head:?}");
    };
    check(Side::Client, b"\x05\x01\x00", Probe::Yes);
    check(Side::Client, b"\x05\x02\x00", Probe::NeedMore);
    check(Side::Client, b"\x05\x00\x0b", Probe::No);
    check(Side::Client, b"\x05\x01\x20", Probe::No);
    check(Side::Client, b"\x04\x01\x00\x50\x0a\x00\x00\x02me\0", Probe::Yes);
    check(Side::Client, b"\x04\x01\x00\x50\x0a\x00\x00\x02\x01\0", Probe::No);
    check(Side::Client, b"GET", Probe::No);
    check(Side::Server, b"\x05\x00", Probe::Maybe);
    check(Side::Server, b"HTTP", Probe::No);
}
