//! Rules over what an engine sees, one event after the other.

use super::about::Action;
use super::evaluate::{Around, Material};
use super::flow_memory::FlowMemory;
use super::frame::FrameFacts;
use super::groups::{Group, Groups, HEAD_BYTES, List};
use super::memory::HostBits;
use super::profile::{Clock, Profile, RuleCounts};
use super::rule::{Compiled, Place, Scope};
use super::ruleset::{Ruleset, Search, Transactions};
use super::set_changes::SetChanges;
use super::sight::Sight;
use super::tags::ActiveTag;
use super::threshold::Counts;
use crate::inspect::{Capture, Context, State};
use crate::matcher::Scratch;
use applayer::{FileEvent, Stage, Transaction};
use model::packet::{Anomaly, Side};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What all detectors of a run share: what is known of hosts.
#[derive(Debug, Default)]
pub struct Shared {
    /// `xbits`, `hostbits`
    pub bits: HostBits,
    /// Of thresholds.
    pub counts: Counts,
    /// Packets of hosts that are told too.
    pub tags: HashMap<IpAddr, ActiveTag>,
    /// What rules did to sets of data. Apart, as it is asked in the midst of a rule.
    pub sets: Arc<Mutex<SetChanges>>,
    /// Rules by the ends that they are for.
    pub groups: Groups,
}

/// What a rule matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matched {
    /// A packet.
    Packet,
    /// Bytes of a stream.
    Stream,
    /// A transaction.
    Transaction(u64),
    /// A frame, and the transaction that it belongs to.
    Frame(Option<u64>),
}

/// A rule that has matched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Its place in the ruleset.
    pub rule: u32,
    /// Who sent what matched.
    pub sender: Side,
    /// What it was.
    pub matched: Matched,
    /// Does it become an alert? Others only do what their rule says.
    pub is_told: bool,
    /// What it does, where that is not what the rule says (`rate_filter`).
    pub action: Option<Action>,
    /// Texts that expressions took out for the packet or the alert.
    pub captures: Vec<Capture>,
    /// What sets tell of what was found in them.
    pub contexts: Vec<Context>,
    /// Of a frame: which.
    pub frame: Option<Arc<FrameFacts>>,
}

/// What was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Rules that were looked at.
    pub inspected: u64,
    /// Those that matched.
    pub matched: u64,
    /// Searches that a limit ended.
    pub over_limit: u64,
    /// Rules that found no room to wait.
    pub turned_away: u64,
}

/// Runs rules.
pub struct Detector {
    pub(super) ruleset: Arc<Ruleset>,
    pub(super) shared: Arc<Mutex<Shared>>,
    scratch: Scratch,
    pub(super) candidates: Vec<u32>,
    pub(super) state: State,
    pub(super) hits: Vec<Hit>,
    /// What was done.
    pub counters: Counters,
    /// Looks at every rule, whatever is found of its pattern: for tests.
    is_exhaustive: bool,
    /// What each rule costs, where that is wanted.
    pub(super) profile: Option<Box<Profile>>,
}

impl Detector {
    /// A detector that has seen nothing.
    pub fn new(ruleset: Arc<Ruleset>, shared: Arc<Mutex<Shared>>) -> Detector {
        let sets = shared.lock().unwrap_or_else(PoisonError::into_inner).sets.clone();
        let sets = ruleset.wants.sets.then_some(sets);
        Detector {
            ruleset,
            shared,
            scratch: Scratch::default(),
            candidates: Vec::new(),
            state: State::with_sets(sets),
            hits: Vec::new(),
            counters: Counters::default(),
            is_exhaustive: false,
            profile: None,
        }
    }

    /// Counts from here on what each rule costs, with times where a clock is given.
    #[must_use]
    pub fn profiling(self, clock: Option<Clock>) -> Detector {
        let rules = self.ruleset.rules.len();
        Detector { profile: Some(Box::new(Profile::new(rules, clock))), ..self }
    }

    /// What each rule has cost, in the ruleset's order; nothing where that is not counted.
    pub fn rule_counts(&self) -> &[RuleCounts] {
        self.profile.as_ref().map_or(&[], |profile| &profile.counts)
    }

    /// Looks at every rule from here on, whether its pattern is there or not. What matches must be the same.
    #[must_use]
    pub fn exhaustive(self) -> Detector {
        Detector { is_exhaustive: true, ..self }
    }

    /// The rules.
    pub fn ruleset(&self) -> &Arc<Ruleset> {
        &self.ruleset
    }

    /// What is shared with others. A detector that failed leaves it as it was.
    pub fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What has matched since the last call.
    pub fn take_hits(&mut self) -> Vec<Hit> {
        std::mem::take(&mut self.hits)
    }

    /// A packet, after all that it caused was told. `is_streamed` says whether its payload is looked at as a part of a stream.
    pub fn packet(&mut self, sight: &Sight<'_>, mut memory: Option<&mut FlowMemory>, is_streamed: bool) {
        let Some(packet) = sight.packet else { return };
        let is_first = memory.as_mut().is_none_or(|memory| {
            let has_begun = &mut memory.has_begun[sight.sender.index()];
            !std::mem::replace(has_begun, true)
        });
        let sight = Sight { is_first, ..*sight };
        let ruleset = self.ruleset.clone();
        self.candidates.clear();
        if is_first {
            let ends = sight.ends().map(|ends| ends.map(|end| end.address));
            match self.is_exhaustive {
                true => self.candidates.extend(ruleset.flow_once.all()),
                false => ruleset.flow_once.search(ends, &mut self.candidates),
            }
        }
        if sight.protocol.is_some() {
            self.candidates.extend(&ruleset.protocol);
        }
        for anomaly in sight.anomalies {
            let key = (anomaly.layer, anomaly.name.into());
            self.candidates.extend(ruleset.events.get(&key).into_iter().flatten());
        }
        let is_encrypted = memory.as_ref().is_some_and(|memory| memory.is_encrypted);
        self.scratch.fold(if is_encrypted { b"" } else { packet.payload });
        if let Some(list) = ruleset.packet_list(sight.ip_protocol()) {
            let known = memory.as_deref_mut().map(FlowMemory::packet_groups);
            let group = self.group(list, &sight, known);
            self.search_group(list, &group, 0);
        }
        if !is_streamed && !packet.payload.is_empty() && sight.tcp().is_some() {
            if is_encrypted {
                self.scratch.fold(packet.payload);
            }
            let list = &ruleset.streams[sight.sender.index()];
            let known = memory.as_deref_mut().map(FlowMemory::stream_groups);
            let group = self.group(list, &sight, known);
            self.search_group(list, &group, 0);
        }
        let material = Material::Packet { payload: packet.payload };
        let before = self.hits.len();
        if let Some(memory) = memory.as_deref().filter(|memory| !memory.recognised.is_empty()) {
            self.candidates.retain(|rule| !memory.recognised.contains(rule));
        }
        self.inspect(&ruleset, &sight, memory.as_deref_mut(), material, |_| true);
        if let Some(memory) = memory {
            let recognises = |rule: &u32| ruleset.rules[*rule as usize].recognises();
            memory.recognised.extend(self.hits[before..].iter().map(|hit| hit.rule).filter(recognises));
        }
    }

    /// Adds the rules of a group whose pattern is in the scratch; `skipped` bytes come before these in their stream.
    fn search_group(&mut self, list: &List, group: &Group, skipped: u64) {
        if self.is_exhaustive {
            return self.candidates.extend(list.rules());
        }
        self.candidates.extend(&group.always);
        let is_small = skipped + self.scratch.len() as u64 <= HEAD_BYTES;
        let head = HEAD_BYTES.saturating_sub(skipped) as usize;
        let searched = match is_small {
            true => [(&group.small, usize::MAX), (&None, 0)],
            false => [(&group.head, head), (&group.matcher, usize::MAX)],
        };
        for (matcher, length) in searched {
            if let Some(matcher) = matcher {
                matcher.search(length, &mut self.scratch, &mut self.candidates);
            }
        }
    }

    /// The rules of a list that are for what is seen: those that its flow has known since its first packet, by sender.
    fn group(&self, list: &List, sight: &Sight<'_>, known: Option<&mut [Option<Arc<Group>>; 2]>) -> Arc<Group> {
        let known = known.map(|known| &mut known[sight.sender.index()]);
        if let Some(Some(group)) =
            known.as_deref().filter(|known| known.as_ref().is_some_and(|it| it.list == list.number))
        {
            return group.clone();
        }
        let group = self.shared().groups.find(list, sight);
        if let Some(known) = known {
            *known = Some(group.clone());
        }
        group
    }

    /// The next bytes of a stream: rules over transactions that they complete look into them too.
    pub fn hold_stream(&mut self, memory: &mut FlowMemory, sender: Side, offset: u64, bytes: &[u8]) {
        let side = sender.index();
        if self.ruleset.wants.streams[side] && !memory.is_passed && !memory.is_encrypted {
            memory.streams[side].get_or_insert_default().extend(offset, bytes);
        }
    }

    /// Rules look at the bytes that were held last.
    pub fn stream(&mut self, sight: &Sight<'_>, memory: &mut FlowMemory) {
        let ruleset = self.ruleset.clone();
        let side = sight.sender.index();
        if !ruleset.wants.streams[side] || memory.is_passed || memory.is_encrypted {
            return;
        }
        let Some(mut stream) = memory.streams[side].take() else { return };
        self.candidates.clear();
        let list = &ruleset.streams[side];
        let group = self.group(list, sight, Some(memory.stream_groups()));
        let start = stream.fresh.saturating_sub(group.longest().saturating_sub(1));
        self.scratch.fold(&stream.window[start..]);
        self.search_group(list, &group, stream.skipped + start as u64);
        let begin = stream.skipped + stream.fresh as u64;
        stream.waiting.retain(|(_, until)| *until >= begin);
        self.candidates.extend(stream.waiting.iter().map(|(rule, _)| *rule));
        self.sort_candidates();
        let candidates = std::mem::take(&mut self.candidates);
        for rule in &candidates {
            let start = stream.start_for(*rule);
            let material = Material::Stream { window: &stream.window, start, skipped: stream.skipped };
            let before = self.hits.len();
            let may_come = self.inspect_one(&ruleset, *rule, sight, Some(memory), &material);
            if self.hits.len() > before || may_come == Some(true) {
                stream.note_match(*rule);
            } else if may_come == Some(false) && !stream.wait(*rule) {
                self.counters.turned_away += 1;
            }
        }
        self.candidates = candidates;
        memory.streams[side] = Some(stream);
    }

    /// A side of a transaction came so far.
    pub fn progress(
        &mut self,
        sight: &Sight<'_>,
        memory: &mut FlowMemory,
        transaction: &dyn Transaction,
        stage: Stage,
    ) {
        for stage in memory.stages(transaction.id(), sight.sender, stage) {
            self.transaction_stage(sight, memory, transaction, *stage);
        }
    }

    /// A further message of a transaction has come: rules that have not matched in it look again.
    pub fn part(&mut self, sight: &Sight<'_>, memory: &mut FlowMemory, transaction: &dyn Transaction) {
        memory.stages(transaction.id(), sight.sender, Stage::Head);
        if memory.is_passed {
            return;
        }
        let ruleset = self.ruleset.clone();
        self.find_candidates(&ruleset, sight, memory, transaction, Stage::Head);
        self.sort_candidates();
        let candidates = std::mem::take(&mut self.candidates);
        let material = Material::Transaction { transaction };
        for rule in &candidates {
            let is_new = !memory.has_matched(transaction.id(), *rule);
            if is_new && self.inspect_one(&ruleset, *rule, sight, Some(memory), &material) == Some(true) {
                memory.note_match(transaction.id(), *rule);
            }
        }
        self.candidates = candidates;
    }

    /// A transaction is complete.
    pub fn transaction(&mut self, sight: &Sight<'_>, memory: &mut FlowMemory, transaction: &dyn Transaction) {
        for sender in Side::BOTH {
            for stage in memory.last_stages(transaction.id(), sender) {
                self.transaction_stage(&Sight { sender, ..*sight }, memory, transaction, *stage);
            }
        }
        memory.forget(transaction.id());
        // These are told when both sides have begun to encrypt.
        memory.is_encrypted |= matches!(transaction.table(), "tls" | "ssh");
    }

    fn transaction_stage(
        &mut self,
        sight: &Sight<'_>,
        memory: &mut FlowMemory,
        transaction: &dyn Transaction,
        stage: Stage,
    ) {
        if memory.is_passed {
            return;
        }
        let ruleset = self.ruleset.clone();
        self.find_candidates(&ruleset, sight, memory, transaction, stage);
        let material = Material::Transaction { transaction };
        self.inspect(&ruleset, sight, Some(memory), material, |_| true);
    }

    /// Rules of a stage that may match.
    fn find_candidates(
        &mut self,
        ruleset: &Ruleset,
        sight: &Sight<'_>,
        memory: &FlowMemory,
        transaction: &dyn Transaction,
        stage: Stage,
    ) {
        let part = &ruleset.transactions[sight.sender.index()][stage as usize];
        self.candidates.clear();
        self.search_transaction(part, sight, memory, transaction);
        self.candidates.extend(part.always_for(sight));
    }

    fn search_transaction(
        &mut self,
        part: &Transactions,
        sight: &Sight<'_>,
        memory: &FlowMemory,
        transaction: &dyn Transaction,
    ) {
        let around = Around { sight, memory: Some(memory), transaction: Some(transaction), frame: None };
        self.search_buffers(part, &around);
    }

    /// Rules whose pattern is found in one of the buffers.
    pub(super) fn search_buffers(&mut self, part: &Transactions, around: &Around<'_>) {
        if self.is_exhaustive {
            return self.candidates.extend(part.searches.iter().flat_map(|search| search.matcher.rules()));
        }
        for Search { place, transforms, matcher } in part.searches_for(around.sight) {
            let mut number = 0;
            while let Some(bytes) = around.bytes(*place, around.sight.sender, number) {
                let bytes = transforms.iter().fold(bytes, |bytes, transform| transform.apply(bytes));
                self.scratch.fold(&bytes);
                matcher.search(usize::MAX, &mut self.scratch, &mut self.candidates);
                number += 1;
            }
        }
    }

    /// The application departed from its protocol.
    pub fn event(&mut self, sight: &Sight<'_>, memory: &mut FlowMemory, anomaly: Anomaly, transaction: Option<u64>) {
        if memory.is_passed {
            return;
        }
        let ruleset = self.ruleset.clone();
        let Some(rules) = ruleset.events.get(&(anomaly.layer, anomaly.name.into())) else { return };
        let anomalies = [anomaly];
        for rule in rules {
            let sender = ruleset.rules[*rule as usize].sender.unwrap_or(sight.sender);
            let sight = Sight { anomalies: &anomalies, sender, ..*sight };
            let material = Material::Event { transaction };
            self.inspect_one(&ruleset, *rule, &sight, Some(memory), &material);
        }
    }

    /// The next bytes of a body.
    pub fn body(&mut self, memory: &mut FlowMemory, transaction: u64, sender: Side, bytes: &[u8]) {
        if self.ruleset.wants.bodies[sender.index()] && !memory.is_passed {
            memory.body(transaction, sender, bytes);
        }
    }

    /// What a parser says of a file.
    pub fn file(&mut self, memory: &mut FlowMemory, event: &FileEvent<'_>) {
        let wants = self.ruleset.wants.files;
        let is_wanted = match event {
            FileEvent::Open { sender, .. } => wants[sender.index()],
            _ => wants[0] || wants[1],
        };
        if is_wanted && !memory.is_passed {
            memory.file(event, self.ruleset.wants.hashes);
        }
    }

    pub(super) fn sort_candidates(&mut self) {
        self.candidates.sort_unstable();
        self.candidates.dedup();
    }

    /// Looks at the candidates in order.
    fn inspect(
        &mut self,
        ruleset: &Ruleset,
        sight: &Sight<'_>,
        mut memory: Option<&mut FlowMemory>,
        material: Material<'_>,
        is_wanted: impl Fn(&Compiled) -> bool,
    ) {
        self.sort_candidates();
        let candidates = std::mem::take(&mut self.candidates);
        for rule in &candidates {
            if is_wanted(&ruleset.rules[*rule as usize]) {
                self.inspect_one(ruleset, *rule, sight, memory.as_deref_mut(), &material);
            }
        }
        self.candidates = candidates;
    }
}

impl Compiled {
    /// Does it look at each packet's own payload only?
    pub fn is_of_packets(&self) -> bool {
        matches!(self.scope, Scope::Packet | Scope::FlowOnce | Scope::Protocol)
    }

    /// Does it look into this?
    pub fn looks_into(&self, place: Place) -> bool {
        self.parts.iter().any(|part| part.place == place)
    }
}
