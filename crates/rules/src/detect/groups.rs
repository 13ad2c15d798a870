//! Rules of packets and streams by whom they are for: those of two ends and a sender are grouped when such ends are first seen.
//!
//! Most rules are for a few ports only. A matcher that has no pattern of others finds little that the header then refuses,
//! and is small. The boundaries of all ranges of addresses and ports in rules cut these into classes: ends of the same classes have the
//! same rules, so that there are few groups, and what a group is made of does not depend on what was seen before.

use super::rule::{Compiled, Condition, Header, number_of};
use super::sight::{End, Sight};
use crate::inspect::Content;
use crate::matcher::{Matcher, Needle};
use model::packet::Side;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

/// The begin of payloads and streams, where the patterns of many rules have their place.
pub(super) const HEAD_BYTES: u64 = 256;

/// About how many bytes a small payload has.
const SMALL_BYTES_TYPICAL: usize = 64;
/// About how many bytes a payload that is not small or a part of a body or stream has.
pub(super) const BULK_BYTES_TYPICAL: usize = 1_400;

/// Bytes that all groups may take; rules of further ends are looked for among all.
const GROUPS_BYTES_MAX: usize = 48 << 20;
/// Combinations of ends whose group is known.
const ENDS_MAX: usize = 65_536;

/// Rules that are looked at for one kind of bytes: those whose pattern is found, and those that have none.
#[derive(Default)]
pub(super) struct Group {
    /// The number of the list that its rules are of.
    pub(super) list: u16,
    /// Of all rules, for payloads and streams of at most [`HEAD_BYTES`]: most are so small, and one search costs less than three.
    pub(super) small: Option<Matcher>,
    /// Patterns that end in the first [`HEAD_BYTES`] of more.
    pub(super) head: Option<Matcher>,
    /// The others, but those of rules over payloads of at most [`HEAD_BYTES`].
    pub(super) matcher: Option<Matcher>,
    pub(super) always: Vec<u32>,
}

/// By what a rule is found.
#[derive(Clone, Copy)]
enum Found {
    InSmall(Needle),
    InHead(Needle),
    Anywhere(Needle),
    Always,
}

/// Rules over packets of one protocol, or over streams of one sender.
#[derive(Default)]
pub(super) struct List {
    /// Which it is.
    pub(super) number: u16,
    rules: Vec<u32>,
    found: Vec<Found>,
    /// For each rule whom it is for: a place in `ends`.
    for_whom: Vec<u32>,
    /// Few, as most rules begin in the same way.
    ends: Vec<ForWhom>,
    boundaries: Boundaries,
}

/// Whom a rule is for.
#[derive(PartialEq, Eq, Hash, Clone)]
struct ForWhom {
    header: Header,
    sender: Option<Side>,
}

impl ForWhom {
    /// What a rule says of addresses, ports and the sender, and nothing else.
    fn of(rule: &Compiled) -> ForWhom {
        let sender = rule.conditions.iter().find_map(|condition| match condition {
            Condition::Sender(side) => Some(*side),
            _ => None,
        });
        let header = Header { protocols: Vec::new(), applications: Vec::new(), ..rule.header.clone() };
        ForWhom { header, sender }
    }

    fn covers(&self, sight: &Sight<'_>) -> bool {
        let is_sender = |side: Side| sight.flow.is_some() && sight.sender == side;
        self.sender.is_none_or(is_sender) && self.header.covers_sides(sight)
    }
}

impl List {
    /// All were added: whom are they for, and what ends can be told apart?
    pub(super) fn finish(mut self, number: u16, rules: &[Compiled]) -> List {
        self.number = number;
        let mut known: HashMap<ForWhom, u32> = HashMap::new();
        for rule in &self.rules {
            let ends = ForWhom::of(&rules[*rule as usize]);
            let place = *known.entry(ends).or_insert_with_key(|ends| {
                self.ends.push(ends.clone());
                self.ends.len() as u32 - 1
            });
            self.for_whom.push(place);
        }
        self.boundaries = Boundaries::new(self.ends.iter().map(|ends| &ends.header));
        self
    }

    /// The places of the rules that are for what is seen.
    fn places(&self, sight: &Sight<'_>) -> Vec<usize> {
        let are_covered: Vec<bool> = self.ends.iter().map(|ends| ends.covers(sight)).collect();
        (0..self.rules.len()).filter(|place| are_covered[self.for_whom[*place] as usize]).collect()
    }

    /// Adds a rule that is found by this pattern, where it has one. Is it for small payloads only?
    pub(super) fn add(&mut self, pattern: Option<&Content>, rule: u32, is_small: bool) {
        self.rules.push(rule);
        self.found.push(match pattern {
            Some(content) if is_small => Found::InSmall(Needle::of(content.pattern())),
            Some(content) if is_in_head(content) => Found::InHead(Needle::of(content.pattern())),
            Some(content) => Found::Anywhere(Needle::of(content.pattern())),
            None => Found::Always,
        });
    }

    /// All of its rules.
    pub(super) fn rules(&self) -> &[u32] {
        &self.rules
    }

    /// The group of the rules at these places of the list.
    pub(super) fn group(&self, places: impl Iterator<Item = usize>) -> Group {
        let (mut small, mut head, mut anywhere, mut always) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for place in places {
            let rule = self.rules[place];
            match self.found[place] {
                Found::InSmall(needle) => small.push((needle, rule)),
                Found::InHead(needle) => head.push((needle, rule)),
                Found::Anywhere(needle) => anywhere.push((needle, rule)),
                Found::Always => always.push(rule),
            }
        }
        small.extend(head.iter().chain(&anywhere));
        let small = Matcher::new(small, SMALL_BYTES_TYPICAL);
        let head = Matcher::new(head, HEAD_BYTES as usize);
        let matcher = Matcher::new(anywhere, BULK_BYTES_TYPICAL);
        Group { list: self.number, small, head, matcher, always }
    }

    /// The group of all.
    pub(super) fn whole(&self) -> Group {
        self.group(0..self.rules.len())
    }
}

impl fmt::Debug for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rules = self.small.as_ref().map_or(0, |matcher| matcher.rules().len()) + self.always.len();
        write!(f, "Group {{ list: {}, rules: {rules} }}", self.list)
    }
}

impl Group {
    /// Bytes of its longest pattern.
    pub(super) fn longest(&self) -> usize {
        self.small.as_ref().map_or(1, Matcher::longest)
    }

    fn matchers(&self) -> impl Iterator<Item = &Matcher> {
        [&self.small, &self.head, &self.matcher].into_iter().flatten()
    }

    fn heap_bytes(&self) -> usize {
        self.matchers().map(Matcher::heap_bytes).sum::<usize>() + 4 * self.always.len()
    }
}

/// Is a rule for payloads of at most [`HEAD_BYTES`]?
pub(super) fn is_for_small(rule: &Compiled) -> bool {
    rule.conditions.iter().any(|condition| match condition {
        Condition::PayloadBytes(range) => !range.is_negated && range.last <= HEAD_BYTES,
        _ => false,
    })
}

/// Does all that a pattern may be in lie in the first [`HEAD_BYTES`]?
pub(super) fn is_in_head(content: &Content) -> bool {
    content.bound().is_some_and(|bound| bound <= HEAD_BYTES)
}

/// Where ranges of addresses and ports begin and end: no rule tells two numbers apart that have no boundary between them.
#[derive(Debug, Default)]
pub(super) struct Boundaries {
    addresses: Vec<u128>,
    ports: Vec<u16>,
}

/// The range in which all IPv4 addresses lie.
const V4_MAPPED: (u128, u128) = (0xffff_0000_0000, 0xffff_ffff_ffff);

impl Boundaries {
    /// Those of these headers.
    pub(super) fn new<'a>(headers: impl Iterator<Item = &'a Header>) -> Boundaries {
        let mut boundaries = Boundaries { addresses: vec![V4_MAPPED.0, V4_MAPPED.1 + 1], ports: Vec::new() };
        for header in headers {
            for (first, last) in header.source.ranges().iter().chain(header.destination.ranges()) {
                boundaries.addresses.push(*first);
                boundaries.addresses.extend(last.checked_add(1));
            }
            for (first, last) in header.source_ports.ranges().iter().chain(header.destination_ports.ranges()) {
                boundaries.ports.push(*first);
                boundaries.ports.extend(last.checked_add(1));
            }
        }
        boundaries.addresses.sort_unstable();
        boundaries.addresses.dedup();
        boundaries.ports.sort_unstable();
        boundaries.ports.dedup();
        boundaries
    }

    fn class(&self, end: End) -> (u32, u32) {
        let address = self.addresses.partition_point(|start| *start <= number_of(end.address));
        let port = end.port.map_or(0, |port| 1 + self.ports.partition_point(|start| *start <= port));
        (address as u32, port as u32)
    }
}

/// A list, whether there is a flow and who sends in it, and the classes of both ends.
type Ends = (u16, Option<Side>, Option<[(u32, u32); 2]>);

/// The groups that were met.
#[derive(Default)]
pub struct Groups {
    by_ends: HashMap<Ends, Arc<Group>>,
    by_rules: HashMap<Box<[u32]>, Arc<Group>>,
    /// The groups of whole lists, for ends that find no room.
    whole: HashMap<u16, Arc<Group>>,
    heap_bytes: usize,
    /// Times that rules were looked for among all, because there was no room for a group of their own.
    pub turned_away: u64,
}

impl fmt::Debug for Groups {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (ends, groups) = (self.by_ends.len(), self.by_rules.len());
        write!(f, "Groups {{ ends: {ends}, groups: {groups}, heap_bytes: {} }}", self.heap_bytes)
    }
}

impl Groups {
    /// The group of those rules of a list that are for what is seen.
    pub(super) fn find(&mut self, list: &List, sight: &Sight<'_>) -> Arc<Group> {
        let ends = sight.ends().map(|ends| ends.map(|end| list.boundaries.class(end)));
        let ends = (list.number, sight.flow.map(|_| sight.sender), ends);
        if let Some(known) = self.by_ends.get(&ends) {
            return known.clone();
        }
        if self.by_ends.len() >= ENDS_MAX || self.heap_bytes >= GROUPS_BYTES_MAX {
            self.turned_away += 1;
            return self.whole.entry(list.number).or_insert_with(|| Arc::new(list.whole())).clone();
        }
        let found = self.of_places(list, &list.places(sight));
        self.by_ends.insert(ends, found.clone());
        found
    }

    /// The group of the rules at these places of a list.
    fn of_places(&mut self, list: &List, places: &[usize]) -> Arc<Group> {
        let rules = places.iter().map(|place| list.rules[*place]);
        let members: Box<[u32]> = std::iter::once(u32::from(list.number)).chain(rules).collect();
        if let Some(known) = self.by_rules.get(&members) {
            return known.clone();
        }
        let group = Arc::new(list.group(places.iter().copied()));
        self.heap_bytes += group.heap_bytes() + size_of_val(&members[..]);
        self.by_rules.insert(members, group.clone());
        group
    }
}
