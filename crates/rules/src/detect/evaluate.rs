//! Does one rule match what is seen? And what that does.

use super::detector::{Detector, Hit, Matched};
use super::flow_memory::{Body, FlowMemory};
use super::magic;
use super::memory::Hosts;
use super::rule::{
    Addresses, Compiled, Condition, Ends, HeaderPlace, HostAction, Operand, Part, Place, Scope, Test, ValueStep,
};
use super::ruleset::Ruleset;
use super::sight::Sight;
use super::threshold::{Passage, Track};
use crate::inspect::{Buffer, Check, Comparison, Keeper, State, find_end, fulfils};
use applayer::Transaction;
use model::packet::Side;
use std::borrow::Cow;
use std::net::IpAddr;

/// What rules are looked at with.
#[derive(Clone, Copy)]
pub(super) enum Material<'a> {
    /// A packet.
    Packet { payload: &'a [u8] },
    /// What is in sight of a stream.
    Stream { window: &'a [u8], start: usize, skipped: u64 },
    /// A transaction.
    Transaction { transaction: &'a dyn Transaction },
    /// A frame.
    Frame { frame: FrameBytes<'a>, transaction: Option<u64> },
    /// Something odd.
    Event { transaction: Option<u64> },
}

/// Where the bytes of rules' parts come from.
#[derive(Clone, Copy)]
pub(super) struct Around<'a> {
    pub(super) sight: &'a Sight<'a>,
    pub(super) memory: Option<&'a FlowMemory>,
    pub(super) transaction: Option<&'a dyn Transaction>,
    pub(super) frame: Option<FrameBytes<'a>>,
}

/// A frame, as far as it is here.
#[derive(Clone, Copy)]
pub(super) struct FrameBytes<'a> {
    pub(super) name: &'static str,
    pub(super) bytes: &'a [u8],
    /// Is its end here?
    pub(super) is_complete: bool,
}

impl<'a> Around<'a> {
    /// The bytes at a place, of a side; of several the one of this number.
    pub(super) fn bytes(&self, place: Place, side: Side, number: usize) -> Option<Cow<'a, [u8]>> {
        match place {
            Place::Field(field) => self.transaction?.buffer(field, side, number),
            Place::Body => {
                let id = self.transaction?.id();
                let is_it = |body: &&Body| body.file.is_none() && body.transaction == id && body.sender == Some(side);
                let body = self.memory?.bodies.iter().find(is_it).filter(|_| number == 0)?;
                Some(Cow::Borrowed(&body.bytes))
            }
            Place::FileData => self.file(side, number).map(|file| Cow::Borrowed(&file.bytes[..])),
            Place::FileName => {
                let file = self.file(side, number)?;
                (!file.name.is_empty()).then_some(Cow::Borrowed(&file.name[..]))
            }
            Place::FileHash(kind) => self.file(side, number)?.hash(kind).map(Cow::Owned),
            Place::FileMagic => self.file(side, number).map(|file| Cow::Borrowed(magic::of(&file.bytes).as_bytes())),
            Place::Frame(name) if number == 0 => {
                let frame = self.frame.filter(|frame| frame.name == name);
                frame.map(|frame| Cow::Borrowed(frame.bytes))
            }
            Place::Header(header) if number == 0 => header_bytes(self.sight, header).map(Cow::Borrowed),
            Place::SourceAddress | Place::DestinationAddress if number == 0 => {
                let [source, destination] = self.sight.ends()?;
                let end = if place == Place::SourceAddress { source } else { destination };
                Some(Cow::Owned(octets(end.address)))
            }
            _ => None,
        }
    }

    /// Has the side said anything in this transaction? Of one that is silent nothing is missing.
    fn has_begun(&self, side: Side) -> bool {
        match (self.transaction, self.memory) {
            (Some(transaction), Some(memory)) => memory.has_begun(transaction.id(), side),
            _ => true,
        }
    }

    fn file(&self, side: Side, number: usize) -> Option<&'a Body> {
        let id = self.transaction?.id();
        let is_it = |body: &&Body| body.file.is_some() && body.transaction == id && body.sender == Some(side);
        self.memory?.bodies.iter().filter(is_it).nth(number)
    }

    fn number(&self, place: Place, side: Side, number: usize) -> Option<u64> {
        match place {
            Place::Field(field) => self.transaction?.number(field, side, number),
            Place::FileSize => self.file(side, number).map(|file| file.length),
            _ => None,
        }
    }
}

fn octets(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(v4) => v4.octets().to_vec(),
        IpAddr::V6(v6) => v6.octets().to_vec(),
    }
}

/// A header of the packet, from its first byte to the end of what it carries.
fn header_bytes<'a>(sight: &Sight<'a>, header: HeaderPlace) -> Option<&'a [u8]> {
    let packet = sight.packet?;
    let network = packet.network.as_ref()?;
    let behind = packet.datagram.get(usize::from(network.header_length)..).unwrap_or_default();
    let tcp_length = sight.tcp().map(|tcp| usize::from(tcp.header_length));
    match header {
        HeaderPlace::Ipv4 | HeaderPlace::Ipv6 => {
            let is_it = network.source.is_ipv4() == (header == HeaderPlace::Ipv4);
            packet.datagram.get(..usize::from(network.header_length)).filter(|_| is_it)
        }
        HeaderPlace::Tcp => behind.get(..tcp_length?),
        HeaderPlace::Udp => behind.get(..8).filter(|_| network.protocol == 17),
        HeaderPlace::IcmpV4 if network.protocol == 1 => behind.get(..icmp_header_bytes(behind)),
        HeaderPlace::IcmpV4 => None,
        HeaderPlace::IcmpV6 => behind.get(..8).filter(|_| network.protocol == 58),
    }
}

/// Bytes of an ICMP header by its type (RFC 792, RFC 950, RFC 1256).
fn icmp_header_bytes(message: &[u8]) -> usize {
    match message.first() {
        Some(9) => message.len(),
        Some(13 | 14) => 20,
        Some(17 | 18) => 12,
        _ => 8,
    }
}

impl Detector {
    /// As [`Detector::look_at`], and counted where that is wanted.
    pub(super) fn inspect_one(
        &mut self,
        ruleset: &Ruleset,
        place: u32,
        sight: &Sight<'_>,
        memory: Option<&mut FlowMemory>,
        material: &Material<'_>,
    ) -> Option<bool> {
        let Some(since) = self.profile.as_ref().map(|profile| profile.now()) else {
            return self.look_at(ruleset, place, sight, memory, material);
        };
        let (matched, work) = (self.counters.matched, self.state.work);
        let answer = self.look_at(ruleset, place, sight, memory, material);
        let (is_match, steps) = (self.counters.matched > matched, self.state.work - work);
        if let Some(profile) = &mut self.profile {
            profile.note(place, since, is_match, steps);
        }
        answer
    }

    /// Looks at one rule. `Some(true)`: it matches, told or not; `Some(false)`: more bytes may change that; `None`: not so.
    fn look_at(
        &mut self,
        ruleset: &Ruleset,
        place: u32,
        sight: &Sight<'_>,
        memory: Option<&mut FlowMemory>,
        material: &Material<'_>,
    ) -> Option<bool> {
        let rule = &ruleset.rules[place as usize];
        self.counters.inspected += 1;
        if memory.as_ref().is_some_and(|memory| memory.is_passed) {
            return None;
        }
        if !covers(rule, sight) {
            // What the flow speaks may be found out with the next bytes.
            let is_open = sight.protocol.is_none() && !rule.header.applications.is_empty();
            return (is_open && matches!(material, Material::Stream { .. })).then_some(false);
        }
        let transaction = material.transaction();
        if !self.reads_hold(rule, sight, memory.as_deref(), transaction) {
            // A bit may be set before the next bytes come.
            return None;
        }
        self.state.reset();
        let is_match = matches(rule, sight, memory.as_deref(), material, &mut self.state);
        self.counters.over_limit += std::mem::take(&mut self.state.over_limit);
        if !is_match {
            return matches!(material, Material::Stream { .. }).then_some(false);
        }
        self.counters.matched += 1;
        self.write_values(rule, sight, memory, transaction);
        self.tell(ruleset, place, sight, material);
        Some(true)
    }

    /// Tells a match, where its thresholds let it through.
    fn tell(&mut self, ruleset: &Ruleset, place: u32, sight: &Sight<'_>, material: &Material<'_>) {
        let rule = &ruleset.rules[place as usize];
        let (is_told, action) = match self.passage(rule, place, sight) {
            Passage::Refused => return,
            Passage::Silent => (false, None),
            Passage::Told(action) => (true, action),
        };
        let matched = match material {
            Material::Packet { .. } => Matched::Packet,
            Material::Stream { .. } => Matched::Stream,
            Material::Transaction { transaction } => Matched::Transaction(transaction.id()),
            Material::Event { transaction } => transaction.map_or(Matched::Packet, Matched::Transaction),
            Material::Frame { transaction, .. } => Matched::Frame(*transaction),
        };
        let captures = std::mem::take(&mut self.state.captures);
        let contexts = std::mem::take(&mut self.state.contexts);
        let frame = None;
        self.hits.push(Hit { rule: place, sender: sight.sender, matched, is_told, action, captures, contexts, frame });
    }

    /// What thresholds make of a match, after suppressions.
    fn passage(&mut self, rule: &Compiled, place: u32, sight: &Sight<'_>) -> Passage {
        let Some([source, destination]) = sight.ends() else { return Passage::Told(None) };
        let is_suppressed = |(ends, addresses): &(Ends, Addresses)| {
            ends.of([source.address, destination.address], |address| addresses.contains(address))
        };
        if rule.suppressions.iter().any(is_suppressed) {
            return Passage::Silent;
        }
        let flow = sight.flow.map_or(0, |flow| flow.number);
        rule.thresholds.iter().fold(Passage::Told(None), |passage, threshold| {
            let counted = threshold.counted(place, source.address, destination.address, flow);
            passage.and(|| self.shared().counts.pass(threshold, counted, sight.now))
        })
    }

    /// Do the bits and numbers that a rule asks for stand so?
    fn reads_hold(
        &self,
        rule: &Compiled,
        sight: &Sight<'_>,
        memory: Option<&FlowMemory>,
        transaction: Option<u64>,
    ) -> bool {
        let values = memory.map(|memory| &memory.values);
        rule.values.iter().all(|step| match step {
            ValueStep::IsSet(bits) => values.is_some_and(|values| bits.iter().any(|bit| values.has(*bit))),
            ValueStep::IsNotSet(bits) => values.is_none_or(|values| !bits.iter().any(|bit| values.has(*bit))),
            ValueStep::HasNumber(name, is_set) => {
                values.is_some_and(|values| values.number(*name).is_some()) == *is_set
            }
            ValueStep::Compare(name, comparison, operand) => values.is_some_and(|values| {
                let (Some(number), Some(other)) = (values.number(*name), operand.value(memory)) else { return false };
                compares(number, *comparison, other)
            }),
            ValueStep::Host { bit, action: HostAction::IsSet, track, .. } => {
                hosts(sight, *track).is_some_and(|hosts| self.shared().bits.has(hosts, *bit, sight.now))
            }
            ValueStep::Host { bit, action: HostAction::IsNotSet, track, .. } => {
                hosts(sight, *track).is_some_and(|hosts| !self.shared().bits.has(hosts, *bit, sight.now))
            }
            ValueStep::Transaction { bit, action } => {
                let is_set = memory.zip(transaction).map(|(memory, id)| memory.has_transaction_bit(id, *bit));
                match action {
                    HostAction::IsSet => is_set == Some(true),
                    HostAction::IsNotSet => is_set == Some(false),
                    HostAction::Set | HostAction::Unset | HostAction::Toggle => true,
                }
            }
            _ => true,
        })
    }

    /// What a match does to bits and numbers.
    fn write_values(
        &mut self,
        rule: &Compiled,
        sight: &Sight<'_>,
        memory: Option<&mut FlowMemory>,
        transaction: Option<u64>,
    ) {
        let Some(memory) = memory else { return };
        for text in self.state.captures.extract_if(.., |capture| capture.keeper == Keeper::Flow) {
            memory.turned_away += u64::from(!memory.values.set_text(text.name, &text.text));
        }
        for step in &rule.values {
            match *step {
                ValueStep::Set(bit) => memory.values.set(bit),
                ValueStep::Unset(bit) => memory.values.unset(bit),
                ValueStep::Toggle(bit) => memory.values.toggle(bit),
                ValueStep::Assign(name, operand) => change(memory, name, operand, |_, value| value),
                ValueStep::Add(name, operand) => change(memory, name, operand, u32::saturating_add),
                ValueStep::Subtract(name, operand) => change(memory, name, operand, u32::saturating_sub),
                ValueStep::Host { bit, action, track, seconds } => {
                    let Some(hosts) = hosts(sight, track) else { continue };
                    let bits = &mut self.shared().bits;
                    match action {
                        HostAction::Set => bits.set(hosts, bit, sight.now, seconds),
                        HostAction::Unset => bits.unset(hosts, bit),
                        HostAction::Toggle => bits.toggle(hosts, bit, sight.now, seconds),
                        HostAction::IsSet | HostAction::IsNotSet => {}
                    }
                }
                ValueStep::Transaction { bit, action } => {
                    let Some(id) = transaction else { continue };
                    match action {
                        HostAction::Set => memory.set_transaction_bit(id, bit, true),
                        HostAction::Unset => memory.set_transaction_bit(id, bit, false),
                        HostAction::Toggle => {
                            memory.set_transaction_bit(id, bit, !memory.has_transaction_bit(id, bit));
                        }
                        HostAction::IsSet | HostAction::IsNotSet => {}
                    }
                }
                _ => {}
            }
        }
    }
}

impl Material<'_> {
    /// The transaction that is looked at.
    fn transaction(&self) -> Option<u64> {
        match self {
            Material::Transaction { transaction } => Some(transaction.id()),
            Material::Event { transaction } | Material::Frame { transaction, .. } => *transaction,
            Material::Packet { .. } | Material::Stream { .. } => None,
        }
    }
}

fn change(memory: &mut FlowMemory, name: u32, operand: Operand, how: impl Fn(u32, u32) -> u32) {
    if let Some(value) = operand.value(Some(memory)) {
        let number = memory.values.number(name).unwrap_or(0);
        memory.values.set_number(name, how(number, value));
    }
}

impl Operand {
    fn value(self, memory: Option<&FlowMemory>) -> Option<u32> {
        match self {
            Operand::Fixed(number) => Some(number),
            Operand::Named(name) => memory?.values.number(name),
        }
    }
}

const fn compares(number: u32, comparison: Comparison, other: u32) -> bool {
    match comparison {
        Comparison::Less => number < other,
        Comparison::LessOrEqual => number <= other,
        Comparison::Greater => number > other,
        Comparison::GreaterOrEqual => number >= other,
        Comparison::Equal => number == other,
        Comparison::And => number & other != 0,
        Comparison::Or => number != other,
    }
}

fn hosts(sight: &Sight<'_>, track: Track) -> Option<Hosts> {
    let [source, destination] = sight.ends()?;
    let (source, destination) = (source.address, destination.address);
    Some(match track {
        Track::Source => [Some(source), None],
        Track::Destination => [Some(destination), None],
        // A pair is the same in both directions.
        _ => [Some(source.min(destination)), Some(source.max(destination))],
    })
}

fn covers(rule: &Compiled, sight: &Sight<'_>) -> bool {
    if rule.scope == Scope::FlowOnce && !sight.is_first && !rule.conditions.iter().any(is_event) {
        return false;
    }
    rule.conditions.iter().all(|condition| condition.holds(sight)) && rule.header.covers(sight)
}

fn is_event(condition: &Condition) -> bool {
    matches!(condition, Condition::Event(..))
}

/// Are all bytes as the rule says?
fn matches(
    rule: &Compiled,
    sight: &Sight<'_>,
    memory: Option<&FlowMemory>,
    material: &Material<'_>,
    state: &mut State,
) -> bool {
    let transaction = match material {
        Material::Transaction { transaction } => Some(*transaction),
        _ => None,
    };
    if !rule.payload.is_empty() && !payload_matches(rule, sight, memory, material, state) {
        return false;
    }
    let frame = match material {
        Material::Frame { frame, .. } => Some(*frame),
        _ => None,
    };
    let around = Around { sight, memory, transaction, frame };
    rule.parts.iter().all(|part| part_matches(part, rule, &around, state))
}

fn payload_matches(
    rule: &Compiled,
    sight: &Sight<'_>,
    memory: Option<&FlowMemory>,
    material: &Material<'_>,
    state: &mut State,
) -> bool {
    let buffer = match material {
        Material::Packet { payload } => Buffer::from(*payload),
        Material::Stream { window, start, skipped } => {
            let bytes = window.get(*start..).unwrap_or_default();
            Buffer { bytes, skipped: skipped + *start as u64, is_end: false }
        }
        Material::Transaction { .. } | Material::Event { .. } | Material::Frame { .. } => {
            let stream = memory.and_then(|memory| memory.streams[sight.sender.index()].as_deref());
            match (sight.packet, stream) {
                (_, Some(stream)) if !stream.window.is_empty() => {
                    Buffer { bytes: &stream.window, skipped: stream.skipped, is_end: false }
                }
                (Some(packet), _) => Buffer::from(packet.payload),
                _ => return false,
            }
        }
    };
    find_end(&rule.payload, buffer, state).is_some()
}

fn part_matches(part: &Part, rule: &Compiled, around: &Around<'_>, state: &mut State) -> bool {
    let side = part.sender.or(rule.sender).unwrap_or(around.sight.sender);
    match &part.test {
        Test::Number(test) => test.holds((0..).map_while(|number| around.number(part.place, side, number))),
        Test::Checks(checks) => any_buffer(part, checks, side, around, state) == Some(true),
        Test::Foreign => {
            let own = around.sight.ends().map(|[source, _]| octets(source.address));
            around.bytes(part.place, side, 0).is_some_and(|address| own.is_some_and(|own| own != *address))
        }
        Test::Absent(checks) => match any_buffer(part, checks.as_deref().unwrap_or_default(), side, around, state) {
            None => part.place.may_be_absent() && around.has_begun(side),
            Some(is_so) => checks.is_some() && is_so,
        },
    }
}

/// Does one of the buffers at a place fulfil the checks? `None` where there is no buffer.
fn any_buffer(part: &Part, checks: &[Check], side: Side, around: &Around<'_>, state: &mut State) -> Option<bool> {
    if part.place == Place::Decoded {
        let decoded = std::mem::take(&mut state.decoded);
        let is_so = !decoded.is_empty() && fulfils_changed(part, checks, Cow::Borrowed(&decoded), true, state);
        state.decoded = decoded;
        return Some(is_so);
    }
    let is_end = around.frame.is_none_or(|frame| frame.is_complete);
    let mut number = 0;
    while let Some(bytes) = around.bytes(part.place, side, number) {
        if fulfils_changed(part, checks, bytes, is_end, state) {
            return Some(true);
        }
        number += 1;
    }
    (number > 0).then_some(false)
}

/// `is_end`: is the end of what the bytes are of among them?
fn fulfils_changed(part: &Part, checks: &[Check], bytes: Cow<'_, [u8]>, is_end: bool, state: &mut State) -> bool {
    if !is_end && checks.iter().any(is_about_the_end) {
        return false;
    }
    let changed = part.transforms.iter().fold(bytes, |bytes, transform| transform.apply(bytes));
    fulfils(checks, Buffer { is_end, ..Buffer::from(&changed[..]) }, state)
}

/// Can it be said only when the end has come?
fn is_about_the_end(check: &Check) -> bool {
    match check {
        Check::Content(content) => content.is_at_end,
        Check::Size(_) => true,
        _ => false,
    }
}
