//! Rules over what an engine sees: calls of the detector, and alerts of what it finds.

use crate::alert::{Alert, Evidence, Origin};
use crate::application::Known;
use crate::event::{Event, EventSink, FlowFacts, PacketFacts};
use crate::evidence::{stream_payload, whole_frame};
use crate::exception::ExceptionPolicy;
use crate::fate::Fate;
use crate::files::StoreOrder;
use crate::flow_detection::{FlowDetection, Pending};
use crate::told::Told;
use applayer::{FileEvent, FrameEvent, Stage, Transaction};
use flow::FlowState;
use model::packet::{Anomaly, Frame, Side, Timestamp};
use rules::rule::{Ends, Tag};
use rules::{Action, ActiveTag, Detector, FlowMemory, Matched, Ruleset, Shared, Sight};
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
}

/// Tags of one flow.
const TAGS_PER_FLOW_MAX: usize = 16;
/// Hosts with tags.
const TAGGED_HOSTS_MAX: usize = 65_536;

/// What an engine counts of alerts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AlertCounters {
    /// Alerts that were told.
    pub told: u64,
    /// Alerts beyond what one packet may have.
    pub over_limit: u64,
}

/// What detection needs beside flows.
pub(crate) struct Detection {
    config: RuleConfig,
    detector: Detector,
    /// What was found odd since the packet came.
    anomalies: Vec<Anomaly>,
    /// The frame, where alerts keep it.
    evidence: Evidence,
    pub(crate) origin: Origin,
    /// Was the packet's flow established before it?
    pub(crate) was_established: bool,
    /// What is done with the packet because it is an exception.
    exception: ExceptionPolicy,
    /// The packet that was settled last is thrown away.
    is_dropped: bool,
    /// What rules keep of files.
    store_orders: Vec<StoreOrder>,
    pub(crate) counters: AlertCounters,
}

impl Detection {
    pub(crate) fn new(config: &RuleConfig) -> Detection {
        Detection {
            detector: match config.is_exhaustive {
                true => Detector::new(config.ruleset.clone(), config.shared.clone()).exhaustive(),
                false => Detector::new(config.ruleset.clone(), config.shared.clone()),
            },
            config: config.clone(),
            anomalies: Vec::new(),
            evidence: Evidence::default(),
            origin: Origin::Packet,
            was_established: false,
            exception: ExceptionPolicy::Ignore,
            is_dropped: false,
            store_orders: Vec::new(),
            counters: AlertCounters::default(),
        }
    }

    /// A frame comes.
    pub(crate) fn begin(&mut self, frame: &Frame<'_>) {
        self.anomalies.clear();
        self.origin = Origin::Packet;
        if self.config.keeps_evidence {
            self.evidence.frame.clear();
            self.evidence.frame.extend_from_slice(frame.bytes);
            self.evidence.link_type = Some(frame.link_type);
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
        for alert in self.settle(&mut pending, None, Some(packet), None) {
            out.event(now, frame_number, Event::Alert { flow: None, packet: facts, alert: &alert });
        }
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
            let hits = self.take_pending(None);
            flow.pending.extend(hits);
        }
        self.anomalies = anomalies;
        let is_due = |pending: &Pending| pending.hit.sender == sender || pending.hit.matched == Matched::Packet;
        let (mut due, waiting) = std::mem::take(&mut flow.pending).into_iter().partition(is_due);
        flow.pending = waiting;
        let before = self.counters.over_limit;
        let alerts = self.settle(&mut due, Some(flow), Some(packet), Some((now, facts.flow)));
        let count = self.counters.over_limit - before;
        if count > 0 {
            out.event(now, frame_number, Event::AlertsOverLimit { count });
        }
        for alert in &alerts {
            let packet = PacketFacts::default();
            out.event(now, frame_number, Event::Alert { flow: Some(facts), packet, alert });
        }
        if alerts.is_empty() && self.is_tagged(flow, &facts, (now, packet.wire_length)) {
            out.event(now, frame_number, Event::Tagged { flow: facts, sender });
        }
        if let Some(reason) = reason.or(self.is_dropped.then_some("rules")) {
            let alert = alerts.iter().find(|alert| alert.about.action.drops());
            out.event(now, frame_number, Event::Drop { flow: facts, sender, alert, reason });
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
            let all = std::mem::take(&mut flow.pending);
            let (mut due, waiting) = all.into_iter().partition(|pending| pending.hit.sender == side);
            flow.pending = waiting;
            self.origin = Origin::Ended;
            for alert in self.settle(&mut due, Some(flow), None, None) {
                let packet = PacketFacts::default();
                out.event(now, frame_number, Event::Alert { flow: Some(facts), packet, alert: &alert });
            }
        }
    }

    /// Bytes of a stream, before the application takes them.
    pub(crate) fn hold_stream(&mut self, flow: &mut FlowDetection, sender: Side, offset: u64, bytes: &[u8]) {
        self.detector.hold_stream(&mut flow.memory, sender, offset, bytes);
    }

    /// The same bytes, when it is known what the application makes of them.
    pub(crate) fn stream(&mut self, flow: &mut FlowDetection, sight: &Sight<'_>) {
        self.detector.stream(sight, &mut flow.memory);
        let pending = self.take_pending(None);
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
        flow.retell(transaction, self.config.ruleset.wants().frames != [false; 2]);
        let pending = self.take_pending(Some(transaction));
        flow.hold(pending);
    }

    /// A further message of a transaction has come.
    pub(crate) fn part(&mut self, flow: &mut FlowDetection, sight: &Sight<'_>, transaction: &dyn Transaction) {
        self.detector.part(sight, &mut flow.memory, transaction);
        flow.retell(transaction, self.config.ruleset.wants().frames != [false; 2]);
        let pending = self.take_pending(Some(transaction));
        flow.hold(pending);
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
        flow.retell(transaction, self.config.ruleset.wants().frames != [false; 2]);
        let pending = self.take_pending(Some(transaction));
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
        let told = if hits.is_empty() { None } else { transaction.map(Told::of) };
        for hit in &hits {
            let Some(rule) = self.config.ruleset.rule(hit.rule) else { continue };
            let Some(storing) = rule.storing else { continue };
            let transaction = transaction.map(|transaction| transaction.id());
            self.store_orders.push(StoreOrder { storing, sid: rule.about.sid, sender: hit.sender, transaction });
        }
        hits.into_iter().map(|hit| Pending { told: told.clone(), files: None, hit }).collect()
    }

    /// Makes alerts of matches: in the rules' order, until one passes, as many as a packet may have.
    fn settle(
        &mut self,
        due: &mut Vec<Pending>,
        mut flow: Option<&mut FlowDetection>,
        packet: Option<&wire::Packet<'_>>,
        sight: Option<(Timestamp, &flow::Flow)>,
    ) -> Vec<Alert> {
        due.sort_by_key(|pending| pending.hit.rule);
        let ruleset = self.config.ruleset.clone();
        let mut alerts: Vec<Alert> = Vec::new();
        let mut verdict = "alert";
        self.is_dropped = false;
        for pending in due.drain(..) {
            let Some(rule) = ruleset.rule(pending.hit.rule) else { continue };
            let action = rule.action();
            if action == Action::Pass && self.is_dropped {
                // What drops came first: what is thrown away is not let pass, but nothing more is said.
                break;
            }
            if let Some(flow) = &mut flow {
                Fate::by_rule(rule, pending.hit.matched).into_iter().for_each(|fate| flow.meet(fate));
            }
            if action.drops() && self.config.is_inline {
                verdict = "drop";
                self.is_dropped = true;
            } else if action == Action::Pass {
                verdict = "pass";
            }
            if let Some(at) = sight {
                self.set_tags(&rule.tags, flow.as_deref_mut(), at, pending.hit.sender);
            }
            if rule.is_told() && alerts.len() < self.config.alerts_per_packet_max {
                alerts.push(self.alert(&ruleset, pending, flow.as_deref().map(|flow| &flow.memory), packet));
            } else {
                self.counters.over_limit += u64::from(rule.is_told());
            }
            if action == Action::Pass {
                break;
            }
        }
        alerts.iter_mut().for_each(|alert| alert.verdict = verdict);
        self.counters.told += alerts.len() as u64;
        if let Some(flow) = flow {
            flow.memory.has_alerted |= !alerts.is_empty();
        }
        alerts
    }

    /// Sets what a rule's `tag` says.
    fn set_tags(
        &self,
        tags: &[Tag],
        mut own: Option<&mut FlowDetection>,
        (now, flow): (Timestamp, &flow::Flow),
        sender: Side,
    ) {
        for tag in tags {
            let active = ActiveTag::new(*tag, now);
            let (client, server) = (flow.client().address, flow.server().address);
            let (source, destination) = if sender == Side::Client { (client, server) } else { (server, client) };
            let mut shared = self.detector.shared();
            match (tag.host, own.as_deref_mut().map(|own| &mut own.memory)) {
                (None, Some(memory)) if memory.tags.len() < TAGS_PER_FLOW_MAX => memory.tags.push(active),
                (None, _) => {}
                (Some(_), _) if shared.tags.len() >= TAGGED_HOSTS_MAX => {}
                (Some(Ends::Destination), _) => _ = shared.tags.insert(destination, active),
                (Some(_), _) => _ = shared.tags.insert(source, active),
            }
        }
    }

    /// Does a tag of the flow or of one of its ends say that this packet is told?
    fn is_tagged(&mut self, flow: &mut FlowDetection, facts: &FlowFacts<'_>, (now, bytes): (Timestamp, u32)) -> bool {
        flow.memory.tags.retain_mut(|tag| tag.count(now, bytes.into()));
        let mut is_tagged = !flow.memory.tags.is_empty();
        let mut shared = self.detector.shared();
        if shared.tags.is_empty() {
            return is_tagged;
        }
        for end in [facts.flow.client().address, facts.flow.server().address] {
            let counts = shared.tags.get_mut(&end).map(|tag| tag.count(now, bytes.into()));
            is_tagged |= counts == Some(true);
            if counts == Some(false) {
                shared.tags.remove(&end);
            }
        }
        is_tagged
    }

    fn alert(
        &self,
        ruleset: &Ruleset,
        pending: Pending,
        memory: Option<&FlowMemory>,
        packet: Option<&wire::Packet<'_>>,
    ) -> Alert {
        let Pending { hit, told, files } = pending;
        let name = |place: u32| ruleset.names.name(place).cloned();
        let about = ruleset.rules()[hit.rule as usize].about.clone();
        let values = memory.map(|memory| &memory.values);
        let bits = values.map_or(&[][..], |values| values.bits());
        let numbers = values.map_or(&[][..], |values| values.numbers());
        Alert {
            sender: hit.sender,
            origin: self.origin,
            is_blocked: self.config.is_inline && about.action.drops(),
            verdict: "alert",
            transaction: match hit.matched {
                Matched::Transaction(id) => Some(id),
                Matched::Frame(id) => id,
                Matched::Packet | Matched::Stream => None,
            },
            is_guessed: false,
            told,
            files,
            bits: bits.iter().filter_map(|bit| name(*bit)).collect(),
            numbers: numbers.iter().filter_map(|(number, value)| Some((name(*number)?, *value))).collect(),
            captures: hit.captures.into_iter().filter_map(|(place, text)| Some((name(place)?, text))).collect(),
            contexts: hit.contexts,
            frame: hit.frame,
            evidence: self.evidence_of(hit.matched, hit.sender, memory, packet),
            about,
        }
    }

    fn evidence_of(
        &self,
        matched: Matched,
        sender: Side,
        memory: Option<&FlowMemory>,
        packet: Option<&wire::Packet<'_>>,
    ) -> Evidence {
        let is_of_tcp = packet.is_none_or(|packet| matches!(packet.transport, wire::Transport::Tcp(_)));
        let is_stream = matched != Matched::Packet && is_of_tcp;
        if !self.config.keeps_evidence {
            return Evidence { is_stream, ..Evidence::default() };
        }
        let payload = match memory.filter(|_| is_stream) {
            Some(memory) => stream_payload(memory, sender),
            None => packet.map(|packet| packet.payload).unwrap_or_default().to_vec(),
        };
        let has_frame = packet.is_some();
        let frame = if has_frame { self.evidence.frame.clone() } else { Vec::new() };
        Evidence { payload, is_stream, frame, link_type: self.evidence.link_type.filter(|_| has_frame) }
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
