//! Rules by the addresses that they name: of a thousand lists of addresses, those that a packet's ends are in.

use super::rule::{Addresses, Header, number_of};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// Rules by one end's address: each segment begins at its address and goes on to the next one.
#[derive(Debug, Default)]
struct Segments {
    starts: Vec<u128>,
    /// Where each segment's rules begin in `rules`; one more than there are segments.
    places: Vec<u32>,
    rules: Vec<u32>,
}

/// Rules that are looked at once for each side of a flow.
#[derive(Debug, Default)]
pub(super) struct AddressIndex {
    source: Segments,
    destination: Segments,
    /// Rules whose addresses say nothing, or not which end they are.
    always: Vec<u32>,
}

impl Segments {
    fn new(named: &[(u32, &Addresses)]) -> Segments {
        let mut changes: BTreeMap<u128, (Vec<u32>, Vec<u32>)> = BTreeMap::new();
        for (rule, addresses) in named {
            for (first, last) in addresses.ranges() {
                changes.entry(*first).or_default().0.push(*rule);
                if let Some(behind) = last.checked_add(1) {
                    changes.entry(behind).or_default().1.push(*rule);
                }
            }
        }
        let mut segments = Segments { places: vec![0], ..Segments::default() };
        let mut open: BTreeSet<u32> = BTreeSet::new();
        for (start, (begun, ended)) in changes {
            // Ranges of one rule do not touch: what ends here does not begin here.
            ended.iter().for_each(|rule| _ = open.remove(rule));
            open.extend(begun);
            segments.starts.push(start);
            segments.rules.extend(&open);
            segments.places.push(segments.rules.len() as u32);
        }
        segments
    }

    fn at(&self, address: IpAddr) -> &[u32] {
        let place = self.starts.partition_point(|start| *start <= number_of(address));
        match place.checked_sub(1) {
            Some(place) => &self.rules[self.places[place] as usize..self.places[place + 1] as usize],
            None => &[],
        }
    }
}

impl AddressIndex {
    /// Each rule goes to the end about which it says more.
    pub(super) fn new<'a>(headers: impl Iterator<Item = (u32, &'a Header)>) -> AddressIndex {
        let (mut source, mut destination, mut always) = (Vec::new(), Vec::new(), Vec::new());
        for (rule, header) in headers {
            let (from, to) = (header.source.size(), header.destination.size());
            match (header.is_bidirectional, from <= to) {
                (true, _) => always.push(rule),
                (_, true) if !header.source.is_any() => source.push((rule, &header.source)),
                (_, false) => destination.push((rule, &header.destination)),
                _ => always.push(rule),
            }
        }
        AddressIndex { source: Segments::new(&source), destination: Segments::new(&destination), always }
    }

    /// Every rule.
    pub(super) fn all(&self) -> impl Iterator<Item = u32> + '_ {
        self.always.iter().chain(&self.source.rules).chain(&self.destination.rules).copied()
    }

    /// The rules that are looked at whatever the addresses are.
    pub(super) fn always(&self) -> &[u32] {
        &self.always
    }

    /// Adds the rules that may be about a packet from one of these ends to the other.
    pub(super) fn search(&self, ends: Option<[IpAddr; 2]>, rules: &mut Vec<u32>) {
        rules.extend(&self.always);
        if let Some([source, destination]) = ends {
            rules.extend(self.source.at(source));
            rules.extend(self.destination.at(destination));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_by_their_narrower_end() {
        let host = |number: u8| number_of(IpAddr::from([10, 0, 0, number]));
        let range = |first, last| Addresses::of(vec![(host(first), host(last))]);
        let header = |source, destination| Header { source, destination, ..Header::default() };
        let headers = [
            header(range(1, 5), Addresses::any()),
            header(range(3, 9), Addresses::any()),
            header(Addresses::any(), range(7, 7)),
            header(Addresses::any(), Addresses::any()),
            header(range(0, 200), range(7, 8)),
        ];
        let index = AddressIndex::new((0..).zip(&headers));
        let found = |source: u8, destination: u8| {
            let mut rules = Vec::new();
            index.search(Some([[10, 0, 0, source].into(), [10, 0, 0, destination].into()]), &mut rules);
            rules.sort_unstable();
            rules
        };
        assert_eq!(found(4, 7), [0, 1, 2, 3, 4]);
        assert_eq!(found(1, 2), [0, 3]);
        assert_eq!(found(6, 8), [1, 3, 4]);
        assert_eq!(found(10, 9), [3]);
    }
}
