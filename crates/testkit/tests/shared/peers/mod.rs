//! Field by field against what other programs make of the same records.
//!
//! Each peer has a table from its fields to ours, and a table of differences that are meant to be. A field that
//! no row of the first names, and a difference that no row of the second explains, fail.

mod elastic_aws;
mod elastic_gcp;
mod new_relic;
mod ocsf;
mod otel;
mod vrl;

use jiff::Timestamp;
use serde_json::Value;
use testkit::{Decoded, Differences, Record, Samples, Table, decode};

/// What a peer's field is compared with.
pub(crate) enum Ours {
    /// A column, in the same words.
    Column(&'static str),
    /// A column that holds a time, whatever way the peer writes it.
    Time(&'static str),
    /// A column whose values the peer names otherwise: its word, our word.
    Words(&'static str, &'static [(&'static str, &'static str)]),
    /// What our record says, made into the peer's words.
    Made(fn(&Record) -> Option<String>),
    /// The record's own text: it must stand in the object where `src_offset` points to.
    Text,
    /// Nothing that a record says: what it is instead.
    TheirOwn(#[expect(dead_code, reason = "said to the reader")] &'static str),
}

/// A peer's fields. One that ends in `*` stands for all that begin so; the first that fits counts.
pub(crate) type Mapping = &'static [(&'static str, Ours)];

/// A peer's event: its fields with their dotted paths, in the peer's words; `None` is null.
pub(crate) type Event = Vec<(String, Option<String>)>;

/// A sample, decoded, and what was found so far in comparing it.
pub(crate) struct Comparison {
    file: String,
    bytes: Vec<u8>,
    records: Vec<Record>,
}

impl Comparison {
    pub(crate) fn new(samples: &Samples, file: &str) -> Comparison {
        let decoded: Decoded = decode(&samples.path(file));
        Comparison { file: file.to_owned(), bytes: samples.read(file), records: decoded.records() }
    }

    /// Compares every record with the event at its place.
    pub(crate) fn run(&self, events: &[Event], mapping: Mapping, differences: &mut Differences) {
        let count = |count: usize| Some(count.to_string());
        let (theirs, ours) = (count(events.len()), count(self.records.len()));
        differences.compare(&self.file, 0, "(events)", theirs.as_deref(), ours.as_deref());
        for (number, (event, record)) in events.iter().zip(&self.records).enumerate() {
            for (field, theirs) in event {
                self.field(number + 1, field, theirs.as_deref(), record, mapping, differences);
            }
        }
    }

    fn field(
        &self,
        number: usize,
        field: &str,
        theirs: Option<&str>,
        record: &Record,
        mapping: Mapping,
        differences: &mut Differences,
    ) {
        let fits = |name: &str| name == field || name.strip_suffix('*').is_some_and(|start| field.starts_with(start));
        let Some((_, ours)) = mapping.iter().find(|(name, _)| fits(name)) else {
            panic!("{}: the field {field} ({theirs:?}) is not in the table", self.file);
        };
        let mut compare = |theirs: Option<&str>, ours: Option<&str>| {
            differences.compare(&self.file, number, field, theirs, ours);
        };
        match ours {
            Ours::Column(column) => compare(theirs, record.get(column)),
            Ours::Time(column) => compare(theirs.map(time_text).as_deref(), record.get(column)),
            Ours::Words(column, words) => {
                let known = words.iter().find(|(word, _)| Some(*word) == theirs);
                compare(known.map(|(_, ours)| *ours).or(theirs), record.get(column));
            }
            Ours::Made(make) => compare(theirs, make(record).as_deref()),
            Ours::Text => compare(theirs, self.text_at(record, theirs.unwrap_or_default()).as_deref()),
            Ours::TheirOwn(_) => {}
        }
    }

    /// As much of the object, from where the record begins, as `like` is long.
    fn text_at(&self, record: &Record, like: &str) -> Option<String> {
        let start = usize::try_from(record.number("src_offset")).ok()?;
        let text = self.bytes.get(start..start + like.len())?;
        Some(String::from_utf8_lossy(text).into_owned())
    }
}

/// An RFC 3339 time, or milliseconds since 1970, in our spelling; anything else as it stands.
fn time_text(text: &str) -> String {
    let time = match text.parse() {
        Ok(milliseconds) => Timestamp::from_millisecond(milliseconds),
        Err(_) => text.parse::<Timestamp>(),
    };
    time.map_or_else(|_| text.to_owned(), |time| time.to_string())
}

/// The fields of a JSON document, with their dotted paths. Arrays of scalars are joined with commas.
pub(crate) fn event(document: &Value) -> Event {
    let mut event = Event::new();
    flatten(document, "", &mut event);
    event
}

fn flatten(value: &Value, path: &str, event: &mut Event) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                flatten(member, &path, event);
            }
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().filter_map(scalar).collect();
            event.push((path.to_owned(), Some(items.join(","))));
        }
        scalar_or_null => event.push((path.to_owned(), scalar(scalar_or_null))),
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// Protocol names as peers write them, and the IANA numbers.
pub(crate) const PROTOCOLS: &[(&str, &str)] =
    &[("tcp", "6"), ("udp", "17"), ("icmp", "1"), ("TCP", "6"), ("UDP", "17")];

/// `ipv4` or `ipv6` to our `ip_version`.
pub(crate) const IP_VERSIONS: &[(&str, &str)] = &[("ipv4", "4"), ("ipv6", "6"), ("IPv4", "4"), ("IPv6", "6")];

/// The address at the interface, which others call the source's.
pub(crate) fn source_at_interface(record: &Record) -> Option<String> {
    record.get("src_ip_if").or(record.get("src_ip")).map(str::to_owned)
}

/// The address at the interface, which others call the destination's.
pub(crate) fn destination_at_interface(record: &Record) -> Option<String> {
    record.get("dst_ip_if").or(record.get("dst_ip")).map(str::to_owned)
}

/// The Community ID that we give the flow, from the interface's addresses as others do.
pub(crate) fn community_id(record: &Record) -> Option<String> {
    let port = |column: &str| record.get(column).and_then(|text| text.parse::<u16>().ok());
    community_id_with(record, port("src_port").zip(port("dst_port")))
}

fn community_id_with(record: &Record, ports: Option<(u16, u16)>) -> Option<String> {
    let address = |text: Option<String>| {
        let mut bytes = Vec::new();
        table::push_address(text?.parse().ok()?, &mut bytes);
        Some(bytes)
    };
    let (source, destination) = (address(source_at_interface(record))?, address(destination_at_interface(record))?);
    let protocol = record.get("ip_proto")?.parse().ok()?;
    enrich::community_id::community_id(0, &source, &destination, protocol, ports).map(|id| id.to_string())
}

/// The status of an AWS record: it says which table the record went to.
pub(crate) fn log_status(record: &Record) -> Option<String> {
    let status = match (record.table, record.get("kind")) {
        (Table::Flows, _) => record.get("ext.log-status").unwrap_or("OK"),
        (Table::Health, Some("no_data")) => "NODATA",
        (Table::Health, Some("skip_data")) => "SKIPDATA",
        (Table::Health, _) => return None,
    };
    Some(status.to_owned())
}
