//! Everything that can grow, and how far.

/// What a report holds at most. What a limit turned away is folded into coarser rows or counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Conversations of a merged report (about 130 bytes each); the lightest beyond are folded together.
    pub conversations_max: usize,
    /// Conversations of a part, after which [`crate::Fold::is_full`] says so.
    pub conversations_part_max: usize,
    /// Interfaces (with account and network); records of further ones share one nameless row.
    pub interfaces_max: usize,
    /// Addresses kept by name, and addresses kept of turned-away sources whose conversations were folded.
    pub addresses_max: usize,
    /// Pairs of hosts between which a rule matched, for all rules (about 300 bytes each); of further ones only the rule counts.
    pub alert_groups_max: usize,
    /// Buckets of the timeline; the bucket's length doubles until all fit.
    pub timeline_buckets_max: usize,
    /// Groups of problems in `health.problems` that are collected.
    pub problems_max: usize,
    /// Rows of every sorted list in the summary.
    pub list_rows_max: usize,
    /// Objects listed by name in `inputs.objects`.
    pub objects_listed_max: usize,
    /// Findings of one detector told one by one; the rest of them is told as a group.
    pub findings_per_detector_max: usize,
    /// What the detectors' fold holds at most: some 200 bytes a conversation and 48 a record.
    pub behaviour: detect::Limits,
    /// Rows of a part, after which [`crate::Fold::is_full`] says so: as many records its detectors' fold may keep.
    pub behaviour_part_rows_max: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            conversations_max: 300_000,
            conversations_part_max: 50_000,
            interfaces_max: 50_000,
            addresses_max: 200_000,
            alert_groups_max: 20_000,
            timeline_buckets_max: 1_500,
            problems_max: 10_000,
            list_rows_max: 50,
            objects_listed_max: 1_000,
            findings_per_detector_max: 100,
            behaviour: detect::Limits {
                conversations_max: 150_000,
                records_per_conversation_max: 4_096,
                records_max: 600_000,
                hours_max: 2_000_000,
                ..detect::Limits::default()
            },
            behaviour_part_rows_max: 32_768,
        }
    }
}

/// How a report is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// What it holds at most.
    pub limits: Limits,
}
