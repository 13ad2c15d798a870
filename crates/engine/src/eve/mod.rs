//! Events as lines of Suricata's EVE JSON: its field names, its types, its order.
//!
//! Source: Suricata 8's EVE JSON format and the expected output of its verification suite.

mod alert;
mod arp;
mod dns;
mod drop;
mod fast;
mod flow;
mod header;
mod json;
mod metadata;
mod netflow;
mod options;
mod stats;
mod stats_names;
mod time;
mod told;

pub(crate) use alert::printable;
pub use dns::{DnsOptions, RecordTypes};
pub use drop::DropOptions;
pub(crate) use header::{community_id_of, file_facts};
pub use json::{JsonLine, push_number};
pub use options::{AlertOptions, EveOptions, LineFormat, TableSet};
pub use stats::{StatsOptions, Tally, stats_line};

use crate::alert::{Alert, Origin};
use crate::event::{DropHeaders, Event, EventSink, FlowFacts, FlowOutcome, PacketFacts};
use crate::files::File;
use crate::tables::transaction_tables;
use applayer::{Transaction, Tree};
use model::packet::{Anomaly, AnomalyLayer, Side, Timestamp};
use std::sync::Arc;

/// Transactions whose place in their flow EVE tells (`tx_id`).
const TABLES_WITH_ID: [&str; 3] = ["http", "smb", "smtp"];

/// A moment as EVE has it.
pub(crate) fn time_text(time: Timestamp) -> String {
    time::TimeText::default().text(time).to_owned()
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
    /// A line that is no JSON.
    text: Vec<u8>,
    /// The capture that is read.
    capture: Arc<str>,
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
            text: Vec::new(),
            capture: "".into(),
            tables,
            written: 0,
            tally: Tally::default(),
        }
    }

    /// Another capture begins.
    pub fn begin_capture(&mut self, name: &Arc<str>) {
        self.capture = name.clone();
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
        let is_of_packet = !is_of_flow && flow.is_none_or(|(flow, _)| origin_of(flow) == Origin::Packet);
        if is_of_packet && frame_number > 0 {
            self.json.number("pcap_cnt", frame_number);
        }
        self.json.plain("event_type", event_type);
    }

    fn end(&mut self, frame_number: u64) {
        if self.options.capture_name {
            self.json.text("pcap_filename", self.capture.as_bytes());
        }
        self.lines.line(frame_number, self.json.end());
        self.written += 1;
    }

    fn transaction(&mut self, now: Timestamp, frame_number: u64, flow: &FlowFacts<'_>, transaction: &dyn Transaction) {
        for number in 0..self.options.dns.events(transaction) {
            self.transaction_event((now, frame_number), flow, transaction, number);
        }
    }

    fn transaction_event(
        &mut self,
        (now, frame_number): (Timestamp, u64),
        flow: &FlowFacts<'_>,
        transaction: &dyn Transaction,
        number: usize,
    ) {
        let dns = self.options.dns;
        let is_changed = dns.changes(transaction);
        // Version 2 of `dns` shows every message as its flow goes.
        let sender = match transaction.table() {
            _ if is_changed && dns.is_version_2 => Side::Client,
            "dnp3" => Side::Client,
            // As the packet goes that is taken in.
            "krb5" | "nfs" | "rdp" | "sip" | "websocket" => {
                flow.packet.map_or(transaction.sender(), |(_, sender)| sender)
            }
            _ => transaction.sender(),
        };
        self.begin(now, frame_number, transaction.table(), Some((flow, sender)));
        self.ends(flow, sender);
        if TABLES_WITH_ID.contains(&transaction.table()) && !matches!(flow.protocol, Some("http2" | "doh2")) {
            self.json.number("tx_id", transaction.id());
        }
        self.json.open_object(transaction.table());
        if let (Some(before), "tls") = (flow.protocol_before, transaction.table()) {
            self.json.plain("from_proto", before);
        }
        match is_changed {
            true => transaction.tell(&mut dns::DnsTree::new(&mut self.json, &dns, (transaction, number))),
            false => transaction.tell(&mut self.json),
        }
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
        if let Some(transaction) = transaction {
            self.json.open_object(transaction.table());
            transaction.tell(&mut self.json);
            self.json.close_object();
            transaction.tell_beside(&mut self.json);
        }
        if let Some(protocol) = flow.protocol {
            self.json.plain("app_proto", protocol);
        }
        let is_unasked = file.name.is_empty() && transaction.is_some_and(|transaction| transaction.table() == "http");
        header::file(&mut self.json, file, if is_unasked { applayer::http1::TARGET_UNSEEN } else { &file.name });
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
        let number = if packet.origin == Origin::Packet { frame_number } else { 0 };
        self.begin(now, number, "anomaly", flow.map(|flow| (flow, side)));
        match flow {
            Some(flow) if sender.is_some() || packet.addresses.is_none() => self.ends(flow, side),
            _ => self.ends_of_packet(&packet),
        }
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
            Some(flow) => header::ends(&mut self.json, flow, alert.sender),
            None => header::packet_ends(&mut self.json, &packet),
        }
        self.json.plain("pkt_src", alert.origin.name());
        self.metadata(flow, &alert.texts);
        if let Some(flow) = flow {
            header::behind_ends(&mut self.json, flow, alert.sender, &self.options);
        }
        alert::body(&mut self.json, &mut self.times, flow, alert, &self.options.alert);
        self.end(frame_number);
    }

    fn drop(
        &mut self,
        (now, frame_number): (Timestamp, u64),
        (flow, sender): (&FlowFacts<'_>, Side),
        why: (&DropHeaders, &str),
        alert: Option<&Alert>,
    ) {
        self.begin(now, frame_number, "drop", Some((flow, sender)));
        self.ends(flow, sender);
        self.json.plain("direction", if sender == Side::Client { "to_server" } else { "to_client" });
        drop::body(&mut self.json, flow, why, alert, &self.options.drop);
        self.end(frame_number);
    }

    fn fast(&mut self, now: Timestamp, frame_number: u64, event: Event<'_>) {
        if let Event::Alert { flow, packet, alert } = event {
            fast::line(&mut self.text, (&mut self.times, now), (flow.as_ref(), packet), alert);
            self.lines.line(frame_number, &self.text);
            self.written += 1;
        }
    }

    /// What brought an event: a packet, or the end of its flow.
    fn origin(&mut self, flow: &FlowFacts<'_>) {
        self.json.plain("pkt_src", origin_of(flow).name());
    }

    fn flow(&mut self, now: Timestamp, frame_number: u64, flow: &FlowFacts<'_>, end: (::flow::EndReason, FlowOutcome)) {
        if self.options.flows {
            self.begin(now, frame_number, "flow", Some((flow, Side::Client)));
            header::ends_of_flow(&mut self.json, flow, Side::Client, true);
            flow::body(&mut self.json, &mut self.times, flow, end);
            self.metadata(Some(flow), &[]);
            header::behind_flow(&mut self.json, flow, Side::Client, &self.options);
            flow::tcp(&mut self.json, flow);
            self.end(frame_number);
        }
    }

    /// One event for each side that sent something.
    fn netflow(&mut self, now: Timestamp, frame_number: u64, flow: &FlowFacts<'_>, outcome: FlowOutcome) {
        if !self.options.netflows {
            return;
        }
        let has_sent = |side: &Side| *side == Side::Client || flow.flow.side(*side).packets > 0;
        for side in Side::BOTH.into_iter().filter(has_sent) {
            self.begin(now, frame_number, "netflow", Some((flow, side)));
            header::ends_of_flow(&mut self.json, flow, side, false);
            netflow::body(&mut self.json, &mut self.times, flow, (side, outcome));
            self.metadata(Some(flow), &[]);
            header::behind_flow(&mut self.json, flow, side, &self.options);
            netflow::tcp(&mut self.json, flow, side);
            self.end(frame_number);
        }
    }

    /// All that stands before what an event of a packet without a flow is about.
    fn ends_of_packet(&mut self, packet: &PacketFacts) {
        header::packet_ends(&mut self.json, packet);
        self.json.plain("pkt_src", packet.origin.name());
        if self.options.macs {
            header::ethernet(&mut self.json, packet, false);
        }
    }

    /// All that stands before what an event is about.
    fn ends(&mut self, flow: &FlowFacts<'_>, sender: Side) {
        header::ends(&mut self.json, flow, sender);
        self.origin(flow);
        self.metadata(Some(flow), &[]);
        header::behind_ends(&mut self.json, flow, sender, &self.options);
    }

    /// What rules remember, where it is wanted.
    fn metadata(&mut self, flow: Option<&FlowFacts<'_>>, texts: &[(Arc<str>, Vec<u8>)]) {
        if self.options.metadata {
            metadata::metadata(&mut self.json, flow.and_then(|flow| flow.values), texts);
        }
    }

    fn wants_transaction(&self, transaction: &dyn Transaction) -> bool {
        self.tables.contains(&transaction.table()) && self.options.dns.admits(transaction)
    }

    fn wants_drop(&self, is_repeated: bool) -> bool {
        self.options.drops && (self.options.drop.every_packet || !is_repeated)
    }

    fn wants(&self, layer: AnomalyLayer) -> bool {
        match layer {
            AnomalyLayer::Decode => self.options.decode_anomalies,
            AnomalyLayer::Stream => self.options.stream_anomalies,
            AnomalyLayer::Application => self.options.application_anomalies,
        }
    }
}

fn origin_of(flow: &FlowFacts<'_>) -> Origin {
    match flow.packet {
        _ if flow.is_over => Origin::Ended,
        Some((packet, _)) => packet.origin,
        None => Origin::Packet,
    }
}

impl<L: LineSink> EventSink for EveWriter<L> {
    fn event(&mut self, now: Timestamp, frame_number: u64, event: Event<'_>) {
        if self.options.stats.is_some() {
            self.tally.count(&event);
        }
        if self.options.format == LineFormat::Fast {
            return self.fast(now, frame_number, event);
        }
        match event {
            Event::Transaction { transaction, .. } if !transaction.is_in_eve() => {}
            Event::Transaction { flow, transaction } if self.wants_transaction(transaction) => {
                self.transaction(now, frame_number, &flow, transaction);
            }
            Event::File { file, transaction: Some(transaction), .. } if !transaction.tells_files_of(file.sender) => {}
            Event::File { flow, file, transaction } if self.options.files => {
                self.file(now, frame_number, &flow, file, transaction);
            }
            Event::Anomaly { flow, packet, sender, anomaly, transaction } if self.wants(anomaly.layer) => {
                self.anomaly((now, frame_number), flow.as_ref(), (packet, sender), anomaly, transaction);
            }
            Event::Alert { flow, packet, alert } if self.options.alerts => {
                self.alert((now, frame_number), flow.as_ref(), packet, alert);
            }
            Event::Tagged { flow, sender } if self.options.alerts && self.options.alert.tagged_packets => {
                self.begin(now, frame_number, "packet", Some((&flow, sender)));
                self.ends(&flow, sender);
                self.end(frame_number);
            }
            Event::Drop { flow, sender, alert, reason, headers, is_repeated } if self.wants_drop(is_repeated) => {
                self.drop((now, frame_number), (&flow, sender), (&headers, reason), alert);
            }
            Event::Arp { arp, packet } if self.options.arp => {
                let number = if packet.origin == Origin::Packet { frame_number } else { 0 };
                self.begin(now, number, "arp", None);
                self.ends_of_packet(&packet);
                arp::body(&mut self.json, &arp);
                self.end(frame_number);
            }
            Event::Flow { flow, .. } if !told::FLOW_PROTOCOLS.contains(&flow.flow.protocol()) => {}
            Event::Flow { flow, reason, outcome } => {
                self.netflow(now, frame_number, &flow, outcome);
                self.flow(now, frame_number, &flow, (reason, outcome));
            }
            _ => {}
        }
    }
}
