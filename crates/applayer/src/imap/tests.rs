use super::ImapProtocol;
use crate::testing::{Scene, Step, client, server};

#[track_caller]
fn check(steps: &[Step<'_>], expected: &str) {
    let scene = Scene::tcp(&ImapProtocol, 143);
    assert_eq!(scene.transcript(steps), expected);
    scene.assert_cuts_change_nothing(steps);
}

/// An answer without data.
fn answer(status: &str, text: &str) -> String {
    format!("\"response\":{{\"status\":\"{status}\",\"text\":\"{text}\",\"data_lines\":0,\"data_bytes\":0}}")
}

#[test]
fn a_session() {
    let fetched = "\"response\":{\"status\":\"OK\",\"text\":\"done\",\"data_lines\":1,\"data_bytes\":26}";
    check(
        &[
            server("* OK ready\r\n"),
            client("a1 login \"me\" secret\r\na2 FETCH 1 BODY[]\r\n"),
            server("a1 NO bad password\r\n* 1 FETCH (BODY[] {5}\r\nhello)\r\na2 OK done\r\n"),
            client("a3 APPEND x {4}\r\n"),
            server("+ go\r\n"),
            client("a\r\nb\r\na4 LOGOUT\r\n"),
            server("a3 OK kept\r\n"),
        ],
        &[
            format!("imap 0 {{{}}}\n", answer("OK", "ready")),
            format!("imap 1 {{\"request\":{{\"tag\":\"a1\",\"command\":\"LOGIN\",\"arguments\":\"me\"}},{}}}\n", answer("NO", "bad password")),
            format!("imap 2 {{\"request\":{{\"tag\":\"a2\",\"command\":\"FETCH\",\"arguments\":\"1 BODY[]\"}},{fetched}}}\n"),
            format!("imap 3 {{\"request\":{{\"tag\":\"a3\",\"command\":\"APPEND\",\"arguments\":\"x {{4}}\"}},{}}}\n", answer("OK", "kept")),
            "imap 4 {\"request\":{\"tag\":\"a4\",\"command\":\"LOGOUT\"},\"response\":{\"data_lines\":0,\"data_bytes\":0}}\n".to_owned(),
        ]
        .concat(),
    );
}

#[test]
fn tls_follows_what_allows_it() {
    let steps =
        [server("* OK ready\r\n"), client("1 STARTTLS\r\n"), server("1 OK go\r\n"), client("\x16\x03\x01\0\x05")];
    let transcript = Scene::found(143).transcript(&steps);
    assert!(transcript.contains("tls"), "{transcript}");
    let refused =
        format!("imap 0 {{\"request\":{{\"tag\":\"1\",\"command\":\"STARTTLS\"}},{}}}\n", answer("BAD", "no"));
    let next = format!("imap 1 {{\"request\":{{\"tag\":\"2\",\"command\":\"NOOP\"}},{}}}\n", answer("OK", ""));
    check(&[client("1 STARTTLS\r\n2 NOOP\r\n"), server("1 BAD no\r\n2 OK\r\n")], &(refused + &next));
}
