//! The table of flows.

mod direction;
mod ports;
mod slots;
mod stream;
mod wheel;

use crate::config::{Config, Counters, Limits, Timeouts};
use crate::flow::{EndReason, Flow, FlowState};
use crate::icmp;
use crate::key::{ICMP, ICMP_V6, KeptKey, Key, Tuple, secret};
use crate::path::{Path, Paths};
use crate::sink::{FlowView, Sink, Wants};
use crate::tcp::HostPolicies;
use hashbrown::HashTable;
use model::packet::{Side, Timestamp};
use ports::ListeningPorts;
use slots::Slots;
use wheel::{Link, Timed, Wheel, second_of};
use wire::{Icmp, Packet, Transport, TunnelKind};

const TCP: u8 = 6;
const UDP: u8 = 17;

/// Flows that are looked at to find one that may go when the table is full.
const EVICTION_TRIES: usize = 16;

/// Every flow there is, bounded in number, ended by the capture's time.
///
/// ```
/// # use flow::{Config, FlowTable, Limits};
/// let table: FlowTable<()> = FlowTable::new(Config::default(), Limits::default());
/// assert_eq!(table.len(), 0);
/// assert_eq!(table.poll_timeout(), None);
/// ```
pub struct FlowTable<T> {
    config: Config,
    policies: HostPolicies,
    limits: Limits,
    secret: [u64; 4],
    index: HashTable<Entry>,
    slots: Slots<Slot<T>>,
    wheel: Wheel,
    paths: Paths,
    ports: ListeningPorts,
    counters: Counters,
    /// The latest time seen: captures may step back, timeouts do not.
    clock: Timestamp,
}

/// A flow's place in the index. The hash is kept, so that neither growing nor most wrong candidates touch the flow.
#[derive(Clone, Copy)]
struct Entry {
    hash: u32,
    slot: u32,
}

struct Slot<T> {
    flow: Flow,
    link: Link,
    hash: u32,
    wants: Wants,
    state: T,
}

impl<T> Timed for Slot<T> {
    fn link(&mut self) -> &mut Link {
        &mut self.link
    }
}

impl<T> Slot<T> {
    fn view<'a>(&'a mut self, path: &'a Path) -> FlowView<'a, T> {
        FlowView { flow: &self.flow, path, state: &mut self.state, wants: &mut self.wants }
    }
}

impl<T> FlowTable<T> {
    /// An empty table.
    pub fn new(config: Config, limits: Limits) -> Self {
        let secret = secret(config.hash_seed);
        FlowTable {
            config,
            policies: HostPolicies::default(),
            limits,
            secret,
            index: HashTable::new(),
            slots: Slots::new(),
            wheel: Wheel::new(),
            paths: Paths::new(&config, limits.paths_max),
            ports: ListeningPorts::new(secret[3]),
            counters: Counters::default(),
            clock: Timestamp(i64::MIN),
        }
    }

    /// Segments that overlap are put together as their receiver would; [`Config::overlap`] where nothing is said of it.
    #[must_use]
    pub fn with_host_policies(self, policies: HostPolicies) -> Self {
        FlowTable { policies, ..self }
    }

    /// Flows there are.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Are there none?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What was counted.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Takes a packet in. Everything that it causes is told before this returns, also the end of flows whose time is over.
    /// Returns the number of the packet's flow; `None` where it has none: no IP header, or a fragment.
    pub fn packet(&mut self, now: Timestamp, packet: &Packet<'_>, sink: &mut impl Sink<T>) -> Option<u64> {
        self.timeout(now, sink);
        let Some(tuple) = Tuple::of(packet) else {
            self.counters.packets_without_flow += 1;
            return None;
        };
        let path = self.paths.number(packet).unwrap_or_else(|| {
            self.counters.paths_refused += 1;
            0
        });
        if let Transport::Icmp(icmp) = &packet.transport
            && icmp::is_error(tuple.protocol, icmp.kind)
            && let Some(number) = self.tie_error(now, packet, icmp, path, sink)
        {
            return Some(number);
        }
        let (key, is_lower) = tuple.key(path);
        let slot = match self.find_living(&key, packet, now, sink) {
            Some(slot) => slot,
            None => self.open(now, packet, tuple, path, sink),
        };
        self.take(slot, is_lower, now, packet, sink)
    }

    /// The earliest moment at which [`FlowTable::timeout`] may have work to do.
    pub fn poll_timeout(&self) -> Option<Timestamp> {
        self.wheel.first().map(|second| Timestamp(second.saturating_mul(1_000_000_000)))
    }

    /// Ends the flows whose time is over.
    pub fn timeout(&mut self, now: Timestamp, sink: &mut impl Sink<T>) {
        self.clock = self.clock.max(now);
        while let Some(number) = self.wheel.due(self.clock) {
            let Some(deadline) = self.slots.get(number).map(|slot| self.deadline(&slot.flow)) else { break };
            if deadline <= self.clock {
                self.counters.flows_timed_out += 1;
                self.end(number, EndReason::Timeout, deadline, sink);
            } else {
                self.wheel.remove(&mut self.slots, number);
                self.wheel.insert(&mut self.slots, number, deadline);
            }
        }
    }

    /// Ends all flows, in the order in which their time would be over.
    pub fn finish(&mut self, now: Timestamp, sink: &mut impl Sink<T>) {
        self.finish_some(now, usize::MAX, sink);
    }

    /// Ends the first flows of those that [`FlowTable::finish`] would end, so many at most; is none left?
    pub fn finish_some(&mut self, now: Timestamp, flows_max: usize, sink: &mut impl Sink<T>) -> bool {
        self.timeout(now, sink);
        for _ in 0..flows_max {
            let Some(number) = self.wheel.nearest() else { return true };
            self.end(number, EndReason::Shutdown, self.clock, sink);
        }
        self.slots.len() == 0
    }

    fn timeouts(&self, protocol: u8) -> &Timeouts {
        match protocol {
            TCP => &self.config.tcp_timeouts,
            UDP => &self.config.udp_timeouts,
            ICMP | ICMP_V6 => &self.config.icmp_timeouts,
            _ => &self.config.other_timeouts,
        }
    }

    /// When a flow is over, if nothing comes any more.
    fn deadline(&self, flow: &Flow) -> Timestamp {
        let timeouts = self.timeouts(flow.protocol());
        let seconds = match flow.state {
            FlowState::New => timeouts.new_s,
            FlowState::Established => timeouts.established_s,
            FlowState::Closed => timeouts.closed_s,
        };
        flow.end().plus_ns(i64::from(seconds) * 1_000_000_000)
    }

    fn find(&self, key: &Key) -> Option<u32> {
        let hash = key.hash(&self.secret) as u32;
        let is_same =
            |entry: &Entry| entry.hash == hash && self.slots.get(entry.slot).is_some_and(|slot| slot.flow.key == *key);
        self.index.find(index_hash(hash), is_same).map(|entry| entry.slot)
    }

    /// The flow of a key, if this packet still belongs to it. One whose time is over, or whose tuple a new connection takes, ends.
    fn find_living(&mut self, key: &Key, packet: &Packet<'_>, now: Timestamp, sink: &mut impl Sink<T>) -> Option<u32> {
        let number = self.find(key)?;
        let flow = &self.slots.get(number)?.flow;
        let deadline = self.deadline(flow);
        if deadline < now {
            self.counters.flows_timed_out += 1;
            self.end(number, EndReason::Timeout, deadline, sink);
            return None;
        }
        if let (Transport::Tcp(tcp), Some(state)) = (&packet.transport, &flow.tcp)
            && state.connection.is_reused_by(tcp)
        {
            self.counters.flows_reused += 1;
            self.end(number, EndReason::Reused, now, sink);
            return None;
        }
        Some(number)
    }

    fn open(&mut self, now: Timestamp, packet: &Packet<'_>, tuple: Tuple, path: u32, sink: &mut impl Sink<T>) -> u32 {
        if self.slots.len() >= self.limits.flows_max {
            self.evict(now, sink);
        }
        self.counters.flows_opened += 1;
        let (key, is_lower) = tuple.key(path);
        let (client_is_lower, evidence) = self.client(&tuple, is_lower, packet);
        let flow = Flow {
            key: KeptKey::from(&key),
            number: self.counters.flows_opened,
            sides: Default::default(),
            tcp_flags: [0; 2],
            ttls_min: [u8::MAX; 2],
            ttls_max: [0; 2],
            traffic_classes: [0; 2],
            tcp: None,
            macs: Default::default(),
            icmp_error: None,
            icmp_errors: 0,
            icmp: [None; 2],
            state: FlowState::New,
            evidence,
            client_is_lower,
            is_turned: client_is_lower != is_lower,
        };
        self.paths.retain(path);
        let state = sink.opened(&flow, self.paths.get(path), now);
        let hash = key.hash(&self.secret) as u32;
        let slot = Slot { flow, link: Link::default(), hash, wants: Wants::default(), state };
        let number = self.slots.insert(slot);
        self.index.insert_unique(index_hash(hash), Entry { hash, slot: number }, |entry| index_hash(entry.hash));
        let new_ns = i64::from(self.timeouts(tuple.protocol).new_s) * 1_000_000_000;
        self.wheel.insert(&mut self.slots, number, now.plus_ns(new_ns));
        number
    }

    /// Counts a packet to its flow and hands on what it carries.
    fn take(
        &mut self,
        number: u32,
        is_lower: bool,
        now: Timestamp,
        packet: &Packet<'_>,
        sink: &mut impl Sink<T>,
    ) -> Option<u64> {
        let slot = self.slots.get_mut(number)?;
        let mut sender = slot.flow.side_of(is_lower);
        slot.flow.count(sender, now, packet);
        let path = self.paths.get(slot.flow.key.path());
        sink.packet(slot.view(path), packet, sender, now);
        match &packet.transport {
            Transport::Tcp(_) if slot.wants.is_cut_off() => {}
            Transport::Tcp(tcp) => sender = self.take_tcp(number, sender, now, packet, tcp, sink),
            _ => {
                slot.flow.establish_if_answered();
                if !packet.payload.is_empty() && !slot.flow.key.is_icmp() && !slot.wants.is_cut_off() {
                    sink.datagram(slot.view(path), sender, packet.payload, now);
                }
            }
        }
        self.reschedule(number);
        let slot = self.slots.get_mut(number)?;
        sink.packet_done(slot.view(self.paths.get(slot.flow.key.path())), packet, sender, now);
        Some(slot.flow.number)
    }

    /// A deadline that came closer moves the flow; one that went away is found when its bucket is looked at.
    fn reschedule(&mut self, number: u32) {
        let Some(slot) = self.slots.get(number) else { return };
        let (deadline, second) = (self.deadline(&slot.flow), self.wheel.second(slot.link));
        if second_of(deadline) < second {
            self.wheel.remove(&mut self.slots, number);
            self.wheel.insert(&mut self.slots, number, deadline);
        }
    }

    /// Makes room: the flow that is nearest to its timeout goes.
    fn evict(&mut self, now: Timestamp, sink: &mut impl Sink<T>) {
        for tries in 1..=EVICTION_TRIES {
            let Some(number) = self.wheel.nearest() else { return };
            let Some(slot) = self.slots.get(number) else { return };
            let (deadline, second) = (self.deadline(&slot.flow), self.wheel.second(slot.link));
            if second_of(deadline) <= second || tries == EVICTION_TRIES {
                self.counters.flows_evicted += 1;
                return self.end(number, EndReason::Evicted, now, sink);
            }
            self.wheel.remove(&mut self.slots, number);
            self.wheel.insert(&mut self.slots, number, deadline);
        }
    }

    fn end(&mut self, number: u32, reason: EndReason, now: Timestamp, sink: &mut impl Sink<T>) {
        self.flush(number, now, sink);
        self.wheel.remove(&mut self.slots, number);
        let Some(slot) = self.slots.remove(number) else { return };
        if let Ok(entry) = self.index.find_entry(index_hash(slot.hash), |entry| entry.slot == number) {
            entry.remove();
        }
        let path = slot.flow.key.path();
        sink.ended(&slot.flow, self.paths.get(path), slot.state, reason, now);
        self.paths.release(path);
    }

    /// Gives an ICMP error to the flow that it is about.
    fn tie_error(
        &mut self,
        now: Timestamp,
        packet: &Packet<'_>,
        icmp: &Icmp<'_>,
        path: u32,
        sink: &mut impl Sink<T>,
    ) -> Option<u64> {
        let (key, is_lower) = icmp::quoted(icmp.about)?.reversed().key(path);
        let number = self.find(&key)?;
        let slot = self.slots.get_mut(number)?;
        let sender = slot.flow.side_of(is_lower);
        slot.flow.count(sender, now, packet);
        slot.flow.icmp_errors = slot.flow.icmp_errors.saturating_add(1);
        slot.flow.icmp_error = Some((icmp.kind, icmp.code));
        self.counters.icmp_errors_tied += 1;
        let path = self.paths.get(path);
        sink.packet(slot.view(path), packet, sender, now);
        sink.icmp_error(slot.view(path), sender, icmp, now);
        sink.packet_done(slot.view(path), packet, sender, now);
        Some(slot.flow.number)
    }
}

/// The index wants its marks in the upper bits, and has only half of the hash.
fn index_hash(hash: u32) -> u64 {
    u64::from(hash).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// Bytes of the frame that the flow's packet lay in: of the innermost one, where tunnels were taken off.
///
/// What a mirror or an overlay wraps around a frame is no traffic of the flow; Suricata counts so too. GENEVE and what carries
/// IP alone have no inner frame.
fn frame_length(packet: &Packet<'_>) -> u32 {
    use TunnelKind::{ErspanI, ErspanII, ErspanIII, EtherIp, EthernetInGre, Nvgre, PseudoWire, Tzsp, Vxlan, VxlanGpe};
    const ETHERNET: u32 = 14;
    const VLAN: u32 = 4;
    let (Some(network), Some(tunnel)) = (&packet.network, packet.tunnels.iter().next_back()) else {
        return packet.wire_length;
    };
    let has_frame = matches!(
        tunnel.kind,
        ErspanI | ErspanII | ErspanIII | EtherIp | EthernetInGre | Nvgre | PseudoWire | Tzsp | Vxlan | VxlanGpe
    );
    let is_link_only = tunnel.outer.is_none() && !has_frame;
    // ERSPAN takes the tag off and tells its id in a header of its own.
    let tags = if matches!(tunnel.kind, ErspanII | ErspanIII) { 0 } else { packet.vlans.len() as u32 };
    match (is_link_only, has_frame) {
        (true, _) => packet.wire_length,
        (_, true) => network.total_length + ETHERNET + VLAN * tags,
        _ => network.total_length,
    }
}

impl Flow {
    fn count(&mut self, sender: Side, now: Timestamp, packet: &Packet<'_>) {
        if self.sides[0].packets + self.sides[1].packets == 0
            && let Some([source, destination]) = packet.macs
        {
            self.macs = if sender == Side::Client { [source, destination] } else { [destination, source] };
        }
        let side = &mut self.sides[sender.index()];
        if side.packets == 0 {
            side.first = now;
            side.last = now;
            if let Some(network) = &packet.network {
                self.traffic_classes[sender.index()] = network.traffic_class;
            }
            if let Transport::Icmp(icmp) = &packet.transport {
                self.icmp[sender.index()] = Some((icmp.kind, icmp.code));
            }
        }
        if let Some(network) = &packet.network {
            let (lowest, highest) = (&mut self.ttls_min[sender.index()], &mut self.ttls_max[sender.index()]);
            (*lowest, *highest) = ((*lowest).min(network.ttl), (*highest).max(network.ttl));
        }
        side.last = side.last.max(now);
        side.packets += 1;
        side.wire_bytes += u64::from(frame_length(packet));
        side.ip_bytes += packet.network.map_or(0, |network| u64::from(network.total_length));
        if let Transport::Tcp(tcp) = &packet.transport {
            self.tcp_flags[sender.index()] |= tcp.flags.0;
        }
    }

    fn establish_if_answered(&mut self) {
        if self.sides.iter().all(|side| side.packets > 0) {
            self.state = FlowState::Established;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tcp::{Performance, Streams, Tcp, TsharkCounts};

    /// What a flow costs: the numbers of the crate's documentation.
    #[test]
    fn sizes() {
        let sizes = [
            ("a flow with 24 bytes of the sink's", size_of::<Option<Slot<(u64, Box<u8>, u64)>>>(), 200),
            ("its public record", size_of::<Flow>(), 160),
            ("a TCP connection", size_of::<Tcp>(), 184),
            ("its streams", size_of::<Streams>(), 216),
            ("its measurements", size_of::<Performance>(), 840),
            ("tshark's counts", size_of::<TsharkCounts>(), 280),
        ];
        for (what, bytes, told) in sizes {
            assert!(bytes <= told, "{what}: {bytes} bytes, told are {told}");
        }
    }
}
