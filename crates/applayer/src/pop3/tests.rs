use super::Pop3Protocol;
use crate::testing::{Scene, Step, client, server};
use crate::tree::Extra;

#[track_caller]
fn check(steps: &[Step<'_>], expected: &str) {
    let scene = Scene::tcp(&Pop3Protocol, 110);
    assert_eq!(scene.transcript(steps), expected);
    scene.assert_cuts_change_nothing(steps);
}

#[test]
fn a_session() {
    check(
        &[
            server("+OK POP3 ready\r\n"),
            client("user me\r\n"),
            server("+OK\r\n"),
            client("PASS it is secret\r\n"),
            server("-ERR the password incorrect\r\n"),
            client("LIST\r\nRETR 1\r\nQUIT\r\n"),
            server("+OK 1 message\r\n1 12\r\n.\r\n+OK\r\nSubject: a\r\n\r\n..b\r\n.\r\n+OK bye\r\n"),
        ],
        "pop3 0 {\"response\":{\"success\":true,\"status\":\"OK\",\"header\":\"POP3 ready\",\"data\":[]}}\n\
         pop3 1 {\"request\":{\"command\":\"USER\",\"args\":[\"me\"]},\
         \"response\":{\"success\":true,\"status\":\"OK\",\"header\":\"\",\"data\":[]}}\n\
         pop3 2 {\"request\":{\"command\":\"PASS\",\"args\":[\"it\",\"is\",\"secret\"]},\
         \"response\":{\"success\":false,\"status\":\"ERR\",\"header\":\"the password incorrect\",\"data\":[]}}\n\
         pop3 3 {\"request\":{\"command\":\"LIST\",\"args\":[]},\
         \"response\":{\"success\":true,\"status\":\"OK\",\"header\":\"1 message\",\"data\":[\"1 12\"]}}\n\
         pop3 4 {\"request\":{\"command\":\"RETR\",\"args\":[\"1\"]},\
         \"response\":{\"success\":true,\"status\":\"OK\",\"header\":\"\",\"data\":[\"Subject: a\",\"\",\".b\"]}}\n\
         pop3 5 {\"request\":{\"command\":\"QUIT\",\"args\":[]},\"response\":{\"success\":true,\"status\":\"OK\",\"header\":\"bye\",\"data\":[]}}\n",
    );
}

#[test]
fn passwords_are_told_to_who_asks() {
    let steps = [client("PASS a b\r\n")];
    let scene = Scene::tcp(&Pop3Protocol, 110).with(&[Extra::Password]);
    assert_eq!(scene.transcript(&steps), "pop3 0 {\"request\":{\"command\":\"PASS\",\"args\":[\"a\",\"b\"]}}\n");
}

#[test]
fn what_is_odd_is_said() {
    let long = format!("PASS {}\r\n", "a".repeat(300));
    let argument = "a".repeat(300);
    check(
        &[client("WHAT\r\nUSER\r\n"), client(&long), server("+OK\r\n")],
        &format!(
            "anomaly unknown_command 0\n\
             anomaly incorrect_argument_count 1\n\
             anomaly request_too_long 2\n\
             pop3 0 {{\"request\":{{\"command\":\"WHAT\",\"args\":[]}},\
             \"response\":{{\"success\":true,\"status\":\"OK\",\"header\":\"\",\"data\":[]}}}}\n\
             pop3 1 {{\"request\":{{\"command\":\"USER\",\"args\":[]}}}}\n\
             pop3 2 {{\"request\":{{\"command\":\"PASS\",\"args\":[\"{argument}\"]}}}}\n"
        ),
    );
}

#[test]
fn what_answers_a_challenge_is_no_command() {
    check(
        &[client("AUTH PLAIN\r\n"), server("+ \r\n"), client("AGEAYg==\r\n"), server("+OK in\r\n")],
        "pop3 0 {\"request\":{\"command\":\"AUTH\",\"args\":[\"PLAIN\"]},\
         \"response\":{\"success\":true,\"status\":\"OK\",\"header\":\"in\",\"data\":[]}}\n",
    );
}

#[test]
fn tls_follows_what_allows_it() {
    let found = Scene::found(110);
    let steps = [server("+OK POP3 here\r\n"), client("STLS\r\n"), server("+OK go\r\n"), client("\x16\x03\x01\0\x05")];
    let transcript = found.transcript(&steps);
    assert!(transcript.contains("tls"), "{transcript}");
    check(
        &[client("STLS\r\nNOOP\r\n"), server("-ERR no\r\n+OK\r\n")],
        "pop3 0 {\"request\":{\"command\":\"STLS\",\"args\":[]},\"response\":{\"success\":false,\"status\":\"ERR\",\"header\":\"no\",\"data\":[]}}\n\
         pop3 1 {\"request\":{\"command\":\"NOOP\",\"args\":[]},\"response\":{\"success\":true,\"status\":\"OK\",\"header\":\"\",\"data\":[]}}\n",
    );
}
