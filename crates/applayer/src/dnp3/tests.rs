use super::{Dnp3Protocol, link};
use crate::testing::{Scene, Step, client, server};

/// A link frame from 1 to 2: its control byte, and its data with checksums between.
fn frame(control: u8, data: &[u8]) -> Vec<u8> {
    let with_checksum = |block: &[u8]| [block, &link::checksum(block).to_le_bytes()].concat();
    let header = [5, 0x64, 5 + data.len() as u8, control, 2, 0, 1, 0];
    let blocks = data.chunks(16).flat_map(with_checksum);
    with_checksum(&header).into_iter().chain(blocks).collect()
}

#[track_caller]
fn check(steps: &[Step<'_>], expected: &str) {
    let scene = Scene::tcp(&Dnp3Protocol, 20_000);
    assert_eq!(scene.transcript(steps), expected);
    scene.assert_cuts_change_nothing(steps);
}

const LINK: &str =
    "\"control\":{\"dir\":true,\"pri\":true,\"fcb\":false,\"fcv\":false,\"function_code\":4},\"src\":1,\"dst\":2";
const WHOLE: &str = "\"control\":{\"fir\":true,\"fin\":true,\"con\":false,\"uns\":false,\"sequence\":3}";

#[test]
fn what_is_read_is_answered() {
    let read = frame(0xc4, b"\xc0\xc3\x01\x3c\x02\x06");
    // Over two segments: two binary inputs, packed, and an analogue one of 16 bits, at index 5.
    let first = frame(0xc4, b"\x41\xc3\x81\x90\0\x01\x01\0\x03\x04\x02");
    let last = frame(0xc4, b"\x82\x1e\x04\x17\x01\x05\xfe\xff");
    let expected = format!(
        "dnp3 0 {{\"type\":\"request\",{LINK},\"application\":{{{WHOLE},\"function_code\":1,\
         \"objects\":[{{\"group\":60,\"variation\":2,\"qualifier\":6,\"prefix_code\":0,\"range_code\":6,\
         \"start\":0,\"stop\":0,\"count\":0}}],\"complete\":true}}}}\n\
         dnp3 1 {{\"type\":\"response\",{LINK},\"application\":{{{WHOLE},\"function_code\":129,\
         \"objects\":[{{\"group\":1,\"variation\":1,\"qualifier\":0,\"prefix_code\":0,\"range_code\":0,\
         \"start\":3,\"stop\":4,\"count\":2,\
         \"points\":[{{\"prefix\":0,\"index\":3,\"state\":0}},{{\"prefix\":0,\"index\":4,\"state\":1}}]}},\
         {{\"group\":30,\"variation\":4,\"qualifier\":23,\"prefix_code\":1,\"range_code\":7,\"start\":0,\"stop\":0,\"count\":1,\
         \"points\":[{{\"prefix\":5,\"index\":5,\"value\":-2}}]}}],\"complete\":true}},\
         \"iin\":{{\"indicators\":[\"device_restart\",\"need_time\"]}}}}\n"
    );
    check(&[client(&read), server(&first), server(&last)], &expected);
}

#[test]
fn frames_without_data_and_noise_between_them_are_passed_over() {
    let status = frame(0xc9, b"");
    let confirm = frame(0xc4, b"\xc0\xc3\0");
    let noise = [&status[..], b"\x05\x05noise", &confirm].concat();
    let expected = format!(
        "dnp3 0 {{\"type\":\"request\",{LINK},\"application\":{{{WHOLE},\"function_code\":0,\"complete\":true}}}}\n"
    );
    check(&[client(&noise)], &expected);
}

#[test]
fn what_is_wrong_is_said() {
    let mut header = frame(0xc4, b"\xc0\xc3\0");
    header[3] ^= 1;
    let mut block = frame(0xc4, b"\xc0\xc3\0");
    block[11] ^= 1;
    let unknown = frame(0xc4, b"\xc0\xc3\x02\xfa\x01\x07\x01");
    let few = frame(0xc4, b"\xc0\xc3");
    let expected = format!(
        "anomaly bad_link_crc -\nanomaly bad_transport_crc -\nanomaly unknown_object 0\n\
         dnp3 0 {{\"type\":\"request\",{LINK},\"application\":{{{WHOLE},\"function_code\":2,\
         \"objects\":[{{\"group\":250,\"variation\":1,\"qualifier\":7,\"prefix_code\":0,\"range_code\":7,\
         \"start\":0,\"stop\":0,\"count\":1}}],\"complete\":false}}}}\nanomaly len_too_small 0\n"
    );
    check(&[client(&header), client(&block), client(&unknown), client(&few)], &expected);
}

#[test]
fn a_datagram_holds_several_frames() {
    let both = [frame(0xc4, b"\xc0\xc3\0"), frame(0xc4, b"\xc1\xc3\0")].concat();
    let transcript = Scene::udp(&Dnp3Protocol, 20_000).transcript(&[client(&both)]);
    assert_eq!(transcript.lines().count(), 2, "{transcript}");
}

#[test]
fn what_rules_see() {
    use crate::buffer::Field::{Dnp3Data, Dnp3Function, Dnp3Indicators, Dnp3Object};
    let scene = Scene::udp(&Dnp3Protocol, 20_000).fields(&[Dnp3Data, Dnp3Function, Dnp3Indicators, Dnp3Object]);
    let transcript = scene.transcript(&[server(&frame(0x44, b"\xc0\xc3\x81\x90\0\x3c\x02\x06"))]);
    let seen: Vec<_> = transcript.lines().filter_map(|line| line.strip_prefix("  dnp3_")).collect();
    let expected = [
        r#"data of server "\xc3\x81\x90\x00<\x02\x06""#.to_owned(),
        "func of server 129".to_owned(),
        format!("ind of server {}", 0x9000),
        format!("obj of server {}", 60 << 8 | 2),
    ];
    assert_eq!(seen, expected, "{transcript}");
}
