//! A direction's packets over the windows in which a cloud would have counted them.

/// What of a direction falls into one window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slice {
    /// When the window begins, in nanoseconds since 1970.
    pub(super) window_ns: i64,
    /// Its first and last packet.
    pub(super) times_ns: [i64; 2],
    pub(super) packets: i64,
    pub(super) bytes: i64,
    /// The direction's first packet is among them, its last one is.
    pub(super) has_first: bool,
    pub(super) has_last: bool,
}

/// Packets evenly over the time between the first and the last, bytes evenly over the packets.
pub(super) fn spread(start_ns: i64, end_ns: i64, packets: i64, bytes: i64, window_ns: i64) -> Vec<Slice> {
    let span = i128::from(end_ns.saturating_sub(start_ns).max(0));
    let gaps = i128::from(packets.max(1) - 1);
    let time_of = |packet: i64| start_ns + if gaps == 0 { 0 } else { (span * i128::from(packet) / gaps) as i64 };
    // The first packet at that time or later.
    let first_at = |time_ns: i64| {
        let passed = i128::from(time_ns - start_ns).max(0);
        if gaps == 0 || span == 0 {
            i64::from(passed > 0) * packets
        } else {
            ((passed * gaps + span - 1) / span) as i64
        }
    };
    let share = |packet: i64| (i128::from(bytes) * i128::from(packet) / i128::from(packets.max(1))) as i64;
    let mut slices = Vec::new();
    let mut packet = 0;
    while packet < packets {
        let window_start = time_of(packet).div_euclid(window_ns) * window_ns;
        let next = first_at(window_start + window_ns).clamp(packet + 1, packets);
        slices.push(Slice {
            window_ns: window_start,
            times_ns: [time_of(packet), time_of(next - 1)],
            packets: next - packet,
            bytes: share(next) - share(packet),
            has_first: packet == 0,
            has_last: next == packets,
        });
        packet = next;
    }
    slices
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000_000;

    #[test]
    fn nothing_is_lost_and_every_packet_is_in_its_window() {
        for (start, span, packets, bytes) in [(0, 0, 1, 60), (59, 0, 7, 700), (30, 100, 11, 1_003), (-5, 3_600, 5, 4)] {
            let (start, end) = (start * SECOND, (start + span) * SECOND);
            let slices = spread(start, end, packets, bytes, 60 * SECOND);
            assert_eq!(slices.iter().map(|slice| slice.packets).sum::<i64>(), packets);
            assert_eq!(slices.iter().map(|slice| slice.bytes).sum::<i64>(), bytes);
            assert_eq!(slices[0].times_ns[0], start);
            assert!(packets == 1 || slices.last().expect("one").times_ns[1] == end);
            for slice in &slices {
                assert!(
                    slice.times_ns.iter().all(|time| time.div_euclid(60 * SECOND) * 60 * SECOND == slice.window_ns)
                );
            }
        }
        assert!(spread(0, 0, 0, 0, SECOND).is_empty());
    }

    #[test]
    fn windows() {
        let slices = spread(30 * SECOND, 130 * SECOND, 11, 1_100, 60 * SECOND);
        let packets: Vec<i64> = slices.iter().map(|slice| slice.packets).collect();
        assert_eq!(packets, [3, 6, 2]);
        assert!(slices[0].has_first && !slices[0].has_last && slices[2].has_last);
    }
}
