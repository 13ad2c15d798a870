//! What a TCP segment does to its flow: state, streams, measurements.

use super::{FlowTable, Slot, TCP};
use crate::anomaly::is_known;
use crate::config::{Config, Counters, DirectionPolicy, Limits};
use crate::flow::Flow;
use crate::path::Path;
use crate::sink::{FlowView, Sink, Wants};
use crate::tcp::{
    Delivery, HostPolicies, OverlapPolicy, Piece, Rules, Segment, Stream, Tcp, TcpState, UrgentPolicy, Verdict, flag,
};
use model::packet::{Anomaly, AnomalyLayer, Side, Timestamp};
use wire::Packet;

impl<T> FlowTable<T> {
    /// Takes a segment in. Returns who sent it: what it carries may turn the flow round.
    pub(super) fn take_tcp(
        &mut self,
        number: u32,
        sender: Side,
        now: Timestamp,
        packet: &Packet<'_>,
        header: &wire::Tcp<'_>,
        sink: &mut impl Sink<T>,
    ) -> Side {
        let (Some(slot), Some(network)) = (self.slots.get_mut(number), packet.network.as_ref()) else { return sender };
        let path = self.paths.get(slot.flow.key.path());
        let mut segment = Segment::new(now, sender, packet, network, header);
        let is_turned = slot.flow.is_turned;
        let tcp = slot.flow.tcp.get_or_insert_with(|| Box::new(Tcp::new(is_turned)));
        if self.config.recognises_taps && tcp.is_copy(&segment) {
            self.counters.tap_copies += 1;
            return sender;
        }
        let receiver = network.destination;
        let verdict = tcp.take(&segment, &self.config, self.policies.of(receiver).unwrap_or(self.config.overlap));
        if tcp.connection.state == TcpState::SynReceived && segment.is_syn_ack() {
            self.ports.learn(TCP, slot.flow.server());
        }
        slot.flow.state = slot.flow.tcp.as_ref().map_or(slot.flow.state, |tcp| tcp.connection.flow_state());
        for name in verdict.anomalies.iter() {
            sink.anomaly(Some(slot.view(path)), Anomaly { layer: AnomalyLayer::Stream, name }, now);
        }
        let is_new = segment.length > 0 && !verdict.is_refused && self.config.direction == DirectionPolicy::FirstPacket;
        if is_new && slot.flow.may_be_turned() && sink.is_turned_round(slot.view(path), sender, segment.payload) {
            slot.flow.turn();
            segment.sender = sender.other();
        }
        let (config, policies) = (&self.config, &self.policies);
        let mut work = Work { config, policies, limits: &self.limits, counters: &mut self.counters, path, sink, now };
        work.streams(slot, &segment, &verdict);
        segment.sender
    }

    /// Hands on all that a flow still holds.
    pub(super) fn flush(&mut self, number: u32, now: Timestamp, sink: &mut impl Sink<T>) {
        let Some(slot) = self.slots.get_mut(number) else { return };
        let last = slot.flow.end();
        if let Some(tcp) = &mut slot.flow.tcp {
            tcp.finish(last);
        }
        if slot.flow.tcp.as_ref().is_none_or(|tcp| tcp.streams.is_none()) {
            return;
        }
        if slot.wants.is_cut_off() {
            slot.wants.stop_both();
        }
        let path = self.paths.get(slot.flow.key.path());
        let (config, policies) = (&self.config, &self.policies);
        let mut work = Work { config, policies, limits: &self.limits, counters: &mut self.counters, path, sink, now };
        for side in Side::BOTH {
            work.on_stream(slot, side, |stream, _, out| stream.flush(out));
            work.close_if_complete(slot, side);
        }
    }
}

/// All that streams need besides their slot.
struct Work<'a, S> {
    config: &'a Config,
    policies: &'a HostPolicies,
    limits: &'a Limits,
    counters: &'a mut Counters,
    path: &'a Path,
    sink: &'a mut S,
    now: Timestamp,
}

impl<S> Work<'_, S> {
    fn streams<T>(&mut self, slot: &mut Slot<T>, segment: &Segment<'_>, verdict: &Verdict)
    where
        S: Sink<T>,
    {
        let (sender, receiver) = (segment.sender, segment.sender.other());
        if verdict.opening_data_refused {
            self.on_stream(slot, receiver, |stream, _, _| stream.forget_held());
        }
        if !verdict.is_refused {
            self.take_bytes(slot, segment);
        }
        if segment.has(flag::ACK) && !verdict.is_refused {
            let acknowledgement = segment.acknowledgement;
            self.on_stream(slot, receiver, |stream, task, out| {
                stream.acknowledge(acknowledgement, true, &task.rules, out)
            });
            self.close_if_complete(slot, receiver);
        }
        self.close_if_complete(slot, sender);
        if let Some(tcp) = &mut slot.flow.tcp {
            tcp.release_streams();
        }
    }

    fn take_bytes<T>(&mut self, slot: &mut Slot<T>, segment: &Segment<'_>)
    where
        S: Sink<T>,
    {
        let is_fin = segment.has(flag::FIN);
        // What comes with RST says why (RFC 9293, section 3.5.2); no application gets it.
        if segment.length == 0 && !is_fin || segment.has(flag::RST) {
            return;
        }
        let Some(tcp) = slot.flow.tcp.as_mut().filter(|tcp| !tcp.is_read) else { return };
        let (first, state) = (tcp.connection.first_byte(segment.sender), tcp.connection.state);
        let is_unanswered = tcp.connection.is_unanswered(segment.sender, &self.config.openings);
        let streams = tcp.streams.get_or_insert_default();
        streams.sides[segment.sender.index()].get_or_insert_with(|| Stream::new(first));
        let (sequence, urgent) = (segment.payload_sequence(), self.urgent_place(segment));
        let end = sequence.plus(segment.length);
        let missing = segment.length - segment.payload.len().min(segment.length as usize) as u32;
        self.on_stream(slot, segment.sender, |stream, task, out| {
            if let Some(place) = urgent {
                stream.leave_out(place);
            }
            // What comes with SYN counts once the server has taken it (RFC 7413).
            let is_opening = state == TcpState::SynSent;
            let delivery = match is_opening {
                true => Delivery::Acknowledged,
                false if is_unanswered => Delivery::Arrival,
                false => task.rules.delivery,
            };
            task.outcome = stream.push(sequence, segment.payload, &Rules { delivery, ..task.rules }, &mut *out);
            if missing > 0 && !is_opening {
                stream.lose(end.minus(missing), missing, &mut *out);
            }
            if is_fin {
                stream.end_at(end);
            }
        });
    }

    /// How the receiver of a side's bytes puts segments together that overlap.
    fn overlap(&self, flow: &Flow, sender: Side) -> OverlapPolicy {
        if self.policies.is_empty() {
            return self.config.overlap;
        }
        let receiver = if sender == Side::Client { flow.server() } else { flow.client() };
        self.policies.of(receiver.address).unwrap_or(self.config.overlap)
    }

    fn urgent_place(&self, segment: &Segment<'_>) -> Option<crate::tcp::SeqNumber> {
        let is_urgent = segment.has(flag::URG) && segment.urgent > 0 && self.config.urgent == UrgentPolicy::OutOfBand;
        (is_urgent && u32::from(segment.urgent) <= segment.length)
            .then(|| segment.payload_sequence().plus(u32::from(segment.urgent) - 1))
    }

    /// Works on a side's stream, hands on what comes out, and keeps the accounts.
    fn on_stream<T>(
        &mut self,
        slot: &mut Slot<T>,
        side: Side,
        work: impl FnOnce(&mut Stream, &mut Task, &mut dyn FnMut(Piece<'_>)),
    ) where
        S: Sink<T>,
    {
        let Slot { flow, wants, state, .. } = slot;
        // The streams are taken out of the flow while the sink looks at it.
        let Some(mut streams) = flow.tcp.as_mut().and_then(|tcp| tcp.streams.take()) else { return };
        if let Some(stream) = &mut streams.sides[side.index()] {
            self.on_stream_of(flow, wants, state, stream, side, work);
        }
        if let Some(tcp) = &mut flow.tcp {
            tcp.streams = Some(streams);
        }
    }

    fn on_stream_of<T>(
        &mut self,
        flow: &mut Flow,
        wants: &mut Wants,
        state: &mut T,
        stream: &mut Stream,
        side: Side,
        work: impl FnOnce(&mut Stream, &mut Task, &mut dyn FnMut(Piece<'_>)),
    ) where
        S: Sink<T>,
    {
        let (cost, gaps) = (stream.held_cost(), stream.gaps());
        if !wants.has_data(side) {
            stream.forget_held();
            self.counters.held_bytes -= cost;
            return;
        }
        let is_full = self.counters.held_bytes >= self.limits.held_bytes_max;
        let rules = Rules {
            overlap: self.overlap(flow, side),
            delivery: self.config.delivery,
            segments_max: if is_full { 0 } else { self.limits.held_segments_per_stream_max },
            held_bytes_max: self.limits.held_bytes_per_stream_max,
        };
        let mut task = Task { rules, outcome: Default::default() };
        let mut teller = Teller {
            flow,
            path: self.path,
            state,
            wants,
            sink: self.sink,
            side,
            now: self.now,
            depth: self.config.depth_bytes,
        };
        work(stream, &mut task, &mut |piece| teller.tell(piece));
        if task.outcome.overlap_differs {
            teller.anomaly("reassembly_overlap_different_data");
        }
        self.counters.reassembly_limits += u64::from(task.outcome.limit_reached);
        self.counters.held_bytes = self.counters.held_bytes + stream.held_cost() - cost;
        if stream.gaps() > gaps
            && let Some(tcp) = &mut flow.tcp
        {
            tcp.history.counted(b'g', side.other(), stream.gaps());
        }
    }

    fn close_if_complete<T>(&mut self, slot: &mut Slot<T>, side: Side)
    where
        S: Sink<T>,
    {
        let is_wanted = slot.wants.has_data(side);
        let Some(tcp) = &mut slot.flow.tcp else { return };
        let has_closed = tcp.connection.peer(side).has_closed;
        let Some(streams) = &mut tcp.streams else { return };
        let is_complete = streams.sides[side.index()].as_ref().is_some_and(|stream| stream.is_complete() || !is_wanted);
        if has_closed && is_complete && !streams.is_closed[side.index()] {
            streams.is_closed[side.index()] = true;
            self.sink.closing(slot.view(self.path), side, self.now);
        }
    }
}

/// One piece of work on a stream: by which rules, and how it went.
struct Task {
    rules: Rules,
    outcome: crate::tcp::Outcome,
}

/// Tells the sink what comes out of a stream.
struct Teller<'a, T, S> {
    flow: &'a Flow,
    path: &'a Path,
    state: &'a mut T,
    wants: &'a mut Wants,
    sink: &'a mut S,
    side: Side,
    now: Timestamp,
    depth: u64,
}

impl<T, S: Sink<T>> Teller<'_, T, S> {
    fn tell(&mut self, piece: Piece<'_>) {
        if !self.wants.has_data(self.side) {
            return;
        }
        match piece {
            Piece::Data { offset, bytes } => self.data(offset, bytes),
            Piece::Leftover { offset, bytes } => {
                let view =
                    FlowView { flow: self.flow, path: self.path, state: &mut *self.state, wants: &mut *self.wants };
                self.sink.leftover(view, self.side, offset, bytes, self.now);
            }
            Piece::Gap { offset, bytes } => {
                self.anomaly("reassembly_seq_gap");
                let view =
                    FlowView { flow: self.flow, path: self.path, state: &mut *self.state, wants: &mut *self.wants };
                self.sink.gap(view, self.side, offset, bytes, self.now);
            }
        }
    }

    /// Hands bytes on as far as the depth goes.
    fn data(&mut self, offset: u64, bytes: &[u8]) {
        let room = if self.depth == 0 { u64::MAX } else { self.depth.saturating_sub(offset) };
        let length = room.min(bytes.len() as u64) as usize;
        if length > 0 {
            let view = FlowView { flow: self.flow, path: self.path, state: &mut *self.state, wants: &mut *self.wants };
            self.sink.data(view, self.side, offset, &bytes[..length], self.now);
        }
        if length < bytes.len() {
            self.anomaly("reassembly_depth_reached");
            self.wants.stop(self.side);
        }
    }

    fn anomaly(&mut self, name: &'static str) {
        debug_assert!(is_known(name), "{name} has no row in ANOMALIES");
        let view = FlowView { flow: self.flow, path: self.path, state: &mut *self.state, wants: &mut *self.wants };
        self.sink.anomaly(Some(view), Anomaly { layer: AnomalyLayer::Stream, name }, self.now);
    }
}
