//! From matches to alerts: in the rules' order, what each does to its packet and flow, and which are told.

use crate::alert::{Alert, Evidence};
use crate::detection::Detection;
use crate::event::FlowFacts;
use crate::evidence::stream_payload;
use crate::fate::Fate;
use crate::flow_detection::{FlowDetection, Pending};
use flow::Flow;
use model::packet::{Side, Timestamp};
use rules::inspect::{Capture, Keeper};
use rules::rule::{Compiled, Ends, Tag};
use rules::{Action, ActiveTag, Matched, Ruleset};

/// Tags of one flow.
const TAGS_PER_FLOW_MAX: usize = 16;
/// Hosts with tags.
const TAGGED_HOSTS_MAX: usize = 65_536;

/// What became of a packet's matches.
#[derive(Default)]
pub(crate) struct Settled {
    /// What is told.
    pub(crate) alerts: Vec<Alert>,
    /// The packet is thrown away, and this says so, told or not.
    pub(crate) drop: Option<Alert>,
    /// A rule that passes has matched: nothing behind it counts.
    is_passed: bool,
}

/// What matches are settled with.
pub(crate) struct Occasion<'a> {
    /// What is remembered of the flow, where there is one.
    pub(crate) flow: Option<&'a mut FlowDetection>,
    /// The packet, where there is one.
    pub(crate) packet: Option<&'a wire::Packet<'a>>,
    /// When, and of which flow: tags are set then.
    pub(crate) tags: Option<(Timestamp, &'a Flow)>,
}

impl Detection {
    /// Makes alerts of matches: in the rules' order, until one passes, as many as a packet may have.
    pub(crate) fn settle(&mut self, due: &mut Vec<Pending>, mut occasion: Occasion<'_>) -> Settled {
        if due.is_empty() {
            return Settled::default();
        }
        due.sort_by_key(|pending| pending.hit.rule);
        let ruleset = self.config.ruleset.clone();
        let mut settled = Settled::default();
        for pending in due.drain(..) {
            let Some(rule) = ruleset.rule(pending.hit.rule) else { continue };
            self.settle_one(&ruleset, rule, pending, &mut occasion, &mut settled);
            if settled.is_passed {
                break;
            }
        }
        let verdict = match (&settled.drop, settled.is_passed) {
            (Some(_), _) => "drop",
            (None, true) => "pass",
            (None, false) => "alert",
        };
        settled.alerts.iter_mut().chain(&mut settled.drop).for_each(|alert| alert.verdict = verdict);
        self.counters.told += settled.alerts.len() as u64;
        if let Some(flow) = occasion.flow {
            flow.memory.has_alerted |= !settled.alerts.is_empty();
        }
        settled
    }

    fn settle_one(
        &mut self,
        ruleset: &Ruleset,
        rule: &Compiled,
        pending: Pending,
        occasion: &mut Occasion<'_>,
        settled: &mut Settled,
    ) {
        let action = pending.hit.action.unwrap_or(rule.action());
        let is_told = pending.hit.is_told && is_told(rule, action);
        if let Some(at) = occasion.tags.filter(|_| pending.hit.is_told) {
            self.set_tags(&rule.tags, occasion.flow.as_deref_mut(), at, pending.hit.sender);
        }
        let is_passing = action == Action::Pass;
        let is_dropping = self.config.is_inline && action.drops();
        // Once a packet is thrown away, no rule behind lets its flow pass.
        let fate = Fate::by_rule(rule, action, pending.hit.matched);
        let fate = fate.filter(|fate| *fate != Fate::Passed || settled.drop.is_none());
        if let (Some(flow), Some(fate)) = (occasion.flow.as_deref_mut(), fate) {
            flow.meet(fate);
        }
        let is_first_drop = is_dropping && settled.drop.is_none();
        let is_kept = is_told && settled.alerts.len() < self.config.alerts_per_packet_max;
        let alert = (is_kept || is_first_drop).then(|| self.alert(ruleset, pending, action, occasion));
        settled.drop = settled.drop.take().or_else(|| alert.clone().filter(|_| is_first_drop));
        match (is_told, is_kept) {
            (true, true) => settled.alerts.extend(alert),
            (true, false) => self.counters.over_limit += 1,
            (false, _) => self.counters.suppressed += u64::from(action != Action::Pass),
        }
        settled.is_passed = is_passing && (is_kept || !is_told);
    }

    /// Sets what a rule's `tag` says.
    fn set_tags(
        &self,
        tags: &[Tag],
        mut own: Option<&mut FlowDetection>,
        (now, flow): (Timestamp, &Flow),
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
    pub(crate) fn is_tagged(
        &mut self,
        flow: &mut FlowDetection,
        facts: &FlowFacts<'_>,
        (now, bytes): (Timestamp, u32),
    ) -> bool {
        flow.memory.tags.retain_mut(|tag| tag.count(now, bytes.into()));
        let mut is_tagged = !flow.memory.tags.is_empty();
        if !self.config.ruleset.wants().tagged_hosts {
            return is_tagged;
        }
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

    fn alert(&self, ruleset: &Ruleset, pending: Pending, action: Action, occasion: &Occasion<'_>) -> Alert {
        let Pending { hit, told, files, guess } = pending;
        let (texts, kept): (Vec<Capture>, Vec<Capture>) =
            hit.captures.into_iter().partition(|capture| capture.keeper == Keeper::Packet);
        let name = |place: u32| ruleset.names.name(place).cloned().unwrap_or_default();
        let of_alert = kept.into_iter().map(|capture| (name(capture.name), capture.json()));
        Alert {
            sender: hit.sender,
            origin: self.origin,
            outer: self.outer,
            is_blocked: self.config.is_inline && action.drops(),
            verdict: "alert",
            transaction: match hit.matched {
                Matched::Transaction(id) => Some(id),
                Matched::Frame(id) => id,
                Matched::Packet | Matched::Stream => guess,
            },
            is_guessed: guess.is_some(),
            told,
            files,
            texts: texts.into_iter().map(|capture| (name(capture.name), capture.text)).collect(),
            frame: hit.frame,
            contexts: hit.contexts.into_iter().chain(of_alert).collect(),
            evidence: self.evidence_of(hit.matched, hit.sender, occasion),
            about: ruleset.rules()[hit.rule as usize].about.clone(),
        }
    }

    fn evidence_of(&self, matched: Matched, sender: Side, occasion: &Occasion<'_>) -> Evidence {
        let is_of_tcp = occasion.packet.is_none_or(|packet| matches!(packet.transport, wire::Transport::Tcp(_)));
        let is_stream = matched != Matched::Packet && is_of_tcp;
        if !self.config.keeps_evidence {
            return Evidence { is_stream, ..Evidence::default() };
        }
        let (memory, packet) = (occasion.flow.as_deref().map(|flow| &flow.memory), occasion.packet);
        let payload = match memory.filter(|_| is_stream) {
            Some(memory) => stream_payload(memory, sender),
            None => packet.map(|packet| packet.payload).unwrap_or_default().to_vec(),
        };
        let has_frame = packet.is_some();
        let frame = if has_frame { self.evidence.frame.clone() } else { Vec::new() };
        Evidence { payload, is_stream, frame, link_type: self.evidence.link_type.filter(|_| has_frame) }
    }
}

/// Does a match with this action become an alert? One that passes only where its rule says so.
fn is_told(rule: &Compiled, action: Action) -> bool {
    match action {
        Action::Config => false,
        Action::Pass => rule.is_told && !rule.is_silent,
        Action::Alert | Action::Drop | Action::Reject => !rule.is_silent,
    }
}
