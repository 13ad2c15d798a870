//! What is refused to be held. What a limit turns away is counted, and the count is in every result.

/// Limits of this crate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Pairs of client and service that are kept apart; 136 bytes each.
    pub edges_max: usize,
    /// Hosts of which something is known beyond their address.
    pub hosts_max: usize,
    /// Tags of one host.
    pub tags_max: usize,
    /// Groups listed in a result.
    pub groups_max: usize,
    /// Examples listed per group.
    pub examples_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { edges_max: 4_000_000, hosts_max: 1_000_000, tags_max: 32, groups_max: 1_000, examples_max: 5 }
    }
}
