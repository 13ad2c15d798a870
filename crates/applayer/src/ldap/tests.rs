use super::LdapProtocol;
use crate::testing::{Scene, Step, client, server};

const BIND: &[u8] = b"\x30\x14\x02\x01\x01\x60\x0f\x02\x01\x03\x04\x02cn\x80\x06secret";
const BOUND: &[u8] = b"\x30\x0c\x02\x01\x01\x61\x07\x0a\x01\0\x04\0\x04\0";
const SEARCH: &[u8] = b"\x30\x21\x02\x01\x02\x63\x1c\x04\x02dc\x0a\x01\x02\x0a\x01\0\x02\x01\0\x02\x01\0\x01\x01\0\
    \x87\x01c\x30\x04\x04\x02sn";
const ENTRY: &[u8] = b"\x30\x19\x02\x01\x02\x64\x14\x04\x03a=b\x30\x0d\x30\x0b\x04\x02sn\x31\x05\x04\x03Doe";
const DONE: &[u8] = b"\x30\x0e\x02\x01\x02\x65\x09\x0a\x01\x20\x04\0\x04\x02no";

#[track_caller]
fn check(steps: &[Step<'_>], expected: &str) {
    let scene = Scene::tcp(&LdapProtocol, 389);
    assert_eq!(expected, scene.transcript(steps));
    scene.assert_cuts_change_nothing(steps);
}

const BOUND_TOLD: &str = "ldap 0 {\"request\":{\"message_id\":1,\"operation\":\"bind_request\",\"bind_request\":{\"version\":3,\
    \"name\":\"cn\"}},\"responses\":[{\"operation\":\"bind_response\",\"bind_response\":{\"result_code\":\"success\",\
    \"matched_dn\":\"\",\"message\":\"\"}}]}\n";

#[test]
fn a_search() {
    check(
        &[
            client(BIND),
            server(BOUND),
            client(SEARCH),
            server(ENTRY),
            server(DONE),
            client(b"\x30\x05\x02\x01\x03\x42\0"),
        ],
        &format!(
            "{BOUND_TOLD}ldap 1 {{\"request\":{{\"message_id\":2,\"operation\":\"search_request\",\"search_request\":{{\
             \"base_object\":\"dc\",\"scope\":2,\"deref_alias\":0,\"size_limit\":0,\"time_limit\":0,\"types_only\":false,\
             \"filter\":{{\"type\":\"present\",\"value\":\"c\"}},\"attributes\":[\"sn\"]}}}},\"responses\":[\
             {{\"operation\":\"search_result_entry\",\"search_result_entry\":{{\"base_object\":\"a=b\",\"attributes\":[\
             {{\"type\":\"sn\",\"values\":[\"Doe\"]}}]}}}},{{\"operation\":\"search_result_done\",\"search_result_done\":{{\
             \"result_code\":\"no_such_object\",\"matched_dn\":\"\",\"message\":\"no\"}}}}]}}\n\
             ldap 2 {{\"request\":{{\"message_id\":3,\"operation\":\"unbind_request\"}}}}\n"
        ),
    );
}

#[test]
fn start_tls() {
    let request = [b"\x30\x1d\x02\x01\x01\x77\x18\x80\x16".as_slice(), b"1.3.6.1.4.1.1466.20037"].concat();
    let scene = Scene::tcp(&LdapProtocol, 389);
    let steps =
        [client(&request), server(b"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\0\x04\0\x04\0"), client(b"\x16\x03\x01")];
    let transcript = scene.transcript(&steps);
    assert!(transcript.ends_with("upgrade tls \"\"\n"), "{transcript}");
    scene.assert_cuts_change_nothing(&steps);
}

#[test]
fn what_is_no_message() {
    check(
        &[client(b"\x30\x03\x02\x01\x01"), client(BIND), server(BOUND)],
        &format!("anomaly invalid_data -\n{BOUND_TOLD}"),
    );
    check(&[client("GET /"), client(BIND)], "anomaly invalid_data -\n");
    // What SASL encrypts has its length before it.
    let steps = [client(BIND), server(BOUND), client(b"\0\0\0\x04\x05\x04\x06\xff"), server(b"\0\0\0\x02??")];
    check(&steps, BOUND_TOLD);
    check(
        &[server(BOUND)],
        "anomaly request_not_found 0\n\
         ldap 0 {\"responses\":[{\"message_id\":1,\"operation\":\"bind_response\",\"bind_response\":{\
         \"result_code\":\"success\",\"matched_dn\":\"\",\"message\":\"\"}}]}\n",
    );
}

#[test]
fn what_rules_see() {
    use crate::buffer::Field::*;
    let fields = [
        LdapRequestOperation,
        LdapRequestDn,
        LdapResponsesOperation,
        LdapResponsesCount,
        LdapResponsesResultCode,
        LdapResponsesDn,
        LdapResponsesMessage,
        LdapResponsesAttributeType,
    ];
    let scene = Scene::tcp(&LdapProtocol, 389).fields(&fields);
    let transcript = scene.transcript(&[client(SEARCH), server(ENTRY), server(DONE)]);
    let seen: Vec<_> = transcript.lines().skip(1).collect();
    let expected = [
        "  ldap.request.operation of client 3",
        r#"  ldap.request.dn of client "dc""#,
        "  ldap.responses.operation of server 4 5",
        "  ldap.responses.count of server 2",
        "  ldap.responses.result_code of server 32",
        r#"  ldap.responses.dn of server "a=b" """#,
        r#"  ldap.responses.message of server "" "no""#,
        r#"  ldap.responses.attribute_type of server "sn""#,
    ];
    assert_eq!(seen, expected);
}
