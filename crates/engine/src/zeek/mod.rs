//! Events as Zeek's logs: its files, fields and types, as tab-separated text or JSON lines.
//!
//! Source: the headers of Zeek 8's logs. What a log tells is one table of fields each ([`LOGS`]).
//! Where it is not Zeek's: `uid` and `fuid` are made of the flow alone, so that they are the same in every run; `weird.log` has the
//! names that this program has for what is odd; what nothing here knows (such as `mime_type`) is unset.

mod conn;
mod dhcp;
mod field;
mod files;
mod ftp;
mod identifier;
mod leaves;
mod logs;
mod pending;
mod tls;
mod transactions;
mod value;
mod weird;

pub use field::{Field, Log};
pub use logs::LOGS;

use crate::config::Config;
use crate::event::{Event, EventSink, FlowFacts};
use crate::files::Hashes;
use applayer::tls::Certificate;
use dhcp::Leases;
use field::{About, Record};
use flow::Timeouts;
use leaves::Leaves;
use model::packet::Timestamp;
use pending::{Asked, Questions};
use value::Line;

/// Takes the lines of all logs.
pub trait LogSink {
    /// A line with its line feed; the first of a log is its header.
    fn line(&mut self, log: &'static str, line: &[u8]);
}

/// How logs are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// Tab-separated, with header lines.
    #[default]
    Text,
    /// One JSON object a line, without what is unset.
    Json,
}

/// An engine whose flows end when Zeek's connections do: 5 minutes of silence for TCP, one for UDP and ICMP.
pub fn config() -> Config {
    let mut config = Config { hashes: Hashes { md5: true, sha1: true, sha256: false }, ..Config::default() };
    config.flow.tcp_timeouts = Timeouts { new_s: 300, established_s: 300, closed_s: 5 };
    for timeouts in [&mut config.flow.udp_timeouts, &mut config.flow.icmp_timeouts, &mut config.flow.other_timeouts] {
        *timeouts = Timeouts { new_s: 60, established_s: 60, closed_s: 0 };
    }
    config
}

/// Makes the lines of logs of an engine's events.
pub struct ZeekWriter<S> {
    form: Form,
    sink: S,
    /// Which logs have their header.
    begun: Vec<&'static str>,
    questions: Questions,
    leases: Leases,
    sessions: ftp::Sessions,
    leaves: Leaves,
    line: Line,
    last: Timestamp,
}

impl<S: LogSink> ZeekWriter<S> {
    /// A writer into `sink`.
    pub fn new(form: Form, sink: S) -> Self {
        ZeekWriter {
            form,
            sink,
            begun: Vec::new(),
            questions: Questions::default(),
            leases: Leases::default(),
            sessions: ftp::Sessions::default(),
            leaves: Leaves::default(),
            line: Line::default(),
            last: Timestamp(0),
        }
    }

    /// The capture is over: what waited is written, and every log ends.
    pub fn finish(mut self) -> S {
        for line in self.questions.finish() {
            self.put("dns", &line);
        }
        for lease in self.leases.finish() {
            let line = lease.line(&mut self.line, self.form).to_vec();
            self.put("dhcp", &line);
        }
        if self.form == Form::Text {
            let close = format!("#close\t{}\n", value::moment(self.last));
            self.begun.iter().for_each(|log| self.sink.line(log, close.as_bytes()));
        }
        self.sink
    }

    fn put(&mut self, name: &'static str, line: &[u8]) {
        if !self.begun.contains(&name) {
            self.begun.push(name);
            if self.form == Form::Text
                && let Some(log) = LOGS.iter().find(|log| log.name == name)
            {
                self.sink.line(name, value::header(log, self.last).as_bytes());
            }
        }
        self.sink.line(name, line);
    }

    /// A row of a log, as a line.
    fn row(
        &mut self,
        name: &'static str,
        facts: Option<&FlowFacts<'_>>,
        time: Timestamp,
        (about, asked): (About<'_>, Option<Asked>),
    ) -> Vec<u8> {
        let Some(log) = LOGS.iter().find(|log| log.name == name) else { return Vec::new() };
        let ftp = facts.filter(|_| name == "ftp").and_then(|facts| self.sessions.get(facts.id()));
        let record = Record { facts, time, leaves: &self.leaves, about, asked, ftp };
        self.line.begin(self.form);
        for field in log.fields {
            self.line.push(field.name, field.zeek_type, &field.value(&record));
        }
        self.line.end().to_vec()
    }

    fn write(&mut self, name: &'static str, facts: Option<&FlowFacts<'_>>, time: Timestamp, about: About<'_>) {
        let line = self.row(name, facts, time, (about, None));
        self.put(name, &line);
    }

    fn transaction(&mut self, flow: &FlowFacts<'_>, transaction: &dyn applayer::Transaction) {
        let Some(name) = logs::of_table(transaction.table()) else { return };
        self.leaves.take(transaction);
        let about = About::Transaction(transaction.id());
        match name {
            "dns" => self.dns(flow, transaction),
            "dhcp" => {
                if let Some(lease) = self.leases.take(flow, transaction.started(), &self.leaves) {
                    let line = lease.line(&mut self.line, self.form).to_vec();
                    self.put("dhcp", &line);
                }
            }
            "ftp" if !self.sessions.take(flow.id(), &self.leaves) => {}
            "ssl" => {
                self.write("ssl", Some(flow), transaction.started(), about);
                for (place, der) in tls::chain(&self.leaves).iter().enumerate() {
                    if let Ok(certificate) = Certificate::parse(der) {
                        self.write("x509", None, transaction.started(), About::Certificate(&certificate, place));
                    }
                }
            }
            name => self.write(name, Some(flow), transaction.started(), about),
        }
    }

    /// A question waits for its answer; together they are one row.
    fn dns(&mut self, flow: &FlowFacts<'_>, transaction: &dyn applayer::Transaction) {
        let about = About::Transaction(transaction.id());
        if self.leaves.first("type") == Some(b"request") {
            let asked = Asked::of(&self.leaves);
            let line = self.row("dns", Some(flow), transaction.started(), (about, Some(asked)));
            if let Some(oldest) = self.questions.ask(flow.id(), transaction.id(), asked, line) {
                self.put("dns", &oldest);
            }
            return;
        }
        let question = self.leaves.number("timing.request_tx_id");
        let question = question.and_then(|question| self.questions.answered(flow.id(), question));
        let latency_ns = self.leaves.number("timing.latency_ns").and_then(|ns| i64::try_from(ns).ok()).unwrap_or(0);
        let asked = transaction.started().plus_ns(-latency_ns);
        let line = self.row("dns", Some(flow), asked, (about, question));
        self.put("dns", &line);
    }
}

impl<S: LogSink> EventSink for ZeekWriter<S> {
    fn event(&mut self, now: Timestamp, _frame_number: u64, event: Event<'_>) {
        self.last = Timestamp(self.last.0.max(now.0));
        match event {
            Event::Transaction { flow, transaction } if transaction.is_in_tables() => {
                self.transaction(&flow, transaction);
            }
            Event::File { flow, file, .. } => self.write("files", Some(&flow), now, About::File(file)),
            Event::Anomaly { flow, packet, anomaly, .. } => {
                self.write("weird", flow.as_ref(), now, About::Anomaly(packet, anomaly));
            }
            Event::Flow { flow, .. } => {
                for line in self.questions.over(flow.id()) {
                    self.put("dns", &line);
                }
                self.sessions.over(flow.id());
                self.write("conn", Some(&flow), flow.flow.start(), About::Flow);
            }
            Event::Alert { .. }
            | Event::Untold { .. }
            | Event::Transaction { .. }
            | Event::Arp { .. }
            | Event::Drop { .. }
            | Event::Tagged { .. } => {}
        }
    }
}
