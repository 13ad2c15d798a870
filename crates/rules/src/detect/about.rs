//! What a rule says of itself: all that an alert shows of it.

use std::fmt;

/// What a match does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Nothing more is looked at.
    Pass,
    /// It would be thrown away.
    Drop,
    /// It would be thrown away, and its sender told.
    Reject,
    /// It is told.
    Alert,
    /// It changes what is logged.
    Config,
}

impl Action {
    /// Would the packet be thrown away where that can be done?
    pub const fn drops(self) -> bool {
        matches!(self, Action::Drop | Action::Reject)
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Action::Pass => "pass",
            Action::Drop => "drop",
            Action::Reject => "reject",
            Action::Alert => "alert",
            Action::Config => "config",
        })
    }
}

/// Which end of an alert was attacked (`target`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The source of what matched.
    Source,
    /// Its destination.
    Destination,
}

/// What an alert shows of its rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// Generator, 1 for most.
    pub gid: u32,
    /// Signature id.
    pub sid: u32,
    /// Revision.
    pub rev: u32,
    /// `msg`
    pub message: String,
    /// What its `classtype` means, in words.
    pub category: String,
    /// `priority`, or that of its class: 1 is the worst.
    pub severity: u32,
    /// What a match does.
    pub action: Action,
    /// `metadata`: names and their values, in order.
    pub metadata: Vec<(String, Vec<String>)>,
    /// `reference`: links.
    pub references: Vec<String>,
    /// Who was attacked.
    pub target: Option<Target>,
}
