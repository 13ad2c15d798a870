//! Which of many prefixes hold an address: all of them, not only the longest.
//!
//! The addresses between two neighbouring ends of prefixes all have one set of prefixes. The sets are computed once; a
//! lookup is a binary search.

use crate::bits::Bits;
use ipnet::IpNet;
use std::net::IpAddr;

/// Numbered prefixes.
#[derive(Clone, Debug)]
pub(crate) struct Prefixes {
    v4: Intervals,
    v6: Intervals,
}

/// Where the set of prefixes changes, and what it is from there on.
#[derive(Clone, Debug, Default)]
struct Intervals {
    starts: Vec<u128>,
    sets: Vec<Bits>,
}

impl Prefixes {
    /// Prefixes with the number each stands for; numbers are below `size`.
    pub(crate) fn new(entries: &[(IpNet, usize)], size: usize) -> Prefixes {
        let of = |is_v4: bool| {
            let own = entries.iter().filter(|(prefix, _)| matches!(prefix, IpNet::V4(_)) == is_v4);
            Intervals::new(&own.map(|(prefix, number)| (ends(prefix), *number)).collect::<Vec<_>>(), size)
        };
        Prefixes { v4: of(true), v6: of(false) }
    }

    /// The numbers whose prefixes hold the address.
    pub(crate) fn find(&self, address: IpAddr) -> Option<&Bits> {
        match address.to_canonical() {
            IpAddr::V4(v4) => self.v4.find(u32::from(v4).into()),
            IpAddr::V6(v6) => self.v6.find(v6.into()),
        }
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
    fn new(entries: &[([u128; 2], usize)], size: usize) -> Intervals {
        let mut starts: Vec<u128> =
            entries.iter().flat_map(|([first, last], _)| [Some(*first), last.checked_add(1)]).flatten().collect();
        starts.sort_unstable();
        starts.dedup();
        let mut sets = vec![Bits::new(size); starts.len()];
        for ([first, last], number) in entries {
            let from = starts.partition_point(|start| start < first);
            let to = starts.partition_point(|start| start <= last);
            sets[from..to].iter_mut().for_each(|set| set.insert(*number));
        }
        Intervals { starts, sets }
    }

    fn find(&self, address: u128) -> Option<&Bits> {
        let after = self.starts.partition_point(|start| *start <= address);
        self.sets.get(after.checked_sub(1)?)
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
            let prefixes = Prefixes::new(&entries, entries.len());
            let address = IpAddr::from(spread(address));
            let expected: Vec<usize> = entries.iter().filter(|(prefix, _)| prefix.contains(&address)).map(|entry| entry.1).collect();
            let found: Vec<usize> = prefixes.find(address).map(|set| set.iter().collect()).unwrap_or_default();
            prop_assert_eq!(found, expected);
        }
    }
}
