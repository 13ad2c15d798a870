//! Nothing of a record is lost: every field of every source record is found again in its row.
//!
//! The records are read here once more, by other means than the decoders'. Where a field must be is what
//! [`FLOW_FIELDS`] says, and in what words [`CONVERSIONS`] says; what has no column must be in `ext` or `tags`.

mod aws;
mod azure;
mod gcp;
mod labelled;

use crate::peers::log_status;
use jiff::Timestamp;
use model::{FLOW_FIELDS, Field, FieldType, HEALTH_FIELDS};
use std::net::IpAddr;
use testkit::{Differences, Record, Samples, Table, decode};

/// The fields of one record as its log writes them; `None` is the log's null.
pub(crate) type Source = Vec<(String, Option<String>)>;

/// How a column writes what a record says. A column that is not listed has the record's own text.
enum Conversion {
    /// A number of seconds or milliseconds since 1970, or RFC 3339: RFC 3339 in one spelling.
    Time,
    /// An address in one spelling.
    Address,
    /// Milliseconds to nanoseconds.
    Milliseconds,
    /// Other words, one for one. A word that is not listed is not kept by this column.
    Words(&'static [(&'static str, &'static str)]),
    /// Percent-encoded to plain.
    PercentDecoded,
    /// It keeps less than the record says, so it does not count.
    Lossy,
}
use Conversion::{Address, Lossy, Milliseconds, PercentDecoded, Time, Words};

const CONVERSIONS: &[(&str, Conversion)] = &[
    ("time_start", Time),
    ("time_end", Time),
    ("time_logged", Time),
    ("src_ip", Address),
    ("dst_ip", Address),
    ("src_ip_if", Address),
    ("dst_ip_if", Address),
    ("rtt_ns", Milliseconds),
    ("tags", PercentDecoded),
    // Lower case with colons; `if_id` keeps it as it stands.
    ("if_mac", Lossy),
    // `encryption_raw` keeps it as it stands.
    ("encryption", Lossy),
    ("ip_version", Words(&[("IPv4", "4"), ("IPv6", "6")])),
    ("l2_type", Words(&[("EFA", "efa")])),
    (
        "verdict",
        Words(&[
            ("ACCEPT", "allowed"),
            ("REJECT", "denied"),
            ("A", "allowed"),
            ("D", "denied"),
            ("DROPPED", "dropped"),
        ]),
    ),
    ("direction", Words(&[("ingress", "ingress"), ("egress", "egress"), ("I", "ingress"), ("O", "egress")])),
    (
        "vantage",
        Words(&[("SRC", "src"), ("DEST", "dst"), ("SRC_GATEWAY", "src_gateway"), ("DEST_GATEWAY", "dst_gateway")]),
    ),
    ("flow_state", Words(&[("B", "begin"), ("C", "continue"), ("E", "end"), ("D", "deny")])),
    (
        "path",
        Words(&[
            ("1", "same_vpc"),
            ("2", "igw_or_gwe"),
            ("3", "vgw"),
            ("4", "peer_intra"),
            ("5", "peer_inter"),
            ("6", "local_gw"),
            ("7", "gw_endpoint"),
            ("8", "igw"),
        ]),
    ),
];

/// What a column must hold if it keeps this value.
fn kept(column: &str, field: &str, value: &str) -> Option<String> {
    let conversion = CONVERSIONS.iter().find(|(name, _)| *name == column).map(|(_, conversion)| conversion);
    match conversion {
        None if column == "ip_proto" && matches!(value, "T" | "U") => {
            Some(if value == "T" { "6" } else { "17" }.into())
        }
        None => Some(value.to_owned()),
        Some(Time) => Some(time_text(value)),
        Some(Address) => value.parse::<IpAddr>().ok().map(|address| address.to_string()),
        Some(Milliseconds) if field == "rtt_msec" => value.parse::<i64>().ok().map(|ms| (ms * 1_000_000).to_string()),
        Some(PercentDecoded) => Some(percent_decoded(value)),
        Some(Words(words)) => words.iter().find(|(theirs, _)| *theirs == value).map(|(_, ours)| (*ours).to_owned()),
        Some(Lossy | Milliseconds) => None,
    }
}

fn time_text(text: &str) -> String {
    let time = match text.parse::<i64>() {
        Ok(number) if text.len() >= 13 => Timestamp::from_millisecond(number),
        Ok(number) => Timestamp::from_second(number),
        Err(_) => text.parse(),
    };
    time.map_or_else(|_| text.to_owned(), |time| time.to_string())
}

fn percent_decoded(text: &str) -> String {
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let (digits, rest) = part.split_at_checked(2).unwrap_or_else(|| panic!("{text}: no two digits behind %"));
        bytes.push(u8::from_str_radix(digits, 16).unwrap_or_else(|error| panic!("{text}: {error}")));
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The columns that have this field, as the reference page says.
fn columns_of(table: Table, sources: &[&str], field: &str) -> Vec<&'static str> {
    let names = |text: &'static str| text.split(", ").filter_map(|part| part.split(' ').next());
    let is_named = |name: &str| match name.strip_prefix('*') {
        Some(end) => field.strip_prefix("src").or(field.strip_prefix("dest")) == Some(end),
        // The second tag of each kind goes where the first one goes.
        None => name == field || (name.ends_with("-tag") && field.strip_suffix("-2") == Some(name)),
    };
    let has_it = |column: &&Field| {
        let named = column.sources.iter().filter(|(source, _)| sources.contains(source));
        named.flat_map(|(_, text)| names(text)).any(is_named)
    };
    let fields = if table == Table::Flows { FLOW_FIELDS } else { HEALTH_FIELDS };
    fields.iter().filter(has_it).map(|column| column.name).collect()
}

/// Looks for every field of a record in its row.
fn find_again(
    file: &str,
    number: usize,
    sources: &[&str],
    source: &Source,
    ours: &Record,
    differences: &mut Differences,
) {
    let in_column = |column: &str, field: &str| match column {
        "tags" => ours.get(&format!("tags.{field}")).map(str::to_owned),
        column => ours.get(column).map(str::to_owned),
    };
    for (field, value) in source {
        let in_ext = ours.get(&format!("ext.{field}"));
        let columns = columns_of(ours.table, sources, field);
        let Some(value) = value else {
            let is_filled_by_another = |column: &&str| {
                let others = source.iter().filter(|(other, value)| other != field && value.is_some());
                others.into_iter().any(|(other, _)| columns_of(ours.table, sources, other).contains(column))
            };
            let filled = columns.iter().filter(|column| !is_filled_by_another(column));
            let found = filled.filter_map(|column| in_column(column, field)).next();
            differences.compare(file, number, field, None, found.as_deref().or(in_ext));
            continue;
        };
        let has_it =
            |column: &&&str| kept(column, field, value).is_some_and(|text| in_column(column, field) == Some(text));
        let status = if field == "log-status" { log_status(ours) } else { None };
        let is_found =
            columns.iter().any(|column| has_it(&column)) || in_ext == Some(value) || status.as_ref() == Some(value);
        differences.compare(file, number, field, Some(value), is_found.then_some(value));
    }
}

/// Nothing is in `ext` or `tags` that the record does not say.
fn find_invented(file: &str, number: usize, source: &Source, ours: &Record, differences: &mut Differences) {
    let said = |key: &str| source.iter().find(|(field, _)| field == key).and_then(|(_, value)| value.clone());
    for (column, value) in ours.row.iter() {
        if let Some(key) = column.strip_prefix("ext.") {
            differences.compare(file, number, column, said(key).as_deref(), Some(value));
        } else if let Some(key) = column.strip_prefix("tags.") {
            differences.compare(
                file,
                number,
                column,
                said(key).map(|text| percent_decoded(&text)).as_deref(),
                Some(value),
            );
        }
    }
}

/// Columns with a value that no single field of the log has.
const DERIVED: &[&str] = &["initiator", "ip_version", "l2_type", "verdict", "vantage", "direction", "account_id"];

/// A column that is filled, and not derived, is on the reference page under its log.
fn find_undocumented(file: &str, number: usize, sources: &[&str], ours: &Record, differences: &mut Differences) {
    let fields = if ours.table == Table::Flows { FLOW_FIELDS } else { return };
    for column in fields {
        let is_named = column.sources.iter().any(|(source, _)| sources.contains(source));
        let may_be = is_named || column.sources.is_empty() || DERIVED.contains(&column.name);
        if !may_be && column.field_type != FieldType::Map && ours.get(column.name).is_some() {
            differences.compare(file, number, column.name, None, ours.get(column.name));
        }
    }
}

/// Compares a sample with what another reading of it gives.
fn compare(samples: &Samples, file: &str, sources: &[&str], records: &[Source], differences: &mut Differences) {
    let ours = decode(&samples.path(file)).records();
    assert_eq!(ours.len(), records.len(), "{file}: records");
    for (number, (source, ours)) in records.iter().zip(&ours).enumerate() {
        find_again(file, number + 1, sources, source, ours, differences);
        find_invented(file, number + 1, source, ours, differences);
        find_undocumented(file, number + 1, sources, ours, differences);
        let object = samples.path(file).display().to_string();
        differences.compare(file, number + 1, "src_object", Some(&object), ours.get("src_object"));
    }
}
