//! Findings that somebody has looked at and does not want to see again, for a time and a reason.
//!
//! One suppression a line: detector, entity, until when, why. `#` begins a comment.
//!
//! ```text
//! scan.*       10.0.9.4        2026-06-30  our own vulnerability scanner
//! bruteforce.* 203.0.113.0/24  2026-04-01  the partner's broken job, ticket 4711
//! ```
//!
//! It hides what ended on that day or before, however long ago: it expires, and it holds for the past. What it hid stays
//! countable.

use crate::finding::{Finding, moment};
use serde::Serialize;
use std::net::IpAddr;

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Suppression {
    /// `family.kind`, `family.*` or `*`.
    pub detector: String,
    /// The entity's text, a network that holds its address, or `*`.
    pub entity: String,
    /// The last day on which it holds, as `2026-06-30`.
    pub until: String,
    /// Why.
    pub reason: String,
}

/// A line that is none, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// From 1.
    pub line: usize,
    /// What is wrong with it.
    pub why: &'static str,
}

/// What a suppression hid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Hidden {
    /// By which.
    #[serde(flatten)]
    pub by: Suppression,
    /// Identifiers and titles of the findings.
    pub findings: Vec<(String, String)>,
}

/// The suppressions of a file, and the lines that are none.
pub fn parse(text: &str) -> (Vec<Suppression>, Vec<Unread>) {
    let (mut all, mut unread) = (Vec::new(), Vec::new());
    for (line, number) in text.lines().zip(1..) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        match suppression(line) {
            Ok(suppression) => all.push(suppression),
            Err(why) => unread.push(Unread { line: number, why }),
        }
    }
    (all, unread)
}

fn suppression(line: &str) -> Result<Suppression, &'static str> {
    let mut rest = line;
    let mut word = || {
        let (word, tail) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        rest = tail.trim_start();
        word.to_owned()
    };
    let (detector, entity, until) = (word(), word(), word());
    if !is_day(&until) {
        return Err("the third word is no day such as 2026-06-30");
    }
    if rest.is_empty() {
        return Err("a reason is missing");
    }
    if entity.contains('/') && network(&entity).is_none() {
        return Err("the entity is no network such as 203.0.113.0/24");
    }
    Ok(Suppression { detector, entity, until, reason: rest.to_owned() })
}

fn is_day(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    lengths == [4, 2, 2] && parts.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit()))
}

/// An address as a number of its family, and how many bits of it count.
fn network(text: &str) -> Option<(IpAddr, u32)> {
    let (address, length) = text.split_once('/')?;
    let (address, length): (IpAddr, u32) = (address.parse().ok()?, length.parse().ok()?);
    let longest = if address.is_ipv4() { 32 } else { 128 };
    (length <= longest).then_some((address, length))
}

fn holds((network, length): (IpAddr, u32), address: IpAddr) -> bool {
    let differs = match (network, address) {
        (IpAddr::V4(network), IpAddr::V4(address)) => u128::from(network.to_bits() ^ address.to_bits()) << 96,
        (IpAddr::V6(network), IpAddr::V6(address)) => network.to_bits() ^ address.to_bits(),
        _ => return false,
    };
    length == 0 || differs >> (128 - length) == 0
}

impl Suppression {
    /// Does it hide the finding?
    pub fn hides(&self, finding: &Finding) -> bool {
        // Both are RFC 3339 text, whose order is that of time.
        let is_in_time = moment(finding.last_seen).get(..10).is_some_and(|day| day <= self.until.as_str());
        is_in_time && self.names_detector(&finding.detector) && self.names_entity(&finding.entity)
    }

    fn names_detector(&self, detector: &str) -> bool {
        match self.detector.strip_suffix('*') {
            Some(begin) => detector.starts_with(begin),
            None => detector == self.detector,
        }
    }

    fn names_entity(&self, entity: &str) -> bool {
        let is_within = || network(&self.entity).is_some_and(|net| entity.parse().is_ok_and(|ip| holds(net, ip)));
        self.entity == "*" || self.entity == entity || is_within()
    }
}

/// Takes out what is suppressed; the first suppression that fits has hidden it. What each hid, in the order of the file.
pub fn suppress(findings: &mut Vec<Finding>, suppressions: &[Suppression]) -> Vec<Hidden> {
    let mut hidden: Vec<Hidden> =
        suppressions.iter().map(|by| Hidden { by: by.clone(), findings: Vec::new() }).collect();
    findings.retain(|finding| match suppressions.iter().position(|suppression| suppression.hides(finding)) {
        Some(place) => {
            hidden[place].findings.push((finding.id.clone(), finding.title.clone()));
            false
        }
        None => true,
    });
    hidden
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-03-02T00:00:00Z.
    const DAY: u32 = 1_772_409_600;

    #[track_caller]
    fn check(line: &str, detector: &str, entity: &str, last_seen: u32, is_hidden: bool) {
        let (all, unread) = parse(line);
        assert_eq!(unread, []);
        let mut findings = vec![Finding { last_seen, ..Finding::about(detector, entity.to_owned(), "") }];
        let hidden = suppress(&mut findings, &all);
        assert_eq!((findings.is_empty(), hidden[0].findings.len()), (is_hidden, usize::from(is_hidden)), "{line}");
    }

    #[test]
    fn what_a_line_hides() {
        check("scan.* 10.0.0.0/8 2026-03-02 ours", "scan.vertical", "10.2.3.4", DAY, true);
        check("scan.* 10.0.0.0/8 2026-03-01 ours", "scan.vertical", "10.2.3.4", DAY, false);
        check("scan.* 10.0.0.0/8 2026-03-02 ours", "scan.vertical", "11.2.3.4", DAY, false);
        check("scan.block 10.2.3.4 2027-01-01 ours", "scan.vertical", "10.2.3.4", DAY, false);
        check("* * 2027-01-01 a holiday", "beacon.regular", "eni-1", DAY, true);
        check("* fd00::/8 2027-01-01 ours", "beacon.regular", "fd00::1", DAY, true);
        check("* 0.0.0.0/0 2027-01-01 ours", "beacon.regular", "fd00::1", DAY, false);
    }

    #[test]
    fn a_line_that_is_none_is_named() {
        let text =
            "# why\n\nscan.* 10.0.0.1 soon because\nscan.* 10.0.0.1 2026-01-01\nscan.* 10.0.0.1/99 2026-01-01 x\n";
        let lines: Vec<usize> = parse(text).1.iter().map(|unread| unread.line).collect();
        assert_eq!(lines, [3, 4, 5]);
    }
}
