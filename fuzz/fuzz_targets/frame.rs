//! The packet decoder on foreign bytes: no panic, and what it hands out lies in the frame.
#![no_main]

use libfuzzer_sys::fuzz_target;
use model::packet::LinkType;
use wire::{DecodeConfig, GeneveOptions};

/// The first byte chooses the link type, the second how much more was on the wire.
const LINK_TYPES: [u16; 18] = [1, 101, 0, 9, 12, 14, 50, 51, 104, 105, 108, 113, 127, 204, 228, 229, 239, 276];

fn lies_within(part: &[u8], whole: &[u8]) -> bool {
    let (outer, inner) = (whole.as_ptr_range(), part.as_ptr_range());
    part.is_empty() || outer.start <= inner.start && inner.end <= outer.end
}

fuzz_target!(|bytes: &[u8]| {
    let [choice, absent, frame @ ..] = bytes else { return };
    let link_type = LinkType(LINK_TYPES[usize::from(*choice) % LINK_TYPES.len()]);
    let wire_length = frame.len() as u32 + u32::from(*absent);
    for config in [DecodeConfig::default(), DecodeConfig::every_overlay()] {
        let packet = wire::decode(link_type, frame, wire_length, &config);
        assert!(lies_within(packet.payload, frame) && lies_within(packet.datagram, frame));
        let _ = (packet.ipv4_checksum_is_right(), packet.transport_checksum_is_right());
        let _ = GeneveOptions::read(packet.geneve_options);
        let _ = wire::decode_reassembled(frame, &packet, &config);
    }
});
