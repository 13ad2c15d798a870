use super::{check, client, scene, server};

/// The anomalies of a request, and of a response to `GET / HTTP/1.1`.
fn anomalies(steps: &[crate::testing::Step<'_>]) -> Vec<String> {
    scene().assert_cuts_change_nothing(steps);
    let transcript = scene().transcript(steps);
    transcript.lines().filter_map(|line| line.strip_prefix("anomaly ")).map(str::to_owned).collect()
}

fn check_request(request: &str, expected: &[&str]) {
    let expected: Vec<_> = expected.iter().map(|name| format!("{name} 0")).collect();
    assert_eq!(anomalies(&[client(request), server("HTTP/1.1 204 No\r\n\r\n")]), expected, "{request}");
}

fn check_response(response: &str, expected: &[&str]) {
    let expected: Vec<_> = expected.iter().map(|name| format!("{name} 0")).collect();
    assert_eq!(anomalies(&[client("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), server(response)]), expected, "{response}");
}

#[test]
fn requests() {
    check_request("GET / HTTP/1.1\r\n\r\n", &["missing_host_header"]);
    check_request("GET / HTTP/1.1\nHost: a\n\n", &[]);
    check_request("\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", &[]);
    check_request("GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n", &["host_header_ambiguous"]);
    check_request("GET http://a..b/ HTTP/1.0\r\n\r\n", &["request_uri_host_invalid"]);
    check_request("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", &["request_header_host_invalid"]);
    check_request("GET / HTTP/1.1\r\nHost: a:x\r\n\r\n", &["invalid_authority_port"]);
    check_request("GET / HTTP/1.1\r\nHost: a:81\r\n\r\n", &["request_server_port_tcp_port_mismatch"]);
    check_request(" GET / HTTP/1.1\r\nHost: a\r\n\r\n", &["request_line_leading_whitespace"]);
    check_request("GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", &["method_delim_non_compliant"]);
    check_request("GET /\tHTTP/1.1\r\nHost: a\r\n\r\n", &["uri_delim_non_compliant"]);
    check_request("GET /\r\nHost: a\r\n\r\n", &["request_line_missing_protocol"]);
    check_request("GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n", &["request_field_missing_colon"]);
    check_request("GET / HTTP/1.1\r\nHost: a\r\nx y: z\r\n\r\n", &["request_header_invalid"]);
    check_request("GET / HTTP/1.1\r\nHost : a\r\n\r\n", &["request_header_invalid"]);
    check_request("GET / HTTP/1.1\r\nHost: a\r\n: z\r\n\r\n", &["request_header_invalid"]);
    check_request("GET / HTTP/1.1\r\n Host: a\r\n\r\n", &["invalid_request_field_folding", "request_header_invalid"]);
    check_request("GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n  c\r\n\r\n", &[]);
    check_request("GET / HTTP/1.1\r\nHost: a\r\nVia: b\r\nVia: c\r\nVia: d\r\n\r\n", &["request_header_repetition"]);
    check_request("GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Foo x\r\n\r\n", &["request_auth_unrecognized"]);
    check_request("GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer x\r\n\r\n", &[]);
}

#[test]
fn smuggling() {
    let post = |fields: &str, body: &str| format!("POST / HTTP/1.1\r\nHost: a\r\n{fields}\r\n{body}");
    let both = post("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n");
    check_request(&both, &["content_length_with_transfer_encoding_in_request"]);
    let lengths = post("Content-Length: 0\r\nContent-Length: 5\r\n", "");
    check_request(&lengths, &["request_header_repetition", "duplicate_content_length_field_in_request"]);
    let encoding = post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n");
    check_request(&encoding, &["invalid_transfer_encoding_value_in_request"]);
    check_request(&post("Transfer-Encoding: gzip\r\n", ""), &["invalid_transfer_encoding_value_in_request"]);
    check_request(&post("Content-Length: -1\r\n", ""), &["invalid_content_length_field_in_request"]);
    check_request(&post("Content-Length: 99999999999999999999\r\n", ""), &["invalid_content_length_field_in_request"]);
    check_request(&post("Transfer-Encoding: chunked\r\n", "x\r\n"), &["invalid_request_chunk_len"]);
    let too_large = post("Transfer-Encoding: chunked\r\n", "10000000000000000\r\n");
    check_request(&too_large, &["invalid_request_chunk_len"]);
    let unsigned = post("Content-Length: 18446744073709551615\r\n", "");
    check_request(&unsigned, &["invalid_content_length_field_in_request"]);
}

#[test]
fn responses() {
    check_response("HTTP/1.1 xyz OK\r\nContent-Length: 0\r\n\r\n", &["response_invalid_status"]);
    check_response("HTTPS/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", &["response_invalid_protocol"]);
    check_response("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nx\r\n\r\n", &["response_field_missing_colon"]);
    let folded = "HTTP/1.1 200 OK\r\nTransfer-Encoding\r\n : chunked\r\n\r\n1\r\na\r\n0\r\n\r\n";
    check_response(folded, &["response_field_missing_colon", "response_header_invalid"]);
    check_response("HTTP/1.1 206 OK\r\nContent-Range: bytes 9-5/10\r\nContent-Length: 0\r\n\r\n", &["range_invalid"]);
    check_response("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", &["invalid_content_length_field_in_response"]);
    check_response("<html>no head</html>", &["response_invalid_protocol"]);
    check_response("rubbish\r\nHTTP/1.1 204 No\r\n\r\n", &[]);
    let interim = "HTTP/1.1 100 Continue\r\n\r\n";
    check_response(&format!("{interim}{interim}HTTP/1.1 204 No\r\n\r\n"), &["100_continue_already_seen"]);
    let abnormal = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, x\r\n\r\n0\r\n\r\n";
    check_response(abnormal, &["response_abnormal_transfer_encoding"]);
}

#[test]
fn ends_of_lines_and_heads_as_browsers_have_them() {
    let told = r#"file 0 server "/" announced 2 "ab" complete
        http 0 {"hostname":"a","url":"/","http_content_type":"t","http_method":"GET","protocol":"HTTP/1.1","status":200,"length":2}"#;
    let request = client("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    for head in [
        "HTTP/1.1 200 ok\rContent-Type: t\rContent-Length: 2\r\n\r\n",
        "HTTP/1.1 200 ok\r\nContent-Type: t\rContent-Length: 2\n\n",
        "HTTP/1.1 200 ok\r\n \t\r\nContent-Type: t\nContent-Length: 2\n \n",
    ] {
        let response = format!("{head}ab");
        let transcript = scene().transcript(&[request.clone(), server(&response)]);
        let without: Vec<_> = transcript.lines().filter(|line| !line.starts_with("anomaly")).collect();
        assert_eq!(without, told.lines().map(str::trim).collect::<Vec<_>>(), "{head}");
        scene().assert_cuts_change_nothing(&[request.clone(), server(&response)]);
    }
}

#[test]
fn short_requests() {
    check(
        &[client("GET /x\r\n"), server("hello\r\nthere")],
        r#"file 0 server "/x" "hello\r\nthere" complete
        http 0 {"url":"/x","http_method":"GET","length":12}"#,
    );
    check(
        &[client("GET /x\r\n\r\n"), server("HTTP/1.0 200 OK\r\n\r\nhello")],
        r#"file 0 server "/x" "hello" complete
        http 0 {"url":"/x","http_method":"GET","status":200,"length":5}"#,
    );
    let blanks = format!("GET /x\r\n{}", " ".repeat(20));
    assert_eq!(
        anomalies(&[client(&blanks)]),
        ["request_line_missing_protocol 0", "invalid_request_field_folding 0", "request_field_missing_colon 0"]
    );
}

#[test]
fn rubbish_is_skipped_until_a_request() {
    check(
        &[client("\x01\x02 rubbish\r\nmore\r\nGET / HTTP/1.0\r\n\r\n"), server("HTTP/1.0 204 No\r\n\r\n")],
        r#"anomaly request_line_invalid -
        http 0 {"url":"/","http_method":"GET","protocol":"HTTP/1.0","status":204,"length":0}"#,
    );
}

#[test]
fn incomplete_last_lines() {
    assert_eq!(anomalies(&[client("GET /x HTTP/1.0")]), ["request_line_incomplete 0"]);
    check(
        &[client("GET / HTTP/1.0\r\n\r\n"), server("HTTP/1.0 200 OK\r\nLocation: x")],
        r#"http 0 {"url":"/","http_method":"GET","protocol":"HTTP/1.0","status":200,"redirect":"x","length":0}"#,
    );
}

#[test]
fn a_field_of_ten_megabytes_is_cut_and_what_follows_is_read() {
    let request = format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\nReferer: r\r\n\r\n", "x".repeat(10 << 20));
    let steps = [client(&request), server("HTTP/1.1 204 No\r\n\r\n")];
    let whole = scene().transcript(&steps);
    assert_eq!(
        whole,
        "anomaly request_field_too_long 0\nhttp 0 {\"hostname\":\"a\",\"url\":\"/\",\"http_refer\":\"r\",\"http_method\":\"GET\",\"protocol\":\"HTTP/1.1\",\"status\":204,\"length\":0}\n"
    );
    assert_eq!(whole, scene().transcript_cut(&steps, |_, _| 1_460));
}

#[test]
fn a_million_fields_are_too_many() {
    let fields: String = (0..100_000).map(|number| format!("x{number}: y\r\n")).collect();
    let request = format!("GET / HTTP/1.0\r\n{fields}\r\n");
    assert_eq!(scene().transcript(&[client(&request)]).lines().next(), Some("anomaly request_too_many_headers 0"));
}

#[test]
fn more_requests_than_may_wait_are_told_without_response() {
    let request = "GET / HTTP/1.0\r\n\r\n".repeat(600);
    let transcript = scene().transcript(&[client(&request)]);
    assert_eq!(transcript.lines().filter(|line| line.starts_with("http ")).count(), 600);
    assert_eq!(transcript.lines().filter(|line| *line == "anomaly too_many_pipelined_requests -").count(), 1);
}
