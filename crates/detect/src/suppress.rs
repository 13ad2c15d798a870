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
    /// Its line in the file, from 1.
    pub line: usize,
}

/// A line that is none, where, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// From 1.
    pub line: usize,
    /// The character at which the wrong word begins, from 1.
    pub column: usize,
    /// What is wrong with it.
    pub why: String,
}

/// What a suppression hid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Hidden {
    /// By which.
    #[serde(flatten)]
    pub by: Suppression,
    /// Does the input go on after its last day?
    pub is_expired: bool,
    /// Identifiers and titles of the findings.
    pub findings: Vec<(String, String)>,
}

/// Families whose kinds are made while looking: a service that was guessed at, a measure that departs.
const OPEN_FAMILIES: &[&str] = &["bruteforce", "normal"];

/// The suppressions of a file, and the lines that are none. `detectors` are those that there are, as `family.kind`.
pub fn parse(text: &str, detectors: &[&str]) -> (Vec<Suppression>, Vec<Unread>) {
    let (mut all, mut unread) = (Vec::new(), Vec::new());
    for (line, number) in text.lines().zip(1..) {
        if line.trim().is_empty() || line.trim_start().starts_with('#') {
            continue;
        }
        match suppression(line, number, detectors) {
            Ok(suppression) => all.push(suppression),
            Err((place, why)) => unread.push(Unread { line: number, column: column(line, place), why }),
        }
    }
    (all, unread)
}

/// The number of the character at a byte, from 1.
fn column(line: &str, byte: usize) -> usize {
    line.char_indices().take_while(|(at, _)| *at < byte).count() + 1
}

/// A line, or the byte at which it is wrong and why.
fn suppression(line: &str, number: usize, detectors: &[&str]) -> Result<Suppression, (usize, String)> {
    let mut place = 0;
    let mut word = || {
        let begin = place + (line[place..].len() - line[place..].trim_start().len());
        let end = line[begin..].find(char::is_whitespace).map_or(line.len(), |length| begin + length);
        place = end;
        (begin, &line[begin..end])
    };
    let [detector, entity, until] = [word(), word(), word()];
    let (begin, _) = word();
    let wrong = |word: (usize, &str), why: Option<String>| why.map_or(Ok(()), |why| Err((word.0, why)));
    wrong(detector, wrong_detector(detector.1, detectors))?;
    wrong(entity, wrong_entity(entity.1))?;
    wrong(until, wrong_day(until.1))?;
    let reason = line[begin..].trim_end();
    wrong((begin, reason), reason.is_empty().then(|| "a reason is missing: write why after the day".to_owned()))?;
    let [detector, entity, until] = [detector, entity, until].map(|word| word.1.to_owned());
    Ok(Suppression { detector, entity, until, reason: reason.to_owned(), line: number })
}

/// Why a word names no detector.
fn wrong_detector(word: &str, detectors: &[&str]) -> Option<String> {
    let family_of = |name: &str| name.split('.').next().unwrap_or_default().to_owned();
    let is_open = |begin: &str| OPEN_FAMILIES.iter().any(|family| begin.starts_with(&format!("{family}.")));
    let is_known = match word.strip_suffix('*') {
        Some(begin) => is_open(begin) || detectors.iter().any(|known| known.starts_with(begin)),
        None => is_open(word) || detectors.contains(&word),
    };
    if is_known {
        return None;
    }
    let family = family_of(word);
    let mut kinds: Vec<&str> = detectors.iter().copied().filter(|known| family_of(known) == family).collect();
    kinds.sort_unstable();
    if !kinds.is_empty() || OPEN_FAMILIES.contains(&family.as_str()) {
        return Some(format!(
            "no detector is called {word}: write {}",
            [&[format!("{family}.*").as_str()], &kinds[..]].concat().join(" or ")
        ));
    }
    let mut families: Vec<String> =
        detectors.iter().chain(OPEN_FAMILIES).map(|known| format!("{}.*", family_of(known))).collect();
    families.sort();
    families.dedup();
    Some(format!("no detector is called {word}: there are {}, and * for all", families.join(", ")))
}

/// Why a word is no entity: what looks like an address or a network has to be one.
fn wrong_entity(word: &str) -> Option<String> {
    if word.is_empty() {
        return Some("an entity is missing: write an address, a network such as 203.0.113.0/24, or *".to_owned());
    }
    let head = word.split('/').next().unwrap_or_default();
    let is_v4 = head.contains('.') && head.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let is_v6 = head.contains(':') && head.bytes().all(|byte| byte.is_ascii_hexdigit() || b":.".contains(&byte));
    let is_right = if word.contains('/') { network(word).is_some() } else { word.parse::<IpAddr>().is_ok() };
    let is_wrong = (is_v4 || is_v6) && !is_right;
    is_wrong.then(|| match word.contains('/') {
        true => format!("{word} is no network: write one such as 203.0.113.0/24 or 2001:db8::/32"),
        false => format!("{word} is no address: write one such as 203.0.113.7 or 2001:db8::7"),
    })
}

/// Why a word is no day.
fn wrong_day(word: &str) -> Option<String> {
    (!is_day(word)).then(|| match word {
        "" => "the last day is missing: write one such as 2026-06-30".to_owned(),
        word => format!("{word} is no day: write one such as 2026-06-30"),
    })
}

fn is_day(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    let numbers: Vec<u32> = parts.iter().filter_map(|part| part.parse().ok()).collect();
    let [year, month, day] = numbers[..] else { return false };
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    lengths == [4, 2, 2] && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') && (1..=last).contains(&day)
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
/// `last` is the second of the last record: a line whose day is over by then has expired.
pub fn suppress(findings: &mut Vec<Finding>, suppressions: &[Suppression], last: u32) -> Vec<Hidden> {
    let today = moment(last);
    let is_expired = |by: &Suppression| today.get(..10).is_some_and(|day| by.until.as_str() < day);
    let nothing = |by: &Suppression| Hidden { by: by.clone(), is_expired: is_expired(by), findings: Vec::new() };
    let mut hidden: Vec<Hidden> = suppressions.iter().map(nothing).collect();
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

    const KNOWN: &[&str] = &["scan.horizontal", "scan.vertical", "scan.block", "beacon.regular", "dns.tunnel"];

    #[track_caller]
    fn check(line: &str, detector: &str, entity: &str, last_seen: u32, is_hidden: bool) {
        let (all, unread) = parse(line, KNOWN);
        assert_eq!(unread, []);
        let mut findings = vec![Finding { last_seen, ..Finding::about(detector, entity.to_owned(), "") }];
        let hidden = suppress(&mut findings, &all, DAY);
        assert_eq!((findings.is_empty(), hidden[0].findings.len()), (is_hidden, usize::from(is_hidden)), "{line}");
        assert_eq!(hidden[0].is_expired, all[0].until.as_str() < "2026-03-02", "{line}");
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
        check("  bruteforce.ssh\t10.2.3.4  2028-02-29  two  words ", "bruteforce.ssh", "10.2.3.4", DAY, true);
        check("normal.* eni-0f4 2027-01-01 ours", "normal.role", "eni-0f4", DAY, true);
    }

    /// The place and the first words of what is said of a line that is none.
    #[track_caller]
    fn check_wrong(line: &str, column: usize, why: &str) {
        let (all, unread) = parse(&format!("# why\n\n{line}\n"), KNOWN);
        assert_eq!((all.len(), unread.len()), (0, 1), "{line}");
        assert_eq!((unread[0].line, unread[0].column), (3, column), "{line}: {}", unread[0].why);
        assert!(unread[0].why.starts_with(why), "{line}: {}", unread[0].why);
    }

    #[test]
    fn a_line_that_is_none_is_told_with_its_place() {
        check_wrong("scan.* 10.0.0.1 soon because", 17, "soon is no day: write one such as");
        check_wrong("scan.* * 2027-13-01 x", 10, "2027-13-01 is no day");
        check_wrong("scan.* * 2027-02-29 x", 10, "2027-02-29 is no day");
        check_wrong("scan.* * 2027-00-10 x", 10, "2027-00-10 is no day");
        check_wrong("scan.* * +027-01-10 x", 10, "+027-01-10 is no day");
        check_wrong("scan.* 10.0.0.1 2026-01-01", 27, "a reason is missing");
        check_wrong("scan.* 10.0.0.1", 16, "the last day is missing");
        check_wrong("scan.*", 7, "an entity is missing");
        check_wrong("scan.* 10.0.0.1/99 2026-01-01 x", 8, "10.0.0.1/99 is no network");
        check_wrong("scan.* 10.20.300.1 2026-01-01 x", 8, "10.20.300.1 is no address");
        check_wrong("scan.* 2001:db8::1::2 2026-01-01 x", 8, "2001:db8::1::2 is no address");
        check_wrong("nosuch.detector * 2027-01-01 x", 1, "no detector is called nosuch.detector: there are beacon.*, ");
        check_wrong("  scan * 2027-01-01 x", 3, "no detector is called scan: write scan.* or scan.block or ");
        check_wrong("scan.horizontl * 2027-01-01 x", 1, "no detector is called scan.horizontl: write scan.* or ");
        check_wrong("bruteforce * 2027-01-01 x", 1, "no detector is called bruteforce: write bruteforce.*");
        check_wrong("nosuch.* * 2027-01-01 x", 1, "no detector is called nosuch.*");
    }
}
