use super::MysqlProtocol;
use crate::testing::{Scene, Step, client, server};

/// A packet: its number and its content.
fn packet(number: u8, content: &[u8]) -> Vec<u8> {
    let [a, b, c, _] = (content.len() as u32).to_le_bytes();
    [&[a, b, c, number], content].concat()
}

fn packets(first: u8, contents: &[&[u8]]) -> Vec<u8> {
    (first..).zip(contents).flat_map(|(number, content)| packet(number, content)).collect()
}

fn greeting() -> Vec<u8> {
    packet(0, b"\x0a8.0.36\0\x01\0\0\0saltsalt\0\xff\xf7\x21\x02\0\xff\x81")
}

/// A login with these capabilities.
fn login(capabilities: u32, rest: &[u8]) -> Vec<u8> {
    packet(1, &[&capabilities.to_le_bytes()[..], &[0, 0, 0, 1, 33], &[0; 23], rest].concat())
}

const OK: &[u8] = b"\0\0\0\x02\0\0\0";

#[track_caller]
fn check(steps: &[Step<'_>], expected: &str) {
    let scene = Scene::tcp(&MysqlProtocol, 3306);
    assert_eq!(scene.transcript(steps), expected);
    scene.assert_cuts_change_nothing(steps);
}

const LOGIN: &str = "mysql 0 {\"command\":\"login\",\"login\":{\"server_version\":\"8.0.36\",\"user\":\"me\",\"database\":\"db\",\"tls\":false},";

#[test]
fn what_is_asked_and_answered() {
    let rows = packets(1, &[b"\x01", b"\x03def\x00", b"\xfe\0\0\x02\0", b"\x01a", b"\x01b", b"\xfe\0\0\x02\0"]);
    let prepared =
        packets(1, &[b"\0\x01\0\0\0\x01\0\x01\0\0\0\0", b"\x03def", b"\xfe\0\0\x02\0", b"\x03def", b"\xfe\0\0\x02\0"]);
    let expected = [
        LOGIN,
        "\"status\":\"ok\"}\n",
        "mysql 1 {\"command\":\"query\",\"statement\":\"select x\",\"status\":\"ok\",\"rows\":2}\n",
        "mysql 2 {\"command\":\"query\",\"statement\":\"delete\",\"status\":\"ok\",\"affected_rows\":3}\n",
        "mysql 3 {\"command\":\"stmt_prepare\",\"statement\":\"select ?\",\"status\":\"ok\"}\n",
        "mysql 4 {\"command\":\"query\",\"statement\":\"oops\",\"status\":\"error\",\
         \"error\":{\"code\":1064,\"state\":\"42000\",\"message\":\"no\"}}\n",
        "mysql 5 {\"command\":\"quit\"}\n",
    ];
    check(
        &[
            server(&greeting()),
            client(&login(0x8208, b"me\0\x02xxdb\0")),
            server(&packets(2, &[b"\xfemysql_native_password\0salt", OK])),
            client(&packet(0, b"\x03select x")),
            server(&rows),
            client(&packet(0, b"\x03delete")),
            server(&packet(1, b"\0\x03\0\x02\0\0\0")),
            client(&packet(0, b"\x16select ?")),
            server(&prepared),
            client(&packet(0, b"\x03oops")),
            server(&packet(1, b"\xff\x28\x04#42000no")),
            client(&packet(0, b"\x01")),
        ],
        &expected.concat(),
    );
}

/// Rows end with an OK, several results follow each other, and attributes stand before a statement.
#[test]
fn what_newer_servers_do() {
    let first = packets(1, &[b"\x01", b"\x03def\x00", b"\x01a", b"\xfe\0\0\x0a\0\0\0", OK]);
    let expected = [
        LOGIN,
        "\"status\":\"ok\"}\n",
        "mysql 1 {\"command\":\"query\",\"statement\":\"call x\",\"status\":\"ok\",\"rows\":1,\"affected_rows\":0}\n",
    ];
    check(
        &[
            server(&greeting()),
            client(&login(0x0900_8208, b"me\0\x02xxdb\0")),
            server(&packet(2, OK)),
            client(&packet(0, b"\x03\x01\x01\0\x01\xfd\0\x01n\x02vvcall x")),
            server(&first),
        ],
        &expected.concat(),
    );
}

#[test]
fn tls_and_refusals() {
    let expected = "mysql 0 {\"command\":\"login\",\"login\":{\"server_version\":\"8.0.36\",\"tls\":true}}\n";
    let transcript = Scene::tcp(&MysqlProtocol, 3306).transcript(&[server(&greeting()), client(&login(0x8a08, b""))]);
    assert!(transcript.starts_with(expected), "{transcript}");
    check(
        &[server(&packet(0, b"\xff\x10\x04Too many connections"))],
        "mysql 0 {\"command\":\"login\",\"status\":\"error\",\
         \"error\":{\"code\":1040,\"state\":\"\",\"message\":\"Too many connections\"}}\n",
    );
}
