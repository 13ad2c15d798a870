//! Cuts what was counted over a conversation into the windows of a flow log.

use super::traffic::Volume;

/// What one window holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// Number of the window since midnight.
    pub(super) window: u64,
    /// First and last packet in it, milliseconds since midnight.
    pub(super) first: u64,
    pub(super) last: u64,
    pub(super) packets: u64,
    pub(super) bytes: u64,
    /// The conversation begins (ends) here.
    pub(super) is_first: bool,
    pub(super) is_last: bool,
}

/// Spreads a volume evenly from `start` to `end` over windows of `length` that begin `offset`
/// before each multiple of it. The parts add up to the volume; windows without a packet are left out.
pub(super) fn split(volume: Volume, (start, end): (u64, u64), length: u64, offset: u64) -> Vec<Part> {
    let Volume { packets, bytes } = volume;
    let lasts = u128::from((end - start).max(1));
    let seen = |until: u64| match until >= end {
        true => packets,
        false => (u128::from(packets) * u128::from(until - start)).div_ceil(lasts) as u64,
    };
    let weight = |count: u64| (u128::from(bytes) * u128::from(count) / u128::from(packets.max(1))) as u64;
    let (first_window, last_window) = ((start + offset) / length, (end + offset) / length);
    (first_window..=last_window)
        .filter_map(|window| {
            let from = (window * length).saturating_sub(offset).max(start);
            let to = ((window + 1) * length - offset).min(end);
            let before = if window == first_window { 0 } else { seen(from) };
            let after = if window == last_window { packets } else { seen(to) };
            (after > before).then(|| Part {
                window,
                first: from,
                last: if window == last_window { to } else { to - 1 },
                packets: after - before,
                bytes: weight(after) - weight(before),
                is_first: window == first_window,
                is_last: window == last_window,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_add_up() {
        let volume = Volume { packets: 101, bytes: 70_001 };
        for (start, end) in [(0, 0), (59_999, 60_000), (100, 3_600_100), (5, 59_000)] {
            let parts = split(volume, (start, end), 60_000, 17_000);
            assert_eq!(101, parts.iter().map(|part| part.packets).sum::<u64>());
            assert_eq!(70_001, parts.iter().map(|part| part.bytes).sum::<u64>());
            assert!(parts.iter().all(|part| start <= part.first && part.first <= part.last && part.last <= end));
        }
    }

    #[test]
    fn one_packet_is_first() {
        let parts = split(Volume { packets: 1, bytes: 40 }, (1000, 200_000), 60_000, 0);
        assert_eq!(vec![(0, true)], parts.iter().map(|part| (part.window, part.is_first)).collect::<Vec<_>>());
    }
}
