//! Cases of Suricata's own suite that ask for events of its decoder. Those of reassembly are not decoding's.

use crate::samples;
use wire::DecodeConfig;

/// A capture below the suite's `tests`, an event, and in how many frames it has to be.
const CASES: &[(&str, &str, usize)] = &[
    ("bug-7414-decoder-event-01/ip_secopt.pcap", "ipv4.opt_invalid_len", 1),
    ("decode-too-small/test.pcap", "tcp.pkt_too_small", 2),
    ("decode-too-small/test.pcap", "udp.hlen_too_small", 4),
    ("decode-too-small/test.pcap", "gre.pkt_too_small", 2),
    ("ipv6-evasion/ipv6-covert-dstopts/covert_send6.pcap", "ipv6.dstopts_unknown_opt", 18),
    ("ipv6-evasion/ipv6-dos-with-ext-headers-6/denial6-6.pcap", "ipv6.frag_invalid_length", 39_812),
    ("ipv6-evasion/ipv6-malformed-fragments-9/frag-9.pcap", "ipv6.exthdr_useless_fh", 1),
    ("ipv6-evasion/ipv6-malformed-fragments-10/frag-10.pcap", "ipv6.exthdr_useless_fh", 1),
    ("ipv6-evasion/ipv6-malformed-fragments-10/frag-10.pcap", "ipv6.exthdr_dupl_fh", 1),
    ("ipv6-evasion/ipv6-malformed-fragments-11/frag-11.pcap", "ipv6.exthdr_useless_fh", 1),
    ("ipv6-evasion/ipv6-malformed-fragments-11/frag-11.pcap", "ipv6.exthdr_dupl_fh", 1),
    ("ipv6-evasion/ipv6-malformed-fragments-12/frag-12.pcap", "ipv6.exthdr_useless_fh", 1),
    ("ipv6-evasion/ipv6-malformed-fragments-12/frag-12.pcap", "ipv6.exthdr_dupl_fh", 1),
    ("ipv6-evasion/ipv6-malformed-fragments-22/frag-22.pcap", "ipv6.frag_invalid_length", 1),
    ("ipv6-evasion/ipv6-malformed-fragments-23/frag-23.pcap", "ipv6.frag_invalid_length", 1),
    ("ipv6-evasion/ipv6-malformed-fragments-24/frag-24.pcap", "ipv6.frag_invalid_length", 1),
    ("ipv6-evasion/ipv6-malformed-fragments-25/frag-25.pcap", "ipv6.exthdr_useless_fh", 1),
    ("ipv6-evasion/ipv6-malformed-fragments-25/frag-25.pcap", "ipv6.trunc_exthdr", 1),
    ("ipv6-evasion/ipv6-malformed-fragments-26/frag-26.pcap", "ipv6.trunc_exthdr", 1),
    ("ipv6-evasion/ipv6-malformed-fragments-27/frag-27.pcap", "ipv6.trunc_exthdr", 1),
    ("ipv6-evasion/ipv6-malformed-fragments-28/frag-28.pcap", "ipv6.trunc_exthdr", 1),
    ("ipv6-evasion/ipv6-malformed-fragments-32/frag-32.pcap", "ipv6.frag_invalid_length", 1),
    ("ipv6-evasion/ipv6-malformed-fragments-33/frag-33.pcap", "ipv6.frag_invalid_length", 1),
    ("udp-5379/udp-len-invalid/input.pcap", "udp.len_invalid", 1),
];

#[test]
fn events_of_the_decoder() {
    let Some(folder) = samples::folder() else { return };
    let tests = folder.join("../../conformance/suricata-verify/tests");
    let mut wrong = Vec::new();
    for (capture, event, expected) in CASES {
        let Ok(bytes) = std::fs::read(tests.join(capture)) else { continue };
        let config = DecodeConfig::every_overlay();
        let frames = samples::frames(&bytes);
        let packets = frames.iter().map(|frame| frame.decode(&config));
        let found = packets.filter(|packet| packet.anomalies.iter().any(|anomaly| anomaly.name == *event)).count();
        if found != *expected {
            wrong.push(format!("{capture}: {event} in {found} of {} frames, not {expected}", frames.len()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
