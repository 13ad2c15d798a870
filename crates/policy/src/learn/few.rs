//! No rule lists more than can be read: where it would, prefixes are made wider, and a remark says so.

use super::{ALL, ALL_NAME};
use crate::language::{Party, Ports};
use crate::matcher::is_private_address;
use ipnet::IpNet;
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};

/// Parties at one end of a rule, and prefixes of a segment, at most.
const LISTED_MAX: usize = 64;
/// Addresses behind a carrier's translation that are named one by one, at most: they are drawn anew all the time.
const CARRIER_NAMED: usize = 16;
/// Lengths of prefixes that are tried, longest first.
const LENGTHS_V4: &[u8] = &[24, 20, 16, 12, 8, 4, 0];
const LENGTHS_V6: &[u8] = &[64, 56, 48, 40, 32, 16, 0];

/// What was put together.
#[derive(Debug, Default)]
pub(super) struct Few {
    pub(super) remarks: Vec<String>,
}

impl Few {
    /// The parties of one end of a rule, few enough to be read.
    pub(super) fn parties(&mut self, ports: &[Ports], parties: Vec<Party>) -> Vec<Party> {
        let is_segment = |party: &&Party| matches!(party, Party::Segment(_));
        let segments = parties.iter().filter(is_segment).count();
        let mut kept: BTreeSet<Party> =
            parties.iter().filter(|party| !matches!(party, Party::Prefix(_))).cloned().collect();
        if segments > LISTED_MAX {
            self.remark(ports, &format!("{segments} segments are the segment {ALL_NAME}"));
            kept.retain(|party| !is_segment(&party));
            kept.insert(Party::Segment(ALL));
        }
        let prefixes =
            parties.iter().filter_map(|party| if let Party::Prefix(prefix) = party { Some(*prefix) } else { None });
        let prefixes = self.carrier(ports, prefixes.collect());
        let wide = wider(prefixes.clone(), |_| true);
        if wide.len() < prefixes.len() {
            let shortest = wide.iter().map(IpNet::prefix_len).min().unwrap_or(0);
            self.remark(ports, &format!("{} prefixes are {} of /{shortest} and longer", prefixes.len(), wide.len()));
        }
        kept.extend(wide.into_iter().map(Party::Prefix));
        kept.into_iter().collect()
    }

    /// The prefixes of a segment, few enough to be read. Only private ones become wider: a public one would take what is
    /// not ours.
    pub(super) fn own(&mut self, name: &str, prefixes: Vec<IpNet>) -> Vec<IpNet> {
        let is_private =
            |prefix: &IpNet| is_private_address(prefix.network()) && is_private_address(prefix.broadcast());
        let wide = wider(prefixes.clone(), is_private);
        if wide.len() < prefixes.len() {
            self.remarks.push(format!(
                "segment {name}: {} prefixes are {}, private ones wider than seen",
                prefixes.len(),
                wide.len()
            ));
        }
        wide
    }

    /// Many addresses behind a carrier's translation (RFC 6598) are its whole space.
    fn carrier(&mut self, ports: &[Ports], prefixes: Vec<IpNet>) -> Vec<IpNet> {
        let Ok(space) = IpNet::new(IpAddr::V4(Ipv4Addr::new(100, 64, 0, 0)), 10) else { return prefixes };
        let (inside, mut others): (Vec<IpNet>, Vec<IpNet>) =
            prefixes.iter().partition(|prefix| space.contains(*prefix));
        if inside.len() <= CARRIER_NAMED {
            return prefixes;
        }
        self.remark(ports, &format!("{} prefixes behind a carrier's translation are {space}", inside.len()));
        others.push(space);
        others
    }

    fn remark(&mut self, ports: &[Ports], what: &str) {
        let ports: Vec<String> = ports.iter().take(4).map(Ports::to_string).collect();
        self.remarks.push(format!("on {}: {what}", ports.join(", ")));
    }
}

/// The same addresses and more, in as many prefixes as can be read, if they may be as wide as that takes.
fn wider(prefixes: Vec<IpNet>, may: impl Fn(&IpNet) -> bool) -> Vec<IpNet> {
    let mut wide = prefixes;
    for (v4, v6) in LENGTHS_V4.iter().zip(LENGTHS_V6) {
        if wide.len() <= LISTED_MAX {
            break;
        }
        let widened = |prefix: &IpNet| {
            let length = if matches!(prefix, IpNet::V4(_)) { *v4 } else { *v6 };
            let wider = IpNet::new(prefix.addr(), length.min(prefix.prefix_len())).map(|wider| wider.trunc());
            wider.ok().filter(&may).unwrap_or(*prefix)
        };
        wide = IpNet::aggregate(&wide.iter().map(widened).collect());
    }
    wide.sort();
    wide
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(count: u32, first: [u8; 4], step: u32) -> Vec<IpNet> {
        let first = u32::from(Ipv4Addr::from(first));
        (0..count).map(|number| IpNet::from(IpAddr::from(Ipv4Addr::from(first + number * step)))).collect()
    }

    #[track_caller]
    fn check(prefixes: Vec<IpNet>, expected: usize, remarks: usize) -> Vec<Party> {
        let mut few = Few::default();
        let parties = few.parties(&[Ports::one(6, 443)], prefixes.iter().copied().map(Party::Prefix).collect());
        assert_eq!((parties.len(), few.remarks.len()), (expected, remarks), "{:?}", few.remarks);
        let holds =
            |prefix: &IpNet| parties.iter().any(|party| matches!(party, Party::Prefix(wide) if wide.contains(prefix)));
        assert!(prefixes.iter().all(holds));
        parties
    }

    #[test]
    fn lists_that_can_be_read() {
        check(hosts(64, [198, 18, 0, 0], 3), 64, 0);
        check(hosts(640, [198, 18, 0, 0], 3), 1, 1);
        check(hosts(60_000, [198, 18, 0, 0], 300), 11, 1);
        check(hosts(16, [100, 64, 3, 0], 900), 16, 0);
        assert_eq!(
            check(hosts(4_000, [100, 64, 3, 0], 900), 1, 1)[0],
            Party::Prefix("100.64.0.0/10".parse().expect("a prefix"))
        );
    }

    #[test]
    fn many_segments_are_all() {
        let mut few = Few::default();
        let parties = few.parties(&[Ports::one(6, 22)], (1..=65).map(Party::Segment).collect());
        assert_eq!((parties, few.remarks.len()), (vec![Party::Segment(ALL)], 1));
    }

    #[test]
    fn own_prefixes_become_wider_only_within_private_space() {
        let mut few = Few::default();
        let public = hosts(100, [8, 8, 0, 0], 900);
        assert_eq!(few.own("all", public.clone()).len(), 100);
        let wide = few.own("all", [public, hosts(1_000, [10, 0, 0, 0], 900)].concat());
        assert!((101..=164).contains(&wide.len()) && few.remarks.len() == 1, "{} {:?}", wide.len(), few.remarks);
    }
}
