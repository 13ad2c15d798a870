use super::*;
use crate::testing::{Scene, Step, client, server};

fn check(scene: Scene<'_>, steps: &[Step<'_>], expected: &str) {
    let found = scene.transcript(steps);
    let expected: String = expected.trim().lines().map(|line| line.trim().to_owned() + "\n").collect();
    assert!(found == expected, "found:\n{found}\nexpected:\n{expected}");
    scene.assert_cuts_change_nothing(steps);
}

const GET: &str = "GET / HTTP/1.0\r\n\r\n";
const NOTHING: &str = "HTTP/1.0 204 No\r\n\r\n";
const TOLD: &str = r#"http 0 {"url":"/","http_method":"GET","protocol":"HTTP/1.0","status":204,"length":0}"#;

#[test]
fn content_decides_on_any_port() {
    check(Scene::found(80), &[client(GET), server(NOTHING)], TOLD);
    check(Scene::found(12_345), &[client(GET), server(NOTHING)], TOLD);
    check(Scene::found(80), &[client("\0\0\0\0\0\0\0\0"), server("rubbish")], "");
}

#[test]
fn sides_that_disagree() {
    let one_direction = format!(
        "anomaly applayer_detect_protocol_only_one_direction -
        anomaly response_invalid_protocol 0
        file 0 server \"/\" \"\\x00\\x01\\x02\\x03 no answer\" complete
        {}",
        TOLD.replace(r#""status":204,"length":0"#, r#""length":14"#)
    );
    check(Scene::found(80), &[client(GET), server("\0\x01\x02\x03 no answer")], &one_direction);
    check(
        Scene::found(80),
        &[server(NOTHING)],
        "anomaly applayer_wrong_direction_first_data -
        anomaly unable_to_match_response_to_request 0
        http 0 {\"url\":\"/libhtp::request_uri_not_seen\",\"status\":204,\"length\":0}",
    );
}

#[test]
fn midstream_flows_may_be_the_wrong_way_round() {
    check(Scene::found(50_000).midstream(), &[server(GET), client(NOTHING)], TOLD);
    check(
        Scene::found(80).midstream(),
        &[server(NOTHING)],
        "anomaly unable_to_match_response_to_request 0
        http 0 {\"url\":\"/libhtp::request_uri_not_seen\",\"status\":204,\"length\":0}",
    );
}

#[test]
fn what_is_in_a_tunnel_is_found_again() {
    let connect = "CONNECT b:80 HTTP/1.0\r\n\r\n";
    let told = format!(
        "http 0 {{\"hostname\":\"b\",\"http_port\":80,\"url\":\"b:80\",\"http_method\":\"CONNECT\",\"protocol\":\"HTTP/1.0\",\"status\":200,\"length\":0}}
        upgrade - \"\"
        {TOLD}"
    );
    let accepted = "HTTP/1.0 200 Connection established\r\n\r\n";
    check(Scene::found(8080), &[client(connect), server(accepted), client(GET), server(NOTHING)], &told);
    check(Scene::found(8080), &[client(connect), client(GET), server(accepted), server(NOTHING)], &told);
}

#[test]
fn tunnels_in_tunnels_end() {
    let connect = client("CONNECT b:80 HTTP/1.0\r\n\r\n");
    let accepted = server("HTTP/1.0 200 Connection established\r\n\r\n");
    let steps: Vec<_> = [connect, accepted].into_iter().cycle().take(40).collect();
    let transcript = Scene::found(80).transcript(&steps);
    assert_eq!(transcript.lines().filter(|line| line.starts_with("upgrade")).count(), 9);
    assert_eq!(transcript.lines().last(), Some("anomaly too_many_protocol_changes -"));
}

#[test]
fn heads_are_bounded() {
    let circumstances = Circumstances { transport: Transport::Tcp, ports: Ports::default(), is_midstream: false };
    let mut detection = Detection::new(circumstances);
    for _ in 0..100 {
        detection.push(Side::Client, &[b'A'; 1_000], &mut |_| {});
        detection.push(Side::Server, b"", &mut |_| {});
    }
    assert!(detection.has_failed(Side::Client) && !detection.is_settled());
    let (head, dropped) = detection.take_head(Side::Client);
    assert_eq!((head.len(), dropped), (HEAD_BYTES_MAX, 100_000 - HEAD_BYTES_MAX as u64));
}
