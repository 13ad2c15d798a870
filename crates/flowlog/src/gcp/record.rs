//! From a log entry to a row.

use super::entry::{Entry, Scalar as S, has_column};
use super::value::{duration, integer, milliseconds, passes, set_address, time};
use super::wants::{
    GKE_CLUSTER, GKE_POD, GKE_SERVICE, GKE_WORKLOAD, INSTANCE, LOCATION, Members, SERVICE, VPC,
    VPC_INSTEAD_OF_INSTANCE, Wants,
};
use crate::filter::Filter;
use crate::format::{DecodeOptions, Limits, Origin};
use crate::health::excerpt;
use crate::json::flatten::flatten;
use crate::json::trail::Trail;
use crate::json::{Place, Read, Reader, Records, Text, Value, base64, member};
use model::vocabulary::{BytesSemantics, CounterKind, Direction, HealthKind, Vantage, Verdict};
use model::{FlowField as F, Projection};
use table::{FlowColumns, Tables};

/// Reads entries.
pub(crate) struct GcpRecords {
    origin: Origin,
    filters: Vec<Filter>,
    limits: Limits,
    wanted: Option<Projection<F>>,
    wants: Wants,
    trail: Trail,
    scratch: String,
}

/// Protocols with ports: TCP, UDP, DCCP, SCTP, UDP-Lite.
const PORTED: &[i64] = &[6, 17, 33, 132, 136];

impl Records for GcpRecords {
    fn wrappers(&self) -> &'static [&'static str] {
        &["entries", "receivedMessages", "messages"]
    }

    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn record(&mut self, bytes: &[u8], place: Place, out: &mut Tables) -> Read<usize> {
        if self.wanted.as_ref() != Some(out.flows.projection()) {
            self.wanted = Some(*out.flows.projection());
            // What a column cannot hold goes to `ext`, so `ext` is only whole if every column is looked at.
            let everything = Projection::all();
            self.wants = Wants::of(if out.flows.wants(F::Ext) { &everything } else { out.flows.projection() });
        }
        let mut entry = Entry::default();
        if self.wants.only_scalars() {
            if let Some(length) = entry.follow(&mut self.trail, bytes) {
                self.flow(&entry, &bytes[..length], None, place, out);
                return Ok(length);
            }
            entry = Entry::default();
        }
        let mut reader = Reader::new(bytes);
        entry.read(&mut reader)?;
        let bytes = &bytes[..reader.at()];
        if entry.is_flow() {
            if self.wants.only_scalars() {
                entry.teach(&mut self.trail, bytes);
            }
            self.flow(&entry, bytes, None, place, out);
        } else if let Some(data) = message_data(&entry) {
            self.message(data, bytes, place, out);
        } else {
            self.other_record(&entry, bytes, place, out);
        }
        Ok(bytes.len())
    }
}

/// The base64 text of a Pub/Sub message, if it is one.
fn message_data<'a>(entry: &Entry<'a>) -> Option<&'a [u8]> {
    let data = match entry.message {
        Some(Value::Object(message)) => member(message, b"data"),
        _ => entry.data.filter(|_| entry.get(S::LogName).is_none()),
    };
    match data? {
        Value::Text(text) => Some(text.raw),
        _ => None,
    }
}

impl GcpRecords {
    /// A reader at the beginning of an object.
    pub(crate) fn new(options: &DecodeOptions) -> GcpRecords {
        GcpRecords::with_trail(options, Trail::new())
    }

    /// The same, with something known of the records already.
    pub(crate) fn with_trail(options: &DecodeOptions, trail: Trail) -> GcpRecords {
        GcpRecords {
            origin: Origin { provider: "gcp", source_kind: "gcp_vpc", object: options.object.clone() },
            filters: options.filters.clone(),
            limits: options.limits,
            wanted: None,
            wants: Wants::default(),
            trail,
            scratch: String::new(),
        }
    }

    fn other_record(&mut self, entry: &Entry<'_>, bytes: &[u8], place: Place, out: &mut Tables) {
        let detail = match entry.get(S::LogName) {
            Some(name) => format!("an entry of {}: no VPC flow log", excerpt(name.raw())),
            None => format!("no log entry: {}", excerpt(bytes)),
        };
        place.note(HealthKind::OtherRecord, &detail, &self.origin, out);
    }

    /// An entry in a Pub/Sub message.
    fn message(&mut self, data: &[u8], envelope: &[u8], place: Place, out: &mut Tables) {
        let Some(inner) = base64::decode(data) else {
            let detail = format!("a message whose data is not base64: {}", excerpt(data));
            return place.note(HealthKind::ParseError, &detail, &self.origin, out);
        };
        let mut entry = Entry::default();
        match entry.read(&mut Reader::new(&inner)) {
            Ok(()) if entry.is_flow() => self.flow(&entry, &inner, Some(envelope), place, out),
            Ok(()) => self.other_record(&entry, &inner, place, out),
            Err(_) => {
                let detail = format!("a message whose data is malformed JSON: {}", excerpt(&inner));
                place.note(HealthKind::ParseError, &detail, &self.origin, out);
            }
        }
    }

    fn flow(&mut self, entry: &Entry<'_>, bytes: &[u8], envelope: Option<&[u8]>, place: Place, out: &mut Tables) {
        if !self.filters.is_empty() && !passes(entry, &self.filters) {
            return;
        }
        let mut row = Row { scratch: std::mem::take(&mut self.scratch), bad: Vec::new() };
        row.connection(entry, &self.wants, &mut out.flows);
        row.counters_and_times(entry, &self.wants, &mut out.flows);
        row.sides(entry, &self.wants, &mut out.flows);
        if self.wants.verdict {
            row.verdict(entry, &mut out.flows);
        }
        if self.wants.reporter {
            reporter(entry, &mut row, &mut out.flows);
        }
        if self.wants.details {
            row.details(entry, &mut out.flows);
        }
        if self.wants.constants {
            self.constants(&mut out.flows);
        }
        let flows = &mut out.flows;
        if flows.wants(F::RecordNo) {
            flows.set_int64(F::RecordNo, place.record_no as i64);
        }
        if flows.wants(F::SrcOffset) {
            flows.set_int64(F::SrcOffset, place.offset as i64);
        }
        if flows.wants(F::Ext) {
            self.ext(bytes, "", flows);
            if let Some(envelope) = envelope {
                self.ext(envelope, "pubsub", flows);
            }
        }
        for (name, value) in &row.bad {
            flows.insert(F::Ext, name, &String::from_utf8_lossy(value.raw()));
        }
        flows.end_row();
        for (name, value) in &row.bad {
            let detail = format!("{name} is {}; the record was kept without it", excerpt(value.raw()));
            place.note(HealthKind::FieldError, &detail, &self.origin, out);
        }
        self.scratch = row.scratch;
    }

    fn constants(&self, flows: &mut FlowColumns) {
        let constants = [
            (F::Provider, "gcp"),
            (F::SourceKind, "gcp_vpc"),
            (F::BytesSemantics, BytesSemantics::L4Payload.name()),
            (F::CounterKind, CounterKind::SampleScaled.name()),
            (F::SrcObject, &*self.origin.object),
        ];
        for (field, text) in constants {
            flows.set_text(field, text);
        }
    }

    /// Everything that has no column of its own, under its dotted path without `jsonPayload`.
    fn ext(&self, bytes: &[u8], root: &str, flows: &mut FlowColumns) {
        let (mut path, mut scratch) = (root.to_owned(), String::new());
        let mut visit = |path: &str, text: Text<'_>| {
            let path = path.strip_prefix("jsonPayload.").unwrap_or(path);
            if !has_column(path) && !matches!(path, "pubsub.data" | "pubsub.message.data") {
                flows.insert(F::Ext, path, text.decode(&mut scratch));
            }
        };
        // The entry was walked before: it cannot be malformed where it was read.
        let _ = flatten(Value::Object(bytes), &mut path, self.limits.json_depth_max, &mut visit);
    }
}

/// Is the column wanted, or `ext`, where its value goes if the column cannot hold it?
fn is_looked_at(field: F, flows: &FlowColumns) -> bool {
    flows.wants(field) || flows.wants(F::Ext)
}

/// A row being built.
struct Row<'a> {
    scratch: String,
    /// Fields whose values are not what they should be.
    bad: Vec<(&'static str, Value<'a>)>,
}

impl<'a> Row<'a> {
    fn connection(&mut self, entry: &Entry<'a>, wants: &Wants, flows: &mut FlowColumns) {
        let mut address = |field: F, value: Option<Value<'a>>, name| {
            if let Some(value) = value.filter(|_| is_looked_at(field, flows) || field == F::SrcIp)
                && !set_address(flows, field, value)
            {
                self.bad.push((name, value));
            }
        };
        address(F::SrcIp, entry.get(S::SrcIp), "connection.src_ip");
        address(F::DstIp, entry.get(S::DestIp), "connection.dest_ip");
        if wants.nat {
            let reporters = if entry.own_side() == 0 { F::SrcNatIp } else { F::DstNatIp };
            address(F::SrcNatIp, entry.get(S::SrcNatIp), "connection.src_nat_ip");
            address(F::DstNatIp, entry.get(S::DestNatIp), "connection.dest_nat_ip");
            address(reporters, entry.get(S::NatIp), "connection.nat_ip");
        }
        if wants.ports {
            self.int32(F::IpProto, entry.get(S::Protocol), 255, "connection.protocol", flows);
            let has_ports = entry.get(S::Protocol).and_then(integer).is_none_or(|number| PORTED.contains(&number));
            self.port(F::SrcPort, entry.get(S::SrcPort), has_ports, "connection.src_port", flows);
            self.port(F::DstPort, entry.get(S::DestPort), has_ports, "connection.dest_port", flows);
        }
    }

    /// A port, if the protocol has ports. For others a 0 means nothing, and anything else is kept as it stands.
    fn port(
        &mut self,
        field: F,
        value: Option<Value<'a>>,
        has_ports: bool,
        name: &'static str,
        flows: &mut FlowColumns,
    ) {
        match value {
            Some(Value::Null) | None => {}
            Some(_) if has_ports => self.int32(field, value, 65_535, name, flows),
            Some(value) if value.raw() == b"0" => {}
            Some(value) => flows.insert(F::Ext, name, value.text().decode(&mut self.scratch)),
        }
    }

    fn int32(&mut self, field: F, value: Option<Value<'a>>, max: i64, name: &'static str, flows: &mut FlowColumns) {
        let Some(value) = value.filter(|value| *value != Value::Null && is_looked_at(field, flows)) else { return };
        match integer(value).filter(|number| (0..=max).contains(number)) {
            Some(number) => flows.set_int32(field, number as i32),
            None => self.bad.push((name, value)),
        }
    }

    fn int64(&mut self, field: F, value: Option<Value<'a>>, name: &'static str, flows: &mut FlowColumns) {
        let Some(value) = value.filter(|value| *value != Value::Null && is_looked_at(field, flows)) else { return };
        match integer(value) {
            Some(number) => flows.set_int64(field, number),
            None => self.bad.push((name, value)),
        }
    }

    fn time(&mut self, field: F, value: Option<Value<'a>>, name: &'static str, flows: &mut FlowColumns) {
        let Some(value) = value.filter(|value| *value != Value::Null && is_looked_at(field, flows)) else { return };
        match time(value) {
            Some(ns) => flows.set_time(field, ns),
            None => self.bad.push((name, value)),
        }
    }

    fn counters_and_times(&mut self, entry: &Entry<'a>, wants: &Wants, flows: &mut FlowColumns) {
        if wants.counters {
            self.int64(F::Bytes, entry.get(S::Bytes), "bytes_sent", flows);
            self.int64(F::Packets, entry.get(S::Packets), "packets_sent", flows);
            self.int64(F::DroppedBytes, entry.get(S::BytesDropped), "bytes_dropped", flows);
            self.int64(F::DroppedPackets, entry.get(S::PacketsDropped), "packets_dropped", flows);
        }
        if wants.times {
            self.time(F::TimeStart, entry.get(S::Start), "start_time", flows);
            self.time(F::TimeEnd, entry.get(S::End), "end_time", flows);
            self.time(F::TimeLogged, entry.get(S::ReceiveTimestamp), "receiveTimestamp", flows);
            flows.set_int64(F::TimeResolutionNs, 1);
        }
    }

    /// Sets the texts of an object.
    fn members(&mut self, object: Option<Value<'a>>, members: &Members, which: usize, flows: &mut FlowColumns) {
        let Some(Value::Object(object)) = object else { return };
        let _ = Reader::new(object).object(|reader, key| {
            let value = reader.value()?;
            if let Some((_, fields)) = members.iter().find(|(name, _)| *name == key.raw)
                && value != Value::Null
                && flows.wants(fields[which])
            {
                flows.set_text(fields[which], value.text().decode(&mut self.scratch));
            }
            Ok(())
        });
    }

    fn sides(&mut self, entry: &Entry<'a>, wants: &Wants, flows: &mut FlowColumns) {
        if wants.only_scalars() {
            return;
        }
        let own = entry.own_side();
        for (number, side) in entry.sides.iter().enumerate() {
            let own_or_peer = usize::from(number != own);
            if wants.vpc {
                self.members(side.vpc, VPC_INSTEAD_OF_INSTANCE, own_or_peer, flows);
                self.members(side.vpc, VPC, own_or_peer, flows);
            }
            if wants.instance {
                if own_or_peer == 0 && side.instance.is_none() && side.vpc.is_none() {
                    self.account_of_entry(entry, flows);
                }
                self.members(side.instance, INSTANCE, own_or_peer, flows);
            }
            if wants.location {
                self.members(side.location, LOCATION, number, flows);
                if let Some(Value::Object(location)) = side.location {
                    let (field, name) = [(F::SrcAsn, "src_location.asn"), (F::DstAsn, "dest_location.asn")][number];
                    self.int64(field, member(location, b"asn"), name, flows);
                }
            }
            if wants.service {
                self.members(side.service, SERVICE, number, flows);
            }
            if let (Some(Value::Object(gke)), true) = (side.gke, wants.gke) {
                self.gke(gke, number, flows);
            }
        }
    }

    /// The project the log belongs to, where neither instance nor network names one.
    fn account_of_entry(&mut self, entry: &Entry<'a>, flows: &mut FlowColumns) {
        let name = entry.get(S::LogName).map(Value::raw).unwrap_or_default();
        let project = name.strip_prefix(b"projects/").and_then(|rest| rest.split(|byte| *byte == b'/').next());
        if let (Some(project), true) = (project, flows.wants(F::AccountId)) {
            flows.set_text(F::AccountId, &String::from_utf8_lossy(project));
        }
        if let Some(Value::Object(resource)) = entry.resource {
            let project = &[(b"project_id".as_slice(), [F::AccountId, F::AccountId])];
            self.members(member(resource, b"labels"), project, 0, flows);
        }
    }

    fn gke(&mut self, gke: &'a [u8], number: usize, flows: &mut FlowColumns) {
        self.members(member(gke, b"cluster"), GKE_CLUSTER, number, flows);
        let pod = member(gke, b"pod");
        self.members(pod, GKE_POD, number, flows);
        if let Some(Value::Object(pod)) = pod {
            self.members(member(pod, b"pod_workload"), GKE_WORKLOAD, number, flows);
        }
        let field = GKE_SERVICE[0].1[number];
        if let (Some(Value::Array(services)), true) = (member(gke, b"service"), flows.wants(field)) {
            let mut names = String::new();
            let _ = Reader::new(services).array(|reader| {
                let Value::Object(service) = reader.value()? else { return Ok(()) };
                if let Some(name) = member(service, b"service_name") {
                    names.push_str(if names.is_empty() { "" } else { "," });
                    names.push_str(name.text().decode(&mut self.scratch));
                }
                Ok(())
            });
            flows.set_text(field, &names);
        }
    }

    /// What is logged without a disposition passed.
    fn verdict(&mut self, entry: &Entry<'a>, flows: &mut FlowColumns) {
        let verdict = match entry.get(S::Disposition).map(Value::raw) {
            None | Some(b"null" | b"ALLOWED" | b"") => Verdict::Allowed,
            Some(b"DROPPED") => Verdict::Dropped,
            Some(b"DENIED") => Verdict::Denied,
            Some(_) => {
                self.bad.extend(entry.get(S::Disposition).map(|value| ("disposition", value)));
                Verdict::Unknown
            }
        };
        flows.set_text(F::Verdict, verdict.name());
        if let Some(reason) = entry.get(S::DropReason).filter(|reason| *reason != Value::Null) {
            flows.set_text(F::VerdictReason, reason.text().decode(&mut self.scratch));
        }
    }

    fn details(&mut self, entry: &Entry<'a>, flows: &mut FlowColumns) {
        match entry.get(S::RttMsec).filter(|value| *value != Value::Null) {
            Some(value) => match milliseconds(value) {
                Some(ns) => flows.set_int64(F::RttNs, ns),
                None => self.bad.push(("rtt_msec", value)),
            },
            // It stays in `ext` as well: its form is not fixed.
            None => {
                if let Some(ns) = entry.get(S::RoundTripTime).and_then(duration) {
                    flows.set_int64(F::RttNs, ns);
                }
            }
        }
        if let Some(Value::Object(service)) = entry.network_service {
            self.int32(F::Dscp, member(service, b"dscp"), 63, "network_service.dscp", flows);
        }
        if let Some(Value::Object(routing)) = entry.routing {
            let _ = as_path(routing, flows);
        }
        let target: &Members = &[(b"target_resource_name", [F::ResourceId, F::ResourceId])];
        self.members(entry.labels, target, 0, flows);
    }
}

/// `egress_as_path[].as_details[].asn`, one after the other.
fn as_path(routing: &[u8], flows: &mut FlowColumns) -> Read<()> {
    let Some(Value::Array(paths)) = member(routing, b"egress_as_path") else { return Ok(()) };
    let mut count = 0;
    Reader::new(paths).array(|reader| {
        count += 1;
        let Value::Object(path) = reader.value()? else { return Ok(()) };
        let Some(Value::Array(details)) = member(path, b"as_details") else { return Ok(()) };
        Reader::new(details).array(|reader| {
            let Value::Object(detail) = reader.value()? else { return Ok(()) };
            if let Some(asn) = member(detail, b"asn").and_then(integer) {
                flows.push_item(F::AsPath, asn);
            }
            Ok(())
        })
    })?;
    if count > 1 {
        // Where one path ends and the next begins is not in the column.
        flows.insert(F::Ext, "internet_routing_details.egress_as_path", &String::from_utf8_lossy(paths));
    }
    Ok(())
}

fn reporter<'a>(entry: &Entry<'a>, row: &mut Row<'a>, flows: &mut FlowColumns) {
    let (vantage, direction) = match entry.get(S::Reporter).map(Value::raw) {
        Some(b"SRC") => (Vantage::Src, Direction::Egress),
        Some(b"DEST") => (Vantage::Dst, Direction::Ingress),
        Some(b"SRC_GATEWAY") => (Vantage::SrcGateway, Direction::Egress),
        Some(b"DEST_GATEWAY") => (Vantage::DstGateway, Direction::Ingress),
        other => {
            if other.is_some() {
                row.bad.extend(entry.get(S::Reporter).map(|value| ("reporter", value)));
            }
            (Vantage::Unknown, Direction::Unknown)
        }
    };
    flows.set_text(F::Vantage, vantage.name());
    flows.set_text(F::Direction, direction.name());
}
