use super::{Http2Protocol, frame};
use crate::testing::{Scene, Step, client, server};
use crate::tree::Extra;
use fluke_hpack::Encoder;
use model::packet::Side;

fn scene() -> Scene<'static> {
    Scene::tcp(&Http2Protocol, 443)
}

/// What comes out, however the bytes are cut.
fn check(scene: Scene<'_>, steps: &[Step<'_>], expected: &str) {
    let found = scene.transcript(steps);
    let expected: String = expected.trim().lines().map(|line| line.trim().to_owned() + "\n").collect();
    assert!(found == expected, "found:\n{found}\nexpected:\n{expected}");
    scene.assert_cuts_change_nothing(steps);
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let mut bytes = (payload.len() as u32).to_be_bytes()[1..].to_vec();
    bytes.extend([kind, flags]);
    bytes.extend(stream.to_be_bytes());
    bytes.extend(payload);
    bytes
}

/// A header block that uses no dynamic table.
fn block(fields: &[(&str, &str)]) -> Vec<u8> {
    Encoder::new().encode(fields.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())))
}

const GET: &[(&str, &str)] = &[(":method", "GET"), (":path", "/x?y"), (":authority", "a:8443"), ("user-agent", "u")];

fn get(stream: u32) -> Vec<u8> {
    frame(frame::HEADERS, frame::FLAG_END_HEADERS | frame::FLAG_END_STREAM, stream, &block(GET))
}

fn response(stream: u32, fields: &[(&str, &str)]) -> Vec<u8> {
    frame(frame::HEADERS, frame::FLAG_END_HEADERS, stream, &block(fields))
}

fn data(stream: u32, flags: u8, payload: &[u8]) -> Vec<u8> {
    frame(frame::DATA, flags, stream, payload)
}

const REQUEST_HEADERS: &str = r#""request_headers":[{"name":":method","value":"GET"},{"name":":path","value":"/x?y"},{"name":":authority","value":"a:8443"},{"name":"user-agent","value":"u"}]"#;
const TOLD: &str = r#""http_method":"GET","url":"/x?y","hostname":"a","http_user_agent":"u""#;

/// A whole exchange of stream 1 with a body of `hello`.
fn hello(id: u32) -> String {
    format!(
        r#"http {id} {{"version":"2",{REQUEST_HEADERS},"response_headers":[{{"name":":status","value":"200"}},{{"name":"content-length","value":"5"}}],{TOLD},"length":5,"status":200,"http2":{{"stream_id":1}}}}"#
    )
}

#[test]
fn an_exchange_with_prior_knowledge() {
    let settings = [0, 3, 0, 0, 0, 100, 0, 4, 0, 0, 0xff, 0xff, 0x1a, 0x1a, 0, 0, 0, 0];
    let from_client = [
        frame::PREFACE.to_vec(),
        frame(frame::SETTINGS, 0, 0, &settings),
        frame(frame::WINDOW_UPDATE, 0, 0, &[0, 0, 0, 1]),
        get(1),
    ];
    let from_server = [
        frame(frame::SETTINGS, frame::FLAG_ACK, 0, b""),
        response(1, &[(":status", "200"), ("content-length", "5")]),
        data(1, frame::FLAG_PADDED, b"\x02he\0\0"),
        data(1, frame::FLAG_END_STREAM, b"llo"),
        frame(frame::GOAWAY, 0, 0, &[0; 8]),
    ];
    let told = format!(
        r#"http 0 {{"version":"2","http2":{{"stream_id":0,"request":{{"settings":[{{"settings_id":"SETTINGSMAXCONCURRENTSTREAMS","settings_value":100}},{{"settings_id":"SETTINGSINITIALWINDOWSIZE","settings_value":65535}}]}}}}}}
        file 0 server "/x" announced 5 "hello" complete
        {}
        http 4 {{"version":"2","http2":{{"stream_id":0,"response":{{"error_code":"NOERROR"}}}}}}"#,
        hello(2)
    );
    let steps = [sends(Side::Client, from_client.concat()), sends(Side::Server, from_server.concat())];
    check(scene(), &steps, &told);
    check(Scene::found(9), &steps, &told);
}

fn sends(sender: Side, bytes: Vec<u8>) -> Step<'static> {
    Step::Send(sender, bytes.into())
}

#[test]
fn after_an_upgrade() {
    let request =
        "GET /x?y HTTP/1.1\r\nHost: a:8443\r\nuser-agent: u\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n";
    let accepted = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n".to_vec();
    let from_server = [
        accepted,
        frame(frame::SETTINGS, 0, 0, b""),
        response(1, &[(":status", "200"), ("content-length", "5")]),
        data(1, frame::FLAG_END_STREAM, b"hello"),
    ];
    let transcript =
        Scene::found(80).transcript(&[client(request), server(&from_server.concat()), client(frame::PREFACE)]);
    let lines: Vec<_> = transcript.lines().collect();
    assert!(
        lines[0].starts_with(r#"http 0 {"hostname":"a","http_port":8443,"url":"/x?y""#)
            || lines[0].starts_with("anomaly request_server_port"),
        "{transcript}"
    );
    assert!(transcript.contains(r#"http 0 {"version":"2","http2":{"stream_id":0,"request":{"settings":[{"settings_id":"SETTINGSMAXCONCURRENTSTREAMS","settings_value":100}]}}}"#), "{transcript}");
    assert!(transcript.contains(r#"http 1 {"version":"2","request_headers":[{"name":":method","value":"GET"},{"name":":path","value":"/x?y"},{"name":":authority","value":"a:8443"}"#), "{transcript}");
    assert!(transcript.contains(r#""status":200,"http2":{"stream_id":1"#), "{transcript}");
    Scene::found(80).assert_cuts_change_nothing(&[
        client(request),
        server(&from_server.concat()),
        client(frame::PREFACE),
    ]);
}

#[test]
fn continuations_priorities_and_resets() {
    let fields = block(GET);
    let (first, second) = fields.split_at(3);
    let padded = [&[1, 0, 0, 0, 0, 99][..], first, b"\0"].concat();
    let from_client = [
        frame::PREFACE.to_vec(),
        frame(frame::HEADERS, frame::FLAG_PADDED | frame::FLAG_PRIORITY, 1, &padded),
        frame(frame::CONTINUATION, 0, 1, &second[..2]),
        frame(frame::CONTINUATION, frame::FLAG_END_HEADERS, 1, &second[2..]),
        frame(frame::PRIORITY, 0, 1, &[0, 0, 0, 0, 7]),
        frame(frame::RST_STREAM, 0, 1, &[0, 0, 0, 8]),
        frame(frame::RST_STREAM, 0, 1, &[0, 0, 0, 8]),
    ];
    check(
        scene(),
        &[client(&from_client.concat())],
        &format!(
            r#"http 0 {{"version":"2",{REQUEST_HEADERS},{TOLD},"http2":{{"stream_id":1,"request":{{"error_code":"Cancel","priority":99,"has_multiple":"priority"}}}}}}"#
        ),
    );
}

#[test]
fn pushed_streams() {
    let promise = [&[0, 0, 0, 2][..], &block(GET)].concat();
    let from_server = [
        frame(frame::PUSH_PROMISE, frame::FLAG_END_HEADERS, 1, &promise),
        response(2, &[(":status", "200"), ("content-length", "5")]),
        data(2, frame::FLAG_END_STREAM, b"hello"),
    ];
    let told = hello(0).replace(r#""stream_id":1"#, r#""stream_id":2"#);
    let told = format!("file 0 server \"/x\" announced 5 \"hello\" complete\n{told}");
    check(scene(), &[server(&from_server.concat())], &told);
}

#[test]
fn trailers_and_what_grpc_says() {
    let fields = [(":method", "POST"), (":path", "/pkg.Service/Call"), ("content-type", "application/grpc")];
    let from_client =
        [frame::PREFACE.to_vec(), response(1, &fields), data(1, frame::FLAG_END_STREAM, b"\0\0\0\0\x01x")];
    let from_server = [
        response(1, &[(":status", "200"), ("content-type", "application/grpc+proto; x=y")]),
        frame(frame::HEADERS, frame::FLAG_END_HEADERS | frame::FLAG_END_STREAM, 1, &block(&[("grpc-status", "0")])),
    ];
    check(
        scene().with(&[Extra::Own]),
        &[client(&from_client.concat()), server(&from_server.concat())],
        r#"file 0 client "/pkg.Service/Call" "\x00\x00\x00\x00\x01x" complete
        http 0 {"version":"2","request_headers":[{"name":":method","value":"POST"},{"name":":path","value":"/pkg.Service/Call"},{"name":"content-type","value":"application/grpc"}],"response_headers":[{"name":":status","value":"200"},{"name":"content-type","value":"application/grpc+proto; x=y"},{"name":"grpc-status","value":"0"}],"http_method":"POST","url":"/pkg.Service/Call","status":200,"http_content_type":"application/grpc+proto","request_content_type":"application/grpc","request_body_bytes":6,"response_body_bytes":0,"timing":{"request_transfer_ns":0,"server_response_ns":1000000,"time_to_first_byte_ns":1000000,"response_transfer_ns":0,"transaction_ns":1000000},"http2":{"stream_id":1}}"#,
    );
}

fn check_anomalies(frames: &[Vec<u8>], expected: &[&str]) {
    let bytes = [&[frame::PREFACE.to_vec()], frames].concat().concat();
    scene().assert_cuts_change_nothing(&[client(&bytes)]);
    let transcript = scene().transcript(&[client(&bytes)]);
    let found: Vec<_> = transcript.lines().filter_map(|line| line.strip_prefix("anomaly ")).collect();
    assert_eq!(found, expected, "{transcript}");
}

#[test]
fn anomalies() {
    let end = frame::FLAG_END_HEADERS;
    check_anomalies(&[frame(frame::PING, 0, 0, b"short")], &["invalid_frame_length -"]);
    check_anomalies(&[frame(frame::PING, 0, 1 << 31, &[0; 8])], &["invalid_frame_header -"]);
    check_anomalies(&[frame(frame::HEADERS, frame::FLAG_PADDED, 1, b"\x09")], &["invalid_frame_data -"]);
    check_anomalies(&[data(1, frame::FLAG_PADDED, b"\x09ab"), get(1)], &["invalid_frame_data -"]);
    check_anomalies(&[frame(frame::CONTINUATION, end, 1, b"\x82")], &["invalid_frame_data -"]);
    check_anomalies(&[frame(frame::HEADERS, end, 1, b"\xfe")], &["invalid_header 0"]);
    check_anomalies(&[frame(frame::HEADERS, end, 1, b"\xff\xff\xff\xff\xff\xff")], &["header_integer_overflow 0"]);
    check_anomalies(&[frame(frame::HEADERS, end, 1, b"\x82\x40")], &["extra_header_data 0"]);
    check_anomalies(&[frame(0x77, 0, 1, &[0; 70_000]), get(1)], &["long_frame_data -"]);
    let userinfo = block(&[(":authority", "me@a")]);
    check_anomalies(&[frame(frame::HEADERS, end, 1, &userinfo)], &["userinfo_in_uri 0"]);
    check_anomalies(&[get(3), frame(frame::RST_STREAM, 0, 3, &[0; 4]), get(3)], &["stream_id_reuse -"]);
    let magic = scene().transcript(&[client("GET / HTTP/1.1\r\n")]);
    assert_eq!(magic.lines().next(), Some("anomaly invalid_client_magic -"));
}

#[test]
fn streams_are_bounded() {
    let frames: Vec<_> = (0..1_100).map(|number| get(number * 2 + 1)).collect();
    let bytes = [&[frame::PREFACE.to_vec()], &frames[..]].concat().concat();
    let transcript = scene().transcript(&[client(&bytes)]);
    assert_eq!(transcript.lines().filter(|line| line.starts_with("http ")).count(), 1_100);
    assert_eq!(transcript.lines().filter(|line| *line == "anomaly too_many_streams -").count(), 76);
}

#[test]
fn gaps() {
    let head = response(1, &[(":status", "200"), ("content-length", "5")]);
    let body = data(1, frame::FLAG_END_STREAM, b"hello");
    let requests = sends(Side::Client, [frame::PREFACE, &get(1)].concat());
    let first = [&head[..], &body[..11]].concat();
    let told = format!("file 0 server \"/x\" announced 5 \"heo\" gaps 2 complete\n{}", hello(0));
    check(scene(), &[requests.clone(), server(&first), Step::Gap(Side::Server, 2), server("o")], &told);
    let lost = format!("file 0 server \"/x\" announced 5 \"he\" incomplete\n{}", hello(0));
    check(scene(), &[requests, server(&first), Step::Gap(Side::Server, 9), server("rubbish")], &lost);
}

#[test]
fn table_sizes_are_told() {
    let fields = [&[0x20][..], &block(&[(":method", "GET")])].concat();
    let bytes = [frame::PREFACE.to_vec(), frame(frame::HEADERS, 5, 1, &fields)].concat();
    check(
        scene(),
        &[client(&bytes)],
        r#"http 0 {"version":"2","request_headers":[{"table_size_update":0},{"name":":method","value":"GET"}],"http_method":"GET","http2":{"stream_id":1}}"#,
    );
}

/// The messages of DNS that streams carry: asked in the path, or in a body.
#[test]
fn dns_is_told_as_such() {
    let question = b"\0\0\x01\0\0\x01\0\0\0\0\0\0\x01a\0\0\x01\0\x01";
    let answer = b"\0\0\x81\x80\0\x01\0\x01\0\0\0\0\x01a\0\0\x01\0\x01\xc0\x0c\0\x01\0\x01\0\0\0\x05\0\x04\x7f\0\0\x01";
    let dns = ("accept", "application/dns-message");
    let path = (":path", "/q?dns=AAABAAABAAAAAAAAAWEAAAEAAQ");
    let asks = frame(frame::HEADERS, frame::FLAG_END_HEADERS | frame::FLAG_END_STREAM, 1, &block(&[path, dns]));
    let posts = frame(frame::HEADERS, frame::FLAG_END_HEADERS, 3, &block(&[(":path", "/q"), dns]));
    let from_client = [frame::PREFACE, &asks, &posts, &data(3, frame::FLAG_END_STREAM, question)].concat();
    let from_server = [response(1, &[(":status", "200")]), data(1, frame::FLAG_END_STREAM, answer)].concat();
    let refusal =
        frame(frame::HEADERS, frame::FLAG_END_HEADERS | frame::FLAG_END_STREAM, 3, &block(&[(":status", "400")]));
    let transcript = scene().transcript(&[client(&from_client), server(&from_server), server(&refusal)]);
    let told: Vec<_> = transcript.lines().filter(|line| line.starts_with("dns ")).collect();
    assert_eq!(told.len(), 2, "{transcript}");
    assert!(told[0].contains(r#""type":"response""#) && told[0].contains(r#""rdata":"127.0.0.1""#), "{transcript}");
    assert!(told[1].contains(r#""type":"request""#) && told[1].contains(r#""rrname":"a""#), "{transcript}");
}

#[test]
fn what_rules_see_of_frames() {
    use crate::buffer::Field::*;
    let settings = frame(frame::SETTINGS, 0, 0, &[0, 1, 0, 0, 16, 0]);
    let window = frame(frame::WINDOW_UPDATE, 0, 0, &[0, 0, 1, 0]);
    let bytes = [frame::PREFACE, &settings, &window, &data(1, 1, b"ab")].concat();
    let scene = scene().fields(&[Http2FrameType, Http2Settings, Http2Window]).frames();
    let transcript = scene.transcript(&[client(&bytes)]);
    let seen: Vec<_> =
        transcript.lines().filter(|line| line.starts_with(' ') || line.starts_with("unlogged")).collect();
    let expected = [
        "  http2.frametype of client 4",
        &format!("  http2.settings of client {}", 1_u64 << 32 | 4096),
        "unlogged 1",
        "  http2.frametype of client 8",
        "  http2.window of client 256",
    ];
    assert_eq!(seen, expected);
    let frames: Vec<_> = transcript.lines().filter(|line| line.starts_with("frame")).skip(6).collect();
    let expected = [
        r#"frame hdr of client "\x00\x00\x02\x00\x01\x00\x00\x00\x01""#,
        r#"frame data of client "ab""#,
        r#"frame pdu of client "\x00\x00\x02\x00\x01\x00\x00\x00\x01ab""#,
    ];
    assert_eq!(frames, expected);
}

#[test]
fn data_behind_the_end_of_a_half_leaves_no_file_open() {
    // A whole request, then a DATA frame of its stream that is not all there.
    let request = b"\x00\x00\x03\x01\x05\x00\x00\x00\x01\x82\x84\x86";
    let data = b"\x00\x00\x10\x00\x00\x00\x00\x00\x01abcd";
    let sent = [&request[..], data].concat();
    scene().transcript(&[client(&sent)]);
}
