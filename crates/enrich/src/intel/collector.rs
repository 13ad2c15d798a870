//! Where every reader puts what it finds: one place for hygiene, duplicates, limits and counts.

use std::net::IpAddr;
use std::sync::Arc;

use hashbrown::HashSet;
use ipnet::{IpNet, Ipv4Subnets, Ipv6Subnets};

use super::hygiene::{Verdict, WIDEST_V4, WIDEST_V6, judge};
use super::indicator::{self, Indicator};
use super::{Entry, Limits, List, ListFormat, LoadReport, Role, SkipReason, Tier, Topic};

/// What a list says beside an indicator.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Remarks<'a> {
    pub(super) port: Option<u16>,
    pub(super) label: Option<&'a str>,
    pub(super) score: Option<u32>,
    pub(super) valid_until: Option<i64>,
    pub(super) line: u32,
}

/// A list being filled.
pub(super) struct Collector<'a> {
    pub(super) list: List,
    pub(super) limits: &'a Limits,
    seen: HashSet<(IpNet, u16)>,
    exceptions: Vec<IpNet>,
    labels: HashSet<Arc<str>>,
}

/// What publishers call the kind of an indicator that is an address.
const KINDS: [&str; 12] = [
    "address",
    "cidr",
    "ip",
    "ip:port",
    "ip-dst",
    "ip-src",
    "ipv4",
    "ipv4-addr",
    "ipv6",
    "ipv6-addr",
    "Intel::ADDR",
    "Intel::SUBNET",
];

/// A network without the exceptions, which are sorted and disjoint.
fn without(net: IpNet, exceptions: &[IpNet]) -> Vec<IpNet> {
    let after = exceptions.partition_point(|except| except.network() <= net.network());
    if after.checked_sub(1).is_some_and(|before| exceptions[before].contains(&net)) {
        return Vec::new();
    }
    let inside = exceptions.partition_point(|except| except.network() < net.network());
    if exceptions.get(inside).is_none_or(|except| !net.contains(except)) {
        return vec![net];
    }
    let Ok(halves) = net.subnets(net.prefix_len() + 1) else { return vec![net] };
    halves.flat_map(|half| without(half, exceptions)).collect()
}

/// Sorted, and without those that others hold.
fn disjoint(mut nets: Vec<IpNet>) -> Vec<IpNet> {
    nets.sort_unstable_by_key(|net| (net.network(), net.prefix_len()));
    nets.dedup_by(|inner, outer| outer.contains(&*inner));
    nets
}

/// As wide as a prefix that would be too wide.
fn too_wide(from: IpAddr, to: IpAddr) -> bool {
    match (from, to) {
        (IpAddr::V4(from), IpAddr::V4(to)) => (to.to_bits() - from.to_bits()) >> (32 - WIDEST_V4) > 0,
        (IpAddr::V6(from), IpAddr::V6(to)) => (to.to_bits() - from.to_bits()) >> (128 - WIDEST_V6) > 0,
        _ => true,
    }
}

impl<'a> Collector<'a> {
    pub(super) fn new(name: &str, limits: &'a Limits) -> Collector<'a> {
        let list = List {
            name: name.to_owned(),
            title: None,
            published: None,
            format: ListFormat::Empty,
            role: Role::Match,
            tier: Tier::Medium,
            topic: Topic::Unknown,
            entries: Vec::new(),
            asns: Vec::new(),
            report: LoadReport::default(),
        };
        Collector { list, limits, seen: HashSet::new(), exceptions: Vec::new(), labels: HashSet::new() }
    }

    pub(super) fn finish(mut self) -> List {
        self.except();
        self.list.entries.shrink_to_fit();
        self.list.report.entries = self.list.entries.len() as u64;
        self.list
    }

    /// Takes one indicator, whatever it is.
    pub(super) fn indicator(&mut self, token: &str, remarks: Remarks<'_>) {
        let report = &mut self.list.report;
        match indicator::read(token) {
            Indicator::Net(net, port) => self.net(net, port, remarks),
            Indicator::Range(from, to) => self.range(from, to, remarks),
            Indicator::Domain => report.domains += 1,
            Indicator::Url => report.urls += 1,
            Indicator::Hash => report.hashes += 1,
            Indicator::Email | Indicator::Other => report.others += 1,
            Indicator::Asn(asn) => self.asn(asn),
            Indicator::BadAddress => self.skip(SkipReason::BadAddress, remarks.line, token),
            Indicator::Unknown => self.skip(SkipReason::Unrecognised, remarks.line, token),
        }
    }

    /// Takes an address or prefix; with `only_port` only that port matches.
    pub(super) fn net(&mut self, net: IpNet, only_port: Option<u16>, remarks: Remarks<'_>) {
        let report = &mut self.list.report;
        report.addresses += 1;
        let net = net.trunc();
        // A warning list says what is special; a block list must not match it.
        let warning = self.list.format == ListFormat::MispWarningList;
        let verdict = if warning { Verdict::Match } else { judge(net) };
        let counter = match verdict {
            Verdict::Special => &mut report.private_or_special,
            Verdict::PublicDns => &mut report.public_dns,
            Verdict::TooWide => &mut report.too_wide,
            Verdict::Match if self.list.entries.len() >= self.limits.entries_max => &mut report.entries_over_limit,
            Verdict::Match if !self.seen.insert((net, only_port.unwrap_or(0))) => &mut report.duplicates,
            Verdict::Match => return self.push(net, only_port, remarks),
        };
        *counter += 1;
        if verdict != Verdict::Match && report.not_matched.len() < self.limits.examples_max {
            report.not_matched.push((remarks.line, net.to_string()));
        }
    }

    /// Takes all addresses from one to another, as the fewest prefixes.
    pub(super) fn range(&mut self, from: IpAddr, to: IpAddr, remarks: Remarks<'_>) {
        if from > to || from.is_ipv4() != to.is_ipv4() {
            return self.skip(SkipReason::BadRange, remarks.line, &format!("{from}-{to}"));
        }
        if too_wide(from, to) {
            self.list.report.addresses += 1;
            self.list.report.too_wide += 1;
            return;
        }
        let most = self.limits.range_prefixes_max + 1;
        let nets: Vec<IpNet> = match (from, to) {
            (IpAddr::V4(from), IpAddr::V4(to)) => Ipv4Subnets::new(from, to, 0).map(IpNet::V4).take(most).collect(),
            (IpAddr::V6(from), IpAddr::V6(to)) => Ipv6Subnets::new(from, to, 0).map(IpNet::V6).take(most).collect(),
            _ => return,
        };
        if nets.len() == most {
            return self.skip(SkipReason::RangeTooWide, remarks.line, &format!("{from}-{to}"));
        }
        nets.into_iter().for_each(|net| self.net(net, None, remarks));
    }

    /// Takes what the list says is not meant, though a network of it may hold it: `!1.2.3.4`, `allow`, `nomatch`.
    pub(super) fn exception(&mut self, token: &str) {
        self.list.report.withdrawn += 1;
        if let Indicator::Net(net, None) = indicator::read(token)
            && self.exceptions.len() < self.limits.exceptions_max
        {
            self.exceptions.push(net.trunc());
        }
    }

    /// Takes the exceptions out of the entries that hold them.
    fn except(&mut self) {
        if self.exceptions.is_empty() {
            return;
        }
        let exceptions = disjoint(std::mem::take(&mut self.exceptions));
        let entries = std::mem::take(&mut self.list.entries).into_iter();
        let before = entries.len();
        let whole_or_cut = entries.flat_map(|entry| {
            let pieces = without(entry.prefix, &exceptions);
            pieces.into_iter().map(move |prefix| Entry { prefix, ..entry.clone() })
        });
        self.list.entries = whole_or_cut.take(self.limits.entries_max).collect();
        // A network in pieces counts once for each of them, as a range does.
        self.list.report.addresses += self.list.entries.len() as u64;
        self.list.report.addresses = self.list.report.addresses.saturating_sub(before as u64);
    }

    pub(super) fn asn(&mut self, asn: u32) {
        self.list.report.asns += 1;
        if self.list.asns.len() < self.limits.entries_max {
            self.list.asns.push(asn);
        }
    }

    pub(super) fn skip(&mut self, reason: SkipReason, line: u32, example: &str) {
        self.list.report.skip(reason, line, example, self.limits.examples_max);
    }

    fn push(&mut self, net: IpNet, only_port: Option<u16>, remarks: Remarks<'_>) {
        // A label of digits is a number of the publisher's own; that it is an address is no news.
        let label = remarks.label.map(str::trim).filter(|label| label.contains(char::is_alphabetic));
        let label = label.filter(|label| !KINDS.iter().any(|kind| label.eq_ignore_ascii_case(kind)));
        let label = label.map(|label| self.label(label));
        self.list.entries.push(Entry {
            prefix: net,
            port: only_port.or(remarks.port).filter(|&port| port != 0),
            port_only: only_port.is_some(),
            label,
            score: remarks.score,
            valid_until: remarks.valid_until,
            line: remarks.line,
        });
    }

    /// One copy of each label: lists repeat them thousands of times.
    fn label(&mut self, text: &str) -> Arc<str> {
        let text = &text[..text.floor_char_boundary(self.limits.label_bytes_max)];
        if let Some(label) = self.labels.get(text) {
            return label.clone();
        }
        let label: Arc<str> = text.into();
        self.labels.insert(label.clone());
        label
    }
}
