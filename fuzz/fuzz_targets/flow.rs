//! Packets of a few conversations, and fragments, in any order and with any numbers: no panic, limits kept, each byte of a stream once.
#![no_main]

use flow::{Config, DefragmentConfig, DefragmentLimits, Defragmenter, EndReason, Flow, FlowTable, FlowView, Limits, Path, Sink};
use libfuzzer_sys::fuzz_target;
use model::packet::{Anomaly, LinkType, Side, Timestamp};

/// Checks that what comes out of a stream comes in order, each byte once.
struct Order;

type Offsets = [u64; 2];

impl Sink<Offsets> for Order {
    fn opened(&mut self, _: &Flow, _: &Path, _: Timestamp) -> Offsets {
        [0; 2]
    }

    fn data(&mut self, flow: FlowView<'_, Offsets>, sender: Side, offset: u64, bytes: &[u8], _: Timestamp) {
        assert_eq!(flow.state[sender.index()], offset);
        flow.state[sender.index()] += bytes.len() as u64;
    }

    fn gap(&mut self, flow: FlowView<'_, Offsets>, sender: Side, offset: u64, bytes: u64, _: Timestamp) {
        assert_eq!(flow.state[sender.index()], offset);
        flow.state[sender.index()] += bytes;
    }

    fn datagram(&mut self, _: FlowView<'_, Offsets>, _: Side, _: &[u8], _: Timestamp) {}
    fn anomaly(&mut self, _: Option<FlowView<'_, Offsets>>, _: Anomaly, _: Timestamp) {}
    fn ended(&mut self, _: &Flow, _: &Path, _: Offsets, _: EndReason, _: Timestamp) {}
}

/// An IPv4 header with one of two hosts at each end, then what the fuzzer says: protocol, fragment, time, and the rest.
fn datagram(head: &[u8; 6], rest: &[u8]) -> Vec<u8> {
    let length = (20 + rest.len()) as u16;
    let protocol = [6, 6, 6, 17, 1, 47][usize::from(head[0] % 6)];
    let (source, destination) = if head[1] & 1 == 0 { (1, 2) } else { (2, 1) };
    let fragment = if head[1] & 0x40 == 0 { [0, 0] } else { [head[2] & 0x3f, head[3]] };
    let mut bytes = vec![0x45, 0, (length >> 8) as u8, length as u8, 0, head[4] & 3, fragment[0], fragment[1], 64, protocol, 0, 0];
    bytes.extend([10, 0, 0, source, 10, 0, 0, destination]);
    bytes.extend(rest);
    bytes
}

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits {
        flows_max: 8,
        paths_max: 4,
        held_bytes_per_stream_max: 300,
        held_segments_per_stream_max: 6,
        held_bytes_max: 2_000,
    };
    let config = Config { counts_as_tshark: true, ..Config::default() };
    let (mut table, mut order) = (FlowTable::new(config, limits), Order);
    let fragment_limits = DefragmentLimits { datagrams_max: 4, bytes_max: 1_000, fragments_per_datagram_max: 8 };
    let mut defragmenter = Defragmenter::new(DefragmentConfig::default(), fragment_limits);
    let (mut rest, mut now) = (bytes, 0_i64);
    while let Some((head, behind)) = rest.split_first_chunk::<6>() {
        let (body, next) = behind.split_at(behind.len().min(usize::from(head[5])));
        rest = next;
        now = now.saturating_add(i64::from(head[2]) * i64::from(head[3]) * 1_000_000);
        let datagram = datagram(head, body);
        let packet = wire::decode(LinkType::RAW, &datagram, datagram.len() as u32, &wire::DecodeConfig::default());
        match defragmenter.push(Timestamp(now), &packet, |_| {}) {
            Some(whole) => {
                let packet = whole.packet(&packet, &wire::DecodeConfig::default());
                table.packet(Timestamp(now), &packet, &mut order);
            }
            None => drop(table.packet(Timestamp(now), &packet, &mut order)),
        }
        assert!(table.len() <= 8 && defragmenter.len() <= 4 && defragmenter.counters().held_bytes <= 1_000);
        assert!(table.counters().held_bytes <= 4_000);
    }
    table.finish(Timestamp(now), &mut order);
    assert_eq!((table.len(), table.counters().held_bytes), (0, 0));
});
