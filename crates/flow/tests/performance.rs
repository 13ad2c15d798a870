//! Measurements of the fixtures: what the specification of packet metrics expects.

mod support;

use flow::tcp::{Performance, Sender, Setup};
use flow::{Config, EndReason, Flow, FlowTable, FlowView, Limits, Sink};
use model::packet::{Anomaly, Side, Timestamp};
use support::pcap;

/// What is left of a connection.
struct Record {
    setup: Setup,
    performance: Performance,
    history: String,
    tap_copies: [u32; 2],
    packets: [u64; 2],
}

#[derive(Default)]
struct Records(Vec<Record>);

impl Sink<()> for Records {
    fn opened(&mut self, _: &Flow, _: &flow::Path, _: Timestamp) {}
    fn data(&mut self, _: FlowView<'_, ()>, _: Side, _: u64, _: &[u8], _: Timestamp) {}
    fn gap(&mut self, _: FlowView<'_, ()>, _: Side, _: u64, _: u64, _: Timestamp) {}
    fn datagram(&mut self, _: FlowView<'_, ()>, _: Side, _: &[u8], _: Timestamp) {}
    fn anomaly(&mut self, _: Option<FlowView<'_, ()>>, _: Anomaly, _: Timestamp) {}

    fn ended(&mut self, flow: &Flow, _: &flow::Path, (): (), _: EndReason, _: Timestamp) {
        if let Some(tcp) = &flow.tcp {
            self.0.push(Record {
                setup: tcp.setup,
                performance: tcp.performance.as_deref().cloned().unwrap_or_default(),
                history: tcp.history.as_str().to_owned(),
                tap_copies: tcp.tap_copies,
                packets: [flow.sides[0].packets, flow.sides[1].packets],
            });
        }
    }
}

fn records(name: &str, config: Config) -> Option<Records> {
    let samples = pcap::samples()?;
    let (mut table, mut records, mut last) =
        (FlowTable::new(config, Limits::default()), Records::default(), Timestamp(0));
    for frame in pcap::frames(&samples.join(name)) {
        last = frame.now;
        let packet = wire::decode(frame.link_type, &frame.bytes, frame.wire_length, &wire::DecodeConfig::default());
        table.packet(frame.now, &packet, &mut records);
    }
    table.finish(last, &mut records);
    Some(records)
}

const MS: i64 = 1_000_000;

/// Retransmissions (timer, fast, spurious, other), out of order, lost in the network, lost by the capture.
fn repetitions(sender: &Sender) -> [u32; 7] {
    [
        sender.timer_retransmissions,
        sender.fast_retransmissions,
        sender.spurious_retransmissions,
        sender.other_retransmissions,
        sender.out_of_order,
        sender.network_losses,
        sender.capture_losses,
    ]
}

#[test]
fn every_event_once() {
    let Some(records) = records("fabric/tcp.pcap", Config::default()) else { return };
    let Record { setup, performance, .. } = &records.0[0];
    assert_eq!(setup.server_round_trip_ns(), Some(20 * MS));
    assert_eq!(setup.client_round_trip_ns(), Some(10 * MS));
    assert_eq!(setup.round_trip_ns(), Some(30 * MS));
    assert_eq!(setup.completeness, 31);
    let [client, server] = &performance.sides;
    // The second segment of 1,000 bytes and the fourth skip one each. Both holes are filled by segments of a later identification, so
    // by repetitions; the first was asked for by three duplicate acknowledgements. tshark calls the other one out of order.
    assert_eq!(repetitions(server), [1, 1, 1, 1, 0, 2, 0], "server");
    assert_eq!(repetitions(client), [0; 7], "client");
    assert_eq!((client.duplicate_acks, client.zero_windows, client.window_updates), (3, 1, 1));
    assert_eq!(client.zero_window_ns, 370 * MS as u64);
    assert_eq!((server.window_full, server.window_probes, client.keep_alives), (1, 1, 1));
    assert_eq!((server.data_bytes, server.unique_bytes), (10_000, 8_000));
    assert_eq!(performance.turns.response.sum_ns, 100 * MS as u64);
}

#[test]
fn clean() {
    let Some(records) = records("fabric/clean.pcap", Config::default()) else { return };
    for Record { performance, .. } in &records.0 {
        for side in &performance.sides {
            assert_eq!(repetitions(side), [0; 7]);
            assert_eq!((side.duplicate_acks, side.zero_windows), (0, 0));
        }
    }
}

/// A second tap makes no retransmissions, whether it shows in the TTL, in the MACs or in nothing.
#[test]
fn two_sided_mirrors() {
    for name in ["twosided_mirror", "twosided_mac", "twosided_ident"] {
        let Some(records) = records(&format!("fabric/{name}.pcap"), Config::default()) else { return };
        assert_eq!(records.0.len(), 1, "{name}");
        let Record { setup, performance, tap_copies: copies, packets, .. } = &records.0[0];
        assert_eq!((u64::from(copies[0]) * 2, u64::from(copies[1]) * 2), (packets[0], packets[1]), "{name}");
        assert_eq!((setup.syn_retries, setup.round_trip_ns()), (0, Some(30 * MS)), "{name}");
        for side in &performance.sides {
            assert_eq!((repetitions(side), side.duplicate_acks), ([0; 7], 0), "{name}");
        }
    }
}

#[test]
fn capture_loss_is_not_network_loss() {
    let Some(records) = records("fabric/mirror_loss.pcap", Config::default()) else { return };
    let Record { performance, history, .. } = &records.0[0];
    let losses: u32 = performance.sides.iter().map(|side| side.capture_losses).sum();
    let others: u32 =
        performance.sides.iter().map(|side| side.network_losses + side.retransmissions() + side.out_of_order).sum();
    // Two segments of data; the third packet that the mirror lost was a bare acknowledgement, which leaves no trace.
    assert_eq!((losses, others), (2, 0));
    assert_eq!(performance.sides.iter().map(|side| side.capture_lost_bytes).sum::<u64>(), 2_000);
    assert!(history.contains('g') || history.contains('G'), "{history}");
}

#[test]
fn response_times() {
    let Some(records) = records("fabric/http.pcap", Config::default()) else { return };
    let Record { performance, .. } = &records.0[0];
    let turns = &performance.turns;
    let ms = |durations: &flow::tcp::Durations| (durations.count, durations.sum_ns as i64 / MS);
    assert_eq!(ms(&turns.response), (1, 100));
    assert_eq!(ms(&turns.first_byte), (1, 200));
    assert_eq!(ms(&turns.request_transfer), (1, 100));
}

/// The names of these captures say what is in them.
#[test]
fn named_captures() {
    let Some(records) = records("chrissanders/tcp_retransmissions.pcapng", Config::default()) else { return };
    let Record { performance, .. } = &records.0[0];
    let repeated: u32 = performance.sides.iter().map(Sender::retransmissions).sum();
    assert!(repeated >= 5, "{repeated} retransmissions");
    assert_eq!(performance.sides.iter().map(|side| side.timer_retransmissions).sum::<u32>(), repeated);
}

/// A segment of the server's in [`classify`]: millisecond, identification, place, bytes; or what the client acknowledges.
enum Step {
    Segment(i64, u32, u32, usize),
    Ack(i64, u32),
}

/// A connection with a round trip of 30 ms, in which the server sends.
fn classify(steps: &[Step]) -> Sender {
    let (mut table, mut records) = (FlowTable::new(Config::default(), Limits::default()), Records::default());
    let payload = vec![b'x'; 1_000];
    let mut send = |ms, packet: wire::Packet<'_>| table.packet(support::at_ms(ms), &packet, &mut records);
    send(0, support::tcp(Side::Client, "S", 0, 0, b""));
    send(20, support::tcp(Side::Server, "SA", 0, 1, b""));
    send(30, support::tcp(Side::Client, "A", 1, 1, b""));
    for step in steps {
        match *step {
            Step::Segment(ms, identification, place, bytes) => {
                let mut packet = support::tcp(Side::Server, "A", 1 + place, 1, &payload[..bytes]);
                if let Some(network) = &mut packet.network {
                    network.identification = identification;
                }
                send(ms, packet)
            }
            Step::Ack(ms, place) => send(ms, support::tcp(Side::Client, "A", 1, 1 + place, b"")),
        };
    }
    table.finish(support::at_ms(60_000), &mut records);
    records.0.remove(0).performance.sides[1].clone()
}

#[test]
fn kinds_of_repetitions() {
    use Step::{Ack, Segment};
    // timer, fast, spurious, other, out of order, lost in the network, lost by the capture
    let cases: &[(&str, &[Step], [u32; 7])] = &[
        ("in order", &[Segment(100, 1, 0, 100), Segment(101, 2, 100, 100), Ack(120, 200)], [0; 7]),
        ("timer", &[Segment(100, 1, 0, 100), Segment(400, 2, 0, 100)], [1, 0, 0, 0, 0, 0, 0]),
        ("loss probe", &[Segment(100, 1, 0, 100), Segment(160, 2, 0, 100)], [0, 0, 0, 1, 0, 0, 0]),
        ("spurious", &[Segment(100, 1, 0, 100), Ack(120, 100), Segment(150, 2, 0, 100)], [0, 0, 1, 0, 0, 0, 0]),
        (
            "fast, lost behind the tap",
            &[
                Segment(100, 1, 0, 100),
                Segment(101, 2, 100, 100),
                Segment(102, 3, 200, 100),
                Ack(110, 0),
                Ack(111, 0),
                Ack(112, 0),
                Segment(120, 4, 0, 100),
            ],
            [0, 1, 0, 0, 0, 0, 0],
        ),
        ("overtaken, by identification", &[Segment(100, 2, 100, 100), Segment(101, 1, 0, 100)], [0, 0, 0, 0, 1, 0, 0]),
        (
            "lost before the tap, by identification",
            &[Segment(100, 2, 100, 100), Segment(101, 3, 0, 100)],
            [0, 0, 0, 1, 0, 1, 0],
        ),
        ("overtaken, by time", &[Segment(100, 0, 100, 100), Segment(101, 0, 0, 100)], [0, 0, 0, 0, 1, 0, 0]),
        ("lost before the tap, by time", &[Segment(100, 0, 100, 100), Segment(400, 0, 0, 100)], [1, 0, 0, 0, 0, 1, 0]),
        ("lost by the capture", &[Segment(100, 1, 100, 100), Ack(130, 200)], [0, 0, 0, 0, 0, 0, 1]),
        ("lost by the capture, at the end", &[Segment(100, 1, 0, 100), Ack(130, 200)], [0, 0, 0, 0, 0, 0, 1]),
    ];
    for (name, steps, expected) in cases {
        assert_eq!(repetitions(&classify(steps)), *expected, "{name}");
    }
}

/// An acknowledgement of a repeated segment says nothing about the way.
#[test]
fn round_trips_after_karn() {
    use Step::{Ack, Segment};
    let sender = classify(&[
        Segment(100, 1, 0, 100),
        Ack(130, 100),
        Segment(200, 2, 100, 100),
        Segment(500, 3, 100, 100),
        Ack(530, 200),
    ]);
    assert_eq!((sender.round_trip.count, sender.round_trip.max_ns), (1, 30 * MS as u64));
    assert_eq!((sender.data_bytes, sender.unique_bytes), (300, 200));
}
