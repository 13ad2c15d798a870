//! What can be set, and what bounds a table.

use crate::tcp::{Delivery, Openings, OverlapPolicy, UrgentPolicy};

/// Seconds without a packet after which a flow is over, by its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// No answer yet; TCP: not established.
    pub new_s: u32,
    /// Both sides have sent; TCP: established.
    pub established_s: u32,
    /// TCP: both sides have closed, or one has reset.
    pub closed_s: u32,
}

/// How flows are kept and streams put together. `Default` is Suricata's shipped configuration, but that connections are also
/// picked up midstream and one-sided, and that closed ones are kept for 20 s instead of 60: repeated FINs come within that, and
/// short connections are what most flows are.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// Timeouts of TCP.
    pub tcp_timeouts: Timeouts,
    /// Timeouts of UDP.
    pub udp_timeouts: Timeouts,
    /// Timeouts of ICMP and ICMPv6.
    pub icmp_timeouts: Timeouts,
    /// Timeouts of everything else.
    pub other_timeouts: Timeouts,
    /// What besides the five-tuple keeps flows apart.
    pub vantage: VantagePolicy,
    /// Do VLAN ids keep flows apart?
    pub separates_vlans: bool,
    /// What decides who the client is.
    pub direction: DirectionPolicy,
    /// Which TCP connections are followed.
    pub openings: Openings,
    /// Who wins where TCP segments overlap.
    pub overlap: OverlapPolicy,
    /// When TCP bytes are handed on.
    pub delivery: Delivery,
    /// What is done with urgent bytes.
    pub urgent: UrgentPolicy,
    /// Bytes of each direction of a TCP connection that are handed on; 0 for all.
    pub depth_bytes: u64,
    /// Measure connections ([`crate::tcp::Performance`]).
    pub measures_performance: bool,
    /// Count also as tshark does ([`crate::tcp::TsharkCounts`]).
    pub counts_as_tshark: bool,
    /// Packets of a connection seen twice, at two taps, are told apart from retransmissions.
    pub recognises_taps: bool,
    /// Secret of the hash over flow keys: whoever does not know it cannot choose flows that collide. It changes nothing else.
    pub hash_seed: u64,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            tcp_timeouts: Timeouts { new_s: 60, established_s: 600, closed_s: 20 },
            udp_timeouts: Timeouts { new_s: 30, established_s: 300, closed_s: 0 },
            icmp_timeouts: Timeouts { new_s: 30, established_s: 300, closed_s: 0 },
            other_timeouts: Timeouts { new_s: 30, established_s: 300, closed_s: 0 },
            vantage: VantagePolicy::Path,
            separates_vlans: true,
            direction: DirectionPolicy::Evidence,
            openings: Openings::default(),
            overlap: OverlapPolicy::default(),
            delivery: Delivery::default(),
            urgent: UrgentPolicy::default(),
            depth_bytes: 0,
            measures_performance: true,
            counts_as_tshark: false,
            recognises_taps: true,
            hash_seed: 0,
        }
    }
}

/// How tunnels keep flows apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum VantagePolicy {
    /// By the way a packet came: kinds of tunnels, their unordered outer addresses, their ids. Two mirrors of one conversation
    /// are two flows, as two sources of flow logs are.
    #[default]
    Path,
    /// By the number of tunnels alone, as Suricata does. Two mirrors of one conversation become one flow, whose second copies
    /// are recognised as such.
    Depth,
    /// Tunnels do not matter.
    Ignored,
}

/// What decides who the client of a flow is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DirectionPolicy {
    /// Handshakes, then ports known to listen, then well-known ports, then who was first.
    #[default]
    Evidence,
    /// Handshakes, then who was first: as Suricata does.
    FirstPacket,
}

/// Bounds of a table. What goes beyond is counted in [`crate::Counters`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Flows at one time; the one nearest to its timeout makes room for another.
    pub flows_max: usize,
    /// Ways through tunnels and VLANs at one time; packets that come another way are told apart by depth alone.
    pub paths_max: usize,
    /// Bytes of one direction of a connection that wait for those before them.
    pub held_bytes_per_stream_max: usize,
    /// Segments of one direction of a connection that wait.
    pub held_segments_per_stream_max: usize,
    /// Bytes that wait in all connections.
    pub held_bytes_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            flows_max: 4 << 20,
            paths_max: 65_536,
            held_bytes_per_stream_max: 1 << 20,
            held_segments_per_stream_max: 1_024,
            held_bytes_max: 256 << 20,
        }
    }
}

/// What the limits turned away, and what was met on the way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Flows opened.
    pub flows_opened: u64,
    /// Flows that ended by timeout.
    pub flows_timed_out: u64,
    /// Flows that made room for others.
    pub flows_evicted: u64,
    /// Flows whose tuple a new connection took.
    pub flows_reused: u64,
    /// Packets without an IP header, or fragments: no flow.
    pub packets_without_flow: u64,
    /// ICMP errors that were tied to the flow they are about.
    pub icmp_errors_tied: u64,
    /// Packets that came by a way beyond `paths_max`.
    pub paths_refused: u64,
    /// Times that a stream gave up a hole because of a limit.
    pub reassembly_limits: u64,
    /// Second copies of packets from another tap.
    pub tap_copies: u64,
    /// Bytes that wait for those before them, now.
    pub held_bytes: usize,
}
