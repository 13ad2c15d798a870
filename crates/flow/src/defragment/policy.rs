//! Who wins where two fragments hold different bytes for the same place.
//!
//! After Novak, "Target-Based Fragmentation Reassembly" (2005), by the names of Suricata's `defrag.host-config`.

use std::ops::Range;

/// The receiver's way with overlapping fragments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is named as Suricata's setting is")]
pub enum FragmentPolicy {
    First,
    Last,
    #[default]
    Bsd,
    BsdRight,
    Linux,
    Windows,
    Solaris,
    /// The whole datagram is dropped: IPv6 (RFC 5722), and IPv4 on Linux since 4.19.
    Discard,
}

impl FragmentPolicy {
    /// Every policy, by Suricata's name; `discard` is ours.
    pub const NAMES: &'static [(&'static str, FragmentPolicy)] = &[
        ("first", FragmentPolicy::First),
        ("last", FragmentPolicy::Last),
        ("bsd", FragmentPolicy::Bsd),
        ("bsd-right", FragmentPolicy::BsdRight),
        ("linux", FragmentPolicy::Linux),
        ("windows", FragmentPolicy::Windows),
        ("solaris", FragmentPolicy::Solaris),
        ("discard", FragmentPolicy::Discard),
    ];

    /// The policy of that name.
    pub fn from_name(name: &str) -> Option<FragmentPolicy> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, policy)| *policy)
    }

    /// Do the new fragment's bytes replace those of the old one where they overlap?
    pub(super) fn prefers_new(self, old: &Range<u64>, new: &Range<u64>) -> bool {
        match self {
            FragmentPolicy::First | FragmentPolicy::Discard => false,
            FragmentPolicy::Last => true,
            FragmentPolicy::Bsd => new.start < old.start,
            FragmentPolicy::BsdRight => new.start >= old.start,
            FragmentPolicy::Linux => new.start <= old.start,
            FragmentPolicy::Windows => new.start < old.start && new.end > old.end,
            FragmentPolicy::Solaris => new.start < old.start && new.end >= old.end,
        }
    }
}
