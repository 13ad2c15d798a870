//! Events as lines of Suricata's EVE JSON: its field names, its types, its order.
//!
//! Source: Suricata 8's EVE JSON format and the expected output of its verification suite.

mod alert;
mod arp;
mod flow;
mod header;
mod json;
mod netflow;
mod stats;
mod time;

pub(crate) use alert::printable;
pub(crate) use header::{community_id_of, file_facts};
pub use json::{JsonLine, push_number};
pub use stats::{StatsOptions, Tally, stats_line};

use crate::alert::{Alert, Origin};
use crate::event::{Event, EventSink, FlowFacts, FlowOutcome, PacketFacts};
use crate::files::File;
use crate::tables::transaction_tables;
use applayer::{Transaction, Tree};
use model::packet::{Anomaly, AnomalyLayer, Side, Timestamp};

/// A moment as EVE has it.
pub(crate) fn time_text(time: Timestamp) -> String {
    time::TimeText::default().text(time).to_owned()
}

/// What an alert shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlertOptions {
    /// The rule's metadata, and the flow's bits and numbers.
    pub metadata: bool,
    /// The rule's references.
    pub references: bool,
    /// The flow's counters.
    pub flow: bool,
    /// The application's object.
    pub application: bool,
    /// `payload`
    pub payload: bool,
    /// `payload_printable`
    pub payload_printable: bool,
    /// Bytes of the payload at most.
    pub payload_bytes_max: usize,
    /// The frame.
    pub packet: bool,
    /// What became of the packet.
    pub verdict: bool,
}

impl Default for AlertOptions {
    fn default() -> Self {
        AlertOptions::shipped()
    }
}

impl AlertOptions {
    /// As Suricata is shipped.
    pub const fn shipped() -> AlertOptions {
        AlertOptions {
            metadata: true,
            references: false,
            flow: true,
            application: true,
            payload: false,
            payload_printable: false,
            payload_bytes_max: 4 << 10,
            packet: false,
            verdict: false,
        }
    }
}

/// What of EVE is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EveOptions {
    /// `alert` events.
    pub alerts: bool,
    /// What is in them.
    pub alert: AlertOptions,
    /// `arp` events.
    pub arp: bool,
    /// `drop` events.
    pub drops: bool,
    /// `flow` events.
    pub flows: bool,
    /// `netflow` events.
    pub netflows: bool,
    /// A `stats` event at the end, and what is in it. Whoever runs the engines writes it, see [`EveWriter::tally`].
    pub stats: Option<StatsOptions>,
    /// Events of applications, by table.
    pub tables: TableSet,
    /// `fileinfo` events.
    pub files: bool,
    /// `anomaly` events of headers.
    pub decode_anomalies: bool,
    /// `anomaly` events of TCP.
    pub stream_anomalies: bool,
    /// `anomaly` events of applications.
    pub application_anomalies: bool,
    /// `community_id` in every event, with this seed.
    pub community_id_seed: Option<u16>,
    /// MAC addresses (`ether`) in every event.
    pub macs: bool,
    /// Everything that a transaction can tell, headers and certificates one by one.
    pub dumps: bool,
    /// What EVE has no name for: times of a transaction, performance of a flow.
    pub own: bool,
    /// Passwords, where a protocol has them redacted otherwise.
    pub passwords: bool,
}

impl Default for EveOptions {
    /// As Suricata is shipped: everything but ARP, and anomalies of headers and TCP.
    fn default() -> Self {
        EveOptions {
            alerts: true,
            alert: AlertOptions::default(),
            arp: false,
            drops: false,
            flows: true,
            netflows: false,
            stats: None,
            tables: TableSet::all(),
            files: true,
            decode_anomalies: false,
            stream_anomalies: false,
            application_anomalies: true,
            community_id_seed: None,
            macs: false,
            dumps: false,
            own: false,
            passwords: false,
        }
    }
}

/// A set of tables that transactions fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableSet(u64);

impl TableSet {
    /// Every table.
    pub const fn all() -> TableSet {
        TableSet(u64::MAX)
    }

    /// No table.
    pub const fn none() -> TableSet {
        TableSet(0)
    }

    /// Adds a table; a name that is no table's adds nothing.
    pub fn insert(&mut self, name: &str) {
        self.0 |= TableSet::bit(name);
    }

    /// Is this table in it?
    pub fn contains(self, name: &str) -> bool {
        self == TableSet::all() || self.0 & TableSet::bit(name) != 0
    }

    fn bit(name: &str) -> u64 {
        let place = transaction_tables().iter().position(|table| table.name == name);
        place.filter(|place| *place < 64).map_or(0, |place| 1 << place)
    }
}

/// Takes finished lines, each with its line feed.
pub trait LineSink {
    /// A line, and the frame that caused it.
    fn line(&mut self, frame_number: u64, line: &[u8]);
}

impl LineSink for Vec<u8> {
    fn line(&mut self, _frame_number: u64, line: &[u8]) {
        self.extend_from_slice(line);
    }
}

/// Makes lines of events.
pub struct EveWriter<L> {
    options: EveOptions,
    json: JsonLine,
    times: time::TimeText,
    lines: L,
    /// The tables that are written.
    tables: Vec<&'static str>,
    /// Lines written.
    written: u64,
    /// What `stats` tells of events; counted where it is wanted.
    tally: Tally,
}

impl<L: LineSink> EveWriter<L> {
    /// A writer into `lines`.
    pub fn new(options: EveOptions, lines: L) -> Self {
        let json = JsonLine::new(options.dumps, options.own, options.passwords);
        let tables = transaction_tables().into_iter().map(|table| table.name);
        let tables = tables.filter(|name| options.tables.contains(name)).collect();
        EveWriter {
            options,
            json,
            times: time::TimeText::default(),
            lines,
            tables,
            written: 0,
            tally: Tally::default(),
        }
    }

    /// Lines written so far.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// What was counted for `stats`, if that is written.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// The sink of lines.
    pub fn lines_mut(&mut self) -> &mut L {
        &mut self.lines
    }

    fn begin(&mut self, now: Timestamp, frame_number: u64, event_type: &str, flow: Option<(&FlowFacts<'_>, Side)>) {
        self.json.begin();
        self.json.plain("timestamp", self.times.text(now));
        if let Some((flow, _)) = flow {
            self.json.number("flow_id", flow.id());
        }
        let is_of_flow = matches!(event_type, "flow" | "netflow");
        let is_of_packet = !is_of_flow && flow.is_none_or(|(flow, _)| !flow.is_over);
        if is_of_packet && frame_number > 0 {
            self.json.number("pcap_cnt", frame_number);
        }
        self.json.plain("event_type", event_type);
    }

    fn end(&mut self, frame_number: u64) {
        self.lines.line(frame_number, self.json.end());
        self.written += 1;
    }

    fn transaction(&mut self, now: Timestamp, frame_number: u64, flow: &FlowFacts<'_>, transaction: &dyn Transaction) {
        let sender = transaction.sender();
        self.begin(now, frame_number, transaction.table(), Some((flow, sender)));
        self.ends(flow, sender);
        self.origin(Some(flow));
        self.json.number("tx_id", transaction.id());
        if let Some(protocol) = flow.protocol.filter(|protocol| *protocol != transaction.table()) {
            self.json.plain("app_proto", protocol);
        }
        self.json.open_object(transaction.table());
        if let (Some(before), "tls") = (flow.protocol_before, transaction.table()) {
            self.json.plain("from_proto", before);
        }
        transaction.tell(&mut self.json);
        self.json.close_object();
        transaction.tell_beside(&mut self.json);
        self.end(frame_number);
    }

    fn file(
        &mut self,
        now: Timestamp,
        frame_number: u64,
        flow: &FlowFacts<'_>,
        file: &File,
        transaction: Option<&dyn Transaction>,
    ) {
        self.begin(now, frame_number, "fileinfo", Some((flow, file.sender)));
        self.ends(flow, file.sender);
        self.origin(Some(flow));
        if let Some(transaction) = transaction {
            self.json.open_object(transaction.table());
            transaction.tell(&mut self.json);
            self.json.close_object();
            transaction.tell_beside(&mut self.json);
        }
        if let Some(protocol) = flow.protocol {
            self.json.plain("app_proto", protocol);
        }
        header::file(&mut self.json, file);
        self.end(frame_number);
    }

    fn anomaly(
        &mut self,
        (now, frame_number): (Timestamp, u64),
        flow: Option<&FlowFacts<'_>>,
        (packet, sender): (PacketFacts, Option<Side>),
        anomaly: Anomaly,
        transaction: Option<u64>,
    ) {
        let side = sender.unwrap_or(Side::Client);
        self.begin(now, frame_number, "anomaly", flow.map(|flow| (flow, side)));
        match (flow, packet.addresses) {
            (Some(flow), None) => self.ends(flow, side),
            _ => header::packet_ends(&mut self.json, packet),
        }
        self.origin(flow);
        if let Some(id) = transaction {
            self.json.number("tx_id", id);
        }
        header::anomaly(&mut self.json, flow.and_then(|flow| flow.protocol), anomaly);
        self.end(frame_number);
    }

    fn alert(
        &mut self,
        (now, frame_number): (Timestamp, u64),
        flow: Option<&FlowFacts<'_>>,
        packet: PacketFacts,
        alert: &Alert,
    ) {
        // What is looked at when a flow ends is no packet of the capture.
        let packet_number = if alert.origin == Origin::Ended { 0 } else { frame_number };
        self.begin(now, packet_number, "alert", flow.map(|flow| (flow, alert.sender)));
        match flow {
            Some(flow) => self.ends(flow, alert.sender),
            None => header::packet_ends(&mut self.json, packet),
        }
        self.json.plain("pkt_src", alert.origin.name());
        alert::body(&mut self.json, &mut self.times, flow, alert, &self.options.alert);
        self.end(frame_number);
    }

    /// What brought an event: a packet, or the end of its flow.
    fn origin(&mut self, flow: Option<&FlowFacts<'_>>) {
        let origin = if flow.is_some_and(|flow| flow.is_over) { Origin::Ended } else { Origin::Packet };
        self.json.plain("pkt_src", origin.name());
    }

    fn flow(&mut self, now: Timestamp, frame_number: u64, flow: &FlowFacts<'_>, end: (::flow::EndReason, FlowOutcome)) {
        if self.options.flows {
            self.begin(now, frame_number, "flow", Some((flow, Side::Client)));
            header::ends_of_flow(&mut self.json, flow, Side::Client, &self.options);
            flow::body(&mut self.json, &mut self.times, flow, end);
            self.end(frame_number);
        }
    }

    /// One event for each side that sent something.
    fn netflow(&mut self, now: Timestamp, frame_number: u64, flow: &FlowFacts<'_>) {
        if !self.options.netflows {
            return;
        }
        let has_sent = |side: &Side| *side == Side::Client || flow.flow.side(*side).packets > 0;
        for side in Side::BOTH.into_iter().filter(has_sent) {
            self.begin(now, frame_number, "netflow", Some((flow, side)));
            header::ends_of_flow(&mut self.json, flow, side, &self.options);
            netflow::body(&mut self.json, &mut self.times, flow, side);
            self.end(frame_number);
        }
    }

    fn ends(&mut self, flow: &FlowFacts<'_>, sender: Side) {
        header::ends(&mut self.json, flow, sender, &self.options);
    }

    fn wants(&self, layer: AnomalyLayer) -> bool {
        match layer {
            AnomalyLayer::Decode => self.options.decode_anomalies,
            AnomalyLayer::Stream => self.options.stream_anomalies,
            AnomalyLayer::Application => self.options.application_anomalies,
        }
    }
}

impl<L: LineSink> EventSink for EveWriter<L> {
    fn event(&mut self, now: Timestamp, frame_number: u64, event: Event<'_>) {
        if self.options.stats.is_some() {
            self.tally.count(&event);
        }
        match event {
            Event::Transaction { transaction, .. } if !transaction.is_in_eve() => {}
            Event::Transaction { flow, transaction } if self.tables.contains(&transaction.table()) => {
                self.transaction(now, frame_number, &flow, transaction);
            }
            Event::File { flow, file, transaction } if self.options.files => {
                self.file(now, frame_number, &flow, file, transaction);
            }
            Event::Anomaly { flow, packet, sender, anomaly, transaction } if self.wants(anomaly.layer) => {
                self.anomaly((now, frame_number), flow.as_ref(), (packet, sender), anomaly, transaction);
            }
            Event::Alert { flow, packet, alert } if self.options.alerts => {
                self.alert((now, frame_number), flow.as_ref(), packet, alert);
            }
            Event::Tagged { flow, sender } if self.options.alerts => {
                self.begin(now, frame_number, "packet", Some((&flow, sender)));
                self.ends(&flow, sender);
                self.end(frame_number);
            }
            Event::Drop { flow, sender, alert, reason } if self.options.drops => {
                self.begin(now, frame_number, "drop", Some((&flow, sender)));
                self.ends(&flow, sender);
                self.json.open_object("drop");
                self.json.plain("reason", reason);
                self.json.close_object();
                if let Some(alert) = alert {
                    alert::about(&mut self.json, Some(&flow), alert, &self.options.alert);
                }
                self.end(frame_number);
            }
            Event::Arp { arp } if self.options.arp => {
                self.begin(now, frame_number, "arp", None);
                self.origin(None);
                arp::body(&mut self.json, &arp);
                self.end(frame_number);
            }
            Event::Flow { flow, reason, outcome } => {
                self.netflow(now, frame_number, &flow);
                self.flow(now, frame_number, &flow, (reason, outcome));
            }
            _ => {}
        }
    }
}
