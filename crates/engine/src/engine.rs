//! The engine: decoding, flows, applications, one after the other for each frame.

use crate::alert::Origin;
use crate::application::{FlowState, Known, Surroundings};
use crate::config::Config;
use crate::counters::Counters;
use crate::detection::Detection;
use crate::event::{Ethernet, Event, EventSink, FlowOutcome, PacketFacts};
use crate::exception::{is_midstream, is_midstream_packet};
use crate::expectation::Expectations;
use crate::tunnel;
use flow::{Defragmenter, EndReason, Flow, FlowTable, FlowView, Path};
use model::packet::{Anomaly, Frame, Side, Timestamp};
use rules::RuleCounts;
use wire::Packet;

/// Takes frames, tells events.
pub struct Engine {
    config: Config,
    defragmenter: Defragmenter,
    table: FlowTable<FlowState>,
    expectations: Expectations,
    detection: Option<Detection>,
    counters: Counters,
}

impl Engine {
    /// An engine that has seen nothing.
    pub fn new(config: &Config) -> Engine {
        Engine {
            config: config.clone(),
            defragmenter: Defragmenter::new(config.defragment, config.defragment_limits),
            table: FlowTable::new(config.flow, config.flow_limits).with_host_policies(config.host_policies.clone()),
            expectations: Expectations::default(),
            detection: config.rules.as_ref().map(Detection::new),
            counters: Counters::default(),
        }
    }

    /// What was counted.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// What each rule has cost, in the ruleset's order; nothing where that is not counted.
    pub fn rule_counts(&self) -> &[RuleCounts] {
        self.detection.as_ref().map_or(&[], |detection| detection.detector.rule_counts())
    }

    /// What the flow table has counted.
    pub fn flow_counters(&self) -> &flow::Counters {
        self.table.counters()
    }

    /// Flows there are.
    pub fn flows(&self) -> usize {
        self.table.len()
    }

    /// Takes a frame. Everything that it causes is told before this returns.
    pub fn handle_frame(&mut self, frame: Frame<'_>, out: &mut dyn EventSink) {
        let packet = wire::decode(frame.link_type, frame.bytes, frame.wire_length, &self.config.decode);
        self.handle_packet(&frame, &packet, out);
    }

    /// Takes a frame, or of it the packet alone around which so many tunnels lie.
    pub fn handle_level(&mut self, frame: Frame<'_>, level: Option<u8>, out: &mut dyn EventSink) {
        match level {
            None => self.handle_frame(frame, out),
            Some(level) => {
                let packet = tunnel::outer_packet(&frame, level, &self.config.decode);
                self.handle_outer(&frame, &packet, out);
            }
        }
    }

    /// Takes a frame that is decoded already.
    pub fn handle_packet(&mut self, frame: &Frame<'_>, packet: &Packet<'_>, out: &mut dyn EventSink) {
        let (now, frame_number) = (frame.timestamp, frame.number);
        self.counters.count(frame, packet);
        if let Some(detection) = &mut self.detection {
            detection.begin(frame, packet, tunnel::around(frame, packet, &self.config.decode));
            packet.anomalies.iter().for_each(|anomaly| detection.note(anomaly));
        }
        tell_anomalies(now, frame_number, packet, packet.anomalies.iter(), out);
        if let Some(arp) = packet.arp {
            out.event(now, frame_number, Event::Arp { arp, packet: packet_facts(packet) });
        }
        if !packet.is_fragment() {
            return self.take(now, frame_number, (packet, packet_facts(packet)), out);
        }
        let facts = packet_facts(packet);
        let detection = &mut self.detection;
        let whole = self.defragmenter.push(now, packet, |anomaly| {
            if let Some(detection) = detection {
                detection.note(anomaly);
            }
            out.event(now, frame_number, Event::of_packet(facts, anomaly));
        });
        if let Some(detection) = &mut self.detection {
            detection.lone_packet(now, frame_number, packet, facts, out);
        }
        if let Some(whole) = whole {
            self.counters.count_reassembled(packet);
            let fragment = packet.datagram;
            let packet = whole.packet(packet, &self.config.decode);
            if let Some(detection) = &mut self.detection {
                detection.begin_defragmented(packet.anomalies.iter(), (fragment, whole.protocol, &whole.payload));
            }
            let facts = PacketFacts { origin: Origin::Defragmented, ..packet_facts(&packet) };
            packet.anomalies.iter().for_each(|anomaly| out.event(now, frame_number, Event::of_packet(facts, anomaly)));
            self.take(now, frame_number, (&packet, facts), out);
        }
    }

    /// A packet that carries another one ([`crate::outer_packet`]), after that: its flow is counted, and rules look at it.
    pub fn handle_outer(&mut self, frame: &Frame<'_>, packet: &Packet<'_>, out: &mut dyn EventSink) {
        if let Some(detection) = &mut self.detection {
            detection.begin(frame, packet, tunnel::around(frame, packet, &self.config.decode));
        }
        if !packet.is_fragment() {
            self.take(frame.timestamp, frame.number, (packet, packet_facts(packet)), out);
        }
    }

    /// A packet that is whole.
    fn take(
        &mut self,
        now: Timestamp,
        frame_number: u64,
        (packet, facts): (&Packet<'_>, PacketFacts),
        out: &mut dyn EventSink,
    ) {
        let mut worker = Worker {
            config: &self.config,
            expectations: &mut self.expectations,
            detection: self.detection.as_mut(),
            out,
            frame_number,
            packet: Some(&facts),
            sender: None,
        };
        let flow = self.table.packet(now, packet, &mut worker);
        if let (None, Some(detection)) = (flow, &mut self.detection) {
            detection.lone_packet(now, frame_number, packet, facts, out);
        }
    }

    /// The earliest moment at which [`Engine::handle_timeout`] may have something to do.
    pub fn poll_timeout(&self) -> Option<Timestamp> {
        self.table.poll_timeout()
    }

    /// Ends what is over by this moment.
    pub fn handle_timeout(&mut self, now: Timestamp, frame_number: u64, out: &mut dyn EventSink) {
        let (config, expectations, detection) = (&self.config, &mut self.expectations, self.detection.as_mut());
        let mut worker = Worker::at_end(config, expectations, detection, out, frame_number);
        self.table.timeout(now, &mut worker);
    }

    /// The capture is over: so is every flow.
    pub fn finish(&mut self, now: Timestamp, frame_number: u64, out: &mut dyn EventSink) {
        self.finish_some(now, frame_number, usize::MAX, out);
    }

    /// As [`Engine::finish`], but for so many flows only; is none left?
    pub fn finish_some(
        &mut self,
        now: Timestamp,
        frame_number: u64,
        flows_max: usize,
        out: &mut dyn EventSink,
    ) -> bool {
        let (config, expectations, detection) = (&self.config, &mut self.expectations, self.detection.as_mut());
        let mut worker = Worker::at_end(config, expectations, detection, out, frame_number);
        self.table.finish_some(now, flows_max, &mut worker)
    }
}

fn tell_anomalies(
    now: Timestamp,
    frame_number: u64,
    packet: &Packet<'_>,
    anomalies: impl Iterator<Item = Anomaly>,
    out: &mut dyn EventSink,
) {
    let facts = packet_facts(packet);
    anomalies.for_each(|anomaly| out.event(now, frame_number, Event::of_packet(facts, anomaly)));
}

pub(crate) fn packet_facts(packet: &Packet<'_>) -> PacketFacts {
    PacketFacts {
        addresses: packet.network.map(|network| (network.source, network.destination)),
        ports: packet.ports(),
        protocol: packet.network.map(|network| network.protocol),
        origin: tunnel::origin(packet),
        ethernet: packet.macs.map(|macs| Ethernet { macs, kind: packet.frame_type }),
        vlans: packet.vlans,
    }
}

/// What the flow table calls while it takes one packet.
struct Worker<'a> {
    config: &'a Config,
    expectations: &'a mut Expectations,
    detection: Option<&'a mut Detection>,
    out: &'a mut dyn EventSink,
    frame_number: u64,
    packet: Option<&'a PacketFacts>,
    /// Who sent the packet, once its flow is known; none where a flow ends.
    sender: Option<Side>,
}

/// A flow as its table shows it.
fn known<'a>(config: &'a Config, flow: &'a Flow, path: &'a Path) -> Known<'a> {
    let names = config.rules.as_ref().map(|rules| &rules.ruleset.names);
    Known { flow, path, is_over: false, names, packet: None }
}

impl<'a> Worker<'a> {
    /// Where no packet is taken in.
    fn at_end(
        config: &'a Config,
        expectations: &'a mut Expectations,
        detection: Option<&'a mut Detection>,
        out: &'a mut dyn EventSink,
        frame_number: u64,
    ) -> Worker<'a> {
        Worker { config, expectations, detection, out, frame_number, packet: None, sender: None }
    }

    /// A flow as its table shows it, and the packet that is taken in.
    fn known<'v>(&self, view: &FlowView<'v, FlowState>) -> Known<'v>
    where
        'a: 'v,
    {
        Known {
            is_over: self.sender.is_none(),
            packet: self.packet.zip(self.sender),
            ..known(self.config, view.flow, view.path)
        }
    }

    fn around(&mut self, now: Timestamp) -> Surroundings<'_> {
        Surroundings {
            config: self.config,
            expectations: self.expectations,
            detection: self.detection.as_deref_mut(),
            out: self.out,
            frame_number: self.frame_number,
            packet_sender: self.sender,
            now,
        }
    }
}

impl flow::Sink<FlowState> for Worker<'_> {
    fn opened(&mut self, _flow: &Flow, _path: &Path, _now: Timestamp) -> FlowState {
        FlowState::default()
    }

    fn packet(&mut self, view: FlowView<'_, FlowState>, packet: &Packet<'_>, sender: Side, now: Timestamp) {
        self.sender = Some(sender);
        let Some(detection) = &mut self.detection else { return };
        // The last packets of a connection that both sides have ended belong to it still.
        detection.was_established = view.flow.state != flow::FlowState::New;
        if let Some(policy) = self.config.midstream_policy
            && is_midstream_packet(view.flow, packet)
        {
            view.state.meet_exception(policy, &mut self.around(now));
        }
    }

    fn is_turned_round(&mut self, view: FlowView<'_, FlowState>, sender: Side, bytes: &[u8]) -> bool {
        let known = known(self.config, view.flow, view.path);
        !self.config.skips_applications && known.speaks_as_other(sender, bytes, self.config)
    }

    fn packet_done(&mut self, view: FlowView<'_, FlowState>, packet: &Packet<'_>, sender: Side, now: Timestamp) {
        let known = self.known(&view);
        let mut around = self.around(now);
        view.state.packet_done(known, sender, packet, &mut around);
        if view.state.is_cut_off(&around) {
            view.wants.cut_off();
        }
    }

    fn data(&mut self, view: FlowView<'_, FlowState>, sender: Side, offset: u64, bytes: &[u8], now: Timestamp) {
        let wants_streams = self.detection.as_ref().is_some_and(|detection| detection.wants_streams());
        if self.config.skips_applications {
            view.wants.stop_both();
            return;
        }
        let known = self.known(&view);
        let is_open = view.flow.tcp_state().is_some_and(|state| state >= flow::tcp::TcpState::Established);
        let is_looked_at = wants_streams && is_open;
        if is_looked_at {
            view.state.hold_stream(sender, (offset, bytes), &mut self.around(now));
        }
        view.state.push(known, sender, bytes, &mut self.around(now));
        if is_looked_at {
            view.state.inspect_stream(known, sender, &mut self.around(now));
        }
        if !view.state.reads() && !wants_streams {
            view.wants.stop_both();
        }
    }

    fn gap(&mut self, view: FlowView<'_, FlowState>, sender: Side, _offset: u64, bytes: u64, now: Timestamp) {
        let known = self.known(&view);
        view.state.gap(known, sender, bytes, &mut self.around(now));
    }

    fn leftover(&mut self, view: FlowView<'_, FlowState>, sender: Side, offset: u64, bytes: &[u8], now: Timestamp) {
        if self.detection.as_ref().is_some_and(|detection| detection.wants_streams()) {
            let known = self.known(&view);
            view.state.hold_stream(sender, (offset, bytes), &mut self.around(now));
            view.state.inspect_stream(known, sender, &mut self.around(now));
        }
    }

    fn datagram(&mut self, view: FlowView<'_, FlowState>, sender: Side, payload: &[u8], now: Timestamp) {
        if !self.config.skips_applications {
            let known = self.known(&view);
            view.state.push(known, sender, payload, &mut self.around(now));
        }
    }

    fn anomaly(&mut self, view: Option<FlowView<'_, FlowState>>, anomaly: Anomaly, now: Timestamp) {
        if let Some(detection) = &mut self.detection {
            detection.note(anomaly);
        }
        let flow = view.map(|view| view.state.facts(self.known(&view)));
        let (packet, sender) = (self.packet.copied().unwrap_or_default(), self.sender);
        let event = Event::Anomaly { flow, packet, sender, anomaly, transaction: None };
        self.out.event(now, self.frame_number, event);
    }

    fn ended(&mut self, flow: &Flow, path: &Path, mut state: FlowState, reason: EndReason, now: Timestamp) {
        self.sender = None;
        let known = Known { is_over: true, ..known(self.config, flow, path) };
        state.finish(known, &mut self.around(now));
        state.tell_alerts(known, &mut self.around(now));
        if !state.is_logged() {
            return;
        }
        let midstream = self.config.midstream_policy.filter(|_| is_midstream(flow));
        let outcome = FlowOutcome { midstream, ..state.outcome() };
        let flow = state.facts(known);
        self.out.event(now, self.frame_number, Event::Flow { flow, reason, outcome });
    }
}
