use super::{check, client, scene, server};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;

const GET: &str = "GET /f HTTP/1.0\r\n\r\n";

/// A response to `GET /f` gives this file, and this status and length.
fn check_response(response: impl AsRef<[u8]>, anomalies: &str, file: &str, status: u16, length: usize) {
    let told = format!(
        "{anomalies}{file}
        http 0 {{\"url\":\"/f\",\"http_method\":\"GET\",\"protocol\":\"HTTP/1.0\",\"status\":{status},\"length\":{length}}}"
    );
    check(&[client(GET), server(&response)], &told);
}

#[test]
fn until_close() {
    check_response("HTTP/1.0 200 OK\r\n\r\nab\ncd", "", r#"file 0 server "/f" "ab\ncd" complete"#, 200, 5);
}

#[test]
fn cut_short() {
    let file = r#"file 0 server "/f" announced 9 "ab" incomplete"#;
    check_response("HTTP/1.0 200 OK\r\nContent-Length: 9\r\n\r\nab", "", file, 200, 2);
}

#[test]
fn chunked_with_extension_and_trailers() {
    let response = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\
                    5;x=y\r\nhello\r\n 001 \r\n!\r\n\r\n0\r\nVia: z\r\n\r\n";
    let file = r#"file 0 server "/f" "hello!" complete"#;
    let extension = "anomaly response_chunk_extension 0\n";
    check_response(response, extension, file, 200, "5;x=y\r\nhello\r\n 001 \r\n!\r\n\r\n0\r\n".len());
}

#[test]
fn invalid_chunk_goes_on_as_content() {
    let response = "HTTP/1.0 200 OK\r\nTransfer-Encoding: x-chunked\r\n\r\n2\r\nab\r\nzz\r\ncd";
    let anomalies = "anomaly response_abnormal_transfer_encoding 0\nanomaly response_chunked_old_proto 0\n\
                     anomaly invalid_response_chunk_len 0\n";
    check_response(response, anomalies, r#"file 0 server "/f" "abzz\r\ncd" complete"#, 200, 13);
}

#[test]
fn codings() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(b"hello gzip").unwrap();
    let body = encoder.finish().unwrap();
    let response = |head: &str| [head.as_bytes(), &body].concat();
    let file = r#"file 0 server "/f" "hello gzip" complete"#;
    check_response(response("HTTP/1.0 200 OK\r\nContent-Encoding: GZIP\r\n\r\n"), "", file, 200, body.len());
    let odd = "anomaly abnormal_ce_header 0\n";
    check_response(response("HTTP/1.0 200 OK\r\nContent-Encoding: foo, gzip\r\n\r\n"), odd, file, 200, body.len());
    let plain = r#"file 0 server "/f" "hello" complete"#;
    check_response("HTTP/1.0 200 OK\r\nContent-Encoding: identity\r\n\r\nhello", "", plain, 200, 5);
    let failed = "anomaly gzip_decompression_failed 0\n";
    check_response("HTTP/1.0 200 OK\r\nContent-Encoding: gzip\r\n\r\nhello", failed, plain, 200, 5);
    let layers = "anomaly too_many_encoding_layers 0\n";
    let response = "HTTP/1.0 200 OK\r\nContent-Encoding: gzip, gzip, gzip, gzip\r\n\r\nhello";
    check_response(response, layers, r#"file 0 server "/f" "hello" complete"#, 200, 5);
}

/// Less than a kilobyte that would become 64 MiB, packed twice: what comes out is bounded, and the rest told.
#[test]
fn a_decompression_bomb_stops_at_the_limit() {
    let packed = |bytes: &[u8]| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let body = packed(&packed(&vec![b'0'; 64 << 20]));
    let head = "HTTP/1.0 200 OK\r\nContent-Encoding: gzip, gzip\r\n\r\n";
    let transcript = scene().transcript(&[client(GET), server([head.as_bytes(), &body].concat())]);
    let zeros = transcript.bytes().filter(|byte| *byte == b'0').count() as u64;
    let limits = crate::decompress::Limits::default();
    let bound = limits.ratio_from_bytes.max(limits.ratio_max * body.len() as u64);
    assert!(body.len() < 1_000 && zeros <= bound + 100, "{zeros} bytes of {}", body.len());
    assert_eq!(transcript.lines().filter(|line| line.starts_with("anomaly compression_bomb")).count(), 1);
}

#[test]
fn names_of_files() {
    let response = "HTTP/1.0 200 OK\r\nContent-Disposition: attachment; filename=\"eicar.txt\"\r\n\r\nx";
    check_response(response, "", r#"file 0 server "eicar.txt" "x" complete"#, 200, 1);
}

#[test]
fn head_and_statuses_without_body() {
    let ok = r#""http_method":"GET","protocol":"HTTP/1.0","status":200,"length":1}"#;
    let steps = [
        client("HEAD /h HTTP/1.0\r\n\r\nGET /i HTTP/1.0\r\n\r\nGET /j HTTP/1.0\r\n\r\n"),
        server("HTTP/1.0 200 OK\r\nContent-Length: 100\r\n\r\n"),
        server("HTTP/1.0 304 Not Modified\r\nContent-Length: 100\r\n\r\n"),
        server("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx"),
    ];
    check(
        &steps,
        &format!(
            r#"http 0 {{"url":"/h","http_method":"HEAD","protocol":"HTTP/1.0","status":200,"length":0}}
            http 1 {{"url":"/i","http_method":"GET","protocol":"HTTP/1.0","status":304,"length":0}}
            file 0 server "/j" announced 1 "x" complete
            http 2 {{"url":"/j",{ok}"#
        ),
    );
    let unexpected = "anomaly response_body_unexpected 0\n";
    let file = r#"file 0 server "/f" announced 2 "Hi" complete"#;
    check_response("HTTP/1.0 204 No\r\nContent-Length: 2\r\n\r\nHi", unexpected, file, 204, 2);
}

#[test]
fn requests_with_bodies() {
    let told = |content_type: &str, file: &str| {
        let request = format!(
            "POST /up/x.bin?y HTTP/1.1\r\nHost: a\r\nContent-Type: {content_type}\r\n\
             Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
        );
        let expected = format!(
            "{file}
            http 0 {{\"hostname\":\"a\",\"url\":\"/up/x.bin?y\",\"http_method\":\"POST\",\"protocol\":\"HTTP/1.1\",\"status\":200,\"length\":0}}"
        );
        check(&[client(&request), server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")], &expected);
    };
    told("application/octet-stream", r#"file 0 client "/up/x.bin" "abc" complete"#);
    told("multipart/form-data; boundary=x", "anomaly multipart_generic_error 0");
}

#[test]
fn forms() {
    let form = "preamble\r\n--B\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.txt\"\r\n\
                Content-Type: text/plain\r\n\r\nline\r\n--not\r\n-\r\n--B\r\n\
                Content-Disposition: form-data; name=\"plain\"\r\n\r\nvalue\r\n--B \r\n\
                Content-Disposition: form-data; name=\"e\"; filename=\"empty\"\r\nrubbish\r\n\r\n\r\n--B\n\
                Content-Disposition: form-data; filename=b\n\n\nx\r\r\n--B--\r\nepilogue";
    let request = format!(
        "POST / HTTP/1.0\r\nContent-Type: multipart/form-data; boundary=\"B\"\r\nContent-Length: {}\r\n\r\n{form}",
        form.len()
    );
    check(
        &[client(&request)],
        r#"file 0 client "a.txt" "line\r\n--not\r\n-" complete
        anomaly multipart_invalid_header 0
        anomaly multipart_no_filedata 0
        file 1 client "b" "\nx\r" complete
        http 0 {"url":"/","http_method":"POST","protocol":"HTTP/1.0","length":0}"#,
    );
}

#[test]
fn refused_expectation() {
    check(
        &[
            client("PUT /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n"),
            server("HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n"),
            client("GET /y HTTP/1.1\r\nHost: a\r\n\r\n"),
        ],
        r#"http 0 {"hostname":"a","url":"/x","http_method":"PUT","protocol":"HTTP/1.1","status":417,"length":0}
        http 1 {"hostname":"a","url":"/y","http_method":"GET","protocol":"HTTP/1.1","length":0}"#,
    );
}
