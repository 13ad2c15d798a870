//! What an engine tells.

use crate::alert::{Alert, Origin};
use crate::exception::ExceptionPolicy;
use crate::files::File;
use applayer::Transaction;
use flow::{EndReason, Endpoint, Flow, Path};
use model::packet::{Anomaly, Side, Timestamp};
use rules::{Names, Values};
use std::net::IpAddr;
use wire::{Arp, Stack};

/// What is known of the flow of an event.
#[derive(Clone, Copy, Debug)]
pub struct FlowFacts<'a> {
    /// Ends, times, counters, TCP.
    pub flow: &'a Flow,
    /// VLANs and tunnels.
    pub path: &'a Path,
    /// What it speaks; `None` while that is open, and `failed` where no protocol fits.
    pub protocol: Option<&'static str>,
    /// What it spoke before it went over to `protocol`.
    pub protocol_before: Option<&'static str>,
    /// What the first bytes of client and server show, where the two do not agree and this event is about the flow; else `None`.
    pub side_protocols: [Option<&'static str>; 2],
    /// The name that the client asked its server by, once the flow is over; empty where there is none.
    pub host_name: &'a [u8],
    /// Is the flow over, and was what is told still open until then: no packet brought it?
    pub is_over: bool,
    /// What rules remember of it, where there are rules.
    pub values: Option<FlowValues<'a>>,
    /// The packet that brought what is told, and who sent it; none where the flow's end did.
    pub packet: Option<(&'a PacketFacts, Side)>,
}

/// Bits, numbers and texts that rules have set for a flow.
#[derive(Clone, Copy, Debug)]
pub struct FlowValues<'a> {
    /// Which.
    pub values: &'a Values,
    /// What they are called.
    pub names: &'a Names,
}

impl FlowFacts<'_> {
    /// A number for the flow that every engine gives it: made of its ends and its beginning. 53 bits, so that JSON readers keep it whole.
    pub fn id(&self) -> u64 {
        flow_number(self.flow.client(), self.flow.server(), self.flow.protocol(), self.flow.start())
    }
}

/// See [`FlowFacts::id`].
pub(crate) fn flow_number(client: Endpoint, server: Endpoint, protocol: u8, start: Timestamp) -> u64 {
    let words = [
        address_word(client.address),
        address_word(server.address),
        u64::from(client.port) << 32 | u64::from(server.port) << 16 | u64::from(protocol),
        start.0 as u64,
    ];
    words.into_iter().fold(0x9e37_79b9_7f4a_7c15, |id, word| mix(id ^ word)) >> 11
}

fn address_word(address: IpAddr) -> u64 {
    match address {
        IpAddr::V4(v4) => u64::from(v4.to_bits()),
        IpAddr::V6(v6) => mix((v6.to_bits() >> 64) as u64) ^ v6.to_bits() as u64,
    }
}

/// SplitMix64.
fn mix(word: u64) -> u64 {
    let mixed = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// What is known of a packet that has no flow.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PacketFacts {
    /// Source and destination, where it has an IP header.
    pub addresses: Option<(IpAddr, IpAddr)>,
    /// Source and destination port, where it has ports.
    pub ports: Option<(u16, u16)>,
    /// IP protocol number.
    pub protocol: Option<u8>,
    /// What brought it.
    pub origin: Origin,
    /// The Ethernet header it came with.
    pub ethernet: Option<Ethernet>,
    /// VLAN ids, the outermost first.
    pub vlans: Stack<u16, 3>,
}

/// An Ethernet header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ethernet {
    /// Source and destination.
    pub macs: [[u8; 6]; 2],
    /// EtherType, or length.
    pub kind: u16,
}

/// What became of a flow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FlowOutcome {
    /// Was an alert told of it?
    pub has_alerted: bool,
    /// What was done with all of it: `pass` or `drop`.
    pub action: Option<&'static str>,
    /// Was it not looked at any more?
    pub is_bypassed: bool,
    /// Exchanges of its application that were told.
    pub transactions: u32,
    /// Its begin was not seen, and this is what was done then.
    pub midstream: Option<ExceptionPolicy>,
}

/// One thing that an engine tells.
#[derive(Clone, Copy)]
pub enum Event<'a> {
    /// An application's exchange.
    Transaction {
        /// Its flow.
        flow: FlowFacts<'a>,
        /// What was exchanged.
        transaction: &'a dyn Transaction,
    },
    /// A file that has passed.
    File {
        /// Its flow.
        flow: FlowFacts<'a>,
        /// The file.
        file: &'a File,
        /// The exchange it belonged to, where that is known.
        transaction: Option<&'a dyn Transaction>,
    },
    /// Malformed or odd traffic.
    Anomaly {
        /// Its flow, where it has one.
        flow: Option<FlowFacts<'a>>,
        /// Its packet; empty where no single packet is to blame.
        packet: PacketFacts,
        /// Who sent it, where there is a flow.
        sender: Option<Side>,
        /// What is odd.
        anomaly: Anomaly,
        /// The application's exchange, counted from 0.
        transaction: Option<u64>,
    },
    /// An address was asked for, or told.
    Arp {
        /// The message.
        arp: Arp,
        /// Its packet.
        packet: PacketFacts,
    },
    /// A rule has matched.
    Alert {
        /// Its flow, where it has one.
        flow: Option<FlowFacts<'a>>,
        /// Its packet; empty where none is left.
        packet: PacketFacts,
        /// Which rule, and what it saw.
        alert: &'a Alert,
    },
    /// Matches of a packet that are not told.
    Untold {
        /// Those beyond what a packet may have.
        over_limit: u64,
        /// Those whose rule or threshold says so.
        suppressed: u64,
    },
    /// A packet that a rule's `tag` wants to be told.
    Tagged {
        /// Its flow.
        flow: FlowFacts<'a>,
        /// Who sent it.
        sender: Side,
    },
    /// A packet would be thrown away.
    Drop {
        /// Its flow.
        flow: FlowFacts<'a>,
        /// Who sent it.
        sender: Side,
        /// The alert that says so, where a rule does.
        alert: Option<&'a Alert>,
        /// Why.
        reason: &'static str,
        /// The TCP, UDP or ICMP header and the IP header that are told of it.
        headers: DropHeaders,
        /// Was a packet of this flow and sender told before, of which no rule says anything?
        is_repeated: bool,
    },
    /// A flow is over.
    Flow {
        /// The flow.
        flow: FlowFacts<'a>,
        /// Why it ended.
        reason: EndReason,
        /// What became of it.
        outcome: FlowOutcome,
    },
}

impl Event<'_> {
    /// An anomaly of a packet, whatever its flow.
    pub(crate) fn of_packet(packet: PacketFacts, anomaly: Anomaly) -> Event<'static> {
        Event::Anomaly { flow: None, packet, sender: None, anomaly, transaction: None }
    }
}

/// What is told of a packet that is thrown away, besides its ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DropHeaders {
    /// Bytes of the datagram.
    pub length: u32,
    /// IPv4's type of service, IPv6's traffic class.
    pub traffic_class: u8,
    /// IPv4's time to live, IPv6's hop limit.
    pub ttl: u8,
    /// IPv4's identification.
    pub identification: u32,
    /// Sequence and acknowledgement number, window and flags of TCP.
    pub tcp: Option<(u32, u32, u16, u8)>,
    /// Bytes that UDP says it has.
    pub udp_length: Option<u16>,
}

impl DropHeaders {
    /// Those of a packet.
    pub(crate) fn of(packet: &wire::Packet<'_>) -> DropHeaders {
        let Some(network) = &packet.network else { return DropHeaders::default() };
        let (tcp, udp_length) = match &packet.transport {
            wire::Transport::Tcp(tcp) => (Some((tcp.sequence, tcp.acknowledgement, tcp.window, tcp.flags.0)), None),
            wire::Transport::Udp(udp) => (None, Some(udp.length)),
            _ => (None, None),
        };
        DropHeaders {
            length: network.total_length,
            traffic_class: network.traffic_class,
            ttl: network.ttl,
            identification: network.identification,
            tcp,
            udp_length,
        }
    }
}

/// Takes what an engine tells, in order.
pub trait EventSink {
    /// One event. `now` is the capture's time, `frame_number` the frame that caused it, from 1.
    fn event(&mut self, now: Timestamp, frame_number: u64, event: Event<'_>);
}
