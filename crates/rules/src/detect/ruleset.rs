//! Rules in the order in which they are run, and where each is found.

use super::address_index::AddressIndex;
use super::data_set::DataSet;
use super::groups::{BULK_BYTES_TYPICAL, Group, List, is_for_small, is_in_head};
use super::rule::{Compiled, Condition, Part, Place, Scope, Test, ValueStep};
use super::sight::Sight;
use super::threshold::Track;
use super::transform::Transform;
use crate::inspect::{Check, Content};
use crate::matcher::{Matcher, Needle, rarity};
use applayer::Stage;
use model::packet::{AnomalyLayer, Side};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::sync::Arc;

/// Names of bits, numbers and texts, as places in a list; and sets of data.
#[derive(Debug, Default)]
pub struct Names {
    places: HashMap<Box<str>, u32>,
    names: Vec<Arc<str>>,
    sets: Vec<Arc<DataSet>>,
}

impl Names {
    /// The place of a name, which is added if it is new.
    pub fn place(&mut self, name: &str) -> u32 {
        if let Some(place) = self.places.get(name) {
            return *place;
        }
        let place = self.names.len() as u32;
        self.places.insert(name.into(), place);
        self.names.push(name.into());
        place
    }

    /// The set of data of this name.
    pub fn set(&self, name: &str) -> Option<&Arc<DataSet>> {
        self.sets.iter().find(|set| &*set.options.name == name)
    }

    /// Adds a set of data, whose name is new.
    pub fn add_set(&mut self, set: DataSet) -> Arc<DataSet> {
        let set = Arc::new(set);
        self.sets.push(set.clone());
        set
    }

    /// Every set of data that rules name.
    pub fn sets(&self) -> &[Arc<DataSet>] {
        &self.sets
    }

    /// The name at a place.
    pub fn name(&self, place: u32) -> Option<&Arc<str>> {
        self.names.get(place as usize)
    }
}

/// Rules, ready to be run.
#[derive(Default)]
pub struct Ruleset {
    pub(super) rules: Vec<Compiled>,
    /// Names of bits and numbers of flows and hosts, and of texts.
    pub names: Names,
    /// By IP protocol: packets' payloads.
    pub(super) packets: BTreeMap<u8, List>,
    /// By sender.
    pub(super) streams: [List; 2],
    pub(super) flow_once: AddressIndex,
    pub(super) protocol: Vec<u32>,
    pub(super) events: HashMap<(AnomalyLayer, Box<str>), Vec<u32>>,
    /// By sender and stage: buffers with patterns, and rules without one.
    pub(super) transactions: [[Transactions; 2]; 2],
    /// By sender and name: rules over frames.
    pub(super) frames: [BTreeMap<&'static str, Transactions>; 2],
    pub(super) wants: Wants,
}

/// Rules over transactions, of one side and stage.
#[derive(Default)]
pub(super) struct Transactions {
    pub(super) searches: Vec<Search>,
    /// Places in `searches`: those that have rules for any application,
    for_any: Vec<usize>,
    /// and the others, by application.
    by_application: Vec<(&'static str, Vec<usize>)>,
    /// By application; those for any under an empty name.
    pub(super) always: HashMap<&'static str, Vec<u32>>,
}

/// Rules that are found by what is in one buffer.
pub(super) struct Search {
    pub(super) place: Place,
    /// What is done with the bytes before.
    pub(super) transforms: Vec<Transform>,
    pub(super) matcher: Matcher,
}

impl Transactions {
    fn new(searches: Vec<Search>, always: HashMap<&'static str, Vec<u32>>, rules: &[Compiled]) -> Transactions {
        let mut for_any = Vec::new();
        let mut by_application: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (place, search) in searches.iter().enumerate() {
            let all = search.matcher.rules().iter().map(|rule| &rules[*rule as usize].header.applications);
            if all.clone().any(Vec::is_empty) {
                for_any.push(place);
                continue;
            }
            for application in all.flatten().copied().collect::<BTreeSet<&str>>() {
                by_application.entry(application).or_default().push(place);
            }
        }
        Transactions { searches, for_any, by_application: by_application.into_iter().collect(), always }
    }

    /// Those of which a rule may be for what the flow speaks.
    pub(super) fn searches_for(&self, sight: &Sight<'_>) -> impl Iterator<Item = &Search> {
        let before = sight.protocol_before.filter(|before| Some(*before) != sight.protocol);
        let spoken = [sight.protocol, before].into_iter().flatten();
        let own = spoken.flat_map(|spoken| self.by_application.iter().filter(move |(name, _)| *name == spoken));
        self.for_any.iter().chain(own.flat_map(|(_, places)| places)).map(|place| &self.searches[*place])
    }

    /// Rules without a pattern that may be for what the flow speaks.
    pub(super) fn always_for(&self, sight: &Sight<'_>) -> impl Iterator<Item = &u32> {
        let names = ["", sight.protocol.unwrap_or_default()];
        names.into_iter().filter(|_| !self.always.is_empty()).filter_map(|name| self.always.get(name)).flatten()
    }
}

/// What bytes rules want at all, by sender.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wants {
    /// Bodies.
    pub bodies: [bool; 2],
    /// Files.
    pub files: [bool; 2],
    /// Streams.
    pub streams: [bool; 2],
    /// Frames.
    pub frames: [bool; 2],
    /// MD5, SHA-1 and SHA-256 of files.
    pub hashes: [bool; 3],
    /// Does a rule write to a set of data?
    pub sets: bool,
    /// Does a rule remember hosts over several flows? What it says then depends on the order in which flows are seen.
    pub hosts: bool,
    /// Does a rule tag hosts?
    pub tagged_hosts: bool,
    /// Files that are kept.
    pub stores: bool,
}

impl fmt::Debug for Ruleset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ruleset").field("rules", &self.rules.len()).finish_non_exhaustive()
    }
}

/// IP protocols that have a list of packet rules of their own; the others share one.
const LISTED: [u8; 5] = [1, 6, 17, 58, 132];
const OTHER: u8 = 255;
/// The number of the first list of streams, behind those of protocols.
const STREAMS: u16 = 256;

impl Ruleset {
    /// Groups rules, which are in the order in which they are to be run.
    pub fn new(rules: Vec<Compiled>, names: Names) -> Ruleset {
        let mut index = Index::default();
        for (place, rule) in rules.iter().enumerate() {
            index.add(place as u32, rule);
        }
        index.build(rules, names)
    }

    /// How many rules there are.
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Is there none?
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// All of them, in the order in which they are run.
    pub fn rules(&self) -> &[Compiled] {
        &self.rules
    }

    /// What bytes they want at all.
    pub fn wants(&self) -> Wants {
        self.wants
    }

    /// Do rules remember something over several pairs of hosts? Then one worker alone sees flows in their order, and says always
    /// the same.
    pub fn needs_order(&self) -> bool {
        self.wants.sets || self.wants.hosts
    }

    /// The rule at a place.
    pub fn rule(&self, place: u32) -> Option<&Compiled> {
        self.rules.get(place as usize)
    }

    /// How many rules each group has, in words: those with a pattern, and those without.
    pub fn sizes(&self) -> Vec<String> {
        let of = |name: String, group: &Group| {
            let of = |matcher: &Option<Matcher>| matcher.as_ref().map_or(0, |matcher| matcher.rules().len());
            let (all, head, found) = (of(&group.small), of(&group.head), of(&group.matcher));
            let small = all - head - found;
            let lengths = group.matcher.as_ref().map(Matcher::lengths).unwrap_or_default();
            format!(
                "{name}: {found} by pattern (of none to 16 bytes: {lengths:?}), {head} in the head, {small} in small payloads, {} always",
                group.always.len()
            )
        };
        let mut lines = vec![format!("flows: {}, protocols: {}", self.flow_once.always().len(), self.protocol.len())];
        lines.extend(
            self.packets.iter().map(|(protocol, list)| of(format!("packets of protocol {protocol}"), &list.whole())),
        );
        lines.extend(Side::BOTH.map(|side| of(format!("streams of {side:?}"), &self.streams[side.index()].whole())));
        for side in Side::BOTH {
            for (stage, part) in self.transactions[side.index()].iter().enumerate() {
                for Search { place, matcher, .. } in &part.searches {
                    lines.push(format!("{side:?} stage {stage} {place:?}: {} by pattern", matcher.rules().len()));
                }
                for (name, rules) in &part.always {
                    lines.push(format!("{side:?} stage {stage} '{name}': {} always", rules.len()));
                }
            }
        }
        lines
    }

    pub(super) fn packet_list(&self, protocol: Option<u8>) -> Option<&List> {
        let protocol = protocol.filter(|protocol| LISTED.contains(protocol)).unwrap_or(OTHER);
        self.packets.get(&protocol)
    }
}

/// Rules on their way into their groups.
#[derive(Default)]
struct Index {
    packets: BTreeMap<u8, List>,
    streams: [List; 2],
    flow_once: Vec<u32>,
    protocol: Vec<u32>,
    events: HashMap<(AnomalyLayer, Box<str>), Vec<u32>>,
    transactions: [[TransactionsBuilder; 2]; 2],
    frames: [BTreeMap<&'static str, TransactionsBuilder>; 2],
    wants: Wants,
}

/// What is looked for, each with its rule.
type Patterns = Vec<(Needle, u32)>;

#[derive(Default)]
struct TransactionsBuilder {
    /// By buffer and what is done with it before.
    patterns: BTreeMap<(Place, Vec<u8>), (Vec<Transform>, Patterns)>,
    always: HashMap<&'static str, Vec<u32>>,
}

impl TransactionsBuilder {
    fn add(&mut self, place: u32, rule: &Compiled) {
        match best_part(rule) {
            Some((buffer, content)) => {
                let key = (buffer.place, buffer.transforms.iter().filter_map(Transform::key).collect());
                let entry = self.patterns.entry(key);
                let (_, patterns) = entry.or_insert_with(|| (buffer.transforms.clone(), Vec::new()));
                patterns.push((Needle::of(content.pattern()), place));
            }
            None if rule.header.applications.is_empty() => self.always.entry("").or_default().push(place),
            None => {
                for application in &rule.header.applications {
                    self.always.entry(application).or_default().push(place);
                }
            }
        }
    }

    fn build(self, rules: &[Compiled]) -> Transactions {
        let searches = self.patterns.into_iter().filter_map(|((place, _), (transforms, patterns))| {
            Some(Search { place, transforms, matcher: Matcher::new(patterns, place.bytes_typical())? })
        });
        Transactions::new(searches.collect(), self.always, rules)
    }
}

impl Index {
    fn add(&mut self, place: u32, rule: &Compiled) {
        self.wants.sets |= rule.checks().any(|check| matches!(check, Check::Set { test, .. } if test.writes()));
        self.wants.hosts |= remembers_hosts(rule);
        self.wants.tagged_hosts |= rule.tags.iter().any(|tag| tag.host.is_some());
        let events: Vec<_> = rule.conditions.iter().filter_map(event_of).collect();
        if let Some((layer, name)) = events.first() {
            self.events.entry((*layer, (*name).into())).or_default().push(place);
            return;
        }
        match rule.scope {
            Scope::FlowOnce => self.flow_once.push(place),
            Scope::Protocol => self.protocol.push(place),
            Scope::Packet => self.add_packet(place, rule),
            Scope::Stream => self.add_stream(place, rule),
            Scope::PacketAndStream => {
                self.add_packet(place, rule);
                self.add_stream(place, rule);
            }
            Scope::Transaction => self.add_transaction(place, rule),
            Scope::Frame => self.add_frame(place, rule),
        }
    }

    fn add_packet(&mut self, place: u32, rule: &Compiled) {
        let pattern = fast_pattern_of_payload(&rule.payload);
        let listed = LISTED.iter().chain([&OTHER]);
        let protocols = &rule.header.protocols;
        for protocol in listed {
            let is_for = protocols.is_empty()
                || protocols.contains(protocol)
                || *protocol == OTHER && protocols.iter().any(|protocol| !LISTED.contains(protocol));
            if is_for {
                self.packets.entry(*protocol).or_default().add(pattern, place, is_for_small(rule));
            }
        }
    }

    fn add_stream(&mut self, place: u32, rule: &Compiled) {
        let pattern = fast_pattern_of_payload(&rule.payload);
        for side in sides(rule) {
            self.wants.streams[side.index()] = true;
            self.streams[side.index()].add(pattern, place, false);
        }
    }

    fn add_transaction(&mut self, place: u32, rule: &Compiled) {
        for side in sides(rule) {
            self.note_wants(rule, side);
            self.transactions[side.index()][rule.stage as usize].add(place, rule);
        }
    }

    fn add_frame(&mut self, place: u32, rule: &Compiled) {
        let Some(name) = rule.frame() else { return };
        for side in sides(rule) {
            self.note_wants(rule, side);
            self.wants.frames[side.index()] = true;
            self.frames[side.index()].entry(name).or_default().add(place, rule);
        }
    }

    fn note_wants(&mut self, rule: &Compiled, side: Side) {
        for part in &rule.parts {
            let side = part.sender.unwrap_or(side).index();
            self.wants.bodies[side] |= part.place == Place::Body;
            self.wants.files[side] |= part.place.is_of_file();
            if let Place::FileHash(kind) = part.place {
                self.wants.hashes[kind as usize] = true;
            }
        }
        self.wants.streams[side.index()] |= !rule.payload.is_empty();
        self.wants.stores |= rule.storing.is_some();
    }

    fn build(self, rules: Vec<Compiled>, names: Names) -> Ruleset {
        let headers = self.flow_once.iter().filter_map(|place| Some((*place, &rules.get(*place as usize)?.header)));
        let [client, server] = self.streams;
        let streams = [client.finish(STREAMS, &rules), server.finish(STREAMS + 1, &rules)];
        let packets = self.packets.into_iter();
        let packets = packets.map(|(protocol, list)| (protocol, list.finish(protocol.into(), &rules))).collect();
        Ruleset {
            flow_once: AddressIndex::new(headers),
            transactions: self.transactions.map(|stages| stages.map(|part| part.build(&rules))),
            frames: self.frames.map(|names| names.into_iter().map(|(name, part)| (name, part.build(&rules))).collect()),
            rules,
            names,
            packets,
            streams,
            protocol: self.protocol,
            events: self.events,
            wants: self.wants,
        }
    }
}

fn event_of(condition: &Condition) -> Option<(AnomalyLayer, &str)> {
    match condition {
        Condition::Event(layer, name) => Some((*layer, name)),
        _ => None,
    }
}

/// Does what a rule says depend on other pairs of hosts? A pair, and a flow, are always looked at in order.
fn remembers_hosts(rule: &Compiled) -> bool {
    let is_wide = |track: Track| !matches!(track, Track::Both | Track::Flow);
    let has_bits = rule.values.iter().any(|step| matches!(step, ValueStep::Host { track, .. } if is_wide(*track)));
    has_bits
        || rule.thresholds.iter().any(|threshold| is_wide(threshold.track))
        || rule.tags.iter().any(|tag| tag.host.is_some())
}

/// The senders that a rule may be about.
pub(super) fn sides(rule: &Compiled) -> impl Iterator<Item = Side> + use<> {
    let wanted = rule.sender;
    Side::BOTH.into_iter().filter(move |side| wanted.is_none_or(|wanted| wanted == *side))
}

/// The pattern that is looked for: the one that the rule says, or the rarest.
fn fast_pattern(checks: &[Check]) -> Option<&Content> {
    let contents = checks.iter().filter_map(|check| match check {
        Check::Content(content) if !content.is_negated && !content.pattern().is_empty() => Some(content),
        _ => None,
    });
    contents.max_by_key(|content| (content.is_fast_pattern, rarity(content.pattern())))
}

/// As [`fast_pattern`]; what has its place in the begin is looked for there only, and so costs little, if it is not met too often.
fn fast_pattern_of_payload(checks: &[Check]) -> Option<&Content> {
    let chosen = fast_pattern(checks)?;
    let enough = rarity(chosen.pattern()).min(HEAD_RARITY_MIN);
    let contents = checks.iter().filter_map(|check| match check {
        Check::Content(content) if !content.is_negated && rarity(content.pattern()) >= enough => Some(content),
        _ => None,
    });
    let in_head = contents.filter(|content| is_in_head(content)).max_by_key(|content| rarity(content.pattern()));
    in_head.or(Some(chosen))
}

/// So rare is a pattern in the begin that is looked for in the place of a better one: about four letters.
const HEAD_RARITY_MIN: u32 = 34;

/// The buffer and the pattern by which a rule over transactions is found.
fn best_part(rule: &Compiled) -> Option<(&Part, &Content)> {
    let is_simple = |part: &&Part| part.transforms.iter().all(|transform| transform.key().is_some());
    let parts = rule.parts.iter().filter(is_simple).filter(|part| part.place.is_searched());
    let patterns = parts.filter_map(|part| match &part.test {
        Test::Checks(checks) => Some((part, fast_pattern(checks)?)),
        Test::Number(_) | Test::Foreign | Test::Absent(_) => None,
    });
    // A part of another side than that which is looked at cannot be searched then.
    let is_of_one_side = rule.parts.iter().all(|part| part.sender.is_none() || part.sender == rule.sender);
    let best = patterns.max_by_key(|(_, content)| (content.is_fast_pattern, rarity(content.pattern())));
    best.filter(|_| is_of_one_side)
}

impl Place {
    /// Is it one of a file's?
    pub(super) fn is_of_file(self) -> bool {
        matches!(self, Place::FileData | Place::FileName | Place::FileMagic | Place::FileSize | Place::FileHash(_))
    }

    /// About how many bytes are in it?
    const fn bytes_typical(self) -> usize {
        match self {
            Place::Body | Place::FileData => BULK_BYTES_TYPICAL,
            _ => 64,
        }
    }

    /// Can rules be found by what is in it?
    fn is_searched(self) -> bool {
        matches!(self, Place::Field(_) | Place::Body | Place::FileData | Place::FileName | Place::Frame(_))
    }
}

/// The stages in order: the places in [`Ruleset::transactions`].
const _: () = assert!(Stage::Head as usize == 0 && Stage::Whole as usize == 1);
