//! What matches in a stream does not depend on how it was cut: the same rules, whatever the segments.
//!
//! It holds for what lies within the bytes that stay in sight of a stream, and for rules that say that something is there: that
//! something is missing may be true of a begin, and wrong of the whole.

use model::packet::{Side, Timestamp};
use proptest::prelude::*;
use rules::{Detector, FlowMemory, Ruleset, Settings, Shared, Sight, read};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

/// Found by all ways of the matcher, at fixed places and anywhere, one after the other.
const RULES: &str = r#"
alert tcp any any -> any any (content:"a"; offset:3; depth:9; sid:1;)
alert tcp any any -> any any (content:"ab"; sid:2;)
alert tcp any any -> any any (content:"abc"; nocase; sid:3;)
alert tcp any any -> any any (content:"bcab"; sid:4;)
alert tcp any any -> any any (content:"abcabca"; sid:5;)
alert tcp any any -> any any (content:"cc"; content:"ba"; distance:2; within:9; sid:6;)
alert tcp any any -> any any (content:"aa"; content:"bb"; content:"cc"; sid:7;)
alert tcp any any -> any 80 (content:"aacb"; pcre:"/aacb[ab]+c/"; sid:8;)
alert tcp any any -> any 81 (content:"ab"; sid:9;)
alert tcp any any -> any any (content:"cab"; depth:40; content:"bab"; offset:20; sid:10;)
alert tcp any any -> any any (content:"abbacabb"; sid:11;)
"#;

/// An IPv4 datagram with a TCP header from port 4000 to port 80.
fn datagram() -> Vec<u8> {
    let mut bytes = vec![0x45, 0, 0, 40, 0, 1, 0, 0, 64, 6, 0, 0, 192, 0, 2, 1, 198, 51, 100, 1];
    bytes.extend([0x0f, 0xa0, 0, 80, 0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x10, 1, 0, 0, 0, 0, 0]);
    bytes
}

/// The rules that match a stream which comes in such pieces.
fn matched(stream: &[u8], cuts: &[usize]) -> BTreeSet<u32> {
    let reading = read("chunks.rules", RULES.as_bytes(), &Settings::default());
    assert_eq!(reading.refused, 0);
    let ruleset = Arc::new(Ruleset::new(reading.rules, reading.names));
    let mut detector = Detector::new(ruleset.clone(), Arc::new(Mutex::new(Shared::default())));
    let bytes = datagram();
    let packet = wire::decode_ip(&bytes, None, &wire::DecodeConfig::default());
    let sight = Sight {
        now: Timestamp::default(),
        packet: Some(&packet),
        flow: None,
        sender: Side::Client,
        protocol: Some("failed"),
        protocol_before: None,
        side_protocols: [None; 2],
        anomalies: &[],
        is_first: false,
        is_established: true,
    };
    let mut memory = FlowMemory::default();
    let mut ends: Vec<usize> = cuts.iter().map(|cut| cut % stream.len().max(1)).chain([stream.len()]).collect();
    ends.sort_unstable();
    let mut begin = 0;
    for end in ends {
        detector.hold_stream(&mut memory, Side::Client, begin as u64, &stream[begin..end]);
        detector.stream(&sight, &mut memory);
        begin = end;
    }
    detector.take_hits().iter().filter_map(|hit| Some(ruleset.rule(hit.rule)?.about.sid)).collect()
}

#[test]
fn these_rules_can_match() {
    let found = matched(b"aacbabbacabbabcabcabccxxbabaabbcc", &[]);
    assert_eq!(found, BTreeSet::from([1, 2, 3, 4, 5, 6, 7, 8, 10, 11]));
}

proptest! {
    #[test]
    fn however_it_is_cut(stream in "[abcC]{1,200}", cuts in proptest::collection::vec(0usize..200, 0..12)) {
        prop_assert_eq!(matched(stream.as_bytes(), &cuts), matched(stream.as_bytes(), &[]));
    }
}
