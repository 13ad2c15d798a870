//! A packet in one line of words.

use super::reader::SeenPacket;
use flow::Flow;
use model::packet::Side;
use std::fmt::Write;
use wire::{Arp, Packet, Tcp, TcpFlags, Transport};

/// Sender and receiver of a packet: `10.0.0.1:40000 → 10.0.0.2:80`; of what has no IP, the MACs.
pub fn ends(packet: &Packet<'_>) -> String {
    let Some(network) = &packet.network else {
        return packet.macs.map_or_else(String::new, |[from, to]| format!("{} → {}", hardware(from), hardware(to)));
    };
    let end = |address: std::net::IpAddr, port: Option<u16>| match port {
        Some(port) => std::net::SocketAddr::new(address, port).to_string(),
        None => address.to_string(),
    };
    let ports = packet.ports();
    let (from, to) = (ports.map(|ports| ports.0), ports.map(|ports| ports.1));
    format!("{} → {}", end(network.source, from), end(network.destination, to))
}

/// What a packet is, in one line: flags, sequence numbers from 0, bytes, and what is odd about it.
pub fn describe(seen: &SeenPacket<'_>) -> String {
    let packet = seen.packet;
    let mut line = match &packet.transport {
        Transport::Tcp(tcp) => tcp_line(tcp, packet, seen.flow),
        Transport::Udp(_) => format!("udp {} bytes", packet.payload.len()),
        Transport::Sctp(_) => format!("sctp {} bytes", packet.payload.len()),
        Transport::Icmp(icmp) => format!("icmp type {} code {}", icmp.kind, icmp.code),
        _ => other_line(packet),
    };
    // Writing to a String cannot fail.
    for tunnel in packet.tunnels.iter() {
        let _ = write!(line, ", in {}", tunnel.kind.name());
        if let Some(id) = tunnel.id {
            let _ = write!(line, " {id}");
        }
    }
    if packet.missing_bytes > 0 {
        let _ = write!(line, ", {} bytes not captured", packet.missing_bytes);
    }
    for anomaly in packet.anomalies.iter() {
        let _ = write!(line, ", ! {}", anomaly.name);
    }
    line
}

fn other_line(packet: &Packet<'_>) -> String {
    if let Some(arp) = &packet.arp {
        return arp_line(arp);
    }
    match &packet.network {
        Some(network) => match network.fragment {
            Some(_) => format!("fragment of protocol {}, {} bytes", network.protocol, packet.payload.len()),
            None => format!("protocol {}, {} bytes", network.protocol, packet.payload.len()),
        },
        None => format!("EtherType {:#06x}", packet.ether_type),
    }
}

fn arp_line(arp: &Arp) -> String {
    match arp.operation {
        1 => format!("arp who has {}? tell {}", arp.target, arp.sender),
        2 => format!("arp {} is at {}", arp.sender, hardware(arp.sender_mac)),
        operation => format!("arp operation {operation}"),
    }
}

fn hardware([a, b, c, d, e, f]: [u8; 6]) -> String {
    format!("{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{f:02x}")
}

const FLAG_LETTERS: &[(TcpFlags, char)] = &[
    (TcpFlags::SYN, 'S'),
    (TcpFlags::FIN, 'F'),
    (TcpFlags::RST, 'R'),
    (TcpFlags::PSH, 'P'),
    (TcpFlags::URG, 'U'),
    (TcpFlags::ECE, 'E'),
    (TcpFlags::CWR, 'W'),
    (TcpFlags::ACK, '.'),
];

/// As tcpdump writes it: `[S.] seq 0 ack 1 win 64240 len 0`.
fn tcp_line(tcp: &Tcp<'_>, packet: &Packet<'_>, flow: Option<(&Flow, Side)>) -> String {
    let flags: String =
        FLAG_LETTERS.iter().filter(|(flag, _)| tcp.flags.has(*flag)).map(|(_, letter)| letter).collect();
    let (first, other_first) = flow.map_or((0, 0), |(flow, sender)| first_numbers(flow, sender));
    let mut line = format!("tcp [{flags}] seq {}", tcp.sequence.wrapping_sub(first));
    if tcp.flags.has(TcpFlags::ACK) {
        let _ = write!(line, " ack {}", tcp.acknowledgement.wrapping_sub(other_first));
    }
    let _ = write!(line, " win {} len {}", tcp.window, packet.payload.len());
    let options = tcp.options();
    if let Some(mss) = options.mss {
        let _ = write!(line, " mss {mss}");
    }
    if let Some(scale) = options.window_scale {
        let _ = write!(line, " wscale {scale}");
    }
    line
}

/// The first sequence numbers of the sender and of the other side; 0 where they are not known.
fn first_numbers(flow: &Flow, sender: Side) -> (u32, u32) {
    let Some(tcp) = &flow.tcp else { return (0, 0) };
    let first = |side: Side| {
        let peer = &tcp.connection.peers[side.index()];
        if peer.is_known { peer.initial.0 } else { 0 }
    };
    (first(sender), first(sender.other()))
}
