//! Which of many prefixes hold an address: all of them, not only the longest.
//!
//! The addresses between two neighbouring ends of prefixes are all in the same prefixes, at most one of each length. The
//! lists are made once; a lookup is a binary search. Memory grows with the prefixes, not with what they stand for.

use crate::bits::Bits;
use hashbrown::HashMap;
use ipnet::IpNet;
use std::net::IpAddr;

/// Prefixes, each with the numbers it stands for.
#[derive(Clone, Debug)]
pub(crate) struct Prefixes {
    v4: Intervals,
    v6: Intervals,
    /// Per distinct prefix: its numbers.
    numbers: Vec<Vec<usize>>,
}

/// Where the list of prefixes changes, and what it is from there on.
#[derive(Clone, Debug, Default)]
struct Intervals {
    starts: Vec<u128>,
    lists: Vec<Vec<u32>>,
}

impl Prefixes {
    /// Prefixes with the number each stands for. A prefix may come several times.
    pub(crate) fn new(entries: &[(IpNet, usize)]) -> Prefixes {
        let mut places: HashMap<IpNet, u32> = HashMap::new();
        let mut numbers: Vec<Vec<usize>> = Vec::new();
        for (prefix, number) in entries {
            let place = *places.entry(prefix.trunc()).or_insert_with(|| {
                numbers.push(Vec::new());
                numbers.len() as u32 - 1
            });
            numbers[place as usize].push(*number);
        }
        let of = |is_v4: bool| {
            let own = places.iter().filter(|(prefix, _)| matches!(prefix, IpNet::V4(_)) == is_v4);
            Intervals::new(&own.map(|(prefix, place)| (ends(prefix), *place)).collect::<Vec<_>>())
        };
        Prefixes { v4: of(true), v6: of(false), numbers }
    }

    /// Adds the numbers of the prefixes that hold the address.
    pub(crate) fn add(&self, address: IpAddr, found: &mut Bits) {
        let places = match address.to_canonical() {
            IpAddr::V4(v4) => self.v4.find(u32::from(v4).into()),
            IpAddr::V6(v6) => self.v6.find(v6.into()),
        };
        let numbers = places.iter().flat_map(|place| &self.numbers[*place as usize]);
        numbers.for_each(|number| found.insert(*number));
    }
}

/// First and last address of a prefix.
fn ends(prefix: &IpNet) -> [u128; 2] {
    let number = |address: IpAddr| match address {
        IpAddr::V4(v4) => u128::from(u32::from(v4)),
        IpAddr::V6(v6) => v6.into(),
    };
    [number(prefix.network()), number(prefix.broadcast())]
}

impl Intervals {
    fn new(entries: &[([u128; 2], u32)]) -> Intervals {
        let edges = entries.iter().flat_map(|([first, last], _)| [Some(*first), last.checked_add(1)]);
        let mut starts: Vec<u128> = edges.flatten().collect();
        starts.sort_unstable();
        starts.dedup();
        let mut lists = vec![Vec::new(); starts.len()];
        for ([first, last], place) in entries {
            let from = starts.partition_point(|start| start < first);
            let to = starts.partition_point(|start| start <= last);
            lists[from..to].iter_mut().for_each(|list| list.push(*place));
        }
        Intervals { starts, lists }
    }

    fn find(&self, address: u128) -> &[u32] {
        let after = self.starts.partition_point(|start| *start <= address);
        after.checked_sub(1).map(|interval| self.lists[interval].as_slice()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn as_asking_each_prefix(lengths in prop::collection::vec((0u32..16, 0u8..=32), 0..20), address in 0u32..16) {
            let spread = |number: u32| std::net::Ipv4Addr::from(number << 28 | number);
            let entries: Vec<(IpNet, usize)> = lengths.iter().enumerate()
                .map(|(place, (number, length))| (IpNet::new(spread(*number).into(), *length).expect("a length").trunc(), place))
                .collect();
            let prefixes = Prefixes::new(&entries);
            let address = IpAddr::from(spread(address));
            let expected: Vec<usize> = entries.iter().filter(|(prefix, _)| prefix.contains(&address)).map(|entry| entry.1).collect();
            let mut found = Bits::new(entries.len());
            prefixes.add(address, &mut found);
            prop_assert_eq!(found.iter().collect::<Vec<_>>(), expected);
        }
    }
}
