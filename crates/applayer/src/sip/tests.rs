use super::SipProtocol;
use crate::testing::{Scene, Step, client, server};
use crate::tree::Extra;

const INVITE: &str = "INVITE sip:b@x SIP/2.0\r\nVia: SIP/2.0/TCP a\r\nf: <sip:a@x>\r\nTo: <sip:b@x>\r\nCall-ID: 7\r\n\
    User-Agent: phone\r\nSubject: folded\r\n line\r\nContent-Type: application/sdp\r\nl: 59\r\n\r\n\
    v=0\r\no=- 1 1 IN IP4 a\r\ns=call\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n";
const TRYING: &str = "SIP/2.0 100 Trying to reach\r\nContent-Length: 0\r\n\r\n";

const INVITED: &str = "sip 0 {\"method\":\"INVITE\",\"uri\":\"sip:b@x\",\"version\":\"SIP/2.0\",\
    \"request_line\":\"INVITE sip:b@x SIP/2.0\",\"sdp\":{\"origin\":\"- 1 1 IN IP4 a\",\"session_name\":\"call\",\
    \"time_descriptions\":[{\"time\":\"0 0\"}],\"media_descriptions\":[{\"media\":\"audio 9 RTP/AVP 0\"}]}";
const TRIED: &str = "sip 1 {\"version\":\"SIP/2.0\",\"code\":\"100\",\"reason\":\"Trying to reach\",\
    \"response_line\":\"SIP/2.0 100 Trying to reach\"}\n";

#[track_caller]
fn check(steps: &[Step<'_>], expected: &str) {
    let scene = Scene::tcp(&SipProtocol, 5060);
    assert_eq!(expected, scene.transcript(steps));
    scene.assert_cuts_change_nothing(steps);
}

#[test]
fn over_tcp() {
    let steps = [client(INVITE), server("\r\n\r\n"), server(TRYING)];
    check(&steps, &format!("{INVITED}}}\n{TRIED}"));
}

#[test]
fn over_udp() {
    let scene = Scene::udp(&SipProtocol, 5060).with(&[Extra::Own]);
    let transcript = scene.transcript(&[client(INVITE), client("\r\n\r\n"), server("nothing")]);
    let own = ",\"call_id\":\"7\",\"from\":\"<sip:a@x>\",\"to\":\"<sip:b@x>\",\"user_agent\":\"phone\"}\n";
    assert_eq!(transcript, [INVITED, own, "anomaly invalid_data 0\n"].concat());
}

#[test]
fn what_is_no_message() {
    check(&[client("BYE\r\n\r\n"), client(TRYING)], "anomaly invalid_data -\n");
    check(&[server("SIP/2.0 100 T\r\nContent-Length: many\r\n\r\n"), server(TRYING)], "anomaly invalid_data -\n");
}

#[test]
fn what_rules_see() {
    use crate::buffer::Field::{
        SdpMedia, SdpOrigin, SdpTime, SipContentLength, SipFrom, SipMethod, SipRequestLine, SipStatMsg,
    };
    let fields = [SipMethod, SipRequestLine, SipStatMsg, SipFrom, SipContentLength, SdpOrigin, SdpTime, SdpMedia];
    let scene = Scene::tcp(&SipProtocol, 5060).fields(&fields).frames();
    let transcript = scene.transcript(&[client("BYE sip:b@x SIP/2.0\r\nf: a\r\nFrom: b\r\n\r\n"), server(TRYING)]);
    let lines: Vec<_> = transcript.lines().filter(|line| !line.starts_with("sip")).collect();
    let expected = [
        r#"frame pdu of client "BYE sip:b@x SIP/2.0\r\nf: a\r\nFrom: b\r\n\r\n""#,
        r#"frame request.line of client "BYE sip:b@x SIP/2.0\r\n""#,
        r#"frame request.headers of client "f: a\r\nFrom: b\r\n""#,
        r#"  sip.method of client "BYE""#,
        r#"  sip.request_line of client "BYE sip:b@x SIP/2.0""#,
        r#"  sip.from of client "a" "b""#,
        r#"frame pdu of server "SIP/2.0 100 Trying to reach\r\nContent-Length: 0\r\n\r\n""#,
        r#"frame response.line of server "SIP/2.0 100 Trying to reach\r\n""#,
        r#"frame response.headers of server "Content-Length: 0\r\n""#,
        r#"  sip.stat_msg of server "Trying to reach""#,
        r#"  sip.content_length of server "0""#,
    ];
    assert_eq!(lines, expected);
    let transcript = Scene::tcp(&SipProtocol, 5060).fields(&fields[5..]).transcript(&[client(INVITE)]);
    let seen: Vec<_> = transcript.lines().skip(1).collect();
    let expected = [
        r#"  sdp.origin of client "- 1 1 IN IP4 a""#,
        r#"  sdp.time of client "0 0""#,
        r#"  sdp.media.media of client "audio 9 RTP/AVP 0""#,
    ];
    assert_eq!(seen, expected);
}

#[test]
fn what_the_wrong_side_sends() {
    let transcript =
        Scene::udp(&SipProtocol, 5060).transcript(&[server("BYE sip:b@x SIP/2.0\r\n\r\n"), server(TRYING)]);
    let told: Vec<_> = transcript.lines().map(|line| line.split('{').next().unwrap_or_default()).collect();
    assert_eq!(told, ["anomaly invalid_data -", "sip 0 ", "sip 0 "]);
}
