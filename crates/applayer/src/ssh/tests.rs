use super::SshProtocol;
use crate::testing::{Scene, Step, client, server};
use crate::tree::Extra;

fn check(steps: &[Step<'_>], expected: &str) {
    check_with(&[], steps, expected);
}

fn check_with(extras: &[Extra], steps: &[Step<'_>], expected: &str) {
    let scene = Scene::tcp(&SshProtocol, 22).with(extras);
    let found = scene.transcript(steps);
    let expected: String = expected.trim().lines().map(|line| line.trim().to_owned() + "\n").collect();
    assert!(found == expected, "found:\n{found}\nexpected:\n{expected}");
    scene.assert_cuts_change_nothing(steps);
}

fn string(text: &[u8]) -> Vec<u8> {
    [&u32::try_from(text.len()).unwrap().to_be_bytes(), text].concat()
}

fn packet(message: u8, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len() + 2 + 4).unwrap();
    [&length.to_be_bytes()[..], &[4, message], payload, &[0; 4]].concat()
}

/// What a side offers: its lists, without languages.
fn offer(lists: [&str; 8]) -> Vec<u8> {
    let mut payload = vec![7; 16];
    for list in lists.into_iter().chain(["", ""]) {
        payload.extend(string(list.as_bytes()));
    }
    payload.extend([0; 5]);
    packet(20, &payload)
}

fn client_offer() -> Vec<u8> {
    offer(["k1,k2", "rsa,ed", "c1", "c2", "m1", "m2", "none", "zlib,none"])
}

fn server_offer() -> Vec<u8> {
    offer(["k2,k1", "ed", "c1", "c2", "m1", "m2", "none", "none"])
}

fn handshake() -> [Vec<u8>; 6] {
    let reply = [string(&string(b"ed")), string(b"f"), string(b"s")].concat();
    [
        b"SSH-2.0-OpenSSH_9.9 Debian-1\r\n".to_vec(),
        b"SSH-2.0-dropbear\r\n".to_vec(),
        [client_offer(), packet(30, &string(b"e"))].concat(),
        [server_offer(), packet(31, &reply), packet(21, b"")].concat(),
        packet(21, b""),
        Vec::new(),
    ]
}

const CLIENT: &str = r#""client":{"proto_version":"2.0","software_version":"OpenSSH_9.9","hassh":{"hash":"d1ba4f56989ced700fd4ff473ecb3ab2","string":"k1,k2;c1;m1;none"}}"#;
const SERVER: &str = r#""server":{"proto_version":"2.0","software_version":"dropbear","hassh":{"hash":"a8dc804fa6698b6c6a89a884482ff03a","string":"k2,k1;c2;m2;none"}}"#;

#[test]
fn a_handshake() {
    let [ours, theirs, offer, reply, keys, _] = &handshake();
    let steps = [client(ours), server(theirs), client(offer), server(reply), client(keys)];
    check(&steps, &format!("ssh 0 {{{CLIENT},{SERVER}}}"));
}

#[test]
fn what_eve_has_no_name_for() {
    let [ours, theirs, offer, reply, keys, _] = &handshake();
    let steps = [client(ours), server(theirs), client(offer), server(reply), client(keys)];
    let client = CLIENT.replace(r#"9.9","#, r#"9.9","comments":"Debian-1","#);
    check_with(
        &[Extra::Own],
        &steps,
        &format!(
            r#"ssh 0 {{{client},{SERVER},"negotiated":{{"kex":"k1","host_key":"ed","cipher_to_server":"c1","cipher_to_client":"c2","mac_to_server":"m1","mac_to_client":"m2","compression_to_server":"none","compression_to_client":"none"}},"host_key":{{"type":"ed","md5":"b1:46:7e:4a:80:5a:1f:54:18:0a:90:f3:f8:64:04:22","sha256":"xOxdn0pSETFMCRooDh4EHwZAwq/kdM0Ekgp2Ot00ilw"}},"timing":{{"kex_ns":4000000}}}}"#
        ),
    );
}

/// Sizes of what server and client send behind NEWKEYS, the client first.
fn login(sizes: &[usize], expected: &str) {
    let [ours, theirs, offer, reply, keys, _] = &handshake();
    let bytes: Vec<Vec<u8>> = sizes.iter().map(|size| vec![0xee; *size]).collect();
    let mut steps = vec![client(ours), server(theirs), client(offer), server(reply), client(keys)];
    for (turn, bytes) in bytes.iter().enumerate() {
        steps.push(if turn % 2 == 0 { client(bytes) } else { server(bytes) });
    }
    check(&steps, &format!("ssh 0 {{{CLIENT},{SERVER}}}\nssh_login 0 {expected}"));
}

#[test]
fn logins() {
    let success = r#"{"result":"success","attempts":3,"login_ns":7000000}"#;
    login(&[44, 44, 60, 52, 140, 52, 140, 28, 200, 500], success);
    login(&[44, 44, 60, 28, 140, 52], r#"{"result":"success","attempts":1,"login_ns":3000000}"#);
    login(&[44, 44, 60, 52, 140, 52, 140, 52], r#"{"result":"failure","attempts":3,"login_ns":7000000}"#);
    login(&[44, 44, 60, 52], r#"{"result":"unknown","attempts":1,"login_ns":3000000}"#);
}

#[test]
fn banners() {
    let told = |version: &str| format!(r#"ssh 0 {{"server":{{"proto_version":"{version}","software_version":"x"}}}}"#);
    check(&[server("Go away\r\nSSH-2.0-x\r\n")], &told("2.0"));
    check(&[server("SSH-1.5-x\n\0\0\0")], &told("1.5"));
    check(&[server("SSH-2.0-x")], &told("2.0"));
    check(&[client("SSH-2.0\n")], "anomaly invalid_banner 0");
    let long = format!("SSH-2.0-x {}\r\n", "y".repeat(300));
    check(&[server(&long)], &format!("anomaly long_banner 0\n{}", told("2.0")));
}

#[test]
fn lengths_that_lie() {
    let told = r#"ssh 0 {"server":{"proto_version":"2.0","software_version":"x"}}"#;
    for (bytes, anomaly) in [
        (&b"\0\0\0\x01\x04\x14"[..], "invalid_record"),
        (b"\0\0\0\x08\x09\x14", "invalid_record"),
        (b"\x00\x01\x00\x08\x09\x14", "long_kex_record"),
    ] {
        let bytes = [b"SSH-2.0-x\r\n", bytes].concat();
        check(&[server(&bytes)], &format!("anomaly {anomaly} 0\n{told}"));
    }
}

#[test]
fn missing_bytes_end_the_handshake() {
    let [ours, theirs, offer, reply, keys, _] = &handshake();
    let gap = Step::Gap(model::packet::Side::Server, 10);
    let steps = [client(ours), server(theirs), client(offer), gap, server(reply), client(keys)];
    let server = r#""server":{"proto_version":"2.0","software_version":"dropbear"}"#;
    check(&steps, &format!("ssh 0 {{{CLIENT},{server}}}"));
}
