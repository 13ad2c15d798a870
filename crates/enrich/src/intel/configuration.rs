//! Configurations that turn addresses away: packet filters, ipset, routers, web servers, rules of intrusion detection.
//!
//! Each line is read by itself: what it does, and the addresses it names. Lines that let somebody pass are exceptions.

use std::borrow::Cow;
use std::net::IpAddr;

use super::collector::{Collector, Remarks};
use super::indicator::{self, Indicator};

/// First words of lines that block or let pass.
#[rustfmt::skip]
const VERBS: &[&str] = &[
    "-a", "-i", "access-list", "add", "alert", "all", "allow", "ban", "block", "deny", "drop", "ip", "ip6tables",
    "ipset", "iptables", "network-object", "nft", "pass", "permit", "reject", "require", "route", "sshd", "ufw",
];
/// First words of lines around them, which name no address.
#[rustfmt::skip]
const SURROUNDINGS: &[&str] = &[
    "*filter", "*nat", "*raw", "chain", "commit", "create", "elements", "flags", "flush", "http", "location", "order",
    "server", "set", "table", "type", "{", "}", "};",
];
/// Words that let pass.
const PASSING: &[&str] = &["accept", "allow", "allowlist", "nomatch", "pass", "permit", "return", "whitelist"];
/// Words after which a gateway of ours stands, a remark, or the text of a rule.
const ENDS: &[&str] = &["dev", "remark", "via"];

/// Is it a line of a configuration?
pub(super) fn is_line(line: &str) -> bool {
    let first = first_word(line);
    VERBS.contains(&&*first) || SURROUNDINGS.contains(&&*first) || first.starts_with(':')
}

/// Does it begin as lines do that block or let pass?
pub(super) fn is_verb(line: &str) -> bool {
    VERBS.contains(&&*first_word(line))
}

fn first_word(line: &str) -> Cow<'_, str> {
    let first = line.split_whitespace().next().unwrap_or_default();
    let first = if first.len() > 1 { first.trim_end_matches(':') } else { first };
    if first.bytes().any(|byte| byte.is_ascii_uppercase()) { first.to_ascii_lowercase().into() } else { first.into() }
}

/// Takes the addresses of a line; a line that names none surrounds others.
pub(super) fn read_line(line: &str, n: u32, collector: &mut Collector<'_>) {
    let words = words(line);
    let passes = words.iter().any(|word| PASSING.iter().any(|passing| word.eq_ignore_ascii_case(passing)));
    // `Require not ip 1.2.3.4` turns away, `Require ip 1.2.3.4` lets pass.
    let requires = first_word(line) == "require" && !words.contains(&"not");
    let remarks = Remarks { line: n, ..Remarks::default() };
    let mut found = false;
    for (place, word) in words.iter().enumerate() {
        let Some(token) = target(word, &words[place + 1..]) else { continue };
        found = true;
        match token.strip_prefix('!') {
            Some(spared) => collector.exception(spared),
            None if passes || requires => collector.exception(&token),
            None => collector.indicator(&token, remarks),
        }
    }
    if !found {
        collector.list.report.comments += 1;
    }
}

/// The words of a line up to where its remarks begin, without what stands in quotes.
fn words(line: &str) -> Vec<&str> {
    let code = line.split('#').next().unwrap_or(line);
    // The options of a rule, in which references and patterns may look like addresses.
    let code = code.split_once('(').filter(|(code, _)| code.contains("->")).map_or(code, |(code, _)| code);
    let apart = |c: char| c.is_whitespace() || matches!(c, ',' | ';' | '[' | ']' | '{' | '}' | '(' | ')' | '=');
    let words = code.split('"').step_by(2).flat_map(|part| part.split(apart)).filter(|word| !word.is_empty());
    words.take_while(|word| !ENDS.iter().any(|end| word.eq_ignore_ascii_case(end))).collect()
}

/// The address that a word is, with the mask or the port that may follow; `None` if it is none, or all addresses.
fn target<'a>(word: &'a str, after: &[&str]) -> Option<Cow<'a, str>> {
    let spared = word.strip_prefix('!').unwrap_or(word);
    let read = indicator::read(spared);
    let is_everything = matches!(read, Indicator::Net(net, _) if net.prefix_len() == 0);
    if is_everything || !matches!(read, Indicator::Net(..) | Indicator::Range(..)) || is_mask(spared) {
        return None;
    }
    let Some(next) = after.first().filter(|_| indicator::ip(spared).is_some()) else { return Some(word.into()) };
    match next.split_once(':').filter(|(protocol, _)| matches!(*protocol, "tcp" | "udp")) {
        Some((_, port)) => Some(format!("{word}:{port}").into()),
        None if is_mask(next) => Some(format!("{word}/{next}").into()),
        None => Some(word.into()),
    }
}

/// A netmask (`255.255.0.0`) or the bits that may differ (`0.0.255.255`).
fn is_mask(word: &str) -> bool {
    matches!(indicator::ip(word), Some(IpAddr::V4(v4)) if matches!(v4.octets()[0], 0 | 255))
}
