//! The `stats` event: what was counted, by Suricata's names. One line at the end of a run.

use super::flow::application;
use super::json::JsonLine;
use super::stats_names::{ALWAYS, ALWAYS_OF_IPS, ALWAYS_OF_RULES};
use super::time::TimeText;
use super::told;
use crate::counters::{Counters, HEADERS, Header};
use crate::event::{Event, FlowFacts, FlowOutcome};
use crate::exception::ExceptionPolicy;
use applayer::Tree;
use applayer::named::is_ours_alone;
use flow::tcp::TcpState;
use model::packet::{AnomalyLayer, Timestamp};
use std::collections::BTreeMap;

/// What a `stats` event is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatsOptions {
    /// Counters that are zero are written too.
    pub zeros: bool,
    /// Rules that were loaded, refused and skipped; `None` where no rules are run.
    pub rules: Option<[u64; 3]>,
    /// Packets could be thrown away: `ips` is written.
    pub is_inline: bool,
}

/// Protocols that Suricata counts for TCP and UDP apart.
const BOTH_TRANSPORTS: &[&str] = &["dcerpc", "dns", "enip", "failed", "krb5", "ldap", "nfs", "sip"];

/// The gap that a stream leaves, by the name of its anomaly.
const GAP: &str = "reassembly_seq_gap";

/// Counts events by the dotted name that `stats` has for them. Names come from tables of ours, so that there are few.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    names: BTreeMap<String, u64>,
    /// Flows and transactions by group, application and transport. There may be millions: their names are made at the end.
    applications: BTreeMap<(&'static str, &'static str, u8), u64>,
    flows: FlowTally,
}

/// Counts flows by what they were and how they ended. There may be millions: no name is looked up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct FlowTally {
    protocols: [u64; told::FLOW_PROTOCOLS.len()],
    states: [u64; STATES.len()],
    tcp_states: [u64; TCP_STATES.len()],
}

/// Where a flow stands when it ends, and the counter of it. One that has no connection in Suricata has no state of TCP.
const STATES: [(&str, &str); 3] =
    [("new", "flow.end.state.new"), ("established", "flow.end.state.established"), ("closed", "flow.end.state.closed")];
const TCP_STATES: [(TcpState, &str); 10] = [
    (TcpState::SynSent, "flow.end.tcp_state.syn_sent"),
    (TcpState::SynReceived, "flow.end.tcp_state.syn_recv"),
    (TcpState::Established, "flow.end.tcp_state.established"),
    (TcpState::FinWait1, "flow.end.tcp_state.fin_wait1"),
    (TcpState::FinWait2, "flow.end.tcp_state.fin_wait2"),
    (TcpState::CloseWait, "flow.end.tcp_state.close_wait"),
    (TcpState::Closing, "flow.end.tcp_state.closing"),
    (TcpState::LastAck, "flow.end.tcp_state.last_ack"),
    (TcpState::TimeWait, "flow.end.tcp_state.time_wait"),
    (TcpState::Closed, "flow.end.tcp_state.closed"),
];

impl FlowTally {
    /// Counts a flow, if it is one in Suricata.
    fn count(&mut self, flow: &flow::Flow, is_bypassed: bool) -> bool {
        let protocol = told::FLOW_PROTOCOLS.iter().position(|known| *known == flow.protocol());
        let Some(protocol) = protocol else { return false };
        self.protocols[protocol] += 1;
        let state = STATES.iter().position(|(name, _)| *name == flow.state.name());
        if let Some(state) = state.filter(|_| !is_bypassed) {
            self.states[state] += 1;
        }
        let state = flow.tcp_state().and_then(|state| TCP_STATES.iter().position(|(known, _)| *known == state));
        if let Some(state) = state {
            self.tcp_states[state] += 1;
        }
        true
    }

    fn plus(self, other: FlowTally) -> FlowTally {
        FlowTally {
            protocols: std::array::from_fn(|place| self.protocols[place] + other.protocols[place]),
            states: std::array::from_fn(|place| self.states[place] + other.states[place]),
            tcp_states: std::array::from_fn(|place| self.tcp_states[place] + other.tcp_states[place]),
        }
    }

    /// All counters by their names.
    fn named(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let total = self.protocols.iter().sum();
        let bypassed = total - self.states.iter().sum::<u64>();
        let sessions = self.tcp_states.iter().sum();
        let protocols = told::FLOW_PROTOCOLS.iter().zip(self.protocols);
        [("flow.total", total), ("flow.end.state.local_bypassed", bypassed), ("tcp.sessions", sessions)]
            .into_iter()
            .chain(protocols.filter_map(|(protocol, count)| Some((told::flow_counter(*protocol)?, count))))
            .chain(STATES.iter().zip(self.states).map(|((_, name), count)| (*name, count)))
            .chain(TCP_STATES.iter().zip(self.tcp_states).map(|((_, name), count)| (*name, count)))
    }
}

impl Tally {
    fn add(&mut self, name: &str, count: u64) {
        match self.names.get_mut(name) {
            Some(counter) => *counter += count,
            None => {
                self.names.insert(name.to_owned(), count);
            }
        }
    }

    /// Counts an event.
    pub(crate) fn count(&mut self, event: &Event<'_>) {
        match event {
            Event::Transaction { flow, transaction } => {
                let application = flow.protocol.unwrap_or(transaction.table());
                if transaction.is_in_eve() && application != "imap" && !is_ours_alone(application) {
                    self.count_application("app_layer.tx", application, flow.flow.protocol());
                }
            }
            Event::Anomaly { anomaly, .. } => match anomaly.layer {
                AnomalyLayer::Decode => self.add(&format!("decoder.event.{}", anomaly.name), 1),
                AnomalyLayer::Stream => {
                    self.add(&format!("stream.{}", anomaly.name), 1);
                    self.add("tcp.reassembly_gap", u64::from(anomaly.name == GAP));
                }
                AnomalyLayer::Application => {}
            },
            Event::Alert { .. } => self.add("detect.alert", 1),
            Event::Drop { reason, .. } => {
                self.add("ips.blocked", 1);
                self.add(&format!("ips.drop_reason.{}", reason.replace(' ', "_")), 1);
            }
            Event::Flow { flow, outcome, .. } => self.count_flow(flow, *outcome),
            Event::Untold { over_limit, suppressed } => {
                self.add("detect.alert_queue_overflow", *over_limit);
                self.add("detect.alerts_suppressed", *suppressed);
            }
            Event::Arp { .. } | Event::File { .. } | Event::Tagged { .. } => {}
        }
    }

    fn count_flow(&mut self, facts: &FlowFacts<'_>, outcome: FlowOutcome) {
        if !self.flows.count(facts.flow, outcome.is_bypassed) {
            return;
        }
        if let Some(policy) = outcome.midstream.filter(|policy| *policy != ExceptionPolicy::Ignore) {
            self.add(&format!("exception_policy.tcp.midstream.{}", policy.name()), 1);
        }
        if let Some(application) = application(facts) {
            self.count_application("app_layer.flow", application, facts.flow.protocol());
        }
    }

    fn count_application(&mut self, group: &'static str, application: &'static str, protocol: u8) {
        *self.applications.entry((group, application, protocol)).or_default() += 1;
    }

    /// What two tallies have counted together.
    #[must_use]
    pub fn plus(mut self, other: &Tally) -> Tally {
        other.names.iter().for_each(|(name, count)| self.add(name, *count));
        for (application, count) in &other.applications {
            *self.applications.entry(*application).or_default() += count;
        }
        self.flows = self.flows.plus(other.flows);
        self
    }
}

fn protocol_name(application: &str, protocol: u8) -> String {
    match protocol {
        6 if BOTH_TRANSPORTS.contains(&application) => format!("{application}_tcp"),
        17 if BOTH_TRANSPORTS.contains(&application) => format!("{application}_udp"),
        _ => application.to_owned(),
    }
}

/// The line of a run that ended at `now`.
pub fn stats_line(now: Timestamp, counters: &Counters, tally: &Tally, options: &StatsOptions) -> Vec<u8> {
    let mut all = tally.clone();
    all.add_counters(counters);
    tally.flows.named().for_each(|(name, count)| all.add(name, count));
    for ((group, application, protocol), count) in &tally.applications {
        all.add(&format!("{group}.{}", protocol_name(application, *protocol)), *count);
    }
    let rules: &[&str] = if options.rules.is_some() { ALWAYS_OF_RULES } else { &[] };
    let inline: &[&str] = if options.is_inline { ALWAYS_OF_IPS } else { &[] };
    for (group, names) in ALWAYS {
        names.split(' ').for_each(|name| all.add(&format!("{group}.{name}"), 0));
    }
    rules.iter().chain(inline).for_each(|name| all.add(name, 0));
    if options.is_inline {
        let blocked = all.names.get("ips.blocked").copied().unwrap_or(0);
        all.add("ips.accepted", counters.frames.saturating_sub(blocked));
    }
    if !options.zeros {
        all.names.retain(|_, count| *count > 0);
    }
    write_line(now, &all, options)
}

fn write_line(now: Timestamp, all: &Tally, options: &StatsOptions) -> Vec<u8> {
    let mut json = JsonLine::default();
    json.begin();
    json.plain("timestamp", TimeText::default().text(now));
    json.plain("event_type", "stats");
    json.open_object("stats");
    let mut open: Vec<&str> = Vec::new();
    let mut rules = options.rules;
    for (name, count) in &all.names {
        let (path, leaf) = name.rsplit_once('.').unwrap_or(("", name));
        let path: Vec<&str> = path.split('.').filter(|step| !step.is_empty()).collect();
        move_to(&mut json, &mut open, &path);
        json.number_named(leaf, *count);
        if path == ["detect"]
            && let Some(counts) = rules.take()
        {
            write_rules(&mut json, counts);
        }
    }
    move_to(&mut json, &mut open, &[]);
    if let Some(counts) = rules {
        json.open_object("detect");
        write_rules(&mut json, counts);
        json.close_object();
    }
    json.close_object();
    json.end().to_vec()
}

/// Closes and opens objects until `path` is open.
fn move_to<'a>(json: &mut JsonLine, open: &mut Vec<&'a str>, path: &[&'a str]) {
    let shared = open.iter().zip(path).take_while(|(open, wanted)| open == wanted).count();
    open.drain(shared..).for_each(|_| json.close_object());
    for step in &path[shared..] {
        json.open_object_named(step);
        open.push(step);
    }
}

fn write_rules(json: &mut JsonLine, [loaded, failed, skipped]: [u64; 3]) {
    json.open_list("engines");
    json.open_object("");
    json.number("id", 0);
    json.number("rules_loaded", loaded);
    json.number("rules_failed", failed);
    json.number("rules_skipped", skipped);
    json.close_object();
    json.close_list();
}

impl Tally {
    fn add_counters(&mut self, counters: &Counters) {
        let average = counters.captured_bytes.checked_div(counters.frames).unwrap_or(0);
        for (name, count) in [
            ("decoder.pkts", counters.frames),
            ("decoder.bytes", counters.captured_bytes),
            ("decoder.avg_pkt_size", average),
            ("decoder.max_pkt_size", counters.captured_bytes_max),
            ("decoder.ipv4", counters.ipv4),
            ("decoder.ipv6", counters.ipv6),
            ("decoder.tcp", counters.tcp),
            ("decoder.udp", counters.udp),
            ("decoder.icmpv4", counters.icmp),
            ("decoder.icmpv6", counters.icmp_v6),
            ("decoder.sctp", counters.sctp),
            ("decoder.invalid", counters.malformed),
            ("decoder.ipv4_in_ipv4", counters.ipv4_in_ipv4),
            ("decoder.ipv6_in_ipv4", counters.ipv6_in_ipv4),
            ("defrag.ipv4.fragments", counters.fragments - counters.header(Header::FragmentOfSix)),
            ("defrag.ipv4.reassembled", counters.reassembled - counters.header(Header::ReassembledOfSix)),
        ] {
            self.add(name, count);
        }
        HEADERS.iter().zip(counters.headers).for_each(|(name, count)| self.add(name, count));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(counts: &[(&str, u64)], options: StatsOptions, expected: &str) {
        let mut tally = Tally::default();
        counts.iter().for_each(|(name, count)| tally.add(name, *count));
        let line = stats_line(Timestamp(0), &Counters::default(), &tally, &options);
        let line = String::from_utf8(line).expect("text");
        let (_, stats) = line.split_once("\"stats\":").filter(|(_, stats)| stats.starts_with('{')).expect("stats");
        assert_eq!(stats, format!("{expected}}}\n"));
    }

    #[test]
    fn what_was_not_seen_is_zero() {
        let options = StatsOptions { zeros: true, rules: None, is_inline: false };
        let line = stats_line(Timestamp(0), &Counters::default(), &Tally::default(), &options);
        let line = String::from_utf8(line).expect("text");
        for expected in [r#""sctp":{"pkt_too_small":0}"#, r#""tcp_state":{"close_wait":0,"#, r#""ftp-data":0"#] {
            assert!(line.contains(expected), "{expected}: {line}");
        }
        assert!(!line.contains("exception_policy") && !line.contains("ips"), "{line}");
    }

    #[test]
    fn dotted_names_become_objects() {
        let options = StatsOptions { zeros: false, rules: None, is_inline: false };
        check(&[], options, "{}");
        check(
            &[("a.b.c", 1), ("a.b.d", 2), ("a.e", 3), ("f", 4), ("g.h", 0)],
            options,
            r#"{"a":{"b":{"c":1,"d":2},"e":3},"f":4}"#,
        );
        let with_rules = StatsOptions { rules: Some([5, 1, 0]), ..options };
        let engines = r#""engines":[{"id":0,"rules_loaded":5,"rules_failed":1,"rules_skipped":0}]"#;
        check(&[], with_rules, &format!(r#"{{"detect":{{{engines}}}}}"#));
        check(&[("detect.alert", 2)], with_rules, &format!(r#"{{"detect":{{"alert":2,{engines}}}}}"#));
    }
}
