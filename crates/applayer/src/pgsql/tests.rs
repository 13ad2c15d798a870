use super::PgsqlProtocol;
use crate::protocol::Probe;
use crate::testing::{Scene, Step, client, server};
use model::packet::Side;

/// A message: its type, if it has one, its length, its body.
fn message(kind: &str, body: &[u8]) -> Vec<u8> {
    [kind.as_bytes(), &(body.len() as u32 + 4).to_be_bytes(), body].concat()
}

fn startup() -> Vec<u8> {
    message("", b"\0\x03\0\0user\0me\0database\0shop\0DateStyle\0ISO\0\0")
}

/// The server lets the client in.
fn welcome() -> Vec<u8> {
    [
        message("R", b"\0\0\0\0"),
        message("S", b"TimeZone\0UTC\0"),
        message("K", b"\0\0\0\x07\0\0\0\x09"),
        message("Z", b"I"),
    ]
    .concat()
}

const LOGGED_IN: &str = "pgsql 0 {\"tx_id\":1,\"request\":{\"protocol_version\":\"3.0\",\"startup_parameters\":{\"user\":\"me\",\
    \"optional_parameters\":[{\"database\":\"shop\"},{\"date_style\":\"ISO\"}]}},\"response\":{\"message\":\"authentication_ok\",\
    \"parameter_status\":[{\"time_zone\":\"UTC\"}],\"process_id\":7,\"secret_key\":9}}\n";

#[track_caller]
fn check(steps: &[Step<'_>], expected: &str) {
    let scene = Scene::tcp(&PgsqlProtocol, 5432);
    assert_eq!(expected, scene.transcript(steps));
    scene.assert_cuts_change_nothing(steps);
}

#[test]
fn a_query() {
    let query = message("Q", b"select 1;\0");
    let row = message("D", b"\0\x02\0\0\0\x03one\xff\xff\xff\xff");
    let answer = [message("T", b"\0\x02"), row.clone(), row, message("C", b"SELECT 2\0"), message("Z", b"I")].concat();
    let (startup, welcome, end) = (startup(), welcome(), message("X", b""));
    check(
        &[client(&startup), server(&welcome), client(&query), server(&answer), client(&end)],
        &format!(
            "{LOGGED_IN}pgsql 1 {{\"tx_id\":2,\"request\":{{\"simple_query\":\"select 1;\"}},\"response\":{{\"field_count\":2,\
             \"data_rows\":2,\"data_size\":6,\"command_completed\":\"SELECT 2\"}}}}\n\
             pgsql 2 {{\"tx_id\":3,\"request\":{{\"message\":\"termination_message\"}}}}\n"
        ),
    );
}

#[test]
fn a_prepared_statement_is_a_row_of_its_own() {
    let request = [message("P", b"s\0select $1\0\0\0"), message("B", b"\0s\0\0\0\0\0\0\0"), message("S", b"")].concat();
    let answer = [message("1", b""), message("2", b""), message("C", b"SELECT 0\0"), message("Z", b"I")].concat();
    let (startup, welcome, end) = (startup(), welcome(), message("X", b""));
    check(
        &[client(&startup), server(&welcome), client(&request), server(&answer), client(&end)],
        &format!(
            "{LOGGED_IN}pgsql_prepared 1 {{\"request\":{{\"prepared_query\":\"select $1\"}},\
             \"response\":{{\"command_completed\":\"SELECT 0\"}}}}\n\
             pgsql 1 {{\"tx_id\":2,\"request\":{{\"message\":\"termination_message\"}}}}\n"
        ),
    );
}

#[test]
fn a_password_is_told_to_none_who_did_not_ask() {
    let (startup, welcome) = (startup(), welcome());
    let (clear, password) = (message("R", b"\0\0\0\x03"), message("p", b"secret\0"));
    let steps = [client(&startup), server(&clear), client(&password), server(&welcome)];
    let scene = Scene::tcp(&PgsqlProtocol, 5432);
    let transcript = scene.transcript(&steps);
    assert!(transcript.contains("\"password_redacted\":true") && !transcript.contains("secret\""), "{transcript}");
    let transcript = scene.with(&[crate::tree::Extra::Password]).transcript(&steps);
    assert!(transcript.contains("\"password\":\"secret\""), "{transcript}");
}

#[test]
fn a_login_that_is_refused() {
    let (startup, error) = (startup(), message("E", b"SFATAL\0C28000\0Mno entry\0\0"));
    check(
        &[client(&startup), server(&error)],
        "pgsql 0 {\"tx_id\":1,\"request\":{\"protocol_version\":\"3.0\",\"startup_parameters\":{\"user\":\"me\",\
         \"optional_parameters\":[{\"database\":\"shop\"},{\"date_style\":\"ISO\"}]}},\
         \"response\":{\"severity_localizable\":\"FATAL\",\"code\":\"28000\",\"message\":\"no entry\"}}\n",
    );
}

#[test]
fn encryption() {
    let (ssl, startup) = (message("", b"\x04\xd2\x16\x2f"), startup());
    let refused =
        "pgsql 0 {\"tx_id\":1,\"request\":{\"message\":\"SSL Request\"},\"response\":{\"ssl_accepted\":false}}\n";
    let begun = "pgsql 1 {\"tx_id\":2,\"request\":{\"protocol_version\":\"3.0\",\"startup_parameters\":{\"user\":\"me\",\
        \"optional_parameters\":[{\"database\":\"shop\"},{\"date_style\":\"ISO\"}]}}}\n";
    check(&[client(&ssl), server("N"), client(&startup)], &[refused, begun].concat());
    let accepted = refused.replace("false", "true");
    check(&[client(&ssl), server("S"), client("\x16\x03\x01")], &format!("{accepted}upgrade tls \"\"\n"));
}

#[test]
fn data_is_copied() {
    let (query, ready) = (message("Q", b"copy a from stdin\0"), message("G", b"\0\0\x02\0\0\0\0"));
    let data = [message("d", b"1\t2\n"), message("d", b"3\t4\n"), message("c", b"")].concat();
    let done = [message("C", b"COPY 2\0"), message("Z", b"I")].concat();
    check(
        &[client(&query), server(&ready), client(&data), server(&done)],
        "pgsql 0 {\"tx_id\":1,\"request\":{\"simple_query\":\"copy a from stdin\"},\
         \"response\":{\"copy_in_response\":{\"columns\":2}}}\n\
         pgsql 1 {\"tx_id\":2,\"request\":{\"copy_data_in\":{\"msg_count\":2,\"data_size\":8},\"message\":\"copy_done\"},\
         \"response\":{\"command_completed\":\"COPY 2\"}}\n",
    );
}

#[test]
fn what_is_no_message() {
    let startup = startup();
    check(&[client(b"\0\0\0\x02\0\0"), client(&startup)], "anomaly malformed_request -\n");
    check(&[server(b"Z\0\0\0\x05I?\0\0\0\x04"), server("Z")], "anomaly malformed_response -\n");
    let end = message("X", b"");
    let long = message("Q", &vec![b' '; 1 << 20]);
    let transcript = Scene::tcp(&PgsqlProtocol, 5432).transcript(&[client(&long), client(&end)]);
    assert!(transcript.starts_with("anomaly message_too_long -\npgsql 0"), "{transcript}");
}

#[test]
fn first_bytes() {
    let startup = startup();
    let cases: [(&[u8], Side, Probe); 6] = [
        (&startup, Side::Client, Probe::Yes),
        (&startup[..6], Side::Client, Probe::NeedMore),
        (b"\0\0\0\x08\x04\xd2\x16\x2f", Side::Client, Probe::Yes),
        (b"R\0\0\0\x08\0\0\0\0", Side::Server, Probe::Maybe),
        (b"E\0\0\0\x60SFATAL", Side::Server, Probe::Maybe),
        (b"RTSP/1.0 200 OK", Side::Server, Probe::No),
    ];
    for (head, sender, expected) in cases {
        assert_eq!(super::probe::probe(head, sender), expected, "{}", head.escape_ascii());
    }
}
