use super::Dhcp;
use crate::testing::{Scene, client, server};
use crate::tree::Extra;
use crate::{Probe, Protocol, Transport};
use model::packet::Side;

fn message(op: u8, options: &[u8]) -> Vec<u8> {
    let mut bytes = vec![op, 1, 6, 0, 0, 0, 0, 9, 0, 3, 0, 0];
    bytes.extend_from_slice(&[0, 0, 0, 0, 192, 0, 2, 9, 192, 0, 2, 1, 0, 0, 0, 0]);
    bytes.extend_from_slice(&[2, 0, 0, 0, 0, 1]);
    bytes.resize(236, 0);
    bytes.extend_from_slice(&[0x63, 0x82, 0x53, 0x63]);
    bytes.extend_from_slice(options);
    bytes
}

#[test]
fn exchange() {
    let discover =
        [&[53, 1, 1, 0, 0][..], &[12, 2, b'p', b'c'], &[55, 3, 1, 6, 33], &[61, 3, 1, 2, 3], &[255, 9, 9]].concat();
    let offer = [
        &[53, 1, 2][..],
        &[51, 4, 0, 0, 14, 16],
        &[3, 4, 192, 0, 2, 1],
        &[6, 8, 192, 0, 2, 1, 192, 0, 2, 2],
        &[54, 4, 192, 0, 2, 1],
    ]
    .concat();
    let transcript = Scene::udp(&Dhcp, 67).transcript(&[client(&message(1, &discover)), server(&message(2, &offer))]);
    assert_eq!(
        transcript.lines().collect::<Vec<_>>(),
        [
            r#"dhcp 0 {"type":"request","id":9,"client_mac":"02:00:00:00:00:01","assigned_ip":"192.0.2.9","client_ip":"0.0.0.0","dhcp_type":"discover","hostname":"pc","params":["subnet_mask","dns_server"],"client_id":"02:03"}"#,
            r#"dhcp 1 {"type":"reply","id":9,"client_mac":"02:00:00:00:00:01","assigned_ip":"192.0.2.9","client_ip":"0.0.0.0","relay_ip":"0.0.0.0","next_server_ip":"192.0.2.1","dhcp_type":"offer","lease_time":3600,"routers":["192.0.2.1"],"dns_servers":["192.0.2.1","192.0.2.2"]}"#,
        ]
    );
}

#[test]
fn own() {
    let options = [&[15, 1, b'd'][..], &[54, 4, 192, 0, 2, 1], &[81, 5, 0, 0, 0, b'p', b'c'], &[55, 1, 252]].concat();
    let transcript = Scene::udp(&Dhcp, 67).with(&[Extra::Own]).transcript(&[client(&message(1, &options))]);
    let expected = r#""seconds":3,"domain":"d","server_id":"192.0.2.1","fqdn":"pc","parameter_numbers":[252]}"#;
    assert!(transcript.contains(expected), "{transcript}");
}

#[test]
fn anomalies() {
    let check = |bytes: &[u8], expected: &str| {
        let transcript = Scene::udp(&Dhcp, 67).transcript(&[client(bytes)]);
        assert_eq!(transcript.lines().next(), Some(expected), "{transcript}");
    };
    check(&message(1, &[12, 9, b'p']), "anomaly truncated_options 0");
    check(&message(1, &[12]), "anomaly truncated_options 0");
    check(&message(1, &[51, 2, 0, 1]), "anomaly malformed_options 0");
    check(&message(1, &[])[..239], "anomaly malformed_data -");
}

#[test]
fn probes() {
    let check = |bytes: &[u8], expected| assert_eq!(Dhcp.probe(bytes, Side::Client, Transport::Udp), expected);
    check(&message(1, &[]), Probe::Yes);
    check(&message(3, &[]), Probe::No);
    check(&[1; 300], Probe::No);
    check(b"", Probe::No);
}
