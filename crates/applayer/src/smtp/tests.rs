use super::SmtpProtocol;
use crate::testing::{Scene, Step, client, server};
use crate::tree::Extra;
use crate::{Probe, Protocol, Transport};
use model::packet::Side;

fn check(steps: &[Step<'_>], expected: &str) {
    check_with(&[], steps, expected);
}

fn check_with(extras: &[Extra], steps: &[Step<'_>], expected: &str) {
    let scene = Scene::tcp(&SmtpProtocol, 25).with(extras);
    let found = scene.transcript(steps);
    let expected: String = expected.trim().lines().map(|line| line.trim().to_owned() + "\n").collect();
    assert!(found == expected, "found:\n{found}\nexpected:\n{expected}");
    scene.assert_cuts_change_nothing(steps);
}

const MAIL: &str = "From: A <a@x>\r\nTo: b@x, \"c, d\" <c@x>\r\nSubject: hi\r\n\r\nSee http://x/y.\r\n..\r\n.\r\n";
const TOLD: &str =
    r#"{"status":"PARSE_DONE","from":"A <a@x>","to":["b@x","\"c, d\" <c@x>"],"subject":"hi","url":["x/y."]}"#;

#[test]
fn a_mail() {
    check(
        &[
            server("220 x ESMTP\r\n"),
            client("EHLO me\r\n"),
            server("250-x\r\n250 PIPELINING\r\n"),
            client("MAIL FROM:<a@x> SIZE=1\r\nRCPT TO: <b@x>\r\nRCPT TO:<\"c d\"@x>\r\nDATA\r\n"),
            server("250 ok\r\n250 ok\r\n550 no\r\n354 go\r\n"),
            client(MAIL),
            server("250 queued\r\n"),
            client("QUIT\r\n"),
            server("221 bye\r\n"),
        ],
        &format!(
            r#"smtp 0 {{"helo":"me","mail_from":"<a@x>","rcpt_to":["<b@x>","<\"c d\"@x>"]}} {{"email":{TOLD}}}
            smtp 1 {{"helo":"me"}}"#
        ),
    );
}

#[test]
fn what_eve_has_no_name_for() {
    check_with(
        &[Extra::Own],
        &[
            server("220 x\r\n"),
            client("AUTH PLAIN\r\n"),
            server("334 \r\n"),
            client("AGJvYgBzZWNyZXQ=\r\n"),
            server("235 ok\r\n"),
            client("MAIL FROM:<>\r\n"),
            server("250 ok\r\n"),
            client("RCPT TO:<b>\r\n"),
            server("550 no\r\n"),
            client("RSET\r\n"),
            server("250 ok\r\n"),
        ],
        r#"smtp 0 {"mail_from":"<>","rcpt_to":["<b>"],"user":"bob","rejected_recipients":1,"last_reply":"550 no","transaction_ns":8000000}"#,
    );
}

#[test]
fn passwords_are_not_told() {
    check_with(
        &[Extra::Own, Extra::Dump],
        &[
            server("220 x\r\n"),
            client("AUTH LOGIN\r\n"),
            server("334 VXNlcm5hbWU6\r\n"),
            client("Ym9i\r\n"),
            server("334 UGFzc3dvcmQ6\r\n"),
            client("c2VjcmV0\r\n"),
            server("535 no\r\n"),
            client("EHLO you\r\n"),
        ],
        r#"smtp 0 {"helo":"you","user":"bob","last_reply":"535 no","transaction_ns":7000000}"#,
    );
}

#[test]
fn a_refused_mail_is_no_content() {
    check(
        &[
            server("220 x\r\n"),
            client("MAIL FROM:<a>\r\nDATA\r\nRSET\r\nMAIL FROM:<b>\r\n"),
            server("250 ok\r\n503 no\r\n250 ok\r\n"),
        ],
        r#"anomaly data_command_rejected 0
        smtp 0 {"mail_from":"<a>"}
        smtp 1 {"mail_from":"<b>"}"#,
    );
}

#[test]
fn chunks() {
    check(
        &[
            server("220 x\r\n"),
            client("MAIL FROM:<a>\r\n"),
            server("250 ok\r\n"),
            client("BDAT 12\r\nSubject: a\r\nBDAT 5 LAST\r\n\r\n.\r\nQUIT\r\n"),
            server("250 ok\r\n250 ok\r\n221 ok\r\n"),
        ],
        r#"smtp 0 {"mail_from":"<a>"} {"email":{"status":"PARSE_DONE","subject":"a"}}
        smtp 1 {}"#,
    );
    check(
        &[server("220 x\r\n"), client("BDAT 9\r\nSubject: "), client("BDAT 3 LAST\r\na\r\n")],
        r#"smtp 0 {} {"email":{"status":"PARSE_DONE","subject":"a"}}"#,
    );
    check(&[server("220 x\r\n"), client("BDAT -1\r\nNOOP\r\n")], "anomaly invalid_bdat 0\nsmtp 0 {}");
    check(&[server("220 x\r\n"), client("BDAT 0 LAST\r\n")], r#"smtp 0 {} {"email":{"status":"PARSE_DONE"}}"#);
}

#[test]
fn tls_begins_behind_the_reply() {
    check(
        &[server("220 x\r\n"), client("EHLO a\r\nSTARTTLS\r\n\x16\x03"), server("250 ok\r\n220 go\r\n\x16")],
        "upgrade tls \"\"\nsmtp 0 {\"helo\":\"a\"}",
    );
    check(
        &[server("220 x\r\n"), client("STARTTLS\r\nEHLO a\r\n"), server("454 no\r\n250 ok\r\n")],
        "anomaly tls_rejected -\nsmtp 0 {\"helo\":\"a\"}",
    );
}

#[test]
fn one_side_alone() {
    check(
        &[client("HELO a\r\nMAIL FROM:<a>\r\nDATA\r\nSubject: x\r\n\r\nhi\r\n.\r\nQUIT\r\n")],
        r#"anomaly no_server_welcome_message 0
        smtp 0 {"helo":"a","mail_from":"<a>"} {"email":{"status":"PARSE_DONE","subject":"x"}}
        anomaly no_server_welcome_message 1
        smtp 1 {"helo":"a"}"#,
    );
    check(&[server("220 x\r\n250 ok\r\n")], "anomaly unable_to_match_reply_with_request -");
}

#[test]
fn replies_that_are_none() {
    check(
        &[server("220 x\r\n"), client("HELO a\r\n"), server("472 what\r\n4.7.0 what\r\n")],
        "anomaly invalid_reply 0\nsmtp 0 {\"helo\":\"a\"}",
    );
    check(&[server("4.7.0 no\r\n")], "anomaly invalid_reply_outside_transaction -");
}

#[test]
fn long_lines() {
    let helo = format!("HELO {}\r\n", "a".repeat(600));
    let told = Scene::tcp(&SmtpProtocol, 25).transcript(&[server("220 x\r\n"), client(&helo)]);
    assert!(told.starts_with("anomaly max_command_line_len_exceeded 0\n"), "{told}");
    let helo = format!("HELO {}\r\nQUIT\r\n", "a".repeat(4_090));
    let steps = [server("220 x\r\n"), client(&helo)];
    let told = Scene::tcp(&SmtpProtocol, 25).transcript(&steps);
    assert_eq!(told, format!("anomaly truncated_line 0\nsmtp 0 {{\"helo\":\"{}\\r\"}}\n", "a".repeat(4_090)));
    Scene::tcp(&SmtpProtocol, 25).assert_cuts_change_nothing(&steps);
}

#[test]
fn missing_bytes() {
    let mail = "Subject: x\r\nContent-Disposition: attachment; filename=f\r\n\r\nab";
    check(
        &[
            server("220 x\r\n"),
            client("DATA\r\n"),
            server("354 go\r\n"),
            client(mail),
            Step::Gap(Side::Client, 5),
            client("cd\r\n.\r\n"),
        ],
        r#"file 0 client "f" "abcd\r\n" gaps 5 complete
        smtp 0 {} {"email":{"status":"PARSE_DONE","subject":"x","attachment":["f"]}}"#,
    );
    check(
        &[server("220 x\r\n"), client("DATA\r\n"), server("354 go\r\n"), client("Subject: x\r\n\r\nno end")],
        r#"smtp 0 {} {"email":{"status":"BODY_STARTED","subject":"x"}}"#,
    );
}

#[test]
fn probing() {
    let cases: [(Side, &[u8], Probe); 10] = [
        (Side::Server, b"220 mx ESMTP\r\n", Probe::Yes),
        (Side::Server, b"220 hello\r\n", Probe::Maybe),
        (Side::Server, b"220 (vsFTPd)\r\n", Probe::No),
        (Side::Server, b"22", Probe::NeedMore),
        (Side::Server, b"250\n", Probe::Maybe),
        (Side::Client, b"EHLO a\r\n", Probe::Yes),
        (Side::Client, b"helo\n", Probe::Yes),
        (Side::Client, b"EHL", Probe::NeedMore),
        (Side::Client, b"QUIT\r\n", Probe::Maybe),
        (Side::Client, b"GET / HTTP", Probe::No),
    ];
    for (sender, head, expected) in cases {
        assert_eq!(SmtpProtocol.probe(head, sender, Transport::Tcp), expected, "{}", head.escape_ascii());
    }
}
