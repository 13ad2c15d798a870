//! What may grow, and how far.

use serde::Serialize;

/// The limits of a fold and of its findings. What a limit turns away is counted in [`TurnedAway`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Conversations (client, server, protocol, port) that are kept: half of them with a client of ours, a quarter from
    /// outside to logins, a quarter others from outside. Beyond it, half of the places of a kind hold a share of its pairs
    /// of hosts, chosen by hash (half, a quarter, ...), and half hold those of other pairs that are interesting: that come
    /// back, carry much, last long, or fail with a client of ours.
    pub conversations_max: usize,
    /// Records kept of one conversation: the earliest. Its totals still count all.
    pub records_per_conversation_max: usize,
    /// Records kept in all, and half as many more of interesting conversations outside the share. Beyond it the limit for
    /// one conversation halves, so that short ones stay whole.
    pub records_max: usize,
    /// Hours of hosts (what one host sent in one hour: 56 bytes) that are held: 2,800 hosts for 60 days. Beyond it, half of the
    /// hosts have none (or three quarters, ...), chosen by hash.
    pub hours_max: usize,
    /// Findings that one detector tells one by one about the same target; the others become one campaign.
    pub singles_max: usize,
    /// Peers that a finding names.
    pub peers_max: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            conversations_max: 10_000_000,
            records_per_conversation_max: 4_096,
            records_max: 24_000_000,
            hours_max: 2_000_000,
            singles_max: 3,
            peers_max: 5_000,
        }
    }
}

/// What the limits turned away, and what could not be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TurnedAway {
    /// Rows without both addresses or without a time.
    pub rows_unusable: u64,
    /// Rows of conversations that are not among the share that is kept.
    pub rows_of_other_conversations: u64,
    /// How often the share of kept conversations was halved: of those of our clients, of logins from outside, of others
    /// from outside.
    pub conversation_halvings: [u32; 3],
    /// Points (a record, 1 MB sent, 1,000 packets, ten minutes: one each) from which on a pair outside the share was held,
    /// of each kind; with fewer it may be missing.
    pub interest_levels: [u32; 3],
    /// Records of one conversation that are kept at most, at the end.
    pub records_per_conversation: usize,
    /// Conversations of which not every record was kept.
    pub conversations_cut: u64,
    /// How often the share of hosts whose hours are counted was halved.
    pub hours_halvings: u32,
    /// Hosts with hours in more than a year, as by clocks that lie: the earliest count.
    pub hosts_with_hours_cut: u64,
}

impl TurnedAway {
    /// Was everything used and held?
    pub fn is_nothing(&self) -> bool {
        self.rows_unusable == 0 && self.rows_of_other_conversations == 0 && self.conversations_cut == 0
    }
}
