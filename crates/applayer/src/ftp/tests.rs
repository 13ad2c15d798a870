use super::{FtpDataProtocol, FtpProtocol};
use crate::testing::{Scene, Step, client, server};
use crate::tree::Extra;
use crate::{Probe, Protocol, Transport};
use model::packet::Side;

fn check_in(scene: Scene<'_>, steps: &[Step<'_>], expected: &str) {
    let found = scene.transcript(steps);
    let expected: String = expected.trim().lines().map(|line| line.trim().to_owned() + "\n").collect();
    assert!(found == expected, "found:\n{found}\nexpected:\n{expected}");
    scene.assert_cuts_change_nothing(steps);
}

fn check(steps: &[Step<'_>], expected: &str) {
    check_in(Scene::tcp(&FtpProtocol, 21), steps, expected);
}

#[test]
fn commands_and_replies() {
    check(
        &[
            server("220-Welcome\r\n to us\r\n220 (x)\r\n"),
            client("user bob\r\nPASS secret\r\n"),
            server("331 Password?\r\n"),
            server("230 Hello\r\n"),
            client("USER anonymous\r\n"),
            client("PASS me@x\r\n"),
            client("QUIT\r\n"),
            server("331 ok\r\n230 ok\r\n"),
        ],
        r#"ftp 0 {"completion_code":["220"],"reply":["220-Welcome"," to us","(x)"],"reply_received":"yes","reply_truncated":false}
        ftp 1 {"command":"USER","command_data":"bob","command_truncated":false,"completion_code":["331"],"reply":["Password?"],"reply_received":"yes","reply_truncated":false}
        ftp 2 {"command":"PASS","command_data":"secret","command_truncated":false,"completion_code":["230"],"reply":["Hello"],"reply_received":"yes","reply_truncated":false}
        ftp 3 {"command":"USER","command_data":"anonymous","command_truncated":false,"completion_code":["331"],"reply":["ok"],"reply_received":"yes","reply_truncated":false}
        ftp 4 {"command":"PASS","command_data":"me@x","command_truncated":false,"completion_code":["230"],"reply":["ok"],"reply_received":"yes","reply_truncated":false}
        ftp 5 {"command":"QUIT","reply_received":"no"}"#,
    );
}

#[test]
fn what_eve_has_no_name_for() {
    check_in(
        Scene::tcp(&FtpProtocol, 21).with(&[Extra::Own]),
        &[
            client("USER a\r\n"),
            server("230 ok\r\n"),
            client("RETR b\r\n"),
            server("150 go\r\n"),
            server("226 done\r\n"),
        ],
        r#"ftp 0 {"user":"a","command":"USER","command_data":"a","command_truncated":false,"completion_code":["230"],"reply":["ok"],"reply_received":"yes","reply_truncated":false,"timing":{"reply_ns":1000000,"transaction_ns":1000000}}
        anomaly file_before_port 1
        ftp 1 {"user":"a","command":"RETR","command_data":"b","command_truncated":false,"completion_code":["150","226"],"reply":["go","done"],"reply_received":"yes","reply_truncated":false,"timing":{"reply_ns":1000000,"transaction_ns":2000000}}"#,
    );
}

/// The command, the server's reply, the endpoint that is announced, the port that is told with its mode.
fn channel(command: &str, reply: &str, expected: &[&str], told: &str) {
    let command = format!("{command}\r\n");
    let reply = format!("{reply}\r\nnonsense\r\n");
    let steps = [client(&command), server(&reply), client("RETR a b\r\n")];
    let found = Scene::tcp(&FtpProtocol, 21).transcript(&steps);
    for expected in expected {
        assert!(found.contains(&format!("expect {expected} ftp-data \"RETR a b\"\n")), "{found}");
    }
    assert!(found.contains(told), "{found}");
    assert_eq!(found.matches("expect").count(), expected.len(), "{found}");
    Scene::tcp(&FtpProtocol, 21).assert_cuts_change_nothing(&steps);
}

#[test]
fn data_channels() {
    let active = r#""dynamic_port":1025,"mode":"active""#;
    let passive = r#""dynamic_port":1025,"mode":"passive""#;
    channel("PORT 10,0,0,1,4,1", "200 ok", &["client 1025", "client 10.0.0.1 1025"], active);
    channel("EPRT |2|::1|1025|", "200 ok", &["client 1025", "client ::1 1025"], active);
    channel("LPRT 4,4,10,0,0,1,2,4,1", "200 ok", &["client 1025", "client 10.0.0.1 1025"], active);
    channel("PASV", "227 Entering (10,0,0,2,4,1)", &["server 1025", "server 10.0.0.2 1025"], passive);
    channel("PASV", "227 Entering =10, 0,0,2,4,1", &["server 1025", "server 10.0.0.2 1025"], passive);
    channel("EPSV", "229 Extended (|||1025|)", &["server 1025"], passive);
    channel("LPSV", "228 Long (4,4,10,0,0,2,2,4,1)", &["server 1025", "server 10.0.0.2 1025"], passive);
    channel("PORT 10,0,0,1,4,256", "501 no", &[], r#""mode":"active","reply_received":"yes""#);
    channel("EPSV", "229 Extended (||)", &[], r#""mode":"passive""#);
}

#[test]
fn the_transfer_may_be_asked_for_before_the_port_is_known() {
    check(
        &[client("PASV\r\nLIST\r\n"), server("227 (10,0,0,2,4,1)\r\n")],
        r#"expect server 1025 ftp-data "LIST "
        expect server 10.0.0.2 1025 ftp-data "LIST "
        ftp 0 {"command":"PASV","completion_code":["227"],"reply":["(10,0,0,2,4,1)"],"dynamic_port":1025,"mode":"passive","reply_received":"yes","reply_truncated":false}
        ftp 1 {"command":"LIST","reply_received":"no"}"#,
    );
}

#[test]
fn tls_begins_behind_the_reply() {
    check(
        &[client("AUTH TLS\r\n\x16\x03"), server("234 go\r\n\x16")],
        r#"ftp 0 {"completion_code":["234"],"reply":["go"],"reply_received":"yes","reply_truncated":false}
        upgrade tls """#,
    );
    check(
        &[client("AUTH TLS\r\nUSER a\r\n"), server("500 no\r\n331 ok\r\n")],
        r#"ftp 0 {"completion_code":["500"],"reply":["no"],"reply_received":"yes","reply_truncated":false}
        ftp 1 {"command":"USER","command_data":"a","command_truncated":false,"completion_code":["331"],"reply":["ok"],"reply_received":"yes","reply_truncated":false}"#,
    );
}

#[test]
fn long_lines_are_cut() {
    let long = format!("CWD {}\r\nPWD\r\n", "a".repeat(5_000));
    let told = Scene::tcp(&FtpProtocol, 21).transcript(&[client(&long)]);
    assert!(told.starts_with("anomaly request_command_too_long 0\nftp 0 {\"command\":\"CWD\""), "{told}");
    assert!(told.contains("\"command_truncated\":true"), "{told}");
    assert!(told.contains("ftp 1 {\"command\":\"PWD\""), "{told}");
    Scene::tcp(&FtpProtocol, 21).assert_cuts_change_nothing(&[client(&long)]);
}

#[test]
fn commands_without_end_do_not_pile_up() {
    let commands = "NOOP\r\n".repeat(70);
    let told = Scene::tcp(&FtpProtocol, 21).transcript(&[client(&commands)]);
    assert_eq!(told.matches("too_many_pending_commands").count(), 6);
    assert_eq!(told.matches("\"NOOP\"").count(), 70);
}

#[test]
fn a_transfer() {
    let scene = |about| Scene::tcp(&FtpDataProtocol, 1025).about(about);
    check_in(
        scene(b"STOR a b.txt"),
        &[client("hel"), client("lo"), server("?")],
        "file 0 client \"a b.txt\" \"hello\" complete\nftp_data 0 {\"filename\":\"a b.txt\",\"command\":\"STOR\"}",
    );
    check_in(
        scene(b"RETR a"),
        &[server("hel"), Step::Gap(Side::Server, 2)],
        "file 0 server \"a\" \"hel\" gaps 2 incomplete\nftp_data 0 {\"filename\":\"a\",\"command\":\"RETR\"}",
    );
    check_in(scene(b"NLST"), &[server("a\r\n")], "ftp_data 0 {\"command\":\"NLST\"}");
    check_in(scene(b"RETR a"), &[], "");
}

#[test]
fn probing() {
    let cases: [(Side, &[u8], Probe); 12] = [
        (Side::Server, b"220 (vsFTPd 3.0)\r\n", Probe::Yes),
        (Side::Server, b"220 hello\r\n", Probe::Maybe),
        (Side::Server, b"220 x ESMTP\r\n", Probe::No),
        (Side::Server, b"22", Probe::NeedMore),
        (Side::Server, b"220-a", Probe::NeedMore),
        (Side::Server, b"+OK", Probe::No),
        (Side::Client, b"USER a\r\n", Probe::Maybe),
        (Side::Client, b"US", Probe::NeedMore),
        (Side::Client, b"feat\r\n", Probe::Yes),
        (Side::Client, b"AUTH TLS\r\n", Probe::Yes),
        (Side::Client, b"AUTH PLAIN\r\n", Probe::Maybe),
        (Side::Client, b"GETTING /\r\n", Probe::No),
    ];
    for (sender, head, expected) in cases {
        assert_eq!(FtpProtocol.probe(head, sender, Transport::Tcp), expected, "{}", head.escape_ascii());
    }
}
