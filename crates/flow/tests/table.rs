//! The table: what is one flow, when it ends, who opened it, and that it stays within its limits.

mod support;

use flow::{Config, DirectionPolicy, FlowTable, Limits, VantagePolicy};
use model::packet::Side;
use support::{Journal, at_ms, icmp, tcp, udp};
use wire::{Packet, Tunnel, TunnelKind};

const A: (&str, u16) = ("10.0.0.1", 40_000);
const B: (&str, u16) = ("10.0.0.2", 40_001);
const DNS: (&str, u16) = ("10.0.0.53", 53);

/// A packet and its millisecond.
type Timed<'a> = (i64, Packet<'a>);
/// Name, packets, what is expected.
type Case<'a, E> = (&'a str, Vec<Timed<'a>>, E);

fn run(config: Config, packets: &[Timed<'_>]) -> Journal {
    let (mut table, mut journal) = (FlowTable::new(config, Limits::default()), Journal::default());
    let mut last = 0;
    for (ms, packet) in packets {
        table.packet(at_ms(*ms), packet, &mut journal);
        last = last.max(*ms);
    }
    table.finish(at_ms(last), &mut journal);
    assert!(table.is_empty() && table.poll_timeout().is_none());
    journal
}

#[test]
fn timeouts_by_state() {
    let question = || udp(A, DNS, b"?");
    let cases: &[Case<'_, usize>] = &[
        ("unanswered, in time", vec![(0, question()), (29_999, question())], 1),
        ("unanswered, too late", vec![(0, question()), (30_001, question())], 2),
        ("answered, in time", vec![(0, question()), (5, udp(DNS, A, b"!")), (300_004, question())], 1),
        ("answered, too late", vec![(0, question()), (5, udp(DNS, A, b"!")), (300_006, question())], 2),
        ("SYN alone", vec![(0, tcp(Side::Client, "S", 1, 0, b"")), (60_001, tcp(Side::Client, "S", 1, 0, b""))], 2),
        (
            "refused",
            vec![
                (0, tcp(Side::Client, "S", 1, 0, b"")),
                (1, tcp(Side::Server, "RA", 0, 2, b"")),
                (20_002, tcp(Side::Client, "S", 1, 0, b"")),
            ],
            2,
        ),
    ];
    for (name, packets, flows) in cases {
        assert_eq!(run(Config::default(), packets).ended, *flows, "{name}");
    }
}

/// Nothing needs a packet of its own flow to end, and the moment is that of its timeout.
#[test]
fn poll_timeout_says_when() {
    let (mut table, mut journal) = (FlowTable::new(Config::default(), Limits::default()), Journal::default());
    table.packet(at_ms(500), &udp(A, DNS, b"?"), &mut journal);
    table.timeout(at_ms(29_000), &mut journal);
    assert_eq!(journal.ended, 0);
    let due = table.poll_timeout().unwrap();
    assert!(due >= at_ms(30_500) && due <= at_ms(31_500), "{due:?}");
    table.timeout(due, &mut journal);
    assert_eq!(journal.ended, 1);
}

#[test]
fn direction_by_evidence() {
    let listens = |ms| (ms, tcp(Side::Server, "SA", 9, 2, b""));
    let cases: &[Case<'_, &str>] = &[
        ("who is first", vec![(0, udp(A, B, b""))], "10.0.0.1:40000 10.0.0.2:40001 FirstPacket"),
        ("an answer", vec![(0, udp(DNS, A, b""))], "10.0.0.1:40000 10.0.0.53:53 WellKnownPort"),
        ("SYN", vec![(0, tcp(Side::Client, "S", 1, 0, b""))], "10.0.0.1:40000 10.0.0.2:80 Handshake"),
        ("SYN/ACK", vec![listens(0)], "10.0.0.1:40000 10.0.0.2:80 Handshake"),
        ("midstream", vec![(0, tcp(Side::Server, "A", 1, 1, b"x"))], "10.0.0.1:40000 10.0.0.2:80 WellKnownPort"),
        ("echo reply", vec![(0, icmp("10.0.0.2", "10.0.0.1", 0, 0, [0; 4], b""))], "10.0.0.1:8 10.0.0.2:0 Handshake"),
    ];
    for (name, packets, expected) in cases {
        let journal = run(Config::default(), packets);
        assert!(journal.lines[0].contains(expected), "{name}: {}", journal.lines[0]);
    }
    let config = Config { direction: DirectionPolicy::FirstPacket, ..Config::default() };
    assert!(run(config, &[(0, udp(DNS, A, b""))]).lines[0].contains("10.0.0.53:53 10.0.0.1:40000 FirstPacket"));
}

/// A port that accepted a connection is a server's port from then on.
#[test]
fn ports_that_listen_are_learned() {
    let with_ports = |sender, letters: &str, sequence, client_port| {
        let mut packet = tcp(sender, letters, sequence, 1, b"");
        if let wire::Transport::Tcp(tcp) = &mut packet.transport {
            let (client, server) = match sender {
                Side::Client => (&mut tcp.source_port, &mut tcp.destination_port),
                Side::Server => (&mut tcp.destination_port, &mut tcp.source_port),
            };
            (*client, *server) = (client_port, 45_678);
        }
        packet
    };
    let packets = [
        (0, with_ports(Side::Client, "S", 0, 50_000)),
        (1, with_ports(Side::Server, "SA", 0, 50_000)),
        (2, with_ports(Side::Server, "A", 77, 50_001)),
    ];
    let journal = run(Config::default(), &packets);
    assert!(journal.with("opened")[1].ends_with("10.0.0.1:50001 10.0.0.2:45678 ListeningPort"), "{:?}", journal.lines);
}

#[test]
fn echoes_and_errors() {
    let (client, server) = ("10.0.0.1", "10.0.0.2");
    let echo =
        |id| [(0, icmp(client, server, 8, 0, [0, id, 0, 1], b"")), (1, icmp(server, client, 0, 0, [0, id, 0, 1], b""))];
    assert_eq!(run(Config::default(), &echo(1)).ended, 1);
    assert_eq!(run(Config::default(), &[echo(1), echo(2)].concat()).ended, 2, "an identifier each");
    let mut about = vec![0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 53];
    about.extend([0x9c, 0x40, 0, 53, 0, 8, 0, 0]);
    let packets = [(0, udp(A, DNS, b"?")), (1, icmp("10.0.0.254", client, 3, 3, [0; 4], &about))];
    let journal = run(Config::default(), &packets);
    assert_eq!(journal.with("icmp_error"), ["1 icmp_error Server 3 3"]);
    assert_eq!(journal.ended, 1, "the error belongs to the flow that it is about");
    assert_eq!(run(Config::default(), &packets[1..]).ended, 1, "without one it is a flow of its own");
}

fn through(mut packet: Packet<'static>, outer: [&str; 2], kind: TunnelKind, id: u32) -> Packet<'static> {
    let outer = Some((outer[0].parse().expect("an address"), outer[1].parse().expect("an address")));
    packet.tunnels.push(Tunnel { kind, outer, id: Some(id) });
    packet
}

/// Two mirrors of one conversation are two flows; both directions through one tunnel are one.
#[test]
fn vantage() {
    let (syn, answer) = (tcp(Side::Client, "S", 1, 0, b""), tcp(Side::Server, "SA", 9, 2, b""));
    let (eni, other, listener) = ("192.0.2.1", "192.0.2.2", "192.0.2.100");
    let pair = |first, second| vec![(0, first), (1, second)];
    let mirror = |packet: &Packet<'static>, source| through(packet.clone(), [source, listener], TunnelKind::Vxlan, 7);
    let gtp = |packet: &Packet<'static>, ends, id| through(packet.clone(), ends, TunnelKind::Gtp, id);
    let cases = [
        ("one mirror session", pair(mirror(&syn, eni), mirror(&answer, eni)), 1),
        ("two mirrored interfaces", pair(mirror(&syn, eni), mirror(&syn, other)), 2),
        (
            "a tunnel between two gateways",
            pair(
                through(syn.clone(), [eni, other], TunnelKind::Gre, 1),
                through(answer.clone(), [other, eni], TunnelKind::Gre, 1),
            ),
            1,
        ),
        ("an id per direction", pair(gtp(&syn, [eni, other], 1), gtp(&answer, [other, eni], 2)), 1),
        ("plain and mirrored", pair(syn.clone(), mirror(&answer, eni)), 2),
    ];
    for (name, packets, flows) in &cases {
        assert_eq!(run(Config::default(), packets).ended, *flows, "{name}");
    }
    let config = Config { vantage: VantagePolicy::Depth, ..Config::default() };
    assert_eq!(run(config, &cases[1].1).ended, 1, "as Suricata");
}

#[test]
fn vlans_separate() {
    let tagged = |vlan| {
        let mut packet = udp(A, B, b"");
        packet.vlans.push(vlan);
        packet
    };
    let packets = [(0, tagged(1)), (1, tagged(2)), (2, tagged(1))];
    assert_eq!(run(Config::default(), &packets).ended, 2);
    let config = Config { separates_vlans: false, ..Config::default() };
    assert_eq!(run(config, &packets).ended, 1);
}

/// A million connections that are never answered: the table keeps its limit, and says what it turned out.
#[test]
fn a_million_half_open_connections() {
    let limits = Limits { flows_max: 10_000, ..Limits::default() };
    let (mut table, mut journal) = (FlowTable::new(Config::default(), limits), Journal::default());
    let mut evicted = 0;
    for number in 0..1_000_000_u32 {
        let mut packet = tcp(Side::Client, "S", number, 0, b"");
        if let wire::Transport::Tcp(tcp) = &mut packet.transport {
            tcp.source_port = (number % 60_000) as u16 + 1;
        }
        packet.network.as_mut().unwrap().source = std::net::Ipv4Addr::from_bits(0x0b00_0000 + number / 60_000).into();
        table.packet(at_ms(i64::from(number / 1_000)), &packet, &mut journal);
        assert!(table.len() <= 10_000);
        evicted += journal.with("ended forced new syn_sent").len();
        journal.lines.clear();
    }
    assert_eq!((evicted, table.counters().flows_evicted), (990_000, 990_000));
}

/// An established flow outlives a flood of unanswered ones.
#[test]
fn floods_do_not_evict_what_is_established() {
    let limits = Limits { flows_max: 100, ..Limits::default() };
    let (mut table, mut journal) = (FlowTable::new(Config::default(), limits), Journal::default());
    for (letters, sender) in [("S", Side::Client), ("SA", Side::Server), ("A", Side::Client)] {
        let (sequence, acknowledgement) = if letters == "SA" { (5, 1) } else { (u32::from(letters == "A"), 6) };
        table.packet(at_ms(0), &tcp(sender, letters, sequence, acknowledgement, b""), &mut journal);
    }
    for number in 0..10_000_u16 {
        table.packet(at_ms(1), &udp(("10.9.9.9", number), DNS, b""), &mut journal);
    }
    assert!(!journal.lines.iter().any(|line| line.starts_with("1 ended")));
    table.finish(at_ms(1), &mut journal);
    assert_eq!(journal.with("ended shutdown established established").len(), 1);
}

/// The hash's secret changes nothing that is told.
#[test]
fn deterministic() {
    let packets: Vec<Timed<'_>> = (0..2_000_u16)
        .map(|number| (i64::from(number) * 50, udp(("10.1.1.1", number % 700), ("10.2.2.2", number % 13), b"x")))
        .collect();
    let journal = |hash_seed| run(Config { hash_seed, ..Config::default() }, &packets).lines;
    assert_eq!(journal(0), journal(0));
    assert_eq!(journal(0), journal(0x1234_5678_9abc_def0));
}

/// Captures whose clock jumps, either way and to the ends of time.
#[test]
fn times_that_jump() {
    let packet = udp(A, B, b"x");
    let (mut table, mut journal) = (FlowTable::new(Config::default(), Limits::default()), Journal::default());
    for ns in [0, i64::MAX, i64::MIN, -1, 1, i64::MAX - 1, 1_700_000_000_000_000_000] {
        table.packet(model::packet::Timestamp(ns), &packet, &mut journal);
    }
    table.finish(model::packet::Timestamp(i64::MIN), &mut journal);
    assert!(table.is_empty());
}
