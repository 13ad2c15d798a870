//! MISP: events, feeds, and warning lists.

use serde_json::Value;

use super::collector::{Collector, Remarks};
use super::json::Lines;
use super::pattern::Kind;

/// The entries of a warning list; `None` if the document is none.
pub(super) fn warning_list(document: &Value) -> Option<&Vec<Value>> {
    let object = document.as_object()?;
    let known =
        object.contains_key("matching_attributes") || ["type", "version"].iter().all(|key| object.contains_key(*key));
    object.get("list")?.as_array().filter(|_| known)
}

pub(super) fn read_warning_list(
    document: &Value,
    list: &[Value],
    lines: &mut Lines<'_>,
    collector: &mut Collector<'_>,
) {
    collector.list.title = document.get("name").and_then(Value::as_str).map(str::to_owned);
    for value in list.iter().filter_map(Value::as_str) {
        let line = lines.of(&format!("\"{value}\""));
        collector.indicator(value, Remarks { line, ..Remarks::default() });
    }
}

/// Is it an event, a feed of events, or the answer to a search for attributes?
pub(super) fn is_event(document: &Value) -> bool {
    let inner = document.get("response").unwrap_or(document);
    let first = inner.get(0).unwrap_or(inner);
    ["Event", "Attribute"].iter().any(|key| first.get(key).is_some())
}

/// One attribute, with the port that stands beside it in its object.
struct Attribute<'a> {
    kind: &'a str,
    value: &'a str,
    comment: &'a str,
    to_ids: bool,
    deleted: bool,
    port: Option<u16>,
}

pub(super) fn read_event(document: &Value, lines: &mut Lines<'_>, collector: &mut Collector<'_>) {
    let (mut attributes, mut info) = (Vec::new(), None);
    find(document, &mut attributes, &mut info);
    collector.list.title = info.map(str::to_owned);
    // `to_ids` says "use this for detection". Many publishers never set it on addresses; where none of a file's
    // addresses has it, it says nothing, else those without it are context and not matched.
    let meant = attributes.iter().any(|attribute| attribute.to_ids && addresses(attribute.kind));
    for attribute in attributes {
        let unmeant = meant && !attribute.to_ids && addresses(attribute.kind);
        if attribute.deleted || unmeant {
            collector.list.report.withdrawn += 1;
            continue;
        }
        let label = Some(attribute.comment).filter(|comment| !comment.trim().is_empty()).or(info);
        let mut remarks = Remarks { label, port: attribute.port, ..Remarks::default() };
        if addresses(attribute.kind) || attribute.kind == "url" {
            remarks.line = lines.of(&format!("\"{}\"", attribute.value));
        }
        read_attribute(&attribute, remarks, collector);
    }
}

fn read_attribute(attribute: &Attribute<'_>, remarks: Remarks<'_>, collector: &mut Collector<'_>) {
    let value = attribute.value;
    let (first, second) = value.split_once('|').unwrap_or((value, ""));
    match attribute.kind {
        "ip-src" | "ip-dst" => collector.indicator(value, remarks),
        "ip-src|port" | "ip-dst|port" => collector.indicator(&format!("{}:{second}", bracketed(first)), remarks),
        "domain|ip" => {
            collector.list.report.domains += 1;
            collector.indicator(second, Remarks { label: Some(first), ..remarks });
        }
        // One with an address is an address and a port.
        "url" | "uri" if attribute.to_ids => collector.indicator(value, remarks),
        "AS" => match value.trim_start_matches(['A', 'S', 'a', 's']).parse() {
            Ok(asn) => collector.asn(asn),
            Err(_) => collector.list.report.others += 1,
        },
        kind => Kind::of_misp(kind).count(&mut collector.list.report),
    }
}

fn bracketed(address: &str) -> String {
    if address.contains(':') { format!("[{address}]") } else { address.to_owned() }
}

fn addresses(kind: &str) -> bool {
    kind.starts_with("ip-") || kind == "domain|ip"
}

/// Gathers attributes wherever they stand: in events, objects, answers.
fn find<'a>(value: &'a Value, out: &mut Vec<Attribute<'a>>, info: &mut Option<&'a str>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| find(item, out, info)),
        Value::Object(object) => {
            *info = info.or_else(|| object.get("info").and_then(Value::as_str));
            if let Some(Value::Array(attributes)) = object.get("Attribute") {
                let port =
                    object.get("template_uuid").or(object.get("meta-category")).and_then(|_| only_port(attributes));
                out.extend(attributes.iter().filter_map(|attribute| Attribute::of(attribute, port)));
            }
            let others = object.iter().filter(|(key, _)| !ELSEWHERE.contains(&key.as_str()));
            others.for_each(|(_, item)| find(item, out, info));
        }
        _ => {}
    }
}

/// Not of this event, or read already.
const ELSEWHERE: [&str; 4] = ["Attribute", "RelatedEvent", "ShadowAttribute", "EventReport"];

/// The port of an `ip-port` object, if there is exactly one.
fn only_port(attributes: &[Value]) -> Option<u16> {
    let mut ports = attributes.iter().filter(|attribute| attribute.get("type").is_some_and(|kind| kind == "port"));
    let port = ports.next()?.get("value")?.as_str()?.parse().ok();
    ports.next().is_none().then_some(port).flatten()
}

impl<'a> Attribute<'a> {
    fn of(value: &'a Value, port: Option<u16>) -> Option<Attribute<'a>> {
        let text = |key: &str| value.get(key).and_then(Value::as_str);
        let flag =
            |key: &str| value.get(key).is_some_and(|flag| flag == &Value::Bool(true) || flag == "1" || flag == 1);
        Some(Attribute {
            kind: text("type")?,
            value: text("value")?,
            comment: text("comment").unwrap_or_default(),
            to_ids: flag("to_ids"),
            deleted: flag("deleted"),
            port,
        })
    }
}
