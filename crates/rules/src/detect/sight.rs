//! What rules see at one moment.

use flow::Flow;
use model::packet::{Anomaly, AnomalyLayer, Side, Timestamp};
use std::net::IpAddr;
use wire::{Packet, Transport};

/// A packet, its flow, and who sent it; either may be missing.
#[derive(Clone, Copy)]
pub struct Sight<'a> {
    /// When.
    pub now: Timestamp,
    /// The packet that is looked at; none where a flow's end or a stream is.
    pub packet: Option<&'a Packet<'a>>,
    /// Its flow.
    pub flow: Option<&'a Flow>,
    /// Who sent it.
    pub sender: Side,
    /// What the flow speaks; none while that is open, and `failed` where no protocol fits.
    pub protocol: Option<&'static str>,
    /// What it spoke before.
    pub protocol_before: Option<&'static str>,
    /// What the first bytes of client and server show, where the two do not agree.
    pub side_protocols: [Option<&'static str>; 2],
    /// What is odd about it.
    pub anomalies: &'a [Anomaly],
    /// Is it the first packet that its sender sent in its flow?
    pub is_first: bool,
    /// Was the flow established before this came? The packet that ends TCP's handshake is not yet of an established flow.
    pub is_established: bool,
}

/// An end of what is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    /// Its address.
    pub address: IpAddr,
    /// Its port, where it has one.
    pub port: Option<u16>,
}

impl Sight<'_> {
    /// Sender and receiver.
    pub fn ends(&self) -> Option<[End; 2]> {
        if let Some(flow) = self.flow {
            let has_ports = matches!(flow.protocol(), 6 | 17 | 132);
            let end = |end: flow::Endpoint| End { address: end.address, port: has_ports.then_some(end.port) };
            let (client, server) = (end(flow.client()), end(flow.server()));
            return Some(if self.sender == Side::Client { [client, server] } else { [server, client] });
        }
        let packet = self.packet?;
        let network = packet.network.as_ref()?;
        let ports = packet.ports();
        Some([
            End { address: network.source, port: ports.map(|(source, _)| source) },
            End { address: network.destination, port: ports.map(|(_, destination)| destination) },
        ])
    }

    /// The IP protocol.
    pub fn ip_protocol(&self) -> Option<u8> {
        let of_packet = self.packet.and_then(|packet| packet.network.as_ref()).map(|network| network.protocol);
        of_packet.or_else(|| self.flow.map(Flow::protocol))
    }

    /// What the bytes of a side show.
    pub fn protocol_of(&self, side: Side) -> Option<&'static str> {
        self.side_protocols[side.index()].or(self.protocol)
    }

    /// Was this found odd?
    pub fn has_anomaly(&self, layer: AnomalyLayer, name: &str) -> bool {
        self.anomalies.iter().any(|anomaly| anomaly.layer == layer && anomaly.name == name)
    }

    /// The packet's TCP header.
    pub fn tcp(&self) -> Option<&wire::Tcp<'_>> {
        match &self.packet?.transport {
            Transport::Tcp(tcp) => Some(tcp),
            _ => None,
        }
    }

    /// The packet's ICMP header.
    pub fn icmp(&self) -> Option<&wire::Icmp<'_>> {
        match &self.packet?.transport {
            Transport::Icmp(icmp) => Some(icmp),
            _ => None,
        }
    }
}
