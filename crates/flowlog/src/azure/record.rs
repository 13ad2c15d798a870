//! One record: all flows of one NIC in one minute.
//!
//! What is said about all its tuples can stand behind them, so a record is walked twice: once over
//! its top level, reading over the flows, and once through the flows.

use super::context::Context;
use super::tuple::{self, Kind, Tuple, Wants};
use crate::filter::Filter;
use crate::format::{DecodeOptions, Limits, Origin};
use crate::health::excerpt;
use crate::json::flatten::{flatten, strings};
use crate::json::{Place, Read, Reader, Records, Text, Value, is_derived, member, offset_in};
use crate::number::parse_rfc3339;
use model::vocabulary::{BytesSemantics, HealthKind};
use model::{FlowField as F, Projection};
use table::Tables;

/// How the two logs nest their tuples: `flows[]` of `{name, inner[]}` of `{name, flowTuples[]}`.
struct Shape {
    kind: Kind,
    /// The member of the record that has `flows`.
    root: &'static str,
    outer_name: &'static [u8],
    inner: &'static [u8],
    inner_name: &'static [u8],
}

const NSG: Shape =
    Shape { kind: Kind::Nsg, root: "properties", outer_name: b"rule", inner: b"flows", inner_name: b"mac" };
const VNET: Shape =
    Shape { kind: Kind::Vnet, root: "flowRecords", outer_name: b"aclID", inner: b"flowGroups", inner_name: b"rule" };

/// The top level of a record.
#[derive(Clone, Copy, Default)]
struct Head<'a> {
    time: Option<Value<'a>>,
    mac: Option<Value<'a>>,
    category: Option<Value<'a>>,
    version: Option<Value<'a>>,
    /// The NSG.
    resource: Option<Value<'a>>,
    /// The network, subnet or NIC of a VNet flow log.
    target: Option<Value<'a>>,
    flow_log: Option<Value<'a>>,
    properties: Option<Value<'a>>,
    flow_records: Option<Value<'a>>,
    records: Option<Value<'a>>,
}

impl<'a> Head<'a> {
    /// Reads it; the flows are only delimited.
    fn read(reader: &mut Reader<'a>) -> Read<Head<'a>> {
        let mut head = Head::default();
        reader.object(|reader, key| {
            let value = reader.value()?;
            if let Some(place) = head.place(key.raw) {
                *place = Some(value);
            }
            Ok(())
        })?;
        Ok(head)
    }

    fn place(&mut self, key: &[u8]) -> Option<&mut Option<Value<'a>>> {
        Some(match key {
            b"time" => &mut self.time,
            b"macAddress" => &mut self.mac,
            b"category" => &mut self.category,
            b"flowLogVersion" => &mut self.version,
            b"resourceId" | b"resourceid" | b"resourceID" => &mut self.resource,
            b"targetResourceID" | b"targetResourceId" => &mut self.target,
            b"flowLogResourceID" | b"flowLogResourceId" => &mut self.flow_log,
            b"properties" => &mut self.properties,
            b"flowRecords" => &mut self.flow_records,
            b"records" => &mut self.records,
            _ => return None,
        })
    }

    /// The shape of its flows and where they are, if it has flows.
    fn flows(&self) -> Option<(&'static Shape, &'a [u8])> {
        if let Some(Value::Object(raw)) = self.flow_records {
            return Some((&VNET, raw));
        }
        match self.properties {
            Some(Value::Object(raw)) if member(raw, b"flows").is_some() => Some((&NSG, raw)),
            _ => None,
        }
    }
}

/// Reads Azure's records.
pub(crate) struct AzureRecords {
    origin: Origin,
    filters: Vec<Filter>,
    limits: Limits,
    wanted: Option<Projection<F>>,
    wants: Wants,
    context: Context,
    scratch: String,
}

/// A record's bytes, and where they stand.
#[derive(Clone, Copy)]
struct Whole<'a> {
    bytes: &'a [u8],
    place: Place,
}

impl Records for AzureRecords {
    fn wrappers(&self) -> &'static [&'static str] {
        &["records"]
    }

    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn record(&mut self, bytes: &[u8], place: Place, out: &mut Tables) -> Read<usize> {
        let mut reader = Reader::new(bytes);
        let head = Head::read(&mut reader)?;
        let whole = Whole { bytes: &bytes[..reader.at()], place };
        self.look_at_projection(out);
        self.any_record(head, whole, 0, out);
        Ok(reader.at())
    }

    fn text(&mut self, text: Text<'_>, place: Place, out: &mut Tables) -> bool {
        self.look_at_projection(out);
        self.context.clear();
        self.loose_tuple(text, place, out)
    }
}

impl AzureRecords {
    /// A reader at the beginning of an object.
    pub(crate) fn new(options: &DecodeOptions) -> AzureRecords {
        AzureRecords {
            origin: Origin { provider: "azure", source_kind: "az_vnet", object: options.object.clone() },
            filters: options.filters.clone(),
            limits: options.limits,
            wanted: None,
            wants: Wants::default(),
            context: Context::default(),
            scratch: String::new(),
        }
    }

    fn look_at_projection(&mut self, out: &Tables) {
        if self.wanted.as_ref() != Some(out.flows.projection()) {
            self.wanted = Some(*out.flows.projection());
            // What a column cannot hold goes to `ext`, so `ext` is only whole if every column is looked at.
            let everything = Projection::all();
            self.wants = Wants::of(if out.flows.wants(F::Ext) { &everything } else { out.flows.projection() });
        }
    }

    fn any_record(&mut self, head: Head<'_>, whole: Whole<'_>, depth: usize, out: &mut Tables) {
        self.context.clear();
        if let Some((shape, raw)) = head.flows() {
            self.use_kind(shape.kind);
            self.set_context(&head, shape, raw, whole, out);
            if self.flows(shape, raw, whole, out).is_err() {
                whole.place.note(HealthKind::ParseError, "the record's flows are malformed JSON", &self.origin, out);
            }
        } else if let (Some(Value::Array(raw)), true) = (head.records, depth < self.limits.json_depth_max) {
            self.nested_records(raw, whole, depth, out);
        } else if let Some(category) = head.category {
            let category = category.text().decode(&mut self.scratch);
            let detail = format!("a record of the category {category}: no flow log");
            whole.place.note(HealthKind::OtherRecord, &detail, &self.origin, out);
        } else {
            self.foreign_object(whole, out);
        }
    }

    fn use_kind(&mut self, kind: Kind) {
        self.origin.source_kind = if kind == Kind::Nsg { "az_nsg" } else { "az_vnet" };
    }

    /// `records` within a record, as in the documents' sample of version 1.
    fn nested_records(&mut self, raw: &[u8], whole: Whole<'_>, depth: usize, out: &mut Tables) {
        let walked = Reader::new(raw).array(|reader| {
            reader.peek()?;
            let Value::Object(bytes) = reader.value()? else { return Ok(()) };
            let head = Head::read(&mut Reader::new(bytes))?;
            let offset = whole.place.offset + offset_in(whole.bytes, bytes);
            let place = Place { record_no: whole.place.record_no, offset };
            self.any_record(head, Whole { bytes, place }, depth + 1, out);
            Ok(())
        });
        if walked.is_err() {
            whole.place.note(HealthKind::ParseError, "the records in the record are malformed JSON", &self.origin, out);
        }
    }

    /// An object of no known shape: documents hold bare tuples. Any string that is one counts.
    fn foreign_object(&mut self, whole: Whole<'_>, out: &mut Tables) {
        let mut count = 0;
        if !is_derived(whole.bytes) {
            let walked = strings(Value::Object(whole.bytes), self.limits.json_depth_max, &mut |text| {
                let offset = whole.place.offset + offset_in(whole.bytes, text.raw);
                let place = Place { record_no: whole.place.record_no, offset };
                count += u32::from(self.loose_tuple(text, place, out));
            });
            match walked {
                Ok(true) => {}
                Ok(false) => whole.place.note(HealthKind::LimitReached, "nested too deeply", &self.origin, out),
                Err(_) => whole.place.note(HealthKind::ParseError, "malformed JSON", &self.origin, out),
            }
        }
        if count == 0 {
            let detail = format!("an object without flow tuples: {}", excerpt(whole.bytes));
            whole.place.note(HealthKind::OtherRecord, &detail, &self.origin, out);
        }
    }

    /// A string that may be a tuple; true if it is.
    fn loose_tuple(&mut self, text: Text<'_>, place: Place, out: &mut Tables) -> bool {
        let Some(tuple) = Tuple::split(text.raw).filter(Tuple::is_sure) else { return false };
        let kind = tuple.kind();
        self.use_kind(kind);
        let mark = self.context.mark();
        self.set_constants(out);
        self.row(&tuple, kind, place, out);
        self.context.restore(mark);
        true
    }

    fn set_constants(&mut self, out: &Tables) {
        let constants = [
            (F::Provider, "azure"),
            (F::SourceKind, self.origin.source_kind),
            (F::BytesSemantics, BytesSemantics::L3Packet.name()),
            (F::Initiator, "src"),
        ];
        for (field, text) in constants {
            self.context.set(field, text, &out.flows);
        }
        if out.flows.wants(F::SrcObject) {
            self.context.set(F::SrcObject, &self.origin.object, &out.flows);
        }
    }

    /// What the record says about all its flows.
    fn set_context(&mut self, head: &Head<'_>, shape: &Shape, root: &[u8], whole: Whole<'_>, out: &mut Tables) {
        self.set_constants(out);
        let (resource, policy, version) = match shape.kind {
            Kind::Vnet => (head.target, None, head.version),
            Kind::Nsg => (head.resource, head.resource, member(root, b"Version").or_else(|| member(root, b"version"))),
        };
        let columns =
            [(F::ResourceId, resource), (F::PolicyId, policy), (F::SourceVersion, version), (F::IfId, head.mac)];
        for (field, value) in columns {
            if let Some(value) = value {
                self.context.set(field, value.text().decode(&mut self.scratch), &out.flows);
            }
        }
        if let Some(mac) = head.mac.and_then(|mac| normal_mac(mac.raw())) {
            self.context.set(F::IfMac, &mac, &out.flows);
        }
        if out.flows.wants(F::AccountId) {
            let ids = [head.target, head.resource, head.flow_log].into_iter().flatten();
            if let Some(account) = ids.filter_map(|id| subscription(id.raw())).next() {
                self.context.set(F::AccountId, &String::from_utf8_lossy(account), &out.flows);
            }
        }
        self.set_time_logged(head, whole, out);
        if out.flows.wants(F::Ext) {
            self.set_ext(shape, whole);
        }
    }

    fn set_time_logged(&mut self, head: &Head<'_>, whole: Whole<'_>, out: &mut Tables) {
        let Some(time) = head.time else { return };
        self.context.time_logged = parse_rfc3339(time.raw());
        if self.context.time_logged.is_none() {
            let detail = format!("time is {}; the record was kept without it", excerpt(time.raw()));
            whole.place.note(HealthKind::FieldError, &detail, &self.origin, out);
            self.context.insert("time", &String::from_utf8_lossy(time.raw()));
        }
    }

    /// Everything that has no column of its own, under its dotted path.
    fn set_ext(&mut self, shape: &Shape, whole: Whole<'_>) {
        let has_column = |path: &str| match path {
            "time" | "macAddress" => true,
            "flowLogVersion" | "targetResourceID" | "targetResourceId" | "flowRecords.flows" => {
                shape.kind == Kind::Vnet
            }
            "resourceId" | "resourceid" | "resourceID" => shape.kind == Kind::Nsg,
            "properties.Version" | "properties.version" | "properties.flows" => shape.kind == Kind::Nsg,
            _ => false,
        };
        let (mut path, mut scratch) = (String::new(), String::new());
        let depth_max = self.limits.json_depth_max;
        let context = &mut self.context;
        // The record was walked before: it cannot be malformed where it was read.
        let _ = flatten(Value::Object(whole.bytes), &mut path, depth_max, &mut |path, text| {
            if !has_column(path) {
                context.insert(path, text.decode(&mut scratch));
            }
        });
    }

    fn flows(&mut self, shape: &'static Shape, root: &[u8], whole: Whole<'_>, out: &mut Tables) -> Read<()> {
        Reader::new(root).object(|reader, key| match key.raw {
            b"flows" => reader.array(|reader| self.outer(shape, reader, whole, out)),
            _ => reader.skip(),
        })
    }

    /// `{name, inner[]}`. The name usually comes first; if not, the flows wait for it.
    fn outer(
        &mut self,
        shape: &'static Shape,
        reader: &mut Reader<'_>,
        whole: Whole<'_>,
        out: &mut Tables,
    ) -> Read<()> {
        let mark = self.context.mark();
        let (mut is_named, mut waiting) = (false, None);
        reader.object(|reader, key| match key.raw {
            name if name == shape.outer_name => {
                is_named = true;
                let field = if shape.kind == Kind::Nsg { F::PolicyRule } else { F::PolicyId };
                let value = reader.value()?;
                self.context.set(field, value.text().decode(&mut self.scratch), &out.flows);
                Ok(())
            }
            name if name == shape.inner && is_named => reader.array(|reader| self.inner(shape, reader, whole, out)),
            name if name == shape.inner => {
                waiting = Some(reader.value()?.raw());
                Ok(())
            }
            _ => self.unknown_member(shape, key, reader, out),
        })?;
        if let Some(waiting) = waiting {
            Reader::new(waiting).array(|reader| self.inner(shape, reader, whole, out))?;
        }
        self.context.restore(mark);
        Ok(())
    }

    /// `{name, flowTuples[]}`.
    fn inner(
        &mut self,
        shape: &'static Shape,
        reader: &mut Reader<'_>,
        whole: Whole<'_>,
        out: &mut Tables,
    ) -> Read<()> {
        let mark = self.context.mark();
        let (mut is_named, mut waiting) = (false, None);
        reader.object(|reader, key| match key.raw {
            name if name == shape.inner_name => {
                is_named = true;
                let value = reader.value()?.text();
                self.set_inner_name(shape.kind, value, out);
                Ok(())
            }
            b"flowTuples" if is_named => self.tuples(shape.kind, reader, whole, out),
            b"flowTuples" => {
                waiting = Some(reader.value()?.raw());
                Ok(())
            }
            _ => self.unknown_member(shape, key, reader, out),
        })?;
        if let Some(waiting) = waiting {
            self.tuples(shape.kind, &mut Reader::new(waiting), whole, out)?;
        }
        self.context.restore(mark);
        Ok(())
    }

    fn set_inner_name(&mut self, kind: Kind, name: Text<'_>, out: &Tables) {
        let text = name.decode(&mut self.scratch);
        match kind {
            Kind::Vnet => self.context.set(F::PolicyRule, text, &out.flows),
            Kind::Nsg => {
                self.context.set(F::IfId, text, &out.flows);
                if let Some(mac) = normal_mac(name.raw) {
                    self.context.set(F::IfMac, &mac, &out.flows);
                }
            }
        }
    }

    /// A member of a flow or group that no version so far has.
    fn unknown_member(&mut self, shape: &Shape, key: Text<'_>, reader: &mut Reader<'_>, out: &Tables) -> Read<()> {
        let value = reader.value()?;
        if out.flows.wants(F::Ext) {
            let name = format!("{}.flows.{}", shape.root, String::from_utf8_lossy(key.raw));
            self.context.insert(&name, value.text().decode(&mut self.scratch));
        }
        Ok(())
    }

    fn tuples(&mut self, kind: Kind, reader: &mut Reader<'_>, whole: Whole<'_>, out: &mut Tables) -> Read<()> {
        let place_of = |text: &[u8]| {
            let offset = whole.place.offset + offset_in(whole.bytes, text);
            Place { record_no: whole.place.record_no, offset }
        };
        let mut tuple = Tuple::empty();
        reader.array(|reader| {
            if let (b'"', [_, rest @ ..]) = (reader.peek()?, reader.rest())
                && let Some(length) = tuple.read(rest)
            {
                reader.pass_over(length + 2);
                self.row(&tuple, kind, place_of(rest), out);
                return Ok(());
            }
            let text = reader.value()?.text();
            match Tuple::split(text.raw).filter(|_| !text.escaped) {
                Some(tuple) => self.row(&tuple, kind, place_of(text.raw), out),
                None => self.odd_tuple(text, kind, place_of(text.raw), out),
            }
            Ok(())
        })
    }

    /// A tuple with escapes in it, or something that is none.
    #[cold]
    fn odd_tuple(&mut self, text: Text<'_>, kind: Kind, place: Place, out: &mut Tables) {
        let mut scratch = String::new();
        let decoded = text.decode(&mut scratch).as_bytes();
        match Tuple::split(decoded) {
            Some(tuple) => self.row(&tuple, kind, place, out),
            None => {
                let detail = format!("not a flow tuple: {}", excerpt(decoded));
                place.note(HealthKind::ParseError, &detail, &self.origin, out);
            }
        }
    }

    #[inline]
    fn row(&self, tuple: &Tuple<'_>, kind: Kind, place: Place, out: &mut Tables) {
        if !self.filters.is_empty() && !tuple::passes(tuple, kind, self.context.time_logged, &self.filters) {
            return;
        }
        let flows = &mut out.flows;
        self.context.write(flows);
        let bad = tuple::write(tuple, kind, self.context.time_logged, &self.wants, flows);
        if let (Some(time), true) = (self.context.time_logged, flows.wants(F::TimeLogged)) {
            flows.set_time(F::TimeLogged, time);
        }
        if flows.wants(F::SamplingRate) {
            flows.set_float64(F::SamplingRate, 1.0);
        }
        if flows.wants(F::RecordNo) {
            flows.set_int64(F::RecordNo, place.record_no as i64);
        }
        if flows.wants(F::SrcOffset) {
            flows.set_int64(F::SrcOffset, place.offset as i64);
        }
        if bad != 0 {
            let names = tuple::keep_unexpected(tuple, bad, flows);
            let detail = format!("unexpected value of {names}; the record was kept without it");
            place.note(HealthKind::FieldError, &detail, &self.origin, out);
        }
        out.flows.end_row();
    }
}

/// A MAC address in lower case with colons, whatever stood between its bytes.
fn normal_mac(text: &[u8]) -> Option<String> {
    let is_separator = |byte: &u8| matches!(byte, b':' | b'-' | b'.');
    let digits: Vec<u8> = text.iter().filter(|byte| !is_separator(byte)).map(u8::to_ascii_lowercase).collect();
    if digits.len() != 12 || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let pairs: Vec<&str> = digits.chunks(2).filter_map(|pair| std::str::from_utf8(pair).ok()).collect();
    Some(pairs.join(":"))
}

/// The subscription in a resource id: `/subscriptions/{id}/...`, or `/{id}_NETWORKWATCHERRG/...`.
fn subscription(id: &[u8]) -> Option<&[u8]> {
    const GUID_BYTES: usize = 36;
    const PREFIX: &[u8] = b"/subscriptions/";
    let rest = match id.get(..PREFIX.len()) {
        Some(head) if head.eq_ignore_ascii_case(PREFIX) => &id[PREFIX.len()..],
        _ => return id.strip_prefix(b"/")?.get(..GUID_BYTES).filter(|guid| guid[8] == b'-' && guid[23] == b'-'),
    };
    rest.split(|byte| *byte == b'/').next().filter(|id| !id.is_empty())
}
