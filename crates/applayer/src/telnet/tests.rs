use super::TelnetProtocol;
use crate::testing::{Scene, Step, client, server};
use crate::tree::Extra;

#[track_caller]
fn check(steps: &[Step<'_>], expected: &str) {
    let scene = Scene::tcp(&TelnetProtocol, 23);
    assert_eq!(scene.transcript(steps), expected);
    scene.assert_cuts_change_nothing(steps);
}

#[test]
fn attempts_to_log_in() {
    check(
        &[
            server(b"\xff\xfd\x18\xff\xfd\x20"),
            client(b"\xff\xfb\x18\xff\xfa\x18\0VT100\xff\xf0"),
            server("Welcome\r\nhost login: "),
            client("roox\x08t\r\0"),
            server("root\r\nPassword: "),
            client("guess\r\n"),
            server("\r\nLogin incorrect\r\nhost login: "),
            client("me\r\n"),
            server("me\r\nPassword: "),
            client("secret\r\n"),
            server("\r\nLast login: today\r\n$ "),
            client("ls\r\n"),
        ],
        "telnet 0 {\"user\":\"root\",\"status\":\"failure\",\"terminal\":\"VT100\"}\n\
         telnet 1 {\"user\":\"me\",\"status\":\"success\",\"terminal\":\"VT100\"}\n",
    );
}

#[test]
fn a_password_alone() {
    let steps = [server("Password: "), client("a\r\n"), server("\r\nPassword: "), client(b"b\xff\xff\r\n")];
    check(&steps[..3], "telnet 0 {\"user\":\"\",\"status\":\"unknown\"}\n");
    let transcript = Scene::tcp(&TelnetProtocol, 23).with(&[Extra::Password]).transcript(&steps[..4]);
    assert!(
        transcript.starts_with("telnet 0 {\"user\":\"\",\"password\":\"a\",\"status\":\"failure\"}\n"),
        "{transcript}"
    );
}
