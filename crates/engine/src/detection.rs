//! Rules over what an engine sees: calls of the detector, and alerts of what it finds.

use crate::alert::{Evidence, Origin, Outer};
use crate::application::Known;
use crate::event::{DropHeaders, Event, EventSink, FlowFacts, FlowValues, PacketFacts};
use crate::evidence::whole_frame;
use crate::exception::ExceptionPolicy;
use crate::fate::Fate;
use crate::files::StoreOrder;
use crate::flow_detection::{FlowDetection, Pending};
use crate::settle::Occasion;
use crate::told::Told;
use crate::tunnel::{self, InTunnel};
use applayer::{FileEvent, FrameEvent, Stage, Transaction};
use flow::FlowState;
use model::packet::{Anomaly, Frame, Side, Timestamp};
use rules::{Clock, Detector, FlowMemory, Matched, Ruleset, Shared, Sight};
use std::sync::{Arc, Mutex};

/// Rules, and what is done with their matches.
#[derive(Clone, Debug)]
pub struct RuleConfig {
    /// The rules.
    pub ruleset: Arc<Ruleset>,
    /// What is known of hosts, by all engines of a run.
    pub shared: Arc<Mutex<Shared>>,
    /// Alerts of one packet that are told.
    pub alerts_per_packet_max: usize,
    /// As if packets could be thrown away: what drops is told as blocked, and of its flow nothing more is looked at.
    pub is_inline: bool,
    /// Is every rule looked at, whether its pattern is there or not? What matches must be the same: for tests.
    pub is_exhaustive: bool,
    /// Do alerts keep payloads and frames?
    pub keeps_evidence: bool,
    /// Is counted what each rule costs?
    pub profiles: bool,
    /// Times of that, where someone brings a clock.
    pub clock: Option<Clock>,
    /// Do alerts of packets and streams tell the newest transaction of their flow (`detect.guess-applayer-tx`)?
    pub guesses_transactions: bool,
}

/// What an engine counts of matches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AlertCounters {
    /// Alerts that were told.
    pub told: u64,
    /// Alerts beyond what one packet may have.
    pub over_limit: u64,
    /// Matches that are not told, as their rule or a threshold says.
    pub suppressed: u64,
}

impl AlertCounters {
    /// What came since.
    pub(crate) const fn since(self, before: AlertCounters) -> AlertCounters {
        AlertCounters {
            told: self.told - before.told,
            over_limit: self.over_limit - before.over_limit,
            suppressed: self.suppressed - before.suppressed,
        }
    }
}

/// What detection needs beside flows.
pub(crate) struct Detection {
    pub(crate) config: RuleConfig,
    pub(crate) detector: Detector,
    /// What was found odd since the packet came.
    anomalies: Vec<Anomaly>,
    /// The frame, where alerts keep it.
    pub(crate) evidence: Evidence,
    pub(crate) origin: Origin,
    /// The packet around the one at hand, if it lay in a tunnel.
    pub(crate) outer: Option<Outer>,
    /// Was the packet's flow established before it?
    pub(crate) was_established: bool,
    /// What is done with the packet because it is an exception.
    exception: ExceptionPolicy,
    /// What rules keep of files.
    store_orders: Vec<StoreOrder>,
    pub(crate) counters: AlertCounters,
}

impl Detection {
    pub(crate) fn new(config: &RuleConfig) -> Detection {
        let mut detector = Detector::new(config.ruleset.clone(), config.shared.clone());
        if config.is_exhaustive {
            detector = detector.exhaustive();
        }
        if config.profiles {
            detector = detector.profiling(config.clock);
        }
        Detection {
            detector,
            config: config.clone(),
            anomalies: Vec::new(),
            evidence: Evidence::default(),
            origin: Origin::Packet,
            outer: None,
            was_established: false,
            exception: ExceptionPolicy::Ignore,
            store_orders: Vec::new(),
            counters: AlertCounters::default(),
        }
    }

    /// A frame comes.
    pub(crate) fn begin(&mut self, frame: &Frame<'_>, packet: &wire::Packet<'_>, tunnel: Option<InTunnel>) {
        self.anomalies.clear();
        self.origin = tunnel.map_or(Origin::Packet, |tunnel| Origin::Tunnel(tunnel.origin));
        self.outer = tunnel.map(|tunnel| tunnel.outer);
        if self.config.keeps_evidence {
            let (begin, link_type) = tunnel::inner(frame, packet);
            self.evidence.frame.clear();
            self.evidence.frame.extend_from_slice(&frame.bytes[begin..]);
            self.evidence.link_type = Some(link_type);
        }
    }

    /// A datagram was put together.
    pub(crate) fn begin_defragmented(
        &mut self,
        anomalies: impl Iterator<Item = Anomaly>,
        (fragment, protocol, payload): (&[u8], u8, &[u8]),
    ) {
        self.anomalies.clear();
        self.anomalies.extend(anomalies);
        self.origin = Origin::Defragmented;
        if self.config.keeps_evidence {
            self.evidence.frame = whole_frame(&self.evidence.frame, fragment, protocol, payload);
        }
    }

    /// Something odd of the packet or its flow.
    pub(crate) fn note(&mut self, anomaly: Anomaly) {
        self.anomalies.push(anomaly);
    }

    /// A packet that has no flow.
    pub(crate) fn lone_packet(
        &mut self,
        now: Timestamp,
        frame_number: u64,
        packet: &wire::Packet<'_>,
        facts: PacketFacts,
        out: &mut dyn EventSink,
    ) {
        let anomalies = std::mem::take(&mut self.anomalies);
        let sight = Sight {
            now,
            packet: Some(packet),
            flow: None,
            sender: Side::Client,
            protocol: None,
            protocol_before: None,
            side_protocols: [None; 2],
            anomalies: &anomalies,
            is_first: true,
            is_established: false,
        };
        self.detector.packet(&sight, None, false);
        let mut pending = self.take_pending(None);
        let before = self.counters;
        let occasion = Occasion { flow: None, packet: Some(packet), tags: None };
        let settled = self.settle(&mut pending, occasion);
        for alert in &settled.alerts {
            out.event(now, frame_number, Event::Alert { flow: None, packet: facts, alert });
        }
        self.tell_untold(before, (now, frame_number), out);
        self.anomalies = anomalies;
    }

    /// All that a packet caused was told: its own rules, and the alerts that waited for it.
    pub(crate) fn packet_done(
        &mut self,
        flow: &mut FlowDetection,
        (facts, sender): (FlowFacts<'_>, Side),
        packet: &wire::Packet<'_>,
        (now, frame_number): (Timestamp, u64),
        out: &mut dyn EventSink,
    ) {
        let anomalies = std::mem::take(&mut self.anomalies);
        let sight = Sight {
            is_established: match facts.flow.tcp {
                Some(_) => self.was_established,
                None => facts.flow.state == FlowState::Established,
            },
            ..sight(now, &facts, sender, Some(packet), &anomalies)
        };
        let exception = std::mem::take(&mut self.exception);
        let reason = self.drop_reason(flow, exception);
        if reason.is_none() && exception != ExceptionPolicy::PassPacket {
            // What comes before the handshake is over is in no stream yet.
            let is_streamed = facts.flow.tcp_state().is_some_and(|state| state >= flow::tcp::TcpState::Established);
            self.detector.packet(&sight, Some(&mut flow.memory), is_streamed);
            let mut hits = self.take_pending(None);
            self.guess(flow, &mut hits);
            flow.pending.extend(hits);
        }
        self.anomalies = anomalies;
        let mut due = flow.take_due(|pending| pending.hit.sender == sender || pending.hit.matched == Matched::Packet);
        let before = self.counters;
        let occasion = Occasion { flow: Some(&mut *flow), packet: Some(packet), tags: Some((now, facts.flow)) };
        let settled = self.settle(&mut due, occasion);
        self.tell_untold(before, (now, frame_number), out);
        // A packet that is told as an alert counts too.
        let is_tagged = self.is_tagged(flow, &facts, (now, packet.wire_length)) && settled.alerts.is_empty();
        let facts = FlowFacts { values: self.values_of(&flow.memory), ..facts };
        for alert in &settled.alerts {
            let packet = PacketFacts::default();
            out.event(now, frame_number, Event::Alert { flow: Some(facts), packet, alert });
        }
        if is_tagged {
            out.event(now, frame_number, Event::Tagged { flow: facts, sender });
        }
        if let Some(reason) = reason.or(settled.drop.is_some().then_some("rules")) {
            let was_told = std::mem::replace(&mut flow.has_told_drop[sender.index()], true);
            let is_repeated = was_told && settled.drop.is_none();
            let headers = DropHeaders::of(packet);
            let alert = settled.alerts.iter().find(|alert| alert.is_blocked).or(settled.drop.as_ref());
            out.event(now, frame_number, Event::Drop { flow: facts, sender, alert, reason, headers, is_repeated });
        }
    }

    /// What rules remember of a flow, with names.
    fn values_of<'a>(&'a self, memory: &'a FlowMemory) -> Option<FlowValues<'a>> {
        Some(FlowValues { values: &memory.values, names: &self.config.ruleset.names })
    }

    fn tell_untold(&self, before: AlertCounters, at: (Timestamp, u64), out: &mut dyn EventSink) {
        let AlertCounters { over_limit, suppressed, .. } = self.counters.since(before);
        if over_limit + suppressed > 0 {
            out.event(at.0, at.1, Event::Untold { over_limit, suppressed });
        }
    }

    /// A packet comes that an exception policy is for.
    pub(crate) fn meet_exception(&mut self, flow: &mut FlowDetection, policy: ExceptionPolicy) {
        if flow.fate.is_none() {
            self.exception = policy;
            Fate::of(policy).into_iter().for_each(|fate| flow.meet(fate));
        }
    }

    /// Why this packet is thrown away, whatever rules would say of it.
    fn drop_reason(&self, flow: &FlowDetection, exception: ExceptionPolicy) -> Option<&'static str> {
        match (self.config.is_inline, exception.drops()) {
            (false, _) => None,
            (true, true) => Some("stream midstream"),
            (true, false) => flow.fate.and_then(Fate::drop_reason),
        }
    }

    /// Is nothing more of this flow looked at, nor let through?
    pub(crate) fn cuts_off(&self, flow: &FlowDetection) -> bool {
        match flow.fate {
            Some(Fate::Bypassed) => true,
            Some(Fate::Dropped | Fate::DroppedByException) => self.config.is_inline,
            Some(Fate::Passed) | None => false,
        }
    }

    /// A flow is over: what waited for a packet that never came.
    pub(crate) fn flow_done(
        &mut self,
        flow: &mut FlowDetection,
        facts: FlowFacts<'_>,
        (now, frame_number): (Timestamp, u64),
        out: &mut dyn EventSink,
    ) {
        for side in Side::BOTH {
            let mut due = flow.take_due(|pending| pending.hit.sender == side);
            (self.origin, self.outer) = (Origin::Ended, None);
            let before = self.counters;
            let occasion = Occasion { flow: Some(&mut *flow), packet: None, tags: None };
            let settled = self.settle(&mut due, occasion);
            let facts = FlowFacts { values: self.values_of(&flow.memory), ..facts };
            for alert in &settled.alerts {
                let packet = PacketFacts::default();
                out.event(now, frame_number, Event::Alert { flow: Some(facts), packet, alert });
            }
            self.tell_untold(before, (now, frame_number), out);
        }
    }

    /// Bytes of a stream, before the application takes them.
    pub(crate) fn hold_stream(&mut self, flow: &mut FlowDetection, sender: Side, offset: u64, bytes: &[u8]) {
        self.detector.hold_stream(&mut flow.memory, sender, offset, bytes);
    }

    /// The same bytes, when it is known what the application makes of them.
    pub(crate) fn stream(&mut self, flow: &mut FlowDetection, sight: &Sight<'_>) {
        self.detector.stream(sight, &mut flow.memory);
        let mut pending = self.take_pending(None);
        self.guess(flow, &mut pending);
        flow.hold(pending);
    }

    /// A side of a transaction came so far.
    pub(crate) fn progress(
        &mut self,
        flow: &mut FlowDetection,
        sight: &Sight<'_>,
        transaction: &dyn Transaction,
        stage: Stage,
    ) {
        self.detector.progress(sight, &mut flow.memory, transaction, stage);
        flow.retell(transaction, self.keeps_recent());
        let pending = self.take_pending(Some(transaction));
        self.stop_logging(flow, &pending, transaction);
        flow.hold(pending);
    }

    /// Is the transaction kept that came on last: for alerts of frames, and for those that guess theirs?
    fn keeps_recent(&self) -> bool {
        self.config.guesses_transactions || self.wants_frames()
    }

    /// What is in no transaction tells of the one that came on last, where that is wanted.
    fn guess(&self, flow: &FlowDetection, pending: &mut [Pending]) {
        let Some((id, told)) = flow.recent.as_ref().filter(|_| self.config.guesses_transactions) else { return };
        let is_of_none = |pending: &&mut Pending| matches!(pending.hit.matched, Matched::Packet | Matched::Stream);
        for pending in pending.iter_mut().filter(is_of_none) {
            (pending.guess, pending.told) = (Some(*id), Some(told.clone()));
        }
    }

    /// What `config` rules say is done at once: the transaction may be told next.
    fn stop_logging(&self, flow: &mut FlowDetection, pending: &[Pending], transaction: &dyn Transaction) {
        let rules = pending.iter().filter_map(|pending| self.config.ruleset.rule(pending.hit.rule));
        for what in rules.filter_map(|rule| rule.unlogged) {
            flow.memory.stop_logging(what, Some(transaction.id()));
        }
    }

    /// A further message of a transaction has come.
    pub(crate) fn part(&mut self, flow: &mut FlowDetection, sight: &Sight<'_>, transaction: &dyn Transaction) {
        self.detector.part(sight, &mut flow.memory, transaction);
        flow.retell(transaction, self.keeps_recent());
        let pending = self.take_pending(Some(transaction));
        flow.hold(pending);
    }

    /// Does a rule look into frames?
    pub(crate) fn wants_frames(&self) -> bool {
        self.config.ruleset.wants().frames != [false; 2]
    }

    /// What a parser says of frames.
    pub(crate) fn frame(&mut self, flow: &mut FlowDetection, sight: &Sight<'_>, event: &FrameEvent<'_>) {
        self.detector.frame(sight, &mut flow.memory, event);
        let mut pending = self.take_pending(None);
        let recent = flow.recent.as_ref();
        for pending in &mut pending {
            let of_it = recent.filter(|(id, _)| pending.hit.matched == Matched::Frame(Some(*id)));
            pending.told = of_it.map(|(_, told)| told.clone());
        }
        flow.hold(pending);
    }

    /// A transaction is complete.
    pub(crate) fn transaction(&mut self, flow: &mut FlowDetection, sight: &Sight<'_>, transaction: &dyn Transaction) {
        self.detector.transaction(sight, &mut flow.memory, transaction);
        flow.retell(transaction, self.keeps_recent());
        let pending = self.take_pending(Some(transaction));
        self.stop_logging(flow, &pending, transaction);
        flow.hold(pending);
    }

    /// The application departed from its protocol.
    pub(crate) fn event(
        &mut self,
        flow: &mut FlowDetection,
        sight: &Sight<'_>,
        anomaly: Anomaly,
        transaction: Option<u64>,
    ) {
        self.detector.event(sight, &mut flow.memory, anomaly, transaction);
        let pending = self.take_pending(None);
        flow.hold(pending);
    }

    pub(crate) fn body(&mut self, flow: &mut FlowDetection, transaction: u64, sender: Side, bytes: &[u8]) {
        self.detector.body(&mut flow.memory, transaction, sender, bytes);
    }

    pub(crate) fn file(&mut self, flow: &mut FlowDetection, event: &FileEvent<'_>) {
        self.detector.file(&mut flow.memory, event);
    }

    /// Does anyone want the bytes of streams?
    pub(crate) fn wants_streams(&self) -> bool {
        self.config.ruleset.wants().streams != [false; 2]
    }

    /// What rules keep of files, since the last call.
    pub(crate) fn take_store_orders(&mut self) -> Vec<StoreOrder> {
        std::mem::take(&mut self.store_orders)
    }

    fn take_pending(&mut self, transaction: Option<&dyn Transaction>) -> Vec<Pending> {
        let hits = self.detector.take_hits();
        if hits.is_empty() {
            return Vec::new();
        }
        let told = transaction.map(Told::of);
        for hit in &hits {
            let Some(rule) = self.config.ruleset.rule(hit.rule) else { continue };
            let Some(storing) = rule.storing else { continue };
            let transaction = transaction.map(|transaction| transaction.id());
            self.store_orders.push(StoreOrder { storing, sid: rule.about.sid, sender: hit.sender, transaction });
        }
        hits.into_iter().map(|hit| Pending { told: told.clone(), files: None, hit, guess: None }).collect()
    }
}

/// What rules see of a flow.
pub(crate) fn sight<'a>(
    now: Timestamp,
    facts: &FlowFacts<'a>,
    sender: Side,
    packet: Option<&'a wire::Packet<'a>>,
    anomalies: &'a [Anomaly],
) -> Sight<'a> {
    Sight {
        now,
        packet,
        flow: Some(facts.flow),
        sender,
        protocol: facts.protocol,
        protocol_before: facts.protocol_before,
        side_protocols: facts.side_protocols,
        anomalies,
        is_first: false,
        is_established: facts.flow.state != FlowState::New,
    }
}

/// What rules see of a flow whose application talks.
pub(crate) fn sight_of<'a>(
    now: Timestamp,
    known: Known<'a>,
    sender: Side,
    (protocol, protocol_before): (Option<&'static str>, Option<&'static str>),
) -> Sight<'a> {
    let flow = Some(known.flow);
    let is_established = known.flow.state != FlowState::New;
    let (packet, anomalies, is_first) = (None, &[][..], false);
    let side_protocols = [None; 2];
    Sight { now, packet, flow, sender, protocol, protocol_before, side_protocols, anomalies, is_first, is_established }
}
