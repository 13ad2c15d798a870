use super::Http1Protocol;
use crate::testing::{Scene, Step, client, server};
use crate::tree::Extra;
use model::packet::Side;

mod bodies;
mod odd;
mod probing;

fn scene() -> Scene<'static> {
    Scene::tcp(&Http1Protocol, 80)
}

/// What comes out, however the bytes are cut.
fn check(steps: &[Step<'_>], expected: &str) {
    check_with(&[], steps, expected);
}

fn check_with(extras: &[Extra], steps: &[Step<'_>], expected: &str) {
    let found = scene().with(extras).transcript(steps);
    let expected: String = expected.trim().lines().map(|line| line.trim().to_owned() + "\n").collect();
    assert!(found == expected, "found:\n{found}\nexpected:\n{expected}");
    scene().assert_cuts_change_nothing(steps);
}

const GET: &str = "GET /a.html?x=1 HTTP/1.1\r\nHost: www.Example.com\r\nUser-Agent: curl/8\r\n\r\n";
const OK: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=x\r\nContent-Length: 5\r\n\r\nhello";
const TOLD: &str = r#""hostname":"www.example.com","url":"/a.html?x=1","http_user_agent":"curl/8","http_content_type":"text/html","http_method":"GET","protocol":"HTTP/1.1","status":200,"length":5"#;

#[test]
fn one_exchange() {
    let told = format!("file 0 server \"/a.html\" announced 5 \"hello\" complete\nhttp 0 {{{TOLD}}}");
    check(&[client(GET), server(OK)], &told);
}

#[test]
fn keep_alive_and_pipelining() {
    let both = format!("{GET}{GET}");
    let answers = format!("{OK}{OK}");
    let told = format!(
        "file 0 server \"/a.html\" announced 5 \"hello\" complete
        http 0 {{{TOLD}}}
        file 1 server \"/a.html\" announced 5 \"hello\" complete
        http 1 {{{TOLD}}}"
    );
    check(&[client(GET), server(OK), client(GET), server(OK)], &told);
    check(&[client(&both), server(&answers)], &told);
}

#[test]
fn every_field_of_eve() {
    check(
        &[
            client(
                "GET http://H.example:8080/x HTTP/1.1\r\nHost: h.example:8080\r\nReferer: http://r/\r\n\
                 X-Forwarded-For: 10.0.0.1\r\nAuthorization: Basic bWU6c2VjcmV0\r\n\r\n",
            ),
            server(
                "HTTP/1.1 206 Partial Content\r\nLocation: /y\r\nContent-Range: bytes 5-9/20\r\n\
                 Content-Length: 0\r\n\r\n",
            ),
        ],
        r#"anomaly request_server_port_tcp_port_mismatch 0
        http 0 {"hostname":"h.example","http_port":8080,"url":"http://H.example:8080/x","xff":"10.0.0.1","content_range":{"raw":"bytes 5-9/20","start":5,"end":9,"size":20},"http_refer":"http://r/","http_method":"GET","protocol":"HTTP/1.1","status":206,"redirect":"/y","length":0}"#,
    );
}

#[test]
fn what_eve_has_no_name_for() {
    let steps = [
        client("POST / HTTP/1.1\r\nHost: a\r\nAuthorization: Basic bWU6c2VjcmV0\r\nContent-Length: 2\r\n\r\n"),
        client("ab"),
        server("HTTP/1.1 100 Continue\r\n\r\n"),
        server("HTTP/1.1 204 No Content\r\n\r\n"),
    ];
    check_with(
        &[Extra::Own],
        &steps,
        r#"file 0 client "/" announced 2 "ab" complete
        http 0 {"hostname":"a","url":"/","http_method":"POST","protocol":"HTTP/1.1","status":204,"length":0,"username":"me","reason":"No Content","informational_status":100,"request_body_bytes":2,"response_body_bytes":0,"timing":{"request_transfer_ns":1000000,"server_response_ns":2000000,"time_to_first_byte_ns":3000000,"response_transfer_ns":0,"transaction_ns":3000000}}"#,
    );
}

#[test]
fn passwords_are_not_told() {
    let steps = [
        client("GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Basic bWU6c2VjcmV0\r\nVia: x\r\nVia: y\r\n\r\n"),
        server("HTTP/1.1 200 OK\r\nServer: s\r\nContent-Length: 0\r\n\r\n"),
    ];
    check_with(
        &[Extra::Dump],
        &steps,
        r#"anomaly request_header_repetition 0
        http 0 {"hostname":"a","url":"/","http_method":"GET","protocol":"HTTP/1.1","status":200,"length":0,"request_headers":[{"name":"Host","value":"a"},{"name":"Authorization","value":"Basic"},{"name":"Via","value":"x, y"}],"response_headers":[{"name":"Server","value":"s"},{"name":"Content-Length","value":"0"}]}"#,
    );
}

#[test]
fn connect_hands_over_what_follows() {
    check(
        &[
            client("CONNECT Mail.example:25 HTTP/1.0\r\n\r\n"),
            client("\x16\x03\x01"),
            server("HTTP/1.0 200 Connection established\r\n\r\n\x16\x03"),
        ],
        r#"http 0 {"hostname":"mail.example","http_port":25,"url":"Mail.example:25","http_method":"CONNECT","protocol":"HTTP/1.0","status":200,"length":0}
        upgrade - """#,
    );
}

#[test]
fn refused_connect_goes_on() {
    check(
        &[
            client("CONNECT a:25 HTTP/1.1\r\nHost: a:25\r\n\r\nGET / HTTP/1.1\r\nHost: b\r\n\r\n"),
            server("HTTP/1.1 407 No\r\nContent-Length: 2\r\n\r\nno"),
            server("HTTP/1.1 304 Not Modified\r\n\r\n"),
        ],
        r#"file 0 server "a:25" announced 2 "no" complete
        http 0 {"hostname":"a","http_port":25,"url":"a:25","http_method":"CONNECT","protocol":"HTTP/1.1","status":407,"length":2}
        http 1 {"hostname":"b","url":"/","http_method":"GET","protocol":"HTTP/1.1","status":304,"length":0}"#,
    );
}

#[test]
fn upgrades() {
    let request = "GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
    check(
        &[client(request), server("HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\n\r\n\u{1}\u{2}")],
        r#"http 0 {"hostname":"a","url":"/chat","http_method":"GET","protocol":"HTTP/1.1","status":101,"length":0}
        upgrade websocket """#,
    );
    let request = "GET /x HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n";
    check(
        &[client(request), server("HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n")],
        r#"http 0 {"hostname":"a","url":"/x","http_method":"GET","protocol":"HTTP/1.1","status":101,"length":0}
        upgrade http2 "http2-settings: AAMAAABk\n:method: GET\n:path: /x\n:authority: a\nUpgrade: h2c\nHTTP2-Settings: AAMAAABk\n""#,
    );
    check(
        &[client(request), client(GET), server("HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"), server(OK)],
        &format!(
            r#"http 0 {{"hostname":"a","url":"/x","http_method":"GET","protocol":"HTTP/1.1","status":404,"length":0}}
            file 0 server "/a.html" announced 5 "hello" complete
            http 1 {{{TOLD}}}"#
        ),
    );
    check(&[client("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")], r#"upgrade http2 """#);
}

#[test]
fn one_direction_only() {
    let two = "GET /1 HTTP/1.0\r\n\r\nGET /2 HTTP/1.0\r\n\r\n";
    check(
        &[client(two)],
        r#"http 0 {"url":"/1","http_method":"GET","protocol":"HTTP/1.0","length":0}
        http 1 {"url":"/2","http_method":"GET","protocol":"HTTP/1.0","length":0}"#,
    );
    check(
        &[server("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\naHTTP/1.0 404 No\r\nContent-Length: 0\r\n\r\n")],
        r#"anomaly unable_to_match_response_to_request 0
        file 0 server "" announced 1 "a" complete
        http 0 {"url":"/libhtp::request_uri_not_seen","status":200,"length":1}
        anomaly unable_to_match_response_to_request 1
        http 1 {"url":"/libhtp::request_uri_not_seen","status":404,"length":0}"#,
    );
}

#[test]
fn gaps() {
    let gap = Step::Gap(Side::Server, 3);
    check(
        &[client(GET), server(&OK[..OK.len() - 4]), gap.clone(), server("o"), client(GET), server(OK)],
        &format!(
            r#"file 0 server "/a.html" announced 5 "ho" gaps 3 complete
            http 0 {{{TOLD}}}
            file 1 server "/a.html" announced 5 "hello" complete
            http 1 {{{TOLD}}}"#
        ),
    );
    check(
        &[
            client(GET),
            server("HTTP/1.1 200 OK\r\nServer"),
            gap,
            server("x\r\n\r\nrest"),
            client(GET),
            server("\n"),
            server(OK),
        ],
        &format!(
            r#"anomaly response_field_missing_colon 0
            http 0 {{"hostname":"www.example.com","url":"/a.html?x=1","http_user_agent":"curl/8","http_method":"GET","protocol":"HTTP/1.1","status":200,"length":0}}
            file 0 server "/a.html" announced 5 "hello" complete
            http 1 {{{TOLD}}}"#
        ),
    );
}
