//! What a rule says of itself: all that an alert shows of it.

use std::fmt;
use std::sync::Arc;

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
    pub message: Box<str>,
    /// What its `classtype` means, in words.
    pub category: Arc<str>,
    /// `priority`, or that of its class: 1 is the worst.
    pub severity: u32,
    /// What a match does.
    pub action: Action,
    /// `metadata`: names and their values, in order.
    pub metadata: Metadata,
    /// `reference`: links.
    pub references: Box<[Box<str>]>,
    /// Who was attacked.
    pub target: Option<Target>,
}

/// Names and their values, as one text: ten thousands of rules have a dozen each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    /// A line for each name and each value, and an empty one behind the last value of a name.
    lines: Box<str>,
}

impl Metadata {
    /// Of names and their values, in order. A line's end in them is a blank.
    pub fn new<'a, V: Iterator<Item = &'a str>>(names: impl Iterator<Item = (&'a str, V)>) -> Metadata {
        let mut lines = String::new();
        for (name, values) in names {
            for part in std::iter::once(name).chain(values).filter(|part| !part.is_empty()) {
                lines.extend(part.chars().map(|char| if char == '\n' { ' ' } else { char }));
                lines.push('\n');
            }
            lines.push('\n');
        }
        Metadata { lines: lines.into() }
    }

    /// Is there none?
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The names, each with its values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, impl Iterator<Item = &str>)> {
        self.lines.split_terminator("\n\n").filter_map(|name| {
            let mut parts = name.split('\n');
            Some((parts.next()?, parts))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values() {
        let rows = [("policy", vec!["balanced-ips drop", "a\nb"]), ("created_at", vec!["2010_07_30"])];
        let metadata = Metadata::new(rows.iter().map(|(name, values)| (*name, values.iter().copied())));
        let read: Vec<(&str, Vec<&str>)> = metadata.iter().map(|(name, values)| (name, values.collect())).collect();
        assert_eq!(read, [("policy", vec!["balanced-ips drop", "a b"]), ("created_at", vec!["2010_07_30"])]);
        assert!(Metadata::new(std::iter::empty::<(&str, std::iter::Empty<&str>)>()).is_empty());
    }
}
