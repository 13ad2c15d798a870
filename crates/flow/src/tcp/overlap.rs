//! Who wins where two TCP segments hold different bytes for the same place: it depends on the receiver's system.
//!
//! After Novak and Sturges, "Target-Based TCP Stream Reassembly" (2007), by the names Suricata's `host-os-policy` uses. What a
//! system does follows from where the new segment begins and ends compared with the one it already has.

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
