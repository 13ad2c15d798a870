//! What the Tor project publishes of its relays: the list of exits, and the consensus of its directories.
//!
//! The exit list has four kinds of lines (`ExitNode`, `Published`, `LastStatus`, `ExitAddress address day time`); the
//! consensus (dir-spec, section 3.4.1) has a line `r` for each relay with its address and port, and a line `s` with
//! what it is good for.

use std::net::IpAddr;

use super::collector::{Collector, Remarks};
use super::{Topic, columns, indicator, text};

/// Is it a line of the list of exits?
pub(super) fn is_exit_list(line: &str) -> bool {
    let word = line.split_whitespace().next().unwrap_or_default();
    EXIT_LIST.contains(&word)
}

const EXIT_LIST: [&str; 6] = ["ExitNode", "Published", "LastStatus", "ExitAddress", "@type", "Downloaded"];

/// Does the text begin as a consensus does?
pub(super) fn is_consensus(first: &str) -> bool {
    first.starts_with("network-status-version ") || first.starts_with("@type network-status-consensus")
}

/// Reads the list of exits: addresses from which their traffic was seen to come.
pub(super) fn read_exits(text: &str, collector: &mut Collector<'_>) {
    collector.list.topic = Topic::TorExit;
    text::each_line(text, collector, |line, n, collector| {
        let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        match word {
            "ExitAddress" => {
                let address = rest.split_whitespace().next().unwrap_or_default();
                collector.indicator(address, Remarks { line: n, ..Remarks::default() });
            }
            "LastStatus" | "Published" => {
                collector.list.published = collector.list.published.max(columns::seconds(rest));
                collector.list.report.comments += 1;
            }
            _ if is_exit_list(line) => collector.list.report.comments += 1,
            _ => collector.skip(super::SkipReason::Unrecognised, n, line),
        }
    });
}

/// Reads a consensus. All are relays; those with the flag `Exit` say so in their label.
pub(super) fn read_consensus(text: &str, collector: &mut Collector<'_>) {
    collector.list.topic = Topic::TorRelay;
    let mut relay: Option<(IpAddr, u32)> = None;
    text::each_line(text, collector, |line, n, collector| {
        let mut words = line.split_whitespace();
        match words.next() {
            Some("r") => {
                take(relay.take(), "relay", collector);
                relay = words.nth(5).and_then(indicator::ip).map(|address| (address, n));
            }
            Some("s") => {
                let flags: Vec<&str> = words.collect();
                let is_exit = flags.contains(&"Exit") && !flags.contains(&"BadExit");
                take(relay.take(), if is_exit { "exit" } else { "relay" }, collector);
            }
            Some("valid-after") => {
                let (_, time) = line.split_once(' ').unwrap_or_default();
                collector.list.published = columns::seconds(time);
                collector.list.report.comments += 1;
            }
            _ => collector.list.report.comments += 1,
        }
    });
    take(relay, "relay", collector);
}

fn take(relay: Option<(IpAddr, u32)>, label: &str, collector: &mut Collector<'_>) {
    if let Some((address, line)) = relay {
        collector.net(address.into(), None, Remarks { label: Some(label), line, ..Remarks::default() });
    }
}
