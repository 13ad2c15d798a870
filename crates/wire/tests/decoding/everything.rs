//! Every frame of every capture.

use crate::samples::{self, Sample};
use std::collections::BTreeMap;
use wire::{ANOMALIES, DecodeConfig, Packet};

/// Does a part lie in the frame?
pub(crate) fn lies_within(part: &[u8], frame: &[u8]) -> bool {
    let (outer, inner) = (frame.as_ptr_range(), part.as_ptr_range());
    part.is_empty() || outer.start <= inner.start && inner.end <= outer.end
}

/// What holds of a packet, whatever the frame.
pub(crate) fn assert_sound(packet: &Packet<'_>, frame: &[u8]) {
    assert!(lies_within(packet.payload, frame));
    assert!(lies_within(packet.datagram, frame));
    assert!(lies_within(packet.geneve_options, frame));
    for anomaly in packet.anomalies.iter() {
        assert!(ANOMALIES.iter().any(|kind| kind.name == anomaly.name), "{}", anomaly.name);
    }
    if let Some(network) = packet.network {
        assert!(
            packet.payload.len() <= packet.datagram.len() && packet.datagram.len() <= network.total_length as usize
        );
    }
    // Neither may panic.
    let _ = (packet.ipv4_checksum_is_right(), packet.transport_checksum_is_right());
}

#[test]
fn every_frame_is_sound() {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    let mut total = 0;
    for (_, bytes) in samples::captures() {
        for frame in samples::frames(&bytes) {
            total += 1;
            for config in [DecodeConfig::default(), DecodeConfig::every_overlay()] {
                let packet = frame.decode(&config);
                assert_sound(&packet, &frame.bytes);
                packet.anomalies.iter().for_each(|anomaly| *counts.entry(anomaly.name).or_default() += 1);
            }
        }
    }
    eprintln!("{total} frames; anomalies in two decodings: {counts:#?}");
}

/// A frame of which less was captured says less, and nothing worse.
#[test]
fn a_shorter_capture_has_no_more_anomalies() {
    for (name, bytes) in samples::captures().into_iter().filter(|(name, _)| name.starts_with("zeek/")) {
        for frame in samples::frames(&bytes).into_iter().take(20) {
            let whole = frame.decode(&DecodeConfig::default());
            if !whole.anomalies.is_empty() {
                continue;
            }
            for length in 0..frame.bytes.len().min(150) {
                let cut = Sample { bytes: frame.bytes[..length].to_vec(), ..frame.clone() };
                let packet = cut.decode(&DecodeConfig::default());
                assert!(packet.anomalies.is_empty(), "{name}, {length} bytes: {packet:?}\n{whole:?}");
                if let (Some(network), Some(of_whole)) = (packet.network, whole.network)
                    && !matches!(packet.transport, wire::Transport::None | wire::Transport::Cut { .. })
                    && packet.tunnels.len() == whole.tunnels.len()
                {
                    assert_eq!(network, of_whole, "{name}, {length}");
                    let present = |packet: &Packet<'_>| packet.payload.len() as u32 + packet.missing_bytes;
                    assert_eq!(present(&packet), present(&whole), "{name}, {length}: {packet:?}\n{whole:?}");
                }
            }
        }
    }
}
