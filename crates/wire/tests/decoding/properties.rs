//! What must always hold.

use crate::everything::assert_sound;
use crate::samples;
use model::packet::LinkType;
use proptest::prelude::*;
use wire::{DecodeConfig, decode, decode_ip, decode_reassembled};

const LINK_TYPES: [u16; 18] = [0, 1, 9, 12, 14, 50, 51, 101, 104, 105, 108, 113, 127, 204, 228, 229, 276, 147];

/// Beginnings that lead deep into the decoder.
const BEGINNINGS: &[&[u8]] = &[
    &[],
    &[0x45, 0, 0, 100, 0, 0, 0, 0, 64, 47, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2],
    &[0x45, 0, 0, 100, 0, 0, 0, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2],
    &[0x4f, 0, 0, 100, 0, 0, 0, 0, 64, 1, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2],
    &[
        0x45, 0, 0, 100, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 0xc0, 1, 0x12, 0xb5, 0, 80, 0, 0, 8, 0, 0,
        0,
    ],
    &[0x45, 0, 0, 100, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 0xc0, 1, 0x17, 0xc1, 0, 80, 0, 0],
    &[0x45, 0, 0, 100, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 0xc0, 1, 0x0d, 0xd8, 0, 80, 0, 0],
    &[
        0x60, 0, 0, 0, 0, 60, 0, 64, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3,
        4, 5, 6, 7, 8,
    ],
    &[2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 0x88, 0x47],
    &[2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 0x89, 0x4f],
    &[2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 0x81, 0x00],
    &[2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 0x88, 0x64, 0x11, 0],
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]
    #[test]
    fn any_bytes_any_link_type(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        beginning in prop::sample::select(BEGINNINGS),
        link_type in prop::sample::select(&LINK_TYPES[..]),
        extra in prop_oneof![Just(0_u32), 0..2000_u32],
    ) {
        let frame = [beginning, &bytes].concat();
        for config in [DecodeConfig::default(), DecodeConfig::every_overlay()] {
            let packet = decode(LinkType(link_type), &frame, frame.len() as u32 + extra, &config);
            assert_sound(&packet, &frame);
            assert_sound(&decode_ip(&frame, Some(&packet), &config), &frame);
            let reassembled = decode_reassembled(&bytes, &packet, &config);
            prop_assert!(crate::everything::lies_within(reassembled.payload, &bytes));
        }
    }
}

/// Real frames with some bytes changed go deeper than random ones.
#[test]
fn changed_frames() {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below.max(1) as u64) as usize
    };
    for (name, bytes) in samples::captures() {
        for frame in samples::frames(&bytes).into_iter().take(8) {
            for _ in 0..20 {
                let mut changed = frame.clone();
                for _ in 0..1 + random(4) {
                    let place = random(changed.bytes.len().min(120));
                    if let Some(byte) = changed.bytes.get_mut(place) {
                        *byte = random(256) as u8;
                    }
                }
                let packet = changed.decode(&DecodeConfig::every_overlay());
                assert!(packet.tunnels.len() <= 6, "{name}");
                assert_sound(&packet, &changed.bytes);
            }
        }
    }
}
