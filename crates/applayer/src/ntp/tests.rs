use super::Ntp;
use super::packet::unix_ns;
use crate::testing::{Scene, client, server};
use crate::tree::Extra;
use crate::{Probe, Protocol, Transport};
use model::packet::Side;

/// 1900 to 1970, as seconds of a timestamp.
const EPOCH_S: u64 = 2_208_988_800;

fn packet(first: u8, stratum: u8, reference_id: &[u8; 4], times: [u64; 4]) -> Vec<u8> {
    let mut bytes = vec![first, stratum, 6, 0xec, 0, 0, 0x80, 0, 0, 1, 0, 0];
    bytes.extend_from_slice(reference_id);
    times.iter().for_each(|time| bytes.extend_from_slice(&time.to_be_bytes()));
    bytes
}

#[test]
fn exchange() {
    let request = packet(0x23, 0, &[0; 4], [0, 0, 0, 77]);
    let second = (EPOCH_S + 1) << 32;
    let response = packet(0x24, 1, b"GPS\0", [0, 77, second, second + (1 << 31)]);
    let transcript = Scene::udp(&Ntp, 123).with(&[Extra::Own]).transcript(&[client(&request), server(&response)]);
    assert_eq!(
        transcript.lines().collect::<Vec<_>>(),
        [
            r#"ntp 0 {"version":4,"mode":"client","leap":0,"stratum":0,"poll_exponent":6,"precision_exponent":-20,"root_delay_ns":500000000,"root_dispersion_ns":1000000000,"transmit_time_ns":2085978496000000017}"#,
            r#"ntp 1 {"version":4,"mode":"server","leap":0,"stratum":1,"poll_exponent":6,"precision_exponent":-20,"root_delay_ns":500000000,"root_dispersion_ns":1000000000,"reference_id":"GPS","origin_time_ns":2085978496000000017,"receive_time_ns":1000000000,"transmit_time_ns":1500000000,"timing":{"latency_ns":1000000,"offset_ns":1249500000}}"#,
        ]
    );
}

#[test]
fn as_suricata_tells_it() {
    let request = packet(0x23, 2, &[10, 0, 0, 1], [0, 0, 0, 77]);
    assert_eq!(
        Scene::udp(&Ntp, 123).transcript(&[client(&request)]),
        "ntp 0 {\"version\":4,\"mode\":3,\"stratum\":2,\"reference_id\":\"0a:00:00:01\"}\n"
    );
}

#[test]
fn others() {
    let check = |bytes: &[u8], expected: &str| {
        assert_eq!(Scene::udp(&Ntp, 123).with(&[Extra::Own]).transcript(&[client(bytes)]), format!("{expected}\n"));
    };
    check(&[&[0x16, 2][..], &[0; 10]].concat(), r#"ntp 0 {"version":2,"mode":"control","control_operation":2}"#);
    check(&[0x17, 0, 3, 0x2a, 0, 0, 0, 0], r#"ntp 0 {"version":2,"mode":"private","control_operation":42}"#);
    check(&[0x23; 47], "anomaly malformed_data -");
}

#[test]
fn eras() {
    assert_eq!(unix_ns(0), None);
    assert_eq!(unix_ns(EPOCH_S << 32), Some(0));
    assert_eq!(unix_ns(u64::MAX), Some(2_085_978_495_999_999_999));
    assert_eq!(unix_ns(1 << 32), Some(2_085_978_497_000_000_000));
}

#[test]
fn probes() {
    let check = |bytes: &[u8], expected| assert_eq!(Ntp.probe(bytes, Side::Client, Transport::Udp), expected);
    check(&packet(0x23, 0, &[0; 4], [0; 4]), Probe::Maybe);
    check(&packet(0x23, 17, &[0; 4], [0; 4]), Probe::No);
    check(&packet(0x3b, 0, &[0; 4], [0; 4]), Probe::No);
    check(b"", Probe::No);
}
