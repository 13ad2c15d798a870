//! Packets in tunnels: what EVE calls them, and the packet around them.

use crate::alert::{Origin, Outer};
use crate::engine::packet_facts;
use model::packet::{Frame, LinkType};
use wire::{DecodeConfig, Packet, Tunnel, TunnelKind};

/// What an alert tells of the tunnel that its packet lay in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct InTunnel {
    /// EVE's `pkt_src`.
    pub(crate) origin: &'static str,
    /// The packet around it.
    pub(crate) outer: Outer,
}

/// The tunnel of a packet, if it lay in one that has an IP header of its own.
pub(crate) fn around(frame: &Frame<'_>, packet: &Packet<'_>, config: &DecodeConfig) -> Option<InTunnel> {
    let mut tunnels = packet.tunnels.iter().filter(|tunnel| tunnel.outer.is_some());
    let innermost = tunnels.next_back()?;
    let depth = u8::try_from(tunnels.count() + 1).unwrap_or(u8::MAX);
    let outermost = outer_levels(packet).next()?;
    let outer = Outer { packet: packet_facts(&outer_packet(frame, outermost, config)), depth };
    Some(InTunnel { origin: origin_of(&innermost), outer })
}

/// How many tunnels lie around each packet that carries another one in IP, the outermost first.
pub fn outer_levels(packet: &Packet<'_>) -> impl DoubleEndedIterator<Item = u8> {
    let levels: Vec<u8> = (0_u8..)
        .zip(packet.tunnels.iter())
        .filter(|(_, tunnel)| tunnel.outer.is_some())
        .map(|(level, _)| level)
        .collect();
    levels.into_iter()
}

/// The packet of a frame around which so many tunnels lie, as it is: with the next tunnel as its payload.
pub fn outer_packet<'a>(frame: &Frame<'a>, level: u8, config: &DecodeConfig) -> Packet<'a> {
    let config = DecodeConfig { tunnels_max: level, ..config.clone() };
    let mut packet = wire::decode(frame.link_type, frame.bytes, frame.wire_length, &config);
    // That decoding ended before the tunnel is no fault of the packet's, and its other faults are told with the innermost.
    packet.anomalies = wire::Stack::default();
    packet
}

/// What lies in a tunnel as bytes of its own: where in the frame it begins, and what it begins with.
pub(crate) fn inner(frame: &Frame<'_>, packet: &Packet<'_>) -> (usize, LinkType) {
    match packet.outer_length {
        0 => (0, frame.link_type),
        length => (frame.bytes.len().min(length as usize), LinkType::RAW),
    }
}

/// What brought a packet: the capture, or a tunnel.
pub(crate) fn origin(packet: &Packet<'_>) -> Origin {
    let innermost = packet.tunnels.iter().rfind(|tunnel| tunnel.outer.is_some());
    innermost.map_or(Origin::Packet, |tunnel| Origin::Tunnel(origin_of(&tunnel)))
}

fn origin_of(tunnel: &Tunnel) -> &'static str {
    use TunnelKind::{Geneve, Gtp, Teredo, Vxlan, VxlanGpe};
    match (tunnel.kind, tunnel.outer) {
        (Vxlan | VxlanGpe, _) => "vxlan encapsulation",
        (Geneve, _) => "geneve encapsulation",
        (Teredo, _) => "teredo tunnel",
        (Gtp, _) => "gtp tunnel",
        (TunnelKind::IpInIp | TunnelKind::SixInFour | TunnelKind::FourInSix, Some((outer, _))) => {
            if outer.is_ipv4() {
                "ipv4 tunnel"
            } else {
                "ipv6 tunnel"
            }
        }
        _ => "gre tunnel",
    }
}
