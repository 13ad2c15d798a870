//! Who wins where two TCP segments hold different bytes for the same place: it depends on the receiver's system.
//!
//! After Novak and Sturges, "Target-Based TCP Stream Reassembly" (2007), by the names Suricata's `host-os-policy` uses. What a
//! system does follows from where the new segment begins and ends compared with the one it already has.

use std::net::IpAddr;
use std::ops::Range;

/// The receiver's way with overlapping segments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is named as Suricata's setting is")]
pub enum OverlapPolicy {
    #[default]
    Bsd,
    Linux,
    OldLinux,
    Solaris,
    Hpux10,
    Hpux11,
    Irix,
    Macos,
    Windows,
    Windows2k3,
    Vista,
    First,
    Last,
}

impl OverlapPolicy {
    /// Every policy, by Suricata's name.
    pub const NAMES: &'static [(&'static str, OverlapPolicy)] = &[
        ("bsd", OverlapPolicy::Bsd),
        ("linux", OverlapPolicy::Linux),
        ("old-linux", OverlapPolicy::OldLinux),
        ("solaris", OverlapPolicy::Solaris),
        ("hpux10", OverlapPolicy::Hpux10),
        ("hpux11", OverlapPolicy::Hpux11),
        ("irix", OverlapPolicy::Irix),
        ("macos", OverlapPolicy::Macos),
        ("windows", OverlapPolicy::Windows),
        ("windows2k3", OverlapPolicy::Windows2k3),
        ("vista", OverlapPolicy::Vista),
        ("first", OverlapPolicy::First),
        ("last", OverlapPolicy::Last),
    ];

    /// The policy of that name.
    pub fn from_name(name: &str) -> Option<OverlapPolicy> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, policy)| *policy)
    }

    /// Do the new segment's bytes replace those of the old one where they overlap?
    pub(crate) fn prefers_new(self, old: &Range<u64>, new: &Range<u64>) -> bool {
        let (begins_before, begins_with) = (new.start < old.start, new.start == old.start);
        match self {
            OverlapPolicy::First | OverlapPolicy::Vista => false,
            OverlapPolicy::Last => true,
            OverlapPolicy::Bsd | OverlapPolicy::Macos | OverlapPolicy::Windows | OverlapPolicy::Windows2k3 => {
                begins_before
            }
            OverlapPolicy::Linux | OverlapPolicy::Irix | OverlapPolicy::Hpux10 => {
                begins_before || (begins_with && new.end > old.end)
            }
            OverlapPolicy::OldLinux => begins_before || (begins_with && new.end >= old.end),
            OverlapPolicy::Solaris | OverlapPolicy::Hpux11 => {
                new.end > old.end || (new.end == old.end && begins_before)
            }
        }
    }
}

/// Which hosts have which policy: Suricata's `host-os-policy`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostPolicies {
    /// Networks with their prefix, the longest prefixes first.
    networks: Vec<(IpAddr, u8, OverlapPolicy)>,
}

impl HostPolicies {
    /// Networks that are kept.
    pub const NETWORKS_MAX: usize = 4_096;

    /// Adds a network; false where there is no room.
    pub fn insert(&mut self, network: IpAddr, prefix: u8, policy: OverlapPolicy) -> bool {
        if self.networks.len() >= Self::NETWORKS_MAX {
            return false;
        }
        let place = self.networks.partition_point(|(_, known, _)| *known >= prefix);
        self.networks.insert(place, (network, prefix, policy));
        true
    }

    /// Is nothing said of any host?
    pub fn is_empty(&self) -> bool {
        self.networks.is_empty()
    }

    /// The policy of a host, where one is said: that of the longest prefix.
    pub fn of(&self, host: IpAddr) -> Option<OverlapPolicy> {
        self.networks.iter().find(|(network, prefix, _)| contains(*network, *prefix, host)).map(|(.., policy)| *policy)
    }
}

fn contains(network: IpAddr, prefix: u8, host: IpAddr) -> bool {
    match (network, host) {
        (IpAddr::V4(network), IpAddr::V4(host)) => {
            let differing = network.to_bits() ^ host.to_bits();
            differing.leading_zeros() >= u32::from(prefix)
        }
        (IpAddr::V6(network), IpAddr::V6(host)) => {
            let differing = network.to_bits() ^ host.to_bits();
            differing.leading_zeros() >= u32::from(prefix)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_prefix_decides() {
        let mut policies = HostPolicies::default();
        for (network, prefix, policy) in [
            ("0.0.0.0", 0, OverlapPolicy::Windows),
            ("2.2.0.0", 16, OverlapPolicy::Linux),
            ("2.2.2.2", 32, OverlapPolicy::OldLinux),
            ("2001:db8::", 32, OverlapPolicy::Solaris),
        ] {
            assert!(policies.insert(network.parse().expect("address"), prefix, policy));
        }
        for (host, expected) in [
            ("1.1.1.1", Some(OverlapPolicy::Windows)),
            ("2.2.9.9", Some(OverlapPolicy::Linux)),
            ("2.2.2.2", Some(OverlapPolicy::OldLinux)),
            ("2001:db8::1", Some(OverlapPolicy::Solaris)),
            ("2001:db9::1", None),
        ] {
            assert_eq!(policies.of(host.parse().expect("address")), expected, "{host}");
        }
    }
}
