//! STIX 2.0 and 2.1 bundles, and the envelopes of TAXII.

use std::collections::HashMap;

use serde_json::Value;

use super::collector::{Collector, Remarks};
use super::json::Lines;
use super::pattern::{self, Pattern};
use super::{SkipReason, columns};

/// Is it a bundle, an answer of a TAXII server, or an array of objects?
pub(super) fn is_bundle(document: &Value) -> bool {
    objects(document).first().is_some_and(is_object) || document.get("type").is_some_and(|kind| kind == "bundle")
}

/// Is it one object? Their ids have two dashes.
pub(super) fn is_object(object: &Value) -> bool {
    let is_id = object.get("id").and_then(Value::as_str).is_some_and(|id| id.contains("--"));
    is_id && object.get("type").is_some_and(Value::is_string)
}

/// The objects of a document.
pub(super) fn objects(document: &Value) -> &[Value] {
    document.get("objects").unwrap_or(document).as_array().map(Vec::as_slice).unwrap_or_default()
}

pub(super) fn read(objects: &[Value], lines: &mut Lines<'_>, collector: &mut Collector<'_>) {
    let names = Names::of(objects);
    collector.list.title = names.title.map(str::to_owned);
    let mut indicators = objects.iter().filter(|object| is(object, "indicator")).peekable();
    if indicators.peek().is_none() {
        return objects.iter().for_each(|object| read_observable(object, lines, collector));
    }
    for indicator in indicators {
        read_indicator(indicator, &names, lines, collector);
    }
    // Beside indicators, observed addresses are evidence, the victims' own among it.
    let observed = objects.iter().filter(|object| is(object, "ipv4-addr") || is(object, "ipv6-addr")).count();
    collector.list.report.withdrawn += observed as u64;
}

fn is(object: &Value, kind: &str) -> bool {
    object.get("type").is_some_and(|found| found == kind)
}

fn read_indicator(indicator: &Value, names: &Names<'_>, lines: &mut Lines<'_>, collector: &mut Collector<'_>) {
    let text = |key: &str| indicator.get(key).and_then(Value::as_str);
    let source = text("pattern").unwrap_or_default();
    let other_language = text("pattern_type").is_some_and(|language| language != "stix");
    // STIX 2.0 says in `labels` what 2.1 says in `indicator_types`.
    let kinds = ["indicator_types", "labels"].iter().filter_map(|key| indicator.get(*key)?.as_array()).flatten();
    let is_benign = kinds.into_iter().any(|kind| kind == "benign");
    if is_benign || indicator.get("revoked").is_some_and(|revoked| revoked == true) {
        collector.list.report.withdrawn += 1;
        return;
    }
    if other_language {
        collector.list.report.others += 1;
        return;
    }
    let mut remarks = Remarks {
        label: names
            .of_indicator(text("id").unwrap_or_default())
            .or_else(|| text("name").filter(|name| *name != source)),
        score: indicator.get("confidence").and_then(Value::as_u64).and_then(|score| u32::try_from(score).ok()),
        valid_until: text("valid_until").and_then(columns::seconds),
        ..Remarks::default()
    };
    remarks.label = remarks.label.or(names.title);
    let Some(pattern) = pattern::parse(source, collector.limits) else {
        return collector.skip(SkipReason::BadPattern, lines.of(source), source);
    };
    pattern.kinds.iter().for_each(|kind| kind.count(&mut collector.list.report));
    read_pattern(&pattern, source, remarks, lines, collector);
}

fn read_pattern(
    pattern: &Pattern,
    source: &str,
    mut remarks: Remarks<'_>,
    lines: &mut Lines<'_>,
    collector: &mut Collector<'_>,
) {
    for alternative in &pattern.alternatives {
        if alternative.nets.is_empty() {
            continue;
        }
        remarks.line = lines.of(&alternative.nets[0].addr().to_string());
        if alternative.beyond {
            collector.skip(SkipReason::NeedsMoreThanAddress, remarks.line, source);
            continue;
        }
        alternative.nets.iter().for_each(|&net| collector.net(net, alternative.port, remarks));
    }
}

/// Addresses of a bundle without indicators: 2.1 objects, or the observed data of 2.0.
fn read_observable(object: &Value, lines: &mut Lines<'_>, collector: &mut Collector<'_>) {
    if let Some(Value::Object(parts)) = object.get("objects") {
        parts.values().for_each(|part| read_observable(part, lines, collector));
    }
    let is_network = NETWORK.iter().any(|kind| is(object, kind));
    if let Some(value) = object.get("value").and_then(Value::as_str).filter(|_| is_network) {
        let line = lines.of(value);
        collector.indicator(value, Remarks { line, ..Remarks::default() });
    }
}

/// Observed objects whose value is an indicator.
const NETWORK: [&str; 5] = ["ipv4-addr", "ipv6-addr", "domain-name", "url", "email-addr"];

/// What indicators indicate, by the relationships of the bundle.
struct Names<'a> {
    title: Option<&'a str>,
    indicated: HashMap<&'a str, &'a str>,
}

impl<'a> Names<'a> {
    fn of(objects: &'a [Value]) -> Names<'a> {
        fn text<'a>(object: &'a Value, key: &str) -> Option<&'a str> {
            object.get(key)?.as_str()
        }
        let mut named: HashMap<&str, &str> = HashMap::new();
        let mut title = None;
        for object in objects {
            let Some(rank) = text(object, "type").and_then(|kind| NAMING.iter().position(|&known| known == kind))
            else {
                continue;
            };
            if let (Some(id), Some(name)) = (text(object, "id"), text(object, "name")) {
                named.insert(id, name);
                title = title.filter(|&(best, _)| best <= rank).or(Some((rank, name)));
            }
        }
        let indicated = objects.iter().filter(|object| is(object, "relationship")).filter_map(|link| {
            let target =
                text(link, "target_ref").filter(|id| !id.starts_with("attack-pattern") && !id.starts_with("report"))?;
            Some((text(link, "source_ref")?, *named.get(target)?))
        });
        Names { title: title.map(|(_, name)| name), indicated: indicated.collect() }
    }

    fn of_indicator(&self, id: &str) -> Option<&'a str> {
        self.indicated.get(id).copied()
    }
}

/// Objects whose name says what a bundle is about, the best first.
const NAMING: [&str; 7] = ["report", "intrusion-set", "malware", "threat-actor", "campaign", "tool", "grouping"];
